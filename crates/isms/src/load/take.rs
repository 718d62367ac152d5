//! Taking a load document in. A record with something wrong in it is written without that, so that all others, and the
//! rest of it, can be checked as well; the whole is refused in the end.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{LoadDocument, Place, Unread};
use crate::{
    AnyRecord, Isms, Problem,
    access::Ability,
    commands::{Refusal, Work},
    id::{ANNEX_A, Id},
    reads::{self, Read},
    record::META_FIELDS,
    records::{Control, Kind, ParameterSetting},
    schema::{self, Field, Shape, shorten},
    time::Date,
};

/// A record of a document as far as it was taken in.
pub(crate) struct Loaded {
    place: Place,
    problems: Vec<Problem>,
    /// Whether it lacks something that the document gives.
    lacking: bool,
}

impl Loaded {
    /// All that is wrong with the record, with what dangles and the rules of its kind. `lacking` are the records that lack
    /// something the document gives: whether a rule that reads one of them is kept cannot be known yet, nor whether one is
    /// that asks for a field where another field of the record is wrong.
    pub(crate) fn told(
        &self,
        record: Option<&dyn AnyRecord>,
        isms: &Isms,
        dangling: Vec<Problem>,
        lacking: &mut HashSet<Read>,
    ) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.extend(dangling);
        let told: HashSet<String> = problems.iter().map(|p| top(&p.place).to_owned()).collect();
        if let Some(record) = record {
            let mut broken = Vec::new();
            let ((), reads) = reads::observe(|| record.check(isms, &mut broken));
            let own = lacking.take(&Read::Record(record.id()));
            if !broken.is_empty() && !reads.touched(lacking) {
                let known = |p: &Problem| !self.lacking || record.field(top(&p.place)).is_some();
                problems.extend(broken.into_iter().filter(|p| !told.contains(top(&p.place)) && known(p)));
            }
            lacking.extend(own);
        }
        problems.into_iter().map(|p| self.place.of(p)).collect()
    }

    /// Whether the record lacks something that the document gives.
    pub(crate) fn lacking(&self) -> bool {
        self.lacking
    }
}

/// The field a place within a record begins with.
fn top(place: &str) -> &str {
    place.split(['.', '[']).next().unwrap_or_default()
}

