//! Reading an entry where it lies: the fields borrow from the bytes, and bytes that are not exactly the canonical
//! form are refused while they are read. The owned entry and its writer live in `entry`.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::entry::{Change, Door, Entry, EntryError, VERSION};
use crate::hash::Hash;
use crate::reader::Reader;

/// An [`Entry`] that borrows its texts from the bytes it was read from. The fields mean the same; `v` is always
/// [`VERSION`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is documented at `Entry`")]
pub struct EntryView<'a> {
    pub org: Cow<'a, str>,
    pub seq: u64,
    pub at: Timestamp,
    pub actor: Cow<'a, str>,
    pub door: Door,
    pub command: Cow<'a, str>,
    pub note: Option<Hash>,
    pub changes: Vec<ChangeView<'a>>,
    pub files: Vec<Hash>,
}

/// A [`Change`] that borrows its texts. The fields mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is documented at `Change`")]
pub struct ChangeView<'a> {
    pub id: Cow<'a, str>,
    pub kind: Cow<'a, str>,
    pub rev: u32,
    pub before: Option<Hash>,
    pub after: Option<Hash>,
}

impl<'a> EntryView<'a> {
    /// Reads an entry, refusing every byte that [`Entry::to_bytes`] would not have written.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, EntryError> {
        let mut reader = Reader::new(bytes)?;
        reader.literal("{\"actor\":")?;
        let actor = reader.string()?;
        reader.literal(",\"at\":")?;
        let at = reader.time()?;
        reader.literal(",\"changes\":")?;
        let changes = reader.list(ChangeView::read)?;
        reader.literal(",\"command\":")?;
        let command = reader.string()?;
        reader.literal(",\"door\":")?;
        let door = reader.word(&Door::ALL, Door::as_str)?;
        reader.literal(",\"files\":")?;
        let files = reader.list(Reader::hash)?;
        reader.literal(",\"note\":")?;
        let note = reader.hash_or_null()?;
        reader.literal(",\"org\":")?;
        let org = reader.string()?;
        reader.literal(",\"seq\":")?;
        let seq = reader.number()?;
        reader.literal(",\"v\":")?;
        let v = reader.small()?;
        reader.literal("}")?;
        reader.end()?;
        if v != VERSION {
            return Err(EntryError::Version { found: v });
        }
        Ok(Self { org, seq, at, actor, door, command, note, changes, files })
    }

    /// How many bodies belong to the entry: one for each change that leaves a record, and one for the note.
    pub fn bodies(&self) -> usize {
        self.changes.iter().filter(|change| change.after.is_some()).count() + usize::from(self.note.is_some())
    }

    /// The same entry with its own texts.
    pub fn to_entry(&self) -> Entry {
        Entry {
            v: VERSION,
            org: self.org.to_string(),
            seq: self.seq,
            at: self.at,
            actor: self.actor.to_string(),
            door: self.door,
            command: self.command.to_string(),
            note: self.note,
            changes: self.changes.iter().map(ChangeView::to_change).collect(),
            files: self.files.clone(),
        }
    }
}

impl<'a> ChangeView<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> Result<Self, EntryError> {
        reader.literal("{\"after\":")?;
        let after = reader.hash_or_null()?;
        reader.literal(",\"before\":")?;
        let before = reader.hash_or_null()?;
        reader.literal(",\"id\":")?;
        let id = reader.string()?;
        reader.literal(",\"kind\":")?;
        let kind = reader.string()?;
        reader.literal(",\"rev\":")?;
        let rev = reader.small()?;
        reader.literal("}")?;
        Ok(Self { id, kind, rev, before, after })
    }

    /// The same change with its own texts.
    pub fn to_change(&self) -> Change {
        Change {
            id: self.id.to_string(),
            kind: self.kind.to_string(),
            rev: self.rev,
            before: self.before,
            after: self.after,
        }
    }
}
