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
    let api = for_programs(request.uri().path());
    let today = local_path(request.uri().path()).filter(|_| other_day && !sent).map(str::to_owned);
    let mut response = next.run(request).await;
    let told = response.extensions_mut().remove::<Told>();
    if api {
        return in_json(response, told);
    }
    let Some(told) = told else { return response };
    let page = ErrorPage { told, sent, missing: response.status() == StatusCode::NOT_FOUND, today };
    if let Ok(html) = page.render() {
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        *response.body_mut() = Body::from(html);
    }
    response
}

/// Whether an address is one of the JSON interface, also after a date that is none.
fn for_programs(path: &str) -> bool {
    let path = match path.strip_prefix("/at/").and_then(|rest| rest.split_once('/')) {
        Some((_, path)) => path,
        None => path.trim_start_matches('/'),
    };
    path == "api" || path.starts_with("api/")
}

/// An error of the router or of what reads a request, as all others of the JSON interface are.
fn in_json(mut response: Response, told: Option<Told>) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (title, detail) = match (told, status) {
        (Some(told), _) => (told.title, told.sentence),
        (None, StatusCode::METHOD_NOT_ALLOWED) => {
            ("Not possible here", "This address is only read: use GET.".to_owned())
        }
        (None, status) => {
            ("Not understood", format!("{}.", status.canonical_reason().unwrap_or("Not understood")))
        }
    };
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::from(super::body(status, title, &detail, &[]).to_string());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_in_json_whatever_the_day() {
        for path in ["/api/v1/risk", "/api", "/api/", "/at/2026-99-01/api/v1/risk"] {
            assert!(for_programs(path), "{path}");
        }
        for path in ["/", "/apis", "/risk/api/x", "/at/2026-03-01", "/at/2026-99-01/risk"] {
            assert!(!for_programs(path), "{path}");
        }
    }
}
