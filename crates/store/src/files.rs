//! Stored files: hashed while they stream in, kept under their hash, never written into, and hashed again before they
//! are handed out. Content that comes again takes the place of what lies there as a whole: so one that was damaged or
//! lost is mended by uploading it once more.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::Timestamp;
use ledger::Hash;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

use crate::{
    DataDir, Org, StoreError,
    datadir::{make_dir, sync_dir},
    draft::Plan,
    sqlite::FileRow,
    writer::Denied,
};

/// The kind under which the ledger speaks of files.
pub(crate) const KIND: &str = "file";

/// A file as the ledger calls it.
pub(crate) fn ledger_id(hash: Hash) -> String {
    format!("{KIND}:{hash}")
}

/// What the ledger commits to of a file, besides its content: what people knew it as when it was attached.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    media_type: String,
    name: String,
    /// In bytes.
    size: u64,
}

impl From<&FileMeta> for Described {
    fn from(file: &FileMeta) -> Self {
        Self { media_type: file.media_type.clone(), name: file.name.clone(), size: file.size }
    }
}

/// Why a file cannot be stored or handed out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// Larger than allowed.
    #[error("the file is larger than the {} MB allowed", limit / 1_000_000)]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// Nothing is known under that hash.
    #[error("there is no such file")]
    NotFound,
    /// What lies there is not what was stored.
    #[error(
        "the stored file no longer matches its hash: it was damaged or replaced, and is not handed out; restore it from a backup"
    )]
    Altered,
    /// It could not be sent.
    #[error("the file could not be received: {0}")]
    Interrupted(String),
    /// The disk or the database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A file that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its SHA-256.
    pub hash: Hash,
    /// Its length in bytes.
    pub size: u64,
}

/// A stored file to attach to a record, with what people know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMeta {
    /// Its SHA-256.
    pub hash: Hash,
    /// Its length in bytes.
    pub size: u64,
    /// The name it had where it came from.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
}

/// A file that is attached to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// The file.
    pub meta: FileMeta,
    /// The ledger entry that attached it first.
    pub seq: u64,
}

/// A file to read.
#[derive(Debug)]
pub struct OpenedFile {
    /// What is known of it.
    pub info: FileInfo,
    /// Its bytes, from the first.
    pub file: File,
}

/// A file on its way in. Dropped before [`Upload::finish`], nothing stays of it.
#[derive(Debug)]
pub struct Upload {
    file: File,
    /// `None` once it lies in its place.
    temporary: Option<PathBuf>,
    hasher: Sha256,
    size: u64,
    limit: u64,
    org: Org,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(path) = self.temporary.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Upload {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// If the file grows beyond its limit or the disk fails.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(FileError::TooLarge { limit: self.limit });
        }
        self.hasher.update(bytes);
        self.file.write_all(bytes).await.map_err(|e| self.failed(e))
    }

    /// Makes the file durable and puts it in its place.
    ///
    /// # Errors
    /// If the disk fails.
    pub async fn finish(mut self) -> Result<StoredFile, FileError> {
        self.file.flush().await.map_err(|e| self.failed(e))?;
        self.file.sync_all().await.map_err(|e| self.failed(e))?;
        let hash = Hash(std::mem::take(&mut self.hasher).finalize().into());
        let stored = StoredFile { hash, size: self.size };
        let Some(temporary) = self.temporary.clone() else { return Ok(stored) };
        let place = self.org.inner.dir.file(&self.org.shared.name, hash);
        let shelf = place.parent().ok_or(StoreError::Internal)?.to_owned();
        make_dir(&shelf)?;
        // By the writer, as it also sweeps: what was just stored is not swept before it could be attached.
        self.org.by_the_writer(move |at| put(&temporary, &place, at)).await?;
        self.temporary = None;
        let synced = tokio::task::spawn_blocking(move || {
            sync_dir(&shelf)?;
            // The shelf itself may be new.
            shelf.ancestors().skip(1).take(2).try_for_each(sync_dir)
        });
        synced.await.map_err(|_| StoreError::Internal)??;
        Ok(stored)
    }

    fn failed(&self, error: std::io::Error) -> FileError {
        StoreError::io(self.org.inner.dir.tmp())(error).into()
    }
}

/// Moves a finished file to its place, as of now. What lies there already is the same content or damaged.
fn put(temporary: &Path, place: &Path, at: Timestamp) -> Result<(), StoreError> {
    let at = SystemTime::try_from(at).map_err(|_| StoreError::Internal)?;
    let file = std::fs::OpenOptions::new().write(true).open(temporary);
    file.and_then(|file| file.set_modified(at)).map_err(StoreError::io(temporary))?;
    std::fs::rename(temporary, place).map_err(StoreError::io(place))
}

