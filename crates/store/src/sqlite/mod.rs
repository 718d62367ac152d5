//! SQLite: everything that knows SQL. PostgreSQL will be a sibling of this module with the same functions, driven by
//! the same tests.

mod bundle;
mod connect;
mod read;
mod schema;
mod write;

pub(crate) use bundle::Entries;
pub(crate) use connect::{check_migrations, readers, snapshot, vacuum_into, writer};
pub(crate) use read::{
    CheckpointRow, Database, EntryRow, FileRow, HeadRow, IndexRow, LinkRow, MessageRow, OrgRow, RecordRow,
    SessionRow,
};
pub(crate) use schema::foreign_schema;
pub(crate) use write::{Batch, Side, commit, make_org, replace_caches};

/// How many entries one organisation can have: the sequence number takes the low 40 bits of an entry's place.
const SEQ_BITS: u32 = 40;

/// The place of an entry in the table of all entries.
fn place(org: i64, seq: u64) -> i64 {
    (org << SEQ_BITS) | signed(seq)
}

/// SQLite's integers are signed; no count here comes near the limit.
fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
