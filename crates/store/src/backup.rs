//! Backup and restore: a data directory as one tar file (database, stored files, signing key), made while others
//! write, and put back only where nothing is, after it was verified.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Component, Path, PathBuf},
};

use ledger::Hash;
use tar::{Archive, Builder, EntryType, Header};

use crate::{
    DataDir, Report, StoreError, VerifyError, VerifyOptions,
    datadir::{make_dir, sync_dir},
    files::hash_file,
    sqlite::{self, Database},
    verify,
};

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Ledger entries.
    pub entries: u64,
    /// Stored files.
    pub files: u64,
    /// Bytes of the backup.
    pub bytes: u64,
}

/// The directory, inside the one to restore to, in which a backup is unpacked and verified.
const UNPACKED: &str = "restoring";

/// Removes a file or directory unless told that all went well.
struct Scrap(Option<PathBuf>);

impl Drop for Scrap {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// Writes a backup of a data directory to a new file. The file holds the signing key and all data: keep it as safe as
/// the directory itself.
///
/// # Errors
/// If the file exists, or the disk fails.
pub async fn backup(dir: impl AsRef<Path>, file: impl AsRef<Path>) -> Result<BackupReport, StoreError> {
    let dir = DataDir::at(dir);
    let file = file.as_ref().to_owned();
    if !dir.has_data() {
        return Err(StoreError::NoData(dir.path().to_owned()));
    }
    if lies_in(&file, dir.path()) {
        return Err(StoreError::Io {
            path: file,
            problem: "lies in the data directory; a backup belongs elsewhere".to_owned(),
        });
    }
    // Beside the file rather than in the data directory, whose `tmp` belongs to the process that writes. Whatever stands
    // there already is somebody else's: it is neither written to nor cleared away.
    let (half, out) = new_beside(&file, "part")?;
    let mut half_scrap = Scrap(Some(half.clone()));
    let (copy, _) = new_beside(&file, "copy")?;
    let _copy_scrap = Scrap(Some(copy.clone()));
    if file.exists() {
        return Err(StoreError::Io {
            path: file,
            problem: "exists already; a backup does not overwrite".to_owned(),
        });
    }
    {
        let pool = sqlite::readers(&dir.database()).await?;
        sqlite::check_migrations(&pool).await?;
        sqlite::vacuum_into(&pool, &copy).await?;
        pool.close().await;
    }
    let db = Database { pool: sqlite::readers(&copy).await? };
    let mut stored: Vec<(String, Hash)> = Vec::new();
    let mut entries = 0;
    for org in db.orgs().await? {
        entries += db.size(org.n).await?;
        stored.extend(db.files(org.n).await?.into_iter().map(|row| (org.name.clone(), row.hash)));
    }
    db.pool.close().await;
    let files = stored.len() as u64;
    let packed = tokio::task::spawn_blocking(move || pack(&dir, &copy, out, &stored, &half));
    let bytes = packed.await.map_err(|_| StoreError::Internal)??;
    if let Some(half) = &half_scrap.0 {
        fs::rename(half, &file).map_err(StoreError::io(&file))?;
    }
    half_scrap.0 = None;
    sync_dir(parent(&file))?;
    Ok(BackupReport { entries, files, bytes })
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    file.with_file_name(name)
}

/// Makes a file beside another that was not there before.
fn new_beside(file: &Path, ending: &str) -> Result<(PathBuf, File), StoreError> {
    let path = beside(file, ending);
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    Ok((path.clone(), made.map_err(StoreError::io(&path))?))
}

/// Whether a file would lie in a directory or below it.
fn lies_in(file: &Path, dir: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    real(parent(file)).zip(real(dir)).is_some_and(|(place, dir)| place.starts_with(dir))
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn pack(
    dir: &DataDir,
    copy: &Path,
    out: File,
    stored: &[(String, Hash)],
    half: &Path,
) -> Result<u64, StoreError> {
    let mut tar = Builder::new(BufWriter::with_capacity(1 << 20, out));
    add(&mut tar, &dir.key(), "keys/ledger.key")?;
    for (org, hash) in stored {
        let path = dir.file(org, *hash);
        let (found, _) = hash_file(&path).map_err(StoreError::io(&path))?;
        if found != *hash {
            return Err(StoreError::Damaged(format!(
                "the stored file {hash} was altered; nothing was backed up"
            )));
        }
        add(&mut tar, &path, DataDir::file_name(org, *hash))?;
    }
    // Last, so that a file cut short is one without a database.
    add(&mut tar, copy, "isthmus.db")?;
    let mut out = tar.into_inner().map_err(StoreError::io(half))?;
    out.flush().map_err(StoreError::io(half))?;
    let out = out.into_inner().map_err(|e| StoreError::io(half)(e.into_error()))?;
    out.sync_all().map_err(StoreError::io(half))?;
    Ok(out.metadata().map_err(StoreError::io(half))?.len())
}

fn add(tar: &mut Builder<impl Write>, path: &Path, name: impl AsRef<Path>) -> Result<(), StoreError> {
    let file = File::open(path).map_err(StoreError::io(path))?;
    let mut header = Header::new_gnu();
    header.set_size(file.metadata().map_err(StoreError::io(path))?.len());
    header.set_mode(0o600);
    header.set_entry_type(EntryType::Regular);
    tar.append_data(&mut header, name, file).map_err(StoreError::io(path))
}

/// Puts a backup back into an empty or new directory, and verifies it there.
///
/// # Errors
/// If the directory is not empty, the file is no sound backup, or the disk fails. Nothing stays in the directory then.
pub async fn restore(file: impl AsRef<Path>, dir: impl AsRef<Path>) -> Result<Report, VerifyError> {
    let dir = DataDir::at(dir);
    let file = file.as_ref().to_owned();
    let archive = File::open(&file).map_err(StoreError::io(&file))?;
    let was_there = dir.path().exists();
    let restored = restore_into(archive, file, &dir).await;
    let other = matches!(restored, Err(VerifyError::Store(StoreError::Locked(_) | StoreError::NotEmpty(_))));
    if restored.is_err() && !was_there && !other {
        // A restore that failed leaves nothing behind that it made; what somebody else put there meanwhile stays.
        let _ = fs::remove_file(dir.path().join("lock"));
        let _ = fs::remove_dir(dir.path());
    }
    restored
}

async fn restore_into(archive: File, file: PathBuf, dir: &DataDir) -> Result<Report, VerifyError> {
    make_dir(dir.path())?;
    let occupied = |entry: std::io::Result<fs::DirEntry>| entry.is_ok_and(|e| e.file_name() != "lock");
    if fs::read_dir(dir.path()).map_err(StoreError::io(dir.path()))?.any(occupied) {
        return Err(StoreError::NotEmpty(dir.path().to_owned()).into());
    }
    let _lock = dir.lock()?;
    let unpacked = DataDir::at(dir.path().join(UNPACKED));
    let _scrap = Scrap(Some(unpacked.path().to_owned()));
    unpacked.create()?;
    let into = unpacked.clone();
    tokio::task::spawn_blocking(move || unpack(archive, &file, &into))
        .await
        .map_err(|_| StoreError::Internal)??;
    // Opening it to write sets it up as it will be used, and runs migrations newer than the backup.
    let connection = sqlite::writer(&unpacked, 0).await?;
    sqlx::Connection::close(connection).await.map_err(StoreError::from)?;
    let report = verify(unpacked.path(), &VerifyOptions::default()).await?;
    // The database last: without it, the directory counts as empty of data.
    for name in ["keys", "files", "tmp", "isthmus.db"] {
        let (from, to) = (unpacked.path().join(name), dir.path().join(name));
        fs::rename(&from, &to).map_err(StoreError::io(&to))?;
    }
    sync_dir(dir.path())?;
    Ok(report)
}

/// Unpacks a backup. Nothing is taken from it but what a backup holds, whatever else is in there.
fn unpack(archive: File, file: &Path, into: &DataDir) -> Result<(), VerifyError> {
    let bad =
        |what: String| VerifyError::Problem(format!("{} is not a backup of Isthmus: {what}", file.display()));
    let mut seen = HashSet::new();
    let mut archive = Archive::new(BufReader::with_capacity(1 << 20, archive));
    for entry in archive.entries().map_err(|e| bad(e.to_string()))? {
        let mut entry = entry.map_err(|e| bad(e.to_string()))?;
        let name = entry.path().map_err(|e| bad(e.to_string()))?.into_owned();
        if entry.header().entry_type() != EntryType::Regular || !belongs(&name) {
            return Err(bad(format!("it holds \"{}\"", name.display())));
        }
        if !seen.insert(name.clone()) {
            return Err(bad(format!("it holds \"{}\" twice", name.display())));
        }
        let path = into.path().join(&name);
        if let Some(shelf) = path.parent() {
            make_dir(shelf)?;
        }
        let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut out = out.map_err(StoreError::io(&path))?;
        copy(&mut entry, &mut out).map_err(StoreError::io(&path))?;
    }
    for name in ["keys/ledger.key", "isthmus.db"] {
        if !seen.contains(Path::new(name)) {
            return Err(bad(format!("it lacks \"{name}\"")));
        }
    }
    Ok(())
}

fn copy(from: &mut impl Read, to: &mut File) -> std::io::Result<()> {
    std::io::copy(from, to)?;
    to.sync_all()
}

/// Whether a name is one that a backup holds: no way leads out of the directory.
fn belongs(name: &Path) -> bool {
    let parts: Option<Vec<&str>> = name
        .components()
        .map(|part| if let Component::Normal(part) = part { part.to_str() } else { None })
        .collect();
    match parts.as_deref() {
        Some(["isthmus.db"] | ["keys", "ledger.key"]) => true,
        Some(["files", org, shelf, hash]) => {
            let plain = org.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            plain && hash.parse::<Hash>().is_ok() && hash.starts_with(shelf) && shelf.len() == 2
        }
        _ => false,
    }
}
