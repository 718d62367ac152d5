//! The decision whether climate change is a relevant issue (4.1, Amendment 1:2024).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{ContextIssue, Person},
    value::Text,
};

/// A dated decision whether climate change is one of the relevant issues. Either answer is allowed; that it was decided has to be shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClimateDetermination {
    /// Whether climate change is a relevant issue.
    pub relevant: Option<bool>,
    /// Why, in a few sentences: sites, suppliers, customers and laws that were thought of.
    pub rationale: Text,
    /// Who decided: top management, or whoever answers for the ISMS.
    pub decided_by: Option<Ref<Person>>,
    /// The day of the decision.
    pub decided_at: Option<Date>,
    /// The issue it led to, if the answer is yes.
    pub context_issue_id: Option<Ref<ContextIssue>>,
}

impl Record for ClimateDetermination {
    const DECL: Decl = Decl {
        name: "climate_determination",
        prefix: "CLIM",
        one: "Climate determination",
        many: "Climate determinations",
        group: Group::Context,
        clause: "4.1",
        about: "Decide whether climate change matters for your ISMS (heat, flood, power, sites, customers asking) and say why. Yes and no are both fine; each later look is a new record.",
        required: &["relevant"],
        columns: &["relevant", "decided_by", "decided_at", "context_issue_id"],
        events: &["decided_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        match self.relevant {
            Some(true) => "Climate change is relevant".to_owned(),
            Some(false) => "Climate change is not relevant".to_owned(),
            None => "Climate determination".to_owned(),
        }
    }
}
