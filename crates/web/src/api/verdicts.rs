//! Verdicts as JSON, in the shape that the command line prints.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse, Response},
};
use isms::rules::{Reporter, readiness};

use super::{ApiError, ApiViewer};
use crate::error::WebError;

/// `GET /api/v1/readiness`: every row and control with its verdict and reasons, and the gates.
pub(crate) async fn all(ApiViewer(viewer): ApiViewer) -> Result<Response, ApiError> {
    let assessment = viewer.assessment().await?;
    let verdicts = readiness::readiness(&viewer.isms, &assessment, viewer.day, &viewer.sight());
    Ok(Json(verdicts).into_response())
}

/// `GET /api/v1/explain/{row}`: one row or control.
pub(crate) async fn one(ApiViewer(viewer): ApiViewer, Path(row): Path<String>) -> Result<Response, ApiError> {
    let assessment = viewer.assessment().await?;
    let sight = viewer.sight();
    let subject = assessment.subject(&row).filter(|s| s.there.on(viewer.day)).ok_or_else(|| {
        WebError::NotFound(format!(
            "\"{}\" is neither a row of clauses 4 to 10 nor a control.",
            isms::schema::shorten(&row)
        ))
    })?;
    let reporter = Reporter::new(&viewer.isms, &assessment, viewer.day, &sight);
    Ok(Json(readiness::requirement(&reporter, subject, viewer.day)).into_response())
}
