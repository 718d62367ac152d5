//! Clause 5: leadership.

mod commitment;
mod policy;
mod roles;

use super::{Cx, Known, Row};

/// The rows of clause 5 that speak of records alone.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    [commitment::rows(cx), policy::rows(cx), roles::rows(cx)].into_iter().flatten().collect()
}

/// The rows of clause 5 that also ask how another row stands.
#[must_use]
pub fn after(cx: &Cx<'_>, known: &Known<'_>) -> Vec<Row> {
    vec![commitment::outcome(cx, known)]
}
