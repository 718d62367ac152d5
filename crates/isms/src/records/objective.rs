//! Information security objectives and the plan to reach them (6.2; states 4.13).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{Document, Metric, PartyRequirement, Person, Risk, Task},
    states,
    value::{Line, Text},
};

states!(
    /// Where an objective stands (4.13).
    ObjectiveState {
        Draft = "draft",
        Active = "active",
        Achieved = "achieved",
        Missed = "missed",
        Retired = "retired",
    }
);

/// Something the organisation wants to reach in information security, with the plan to get there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Objective {
    /// What is to be reached, such as: nine of ten critical patches within seven days.
    pub title: Line,
    /// The function or level it is set for, such as the whole company or platform team.
    pub function: Line,
    /// The policy it follows from.
    #[schemars(title = "Policy")]
    pub policy_link: Option<Ref<Document>>,
    /// Which aim of the business it serves.
    pub strategic_alignment: Text,
    /// Whether it can be measured.
    pub measurable: Option<bool>,
    /// If it cannot: why not, and how you will judge it instead.
    pub not_measurable_reason: Text,
    /// Value at the beginning.
    pub baseline_value: Option<f64>,
    /// Value to be reached.
    pub target_value: Option<f64>,
    /// Unit of both values, such as %, days, number.
    pub unit: Line,
    /// Metrics that show how far it is.
    pub metric_ids: Vec<Ref<Metric>>,
    /// Requirements it takes into account.
    pub considered_requirement_ids: Vec<Ref<PartyRequirement>>,
    /// Risks it takes into account.
    pub considered_risk_ids: Vec<Ref<Risk>>,
    /// What will be done.
    pub plan_actions: Text,
    /// The same as tasks.
    pub task_ids: Vec<Ref<Task>>,
    /// What it takes: people, money, tools.
    pub resources: Text,
    /// Who is responsible for reaching it.
    pub responsible_id: Option<Ref<Person>>,
    /// The day by which it is to be reached.
    pub due_at: Option<Date>,
    /// How the result will be judged.
    pub evaluation_method: Text,
    /// Who approved it: somebody other than the person responsible.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// The day those concerned were told.
    pub communicated_at: Option<Date>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// Where it stands.
    pub state: ObjectiveState,
}

impl Record for Objective {
    const DECL: Decl = Decl {
        name: "objective",
        prefix: "OBJ",
        one: "Objective",
        many: "Objectives",
        group: Group::Objectives,
        clause: "6.2",
        about: "What you want to reach in information security, how you will measure it, who does what by when. Three good ones are better than ten.",
        required: &["title"],
        columns: &["state", "function", "target_value", "unit", "responsible_id", "due_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
