//! Clearing away uploads that were given up: stored, but never attached to a record.
//!
//! A file must not go while it is being attached. Files are put in their place, attached and swept by the one writer,
//! one after another: an upload dates the file as of now before it is answered for, attaching looks whether it lies there
//! in the same go in which the entry is made, and the sweep looks at date and ledger in the same go in which it removes.
//! So a file goes before it is attached, and whoever attaches it is told, or it stays.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use ledger::Hash;

use crate::{
    DataDir, Org, Store, StoreError,
    draft::{Draft, Plan},
    writer::{Build, Denied, Weight},
};

/// Files in one go of the writer at most: others wait meanwhile.
const ONE_GO: usize = 64;

/// A file that no entry attached, as far as could be seen without the writer.
struct Candidate {
    path: PathBuf,
    hash: Hash,
}

impl Store {
    /// Removes stored files that no entry ever attached and that were stored `age` ago or longer: uploads given up.
    /// Returns how many.
    ///
    /// # Errors
    /// If the disk fails, or the store only reads.
    pub async fn sweep_files(&self, age: SignedDuration) -> Result<u64, StoreError> {
        let mut removed = 0;
        for org in self.orgs() {
            let candidates = org.sweep_candidates(age).await?;
            removed += org.sweep(candidates, age).await?;
        }
        Ok(removed)
    }
}

impl Org {
    async fn sweep_candidates(&self, age: SignedDuration) -> Result<Vec<Candidate>, StoreError> {
        let attached = self.inner.db.files(self.shared.n).await?;
        let attached: std::collections::HashSet<Hash> = attached.into_iter().map(|row| row.hash).collect();
        let (dir, org, now) = (self.inner.dir.clone(), self.shared.name.clone(), self.now().at);
        let found = tokio::task::spawn_blocking(move || {
            let mut found = list(&dir, &org)?;
            found.retain(|file| !attached.contains(&file.hash) && is_old(&file.path, now, age));
            Ok(found)
        });
        found.await.map_err(|_| StoreError::Internal)?
    }

