//! Things to do, with who and until when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    flow::clear,
    record::{Decl, Group, Record},
    records::Person,
    states,
    steps::{Duty, Stamp, Step},
    value::{Line, Source},
};

states!(
    /// Where a task stands.
    TaskState { Open = "open", InProgress = "in_progress", Done = "done", Cancelled = "cancelled" }
);

/// Something to be done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Task {
    /// What is to be done.
    pub title: Line,
    /// Who does it.
    pub assignee_id: Option<Ref<Person>>,
    /// By when.
    pub due_at: Option<Date>,
    /// The day it was done.
    pub completed_at: Option<Date>,
    /// What it came from: a plan, a finding, a decision.
    pub source_ref: Source,
    /// Where it stands.
    pub state: TaskState,
}

impl Record for Task {
    const DECL: Decl = Decl {
        name: "task",
        prefix: "T",
        one: "Task",
        many: "Tasks",
        group: Group::Tasks,
        about: "What is to be done by whom until when. Tasks come from plans, findings and decisions, or stand alone.",
        required: &["title"],
        columns: &["state", "assignee_id", "due_at", "completed_at", "source_ref"],
        by_step: &["completed_at"],
        steps_set_state: true,
        frozen: &["cancelled"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "start",
        label: "Start",
        from: &["open"],
        to: "in_progress",
        who: &[Duty::Assignee],
        ..Step::BLANK
    },
    Step {
        name: "finish",
        label: "Done",
        from: &["open", "in_progress"],
        to: "done",
        who: &[Duty::Assignee],
        stamps: &[("completed_at", Stamp::Today)],
        ..Step::BLANK
    },
    Step {
        name: "reopen",
        label: "Reopen",
        from: &["done", "cancelled"],
        to: "open",
        who: &[Duty::Assignee],
        comment: true,
        effects: |cx| vec![clear(cx.id, &["completed_at"])],
        ..Step::BLANK
    },
    Step {
        name: "cancel",
        label: "Cancel",
        from: &["open", "in_progress"],
        to: "cancelled",
        who: &[Duty::Assignee],
        comment: true,
        ..Step::BLANK
    },
];
