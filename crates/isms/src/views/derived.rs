//! Columns that lists show and sort by although no field holds them: they follow from other records.

use serde_json::Value;

use crate::{AnyRecord, Isms, records::Kind, time::Date};

/// What a derived column is computed from.
pub struct Cx<'a> {
    /// The snapshot.
    pub isms: &'a Isms,
    /// The day.
    pub today: Date,
}

/// A derived column.
pub struct Derived {
    /// Name in addresses, JSON and exports.
    pub name: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Its value for a record.
    pub value: fn(&Cx<'_>, &dyn AnyRecord) -> Option<Value>,
    /// Its place in the order, where the order is not that of the text.
    pub rank: Option<fn(&Cx<'_>, &Value) -> f64>,
    /// Kinds, besides the record's own, whose records it is computed from.
    pub depends: &'static [Kind],
}

/// The derived columns of a kind.
#[must_use]
pub fn of(kind: Kind) -> &'static [Derived] {
    match kind {
        Kind::Risk => super::scores::COLUMNS,
        _ => &[],
    }
}
