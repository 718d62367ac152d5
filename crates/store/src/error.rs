//! What can go wrong, in sentences for the person who runs the installation.

use std::path::PathBuf;

use isms::Refusal;

/// Why the store cannot do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes.
    #[error(
        "{} is in use by another Isthmus process: stop it first, or use its pages (exports, verify, checkpoint and backup work while it serves)", .0.display()
    )]
    Locked(PathBuf),
    /// Nothing there to read.
    #[error("{} holds no Isthmus data: start `serve` or `demo` on it first, or name another directory with --data", .0.display())]
    NoData(PathBuf),
    /// Something there that must not be.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The database was made by another version of the program, or a migration failed.
    #[error("{0}")]
    Migration(String),
    /// The signing key cannot be used.
    #[error("the signing key {} cannot be used: {problem}", path.display())]
    Key {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file or directory cannot be read or written.
    #[error("{}: {problem}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// The database refused.
    #[error("{0}")]
    Database(String),
    /// What is stored contradicts itself; `verify` says more.
    #[error("the stored data is damaged: {0}; run `isthmus verify`")]
    Damaged(String),
    /// No randomness.
    #[error("the operating system gives no random bytes: {0}")]
    Entropy(String),
    /// The store was opened for reading.
    #[error("the data directory was opened for reading only")]
    ReadOnly,
    /// The store is being closed.
    #[error("the server is shutting down; nothing was saved")]
    Closed,
    /// A command failed in a way nobody foresaw.
    #[error("an internal error stopped this command; nothing was saved")]
    Internal,
}

impl StoreError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, problem: plain_io(&error) }
    }
}

/// The system's message, and for the two that people meet most what to do.
fn plain_io(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full; free some space and try again".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "permission denied; the directory must be writable for the user that runs Isthmus".to_owned()
        }
        _ => error.to_string(),
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::from_ref(&error)
    }
}

impl StoreError {
    pub(crate) fn from_ref(error: &sqlx::Error) -> Self {
        let sqlx::Error::Database(cause) = error else {
            return Self::Database(format!("the database failed: {error}"));
        };
        // The low byte of SQLite's extended result code is the kind of failure.
        let code = cause.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default() & 0xff;
        Self::Database(match code {
            13 => "the disk is full; nothing was saved; free some space and try again".to_owned(),
            8 => {
                "the database is read-only; nothing was saved; make the data directory writable and try again"
                    .to_owned()
            }
            14 => "the database cannot be opened; check that the data directory is there and accessible"
                .to_owned(),
            10 => format!("the disk failed ({}); nothing was saved", cause.message()),
            5 | 6 => "the database is locked by another program; nothing was saved; try again".to_owned(),
            11 | 26 => format!("the database file is damaged ({}); restore a backup", cause.message()),
            _ => format!("the database failed: {}", cause.message()),
        })
    }
}

/// Why a command was not carried out. Nothing was saved then.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The core refused it, and says why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be saved.
    #[error(transparent)]
    Failed(#[from] StoreError),
}