    /// Removes those of the candidates that are still what they seemed to be.
    async fn sweep(&self, mut candidates: Vec<Candidate>, age: SignedDuration) -> Result<u64, StoreError> {
        let removed = Arc::<AtomicU64>::default();
        while !candidates.is_empty() {
            let rest = candidates.split_off(candidates.len().min(ONE_GO));
            let (these, count) = (std::mem::replace(&mut candidates, rest), removed.clone());
            let build: Build = Box::new(move |draft, now| {
                for file in these {
                    if gives_up(draft, &file, now.at, age) {
                        fs::remove_file(&file.path).map_err(StoreError::io(&file.path))?;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Ok(Plan::beside(Vec::new()))
            });
            match self.writer()?.run(self.shared.n, Weight::Heavy, build).await {
                Ok(_) => {}
                Err(Denied::Failed(error)) => return Err(error),
                Err(_) => return Err(StoreError::Internal),
            }
        }
        Ok(removed.load(Ordering::Relaxed))
    }
}

fn gives_up(draft: &Draft, file: &Candidate, now: Timestamp, age: SignedDuration) -> bool {
    !draft.has_file(&file.hash) && is_old(&file.path, now, age)
}

/// Whether a file was stored so long ago; one that is not there was not.
fn is_old(path: &Path, now: Timestamp, age: SignedDuration) -> bool {
    let stored = fs::metadata(path).and_then(|m| m.modified()).ok();
    stored.and_then(|at| Timestamp::try_from(at).ok()).is_some_and(|at| now.duration_since(at) >= age)
}

/// All files stored for an organisation.
fn list(dir: &DataDir, org: &str) -> Result<Vec<Candidate>, StoreError> {
    let root = dir.files().join(org);
    let mut found = Vec::new();
    let Ok(shelves) = fs::read_dir(&root) else { return Ok(found) };
    for shelf in shelves {
        let shelf = shelf.map_err(StoreError::io(&root))?.path();
        if !shelf.is_dir() {
            continue;
        }
        for file in fs::read_dir(&shelf).map_err(StoreError::io(&shelf))? {
            let path = file.map_err(StoreError::io(&shelf))?.path();
            let named = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            found.extend(named.map(|hash| Candidate { path, hash }));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use isms::{
        Command, Kind, Refusal,
        access::{Actor, Role},
    };
    use serde_json::json;

    use super::*;
    use crate::{Entropy, FileMeta, OpenMode, Options, Outcome, StoredFile, Write, WriteError};

    const DAY: SignedDuration = SignedDuration::from_hours(24);
    const HOUR: i64 = 3_600_000;

    /// A store whose clock stands until the test moves it.
    struct House {
        dir: tempfile::TempDir,
        store: Store,
        clock: Arc<AtomicI64>,
    }

    impl House {
        async fn new() -> Self {
            let dir = tempfile::TempDir::new().unwrap();
            let clock = Arc::new(AtomicI64::new(1_772_600_000_000));
            let hand = clock.clone();
            let options = Options {
                clock: Arc::new(move || Timestamp::from_millisecond(hand.load(Ordering::SeqCst)).unwrap()),
                entropy: Entropy::seeded(7),
                ..Options::default()
            };
            let store = Store::open(dir.path().join("data"), OpenMode::Write, options).await.unwrap();
            Self { dir, store, clock }
        }

        /// An upload that has waited for a day, and what the sweep thinks of doing.
        async fn left(&self, org: &Org) -> (StoredFile, Vec<Candidate>) {
            let stored = org.put_file(&b"given up?"[..], 100).await.unwrap();
            self.clock.fetch_add(24 * HOUR, Ordering::SeqCst);
            let candidates = org.sweep_candidates(DAY).await.unwrap();
            assert_eq!(candidates.iter().map(|c| c.hash).collect::<Vec<_>>(), [stored.hash]);
            (stored, candidates)
        }

        async fn verify(&self) {
            crate::verify(self.dir.path().join("data"), &Default::default()).await.unwrap();
        }
    }

    async fn attach(org: &Org, stored: StoredFile) -> Result<Outcome, WriteError> {
        let (hash, size) = (stored.hash, stored.size);
        let file = FileMeta { hash, size, name: "a.txt".to_owned(), media_type: "text/plain".to_owned() };
        let actor = Actor { roles: vec![Role::IsmsManager], ..Actor::operator() };
        let write = Write { attach: vec![file], ..Write::by(actor) };
        org.execute_with(write, move |_, _| {
            let fields = [("title", json!("Proof")), ("file_hash", json!(hash.to_string()))];
            Ok(Command::create(Kind::Evidence, fields))
        })
        .await
    }

    fn was_told(attached: Result<Outcome, WriteError>) {
        let refused = attached.unwrap_err();
        assert!(matches!(refused, WriteError::Refused(Refusal::Invalid(_))), "{refused}");
        assert!(refused.to_string().contains("upload it again"), "{refused}");
    }

    #[tokio::test]
    async fn what_was_attached_while_the_sweep_looked_around_stays() {
        let house = House::new().await;
        let org = house.store.org().unwrap();
        let (stored, candidates) = house.left(&org).await;
        attach(&org, stored).await.unwrap();
        assert_eq!(org.sweep(candidates, DAY).await.unwrap(), 0);
        org.open_file(stored.hash).await.unwrap();
        house.verify().await;
    }

    #[tokio::test]
    async fn what_was_uploaded_again_while_the_sweep_looked_around_stays() {
        let house = House::new().await;
        let org = house.store.org().unwrap();
        let (stored, candidates) = house.left(&org).await;
        assert_eq!(org.put_file(&b"given up?"[..], 100).await.unwrap(), stored);
        assert_eq!(org.sweep(candidates, DAY).await.unwrap(), 0);
        attach(&org, stored).await.unwrap();
        house.verify().await;
    }

    #[tokio::test]
    async fn whoever_attaches_what_was_swept_is_told_and_can_upload_it_again() {
        let house = House::new().await;
        let org = house.store.org().unwrap();
        let (stored, candidates) = house.left(&org).await;
        assert_eq!(org.sweep(candidates, DAY).await.unwrap(), 1);
        was_told(attach(&org, stored).await);
        assert_eq!(org.snapshot().size(), 0);
        org.put_file(&b"given up?"[..], 100).await.unwrap();
        attach(&org, stored).await.unwrap();
        house.verify().await;
    }

    // On one thread both jobs are handed in before the writer takes any: they come into one commit, in this order.
    #[tokio::test]
    async fn in_one_commit_the_first_of_attaching_and_sweeping_counts() {
        let house = House::new().await;
        let org = house.store.org().unwrap();
        let (stored, candidates) = house.left(&org).await;
        let (attached, swept) = tokio::join!(attach(&org, stored), org.sweep(candidates, DAY));
        assert_eq!((attached.is_ok(), swept.unwrap()), (true, 0));
        org.open_file(stored.hash).await.unwrap();
        house.verify().await;

        let house = House::new().await;
        let org = house.store.org().unwrap();
        let (stored, candidates) = house.left(&org).await;
        let (swept, attached) = tokio::join!(org.sweep(candidates, DAY), attach(&org, stored));
        assert_eq!(swept.unwrap(), 1);
        was_told(attached);
        house.verify().await;
    }
}
