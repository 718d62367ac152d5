//! Actions that remove the cause of a nonconformity (10.2 c; states 4.7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{Evidence, Nonconformity, Person},
    states,
    value::Text,
    words::opening,
};

states!(
    /// Where a corrective action stands (4.7).
    CorrectiveActionState {
        Proposed = "proposed",
        Approved = "approved",
        InProgress = "in_progress",
        Done = "done",
        Verified = "verified",
        Ineffective = "ineffective",
        Cancelled = "cancelled",
    }
);

/// Something done so that a nonconformity does not come back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorrectiveAction {
    /// Which finding.
    #[schemars(title = "Finding")]
    pub nc_id: Option<Ref<Nonconformity>>,
    /// What is done, and which cause it removes.
    pub description: Text,
    /// Who does it.
    pub owner_id: Option<Ref<Person>>,
    /// Who approved it; for a major nonconformity top management.
    pub approved_by: Option<Ref<Person>>,
    /// The day by which it is to be done.
    pub due_at: Option<Date>,
    /// The day it was done.
    pub done_at: Option<Date>,
    /// What shows that it was done.
    pub evidence_id: Option<Ref<Evidence>>,
    /// Who looked whether it worked: not the owner.
    pub verified_by: Option<Ref<Person>>,
    /// The day of that look.
    pub verified_at: Option<Date>,
    /// What it achieved.
    pub result_note: Text,
    /// Where it stands.
    pub state: CorrectiveActionState,
}

impl Record for CorrectiveAction {
    const DECL: Decl = Decl {
        name: "corrective_action",
        prefix: "CA",
        one: "Corrective action",
        many: "Corrective actions",
        group: Group::Audits,
        clause: "10.2",
        about: "What is done so that a nonconformity does not come back, by whom and by when. Begin with a finding whose cause you know.",
        required: &["nc_id"],
        columns: &["nc_id", "state", "owner_id", "due_at", "done_at", "verified_by"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.description], "Corrective action")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
