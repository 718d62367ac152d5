//! The entry, which is the leaf of the tree: who did what, when, through which door, and for each record the
//! commitments to its body before and after. Reading lives in `view`, the bodies themselves in `bodies`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::time;
use crate::view::EntryView;

/// The version of the entry's form that this crate writes and reads.
pub const VERSION: u32 = 1;

/// The largest sequence number: beyond it, RFC 8785 cannot write an integer exactly.
pub const MAX_SEQ: u64 = (1 << 53) - 1;

/// One accepted change of an organisation's records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of this form: [`VERSION`].
    pub v: u32,
    /// The organisation whose ledger this is.
    pub org: String,
    /// The index of the leaf, from 0; at most [`MAX_SEQ`].
    pub seq: u64,
    /// When it was accepted, in whole milliseconds (see [`crate::whole_millis`]).
    #[serde(with = "time::serde_text")]
    pub at: Timestamp,
    /// The account that did it, as an opaque id that names nobody, or `system`, or `cli`.
    pub actor: String,
    /// The way it came in.
    pub door: Door,
    /// The command, as in `risk.create`.
    pub command: String,
    /// The commitment to a comment, whose text is the last of the entry's bodies.
    pub note: Option<Hash>,
    /// The records changed, in order.
    pub changes: Vec<Change>,
    /// The SHA-256 of each file that this entry attached first.
    pub files: Vec<Hash>,
}

/// One record's step from a revision to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The record, as in `R-12`.
    pub id: String,
    /// The kind of record, as in `risk`.
    pub kind: String,
    /// The revision reached, from 1.
    pub rev: u32,
    /// The commitment to the body before; `None` where there was none.
    pub before: Option<Hash>,
    /// The commitment to the body after; `None` when the record was removed.
    pub after: Option<Hash>,
}

/// The way a change came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Door {
    /// A page in the browser.
    Page,
    /// The programming interface.
    Api,
    /// The command line.
    Cli,
    /// A file that was imported.
    Import,
    /// A job of the server itself.
    Job,
}

impl Door {
    /// All doors.
    pub const ALL: [Self; 5] = [Self::Page, Self::Api, Self::Cli, Self::Import, Self::Job];

    /// The word that stands in the entry.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Import => "import",
            Self::Job => "job",
        }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Bytes that are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not UTF-8.
    #[error("the entry is not UTF-8")]
    NotUtf8,
    /// Not the canonical JSON of an entry.
    #[error("the entry is not in canonical form at byte {at}")]
    NotCanonical {
        /// The byte from which on it cannot be read.
        at: usize,
    },
    /// Another version of the form.
    #[error("the entry has version {found}, and this program reads version {VERSION}")]
    Version {
        /// The version that stands in the entry.
        found: u32,
    },
}

impl Entry {
    /// The canonical JSON (RFC 8785): the bytes of the leaf. The time is rounded to milliseconds.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + 256 * self.changes.len() + 68 * self.files.len());
        put(&mut out, "{\"actor\":");
        text(&mut out, &self.actor);
        put(&mut out, ",\"at\":\"");
        time::write(&mut out, self.at);
        put(&mut out, "\",\"changes\":[");
        list(&mut out, &self.changes, Change::write);
        put(&mut out, "],\"command\":");
        text(&mut out, &self.command);
        put(&mut out, ",\"door\":\"");
        put(&mut out, self.door.as_str());
        put(&mut out, "\",\"files\":[");
        list(&mut out, &self.files, |file, out| hash(out, Some(*file)));
        put(&mut out, "],\"note\":");
        hash(&mut out, self.note);
        put(&mut out, ",\"org\":");
        text(&mut out, &self.org);
        put(&mut out, ",\"seq\":");
        put(&mut out, &self.seq.to_string());
        put(&mut out, ",\"v\":");
        put(&mut out, &self.v.to_string());
        out.push(b'}');
        out
    }

    /// Reads an entry, refusing every byte that [`Entry::to_bytes`] would not have written.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        EntryView::parse(bytes).map(|view| view.to_entry())
    }
}

impl Change {
    fn write(&self, out: &mut Vec<u8>) {
        put(out, "{\"after\":");
        hash(out, self.after);
        put(out, ",\"before\":");
        hash(out, self.before);
        put(out, ",\"id\":");
        text(out, &self.id);
        put(out, ",\"kind\":");
        text(out, &self.kind);
        put(out, ",\"rev\":");
        put(out, &self.rev.to_string());
        out.push(b'}');
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

fn hash(out: &mut Vec<u8>, hash: Option<Hash>) {
    match hash {
        None => put(out, "null"),
        Some(hash) => {
            out.push(b'"');
            out.extend_from_slice(&hash.to_hex());
            out.push(b'"');
        }
    }
}

/// A JSON string with the escapes of RFC 8785 section 3.2.2.2 and no others.
fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => put(out, "\\\""),
            b'\\' => put(out, "\\\\"),
            0x08 => put(out, "\\b"),
            b'\t' => put(out, "\\t"),
            b'\n' => put(out, "\\n"),
            0x0c => put(out, "\\f"),
            b'\r' => put(out, "\\r"),
            0..0x20 => put(out, &format!("\\u{byte:04x}")),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
