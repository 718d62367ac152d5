//! The checkpoint: which ledger, how many entries, which root, as the text of a C2SP tlog-checkpoint. Signing and
//! opening it lives in `note`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::bodies::decimal;
use crate::hash::Hash;
use crate::note::NoteError;
use crate::time;

/// A statement of a ledger's state at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger: the name of the key that signs for it.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// Further lines, none of them empty.
    pub extensions: Vec<String>,
}

const TIME: &str = "time ";

impl Checkpoint {
    /// A checkpoint that says in one extension line when it was signed.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash, at: Timestamp) -> Self {
        let extensions = vec![format!("{TIME}{}", time::text(at))];
        Self { origin: origin.into(), size, root, extensions }
    }

    /// When it says it was signed, if it does.
    pub fn signed_at(&self) -> Option<Timestamp> {
        self.extensions.iter().find_map(|line| time::parse(line.strip_prefix(TIME)?.as_bytes()))
    }

    /// The text that is signed: origin, size, root in base64, extensions, a line each.
    pub fn to_text(&self) -> Result<String, NoteError> {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        // What would read back as something else (an empty line, a line break within a line) is not written.
        if Self::parse(&text).as_ref() == Ok(self) { Ok(text) } else { Err(NoteError::Malformed) }
    }

    /// Reads the text of a checkpoint; anything that is not exactly one is refused.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        Self::read(text).ok_or(NoteError::NotCheckpoint)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next()?;
        let size = decimal(lines.next()?)?;
        let root = STANDARD.decode(lines.next()?).ok()?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        let odd = |line: &str| line.is_empty() || line.chars().any(char::is_control);
        if odd(origin) || extensions.iter().any(|line| odd(line)) {
            return None;
        }
        Some(Self { origin: origin.to_owned(), size, root: Hash(root.try_into().ok()?), extensions })
    }
}
