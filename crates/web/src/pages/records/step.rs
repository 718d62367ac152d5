//! Taking a step of a record's workflow: at once where it asks for nothing, with a form where it does.

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use isms::{AnyRecord, Command, Id, Problem, Refusal, commands::offers, schema::Field, steps::Step};

use super::{
    id_of, record_of,
    show::{self, Notice},
};
use crate::{
    asked::today_only,
    error::WebError,
    fault::{Fault, query},
    forms::{Form, Pairs, Typed, draw, read},
    gate::{Viewer, Writer, local_path},
    page::Page,
    parts::{Markup, path_of},
    words,
};

#[derive(Template)]
#[template(path = "records/step.html")]
struct StepPage {
    page: Page,
    many: &'static str,
    kind: isms::Kind,
    id: String,
    title: String,
    rev: u32,
    step: &'static Step,
    /// The page to go to afterwards.
    back: String,
    basis: String,
    leads_to: String,
    fault: Fault,
    inputs: Markup,
    comment: String,
    comment_wrong: String,
}

/// What a form about a step holds besides fields.
#[derive(Clone, Copy)]
struct Said<'a> {
    comment: &'a str,
    back: &'a str,
}

/// The step of a name that leads on from the record's state, else any of that name.
fn step_of(record: &dyn AnyRecord, name: &str) -> Result<&'static Step, WebError> {
    let steps = record.id().kind.steps();
    let state = record.state().unwrap_or_default();
    let here = steps.iter().find(|s| s.name == name && s.from.contains(&state));
    here.or_else(|| steps.iter().find(|s| s.name == name)).ok_or_else(|| {
        WebError::NotFound(format!(
            "{} has no step “{}”.",
            words::capital(&words::one(record.id().kind)),
            isms::schema::shorten(name)
        ))
    })
}

fn fields_of(id: Id, step: &Step) -> Vec<&'static Field> {
    step.asks.iter().filter_map(|name| id.kind.info().field(name)).collect()
}

/// Where a step leads afterwards: the page it was taken from if that is one of ours, else the page of the record.
fn back_to(asked: &str, id: Id) -> String {
    local_path(asked).map_or_else(|| path_of(id), str::to_owned)
}

fn step_page(
    viewer: &Viewer,
    record: &dyn AnyRecord,
    step: &'static Step,
    typed: &Typed,
    said: Said<'_>,
    fault: Fault,
) -> Result<Response, WebError> {
    let id = record.id();
    let form = Form {
        isms: &viewer.isms,
        base: &viewer.base,
        fields: fields_of(id, step),
        typed,
        required: step.requires,
        problems: fault.list(),
    };
    let status = fault.status();
    let page = StepPage {
        page: Page::new(viewer, format!("{}: {id}", step.label)),
        many: id.kind.decl().many,
        kind: id.kind,
        id: id.to_string(),
        title: record.title(),
        rev: record.meta().rev,
        step,
        back: back_to(said.back, id),
        basis: show::basis(step),
        leads_to: words::lower(&words::words(step.to)),
        inputs: draw(&form),
        comment: said.comment.to_owned(),
        comment_wrong: fault.at("comment").unwrap_or_default().to_owned(),
        fault,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// `GET /{kind}/{id}/step/{step}`.
pub(crate) async fn step_form(
    viewer: Viewer,
    Path((kind, id, name)): Path<(String, String, String)>,
    RawQuery(asked): RawQuery,
) -> Result<Response, WebError> {
    let id = id_of(&kind, &id)?;
    let asked = query(asked)?;
    today_only(&viewer)?;
    let record = record_of(&viewer, id)?;
    let step = step_of(record, &name)?;
    let offer =
        offers(&viewer.isms, &viewer.actor, viewer.today, record).into_iter().find(|o| o.step.name == name);
    match offer {
        Some(offer) if offer.reasons.is_empty() => {
            let said = Said { comment: "", back: asked.text("back") };
            step_page(&viewer, record, step, &record.fields(), said, Fault::default())
        }
        Some(offer) => refused(&viewer, id, step, &offer.reasons).await,
        None => {
            let state = words::lower(&words::words(record.state().unwrap_or_default()));
            let from: Vec<String> = step.from.iter().map(|s| words::lower(&words::words(s))).collect();
            let lines = vec![format!("It leads on from {}, and {id} is {state}.", from.join(" or "))];
            let notice =
                Notice { tone: "error", title: format!("{}: not now", step.label), lines, links: Vec::new() };
            show::page(&viewer, id, Some(notice), StatusCode::CONFLICT).await
        }
    }
}

/// `POST /{kind}/{id}/step/{step}`.
pub(crate) async fn step(
    writer: Writer,
    Path((kind, id, name)): Path<(String, String, String)>,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let id = id_of(&kind, &id)?;
    let viewer = &writer.viewer;
    let record = record_of(viewer, id)?;
    let step = step_of(record, &name)?;
    let mut problems: Vec<Problem> = Vec::new();
    let given = read(&viewer.isms, &fields_of(id, step), &pairs, &mut problems);
    let comment = pairs.get("_comment").unwrap_or_default().to_owned();
    let command = |rev| Command::Step {
        target: id.into(),
        rev,
        step: name,
        fields: given.clone(),
        comment: comment.clone(),
    };
    let result = match pairs.rev_of_step() {
        Err(error) => Err(error),
        Ok(_) if !problems.is_empty() => Err(WebError::Invalid(problems)),
        Ok(rev) => writer.execute(command(rev)).await,
    };
    let mut typed = record.fields();
    typed.extend(given);
    match result {
        Ok(outcome) => {
            let state = outcome.isms.record(id).and_then(|r| r.state()).unwrap_or_default();
            let state = words::lower(&words::words(state));
            let back = back_to(pairs.text("_back"), id);
            Ok(writer.done(&back, &format!("{}: {id} is now {state}.", step.label)))
        }
        Err(WebError::Refused(Refusal::Step { reasons, .. })) if !show::asks(step) => {
            refused(viewer, id, step, &reasons).await
        }
        Err(WebError::Refused(refusal @ Refusal::Conflict { .. })) if !show::asks(step) => {
            let lines = vec![crate::fault::sentence(&refusal.to_string())];
            let notice =
                Notice { tone: "warning", title: "Nothing was changed".to_owned(), lines, links: Vec::new() };
            show::page(viewer, id, Some(notice), StatusCode::CONFLICT).await
        }
        Err(error) => {
            let said = Said { comment: &comment, back: pairs.text("_back") };
            step_page(viewer, record, step, &typed, said, Fault::of(error)?)
        }
    }
}

/// The page of the record, saying which rules refuse the step.
async fn refused(
    viewer: &Viewer,
    id: Id,
    step: &Step,
    reasons: &[isms::commands::Reason],
) -> Result<Response, WebError> {
    let lines = reasons.iter().map(show::reason).collect();
    let notice =
        Notice { tone: "error", title: format!("{}: refused", step.label), lines, links: Vec::new() };
    show::page(viewer, id, Some(notice), StatusCode::CONFLICT).await
}
