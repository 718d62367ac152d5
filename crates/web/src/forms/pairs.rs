//! Names and values as a form or an address carries them: strict about UTF-8, each problem with the name it
//! concerns.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
};
use isms::Problem;

use crate::{App, error::WebError};

/// The pairs of a form, in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

/// Most pairs read from one form or address.
const MOST: usize = 20_000;

impl Pairs {
    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a name, without white space around it; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }

    /// The revision on which a form was filled in. Without it, what somebody else wrote meanwhile would be written over.
    ///
    /// # Errors
    /// If the form does not say it.
    pub(crate) fn rev(&self) -> Result<u32, WebError> {
        let message = match self.text("_rev") {
            "" => {
                "(_rev) is missing: it says on which revision of the record the form was filled in. See whether what stands here still holds, then send it again"
            }
            rev => match rev.parse() {
                Ok(rev) => return Ok(rev),
                Err(_) => "(_rev) must be the number of the revision on which the form was filled in",
            },
        };
        Err(WebError::Incomplete(Problem::new("_rev", message)))
    }

    /// The same for a step, which the state of the record guards as well: without it, the record is taken as it stands.
    ///
    /// # Errors
    /// If what stands there is no number.
    pub(crate) fn rev_of_step(&self) -> Result<Option<u32>, WebError> {
        if self.text("_rev").is_empty() { Ok(None) } else { self.rev().map(Some) }
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Reads `name=value&name=value`, percent-encoded.
///
/// # Errors
/// What is not UTF-8, by name; too many pairs.
pub(crate) fn pairs_of(encoded: &[u8]) -> Result<Pairs, WebError> {
    let mut pairs = Vec::new();
    let mut problems = Vec::new();
    for part in encoded.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
        if pairs.len() >= MOST {
            return Err(WebError::Limit(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("A form has at most {MOST} values."),
            ));
        }
        let at = part.iter().position(|b| *b == b'=').unwrap_or(part.len());
        let (name, value) = part.split_at(at);
        let Ok(name) = decode(name) else {
            problems.push(Problem::new("form", "the name of a field is not UTF-8 text"));
            continue;
        };
        match decode(value.get(1..).unwrap_or_default()) {
            Ok(value) => pairs.push((name, value)),
            Err(()) => problems.push(Problem::new(isms::schema::shorten(&name), "is not UTF-8 text")),
        }
    }
    if problems.is_empty() { Ok(Pairs(pairs)) } else { Err(WebError::Invalid(problems)) }
}

fn decode(part: &[u8]) -> Result<String, ()> {
    let spaced: Vec<u8> = part.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    String::from_utf8(urlencoding::decode_binary(&spaced).into_owned()).map_err(|_| ())
}

impl FromRequest<App> for Pairs {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let form = kind
            .split(';')
            .next()
            .is_some_and(|k| k.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        if !form && !kind.is_empty() {
            return Err(WebError::Limit(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "A form is sent as application/x-www-form-urlencoded.".to_owned(),
            ));
        }
        let body = Bytes::from_request(request, app).await.map_err(|e| match e.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                WebError::Limit(StatusCode::PAYLOAD_TOO_LARGE, "A form may be at most 2 MB large.".to_owned())
            }
            status => WebError::Limit(status, "The form did not arrive whole.".to_owned()),
        })?;
        pairs_of(&body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_values() {
        let pairs = pairs_of(b"a=1&b=x+y%20z&a=2&empty=&bare&&c=%C3%A9%3D").unwrap();
        let expected = [("a", "1"), ("b", "x y z"), ("a", "2"), ("empty", ""), ("bare", ""), ("c", "é=")];
        assert_eq!(pairs.0, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!(pairs.all("a").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn names_what_is_not_utf8() {
        let Err(WebError::Invalid(problems)) = pairs_of(b"title=%ff&owner_id=PER-1&cia=%c3%28") else {
            panic!("invalid text was read")
        };
        assert_eq!(problems.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(), ["title", "cia"]);
    }
}
