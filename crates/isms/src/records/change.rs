//! Changes to the ISMS, and other changes that matter for it (6.3, 8.1, A.8.32; states 4.12).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{Person, RiskAssessment, Task},
    states,
    value::{Line, Text},
};

choice!(
    /// What a change changes.
    ChangeKind { Isms = "isms", Organisational = "organisational", Technical = "technical" }
);

states!(
    /// Where a change stands (4.12).
    ChangeState {
        Requested = "requested",
        Assessed = "assessed",
        Approved = "approved",
        Implemented = "implemented",
        Reviewed = "reviewed",
        Closed = "closed",
        Rejected = "rejected",
        Emergency = "emergency",
    }
);

/// A change to the ISMS, the organisation or its technology, from request to review.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Change {
    /// What changes, in a line.
    pub title: Line,
    /// What it changes: the ISMS itself, the organisation, or technology.
    pub kind: Option<ChangeKind>,
    /// Whether it was planned, or came about.
    pub planned: Option<bool>,
    /// Whether it is significant: scope, site, ownership, headcount by a fifth, core platform, hosting provider or region, new product, new class of personal data.
    pub significant: Option<bool>,
    /// What it is for and what may follow from it.
    pub purpose: Text,
    /// What it means for information security.
    pub impact_assessment: Text,
    /// What it takes: people, money, time.
    pub resources: Text,
    /// Who carries it out.
    pub responsible_id: Option<Ref<Person>>,
    /// Who asked for it.
    pub requested_by: Option<Ref<Person>>,
    /// Who approved it: for a significant change somebody other than who carries it out.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// The day by which it is to be done.
    pub target_date: Option<Date>,
    /// The day it was done.
    pub implemented_at: Option<Date>,
    /// The day its consequences were looked at.
    pub consequences_reviewed_at: Option<Date>,
    /// What happened that was not meant to.
    pub unintended_effects: Text,
    /// What is done about that.
    pub mitigation_task_id: Option<Ref<Task>>,
    /// The risk assessment it called for.
    pub risk_assessment_id: Option<Ref<RiskAssessment>>,
    /// Where it stands.
    pub state: ChangeState,
}

impl Record for Change {
    const DECL: Decl = Decl {
        name: "change",
        prefix: "CH",
        one: "Change",
        many: "Changes",
        group: Group::Changes,
        clause: "6.3",
        about: "Changes that touch the scope, the organisation or the technology, planned before they are made. Begin with the next significant one.",
        required: &["title"],
        columns: &["state", "kind", "significant", "responsible_id", "target_date", "implemented_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
