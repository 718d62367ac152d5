//! JSON for tools: the view itself beside what the print says about itself, and the hash that ties all formats of one
//! content together.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Print, ReportError, STATEMENT};

#[derive(Serialize)]
struct Document<'a, T> {
    document: Head<'a>,
    content: &'a T,
}

#[derive(Serialize)]
struct Head<'a> {
    #[serde(flatten)]
    print: &'a Print,
    statement: &'static str,
    content_sha256: String,
}

/// SHA-256, in hexadecimal, of a view as canonical JSON (RFC 8785). Every print of the same content carries the same
/// hash, so a PDF can be held against the JSON it was made from.
///
/// # Errors
/// If the view cannot be written as JSON, which the views of `isms` always can.
pub fn content_hash(content: &impl Serialize) -> Result<String, ReportError> {
    Ok(hex::encode(Sha256::digest(serde_json_canonicalizer::to_vec(content)?)))
}

/// `{"document": what the print says about itself, "content": the view}`, indented, keys in the order declared.
pub(crate) fn document(print: &Print, content: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    let head = Head { print, statement: STATEMENT, content_sha256: content_hash(content)? };
    let mut bytes = serde_json::to_vec_pretty(&Document { document: head, content })?;
    bytes.push(b'\n');
    Ok(bytes)
}
