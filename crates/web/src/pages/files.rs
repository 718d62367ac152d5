//! Stored files. A file is handed out only to who may see a record that refers to it, and only as a file: nothing
//! that was uploaded is ever shown as a page of ours.

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use isms::{Isms, Kind, access::Action, schema::Shape};
use serde_json::Value;
use store::FileError;
use tokio_util::io::ReaderStream;

use crate::{error::WebError, gate::Viewer, words::capital};

/// Types that no program runs. All others are handed out as mere bytes.
const INERT: &[&str] = &[
    "application/pdf",
    "application/zip",
    "application/json",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "text/plain",
    "text/csv",
];

/// The file of a hash.
pub(crate) async fn download(viewer: Viewer, Path(text): Path<String>) -> Result<Response, WebError> {
    let missing =
        || WebError::NotFound("There is no such file, or no record you may see refers to it.".to_owned());
    let hash: ledger::Hash = text.parse().map_err(|_| missing())?;
    if !referred_to(&viewer.isms, &text, |kind| viewer.actor.may(Action::Read, kind)) {
        return Err(missing());
    }
    let opened = viewer.app.org.open_file(hash).await.map_err(|error| match error {
        FileError::NotFound => missing(),
        FileError::Altered => {
            tracing::error!(file = %text, "a stored file no longer has its hash");
            WebError::Unavailable(format!("{}.", capital(&FileError::Altered.to_string())))
        }
        other => WebError::Unavailable(other.to_string()),
    })?;
    let mut headers = HeaderMap::new();
    let mut set = |name: header::HeaderName, value: Result<HeaderValue, header::InvalidHeaderValue>| {
        if let Ok(value) = value {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, Ok(HeaderValue::from_static(inert(&opened.info.meta.media_type))));
    set(header::CONTENT_LENGTH, Ok(HeaderValue::from(opened.info.meta.size)));
    set(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition(&opened.info.meta.name)));
    set(header::CONTENT_SECURITY_POLICY, Ok(HeaderValue::from_static("default-src 'none'; sandbox")));
    Ok((StatusCode::OK, headers, Body::from_stream(ReaderStream::new(opened.file))).into_response())
}

/// Whether a record of a kind that may be seen refers to a file.
fn referred_to(isms: &Isms, hash: &str, may: impl Fn(Kind) -> bool) -> bool {
    let names = |value: Option<Value>| match value {
        Some(Value::String(s)) => s == hash,
        Some(Value::Array(items)) => items.iter().any(|v| v.as_str() == Some(hash)),
        _ => false,
    };
    Kind::ALL.iter().copied().filter(|k| may(*k)).any(|kind| {
        let files = kind.info().fields.iter().filter(|f| matches!(f.shape.item(), Shape::File));
        files.into_iter().any(|field| isms.table(kind).all().any(|record| names(record.field(&field.name))))
    })
}

/// The type under which a file is handed out.
fn inert(media_type: &str) -> &'static str {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    INERT.iter().find(|known| **known == essence).copied().unwrap_or("application/octet-stream")
}

/// "Save this under that name": a plain name for old browsers, the whole one in the form of RFC 8187.
pub(super) fn disposition(name: &str) -> String {
    let clean = safe_name(name);
    let plain: String = clean
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " ._-()".contains(c) { c } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", urlencoding::encode(&clean))
}

/// A name that is one: no path, no control or direction marks, nothing hidden.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean: String = last.chars().filter(|c| !hidden(*c) && !"<>:\"|?*".contains(*c)).take(150).collect();
    let clean = clean.trim_matches(['.', ' ']);
    if clean.is_empty() { "file".to_owned() } else { clean.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe() {
        for (name, plain) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\a.txt", "a.txt"),
            ("a\r\nSet-Cookie: b\".txt", "aSet-Cookie b.txt"),
            ("..", "file"),
            ("", "file"),
            (".htaccess", "htaccess"),
            ("inv\u{202e}fdp.exe", "invfdp.exe"),
            ("é.pdf", "_.pdf"),
        ] {
            let header = disposition(name);
            assert!(
                header.starts_with(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''")),
                "{header}"
            );
            assert!(HeaderValue::from_str(&header).is_ok(), "{header}");
        }
        assert!(disposition("é.pdf").ends_with("''%C3%A9.pdf"));
    }

    #[test]
    fn what_could_run_is_mere_bytes() {
        for (given, expected) in [
            ("image/png", "image/png"),
            ("TEXT/PLAIN; charset=utf-8", "text/plain"),
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("application/xhtml+xml", "application/octet-stream"),
            ("text/javascript", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(inert(given), expected, "{given}");
        }
    }
}
