//! The page of a record: its facts, its steps, what refers to it and what it refers to, its files and tasks.

use std::cell::LazyCell;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use isms::{
    AnyRecord, Id, Isms, Kind,
    access::Action,
    commands::offers,
    rules::tells_of_people,
    schema::Shape,
    snapshot::each_ref,
    steps::Step,
    views::derived::{self, Cx},
};
use serde_json::Value;

use super::{id_of, record_of};
use crate::{
    error::WebError,
    gate::Viewer,
    list,
    page::Page,
    pages::panels,
    parts::{Day, Markup, RecordLink, StateChip},
    words,
};

/// Most links of one sort on the page; the rest is a list away.
const MOST: usize = 12;

#[derive(Template)]
#[template(path = "records/show.html")]
struct Show {
    page: Page,
    many: &'static str,
    kind: Kind,
    id: String,
    rev: u32,
    title: String,
    state: Option<StateChip>,
    archived: bool,
    notice: Option<Notice>,
    beside: Vec<(&'static str, &'static str)>,
    facts: Vec<Fact>,
    silent: Vec<String>,
    about: About,
    panels: Vec<Markup>,
    steps: Vec<StepLine>,
    files: Vec<(String, String)>,
    tasks: Vec<TaskLine>,
    refers_to: Vec<Group>,
    referred_by: Vec<Group>,
    may_edit: bool,
    may_remove: bool,
}

/// A notice above the facts.
pub(super) struct Notice {
    /// `error` or `warning`.
    pub(super) tone: &'static str,
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    pub(super) links: Vec<RecordLink>,
}

struct Fact {
    label: String,
    html: Markup,
}

/// Where the record comes from.
struct About {
    created: Option<Day>,
    by: String,
    updated: Option<Day>,
    local_id: String,
    /// Number of the entry that wrote it last.
    seq: u64,
    /// Whether the viewer may look at the entry.
    ledger: bool,
}

struct StepLine {
    name: &'static str,
    label: &'static str,
    /// Whether the step has a page of its own because it asks for something.
    asks: bool,
    open: bool,
    basis: String,
    reasons: Vec<String>,
}

struct TaskLine {
    link: RecordLink,
    state: Option<StateChip>,
    due: Option<Day>,
}

/// Links to records of one sort.
struct Group {
    label: String,
    links: Vec<RecordLink>,
    /// How many more there are.
    more: usize,
    /// Where all of them are.
    all: String,
}

/// `GET /{kind}/{id}`.
pub(crate) async fn show(
    viewer: Viewer,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = id_of(&kind, &id)?;
    page(&viewer, id, None, StatusCode::OK).await
}

