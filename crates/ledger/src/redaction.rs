//! Redaction: a body and its salt are erased, as personal data may have to be, and the entry that committed to it stands.
//! That this was done by somebody who may, and why, is said by a later entry of its own: it brings into being something of
//! the kind `redaction`, whose id names entry and body, and whose own body gives the reason. Without such an entry an
//! erased body is one that somebody took away.

/// The kind of what a redaction's entry brings into being.
pub const KIND: &str = "redaction";

/// What a redaction is called: `redaction:12:0` is that of the first body of entry 12.
pub fn id(seq: u64, body: usize) -> String {
    format!("{KIND}:{seq}:{body}")
}

/// The entry and the body that an id names; nothing for any other spelling than [`id`] has.
pub fn parse(text: &str) -> Option<(u64, usize)> {
    let (seq, body) = text.strip_prefix(KIND)?.strip_prefix(':')?.split_once(':')?;
    let found = (seq.parse().ok()?, body.parse().ok()?);
    (id(found.0, found.1) == text).then_some(found)
}
