//! What can be wrong with a ledger, each in a sentence that says where. Finding it lives in `verify`.

use jiff::Timestamp;

use crate::bodies::BodiesError;
use crate::entry::EntryError;
use crate::hash::Hash;
use crate::note::NoteError;

/// The first thing found wrong with a ledger. Entries are numbered from 0, as in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says what each field is")]
pub enum Problem {
    /// An entry's bytes are not an entry.
    #[error("entry {seq} cannot be read: {error}")]
    NotCanonical { seq: u64, error: EntryError },
    /// Entries are missing, repeated or exchanged.
    #[error("entry {expected} should come next, but entry {found} stands in its place")]
    OutOfOrder { expected: u64, found: u64 },
    /// An entry of another ledger.
    #[error("entry {seq} belongs to organisation {found:?}, not to {expected:?}")]
    OtherOrganisation { seq: u64, expected: String, found: String },
    /// Time runs forward in a ledger.
    #[error("entry {seq} is dated {at}, before the entry it follows ({previous})")]
    TimeWentBack { seq: u64, at: Timestamp, previous: Timestamp },
    /// The stored bodies cannot be taken apart.
    #[error("entry {seq}: {error}")]
    BodiesUnreadable { seq: u64, error: BodiesError },
    /// Bodies were dropped or added.
    #[error("entry {seq}: the number of bodies should be {expected}, but is {found}")]
    BodyCount { seq: u64, expected: usize, found: usize },
    /// A record's body, or its salt, is not the one committed to.
    #[error("entry {seq}: the body of {id} was altered: it does not match its commitment")]
    BodyAltered { seq: u64, id: String },
    /// The comment, or its salt, is not the one committed to.
    #[error("entry {seq}: the comment was altered: it does not match its commitment")]
    NoteAltered { seq: u64 },
    /// A revision does not follow the record's last.
    #[error("entry {seq} takes {id} to revision {found}, but revision {expected} comes next")]
    RevisionBroken { seq: u64, id: String, expected: u64, found: u32 },
    /// A change does not start from the body that the record's last change left.
    #[error("entry {seq} changes {id} from another body ({}) than its last change left ({})", or_none(.found), or_none(.expected))]
    ChainBroken { seq: u64, id: String, expected: Option<Hash>, found: Option<Hash> },
    /// A record turned into another kind.
    #[error("entry {seq} says that {id} is of kind {found}, but it is of kind {expected}")]
    KindChanged { seq: u64, id: String, expected: String, found: String },
    /// A change with nothing before and nothing after.
    #[error("entry {seq} removes {id}, which is not there")]
    NothingThere { seq: u64, id: String },
    /// A body was erased, and no entry says so.
    #[error("entry {seq}: {what} was erased, and no entry says by whom and why")]
    Erased { seq: u64, what: String },
    /// An entry that tells of a redaction of what was not redacted.
    #[error("entry {seq} tells of the redaction {id}, but what that names is not erased")]
    NotErased { seq: u64, id: String },
    /// The ledger and a signed checkpoint disagree.
    #[error(
        "the ledger is not the one signed at size {size}: one of the entries {since} to {} was altered", .size.saturating_sub(1)
    )]
    CheckpointRoot { size: u64, since: u64 },
    /// The ledger is shorter than a checkpoint says it was.
    #[error(
        "a checkpoint was signed at size {size}, but the ledger has {have} entries: it was cut or rolled back"
    )]
    CheckpointBeyond { size: u64, have: u64 },
    /// A checkpoint handed in after its entries had passed.
    #[error("the checkpoint of size {size} came too late to be checked: {have} entries were read already")]
    CheckpointLate { size: u64, have: u64 },
    /// A checkpoint that the ledger's key did not sign, or that cannot be read.
    #[error("a checkpoint cannot be trusted: {0}")]
    BadSignature(NoteError),
}

fn or_none(hash: &Option<Hash>) -> String {
    hash.map_or_else(|| "none".to_owned(), |hash| hash.to_string())
}
