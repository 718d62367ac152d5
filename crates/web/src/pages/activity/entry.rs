//! One entry of the ledger in full: who did what, each record before and after, and the proof that the entry is there.

use askama::Template;
use axum::{extract::Path, response::Html};
use isms::{
    Id, Kind,
    schema::label_of,
    views::diff::{self, FieldDiff},
};
use serde_json::{Map, Value};
use store::{ActivityChange, EntryDetail, Revision};

use super::proof::{Shown, shown};
use crate::{deeds::deeds, error::WebError, gate::Viewer, page::Page, parts::RecordLink, words};

/// Changes shown field by field; the others of a large entry are named.
const SHOWN: usize = 20;
/// Up to so many changes all stand open.
const OPEN: usize = 4;

#[derive(Template)]
#[template(path = "activity/entry.html")]
struct EntryPage {
    page: Page,
    number: String,
    seq: u64,
    what: String,
    command: String,
    who: String,
    door: &'static str,
    at: String,
    when: String,
    comment: String,
    changes: Vec<ChangeRow>,
    open: bool,
    others: Vec<String>,
    redacted: usize,
    files: Vec<String>,
    header: String,
    proof: Option<Shown>,
    before: Option<u64>,
    after: Option<u64>,
}

struct ChangeRow {
    link: Option<RecordLink>,
    id: String,
    rev: u32,
    what: &'static str,
    redacted: bool,
    fields: Vec<FieldDiff>,
}

/// The page.
pub(crate) async fn entry(viewer: Viewer, Path(seq): Path<String>) -> Result<Html<String>, WebError> {
    let missing = || WebError::NotFound("There is no such entry.".to_owned());
    let seq: u64 = seq.parse().map_err(|_| missing())?;
    let org = &viewer.app.org;
    // A page about an earlier day knows nothing of what came after.
    let size = viewer.isms.size();
    let found = if seq < size { org.entry(seq).await.map_err(WebError::internal)? } else { None };
    let EntryDetail { activity, header, redacted, .. } = found.ok_or_else(missing)?;
    let mut changes = Vec::new();
    for change in activity.changes.iter().take(SHOWN) {
        changes.push(row(&viewer, seq, change).await?);
    }
    let kind = activity.command.split('.').next().and_then(Kind::by_name);
    let count = activity.changes.iter().filter(|c| kind.is_none_or(|k| k.name() == c.kind)).count().max(1);
    let proof = org.proof(seq).await.map_err(WebError::internal)?;
    let page = EntryPage {
        page: Page::new(&viewer, format!("Entry {}", words::number(seq))),
        number: words::number(seq),
        seq,
        what: deeds(&activity.command, count),
        who: viewer.who(&activity.actor),
        door: words::door(activity.door),
        at: activity.at.to_string(),
        when: words::time(activity.at, viewer.isms.timezone()),
        comment: activity.comment.unwrap_or_default(),
        others: activity.changes.iter().skip(SHOWN).map(|c| c.id.clone()).collect(),
        open: changes.len() <= OPEN,
        changes,
        redacted,
        files: activity.files.iter().map(ToString::to_string).collect(),
        proof: proof.map(|p| shown(&p, &org.public_key())),
        before: seq.checked_sub(1),
        after: Some(seq + 1).filter(|n| *n < size),
        command: activity.command,
        header,
    };
    Ok(Html(page.render()?))
}

async fn row(viewer: &Viewer, seq: u64, change: &ActivityChange) -> Result<ChangeRow, WebError> {
    let id = change.id.parse::<Id>().ok();
    let org = &viewer.app.org;
    let revisions = match (id, change.id.strip_prefix("account:")) {
        (Some(id), _) => org.history(id).await,
        (None, Some(account)) => org.account_history(account).await,
        (None, None) => Ok(Vec::new()),
    };
    let revision = revisions.map_err(WebError::internal)?.into_iter().find(|r| r.seq == seq);
    let fields = revision.as_ref().map_or_else(Vec::new, |r| fields(viewer, id, r));
    Ok(ChangeRow {
        link: id.map(|id| RecordLink::new(&viewer.isms, &viewer.base, id)),
        id: match change.id.strip_prefix("account:") {
            Some(account) => format!("Account of {}", viewer.who(account)),
            None => change.id.clone(),
        },
        rev: change.rev,
        what: match (change.removed, change.rev) {
            (true, _) => "deleted",
            (false, 1) => "new",
            _ => "changed",
        },
        redacted: revision.is_some_and(|r| r.redacted),
        fields,
    })
}

fn fields(viewer: &Viewer, id: Option<Id>, revision: &Revision) -> Vec<FieldDiff> {
    let (before, after) = (revision.before.as_ref(), revision.after.as_ref());
    match id {
        Some(id) => diff::diff(&viewer.isms, id.kind, before, after),
        None => plain(viewer, before, after),
    }
}

/// What differs between two bodies of something that is no record: an account.
fn plain(
    viewer: &Viewer,
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> Vec<FieldDiff> {
    let mut names: Vec<&String> = before.into_iter().chain(after).flat_map(Map::keys).collect();
    names.sort_unstable();
    names.dedup();
    let get = |body: Option<&Map<String, Value>>, name: &str| body.and_then(|b| b.get(name)).cloned();
    let show = |value: Option<Value>| value.map(|v| diff::show(&viewer.isms, None, &v));
    names
        .into_iter()
        .map(|name| (name, get(before, name), get(after, name)))
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| FieldDiff {
            field: name.clone(),
            label: label_of(name),
            before: show(old),
            after: show(new),
        })
        .collect()
}
