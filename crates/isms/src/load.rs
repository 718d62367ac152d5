//! Load documents: a company as one JSON document (specification 9.1). Parsing checks shape; taking it in resolves
//! the document's own ids, checks everything, and reports all problems together with their place.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{
    Isms, Problem,
    access::{Ability, Actor},
    commands::{Command, Decision, Now, Refusal},
    id::{ANNEX_A, Id},
    record::META_FIELDS,
    records::Kind,
    schema::{self, Shape, each_value},
    time::Date,
};

/// A load document, parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadDocument {
    /// The day the document describes, if it says so.
    pub as_of: Option<Date>,
    /// Parameters of the rules that differ from the defaults, as name and value text.
    pub parameters: Vec<(String, String)>,
    /// The records in order: kind, the document's own id, fields.
    pub records: Vec<(Kind, String, Map<String, Value>)>,
}

impl LoadDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// Every problem of shape, each with its place: not JSON, unknown keys or kinds, records without or with a
    /// repeated id.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let text = std::str::from_utf8(bytes)
            .map_err(|e| vec![Problem::new("", format!("is not UTF-8 text (byte {})", e.valid_up_to()))])?;
        let value: Value = serde_json::from_str(text)
            .map_err(|e| vec![Problem::new("", format!("is not valid JSON: {e}"))])?;
        let Value::Object(top) = value else {
            return Err(vec![Problem::new("", "must be an object with the key \"load\"")]);
        };
        let mut document = Self::default();
        let mut problems = Vec::new();
        if !top.contains_key("load") {
            problems.push(Problem::new("load", "is missing: records stand under it, one list a kind"));
        }
        for (key, value) in top {
            match (key.as_str(), value) {
                ("as_of", Value::String(s)) => match s.parse() {
                    Ok(date) => document.as_of = Some(date),
                    Err(e) => problems.push(Problem::new("as_of", format!("{e}"))),
                },
                ("as_of", Value::Null) => {}
                ("as_of", _) => problems.push(Problem::new("as_of", "must be a date, YYYY-MM-DD")),
                ("parameters", Value::Object(parameters)) => {
                    document.parameters =
                        parameters.into_iter().map(|(name, value)| (name, parameter_text(&value))).collect();
                }
                ("parameters", _) => {
                    problems.push(Problem::new("parameters", "must be an object of name and value"))
                }
                ("load", Value::Object(kinds)) => document.take_kinds(kinds, &mut problems),
                ("load", _) => {
                    problems.push(Problem::new("load", "must be an object: a list of records a kind"))
                }
                (other, _) => problems.push(Problem::new(
                    schema::shorten(other),
                    "is not known here; a load document has as_of, parameters and load",
                )),
            }
        }
        if problems.is_empty() { Ok(document) } else { Err(problems) }
    }

    fn take_kinds(&mut self, kinds: Map<String, Value>, problems: &mut Vec<Problem>) {
        let mut seen: HashMap<String, String> = HashMap::new();
        for (name, list) in kinds {
            let Some(kind) = Kind::by_name(&name) else {
                problems.push(Problem::new(
                    format!("load.{}", schema::shorten(&name)),
                    "is not a kind of record",
                ));
                continue;
            };
            let Value::Array(list) = list else {
                problems.push(Problem::new(format!("load.{name}"), "must be a list of records"));
                continue;
            };
            for (i, record) in list.into_iter().enumerate() {
                let place = format!("load.{name}[{i}]");
                let Value::Object(mut fields) = record else {
                    problems.push(Problem::new(place, "must be an object"));
                    continue;
                };
                let local = match fields.shift_remove("id") {
                    Some(Value::String(s)) if !s.trim().is_empty() && s.len() <= 200 => s,
                    Some(Value::Number(n)) => n.to_string(),
                    Some(Value::String(_)) => {
                        problems
                            .push(Problem::new(format!("{place}.id"), "must be 1 to 200 characters long"));
                        continue;
                    }
                    Some(_) => {
                        problems.push(Problem::new(format!("{place}.id"), "must be text"));
                        continue;
                    }
                    None if kind.decl().single => name.clone(),
                    None => {
                        problems.push(Problem::new(format!("{place}.id"), "is missing"));
                        continue;
                    }
                };
                if let Some(first) = seen.insert(local.clone(), place.clone()) {
                    problems.push(Problem::new(
                        format!("{place}.id"),
                        format!(
                            "\"{}\" stands at {first} already; ids are unique in a document",
                            schema::shorten(&local)
                        ),
                    ));
                }
                self.records.push((kind, local, fields));
            }
        }
    }
}

