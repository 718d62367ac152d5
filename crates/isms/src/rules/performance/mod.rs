//! Clause 9: performance evaluation.

mod audit;
mod measurement;
mod review;

pub(super) use audit::{closed as closed_audits, internal as internal_audits};

use super::{Cx, Known, Row};

/// The rows of clause 9 that speak of records alone.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let mut rows = measurement::rows(cx);
    rows.extend(audit::rows(cx));
    rows.push(review::held(cx));
    rows
}

/// The rows of clause 9 that also ask how another row stands.
#[must_use]
pub fn after(cx: &Cx<'_>, known: &Known<'_>) -> Vec<Row> {
    review::rows(cx, known)
}
