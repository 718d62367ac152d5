//! The bodies of one entry, stored beside it: for each change that leaves a record its salted body, in order, then
//! the comment's, if the entry has one. The entry commits to them, so they can be redacted and it still stands.
//!
//! As bytes, each body is a line `<salt in hex> <length in bytes>`, then the text, then a line break; a redacted one
//! is the line `redacted`. The text is carried as it is, and nothing is escaped:
//!
//! ```text
//! 000102030405060708090a0b0c0d0e0f 12
//! {"name":"x"}
//! redacted
//! ```
//!
//! No JSON is read here: the commitment covers each byte of a text, and the salt.

use std::borrow::Cow;

use crate::commitment::{Salt, commit};
use crate::hash::Hash;

/// One body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// The body is here.
    Kept {
        /// What its commitment was salted with.
        salt: Salt,
        /// Its text: canonical JSON for a record.
        text: Cow<'a, str>,
    },
    /// The body was erased, and its salt with it: with the salt a short body could be guessed from the commitment.
    Redacted,
}

impl<'a> Body<'a> {
    /// A body with its salt.
    pub fn new(salt: Salt, text: impl Into<Cow<'a, str>>) -> Self {
        Self::Kept { salt, text: text.into() }
    }

    /// The commitment to it; `None` when it was redacted.
    pub fn commitment(&self) -> Option<Hash> {
        match self {
            Self::Kept { salt, text } => Some(commit(salt, text.as_bytes())),
            Self::Redacted => None,
        }
    }

    /// Its text; `None` when it was redacted.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Kept { text, .. } => Some(text),
            Self::Redacted => None,
        }
    }

    /// Its salt; `None` when it was redacted.
    pub fn salt(&self) -> Option<Salt> {
        match self {
            Self::Kept { salt, .. } => Some(*salt),
            Self::Redacted => None,
        }
    }
}

/// The bodies of one entry, in the order of its commitments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bodies<'a>(pub Vec<Body<'a>>);

/// Bytes that are not the bodies of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("body {index}, counting from 0, cannot be read")]
pub struct BodiesError {
    /// The first body that cannot be read.
    pub index: usize,
}

const REDACTED: &str = "redacted\n";

impl<'a> Bodies<'a> {
    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let texts: usize = self.0.iter().filter_map(Body::text).map(str::len).sum();
        let mut out = String::with_capacity(texts + 48 * self.0.len());
        for body in &self.0 {
            match body {
                Body::Redacted => out.push_str(REDACTED),
                Body::Kept { salt, text } => {
                    out.push_str(&format!("{salt} {}\n", text.len()));
                    out.push_str(text);
                    out.push('\n');
                }
            }
        }
        out.into_bytes()
    }

    /// Reads what [`Bodies::to_bytes`] wrote; any other bytes are refused.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BodiesError> {
        let mut rest = std::str::from_utf8(bytes).map_err(|_| BodiesError { index: 0 })?;
        let mut bodies = Vec::with_capacity(usize::from(!rest.is_empty()));
        while !rest.is_empty() {
            let (body, after) = next(rest).ok_or(BodiesError { index: bodies.len() })?;
            bodies.push(body);
            rest = after;
        }
        Ok(Self(bodies))
    }

    /// Erases a body and its salt. Returns whether there was one to erase.
    pub fn redact(&mut self, index: usize) -> bool {
        match self.0.get_mut(index) {
            Some(body @ Body::Kept { .. }) => {
                *body = Body::Redacted;
                true
            }
            _ => false,
        }
    }

    /// The same bodies with their own texts.
    pub fn into_owned(self) -> Bodies<'static> {
        let own = |body| match body {
            Body::Kept { salt, text } => Body::Kept { salt, text: Cow::Owned(text.into_owned()) },
            Body::Redacted => Body::Redacted,
        };
        Bodies(self.0.into_iter().map(own).collect())
    }
}

fn next(text: &str) -> Option<(Body<'_>, &str)> {
    if let Some(rest) = text.strip_prefix(REDACTED) {
        return Some((Body::Redacted, rest));
    }
    let (salt, rest) = text.split_at_checked(32)?;
    let salt = Salt::from_hex(salt.as_bytes())?;
    let rest = rest.strip_prefix(' ')?;
    let (digits, rest) = rest.split_at_checked(rest.bytes().take(20).position(|byte| byte == b'\n')?)?;
    let (body, rest) = rest.strip_prefix('\n')?.split_at_checked(decimal(digits)?.try_into().ok()?)?;
    Some((Body::Kept { salt, text: Cow::Borrowed(body) }, rest.strip_prefix('\n')?))
}

/// A decimal number in its only spelling: digits without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
