//! Who was asked to take a course, and how it went (7.3, A.6.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{Person, TrainingCourse},
};

/// One person taking one course.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingRecord {
    /// Who takes it.
    pub person_id: Option<Ref<Person>>,
    /// Which course.
    pub course_id: Option<Ref<TrainingCourse>>,
    /// The day it was assigned.
    pub assigned_at: Option<Date>,
    /// The day by which it is to be done.
    pub due_at: Option<Date>,
    /// The day it was done.
    pub completed_at: Option<Date>,
    /// Whether it was passed.
    pub passed: Option<bool>,
    /// Result, in the units of the course, such as percent.
    pub score: Option<f64>,
}

impl Record for TrainingRecord {
    const DECL: Decl = Decl {
        name: "training_record",
        prefix: "TR",
        one: "Training record",
        many: "Training records",
        group: Group::People,
        clause: "7.3",
        about: "Who took which course and with what result. Begin by assigning the awareness course to everybody in scope.",
        required: &["person_id", "course_id"],
        columns: &["person_id", "course_id", "due_at", "completed_at", "passed", "score"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let who = self.person_id.map_or_else(|| "Nobody yet".to_owned(), |p| p.to_string());
        let course = self.course_id.map_or_else(|| "no course".to_owned(), |c| c.to_string());
        match self.passed {
            Some(true) => format!("{who} passed {course}"),
            Some(false) => format!("{who} did not pass {course}"),
            None => format!("{who}, {course}"),
        }
    }
}
