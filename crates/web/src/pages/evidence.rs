//! Handing in evidence and new versions of documents: files are dropped on a form, several at once.

use askama::Template;
use axum::{
    extract::{Multipart, Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Id, Kind, Problem, Ref, Stored,
    commands::Target,
    records::{Document, Evidence},
};
use serde_json::{Map, Value};
use store::FileMeta;

use crate::{
    asked,
    error::WebError,
    fault::{Fault, query},
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    parts::{Markup, RecordLink, StateChip},
    upload::{Received, keep, receive, size_words, unattached},
    words,
};

/// Fields of evidence drawn as those of any record.
const PLAIN: [&str; 6] = ["kind", "control_ids", "requirement_refs", "period_from", "period_to", "url"];
/// Fields of evidence read from the form.
const EVIDENCE: [&str; 7] =
    ["title", "kind", "control_ids", "requirement_refs", "period_from", "period_to", "url"];
/// Fields of a new version asked for, besides the file.
const VERSION: [&str; 2] = ["number", "change_summary"];

/// A form with a place to drop files.
#[derive(Template)]
#[template(path = "evidence/upload.html")]
struct UploadPage {
    page: Page,
    fault: Fault,
    crumbs: Vec<(String, String)>,
    title: String,
    lede: &'static str,
    action: String,
    /// The record the files are for.
    target: Option<RecordLink>,
    hidden: Vec<(&'static str, String)>,
    /// What stands in the field for the title, if there is one: the name of a file will do instead.
    named: Option<String>,
    inputs: Markup,
    several: bool,
    limit: String,
    /// Files that an earlier try has stored.
    kept: Vec<(String, String)>,
    button: &'static str,
    cancel: String,
}

/// What the form is filled in with.
struct Filled<'a> {
    typed: &'a Map<String, Value>,
    files: &'a [FileMeta],
    fault: Fault,
}

/// `GET /evidence/upload`. `control_ids=`, `requirement_refs=` and others fill in what a link knows; `_evidence=EV-1`
/// hands in what was requested.
pub(crate) async fn form(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    let asked = query(raw)?;
    let target = requested(&viewer, asked.text("_evidence"))?;
    let mut typed = target.map(isms::AnyRecord::fields).unwrap_or_default();
    typed.extend(asked::typed(&viewer, Kind::Evidence, &EVIDENCE, &asked));
    evidence_page(&viewer, target, Filled { typed: &typed, files: &[], fault: Fault::default() })
}

/// Evidence that still can be handed in.
fn requested<'a>(viewer: &'a Viewer, id: &str) -> Result<Option<&'a Stored<Evidence>>, WebError> {
    if id.is_empty() {
        return Ok(None);
    }
    let found = id
        .parse::<Id>()
        .ok()
        .and_then(|id| Ref::try_from(id).ok())
        .and_then(|r| viewer.isms.get::<Evidence>(r));
    found
        .map(Some)
        .ok_or_else(|| WebError::NotFound(format!("There is no evidence {}.", isms::schema::shorten(id))))
}

fn evidence_page(
    viewer: &Viewer,
    target: Option<&Stored<Evidence>>,
    filled: Filled<'_>,
) -> Result<Response, WebError> {
    let required = ["period_from", "period_to"];
    let content = UploadPage {
        page: Page::new(viewer, "Hand in evidence"),
        crumbs: vec![("/evidence".to_owned(), "Evidence".to_owned())],
        title: "Hand in evidence".to_owned(),
        lede: "Say what it speaks for and for which time. Somebody other than you accepts it.",
        action: "/evidence/upload".to_owned(),
        target: target.map(|e| RecordLink::new(&viewer.isms, &viewer.base, e.meta.id)),
        hidden: target.map(|e| ("_evidence", e.meta.id.to_string())).into_iter().collect(),
        named: Some(filled.typed.get("title").and_then(Value::as_str).unwrap_or_default().to_owned()),
        inputs: asked::inputs(viewer, Kind::Evidence, &PLAIN, &required, filled.typed, &filled.fault),
        several: true,
        limit: size_words(viewer.app.config.upload_limit),
        kept: kept(filled.files),
        button: "Hand in",
        cancel: target.map_or_else(|| "/evidence".to_owned(), |e| crate::parts::path_of(e.meta.id)),
        fault: filled.fault,
    };
    Ok((content.fault.status(), Html(content.render()?)).into_response())
}

