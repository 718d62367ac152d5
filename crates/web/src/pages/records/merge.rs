//! Two people at one record: what the other changed stays, what I typed stays, and where both touched the same field
//! both are shown.

use std::sync::Arc;

use isms::{Id, Isms, schema::is_empty, views::diff};
use serde_json::{Map, Value};

use crate::{error::WebError, forms::Typed, gate::Viewer, words};

/// What stands in the form after a conflict.
pub(super) struct Merged {
    /// The revision the record is at now.
    pub(super) rev: u32,
    /// Their changes and mine together; mine where both changed one field.
    pub(super) typed: Typed,
    pub(super) meanwhile: Meanwhile,
}

/// What people are told.
pub(super) struct Meanwhile {
    /// Who changed it last, and when.
    pub(super) who: String,
    /// Fields only they changed; they are in the form as they left them.
    pub(super) theirs: Vec<Both>,
    /// Fields both changed.
    pub(super) both: Vec<Both>,
}

/// A field as it was, as they left it, as I typed it.
pub(super) struct Both {
    pub(super) label: String,
    pub(super) before: String,
    pub(super) theirs: String,
    pub(super) mine: String,
}

/// Brings together what stands in the record now and what was typed on revision `rev`.
pub(super) async fn merge(
    viewer: &Viewer,
    now: &Arc<Isms>,
    id: Id,
    rev: Option<u32>,
    given: &Typed,
) -> Result<Merged, WebError> {
    let record = now.record(id).ok_or_else(|| WebError::NotFound(format!("{id} was deleted meanwhile.")))?;
    let current = record.fields();
    let history = viewer.app.org.history(id).await.map_err(WebError::internal)?;
    let base = history.iter().find(|r| Some(r.rev) == rev).and_then(|r| r.after.clone()).unwrap_or_default();
    let who = history.first().map_or_else(String::new, |r| {
        format!("{}, {}", viewer.who(&r.actor), words::time(r.at, viewer.isms.timezone()))
    });
    let mut typed = current.clone();
    let (mut theirs, mut both) = (Vec::new(), Vec::new());
    for field in &id.kind.info().fields {
        let Some(mine) = given.get(&field.name) else { continue };
        let (old, new) = (said(&base, &field.name), said(&current, &field.name));
        let mine = Some(mine).filter(|v| !is_empty(v));
        if mine == new {
            continue;
        }
        let line = || {
            let show = |v: Option<&Value>| v.map(|v| diff::show(now, Some(field), v)).unwrap_or_default();
            Both { label: words::label(field), before: show(old), theirs: show(new), mine: show(mine) }
        };
        if mine == old {
            theirs.push(line());
            continue;
        }
        if old != new {
            both.push(line());
        }
        typed.insert(field.name.clone(), mine.cloned().unwrap_or(Value::Null));
    }
    Ok(Merged { rev: record.meta().rev, typed, meanwhile: Meanwhile { who, theirs, both } })
}

fn said<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|v| !is_empty(v))
}
