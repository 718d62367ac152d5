//! The canonical JSON form (RFC 8785) of any serialisable value: what bodies are committed to in. The entry has its
//! own faster writer in `entry`, tested to agree with this one.

use serde::Serialize;

/// A value that has no canonical JSON form, such as a map with keys that are not text, or a number that is not finite.
#[derive(Debug, thiserror::Error)]
#[error("the value has no canonical JSON form: {0}")]
pub struct CanonicalError(#[from] serde_json::Error);

/// The canonical JSON of a value, as bytes (UTF-8). Integers beyond 2^53 lose precision, as RFC 8785 says: keep such
/// numbers as text.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_json_canonicalizer::to_vec(&value)?)
}

/// The canonical JSON of a value, as text.
pub fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    Ok(serde_json_canonicalizer::to_string(&value)?)
}
