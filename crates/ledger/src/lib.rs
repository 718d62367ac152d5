//! The tamper-evident ledger: entries, the Merkle tree over them, signed checkpoints, proofs, and the offline
//! verifier. Nothing here does I/O, reads a clock or draws a random number: keys, salts and times are arguments,
//! bytes go in and out. Storage lives in `store`; what a record means lives in `isms`.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod bodies;
pub mod canonical;
pub mod checkpoint;
pub mod commitment;
pub mod entry;
pub mod hash;
pub mod note;
pub mod problem;
pub mod proof;
mod reader;
pub mod redaction;
pub mod time;
pub mod tree;
pub mod verify;
pub mod view;

pub use bodies::{Bodies, BodiesError, Body};
pub use checkpoint::Checkpoint;
pub use commitment::{Salt, commit};
pub use entry::{Change, Door, Entry, EntryError};
pub use hash::{Hash, HashError, empty_root, leaf_hash, node_hash, sha256};
pub use note::{NoteError, Signer, VerifierKey, open};
pub use problem::Problem;
pub use proof::{ProofError, verify_consistency, verify_inclusion};
pub use time::whole_millis;
pub use tree::{Frontier, FrontierError, Tree};
pub use verify::{Accepted, Latest, Summary, Verifier};
pub use view::{ChangeView, EntryView};
