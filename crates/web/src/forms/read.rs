//! What was typed, as the fields of a record. Reading never fails: what cannot be is kept as text, and the core says
//! what is wrong with it.

use isms::{
    Id, Isms, Problem,
    schema::{Field, Shape},
};
use serde_json::{Map, Value};

use super::{Pairs, Takes};

/// What forms of any kind hold besides fields: the revision they were filled in on, a comment, where to go next.
const OWN: [&str; 4] = ["_rev", "_comment", "_then", "_back"];

/// Reads the given fields of a form, and reports what is none of them.
pub(crate) fn read(
    isms: &Isms,
    fields: &[&Field],
    pairs: &Pairs,
    problems: &mut Vec<Problem>,
) -> Map<String, Value> {
    let mut body = Map::new();
    for field in fields {
        if let Some(value) = value_of(isms, field, pairs) {
            body.insert(field.name.clone(), value);
        }
    }
    problems.extend(Takes::fields(fields).text(&OWN).check(pairs));
    body
}

/// The value of a field; `None` if the form does not have it.
fn value_of(isms: &Isms, field: &Field, pairs: &Pairs) -> Option<Value> {
    match &field.shape {
        Shape::List(item) if matches!(**item, Shape::Table(_)) => {
            let Shape::Table(columns) = &**item else { return None };
            table(isms, field, columns, pairs)
        }
        Shape::Flags(_) => flags(field, pairs),
        Shape::List(item) => {
            let mut given = false;
            let mut items = Vec::new();
            for text in pairs.all(&field.name) {
                given = true;
                for part in split(item, text) {
                    let values = match &**item {
                        Shape::Ref(_) => ids_in(isms, item, part).into_iter().map(Value::String).collect(),
                        item => vec![one(isms, item, part)],
                    };
                    for value in values {
                        if !items.contains(&value) {
                            items.push(value);
                        }
                    }
                }
            }
            given.then_some(Value::Array(items))
        }
        shape => pairs.get(&field.name).map(|text| one(isms, shape, text)),
    }
}

/// The items in one typed text: lines, and for ids, rows and tags also what stands between commas.
fn split<'a>(item: &Shape, text: &'a str) -> Vec<&'a str> {
    let by_comma = matches!(item, Shape::Ref(_) | Shape::Row(_) | Shape::Tag(_) | Shape::Choice(_));
    text.split(|c| c == '\n' || (by_comma && (c == ',' || c == ';')))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn one(isms: &Isms, shape: &Shape, text: &str) -> Value {
    let trimmed = text.trim();
    let kept = || Value::String(text.to_owned());
    match shape {
        Shape::Text(_) => kept(),
        _ if trimmed.is_empty() => Value::Null,
        Shape::Bool => match trimmed {
            "yes" | "true" => Value::Bool(true),
            "no" | "false" => Value::Bool(false),
            _ => kept(),
        },
        Shape::Int(..) => trimmed.parse::<i64>().map_or_else(|_| kept(), Value::from),
        Shape::Decimal => match trimmed.parse::<f64>() {
            Ok(n) if n.is_finite() => Value::from(n),
            _ => kept(),
        },
        Shape::Ref(_) => Value::String(id_in(isms, shape, trimmed)),
        _ => Value::String(trimmed.to_owned()),
    }
}

/// The id in what was typed: `R-12`, `R-12 Laptop lost`, or a title that only one record has.
fn id_in(isms: &Isms, shape: &Shape, text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    if first.parse::<Id>().is_ok() {
        return first.to_owned();
    }
    if let Shape::Ref(Some(kind)) = shape {
        let wanted = text.to_lowercase();
        let mut same = isms.table(*kind).all().filter(|r| r.title().to_lowercase() == wanted);
        if let (Some(only), None) = (same.next(), same.next()) {
            return only.id().to_string();
        }
    }
    text.to_owned()
}

/// The ids in what was typed for several references: one with or without its title, or many separated by blanks. What
/// is neither id nor title stays as it is, for the core to say that it names nothing.
fn ids_in(isms: &Isms, shape: &Shape, text: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while let Some(word) = rest.split_whitespace().next() {
        let Ok(id) = word.parse::<Id>() else { break };
        rest = rest.strip_prefix(word).unwrap_or_default().trim_start();
        let title = isms.title(id).to_lowercase();
        if !title.is_empty() && rest.to_lowercase().starts_with(title.trim()) {
            // Lower case may be longer or shorter than what was typed; a title ends where its characters do.
            let end = rest.char_indices().nth(title.trim().chars().count()).map_or(rest.len(), |(at, _)| at);
            rest = rest.get(end..).unwrap_or_default().trim_start();
        }
        ids.push(id.to_string());
    }
    if !rest.is_empty() {
        ids.push(id_in(isms, shape, rest));
    }
    ids
}

/// `name[0].column=…`: rows in which something is typed.
fn table(isms: &Isms, field: &Field, columns: &[Field], pairs: &Pairs) -> Option<Value> {
    let mut rows: std::collections::BTreeMap<usize, Map<String, Value>> = std::collections::BTreeMap::new();
    let mut given = false;
    for (name, text) in &pairs.0 {
        let Some(rest) = name.strip_prefix(field.name.as_str()) else { continue };
        if rest.is_empty() {
            given = true;
            continue;
        }
        let Some((index, column)) = rest.strip_prefix('[').and_then(|r| r.split_once("].")) else { continue };
        let (Ok(index), Some(column)) = (index.parse(), columns.iter().find(|c| c.name == column)) else {
            continue;
        };
        given = true;
        let value = one(isms, &column.shape, text);
        if !isms::schema::is_empty(&value) {
            rows.entry(index).or_default().insert(column.name.clone(), value);
        }
    }
    given.then(|| Value::Array(rows.into_values().map(Value::Object).collect()))
}

/// `name.flag=yes|no`, and `name.+` with the name of a further flag that is true.
fn flags(field: &Field, pairs: &Pairs) -> Option<Value> {
    let mut flags = Map::new();
    let mut given = false;
    for (name, text) in &pairs.0 {
        let Some(rest) = name.strip_prefix(field.name.as_str()) else { continue };
        match rest.strip_prefix('.') {
            None if rest.is_empty() => given = true,
            Some("+") => {
                given = true;
                for flag in text.split([',', '\n']).map(str::trim).filter(|f| !f.is_empty()) {
                    flags.insert(flag.to_owned(), Value::Bool(true));
                }
            }
            Some(flag) => {
                given = true;
                match text.trim() {
                    "yes" | "true" => _ = flags.insert(flag.to_owned(), Value::Bool(true)),
                    "no" | "false" => _ = flags.insert(flag.to_owned(), Value::Bool(false)),
                    "" => {}
                    other => _ = flags.insert(flag.to_owned(), Value::String(other.to_owned())),
                }
            }
            None => {}
        }
    }
    given.then_some(Value::Object(flags))
}