fn parameter_text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Object(levels) => {
            levels.iter().map(|(k, v)| format!("{k} {v}")).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Judges a load document against a snapshot: [`decide`](crate::decide) for [`Command::Load`].
///
/// # Errors
/// As `decide`.
pub fn decide_load(
    isms: &Isms,
    actor: &Actor,
    now: Now,
    document: LoadDocument,
) -> Result<Decision, Refusal> {
    crate::decide(isms, actor, now, Command::Load(document))
}

impl crate::commands::Work<'_> {
    pub(crate) fn load(&mut self, document: LoadDocument) -> Result<(), Refusal> {
        if !self.actor.can(Ability::Import) {
            return Err(Refusal::Forbidden {
                what: "loading a document".to_owned(),
                who: "it needs the role ISMS manager".to_owned(),
            });
        }
        self.seed_controls()?;
        let ids = self.number(&document);
        let mut problems = Vec::new();
        let mut ready = Vec::with_capacity(document.records.len());
        let mut position: HashMap<Kind, usize> = HashMap::new();
        for ((kind, local, mut fields), id) in document.records.into_iter().zip(ids.order.iter().copied()) {
            let index = position.entry(kind).or_default();
            let place = format!("load.{kind}[{index}]");
            *index += 1;
            let mut found = Vec::new();
            let meta = take_meta(&mut fields, &local, &ids.by_local, &mut found);
            self.resolve(kind, &mut fields, &ids.by_local, &mut found);
            schema::normalise(kind.info(), &mut fields);
            kind.loaded(&mut fields);
            if id.kind == Kind::Control && id.n <= ANNEX_A || kind.decl().single {
                let mut merged = self.isms.record(id).map(|r| r.fields()).unwrap_or_default();
                merged.extend(fields);
                fields = merged;
            }
            kind.info().check_shapes(&fields, &mut found);
            problems.extend(found.into_iter().map(|p| p.under(&place)));
            fields.extend(meta);
            ready.push((place, id, fields));
        }
        for (name, value) in document.parameters {
            match crate::parameters::check(&name, &value) {
                Ok(()) => {
                    let id = self
                        .isms
                        .all::<crate::records::ParameterSetting>()
                        .iter()
                        .find(|p| *p.name == *name)
                        .map_or_else(
                            || Id {
                                kind: Kind::ParameterSetting,
                                n: self.isms.table(Kind::ParameterSetting).next(),
                            },
                            |p| p.meta.id,
                        );
                    let mut body = Map::new();
                    body.insert("name".to_owned(), Value::String(name));
                    body.insert("value".to_owned(), Value::String(value));
                    if problems.is_empty() {
                        self.write(id, Some(body))?;
                    }
                }
                Err(message) => {
                    problems.push(Problem::new(format!("parameters.{}", schema::shorten(&name)), message))
                }
            }
        }
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        for (place, id, body) in ready {
            self.write(id, Some(body)).map_err(|refusal| match refusal {
                Refusal::Invalid(problems) => {
                    Refusal::Invalid(problems.into_iter().map(|p| p.under(&place)).collect())
                }
                other => other,
            })?;
        }
        Ok(())
    }

    /// Makes the controls of Annex A that are missing, never begun and without owner.
    pub(crate) fn seed_controls(&mut self) -> Result<(), Refusal> {
        for control in frameworks::catalogue().controls() {
            let id = Id { kind: Kind::Control, n: control.number };
            if self.isms.record(id).is_some() {
                continue;
            }
            let fields = [
                ("ref", Value::String(control.id.clone())),
                ("title", Value::String(control.title.clone())),
                ("framework", Value::String("annex_a".to_owned())),
                ("implementation_status", Value::String("not_started".to_owned())),
                ("state", Value::String("active".to_owned())),
            ];
            self.write(id, Some(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))?;
        }
        Ok(())
    }

    /// Gives every record of the document its id.
    fn number(&self, document: &LoadDocument) -> Numbers {
        let mut next: HashMap<Kind, u32> = HashMap::new();
        let mut order = Vec::with_capacity(document.records.len());
        let mut by_local = HashMap::with_capacity(document.records.len());
        for (kind, local, fields) in &document.records {
            let reference = fields.get("ref").and_then(Value::as_str);
            let annex_a =
                |s: &str| s.parse::<Id>().ok().filter(|id| id.kind == Kind::Control && id.n <= ANNEX_A);
            let id = if *kind == Kind::Control
                && let Some(id) = annex_a(local).or_else(|| annex_a(reference?))
            {
                id
            } else if kind.decl().single {
                Id { kind: *kind, n: 1 }
            } else {
                let n = next.entry(*kind).or_insert_with(|| self.isms.table(*kind).next());
                let id = Id { kind: *kind, n: *n };
                *n += 1;
                id
            };
            order.push(id);
            by_local.insert(local.clone(), id);
            if *kind == Kind::Control
                && let Some(reference) = reference
            {
                by_local.entry(reference.to_owned()).or_insert(id);
            }
        }
        Numbers { order, by_local }
    }

    /// Puts record ids in the place of the document's own.
    fn resolve(
        &self,
        kind: Kind,
        fields: &mut Map<String, Value>,
        ids: &HashMap<String, Id>,
        problems: &mut Vec<Problem>,
    ) {
        for field in &kind.info().fields {
            let strict = match field.shape.item() {
                Shape::Ref(of) => Some(*of),
                Shape::Source(_) | Shape::Row(_) => None,
                _ => continue,
            };
            let Some(value) = fields.get_mut(&field.name) else { continue };
            each_value(value, &mut |v| {
                let Some(text) = v.as_str() else { return };
                let known = ids.get(text).copied().or_else(|| {
                    let id: Id = text.parse().ok()?;
                    self.isms.record(id).map(|_| id)
                });
                match (known, strict) {
                    (Some(id), Some(Some(of))) if id.kind != of => problems.push(Problem::new(
                        &field.name,
                        format!("\"{}\" is a {}, but a {of} belongs here", schema::shorten(text), id.kind),
                    )),
                    (Some(id), _) => *v = Value::String(id.to_string()),
                    (None, Some(_)) if text.trim().is_empty() => {}
                    (None, Some(_)) => problems.push(Problem::new(
                        &field.name,
                        format!("refers to \"{}\", which is not in the document", schema::shorten(text)),
                    )),
                    (None, None) => {}
                }
            });
        }
    }
}

