//! The data directory: where things lie in it, its permissions, its lock, and the signing key.
//!
//! ```text
//! isthmus.db            the database (with -wal and -shm beside it while in use)
//! files/ORG/ab/SHA256   stored files under their hash
//! keys/ledger.key       the seed of the signing key, in hexadecimal digits
//! tmp/                  files being written; emptied at start
//! lock                  held by the one process that writes
//! ```

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use ledger::{Hash, Signer};
use zeroize::Zeroizing;

use crate::{Entropy, StoreError};

/// A data directory.
#[derive(Clone, Debug)]
pub struct DataDir {
    root: PathBuf,
}

/// The lock of a data directory; let go when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl DataDir {
    /// The directory at a path. Nothing is touched.
    #[must_use]
    pub fn at(root: impl AsRef<Path>) -> Self {
        Self { root: root.as_ref().to_owned() }
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("isthmus.db")
    }

    /// The directory of stored files.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    /// The directory of unfinished files.
    #[must_use]
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The seed of the signing key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.root.join("keys").join("ledger.key")
    }

    /// Where a stored file of an organisation lies, relative to the data directory.
    #[must_use]
    pub fn file_name(org: &str, hash: Hash) -> PathBuf {
        let hash = hash.to_string();
        let shelf = hash.get(..2).unwrap_or_default().to_owned();
        ["files", org, &shelf, &hash].iter().collect()
    }

    /// Where a stored file of an organisation lies.
    #[must_use]
    pub fn file(&self, org: &str, hash: Hash) -> PathBuf {
        self.root.join(Self::file_name(org, hash))
    }

    /// Whether there is a database.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.database().exists()
    }

    /// Makes the directories that are missing, for their owner only.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn create(&self) -> Result<(), StoreError> {
        for dir in [self.root.clone(), self.files(), self.tmp(), self.root.join("keys")] {
            make_dir(&dir)?;
        }
        Ok(())
    }

    /// Takes the lock of the process that writes.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process has it.
    pub fn lock(&self) -> Result<Lock, StoreError> {
        let path = self.root.join("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(StoreError::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(self.root.clone())),
            Err(TryLockError::Error(error)) => Err(StoreError::io(path)(error)),
        }
    }

    /// Removes what a crash left in `tmp`. Only for the holder of the lock.
    pub(crate) fn empty_tmp(&self) -> Result<(), StoreError> {
        let tmp = self.tmp();
        for item in fs::read_dir(&tmp).map_err(StoreError::io(&tmp))? {
            let path = item.map_err(StoreError::io(&tmp))?.path();
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .map_err(StoreError::io(&path))?;
        }
        Ok(())
    }

    /// Makes the signing key if there is none.
    pub(crate) fn make_key(&self, entropy: &Entropy) -> Result<(), StoreError> {
        let path = self.key();
        if path.exists() {
            return Ok(());
        }
        let seed = Zeroizing::new(entropy.bytes::<32>()?);
        let text = Zeroizing::new(format!("{}\n", hex::encode(*seed)));
        // Through a temporary file, so that a crash leaves a whole key or none.
        let half = self.tmp().join("ledger.key");
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half);
        let mut file = file.map_err(StoreError::io(&half))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(StoreError::io(&half))?;
        fs::rename(&half, &path).map_err(StoreError::io(&path))?;
        sync_dir(&self.root.join("keys"))
    }

    /// The key that signs for an organisation's ledger. Its name, which is the origin of the checkpoints, is drawn
    /// from the key and the organisation, so that no two installations share one.
    ///
    /// # Errors
    /// If the key is missing or is none.
    pub fn signer(&self, org: &str) -> Result<Signer, StoreError> {
        let path = self.key();
        let bad = |problem: &str| StoreError::Key { path: path.clone(), problem: problem.to_owned() };
        let mut text = Zeroizing::new(String::new());
        let file = File::open(&path).map_err(|error| bad(&error.to_string()))?;
        file.take(1_000).read_to_string(&mut text).map_err(|error| bad(&error.to_string()))?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut_slice())
            .map_err(|_| bad("it is not 64 hexadecimal digits"))?;
        let plain = Signer::from_seed("isthmus", &seed).map_err(|error| bad(&error.to_string()))?;
        let name = format!("isthmus-{}/{org}", hex::encode(plain.verifier_key().id()));
        Signer::from_seed(&name, &seed).map_err(|error| bad(&error.to_string()))
    }
}

/// Makes a directory for its owner only, if it is not there.
pub(crate) fn make_dir(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(StoreError::io(path))
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(StoreError::io(path))
}
