//! Verifying a data directory: everything is derived again from the raw entries and compared with what is stored. The
//! first thing that is wrong is named.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use jiff::Timestamp;
use ledger::{Hash, Summary, Verifier, canonical};

use crate::{
    DataDir, FileInfo, ONLY_ORG, StoreError, account,
    check::{Checker, Derived, Rows, wrong},
    files::{self, Described, hash_file},
    sqlite::{self, Database, FileRow, OrgRow},
};

/// Called with how many entries and files were checked, and how many there are.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// How to verify.
#[derive(Clone, Default)]
pub struct VerifyOptions {
    /// A checkpoint that was kept elsewhere: the ledger must have grown out of it.
    pub checkpoint: Option<String>,
    /// Whom to tell how far it is.
    pub progress: Option<Progress>,
}

/// What was found sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Each organisation.
    pub orgs: Vec<OrgReport>,
}

/// What was found sound of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgReport {
    /// Its name in the ledger.
    pub name: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Records and accounts there are.
    pub records: u64,
    /// Stored files.
    pub files: u64,
    /// Checkpoints kept.
    pub checkpoints: u64,
    /// Bodies that were redacted.
    pub redacted: u64,
    /// When the last entry was recorded.
    pub last: Option<Timestamp>,
    /// The public key of the checkpoints.
    pub key: String,
    /// Size of the checkpoint handed in, if it was this ledger's.
    pub kept: Option<u64>,
}

/// Why a data directory was not found sound.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VerifyError {
    /// Something is wrong: the first thing found, as a sentence.
    #[error("{0}")]
    Problem(String),
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ledger::Problem> for VerifyError {
    fn from(problem: ledger::Problem) -> Self {
        Self::Problem(problem.to_string())
    }
}

/// Verifies a data directory, whether or not somebody writes in it meanwhile.
///
/// # Errors
/// The first thing that is wrong, or why it cannot be read.
pub async fn verify(dir: impl AsRef<Path>, options: &VerifyOptions) -> Result<Report, VerifyError> {
    let dir = DataDir::at(dir);
    if !dir.has_data() {
        return Err(StoreError::NoData(dir.path().to_owned()).into());
    }
    let db = Database { pool: sqlite::snapshot(&dir.database()).await? };
    sqlite::check_migrations(&db.pool).await?;
    if let Some(difference) = sqlite::foreign_schema(&db.pool).await? {
        return wrong(difference);
    }
    let mut orgs = Vec::new();
    let mut kept = options.checkpoint.clone();
    let rows = db.orgs().await?;
    if let Some(other) = rows.iter().find(|org| org.name != ONLY_ORG) {
        return wrong(format!("there is an organisation {}, which no Isthmus made", other.name));
    }
    for org in rows.clone() {
        orgs.push(Check { dir: &dir, db: &db, org, options }.run(&mut kept).await?);
    }
    if let Some(table) = db.stray(&rows).await? {
        return wrong(format!("the table {table} holds rows of an organisation that does not exist"));
    }
    if kept.is_some() {
        return wrong(
            "the checkpoint handed in was not signed by this ledger's key: it is another ledger's, or the key was exchanged",
        );
    }
    db.pool.close().await;
    Ok(Report { orgs })
}

struct Check<'a> {
    dir: &'a DataDir,
    db: &'a Database,
    org: OrgRow,
    options: &'a VerifyOptions,
}

