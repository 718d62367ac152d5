//! Requests that change something must come from our own pages: `Sec-Fetch-Site` where the browser sends it, else
//! `Origin` against `Host`. Programs that are no browser send neither and carry no ambient cookies.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, header},
};

use crate::error::WebError;

/// Refuses a cross-site request that would change something.
pub(super) fn check(request: &Request) -> Result<(), WebError> {
    let host = request.uri().authority().map(|a| a.as_str());
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        || allowed(request.headers(), host)
    {
        return Ok(());
    }
    Err(WebError::Forbidden("The request came from another site and was not carried out.".to_owned()))
}

/// `authority` is the host as HTTP/2 names it, where it sends no `Host`.
fn allowed(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    if let Some(site) = text(axum::http::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN) {
        Some(origin) => {
            let host = text(header::HOST).or(authority).unwrap_or_default();
            origin.split_once("://").is_some_and(|(_, rest)| rest == host) && !host.is_empty()
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_change_things() {
        for (headers, expected) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "none")], true),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "http://a.test"), ("host", "a.test")], false),
            (vec![("origin", "http://a.test"), ("host", "a.test")], true),
            (vec![("origin", "http://b.test"), ("host", "a.test")], false),
            (vec![("origin", "null"), ("host", "a.test")], false),
            (vec![("origin", "http://a.test")], false),
            (vec![], true),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.insert(*name, value.parse().unwrap());
            }
            assert_eq!(allowed(&map, None), expected, "{headers:?}");
        }
    }
}
