//! Records as JSON text, written straight from the typed records into one buffer.

use std::{collections::BTreeSet, io::Write};

use isms::{
    AnyRecord, Date, Id, Isms, Kind,
    schema::Shape,
    views::derived::{self, Cx},
};
use serde::Serialize;
use serde_json::Value;

/// Members every record has besides its fields. A field of the same name stands in its place: a kind may have a
/// field `kind` of its own.
pub(super) const HEAD: &[&str] = &[
    "id",
    "kind",
    "rev",
    "title",
    "state",
    "created_at",
    "created_by",
    "updated_at",
    "recorded_at",
    "archived",
    "derived",
];

/// Writes records of one kind and remembers whom they refer to.
pub(super) struct Records<'a> {
    isms: &'a Isms,
    kind: Kind,
    cx: Cx<'a>,
    /// The fields that refer to records.
    references: Vec<&'a str>,
    has: Has,
    pub(super) titles: BTreeSet<Id>,
}

/// Which members of the head the kind has as fields of its own.
struct Has {
    kind: bool,
    title: bool,
    state: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(isms: &'a Isms, kind: Kind, today: Date) -> Self {
        let info = kind.info();
        let refs = |shape: &Shape| matches!(shape, Shape::Ref(_) | Shape::Source(_) | Shape::Row(_));
        let own = |name: &str| info.field(name).is_some();
        Self {
            isms,
            kind,
            cx: Cx { isms, today },
            references: info
                .fields
                .iter()
                .filter(|f| refs(f.shape.item()))
                .map(|f| f.name.as_str())
                .collect(),
            has: Has { kind: own("kind"), title: own("title"), state: own("state") },
            titles: BTreeSet::new(),
        }
    }

    /// Writes one record as an object.
    pub(super) fn record(&mut self, out: &mut Vec<u8>, record: &dyn AnyRecord) {
        let meta = record.meta();
        let _ = write!(out, "{{\"id\":\"{}\"", meta.id);
        if !self.has.kind {
            let _ = write!(out, ",\"kind\":\"{}\"", self.kind);
        }
        let _ = write!(out, ",\"rev\":{}", meta.rev);
        if !self.has.title {
            member(out, "title", &record.title());
        }
        if let Some(state) = record.state().filter(|_| !self.has.state) {
            member(out, "state", state);
        }
        if let Some(date) = meta.created_at {
            let _ = write!(out, ",\"created_at\":\"{date}\"");
        }
        if let Some(who) = &meta.created_by {
            member(out, "created_by", &**who);
            refers(&mut self.titles, who);
        }
        if let Some(date) = meta.updated_at {
            let _ = write!(out, ",\"updated_at\":\"{date}\"");
        }
        let _ = write!(out, ",\"recorded_at\":\"{}\"", meta.recorded);
        if meta.archived {
            out.extend_from_slice(b",\"archived\":true");
        }
        record.write_fields(out);
        let columns = derived::of(self.kind);
        if !columns.is_empty() {
            out.extend_from_slice(b",\"derived\":{");
            let mut first = true;
            for column in columns {
                if let Some(value) = (column.value)(&self.cx, record) {
                    let comma = if first { "" } else { "," };
                    first = false;
                    let _ = write!(out, "{comma}\"{}\":", column.name);
                    put(out, &value);
                }
            }
            out.push(b'}');
        }
        out.push(b'}');
        for name in &self.references {
            match record.field(name) {
                Some(Value::String(s)) => refers(&mut self.titles, &s),
                Some(Value::Array(items)) => {
                    items.iter().filter_map(Value::as_str).for_each(|s| refers(&mut self.titles, s));
                }
                _ => {}
            }
        }
    }

    /// Writes `,"titles":{id: title}` of every record referred to.
    pub(super) fn titles(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"titles\":{");
        let mut first = true;
        for id in &self.titles {
            if let Some(record) = self.isms.record(*id) {
                let comma = if first { "" } else { "," };
                first = false;
                let _ = write!(out, "{comma}\"{id}\":");
                put(out, &record.title());
            }
        }
        out.push(b'}');
    }
}

fn refers(titles: &mut BTreeSet<Id>, text: &str) {
    if let Ok(id) = text.parse() {
        titles.insert(id);
    }
}

/// Writes `,"name":value`.
pub(super) fn member(out: &mut Vec<u8>, name: &str, value: &(impl Serialize + ?Sized)) {
    let _ = write!(out, ",\"{name}\":");
    put(out, value);
}

/// Writes a value; `null` should one ever not be expressible.
pub(super) fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}
