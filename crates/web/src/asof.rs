//! The date in the header. An address may begin with `/at/2026-03-01`: every page behind it is shown as of that day,
//! and every link on it stays there. The prefix is taken off before routing.

use axum::{
    body::Body,
    http::{Request, Uri, uri::PathAndQuery},
};
use isms::Date;

/// The day asked for by the address, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AskedDate(pub(crate) Date);

/// A day that an address may ask for: within the years in which anybody has records or plans. What goes from day to day
/// or month to month then has an end.
pub(crate) fn asked(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| (1900..=2199).contains(&date.year()))
}

/// Takes `/at/DATE` off the path and remembers the date. An address with a date that is none is left alone and finds
/// no route.
pub(crate) fn strip(mut request: Request<Body>) -> Request<Body> {
    let Some(rest) = request.uri().path().strip_prefix("/at/") else { return request };
    let (date, path) = match rest.split_once('/') {
        Some((date, path)) => (date, format!("/{path}")),
        None => (rest, "/".to_owned()),
    };
    let Some(date) = asked(date) else { return request };
    let target = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let Ok(path_and_query) = target.parse::<PathAndQuery>() else { return request };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(AskedDate(date));
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_date_off_and_leaves_the_rest() {
        for (from, to, date) in [
            ("/at/2026-03-01/risk?q=a", "/risk?q=a", Some("2026-03-01")),
            ("/at/2026-03-01", "/", Some("2026-03-01")),
            ("/at/2026-02-31/risk", "/at/2026-02-31/risk", None),
            ("/at/2200-01-01/risk", "/at/2200-01-01/risk", None),
            ("/at/9999-12-31/risk", "/at/9999-12-31/risk", None),
            ("/at/1899-12-31/risk", "/at/1899-12-31/risk", None),
            ("/at/2199-12-31/risk", "/risk", Some("2199-12-31")),
            ("/risk", "/risk", None),
            ("/at/2026-03-01//evil.example", "//evil.example", Some("2026-03-01")),
        ] {
            let request = strip(Request::builder().uri(from).body(Body::empty()).unwrap());
            assert_eq!(request.uri().to_string(), to);
            assert_eq!(request.extensions().get::<AskedDate>().map(|d| d.0.to_string()).as_deref(), date);
        }
    }
}
