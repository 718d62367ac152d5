//! Decisions of management reviews (9.3.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{ManagementReview, Person, Task},
    value::Text,
    words::{label, opening},
};

choice!(
    /// Sorts of decision of a management review.
    ReviewDecisionKind {
        Improvement = "improvement",
        IsmsChange = "isms_change",
        Resource = "resource",
        NoChange = "no_change",
    }
);

/// Something a management review decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewDecision {
    /// Which review.
    pub review_id: Option<Ref<ManagementReview>>,
    /// What sort of decision. No change is one too, with its reason.
    pub kind: Option<ReviewDecisionKind>,
    /// What was decided.
    pub text: Text,
    /// Who sees to it.
    pub owner_id: Option<Ref<Person>>,
    /// The day by which it is to be done.
    pub due_at: Option<Date>,
    /// The task it became.
    pub task_id: Option<Ref<Task>>,
    /// The day it was done.
    pub closed_at: Option<Date>,
}

impl Record for ReviewDecision {
    const DECL: Decl = Decl {
        name: "review_decision",
        prefix: "RD",
        one: "Review decision",
        many: "Review decisions",
        group: Group::Reviews,
        clause: "9.3.3",
        about: "What management reviews decided, who sees to it and by when. A review that changes nothing says so with a decision of its own.",
        required: &["review_id", "kind"],
        columns: &["review_id", "kind", "owner_id", "due_at", "closed_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.text], &self.kind.map_or_else(|| "Decision".to_owned(), |k| label(k.as_str())))
    }
}
