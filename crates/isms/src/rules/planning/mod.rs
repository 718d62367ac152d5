//! Clause 6: planning.

mod actions;
mod assessment;
mod change;
pub(super) mod objectives;
mod treatment;

pub(super) use assessment::{some_evaluation, with_scores};

use super::{Cx, Known, Row};

/// The rows of clause 6 that speak of records alone.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    [
        actions::rows(cx),
        assessment::rows(cx),
        treatment::rows(cx),
        objectives::rows(cx),
        vec![change::planned(cx)],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The rows of clause 6 that also ask how another row stands.
#[must_use]
pub fn after(_: &Cx<'_>, _: &Known<'_>) -> Vec<Row> {
    Vec::new()
}
