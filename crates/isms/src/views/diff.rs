//! What changed between two bodies of a record, field by field, in words people read.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Id, Isms,
    records::Kind,
    schema::{Field, Shape, label_of},
    words::in_words,
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
            let (before, after) = match (field.map(|f| &f.shape), &old, &new) {
                (Some(shape), Some(old), Some(new)) if is_table(shape) => rows(isms, old, new),
                _ => {
                    let show = |v: Option<Value>| v.map(|v| show(isms, field, &v));
                    (show(old), show(new))
                }
            };
            diffs.push(FieldDiff { field: name.to_owned(), label, before, after });
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

/// Whether a field holds rows, or named answers: only what differs in them is told.
fn is_table(shape: &Shape) -> bool {
    matches!(shape, Shape::Flags(_))
        || matches!(shape, Shape::List(item) if matches!(**item, Shape::Table(_)))
}

/// What differs between two tables: of a row that changed, the cells it begins with and those that differ; rows that
/// came or went, whole.
fn rows(isms: &Isms, old: &Value, new: &Value) -> (Option<String>, Option<String>) {
    if let (Value::Object(old), Value::Object(new)) = (old, new) {
        let side = |these: &Map<String, Value>, those: &Map<String, Value>| {
            let differ = these.iter().filter(|(name, value)| those.get(*name) != Some(value));
            said(differ.map(|(name, value)| cell(isms, name, value)).collect(), "; ")
        };
        return (side(old, new), side(new, old));
    }
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_object).cloned().collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let (was, mut is) = (list(old), list(new));
    let mut gone = Vec::new();
    for row in was {
        match is.iter().position(|r| *r == row) {
            Some(at) => _ = is.remove(at),
            None => gone.push(row),
        }
    }
    if gone.is_empty() && is.is_empty() {
        let same = || Some("the same rows in another order".to_owned());
        return (same(), same());
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for row in gone {
        // The same row is the one that begins with the same cells: the steps of a matrix, the value on a scale.
        let best = is.iter().enumerate().map(|(at, r)| (alike(&row, r), std::cmp::Reverse(at))).max();
        match best {
            Some((head @ 1.., std::cmp::Reverse(at))) => {
                let other = is.remove(at);
                before.push(changed(isms, &row, &other, head));
                after.push(changed(isms, &other, &row, head));
            }
            _ => before.push(show(isms, None, &Value::Object(row))),
        }
    }
    after.extend(is.into_iter().map(|row| show(isms, None, &Value::Object(row))));
    (said(before, "; "), said(after, "; "))
}

/// How many cells two rows begin with that are the same.
fn alike(a: &Map<String, Value>, b: &Map<String, Value>) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// The first cells of a row, which say which it is, and those that are otherwise in another.
fn changed(isms: &Isms, row: &Map<String, Value>, other: &Map<String, Value>, head: usize) -> String {
    let cells = |of: Vec<(&String, &Value)>| {
        said(of.into_iter().map(|(name, value)| cell(isms, name, value)).collect(), ", ").unwrap_or_default()
    };
    let rest = row.iter().skip(head).filter(|(name, value)| other.get(*name) != Some(value)).collect();
    format!("{}: {}", cells(row.iter().take(head).collect()), cells(rest))
}

fn cell(isms: &Isms, name: &str, value: &Value) -> String {
    format!("{} {}", label_of(name).to_lowercase(), show(isms, None, value))
}

fn said(parts: Vec<String>, between: &str) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join(between))
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
            Some(Shape::Choice(_)) => in_words(s),
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
        Value::Object(parts) => parts.iter().map(|(k, v)| cell(isms, k, v)).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: Kind, field: &str, before: &Value, after: &Value) -> (String, String) {
        let body = |value: &Value| Map::from_iter([(field.to_owned(), value.clone())]);
        let found = diff(&Isms::default(), kind, Some(&body(before)), Some(&body(after)));
        assert_eq!(found.len(), 1);
        let text = |side: &Option<String>| side.clone().unwrap_or_default();
        (text(&found[0].before), text(&found[0].after))
    }

    #[test]
    fn of_a_table_only_what_changed_is_told() {
        let cell = |l: u8, i: u8, level: &str| json!({"likelihood": l, "impact": i, "level": level});
        let matrix =
            |last: &str| json!([cell(1, 1, "low"), cell(1, 2, "low"), cell(2, 1, "low"), cell(2, 2, last)]);
        let expected = (
            "likelihood 2, impact 2: level high".to_owned(),
            "likelihood 2, impact 2: level critical".to_owned(),
        );
        assert_eq!(told(Kind::RiskMethod, "level_matrix", &matrix("high"), &matrix("critical")), expected);
        let step =
            |value: u8, label: &str, text: &str| json!({"value": value, "label": label, "description": text});
        let (one, two) = (step(1, "Rare", "once in ten years"), step(2, "Often", "monthly"));
        let expected = (
            "value 1, label Rare: description once in ten years".to_owned(),
            "value 1, label Rare: description never yet; value 3, label Always, description daily".to_owned(),
        );
        let after = json!([step(1, "Rare", "never yet"), two, step(3, "Always", "daily")]);
        assert_eq!(told(Kind::RiskMethod, "likelihood_scale", &json!([one, two]), &after), expected);
        let (before, after) =
            told(Kind::RiskMethod, "likelihood_scale", &json!([one, two]), &json!([two, one]));
        assert_eq!((before.as_str(), &before), ("the same rows in another order", &after));
        let checks = |b: bool| json!({"purpose": true, "owner": b});
        let expected = ("owner no".to_owned(), "owner yes".to_owned());
        assert_eq!(told(Kind::DocumentVersion, "content_checklist", &checks(false), &checks(true)), expected);
    }
}
