//! The JSON interface: verdicts, and every kind's list, records, histories and references back; read-only, behind the
//! same gate as the pages and generated from the same declarations.

pub(crate) mod openapi;
pub(crate) mod records;
pub(crate) mod verdicts;
mod write;

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};

use crate::{
    App,
    asof::{AskedDate, asked},
    error::WebError,
    forms::pairs_of,
    gate::Viewer,
};

/// An error as programs read it.
pub(crate) struct ApiError(WebError);

impl From<WebError> for ApiError {
    fn from(error: WebError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.json()
    }
}

/// A viewer of the JSON interface: the day may also be asked for by `?at=`.
pub(crate) struct ApiViewer(pub(crate) Viewer);

impl FromRequestParts<App> for ApiViewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        if query.contains("at=") {
            let pairs = pairs_of(query.as_bytes())?;
            if let Some(at) = pairs.get("at") {
                let date = asked(at.trim())
                    .ok_or_else(|| WebError::invalid("at", "must be a date from 1900 to 2199, YYYY-MM-DD"))?;
                parts.extensions.insert(AskedDate(date));
            }
        }
        Ok(Self(Viewer::from_request_parts(parts, app).await?))
    }
}

/// Finished JSON as an answer.
fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