fn kept(files: &[FileMeta]) -> Vec<(String, String)> {
    files.iter().map(|f| (keep(f), format!("{}, {}", f.name, size_words(f.size)))).collect()
}

/// `POST /evidence/upload`: one record a file; the first goes to what was requested, if anything was.
pub(crate) async fn upload(writer: Writer, form: Multipart) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let Received { typed: pairs, files, mut problems } = receive(viewer, form).await?;
    let target = requested(viewer, pairs.text("_evidence"))?;
    let typed = asked::typed(viewer, Kind::Evidence, &EVIDENCE, &pairs);
    problems.extend(Takes::default().and(Kind::Evidence, &EVIDENCE).text(&["_evidence"]).check(&pairs));
    if files.is_empty() && pairs.text("url").is_empty() && problems.is_empty() {
        problems.push(Problem::new("files", "choose a file, or give an address where it lies"));
    }
    let again = |fault| evidence_page(viewer, target, Filled { typed: &typed, files: &files, fault });
    if !problems.is_empty() {
        return again(Fault::problems(&problems));
    }
    let new = unattached(viewer, &files).await?;
    match writer.attach(collect(target, &typed, &pairs, &files), new).await {
        Ok(outcome) => {
            let first = target.map(|e| e.meta.id).or_else(|| outcome.created.first().copied());
            let count = files.len().max(1);
            let to = match (count, first) {
                (1, Some(id)) => crate::parts::path_of(id),
                _ => "/evidence?state=collected".to_owned(),
            };
            let made = words::counted(count, "piece of evidence was", "pieces of evidence were");
            Ok(writer.done(&to, &format!("{made} handed in. Somebody else accepts it now.")))
        }
        Err(error) => again(Fault::of(error)?),
    }
}

/// For each file a record and the step that hands it in.
fn collect(
    target: Option<&Stored<Evidence>>,
    typed: &Map<String, Value>,
    pairs: &Pairs,
    files: &[FileMeta],
) -> Command {
    let given = pairs.text("title");
    let title = |file: Option<&FileMeta>| match (given, file) {
        ("", Some(file)) => file.name.clone(),
        (given, Some(file)) if files.len() > 1 => format!("{given}: {}", file.name),
        (given, _) => given.to_owned(),
    };
    let all: Vec<Option<&FileMeta>> =
        if files.is_empty() { vec![None] } else { files.iter().map(Some).collect() };
    let (mut creations, mut steps) = (Vec::new(), Vec::new());
    for (i, file) in all.into_iter().enumerate() {
        let mut fields = typed.clone();
        let named = match (title(file), target.filter(|_| i == 0)) {
            (title, Some(target)) if title.is_empty() || (given.is_empty() && file.is_some()) => {
                if target.title.is_empty() { title } else { target.title.to_string() }
            }
            (title, _) => title,
        };
        fields.insert("title".to_owned(), Value::String(named.clone()));
        if let Some(file) = file {
            fields.insert("file_hash".to_owned(), Value::String(file.hash.to_string()));
        }
        let target = match target.filter(|_| i == 0) {
            Some(target) => Target::Id(target.meta.id),
            None => {
                let named = if named.is_empty() { pairs.text("url").to_owned() } else { named };
                creations.push(Command::create(Kind::Evidence, [("title", Value::String(named.clone()))]));
                fields.insert("title".to_owned(), Value::String(named));
                Target::New(creations.len() - 1)
            }
        };
        steps.push(Command::Step {
            target,
            rev: None,
            step: "collect".to_owned(),
            fields,
            comment: String::new(),
        });
    }
    creations.extend(steps);
    Command::Batch { name: "evidence.hand_in".to_owned(), commands: creations }
}

fn document_of<'a>(viewer: &'a Viewer, id: &str) -> Result<&'a Stored<Document>, WebError> {
    let found = id
        .parse::<Id>()
        .ok()
        .and_then(|id| Ref::try_from(id).ok())
        .and_then(|r| viewer.isms.get::<Document>(r));
    found.ok_or_else(|| WebError::NotFound(format!("There is no document {}.", isms::schema::shorten(id))))
}

/// `GET /document/{id}/upload`: the form for a new version of a document.
pub(crate) async fn version_form(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    let document = document_of(&viewer, &id)?;
    version_page(&viewer, document, Filled { typed: &Map::new(), files: &[], fault: Fault::default() })
}

