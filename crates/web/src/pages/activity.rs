//! The ledger as people see it: what happened, one entry in full with the proof that it is there, checkpoints.

mod entry;
mod proof;

use askama::Template;
use axum::{
    extract::RawQuery,
    http::header,
    response::{Html, IntoResponse, Response},
};
use isms::{Id, Kind};
use store::{ActivityQuery, KeptCheckpoint};

pub(crate) use self::{entry::entry, proof::proof};
use crate::{
    deeds::{deed, deeds},
    error::WebError,
    fault::query,
    gate::Viewer,
    page::Page,
    parts::{RecordLink, path_of},
    words,
};

/// Entries on a page.
const PER_PAGE: usize = 50;
/// Records named for each entry.
const NAMED: usize = 4;
/// Kept checkpoints listed.
const CHECKPOINTS: usize = 20;

#[derive(Template)]
#[template(path = "activity/list.html")]
struct ListPage {
    page: Page,
    size: String,
    rows: Vec<Row>,
    who: Vec<(String, String)>,
    actor: String,
    kinds: Vec<(&'static str, &'static str)>,
    kind: String,
    record: String,
    older: Option<String>,
    newest: Option<String>,
    checkpoint: Option<String>,
    kept: Vec<Kept>,
    kept_more: usize,
    public_key: String,
}

struct Row {
    seq: u64,
    number: String,
    at: String,
    when: String,
    who: String,
    door: &'static str,
    what: String,
    comment: String,
    /// The record, where there is one.
    one: Option<RecordLink>,
    /// Id and path, where there are several.
    several: Vec<(String, String)>,
    /// Names of accounts.
    accounts: Vec<String>,
    more: usize,
}

struct Kept {
    size: u64,
    /// How many entries it was signed over, in words.
    entries: String,
    when: String,
}

/// The list, filtered by who, by kind or by record.
pub(crate) async fn list(viewer: Viewer, RawQuery(asked): RawQuery) -> Result<Html<String>, WebError> {
    let asked = query(asked)?;
    let (actor, kind, record) = (asked.text("actor"), asked.text("kind"), asked.text("record"));
    let size = viewer.isms.size();
    let before = match asked.text("before") {
        "" => None,
        text => Some(
            text.parse::<u64>().map_err(|_| WebError::invalid("before", "must be the number of an entry"))?,
        ),
    };
    if !kind.is_empty() && Kind::by_name(kind).is_none() {
        return Err(WebError::invalid("kind", "is not a kind of record"));
    }
    let (rows, next) = if record.is_empty() {
        let wanted = ActivityQuery {
            // A page about an earlier day knows nothing of what came after.
            before: Some(before.unwrap_or(size).min(size)),
            limit: PER_PAGE,
            actor: Some(actor.to_owned()).filter(|a| !a.is_empty()),
            command: Some(format!("{kind}.")).filter(|_| !kind.is_empty()),
        };
        let found = viewer.app.org.activity(&wanted).await.map_err(WebError::internal)?;
        (found.entries.iter().map(|e| row(&viewer, e)).collect(), found.next)
    } else {
        let id: Id = record
            .to_uppercase()
            .parse()
            .map_err(|e: isms::id::NotAnId| WebError::invalid("record", e.to_string()))?;
        (of_record(&viewer, id, actor, size).await?, None)
    };
    let accounts = viewer.app.org.accounts();
    let mut who: Vec<(String, String)> = accounts.iter().map(|a| (a.id.clone(), a.name.clone())).collect();
    who.sort_by_key(|(_, name)| name.to_lowercase());
    who.extend(["cli", "system"].map(|id| (id.to_owned(), viewer.who(id))));
    let address = |before: Option<u64>| {
        let before = before.map_or_else(String::new, |n| n.to_string());
        let pairs = [("actor", actor), ("kind", kind), ("record", record), ("before", before.as_str())];
        let said: Vec<String> = pairs
            .iter()
            .filter(|(_, v)| !v.is_empty())
            .map(|(n, v)| format!("{n}={}", urlencoding::encode(v)))
            .collect();
        if said.is_empty() { "/activity".to_owned() } else { format!("/activity?{}", said.join("&")) }
    };
    let mut kept = viewer.app.org.checkpoints().await.map_err(WebError::internal)?;
    kept.reverse();
    let zone = viewer.isms.timezone();
    let page = ListPage {
        page: Page::new(&viewer, "Activity"),
        size: entries(size),
        rows,
        who,
        actor: actor.to_owned(),
        kinds: Kind::ALL.iter().map(|k| (k.name(), k.decl().many)).collect(),
        kind: kind.to_owned(),
        record: record.to_owned(),
        older: next.map(|n| address(Some(n))),
        newest: before.map(|_| address(None)),
        checkpoint: viewer.app.org.checkpoint(),
        kept_more: kept.len().saturating_sub(CHECKPOINTS),
        kept: kept.iter().take(CHECKPOINTS).map(|k| Kept::of(k, zone)).collect(),
        public_key: viewer.app.org.public_key(),
    };
    Ok(Html(page.render()?))
}

