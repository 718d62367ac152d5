//! Opening a data directory, and what is shared by all who use it.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU32},
};

use arc_swap::ArcSwap;
use isms::Isms;
use jiff::Timestamp;
use ledger::{Signer, Tree};
use tokio::{sync::Semaphore, task::JoinHandle};

use crate::{
    Clock, DataDir, Entropy, Org, SessionRules, StoreError,
    account::Accounts,
    clock,
    draft::Draft,
    fold::{Position, load},
    sessions::Sessions,
    sqlite::{self, Database, OrgRow},
    throttle::Throttle,
    writer::{self, Workshop, Writer},
};

/// The organisation of an installation that has one.
pub const ONLY_ORG: &str = "main";

/// What a data directory is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Reading and writing: one process at a time.
    Write,
    /// Reading the state at the moment of opening, beside a process that writes or without one.
    Read,
}

/// What the store is handed from outside.
#[derive(Clone)]
pub struct Options {
    /// The clock.
    pub clock: Clock,
    /// The source of salts, tokens and keys.
    pub entropy: Entropy,
    /// When sessions end.
    pub sessions: SessionRules,
    /// Bound on the database in pages of 4 KB; beyond it writing fails as on a full disk. 0 is no bound. A change is
    /// noticed when a connection is made: at opening, and after a failed write.
    pub page_limit: Arc<AtomicU32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: clock::system(),
            entropy: Entropy::system(),
            sessions: SessionRules::default(),
            page_limit: Arc::default(),
        }
    }
}

/// What is published of an organisation.
pub(crate) struct State {
    pub(crate) isms: Arc<Isms>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) size: u64,
    pub(crate) note: Arc<str>,
    /// When the last entry was recorded.
    pub(crate) at: Timestamp,
}

impl State {
    pub(crate) fn of(position: &Position) -> Self {
        Self {
            isms: Arc::new(position.isms.clone()),
            accounts: position.accounts.clone(),
            size: position.frontier.size(),
            note: position.note.clone(),
            at: position.at,
        }
    }
}

/// An organisation, as shared by those who read and the one that writes.
pub(crate) struct Shared {
    pub(crate) n: i64,
    pub(crate) name: String,
    pub(crate) signer: Arc<Signer>,
    state: ArcSwap<State>,
    /// Past snapshots asked for lately, by their size; the newest request last.
    pub(crate) past: Mutex<Vec<(u64, Arc<Isms>)>>,
    /// The tree for proofs, as far as one was asked for.
    pub(crate) tree: tokio::sync::Mutex<Tree>,
}

impl Shared {
    pub(crate) fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    pub(crate) fn publish(&self, state: State) {
        self.state.store(Arc::new(state));
    }
}

pub(crate) struct Inner {
    pub(crate) dir: DataDir,
    pub(crate) options: Options,
    pub(crate) db: Database,
    pub(crate) writer: Option<Writer>,
    pub(crate) sessions: Arc<Sessions>,
    /// Failures to sign in.
    pub(crate) throttle: Throttle,
    /// Failures to say one's present password while signed in. Apart from the others: whoever took over a session must
    /// not keep its owner from signing in.
    pub(crate) password_throttle: Throttle,
    /// Passwords are hashed so many at a time: each takes 19 MB.
    pub(crate) hashing: Semaphore,
    orgs: Vec<Arc<Shared>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A data directory in use. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.inner.dir.path().display())
    }
}

impl Store {
    /// Opens a data directory. For writing, what is missing is made: directories, signing key, database.
    ///
    /// # Errors
    /// If another process writes there, if the database has an unknown or failed migration, if there is nothing to
    /// read, or if the disk fails.
    pub async fn open(dir: impl AsRef<Path>, mode: OpenMode, options: Options) -> Result<Self, StoreError> {
        let dir = DataDir::at(dir);
        match mode {
            OpenMode::Write => Self::open_to_write(dir, options).await,
            OpenMode::Read => Self::open_to_read(dir, options).await,
        }
    }

    async fn open_to_read(dir: DataDir, options: Options) -> Result<Self, StoreError> {
        if !dir.has_data() {
            return Err(StoreError::NoData(dir.path().to_owned()));
        }
        let db = Database { pool: sqlite::snapshot(&dir.database()).await? };
        sqlite::check_migrations(&db.pool).await?;
        let mut orgs = Vec::new();
        for row in db.orgs().await? {
            orgs.push(share(&dir, &db, &row).await?.0);
        }
        Ok(Self::assemble(dir, options, db, orgs, Arc::default(), None))
    }

