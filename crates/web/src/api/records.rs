//! Records of any kind as JSON.

use std::io::Write;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery},
    http::header,
    response::{IntoResponse, Response},
};
use isms::{
    Kind,
    views::{diff, list::PER_PAGE},
};
use serde_json::{Value, json as value};

use super::{
    ApiError, ApiViewer, json,
    write::{Records, member},
};
use crate::{
    answers::{Form, Question},
    error::WebError,
    gate::Viewer,
    list::Asked,
    pages::records::{id_of, kind_of, record_of},
};

fn head(out: &mut Vec<u8>, kind: Kind, viewer: &Viewer) {
    let _ = write!(out, "{{\"kind\":\"{kind}\",\"as_of\":\"{}\"", viewer.day);
}

fn records(out: &mut Vec<u8>, viewer: &Viewer, kind: Kind, numbers: &[u32]) {
    let table = viewer.isms.table(kind);
    let mut records = Records::new(&viewer.isms, kind, viewer.day);
    out.extend_from_slice(b",\"records\":[");
    for (i, record) in numbers.iter().filter_map(|n| table.any(*n)).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        records.record(out, record);
    }
    out.push(b']');
    records.titles(out);
    out.push(b'}');
}

/// All rows found, as a file.
pub(crate) fn all(viewer: &Viewer, asked: &Asked, found: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(found.len() * 512 + 256);
    head(&mut out, asked.kind, viewer);
    member(&mut out, "total", &found.len());
    records(&mut out, viewer, asked.kind, found);
    out
}

/// `GET /api/v1/{kind}`: a page of a list, with the filters and the order of the page of the same name.
pub(crate) async fn list(
    ApiViewer(viewer): ApiViewer,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let kind = kind_of(&kind)?;
    let question = Question::new(Form::Json, kind, &viewer.isms, viewer.day, "", query.as_deref());
    // What is kept serves everybody who may read the kind.
    let for_all = viewer.sees_all(kind);
    if let Some(answer) = viewer.app.answers.get(&question).filter(|_| for_all) {
        return Ok(json(answer));
    }
    let asked = Asked::read(kind, query.as_deref())?;
    let found = viewer.found(kind, &asked.query);
    let mut out = Vec::with_capacity(64 * 1024);
    head(&mut out, kind, &viewer);
    let (total, page, pages) = (found.len(), asked.query.page, asked.pager(found.len()).pages());
    let _ = write!(out, ",\"total\":{total},\"page\":{page},\"pages\":{pages},\"per_page\":{PER_PAGE}");
    records(&mut out, &viewer, kind, asked.on_page(&found));
    let answer = Bytes::from(out);
    if for_all {
        viewer.app.answers.keep(question, &answer);
    }
    Ok(json(answer))
}

/// `GET /api/v1/{kind}/{id}`: one record; its revision is the entity tag.
pub(crate) async fn one(
    ApiViewer(viewer): ApiViewer,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id = id_of(&kind, &id)?;
    let record = record_of(&viewer, id)?;
    let mut records = Records::new(&viewer.isms, id.kind, viewer.day);
    let mut out = Vec::with_capacity(4 * 1024);
    records.record(&mut out, record);
    // The object is open again, for the titles and the day.
    out.pop();
    records.titles(&mut out);
    member(&mut out, "as_of", &viewer.day);
    out.push(b'}');
    let mut response = json(out);
    if let Ok(tag) = format!("\"{}\"", record.meta().rev).parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// `GET /api/v1/{kind}/{id}/history`: every revision, newest first, with the fields it changed.
pub(crate) async fn history(
    ApiViewer(viewer): ApiViewer,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id = id_of(&kind, &id)?;
    let mut revisions = viewer.app.org.history(id).await.map_err(WebError::internal)?;
    revisions.retain(|r| r.seq < viewer.isms.size());
    if revisions.is_empty() {
        record_of(&viewer, id)?;
    }
    let revisions: Vec<Value> = revisions
        .iter()
        .map(|r| {
            value!({
                "rev": r.rev,
                "entry": r.seq,
                "at": r.at,
                "actor": r.actor,
                "actor_name": viewer.app.org.accounts().actor_name(&r.actor),
                "door": r.door,
                "command": r.command,
                "comment": r.comment,
                "redacted": r.redacted,
                "before": r.before,
                "after": r.after,
                "changes": diff::diff(&viewer.isms, id.kind, r.before.as_ref(), r.after.as_ref()),
            })
        })
        .collect();
    Ok(Json(value!({ "id": id, "as_of": viewer.day, "revisions": revisions })).into_response())
}

/// `GET /api/v1/{kind}/{id}/backrefs`: what refers to a record.
pub(crate) async fn backrefs(
    ApiViewer(viewer): ApiViewer,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id = id_of(&kind, &id)?;
    record_of(&viewer, id)?;
    let sight = viewer.sight();
    let found: Vec<Value> = viewer
        .isms
        .backrefs(id)
        .filter(|b| sight.sees(&viewer.isms, b.source))
        .filter_map(|b| {
            let record = viewer.isms.record(b.source)?;
            let field = b.source.kind.info().fields.get(usize::from(b.field))?;
            Some(value!({
                "id": b.source,
                "kind": b.source.kind.name(),
                "field": field.name,
                "title": record.title(),
                "state": record.state(),
                "archived": record.meta().archived,
            }))
        })
        .collect();
    Ok(Json(value!({ "id": id, "as_of": viewer.day, "backrefs": found })).into_response())
}
