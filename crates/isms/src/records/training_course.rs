//! Courses that make people aware of and able in information security (7.3, A.6.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    choice,
    record::{Decl, Group, Record},
    value::{ActiveState, Line},
};

choice!(
    /// What a course covers (7.3 a to c).
    TrainingTopic {
        Policy = "policy",
        Contribution = "contribution",
        Consequences = "consequences",
        RoleSpecific = "role_specific",
    }
);

/// A course, briefing or exercise on information security.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingCourse {
    /// Name of the course.
    pub title: Line,
    /// What it covers. Everybody has to hear about the policy, their own contribution, and the consequences of not following the rules.
    pub topics: Vec<TrainingTopic>,
    /// For how many months a pass counts. Empty: as the parameter training_months says.
    #[schemars(range(min = 1, max = 600))]
    pub validity_months: Option<u32>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for TrainingCourse {
    const DECL: Decl = Decl {
        name: "training_course",
        prefix: "TC",
        one: "Course",
        many: "Courses",
        group: Group::People,
        clause: "7.3",
        about: "Courses and briefings on information security, and what they cover. Begin with the awareness course that everybody takes.",
        required: &["title"],
        columns: &["topics", "validity_months", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
