//! Internal and external issues that can help or hinder the ISMS (4.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{Objective, Person, PlanningItem, Risk},
    value::{ActiveState, Line, Text},
    words::opening,
};

choice!(
    /// On which side of the organisation an issue lies.
    IssueKind { Internal = "internal", External = "external" }
);

choice!(
    /// Whether an issue or a party matters for the ISMS.
    Relevance { Relevant = "relevant", NotRelevant = "not_relevant" }
);

/// A matter inside or outside the organisation that can help or hinder the ISMS in delivering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContextIssue {
    /// Whether it arises inside the organisation or outside.
    pub kind: Option<IssueKind>,
    /// What it is about, in a word: staffing, technology, law, market, climate. An issue that follows from a climate decision has the category climate.
    pub category: Line,
    /// The matter itself, so that somebody new understands it.
    pub description: Text,
    /// Whether it matters for the ISMS. What was considered and found not relevant is worth keeping too.
    pub relevance: Option<Relevance>,
    /// How it helps or hinders: what could go better or worse because of it.
    pub effect_on_isms: Text,
    /// Who keeps an eye on it.
    pub owner_id: Option<Ref<Person>>,
    /// Risks in which it is taken up.
    pub linked_risk_ids: Vec<Ref<Risk>>,
    /// Risks and opportunities of the ISMS itself in which it is taken up.
    pub linked_planning_item_ids: Vec<Ref<PlanningItem>>,
    /// Objectives in which it is taken up.
    pub linked_objective_ids: Vec<Ref<Objective>>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// Who looked at it.
    pub reviewed_by: Option<Ref<Person>>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for ContextIssue {
    const DECL: Decl = Decl {
        name: "context_issue",
        prefix: "CI",
        one: "Issue",
        many: "Issues",
        group: Group::Context,
        clause: "4.1",
        about: "What inside and outside your organisation can help or hinder information security: growth, staffing, law, market, climate. Begin with three of each side.",
        required: &["description"],
        columns: &["kind", "category", "relevance", "owner_id", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.description, &self.category], "Issue")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