/// The page of a record, with a notice.
pub(super) async fn page(
    viewer: &Viewer,
    id: Id,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let record = record_of(viewer, id)?;
    let decl = id.kind.decl();
    let edits = viewer.edits();
    let frozen = record.state().is_some_and(|s| decl.frozen.contains(&s));
    let panels = panels::of(viewer, id).await?;
    let (facts, silent) = facts(viewer, record, panels.is_empty());
    let title = record.title();
    let title = if title.trim().is_empty() { format!("{} without a title", decl.one) } else { title };
    let (tasks, referred_by) = backrefs(viewer, id);
    let content = Show {
        page: Page::new(viewer, format!("{id} {title}")),
        many: decl.many,
        kind: id.kind,
        id: id.to_string(),
        rev: record.meta().rev,
        state: record.state().map(StateChip::new),
        archived: record.meta().archived,
        notice,
        beside: list::beside(id.kind)
            .iter()
            .copied()
            .filter(|(_, path)| !path.starts_with("/starters") && !path.ends_with("/upload"))
            .collect(),
        facts,
        silent,
        about: about(viewer, record),
        panels,
        steps: if edits { steps(viewer, record) } else { Vec::new() },
        files: files(record),
        tasks,
        refers_to: refers_to(viewer, record),
        referred_by,
        may_edit: edits && !frozen && viewer.actor.may(Action::Edit, id.kind),
        may_remove: edits && viewer.actor.may(Action::Remove, id.kind),
        title,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// The fields that say something, and the labels of those that do not. What stands in the heading already is left
/// out; what follows from other records is shown unless panels of their own shape do.
fn facts(viewer: &Viewer, record: &dyn AnyRecord, with_derived: bool) -> (Vec<Fact>, Vec<String>) {
    let title = record.title();
    let info = record.id().kind.info();
    let fields = record.fields();
    let (mut facts, mut silent) = (Vec::new(), Vec::new());
    for field in info.fields.iter().filter(|f| f.name != "state") {
        match fields.get(&field.name) {
            Some(Value::String(text)) if matches!(field.shape, Shape::Line(_)) && *text == title => {}
            Some(value) => {
                let mut html = String::new();
                list::fact(&mut html, &viewer.isms, &viewer.base, field, value);
                facts.push(Fact { label: words::label(field), html: Markup::written(html) });
            }
            None => silent.push(words::label(field)),
        }
    }
    let cx = Cx { isms: &viewer.isms, today: viewer.day };
    for derived in derived::of(record.id().kind).iter().filter(|_| with_derived) {
        if let Some(value) = (derived.value)(&cx, record) {
            let mut html = String::new();
            list::derived_fact(&mut html, &viewer.isms, &viewer.base, derived.name, &value);
            facts.push(Fact { label: derived.label.to_owned(), html: Markup::written(html) });
        }
    }
    (facts, silent)
}

fn about(viewer: &Viewer, record: &dyn AnyRecord) -> About {
    let meta = record.meta();
    let by = meta.created_by.as_deref().map(|who| match who.parse::<Id>() {
        Ok(id) => viewer.isms.title(id),
        Err(_) => viewer.who(who),
    });
    About {
        created: meta.created_at.map(|date| Day { date }),
        by: by.unwrap_or_default(),
        updated: meta.updated_at.map(|date| Day { date }),
        local_id: meta.local_id.as_deref().unwrap_or_default().to_owned(),
        seq: meta.seq,
        ledger: viewer.actor.can(isms::access::Ability::ReadLedger),
    }
}

fn steps(viewer: &Viewer, record: &dyn AnyRecord) -> Vec<StepLine> {
    let kind = record.id().kind;
    let allowed = viewer.actor.may(Action::Step, kind);
    offers(&viewer.isms, &viewer.actor, viewer.today, record)
        .into_iter()
        .map(|offer| {
            let mut reasons: Vec<String> = offer.reasons.iter().map(reason).collect();
            if !allowed && reasons.is_empty() {
                reasons.push(format!("Your role does not move {}.", words::many(kind)));
            }
            StepLine {
                name: offer.step.name,
                label: offer.step.label,
                asks: asks(offer.step),
                open: reasons.is_empty(),
                basis: basis(offer.step),
                reasons,
            }
        })
        .collect()
}

/// Whether a step has something to fill in.
pub(super) fn asks(step: &Step) -> bool {
    !step.asks.is_empty() || step.comment
}

/// The clause a step rests on, as people read it; nothing where it is mere practice.
pub(super) fn basis(step: &Step) -> String {
    match step.basis {
        "" | "practice" | "derived" => String::new(),
        basis => format!("Rests on {basis}."),
    }
}

/// Why a step is refused, with the rule.
pub(super) fn reason(reason: &isms::commands::Reason) -> String {
    let message = words::capital(reason.message.trim_end_matches('.'));
    match reason.rule.as_str() {
        "who" | "state" | "required" | "" => format!("{message}."),
        rule => format!("{rule}: {message}."),
    }
}

/// Stored files of the record: label of the field and hash.
fn files(record: &dyn AnyRecord) -> Vec<(String, String)> {
    let fields = &record.id().kind.info().fields;
    let of_files = fields.iter().filter(|f| *f.shape.item() == Shape::File);
    of_files
        .flat_map(|f| {
            let hashes = match record.field(&f.name) {
                Some(Value::String(hash)) => vec![hash],
                Some(Value::Array(items)) => {
                    items.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
                }
                _ => Vec::new(),
            };
            hashes.into_iter().map(|hash| (words::label(f), hash))
        })
        .collect()
}

fn refers_to(viewer: &Viewer, record: &dyn AnyRecord) -> Vec<Group> {
    let fields = record.fields();
    let mut groups = Vec::new();
    for field in &record.id().kind.info().fields {
        let Some(value) = fields.get(&field.name) else { continue };
        let mut ids = Vec::new();
        each_ref(field, value, &mut |id| {
            if viewer.isms.record(id).is_some() {
                ids.push(id);
            }
        });
        if !ids.is_empty() {
            groups.push(group(&viewer.isms, &viewer.base, words::label(field), &ids, String::new()));
        }
    }
    groups
}

/// Tasks about a record, and everything else that refers to it by kind and field.
fn backrefs(viewer: &Viewer, id: Id) -> (Vec<TaskLine>, Vec<Group>) {
    let isms = &*viewer.isms;
    let mut tasks = Vec::new();
    let mut found: std::collections::BTreeMap<(Kind, u16), Vec<Id>> = std::collections::BTreeMap::new();
    let sight = LazyCell::new(|| viewer.sight());
    for backref in isms.backrefs(id) {
        if tells_of_people(backref.source.kind) && !sight.sees(isms, backref.source) {
            continue;
        }
        if backref.source.kind == Kind::Task
            && let Some(task) = isms.record(backref.source).filter(|t| t.live())
        {
            tasks.push(task_line(isms, &viewer.base, task));
            continue;
        }
        found.entry((backref.source.kind, backref.field)).or_default().push(backref.source);
    }
    let groups = found
        .into_iter()
        .filter_map(|((kind, field), ids)| {
            let field = kind.info().fields.get(usize::from(field))?;
            let label = format!("{}: {}", kind.decl().many, words::lower(&words::label(field)));
            let all = format!("/{kind}?{}={id}&archived=yes", field.name);
            Some(group(isms, &viewer.base, label, &ids, all))
        })
        .collect();
    (tasks, groups)
}

fn task_line(isms: &Isms, base: &str, task: &dyn AnyRecord) -> TaskLine {
    let due = task.field("due_at").and_then(|v| v.as_str()?.parse().ok());
    TaskLine {
        link: RecordLink::new(isms, base, task.id()),
        state: task.state().map(StateChip::new),
        due: due.map(|date| Day { date }),
    }
}

fn group(isms: &Isms, base: &str, label: String, ids: &[Id], all: String) -> Group {
    // Where all of them are listed elsewhere a few do; otherwise this is the only place.
    let most = if all.is_empty() { ids.len() } else { MOST };
    let links = ids.iter().take(most).map(|id| RecordLink::new(isms, base, *id)).collect();
    Group { label, links, more: ids.len().saturating_sub(most), all }
}