impl Work<'_> {
    pub(crate) fn load(&mut self, document: LoadDocument) -> Result<(), Refusal> {
        if !self.actor.can(Ability::Import) {
            return Err(Refusal::Forbidden {
                what: "loading a document".to_owned(),
                who: "it needs the role ISMS manager".to_owned(),
            });
        }
        self.seed_controls()?;
        let (numbered, names) = self.number(&document);
        self.problems.extend(document.problems);
        for ((kind, local, fields), Numbered { place, id, problems }) in
            document.records.into_iter().zip(numbered)
        {
            let mut loaded = Loaded { place, problems, lacking: local.is_empty() };
            let body = self.fitting(kind, &local, id, fields, &names, &mut loaded);
            match id.map(|id| (id, self.write(id, Some(body)))) {
                Some((id, Ok(()))) => _ = self.loaded.insert(id, loaded),
                Some((_, Err(Refusal::Invalid(wrong)))) => {
                    loaded.problems.extend(wrong);
                    self.refuse(loaded);
                }
                Some((_, Err(refusal))) => return Err(refusal),
                None => self.refuse(loaded),
            }
        }
        document.parameters.into_iter().try_for_each(|(name, value)| self.load_parameter(name, value))
    }

    /// Notes what is wrong with a record that cannot be written.
    fn refuse(&mut self, loaded: Loaded) {
        let Loaded { place, problems, .. } = loaded;
        self.problems.extend(problems.into_iter().map(|p| place.of(p)));
    }

    /// The body of a record, without what is wrong in it.
    fn fitting(
        &self,
        kind: Kind,
        local: &str,
        id: Option<Id>,
        mut fields: Map<String, Value>,
        names: &Names,
        loaded: &mut Loaded,
    ) -> Map<String, Value> {
        let found = &mut loaded.problems;
        let before = found.len();
        let meta = self.take_meta(&mut fields, local, names, found);
        loaded.lacking |= self.resolve(kind, &mut fields, names, found);
        schema::normalise(kind.info(), &mut fields);
        kind.loaded(&mut fields);
        if let Some(id) = id
            && (id.kind == Kind::Control && id.n <= ANNEX_A || kind.decl().single)
        {
            let mut merged = self.isms.record(id).map(|r| r.fields()).unwrap_or_default();
            merged.extend(fields);
            fields = merged;
        }
        kind.info().check_shapes(&fields, found);
        let wrong: HashSet<&str> = found.iter().skip(before).map(|p| top(&p.place)).collect();
        loaded.lacking |= !wrong.is_empty();
        fields.retain(|name, _| !wrong.contains(name.as_str()));
        fields.values_mut().for_each(without_nulls);
        fields.extend(meta);
        fields
    }

    fn load_parameter(&mut self, name: String, value: String) -> Result<(), Refusal> {
        let place = format!("parameters.{}", shorten(&name));
        if let Err(message) = crate::parameters::check(&name, &value) {
            self.problems.push(Problem::new(place, message));
            return Ok(());
        }
        let settings = self.isms.all::<ParameterSetting>();
        let set = settings.iter().find(|p| *p.name == *name).map(|p| p.meta.id);
        if let Some(record) = set.and_then(|id| self.loaded.get(&id)) {
            let message = format!("is set at {} as well", record.place.list);
            self.problems.push(Problem::new(place, message));
            return Ok(());
        }
        let kind = Kind::ParameterSetting;
        let id = set.unwrap_or_else(|| Id { kind, n: self.isms.table(kind).next() });
        let body = [("name", name), ("value", value)];
        self.write(id, Some(body.into_iter().map(|(k, v)| (k.to_owned(), Value::String(v))).collect()))
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

    /// Gives every record of the document its place and its id.
    fn number(&self, document: &LoadDocument) -> (Vec<Numbered>, Names) {
        let mut next: HashMap<Kind, u32> = HashMap::new();
        let mut index: HashMap<Kind, usize> = HashMap::new();
        let mut taken: HashMap<Id, (String, String)> = HashMap::new();
        let own = self.isms.all::<Control>().iter().filter(|c| c.meta.id.n > ANNEX_A);
        let mut refs: HashMap<String, String> =
            own.map(|c| (c.r#ref.to_string(), c.meta.id.to_string())).collect();
        let mut names = Names { by_local: HashMap::new(), unread: document.unread.clone() };
        let mut numbered = Vec::with_capacity(document.records.len());
        for (kind, local, fields) in &document.records {
            let (kind, i) = (*kind, index.entry(*kind).or_default());
            let place = Place::new(kind, *i, local);
            *i += 1;
            let mut problems = Vec::new();
            let reference = fields.get("ref").and_then(Value::as_str).map(str::trim);
            let reference = reference.filter(|r| kind == Kind::Control && !r.is_empty());
            let (id, fixed) = match annex_a(local) {
                Some(control) if kind == Kind::Control => {
                    if reference.is_some_and(|r| r != local) {
                        problems.push(Problem::new("ref", format!("must be {control}, as the id")));
                    }
                    (control, true)
                }
                Some(control) => {
                    let message = format!("\"{control}\" is a control of Annex A; take another id");
                    problems.push(Problem::new("id", message));
                    (self.fresh(kind, &mut next), false)
                }
                None if kind.decl().single => (Id { kind, n: 1 }, true),
                None => match reference.and_then(annex_a) {
                    Some(control) => (control, true),
                    None => (self.fresh(kind, &mut next), false),
                },
            };
            let mut written = true;
            if fixed && let Some((first, same)) = taken.get(&id) {
                // Two with one id were told of already.
                if kind.decl().single {
                    let one = kind.decl().one.to_lowercase();
                    problems.push(Problem::new("", format!("stands at {first} already; there is one {one}")));
                } else if same != local {
                    problems.push(Problem::new("ref", format!("{id} stands at {first} already")));
                }
                written = false;
            } else if fixed {
                taken.insert(id, (place.list.clone(), local.clone()));
            } else if let Some(reference) = reference
                && let Some(first) = refs.insert(reference.to_owned(), place.list.clone())
            {
                let message = format!("\"{}\" is the reference of {first} already", shorten(reference));
                problems.push(Problem::new("ref", message));
            }
            if fixed || annex_a(local).is_none() {
                if !local.is_empty() {
                    names.by_local.entry(local.clone()).or_insert(id);
                }
                if let Some(reference) = reference {
                    names.by_local.entry(reference.to_owned()).or_insert(id);
                }
            }
            numbered.push(Numbered { place, id: written.then_some(id), problems });
        }
        (numbered, names)
    }

    /// The next new id of a kind.
    fn fresh(&self, kind: Kind, next: &mut HashMap<Kind, u32>) -> Id {
        let n = next.entry(kind).or_insert_with(|| self.isms.table(kind).next());
        *n += 1;
        Id { kind, n: *n - 1 }
    }

    /// Puts record ids in the place of the document's own, and nothing in that of those that lead nowhere. Answers
    /// whether it did so without a problem to tell of.
    fn resolve(
        &self,
        kind: Kind,
        fields: &mut Map<String, Value>,
        names: &Names,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let mut unread = false;
        for field in &kind.info().fields {
            if !matches!(field.shape.item(), Shape::Ref(_) | Shape::Source(_) | Shape::Row(_)) {
                continue;
            }
            let Some(value) = fields.get_mut(&field.name) else { continue };
            let mut one = |value: &mut Value, place: String| match self.resolved(field, value, names) {
                Ok(Found::As(id)) => *value = Value::String(id.to_string()),
                Ok(Found::Same) => {}
                Ok(Found::None) => *value = Value::Null,
                Ok(Found::Unread) => {
                    *value = Value::Null;
                    unread = true;
                }
                Err(message) => {
                    *value = Value::Null;
                    problems.push(Problem::new(place, message));
                }
            };
            // One where a list belongs, or a list where one belongs, is for the check of shapes.
            match value {
                Value::Array(items) if field.shape.is_list() => {
                    items.iter_mut().enumerate().for_each(|(i, v)| one(v, format!("{}[{i}]", field.name)))
                }
                Value::Array(_) => {}
                value if !field.shape.is_list() => one(value, field.name.clone()),
                _ => {}
            }
        }
        unread
    }

    /// What a reference comes to.
    fn resolved(&self, field: &Field, value: &Value, names: &Names) -> Result<Found, String> {
        let Some(text) = super::id_text(value) else { return Ok(Found::Same) };
        let shape = field.shape.item();
        if names.unread.ids.contains(&text) {
            return Ok(if matches!(shape, Shape::Source(_)) { Found::Same } else { Found::Unread });
        }
        match (self.named(&text, names), shape) {
            (None, Shape::Ref(_)) if text.trim().is_empty() => Ok(Found::None),
            (None, Shape::Ref(_)) if names.unread.more => Ok(Found::Unread),
            (None, Shape::Ref(_)) => Err(nowhere(&text)),
            // What has the form of an id would be shown, and counted, as a reference.
            (None, Shape::Source(_)) if text.parse::<Id>().is_ok() && !names.unread.more => {
                Err(format!("{}; if it is no record, say so in words", nowhere(&text)))
            }
            (None, _) => Ok(Found::Same),
            (Some(id), Shape::Ref(Some(of))) if id.kind != *of => Err(another(&text, id, *of)),
            (Some(id), Shape::Row(_)) if id.kind != Kind::Control => Ok(Found::Same),
            (Some(id), _) => Ok(Found::As(id)),
        }
    }

    /// The record a text names: one of the document, else one that is there already.
    fn named(&self, text: &str, names: &Names) -> Option<Id> {
        let there = || text.parse::<Id>().ok().filter(|id| self.isms.record(*id).is_some());
        names.by_local.get(text).copied().or_else(there)
    }

    /// Takes the meta data a document may give out of a record.
    fn take_meta(
        &self,
        fields: &mut Map<String, Value>,
        local: &str,
        names: &Names,
        problems: &mut Vec<Problem>,
    ) -> Map<String, Value> {
        let mut meta = Map::new();
        for name in META_FIELDS {
            let Some(value) = fields.shift_remove(name).filter(|v| !schema::is_empty(v)) else { continue };
            let mut wrong = |message: &str| problems.push(Problem::new(name, message));
            match (name, value) {
                ("local_id", _) => wrong("is not a field; the record's own id is kept as it is"),
                ("created_at" | "updated_at", Value::String(s)) => match s.parse::<Date>() {
                    Ok(date) => _ = meta.insert(name.to_owned(), Value::String(date.to_string())),
                    Err(e) => wrong(&e.to_string()),
                },
                ("created_at" | "updated_at", _) => wrong("must be a date, YYYY-MM-DD"),
                ("archived", Value::Bool(false)) => {}
                ("archived", value @ Value::Bool(true)) => _ = meta.insert(name.to_owned(), value),
                ("archived", _) => wrong("must be true or false"),
                (_, value) => match self.creator(&value, names) {
                    Ok(Some(id)) => _ = meta.insert(name.to_owned(), Value::String(id.to_string())),
                    Ok(None) => {}
                    Err(message) => wrong(&message),
                },
            }
        }
        if !local.is_empty() {
            meta.insert("local_id".to_owned(), Value::String(local.to_owned()));
        }
        meta
    }

    /// The person who made a record; `None` if that record could not be read.
    fn creator(&self, value: &Value, names: &Names) -> Result<Option<Id>, String> {
        let Some(text) = super::id_text(value) else { return Err("must be the id of a person".to_owned()) };
        if names.unread.ids.contains(&text) {
            return Ok(None);
        }
        match self.named(&text, names) {
            Some(id) if id.kind == Kind::Person => Ok(Some(id)),
            Some(id) => Err(another(&text, id, Kind::Person)),
            None if names.unread.more => Ok(None),
            None => Err(nowhere(&text)),
        }
    }
}

fn nowhere(text: &str) -> String {
    format!("refers to \"{}\", which is not in the document", shorten(text))
}

fn another(text: &str, id: Id, of: Kind) -> String {
    format!("\"{}\" is of kind {}; one of kind {of} belongs here", shorten(text), id.kind)
}

/// Where a record stands, which id it gets, and what is wrong with that. Without id it repeats another.
struct Numbered {
    place: Place,
    id: Option<Id>,
    problems: Vec<Problem>,
}

/// The document's own ids.
struct Names {
    by_local: HashMap<String, Id>,
    unread: Unread,
}

/// What a reference comes to.
enum Found {
    /// A record.
    As(Id),
    /// It stays as it is: words, a row, or no text.
    Same,
    /// Nothing is referred to.
    None,
    /// What it refers to could not be read.
    Unread,
}

/// The control of Annex A that a reference names.
fn annex_a(reference: &str) -> Option<Id> {
    reference.parse::<Id>().ok().filter(|id| id.kind == Kind::Control && id.n <= ANNEX_A)
}

/// Takes away what says nothing within a value: nulls, and empty texts in lists.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|v| !schema::is_empty(v));
            items.iter_mut().for_each(without_nulls);
        }
        Value::Object(fields) => fields.retain(|_, v| !v.is_null()),
        _ => {}
    }
}
