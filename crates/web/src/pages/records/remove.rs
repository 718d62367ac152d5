//! Putting records aside, bringing them back, taking them away.

use axum::{extract::Path, http::StatusCode, response::Response};
use isms::{Command, Refusal};

use super::{
    id_of, record_of,
    show::{self, Notice},
};
use crate::{
    error::WebError,
    forms::Pairs,
    gate::Writer,
    parts::{RecordLink, path_of},
};

/// `POST /{kind}/{id}/archive`.
pub(crate) async fn archive(
    writer: Writer,
    Path((kind, id)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, WebError> {
    aside(writer, &kind, &id, &pairs, true).await
}

/// `POST /{kind}/{id}/restore`.
pub(crate) async fn restore(
    writer: Writer,
    Path((kind, id)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, WebError> {
    aside(writer, &kind, &id, &pairs, false).await
}

async fn aside(
    writer: Writer,
    kind: &str,
    id: &str,
    pairs: &Pairs,
    archived: bool,
) -> Result<Response, WebError> {
    let id = id_of(kind, id)?;
    record_of(&writer.viewer, id)?;
    match writer.execute(Command::Archive { id, rev: Some(pairs.rev()?), archived }).await {
        Ok(_) if archived => {
            Ok(writer.done(&path_of(id), &format!("Archived {id}. Lists and rules leave it out.")))
        }
        Ok(_) => Ok(writer.done(&path_of(id), &format!("Brought {id} back."))),
        Err(error) => refused(&writer, id, error).await,
    }
}

/// `POST /{kind}/{id}/delete`.
pub(crate) async fn remove(
    writer: Writer,
    Path((kind, id)): Path<(String, String)>,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let id = id_of(&kind, &id)?;
    record_of(&writer.viewer, id)?;
    match writer.execute(Command::Remove { id, rev: Some(pairs.rev()?) }).await {
        Ok(_) => {
            Ok(writer.done(&format!("/{kind}"), &format!("Deleted {id}. Its history stays in the ledger.")))
        }
        Err(error) => refused(&writer, id, error).await,
    }
}

/// The page of the record with what stands against it; every record that refers to it is listed.
async fn refused(writer: &Writer, id: isms::Id, error: WebError) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let notice = match error {
        WebError::Refused(Refusal::Referred { by, .. }) => Notice {
            tone: "error",
            title: format!("{id} cannot be deleted because records refer to it"),
            lines: vec!["Archive it instead, or take it out of these first.".to_owned()],
            links: by.into_iter().map(|id| RecordLink::new(&viewer.isms, &viewer.base, id)).collect(),
        },
        WebError::Refused(refusal @ (Refusal::Conflict { .. } | Refusal::Frozen { .. })) => Notice {
            tone: "error",
            title: "Nothing was changed".to_owned(),
            lines: vec![crate::fault::sentence(&refusal.to_string())],
            links: Vec::new(),
        },
        other => return Err(other),
    };
    show::page(viewer, id, Some(notice), StatusCode::CONFLICT).await
}
