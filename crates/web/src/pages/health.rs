//! Whether the server is well: it is when its store answers.

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use serde_json::json;

use crate::App;

/// Asks the database, so that a lost disk or a locked database shows: for the entry that comes next, which costs
/// nothing to read as it is not there yet.
pub(crate) async fn health(State(app): State<App>) -> impl IntoResponse {
    match app.org.entry(app.org.snapshot().size()).await {
        Ok(_) => (StatusCode::OK, Json(json!({ "status": "ok" }))),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable" })))
        }
    }
}
