//! What changed between two bodies of a record, field by field, in words people read.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Id, Isms,
    records::Kind,
    schema::{Field, Shape, label_of},
};

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDiff {
    /// Name of the field.
    pub field: String,
    /// What people read.
    pub label: String,
    /// What it was; `None` if nothing was there.
    pub before: Option<String>,
    /// What it became; `None` if nothing is there.
    pub after: Option<String>,
}

/// The fields that differ between two bodies, in the order of the declaration, meta data last. Ids are resolved to
/// titles in `isms`.
#[must_use]
pub fn diff(
    isms: &Isms,
    kind: Kind,
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> Vec<FieldDiff> {
    let info = kind.info();
    let get = |body: Option<&Map<String, Value>>, name: &str| {
        body.and_then(|b| b.get(name)).filter(|v| !crate::schema::is_empty(v)).cloned()
    };
    let mut diffs = Vec::new();
    let mut compare = |name: &str, label: String, field: Option<&Field>| {
        let (old, new) = (get(before, name), get(after, name));
        if old != new {
            let show = |v: Option<Value>| v.map(|v| show(isms, field, &v));
            diffs.push(FieldDiff { field: name.to_owned(), label, before: show(old), after: show(new) });
        }
    };
    for field in &info.fields {
        compare(&field.name, field.label.clone(), Some(field));
    }
    for name in ["archived", "created_at"] {
        compare(name, label_of(name), None);
    }
    diffs
}

/// A value as people read it, with ids resolved to titles.
#[must_use]
pub fn show(isms: &Isms, field: Option<&Field>, value: &Value) -> String {
    let shape = field.map(|f| f.shape.item());
    match value {
        Value::Null => String::new(),
        Value::Bool(b) => if *b { "yes" } else { "no" }.to_owned(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => match shape {
            Some(Shape::Ref(_) | Shape::Source(_)) => match s.parse::<Id>() {
                Ok(id) if isms.record(id).is_some() => format!("{s} {}", isms.title(id)),
                _ => s.clone(),
            },
            Some(Shape::Choice(_)) => words(s),
            _ => s.clone(),
        },
        Value::Array(items) => items.iter().map(|v| show(isms, field, v)).collect::<Vec<_>>().join("; "),
        Value::Object(flags) if matches!(shape, Some(Shape::Flags(_))) => {
            let said = |(name, value): (&String, &Value)| {
                let label = shape.map(|s| s.flag_label(name)).unwrap_or_default();
                format!("{label}: {}", show(isms, None, value))
            };
            flags.iter().map(said).collect::<Vec<_>>().join("; ")
        }
        Value::Object(parts) => parts
            .iter()
            .map(|(k, v)| format!("{} {}", label_of(k).to_lowercase(), show(isms, None, v)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A value of a choice as people read it: `in_treatment` becomes "in treatment".
#[must_use]
pub fn words(choice: &str) -> String {
    choice.replace('_', " ")
}