struct Numbers {
    order: Vec<Id>,
    by_local: HashMap<String, Id>,
}

/// Takes the meta data a document may give out of a record.
fn take_meta(
    fields: &mut Map<String, Value>,
    local: &str,
    ids: &HashMap<String, Id>,
    problems: &mut Vec<Problem>,
) -> Map<String, Value> {
    let mut meta = Map::new();
    for name in META_FIELDS {
        let Some(value) = fields.shift_remove(name) else { continue };
        match (name, value) {
            (_, Value::Null) => {}
            ("created_at" | "updated_at", Value::String(s)) => match s.parse::<Date>() {
                Ok(date) => _ = meta.insert(name.to_owned(), Value::String(date.to_string())),
                Err(e) => problems.push(Problem::new(name, e.to_string())),
            },
            ("created_by", Value::String(s)) => {
                let who = ids.get(&s).map_or(s, Id::to_string);
                meta.insert(name.to_owned(), Value::String(who));
            }
            ("archived", Value::Bool(b)) => {
                if b {
                    meta.insert(name.to_owned(), Value::Bool(true));
                }
            }
            ("local_id", _) => {
                problems.push(Problem::new(name, "is not a field; the record's own id is kept as it is"))
            }
            _ => problems.push(Problem::new(name, "has the wrong type")),
        }
    }
    meta.insert("local_id".to_owned(), Value::String(local.to_owned()));
    meta
}
