//! Ideas for a better ISMS, and what was decided about them (10.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::Person,
    states,
    value::{Line, Source, Text},
};

choice!(
    /// What was decided about an improvement.
    ImprovementDecision { Accept = "accept", Reject = "reject", Defer = "defer" }
);

states!(
    /// Where an improvement stands.
    ImprovementState {
        Open = "open",
        Implemented = "implemented",
        Closed = "closed",
    }
);

/// A way to make the ISMS a better fit, more complete or more effective.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Improvement {
    /// Where it comes from: a finding, a review, a person, or words.
    pub source_ref: Source,
    /// What would be better.
    pub title: Line,
    /// What it would bring.
    pub benefit: Text,
    /// Accepted, rejected or put off.
    pub decision: Option<ImprovementDecision>,
    /// Who decided.
    pub decided_by: Option<Ref<Person>>,
    /// The day of the decision.
    pub decided_at: Option<Date>,
    /// Who sees to it.
    pub owner_id: Option<Ref<Person>>,
    /// The day by which it is to be done.
    pub due_at: Option<Date>,
    /// The day it was done.
    pub implemented_at: Option<Date>,
    /// What it brought.
    pub result: Text,
    /// Where it stands.
    pub state: ImprovementState,
}

impl Record for Improvement {
    const DECL: Decl = Decl {
        name: "improvement",
        prefix: "IMP",
        one: "Improvement",
        many: "Improvements",
        group: Group::Audits,
        clause: "10.1",
        about: "Ideas for a better ISMS from anybody, what was decided and what came of it. Begin with one thing that annoys people.",
        required: &["title"],
        columns: &["state", "decision", "decided_at", "owner_id", "due_at", "implemented_at"],
        events: &["decided_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
