//! The checks of [`verify`](crate::verify()), in the order in which they are made: entries, head, checkpoints, records,
//! index of revisions. Nothing is read here; the rows are handed in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use ledger::{Accepted, Hash, Summary, Verifier, VerifierKey};

use crate::{
    StoreError, VerifyError,
    draft::{KEEP_EVERY, ends_day},
    files,
    sqlite::{CheckpointRow, Entries, HeadRow, IndexRow, RecordRow},
};

pub(crate) fn wrong<T>(problem: impl Into<String>) -> Result<T, VerifyError> {
    Err(VerifyError::Problem(problem.into()))
}

const REBUILD: &str = "`isthmus rebuild` recomputes it from the ledger";

/// Rows to check, in the order of the variants.
pub(crate) enum Rows {
    Entries(Entries),
    Records(Vec<RecordRow>),
    Index(Vec<IndexRow>),
}

/// What the raw entries say, besides what the ledger's own verifier remembers.
#[derive(Default)]
pub(crate) struct Derived {
    /// For each record, where its revisions lie.
    index: HashMap<String, Vec<(u64, u32)>>,
    /// When each entry was recorded, in milliseconds.
    at: Vec<i64>,
    /// When the last one was.
    last: Option<Timestamp>,
    /// The entry that attached each file first.
    pub(crate) files: BTreeMap<Hash, u64>,
    /// Sizes at which a checkpoint must have been kept.
    keep: Vec<u64>,
}

/// How far the check is.
enum Stage {
    Entries(Box<Verifier>),
    Records(Summary, HashSet<String>),
    Index(Summary, usize),
}

/// One organisation's check.
pub(crate) struct Checker {
    stage: Option<Stage>,
    derived: Derived,
    key: VerifierKey,
    head: Option<HeadRow>,
    kept: BTreeSet<u64>,
    there: u64,
}

impl Checker {
    /// `verifier` has the checkpoints already; `kept` are those that are stored.
    pub(crate) fn new(
        verifier: Verifier,
        key: VerifierKey,
        head: Option<HeadRow>,
        kept: &[CheckpointRow],
    ) -> Self {
        let kept = kept.iter().map(|row| row.size).collect();
        let stage = Some(Stage::Entries(Box::new(verifier)));
        Self { stage, derived: Derived::default(), key, head, kept, there: 0 }
    }

    /// Checks the next rows.
    pub(crate) fn rows(&mut self, rows: Rows) -> Result<(), VerifyError> {
        // A stage that failed is not entered again.
        let stage = self.stage.take().ok_or(StoreError::Internal)?;
        let next = match (stage, rows) {
            (Stage::Entries(mut verifier), Rows::Entries(entries)) => {
                for entry in entries.iter() {
                    let (seq, header, bodies) = entry?;
                    self.derived.take(&verifier.entry(seq, header, bodies)?)?;
                }
                Stage::Entries(verifier)
            }
            (Stage::Records(summary, mut seen), Rows::Records(rows)) => {
                for row in rows {
                    self.there += u64::from(self.derived.record(&row, &summary)?);
                    seen.insert(row.id);
                }
                Stage::Records(summary, seen)
            }
            (Stage::Index(summary, count), Rows::Index(rows)) => {
                rows.iter().try_for_each(|row| self.derived.index(row))?;
                Stage::Index(summary, count + rows.len())
            }
            (stage, rows) => {
                self.stage = Some(self.next(stage)?);
                return self.rows(rows);
            }
        };
        self.stage = Some(next);
        Ok(())
    }

    /// All rows were handed in. Returns what was derived, and how many records there are.
    pub(crate) fn finish(mut self) -> Result<(Derived, Summary, u64), VerifyError> {
        loop {
            match self.stage.take().ok_or(StoreError::Internal)? {
                Stage::Index(summary, rows) => {
                    let expected: usize = self.derived.index.values().map(Vec::len).sum();
                    if rows != expected {
                        return wrong(format!(
                            "the index of revisions has {rows} rows, but the ledger {expected} changes; {REBUILD}"
                        ));
                    }
                    return Ok((self.derived, summary, self.there));
                }
                stage => self.stage = Some(self.next(stage)?),
            }
        }
    }