/// The SHA-256 of what lies in a file, and its length.
pub(crate) fn hash_file(path: &Path) -> std::io::Result<(Hash, u64)> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    let mut size = 0;
    loop {
        match std::io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok((Hash(hasher.finalize().into()), size)),
            n => {
                hasher.update(buffer.get(..n).unwrap_or_default());
                size += n as u64;
            }
        }
    }
}

impl From<FileRow> for FileInfo {
    fn from(row: FileRow) -> Self {
        let FileRow { hash, size, media_type, name, seq, .. } = row;
        Self { meta: FileMeta { hash, size, name, media_type }, seq }
    }
}

impl Org {
    /// Begins to take in a file of at most `limit` bytes.
    ///
    /// # Errors
    /// If no file can be made.
    pub async fn upload(&self, limit: u64) -> Result<Upload, FileError> {
        self.writer()?;
        let temporary =
            self.inner.dir.tmp().join(format!("upload-{}", self.inner.options.entropy.text::<12>()?));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).await;
        let file = file.map_err(StoreError::io(&temporary))?;
        let org = self.clone();
        Ok(Upload { file, temporary: Some(temporary), hasher: Sha256::new(), size: 0, limit, org })
    }

    /// Does something short with stored files while nothing is judged, so that no command and no sweep comes in between.
    async fn by_the_writer(
        &self,
        work: impl FnOnce(Timestamp) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let done = self.run(Box::new(move |_, now| {
            work(now.at)?;
            Ok(Plan::beside(Vec::new()))
        }));
        match done.await {
            Ok(_) => Ok(()),
            Err(Denied::Failed(error)) => Err(error),
            Err(_) => Err(StoreError::Internal),
        }
    }

    /// Takes in a whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// If it is larger, cannot be read, or the disk fails.
    pub async fn put_file(
        &self,
        mut reader: impl AsyncRead + Unpin,
        limit: u64,
    ) -> Result<StoredFile, FileError> {
        let mut upload = self.upload(limit).await?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = reader.read(&mut buffer).await.map_err(|e| FileError::Interrupted(e.to_string()))?;
            if n == 0 {
                return upload.finish().await;
            }
            upload.write(buffer.get(..n).unwrap_or_default()).await?;
        }
    }

    /// What is known of an attached file.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn file(&self, hash: Hash) -> Result<Option<FileInfo>, StoreError> {
        Ok(self.inner.db.file(self.shared.n, hash).await?.map(FileInfo::from))
    }

    /// All attached files, in the order in which they came.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn files(&self) -> Result<Vec<FileInfo>, StoreError> {
        Ok(self.inner.db.files(self.shared.n).await?.into_iter().map(FileInfo::from).collect())
    }

    /// Opens an attached file after checking that it still is what was stored.
    ///
    /// # Errors
    /// If there is none, or it was altered.
    pub async fn open_file(&self, hash: Hash) -> Result<OpenedFile, FileError> {
        let info = self.file(hash).await?.ok_or(FileError::NotFound)?;
        let path = self.inner.dir.file(&self.shared.name, hash);
        // One handle for checking and reading, so that what is checked is what is read.
        let mut file = match File::open(&path).await {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(FileError::NotFound),
            Err(e) => return Err(StoreError::io(path)(e).into()),
        };
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let n = file.read(&mut buffer).await.map_err(StoreError::io(&path))?;
            if n == 0 {
                break;
            }
            hasher.update(buffer.get(..n).unwrap_or_default());
        }
        if Hash(hasher.finalize().into()) != hash {
            return Err(FileError::Altered);
        }
        file.rewind().await.map_err(StoreError::io(&path))?;
        Ok(OpenedFile { info, file })
    }
}

/// Refuses to attach what is not stored. Asked by the writer: until the command is judged, the file stays.
pub(crate) fn check_stored(dir: &DataDir, org: &str, file: &FileMeta) -> Result<(), isms::Refusal> {
    let stored = std::fs::metadata(dir.file(org, file.hash));
    if stored.is_ok_and(|stored| stored.len() == file.size) {
        return Ok(());
    }
    Err(isms::Refusal::invalid(
        "file",
        format!("\"{}\" was not stored, or too long ago; upload it again", isms::schema::shorten(&file.name)),
    ))
}
