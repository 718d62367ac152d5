//! Making and changing records in forms drawn from their fields.

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use isms::{Command, Id, Kind, Refusal};

use super::{id_of, kind_of, merge, record_of};
use crate::{
    asked::today_only,
    error::WebError,
    fault::Fault,
    forms::{Form, Pairs, Typed, draw, pairs_of, read},
    gate::{Viewer, Writer},
    page::Page,
    parts::{Markup, path_of},
    words,
};

#[derive(Template)]
#[template(path = "records/form.html")]
struct FormPage {
    page: Page,
    heading: String,
    many: &'static str,
    kind: Kind,
    /// What people should know before they type.
    about: &'static str,
    /// The record changed; nothing for a new one.
    id: Option<String>,
    /// Where the form goes.
    action: String,
    rev: Option<u32>,
    fault: Fault,
    /// What somebody else changed meanwhile.
    meanwhile: Option<merge::Meanwhile>,
    inputs: Markup,
    /// Whether another one can be added right after.
    again: bool,
    cancel: String,
}

impl IntoResponse for FormPage {
    fn into_response(self) -> Response {
        let status = self.fault.status();
        match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => WebError::from(error).into_response(),
        }
    }
}

fn inputs(viewer: &Viewer, kind: Kind, typed: &Typed, fault: &Fault) -> Markup {
    let fields = Form::by_hand(kind);
    draw(&Form {
        isms: &viewer.isms,
        base: &viewer.base,
        fields,
        typed,
        required: &[],
        problems: fault.list(),
    })
}

fn new_page(viewer: &Viewer, kind: Kind, typed: &Typed, fault: Fault) -> FormPage {
    let heading = format!("New {}", words::one(kind));
    FormPage {
        page: Page::new(viewer, &heading),
        heading,
        many: kind.decl().many,
        kind,
        about: kind.decl().about,
        id: None,
        action: format!("/{kind}"),
        rev: None,
        inputs: inputs(viewer, kind, typed, &fault),
        fault,
        meanwhile: None,
        again: !kind.decl().single,
        cancel: format!("/{kind}"),
    }
}

fn edit_page(
    viewer: &Viewer,
    id: Id,
    rev: u32,
    typed: &Typed,
    fault: Fault,
    meanwhile: Option<merge::Meanwhile>,
) -> FormPage {
    let heading = format!("Change {id} {}", viewer.isms.title(id));
    FormPage {
        page: Page::new(viewer, &heading),
        heading,
        many: id.kind.decl().many,
        kind: id.kind,
        about: "",
        id: Some(id.to_string()),
        action: path_of(id),
        rev: Some(rev),
        inputs: inputs(viewer, id.kind, typed, &fault),
        fault,
        meanwhile,
        again: false,
        cancel: path_of(id),
    }
}

/// `GET /{kind}/new`. `?field=value` fills in what a link already knows.
pub(crate) async fn new(
    viewer: Viewer,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let kind = kind_of(&kind)?;
    today_only(&viewer)?;
    if kind.decl().single
        && let Some(only) = viewer.isms.table(kind).all().next()
    {
        return Ok(axum::response::Redirect::to(&format!("{}/edit", path_of(only.id()))).into_response());
    }
    let pairs = pairs_of(query.unwrap_or_default().as_bytes())?;
    // A link may say more than the form asks; what it does not ask is no concern here.
    let typed = read(&viewer.isms, &Form::by_hand(kind), &pairs, &mut Vec::new());
    Ok(new_page(&viewer, kind, &typed, Fault::default()).into_response())
}

/// `POST /{kind}`.
pub(crate) async fn create(
    writer: Writer,
    Path(kind): Path<String>,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let kind = kind_of(&kind)?;
    let viewer = &writer.viewer;
    let mut problems = Vec::new();
    let typed = read(&viewer.isms, &Form::by_hand(kind), &pairs, &mut problems);
    let result = if problems.is_empty() {
        writer.execute(Command::Create { kind, fields: typed.clone() }).await
    } else {
        Err(WebError::Invalid(problems))
    };
    match result {
        Ok(outcome) => {
            let id = outcome.created.iter().find(|id| id.kind == kind).copied();
            let to = match id {
                Some(_) if pairs.text("_then") == "new" => format!("/{kind}/new"),
                Some(id) => path_of(id),
                None => format!("/{kind}"),
            };
            let title = id.map(|id| format!("{id} {}", outcome.isms.title(id))).unwrap_or_default();
            Ok(writer.done(&to, &format!("Added {}.", isms::schema::shorten(&title))))
        }
        Err(error) => Ok(new_page(viewer, kind, &typed, Fault::of(error)?).into_response()),
    }
}

/// `GET /{kind}/{id}/edit`.
pub(crate) async fn edit(
    viewer: Viewer,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = id_of(&kind, &id)?;
    today_only(&viewer)?;
    let record = record_of(&viewer, id)?;
    if let Some(state) = record.state().filter(|s| id.kind.decl().frozen.contains(s)) {
        return Err(WebError::Refused(Refusal::Frozen { id, state: state.to_owned() }));
    }
    Ok(edit_page(&viewer, id, record.meta().rev, &record.fields(), Fault::default(), None).into_response())
}

/// `POST /{kind}/{id}`.
pub(crate) async fn update(
    writer: Writer,
    Path((kind, id)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let id = id_of(&kind, &id)?;
    let viewer = &writer.viewer;
    let record = record_of(viewer, id)?;
    let mut problems = Vec::new();
    let given = read(&viewer.isms, &Form::by_hand(id.kind), &pairs, &mut problems);
    let rev = pairs.rev();
    let known = rev.as_ref().ok().copied();
    let result = match rev {
        Err(error) => Err(error),
        Ok(_) if !problems.is_empty() => Err(WebError::Invalid(problems)),
        Ok(rev) => {
            let fields = given.clone();
            writer.execute(Command::Update { target: id.into(), rev: Some(rev), fields }).await
        }
    };
    let typed = || {
        let mut typed = record.fields();
        typed.extend(given.clone());
        typed
    };
    match result {
        Ok(outcome) if outcome.seq.is_none() => {
            Ok(writer.done(&path_of(id), "Nothing was different, so nothing was written."))
        }
        Ok(_) => Ok(writer.done(&path_of(id), &format!("Saved {id}."))),
        Err(error @ WebError::Refused(Refusal::Conflict { .. })) => {
            // What the other wrote may be newer than the snapshot this request began with.
            let now = viewer.app.org.snapshot();
            let merged = merge::merge(viewer, &now, id, known, &given).await?;
            Ok(edit_page(viewer, id, merged.rev, &merged.typed, Fault::of(error)?, Some(merged.meanwhile))
                .into_response())
        }
        Err(error) => {
            let current = record.meta().rev;
            Ok(edit_page(viewer, id, known.unwrap_or(current), &typed(), Fault::of(error)?, None)
                .into_response())
        }
    }
}
