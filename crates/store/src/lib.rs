//! What is kept, and how: the ledger of every change, the records folded from it, stored files, accounts and
//! sessions, on SQLite and a directory of files. Nothing here knows HTTP.
//!
//! [`Store::open`] opens a data directory; [`Org`] is one organisation in it, with its snapshots, its history and the
//! one way to change it. [`verify`], [`rebuild`], [`backup`] and [`restore`] work on a whole directory.

mod account;
mod backup;
mod check;
pub mod clock;
mod datadir;
mod draft;
mod entropy;
mod error;
mod field_history;
mod files;
mod fold;
mod history;
mod manage;
mod org;
mod password;
mod proof;
mod rebuild;
mod sessions;
mod sign_in;
mod sqlite;
mod store;
mod sweep;
mod throttle;
mod verify;
mod writer;

pub use account::{Account, Accounts, NewAccount};
pub use backup::{BackupReport, backup, restore};
pub use clock::Clock;
pub use datadir::DataDir;
pub use entropy::Entropy;
pub use error::{StoreError, WriteError};
pub use files::{FileError, FileInfo, FileMeta, OpenedFile, StoredFile, Upload};
pub use history::{Activity, ActivityChange, ActivityPage, ActivityQuery, EntryDetail, Revision};
pub use manage::{AccountChange, AccountError};
pub use org::{Message, Org, Outcome, Waiting, Write};
pub use password::{PASSWORD_MAX, PASSWORD_MIN, password_problem};
pub use proof::{ConsistencyProof, InclusionProof, KeptCheckpoint};
pub use rebuild::{RebuildReport, rebuild};
pub use sessions::SessionRules;
pub use sign_in::{Session, SignInError, SignedIn};
pub use store::{ONLY_ORG, OpenMode, Options, Store};
pub use verify::{OrgReport, Progress, Report, VerifyError, VerifyOptions, verify};