/// `1 entry`, `3 entries`.
fn entries(n: u64) -> String {
    words::counted(usize::try_from(n).unwrap_or(usize::MAX), "entry", "entries")
}

impl Kept {
    fn of(kept: &KeptCheckpoint, zone: &str) -> Self {
        Self {
            size: kept.size,
            entries: entries(kept.size),
            when: kept.at.map_or_else(String::new, |at| words::time(at, zone)),
        }
    }
}

fn row(viewer: &Viewer, entry: &store::Activity) -> Row {
    let ids: Vec<Id> = entry.changes.iter().filter_map(|c| c.id.parse().ok()).collect();
    let kind = entry.command.split('.').next().and_then(Kind::by_name);
    let count = kind.map_or(ids.len(), |kind| ids.iter().filter(|id| id.kind == kind).count());
    let named = entry.changes.iter().filter_map(|c| c.id.strip_prefix("account:"));
    let accounts: Vec<String> = named.map(|id| viewer.who(id)).collect();
    let one =
        if let [id] = ids.as_slice() { Some(RecordLink::new(&viewer.isms, &viewer.base, *id)) } else { None };
    let several: Vec<(String, String)> = match one {
        Some(_) => Vec::new(),
        None => ids.iter().take(NAMED).map(|id| (id.to_string(), path_of(*id))).collect(),
    };
    Row {
        seq: entry.seq,
        number: words::number(entry.seq),
        at: entry.at.to_string(),
        when: words::time(entry.at, viewer.isms.timezone()),
        who: viewer.who(&entry.actor),
        door: words::door(entry.door),
        what: deeds(&entry.command, count.max(1)),
        comment: entry.comment.clone().unwrap_or_default(),
        more: if one.is_some() { 0 } else { ids.len() - several.len() },
        one,
        several,
        accounts,
    }
}

/// The entries that wrote one record.
async fn of_record(viewer: &Viewer, id: Id, actor: &str, size: u64) -> Result<Vec<Row>, WebError> {
    let revisions = viewer.app.org.history(id).await.map_err(WebError::internal)?;
    let wanted = revisions.iter().filter(|r| r.seq < size && (actor.is_empty() || r.actor == actor));
    let row = |r: &store::Revision| Row {
        seq: r.seq,
        number: words::number(r.seq),
        at: r.at.to_string(),
        when: words::time(r.at, viewer.isms.timezone()),
        who: viewer.who(&r.actor),
        door: words::door(r.door),
        what: deed(&r.command),
        comment: r.comment.clone().unwrap_or_default(),
        one: Some(RecordLink::new(&viewer.isms, &viewer.base, id)),
        several: Vec::new(),
        accounts: Vec::new(),
        more: 0,
    };
    Ok(wanted.map(row).collect())
}

/// A signed checkpoint as a file: the newest, or with `?size=` one that was kept.
pub(crate) async fn checkpoint(viewer: Viewer, RawQuery(asked): RawQuery) -> Result<Response, WebError> {
    let asked = query(asked)?;
    let missing = || WebError::NotFound("There is no such checkpoint.".to_owned());
    let note = match asked.text("size") {
        "" => viewer.app.org.checkpoint().ok_or_else(|| {
            WebError::NotFound("Nothing is recorded yet, so there is no checkpoint.".to_owned())
        })?,
        size => {
            let size: u64 = size.parse().map_err(|_| missing())?;
            let kept = viewer.app.org.checkpoints().await.map_err(WebError::internal)?;
            kept.into_iter().find(|k| k.size == size).ok_or_else(missing)?.note
        }
    };
    let size = note.lines().nth(1).unwrap_or_default().to_owned();
    let name = format!("attachment; filename=\"isthmus-checkpoint-{size}.txt\"");
    Ok((
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)],
        note,
    )
        .into_response())
}
