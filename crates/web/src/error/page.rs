//! The page of an error. What went wrong is known where it went wrong; what helps next depends on what was asked for,
//! which only the layer around all handlers sees: what was typed into a form stands one step back, and who followed a
//! link that leads nowhere wants to go elsewhere.

use askama::Template;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use crate::{asof::AskedDate, gate::local_path};

/// What an error says; travels with its answer to [`draw`].
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) title: &'static str,
    pub(super) sentence: String,
    pub(super) lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    told: Told,
    /// Whether something was sent that can be returned to.
    sent: bool,
    /// Whether there is no such page.
    missing: bool,
    /// The same page today, if another day was asked for.
    today: Option<String>,
}

/// Draws the page of an error, if one was the answer.
pub(crate) async fn draw(request: Request, next: Next) -> Response {
    let sent = !matches!(*request.method(), Method::GET | Method::HEAD);
    let other_day = request.extensions().get::<AskedDate>().is_some();
    let today = local_path(request.uri().path()).filter(|_| other_day && !sent).map(str::to_owned);
    let mut response = next.run(request).await;
    let Some(told) = response.extensions_mut().remove::<Told>() else { return response };
    let page = ErrorPage { told, sent, missing: response.status() == StatusCode::NOT_FOUND, today };
    if let Ok(html) = page.render() {
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        *response.body_mut() = Body::from(html);
    }
    response
}