impl Check<'_> {
    async fn run(&self, kept: &mut Option<String>) -> Result<OrgReport, VerifyError> {
        let signer = self.dir.signer(&self.org.name)?;
        let key = signer.verifier_key();
        let mut verifier = Verifier::new(&self.org.name, key.clone());
        let checkpoints = self.db.checkpoints(self.org.n).await?;
        for row in &checkpoints {
            let size = row.size;
            let checkpoint = ledger::open(&row.note, key).map_err(|e| {
                VerifyError::Problem(format!("the stored checkpoint of size {size} cannot be trusted: {e}"))
            })?;
            if checkpoint.size != size {
                return wrong(format!(
                    "the checkpoint stored for size {size} is one for size {}",
                    checkpoint.size
                ));
            }
            verifier = verifier.with_checkpoint(checkpoint)?;
        }
        let mut own = None;
        if let Some(note) = kept.as_deref() {
            match ledger::open(note, key) {
                Ok(checkpoint) => {
                    own = Some(checkpoint.size);
                    verifier = verifier.with_checkpoint(checkpoint)?;
                }
                // It may be another organisation's of the same installation.
                Err(ledger::NoteError::Unsigned | ledger::NoteError::OtherOrigin) => {}
                Err(e) => return wrong(format!("the checkpoint handed in cannot be used: {e}")),
            }
        }
        if own.is_some() {
            *kept = None;
        }
        let head = self.db.head(self.org.n).await?;
        let (derived, summary, records) =
            self.ledger(Checker::new(verifier, key.clone(), head, &checkpoints)).await?;
        self.credentials(&summary).await?;
        let files = self.files(&derived, &summary).await?;
        Ok(OrgReport {
            name: self.org.name.clone(),
            size: summary.size,
            root: summary.root,
            records,
            files,
            checkpoints: checkpoints.len() as u64,
            redacted: summary.redacted,
            last: summary.last,
            key: key.to_string(),
            kept: own,
        })
    }

    /// The ledger in itself, and the tables drawn from it. One thread reads while another checks.
    async fn ledger(&self, mut checker: Checker) -> Result<(Derived, Summary, u64), VerifyError> {
        let (rows, mut queue) = tokio::sync::mpsc::channel::<Rows>(8);
        let checking = tokio::task::spawn_blocking(move || {
            while let Some(rows) = queue.blocking_recv() {
                checker.rows(rows)?;
            }
            checker.finish()
        });
        let read = self.read(&rows).await;
        drop(rows);
        // What is wrong counts before what could not be read after it.
        let checked = checking.await.map_err(|_| StoreError::Internal)?;
        if checked.is_ok() {
            read?
        }
        checked
    }

    /// Reads the tables for the checker; ends early if it takes no more, as something was wrong then.
    async fn read(&self, rows: &tokio::sync::mpsc::Sender<Rows>) -> Result<(), StoreError> {
        let (db, org) = (self.db, self.org.n);
        let size = db.size(org).await?;
        let mut from = 0;
        while let Some(entries) = db.entry_bundle(org, from).await? {
            let last = entries.last()?;
            from = last + 1;
            self.tell(last, size);
            if rows.send(Rows::Entries(entries)).await.is_err() {
                return Ok(());
            }
        }
        self.tell(size, size);
        let mut after = i64::MIN;
        loop {
            let (records, last) = db.record_bundle(org, after).await?;
            after = last;
            if records.is_empty() {
                break;
            }
            if rows.send(Rows::Records(records)).await.is_err() {
                return Ok(());
            }
        }
        let (mut id, mut rev) = (String::new(), 0);
        loop {
            let index = db.index_bundle(org, &id, rev).await?;
            let Some(last) = index.last() else { return Ok(()) };
            (id, rev) = (last.id.clone(), last.rev);
            if rows.send(Rows::Index(index)).await.is_err() {
                return Ok(());
            }
        }
    }

    fn tell(&self, done: u64, of: u64) {
        if let Some(progress) = &self.options.progress {
            progress(done, of);
        }
    }

    /// Passwords belong to accounts of the ledger.
    async fn credentials(&self, summary: &Summary) -> Result<(), VerifyError> {
        for (account, _) in self.db.credentials(self.org.n).await? {
            if !summary.records.contains_key(&account::ledger_id(&account)) {
                return wrong(format!(
                    "there is a password for the account {account}, of which the ledger knows nothing"
                ));
            }
        }
        Ok(())
    }

    /// Every file that was attached is known, lies there, and is what it was.
    async fn files(&self, derived: &Derived, summary: &Summary) -> Result<u64, VerifyError> {
        let rows = self.db.files(self.org.n).await?;
        for row in &rows {
            let FileRow { hash, seq, .. } = row;
            if derived.files.get(hash) != Some(seq) {
                return wrong(format!(
                    "the table of files holds {hash} as attached by entry {seq}, which did not attach it"
                ));
            }
            if !described(row, summary)? {
                return wrong(format!(
                    "the table of files holds {hash} with another name, media type or size than entry {seq} attached it with"
                ));
            }
        }
        if rows.len() != derived.files.len() {
            let known: BTreeSet<Hash> = rows.iter().map(|row| row.hash).collect();
            let missing = derived.files.iter().find(|(hash, _)| !known.contains(*hash));
            let (hash, seq) = missing.map_or((String::new(), 0), |(hash, seq)| (hash.to_string(), *seq));
            return wrong(format!(
                "the file {hash} that entry {seq} attached is missing in the table of files"
            ));
        }
        for (done, FileRow { hash, size, name, seq, .. }) in (0..).zip(&rows) {
            let (hash, size) = (*hash, *size);
            let path = self.dir.file(&self.org.name, hash);
            let found = tokio::task::spawn_blocking(move || hash_file(&path))
                .await
                .map_err(|_| StoreError::Internal)?;
            match found {
                Ok(found) if found == (hash, size) => {}
                Ok(_) => {
                    return wrong(format!(
                        "the stored file {hash} (\"{name}\", attached by entry {seq}) was altered: its content does not match its hash"
                    ));
                }
                Err(e) => {
                    return wrong(format!(
                        "the stored file {hash} (\"{name}\", attached by entry {seq}) cannot be read: {e}"
                    ));
                }
            }
            self.tell(done, rows.len() as u64);
        }
        Ok(rows.len() as u64)
    }
}

/// Whether a file is called what its entry says; older entries say nothing of that, and in others it may be redacted.
fn described(row: &FileRow, summary: &Summary) -> Result<bool, StoreError> {
    let Some(stated) = summary.records.get(&files::ledger_id(row.hash)) else { return Ok(true) };
    let described = Described::from(&FileInfo::from(row.clone()).meta);
    let text = canonical::to_text(&described).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(stated.redacted() || stated.holds(text.as_bytes()))
}