    async fn open_to_write(dir: DataDir, options: Options) -> Result<Self, StoreError> {
        dir.create()?;
        let lock = dir.lock()?;
        dir.empty_tmp()?;
        // Where there is a database there must be its key: a new one would not sign for the same ledger.
        if !dir.has_data() {
            dir.make_key(&options.entropy)?;
        }
        dir.signer(ONLY_ORG)?;
        let limit = options.page_limit.load(std::sync::atomic::Ordering::Relaxed);
        let mut connection = sqlite::writer(&dir, limit).await?;
        let db = Database { pool: sqlite::readers(&dir.database()).await? };
        if db.orgs().await?.is_empty() {
            sqlite::make_org(&mut connection, ONLY_ORG, (options.clock)().as_millisecond()).await?;
        }
        let sessions = Arc::<Sessions>::default();
        let mut orgs = Vec::new();
        let mut drafts = HashMap::new();
        for row in db.orgs().await? {
            let (shared, draft) = share(&dir, &db, &row).await?;
            db.sessions(row.n).await?.into_iter().for_each(|session| sessions.add(row.n, session));
            drafts.insert(row.n, (shared.clone(), draft));
            orgs.push(shared);
        }
        let workshop = Workshop {
            dir: dir.clone(),
            options: options.clone(),
            db: db.clone(),
            sessions: sessions.clone(),
            orgs: drafts,
            connection: Some(connection),
            _lock: lock,
        };
        let writer = writer::start(workshop);
        Ok(Self::assemble(dir, options, db, orgs, sessions, Some(writer)))
    }

    fn assemble(
        dir: DataDir,
        options: Options,
        db: Database,
        orgs: Vec<Arc<Shared>>,
        sessions: Arc<Sessions>,
        writer: Option<(Writer, JoinHandle<()>)>,
    ) -> Self {
        let (writer, task) = writer.unzip();
        let inner = Inner {
            dir,
            options,
            db,
            writer,
            sessions,
            throttle: Throttle::default(),
            password_throttle: Throttle::default(),
            hashing: Semaphore::new(2),
            orgs,
            task: Mutex::new(task),
        };
        Self { inner: Arc::new(inner) }
    }

    /// All organisations.
    #[must_use]
    pub fn orgs(&self) -> Vec<Org> {
        self.inner.orgs.iter().map(|shared| Org::new(self.inner.clone(), shared.clone())).collect()
    }

    /// The organisation of a name.
    #[must_use]
    pub fn org_named(&self, name: &str) -> Option<Org> {
        let shared = self.inner.orgs.iter().find(|shared| shared.name == name)?;
        Some(Org::new(self.inner.clone(), shared.clone()))
    }

    /// The one organisation of the installation.
    ///
    /// # Errors
    /// If the database has none, which only happens to a database that was tampered with.
    pub fn org(&self) -> Result<Org, StoreError> {
        self.org_named(ONLY_ORG)
            .ok_or_else(|| StoreError::Damaged(format!("there is no organisation {ONLY_ORG}")))
    }

    /// Whether nothing was ever recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.orgs.iter().all(|shared| shared.state().size == 0)
    }

    /// The directory.
    #[must_use]
    pub fn data_dir(&self) -> &DataDir {
        &self.inner.dir
    }

    /// Waits until everything handed in is on disk, then closes the database and lets the lock go. Writes
    /// through other clones fail from then on.
    pub async fn close(self) {
        let task = self.inner.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let pool = self.inner.db.pool.clone();
        if let Some(writer) = &self.inner.writer {
            writer.stop();
        }
        drop(self);
        pool.close().await;
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

async fn share(dir: &DataDir, db: &Database, row: &OrgRow) -> Result<(Arc<Shared>, Draft), StoreError> {
    let signer = Arc::new(dir.signer(&row.name)?);
    let draft = Draft::new(row.n, row.name.clone(), signer.clone(), load(db, row).await?);
    let shared = Shared {
        n: row.n,
        name: row.name.clone(),
        signer,
        state: ArcSwap::from_pointee(State::of(&draft.base)),
        past: Mutex::default(),
        tree: tokio::sync::Mutex::default(),
    };
    Ok((Arc::new(shared), draft))
}