    /// A stage is complete.
    fn next(&self, stage: Stage) -> Result<Stage, VerifyError> {
        match stage {
            Stage::Entries(verifier) => {
                let summary = verifier.finish()?;
                self.check_head(&summary)?;
                if let Some(size) = self.derived.keep.iter().find(|size| !self.kept.contains(size)) {
                    return wrong(format!("the checkpoint of size {size} that was kept is missing"));
                }
                let seen = HashSet::with_capacity(summary.records.len());
                Ok(Stage::Records(summary, seen))
            }
            Stage::Records(summary, seen) => {
                match summary.records.keys().filter(|id| !seen.contains(*id)).min() {
                    Some(missing) => {
                        wrong(format!("{missing} is missing in the table of records; {REBUILD}"))
                    }
                    None => Ok(Stage::Index(summary, 0)),
                }
            }
            Stage::Index(..) => Err(StoreError::Internal.into()),
        }
    }

    /// The head is signed and is that of these entries.
    fn check_head(&self, summary: &Summary) -> Result<(), VerifyError> {
        let Some(head) = &self.head else {
            return if summary.size == 0 {
                Ok(())
            } else {
                wrong("the signed head of the ledger is missing")
            };
        };
        let signed = match ledger::open(&head.note, &self.key) {
            Ok(signed) => signed,
            Err(e) => return wrong(format!("the head of the ledger cannot be trusted: {e}")),
        };
        let (size, have) = (signed.size, summary.size);
        if size != have {
            let how = if size > have { "entries were dropped" } else { "entries were added past it" };
            return wrong(format!("the head was signed over {size} entries, but there are {have}: {how}"));
        }
        if signed.root != summary.root {
            let (since, last) = (summary.signed, have.saturating_sub(1));
            return wrong(format!(
                "the entries are not those the head was signed over: one of {since} to {last} was altered"
            ));
        }
        let frontier = ledger::Frontier::from_bytes(&head.frontier);
        if head.size != have || !frontier.is_ok_and(|f| f.size() == have && f.root() == summary.root) {
            return wrong(format!("the stored edge of the tree is not that of the signed head; {REBUILD}"));
        }
        Ok(())
    }
}

impl Derived {
    fn take(&mut self, accepted: &Accepted<'_>) -> Result<(), VerifyError> {
        let entry = &accepted.entry;
        let seq = entry.seq;
        for (idx, change) in (0..).zip(&entry.changes) {
            match self.index.get_mut(change.id.as_ref()) {
                Some(places) => places.push((seq, idx)),
                None => _ = self.index.insert(change.id.to_string(), vec![(seq, idx)]),
            }
        }
        for file in &entry.files {
            if self.files.insert(*file, seq).is_some() {
                return wrong(format!(
                    "entry {seq} attaches the file {file} for the first time, a second time"
                ));
            }
        }
        if self.last.is_some_and(|before| ends_day(before, entry.at)) {
            self.keep.push(seq);
        }
        if (seq + 1).is_multiple_of(KEEP_EVERY) {
            self.keep.push(seq + 1);
        }
        self.last = Some(entry.at);
        self.at.push(entry.at.as_millisecond());
        Ok(())
    }

    /// Whether a row of the table of records is how the ledger left that record, byte for byte; returns whether the
    /// record is still there.
    fn record(&self, row: &RecordRow, summary: &Summary) -> Result<bool, VerifyError> {
        let RecordRow { id, kind, rev, seq, idx, at, commitment, body, .. } = row;
        let Some(latest) = summary.records.get(id) else {
            return wrong(format!(
                "the table of records holds {id}, of which the ledger knows nothing; {REBUILD}"
            ));
        };
        let when = usize::try_from(*seq).ok().and_then(|seq| self.at.get(seq));
        let place = (&latest.kind, latest.rev, latest.seq, latest.change, latest.commitment);
        if place != (kind, *rev, *seq, *idx as usize, *commitment) || when != Some(at) {
            return wrong(format!(
                "the table of records holds {id} as revision {rev}, which is not how the ledger left it (revision {}); {REBUILD}",
                latest.rev
            ));
        }
        let same = match body {
            Some(body) => latest.holds(body.as_bytes()),
            None => latest.removed() || latest.redacted(),
        };
        if !same {
            return wrong(format!(
                "the table of records holds {id} with another body than the ledger (entry {seq}); {REBUILD}"
            ));
        }
        Ok(!latest.removed() && latest.kind != files::KIND)
    }

    /// Whether a row of the index points where the ledger has that revision.
    fn index(&self, row: &IndexRow) -> Result<(), VerifyError> {
        let IndexRow { id, rev, seq, idx, .. } = row;
        let place = self.index.get(id).and_then(|places| places.get((*rev as usize).checked_sub(1)?));
        if place == Some(&(*seq, *idx)) {
            return Ok(());
        }
        wrong(format!(
            "the index of revisions puts revision {rev} of {id} where it is not (entry {seq}); {REBUILD}"
        ))
    }
}
