//! Risks and opportunities of the ISMS itself, as distinct from risks to information (6.1.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{IsmsProcess, Person, Task},
    value::{ActiveState, Source, Text},
    words::opening,
};

choice!(
    /// Risk or opportunity of the ISMS itself.
    PlanningKind { Risk = "risk", Opportunity = "opportunity" }
);

choice!(
    /// What dealing with it is for.
    PlanningPurpose {
        AssureOutcome = "assure_outcome",
        PreventEffect = "prevent_effect",
        Improve = "improve",
    }
);

choice!(
    /// What is done about it.
    PlanningDecision { Act = "act", Watch = "watch" }
);

/// Something that could keep the ISMS from delivering, or help it to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanningItem {
    /// Risk or opportunity.
    pub kind: Option<PlanningKind>,
    /// What could happen, and what it would mean for the ISMS.
    pub description: Text,
    /// What dealing with it is for.
    pub purpose: Option<PlanningPurpose>,
    /// Where it comes from: issues, requirements, reviews.
    pub source_refs: Vec<Source>,
    /// Act on it, or watch it.
    pub decision: Option<PlanningDecision>,
    /// What is done.
    pub action_task_ids: Vec<Ref<Task>>,
    /// The process of the ISMS into which the action is built.
    pub integration_process_id: Option<Ref<IsmsProcess>>,
    /// How you will find out whether the action worked.
    pub effectiveness_method: Text,
    /// The day that was checked.
    pub effectiveness_checked_at: Option<Date>,
    /// What the check found.
    pub effectiveness_result: Text,
    /// Who answers for it.
    pub owner_id: Option<Ref<Person>>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for PlanningItem {
    const DECL: Decl = Decl {
        name: "planning_item",
        prefix: "PI",
        one: "ISMS risk or opportunity",
        many: "ISMS risks and opportunities",
        group: Group::Risks,
        clause: "6.1.1",
        about: "What could keep the ISMS itself from working, or make it work better: a key person, a merger, a new tool. Begin from the issues and requirements of clause 4.",
        required: &["description"],
        columns: &["kind", "purpose", "decision", "owner_id", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.description], "ISMS risk or opportunity")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
