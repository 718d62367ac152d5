//! Clause 7: support.

use super::{Cx, Known, Row};

/// The rows of clause 7 that speak of records alone.
#[must_use]
pub fn rows(_: &Cx<'_>) -> Vec<Row> {
    Vec::new()
}

/// The rows of clause 7 that also ask how another row stands.
#[must_use]
pub fn after(_: &Cx<'_>, _: &Known<'_>) -> Vec<Row> {
    Vec::new()
}
