//! Stored files: hashed while they stream in, kept under their hash, never overwritten, and hashed again before they
//! are handed out.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use ledger::Hash;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

use crate::{
    DataDir, Org, Store, StoreError,
    datadir::{make_dir, sync_dir},
    sqlite::FileRow,
};

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
    dir: DataDir,
    org: String,
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
        let place = self.dir.file(&self.org, hash);
        let Some(temporary) = self.temporary.clone() else { return Ok(stored) };
        let moved = tokio::task::spawn_blocking(move || put(&temporary, &place)).await;
        moved.map_err(|_| StoreError::Internal)??;
        self.temporary = None;
        Ok(stored)
    }

    fn failed(&self, error: std::io::Error) -> FileError {
        StoreError::io(self.dir.tmp())(error).into()
    }
}

/// Moves a finished file to its place, unless it lies there already.
fn put(temporary: &Path, place: &Path) -> Result<(), StoreError> {
    let Some(shelf) = place.parent() else { return Err(StoreError::Internal) };
    make_dir(shelf)?;
    if place.exists() {
        std::fs::remove_file(temporary).map_err(StoreError::io(temporary))?;
    } else {
        std::fs::rename(temporary, place).map_err(StoreError::io(place))?;
    }
    sync_dir(shelf)?;
    // The shelf itself may be new.
    shelf.ancestors().skip(1).take(2).try_for_each(sync_dir)
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
        let dir = self.inner.dir.clone();
        let temporary = dir.tmp().join(format!("upload-{}", self.inner.options.entropy.text::<12>()?));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary).await;
        let file = file.map_err(StoreError::io(&temporary))?;
        let org = self.shared.name.clone();
        Ok(Upload { file, temporary: Some(temporary), hasher: Sha256::new(), size: 0, limit, dir, org })
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

    /// Refuses to attach what was never stored.
    pub(crate) fn check_stored(&self, file: &FileMeta) -> Result<(), isms::Refusal> {
        let stored = std::fs::metadata(self.inner.dir.file(&self.shared.name, file.hash));
        if stored.is_ok_and(|stored| stored.len() == file.size) {
            return Ok(());
        }
        Err(isms::Refusal::invalid(
            "file",
            format!("\"{}\" was not stored; upload it again", isms::schema::shorten(&file.name)),
        ))
    }
}

impl Store {
    /// Removes stored files that no entry ever attached and that have lain there for `age`: uploads given up.
    /// Returns how many.
    ///
    /// # Errors
    /// If the disk or the database fails.
    pub async fn sweep_files(&self, age: SignedDuration) -> Result<u64, StoreError> {
        let mut removed = 0;
        for org in self.orgs() {
            org.writer()?;
            let now = (org.inner.options.clock)();
            for (path, hash) in list(&org.inner.dir, &org.shared.name).await? {
                let modified =
                    fs::metadata(&path).await.and_then(|m| m.modified()).map_err(StoreError::io(&path))?;
                let modified = jiff::Timestamp::try_from(modified).unwrap_or(now);
                if now.duration_since(modified) >= age && org.file(hash).await?.is_none() {
                    fs::remove_file(&path).await.map_err(StoreError::io(&path))?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// All files stored for an organisation.
async fn list(dir: &DataDir, org: &str) -> Result<Vec<(PathBuf, Hash)>, StoreError> {
    let root = dir.files().join(org);
    let mut found = Vec::new();
    let Ok(mut shelves) = fs::read_dir(&root).await else { return Ok(found) };
    while let Some(shelf) = shelves.next_entry().await.map_err(StoreError::io(&root))? {
        let mut files = fs::read_dir(shelf.path()).await.map_err(StoreError::io(shelf.path()))?;
        while let Some(file) = files.next_entry().await.map_err(StoreError::io(shelf.path()))? {
            if let Some(hash) = file.file_name().to_str().and_then(|name| name.parse().ok()) {
                found.push((file.path(), hash));
            }
        }
    }
    Ok(found)
}