fn version_page(
    viewer: &Viewer,
    document: &Stored<Document>,
    filled: Filled<'_>,
) -> Result<Response, WebError> {
    let id = document.meta.id;
    let content = UploadPage {
        page: Page::new(viewer, format!("New version of {id}")),
        crumbs: vec![
            ("/document".to_owned(), "Documents".to_owned()),
            (format!("/document/{id}"), id.to_string()),
        ],
        title: format!("New version: {}", document.title),
        lede: "It becomes a draft. Reviewed by somebody else and approved, it can be published.",
        action: format!("/document/{id}/upload"),
        target: None,
        hidden: Vec::new(),
        named: None,
        inputs: asked::inputs(viewer, Kind::DocumentVersion, &VERSION, &[], filled.typed, &filled.fault),
        several: false,
        limit: size_words(viewer.app.config.upload_limit),
        kept: kept(filled.files),
        button: "Upload",
        cancel: format!("/document/{id}"),
        fault: filled.fault,
    };
    Ok((content.fault.status(), Html(content.render()?)).into_response())
}

/// `POST /document/{id}/upload`.
pub(crate) async fn upload_version(
    writer: Writer,
    Path(id): Path<String>,
    form: Multipart,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let document = document_of(viewer, &id)?;
    let Received { typed: pairs, files, mut problems } = receive(viewer, form).await?;
    let typed = asked::typed(viewer, Kind::DocumentVersion, &VERSION, &pairs);
    problems.extend(Takes::default().and(Kind::DocumentVersion, &VERSION).check(&pairs));
    match files.len() {
        0 if problems.is_empty() => {
            problems.push(Problem::new("files", "choose the file of the new version"))
        }
        0 | 1 => {}
        n => problems
            .push(Problem::new("files", format!("are {n}: a version has one file; take the others off"))),
    }
    let again = |fault| version_page(viewer, document, Filled { typed: &typed, files: &files, fault });
    if !problems.is_empty() {
        return again(Fault::problems(&problems));
    }
    let mut fields = typed.clone();
    fields.insert("document_id".to_owned(), Value::String(document.meta.id.to_string()));
    if let Some(file) = files.first() {
        fields.insert("file_hash".to_owned(), Value::String(file.hash.to_string()));
    }
    let new = unattached(viewer, &files).await?;
    match writer.attach(Command::Create { kind: Kind::DocumentVersion, fields }, new).await {
        Ok(outcome) => {
            let made = outcome.created.first().map(ToString::to_string).unwrap_or_default();
            Ok(writer.done(&format!("/document/{}", document.meta.id), &format!("{made} is a draft now.")))
        }
        Err(error) => again(Fault::of(error)?),
    }
}

/// A stored file as the page of a record shows it.
#[derive(Template)]
#[template(path = "evidence/file.html")]
struct FilePanel {
    base: String,
    name: String,
    hash: String,
    /// Whether the file lies in the store. A load document can name one that does not.
    kept: bool,
    size: String,
    /// Address of the form that hands in a file; empty if the viewer cannot.
    hand_in: String,
    state: StateChip,
    url: String,
}

/// The panel of a piece of evidence: its file, or that there is none yet.
pub(crate) async fn panel(viewer: &Viewer, evidence: &Stored<Evidence>) -> Result<Vec<Markup>, WebError> {
    let may = viewer.edits() && viewer.actor.may(isms::access::Action::Create, Kind::Evidence);
    let open = matches!(evidence.state.as_str(), "requested" | "collected");
    let file = file_of(viewer, &evidence.file_hash).await?;
    let panel = FilePanel {
        base: viewer.base.clone(),
        kept: file.is_some(),
        size: file.as_ref().map(|f| size_words(f.size)).unwrap_or_default(),
        name: file.map_or_else(|| "File".to_owned(), |f| f.name),
        hash: evidence.file_hash.to_string(),
        hand_in: if may && open {
            format!("/evidence/upload?_evidence={}", evidence.meta.id)
        } else {
            String::new()
        },
        state: StateChip::new(evidence.state.as_str()),
        url: evidence.url.to_string(),
    };
    Ok(vec![Markup::of(&panel)?])
}

/// What is known of a stored file.
pub(crate) async fn file_of(viewer: &Viewer, hash: &str) -> Result<Option<FileMeta>, WebError> {
    let Ok(hash) = hash.parse() else { return Ok(None) };
    let info = viewer.app.org.file(hash).await.map_err(|e| WebError::Unavailable(e.to_string()))?;
    Ok(info.map(|i| i.meta))
}
