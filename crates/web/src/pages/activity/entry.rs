//! One entry of the ledger in full: who did what, each record before and after, and the proof that the entry is there.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::Html,
};
use isms::{
    Id, Kind,
    schema::label_of,
    views::diff::{self, FieldDiff},
};
use serde_json::{Map, Value};
use store::{ActivityChange, EntryDetail};

use super::proof::{Shown, shown};
use crate::{
    deeds::deeds,
    error::WebError,
    fault::query,
    gate::Viewer,
    page::Page,
    pager::Pager,
    parts::{Markup, RecordLink},
    words,
};

/// Changes on a page: an entry that loads a company has thousands.
const PER_PAGE: usize = 100;
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
    total: usize,
    kinds: Vec<KindCount>,
    kind: String,
    changes: Vec<ChangeRow>,
    open: bool,
    pager: Option<Markup>,
    redacted: usize,
    files: Vec<String>,
    header: String,
    proof: Option<Shown>,
    before: Option<u64>,
    after: Option<u64>,
}

/// How many changes concern a kind of record.
struct KindCount {
    name: &'static str,
    count: usize,
    words: String,
}

struct ChangeRow {
    link: Option<RecordLink>,
    id: String,
    rev: u32,
    what: &'static str,
    redacted: bool,
    fields: Vec<FieldDiff>,
}

/// The body of a record: fields and meta data.
type Record = Map<String, Value>;

/// The page.
pub(crate) async fn entry(
    viewer: Viewer,
    Path(seq): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Html<String>, WebError> {
    let missing = || WebError::NotFound("There is no such entry.".to_owned());
    let seq: u64 = seq.parse().map_err(|_| missing())?;
    let asked = query(asked)?;
    let org = &viewer.app.org;
    // A page about an earlier day knows nothing of what came after.
    let size = viewer.isms.size();
    let found = if seq < size { org.entry(seq).await.map_err(WebError::internal)? } else { None };
    let EntryDetail { activity, header, bodies, redacted } = found.ok_or_else(missing)?;
    let kinds = kinds(&activity.changes);
    let kind = asked.text("kind");
    if !kind.is_empty() && !kinds.iter().any(|k| k.name == kind) {
        return Err(WebError::invalid("kind", "is not a kind of record that this entry changed"));
    }
    let total = activity.changes.len();
    let wanted = activity.changes.into_iter().zip(bodies).filter(|(c, _)| kind.is_empty() || c.kind == kind);
    let wanted: Vec<(ActivityChange, Option<Record>)> = wanted.collect();
    let pager = Pager { page: Pager::asked(asked.text("page"))?, per_page: PER_PAGE, found: wanted.len() };
    let shown_here = wanted.get(pager.shown()).unwrap_or_default();
    let named = activity.command.split('.').next().unwrap_or_default();
    let count = kinds.iter().find(|k| k.name == named).map_or(total.max(1), |k| k.count);
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
        open: total <= OPEN,
        total,
        changes: rows(&viewer, shown_here).await?,
        pager: (pager.pages() > 1 || pager.page > 1).then(|| {
            let mut out = String::new();
            pager.draw(&mut out, |n| format!("{}/activity/{seq}?kind={kind}&page={n}", viewer.base));
            Markup::written(out)
        }),
        kind: kind.to_owned(),
        kinds,
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

/// How many changes concern each kind, in the order of the kinds; what is no record comes last.
fn kinds(changes: &[ActivityChange]) -> Vec<KindCount> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for change in changes {
        *counts.entry(change.kind.as_str()).or_default() += 1;
    }
    let kinds = Kind::ALL.iter().map(|k| (k.name(), words::one(*k), words::many(*k)));
    let others = [("account", "accounts"), ("file", "files")];
    let kinds = kinds.chain(others.map(|(one, many)| (one, one.to_owned(), many.to_owned())));
    let counted = |(name, one, many): (&'static str, String, String)| {
        let count = counts.get(name).copied()?;
        Some(KindCount { name, count, words: words::counted(count, &one, &many) })
    };
    kinds.filter_map(counted).collect()
}

/// Changes, each with what stood there before.
async fn rows(
    viewer: &Viewer,
    changes: &[(ActivityChange, Option<Record>)],
) -> Result<Vec<ChangeRow>, WebError> {
    let alone: Vec<ActivityChange> = changes.iter().map(|(change, _)| change.clone()).collect();
    let before = viewer.app.org.bodies_before(&alone).await.map_err(WebError::internal)?;
    let all = changes.iter().zip(&before);
    Ok(all.map(|((change, after), before)| row(viewer, change, before.as_ref(), after.as_ref())).collect())
}

fn row(
    viewer: &Viewer,
    change: &ActivityChange,
    before: Option<&Record>,
    after: Option<&Record>,
) -> ChangeRow {
    let id = change.id.parse::<Id>().ok();
    let redacted = after.is_none() && !change.removed;
    ChangeRow {
        link: id.map(|id| RecordLink::new(&viewer.isms, &viewer.base, id)),
        id: match change.id.split_once(':') {
            Some(("account", account)) => format!("Account of {}", viewer.who(account)),
            Some(("file", _)) => "File".to_owned(),
            _ => change.id.clone(),
        },
        rev: change.rev,
        what: match (change.removed, change.rev) {
            (true, _) => "deleted",
            (false, 1) => "new",
            _ => "changed",
        },
        fields: match id {
            _ if redacted => Vec::new(),
            Some(id) => diff::diff(&viewer.isms, id.kind, before, after),
            None => plain(viewer, before, after),
        },
        redacted,
    }
}

/// What differs between two bodies of something that is no record: an account or a file.
fn plain(viewer: &Viewer, before: Option<&Record>, after: Option<&Record>) -> Vec<FieldDiff> {
    let mut names: Vec<&String> = before.into_iter().chain(after).flat_map(Map::keys).collect();
    names.sort_unstable();
    names.dedup();
    let get = |body: Option<&Record>, name: &str| body.and_then(|b| b.get(name)).cloned();
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
