//! What happened to a record: every entry of the ledger that wrote it, with the fields it changed.

use askama::Template;
use axum::{extract::Path, response::Html};
use isms::{
    Kind,
    views::diff::{self, FieldDiff},
};

use super::id_of;
use crate::{error::WebError, gate::Viewer, page::Page, parts::StateChip, words};

#[derive(Template)]
#[template(path = "records/history.html")]
struct History {
    page: Page,
    many: &'static str,
    kind: Kind,
    id: String,
    title: String,
    state: Option<StateChip>,
    /// Whether the record is still there.
    here: bool,
    ledger: bool,
    entries: Vec<Entry>,
}

struct Entry {
    who: String,
    did: String,
    at: String,
    when: String,
    door: &'static str,
    seq: u64,
    rev: u32,
    comment: String,
    redacted: bool,
    fields: Vec<FieldDiff>,
}

/// `GET /{kind}/{id}/history`.
pub(crate) async fn history(
    viewer: Viewer,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Html<String>, WebError> {
    let id = id_of(&kind, &id)?;
    let size = viewer.isms.size();
    let mut revisions = viewer.app.org.history(id).await.map_err(WebError::internal)?;
    // A page about an earlier day knows nothing of what came after.
    revisions.retain(|r| r.seq < size);
    if revisions.is_empty() {
        return Err(WebError::NotFound(format!("There is no {} {id}.", words::one(id.kind))));
    }
    let zone = viewer.isms.timezone();
    let entries = revisions
        .iter()
        .map(|r| Entry {
            who: viewer.who(&r.actor),
            did: words::did(&r.command),
            at: r.at.to_string(),
            when: words::time(r.at, zone),
            door: words::door(r.door),
            seq: r.seq,
            rev: r.rev,
            comment: r.comment.clone().unwrap_or_default(),
            redacted: r.redacted,
            fields: diff::diff(&viewer.isms, id.kind, r.before.as_ref(), r.after.as_ref()),
        })
        .collect();
    let record = viewer.isms.record(id);
    let title = record.map_or_else(|| id.to_string(), |r| r.title());
    let page = History {
        page: Page::new(&viewer, format!("History of {id} {title}")),
        many: id.kind.decl().many,
        kind: id.kind,
        id: id.to_string(),
        state: record.and_then(|r| r.state()).map(StateChip::new),
        here: record.is_some(),
        ledger: viewer.actor.can(isms::access::Ability::ReadLedger),
        title,
        entries,
    };
    Ok(Html(page.render()?))
}
