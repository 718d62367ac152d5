//! The columns a list can show besides id and title.

use isms::{
    AnyRecord, Kind,
    schema::{Field, Shape},
    views::derived::{self, Cx, Derived},
};
use serde_json::Value;

use crate::words;

/// A column.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// A field of the kind.
    Field(&'static Field),
    /// What follows from other records.
    Derived(&'static Derived),
    /// The day the record came to be.
    Created,
    /// The day it was last changed.
    Updated,
}

impl Column {
    /// The column of a name.
    pub(crate) fn named(kind: Kind, name: &str) -> Option<Self> {
        match name {
            "created_at" => return Some(Column::Created),
            "updated_at" => return Some(Column::Updated),
            _ => {}
        }
        let field = kind.info().field(name).map(Column::Field);
        field.or_else(|| derived::of(kind).iter().find(|d| d.name == name).map(Column::Derived))
    }

    /// Its name in addresses.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Column::Field(field) => &field.name,
            Column::Derived(derived) => derived.name,
            Column::Created => "created_at",
            Column::Updated => "updated_at",
        }
    }

    /// What people read.
    pub(crate) fn label(&self) -> String {
        match self {
            Column::Field(field) => words::label(field),
            Column::Derived(derived) => derived.label.to_owned(),
            Column::Created => "Created".to_owned(),
            Column::Updated => "Changed".to_owned(),
        }
    }

    /// The shape of its values, if it is a field.
    pub(crate) fn shape(&self) -> Option<&'static Shape> {
        match self {
            Column::Field(field) => Some(&field.shape),
            _ => None,
        }
    }

    /// Its value for a record.
    pub(crate) fn value(&self, cx: &Cx<'_>, record: &dyn AnyRecord) -> Option<Value> {
        match self {
            Column::Field(field) => record.field(&field.name),
            Column::Derived(derived) => (derived.value)(cx, record),
            Column::Created => record.meta().created_at.map(|d| Value::String(d.to_string())),
            Column::Updated => record.meta().updated_at.map(|d| Value::String(d.to_string())),
        }
    }

    /// The class of its cells.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Column::Created | Column::Updated => "date",
            Column::Derived(d) if d.name.ends_with("_at") => "date",
            Column::Derived(_) => "fit",
            Column::Field(field) => match &field.shape {
                Shape::Date => "date",
                Shape::Int(..) | Shape::Decimal => "num",
                Shape::Choice(_) | Shape::Bool | Shape::Number(_) | Shape::Ref(Some(Kind::Person)) => "fit",
                _ => "",
            },
        }
    }
}

/// The columns shown unless the address asks for others: those of the declaration, with the first derived ones after
/// the state.
pub(super) fn usual(kind: Kind) -> Vec<Column> {
    let mut columns: Vec<Column> =
        kind.decl().columns.iter().filter_map(|name| Column::named(kind, name)).collect();
    let listed = |name: &str| kind.decl().columns.contains(&name);
    let place = columns.iter().position(|c| c.name() == "state").map_or(0, |at| at + 1);
    let levels = derived::of(kind).iter().filter(|d| d.name.ends_with("_level") && !listed(d.name)).take(1);
    for (i, derived) in levels.enumerate() {
        columns.insert(place + i, Column::Derived(derived));
    }
    columns
}

/// All columns of a kind, in the order of the declaration, derived ones after.
pub(super) fn all(kind: Kind) -> Vec<Column> {
    let fields = kind.info().fields.iter().map(Column::Field);
    fields
        .chain(derived::of(kind).iter().map(Column::Derived))
        .chain([Column::Created, Column::Updated])
        .collect()
}
