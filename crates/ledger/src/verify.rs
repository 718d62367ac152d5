//! The offline verifier: entries and their bodies are handed in one after another, and the first thing that is wrong
//! comes back as a [`Problem`]. Where the bytes come from, and whether the tables built from the ledger agree with
//! it, is the caller's matter.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::bodies::{Bodies, Body};
use crate::checkpoint::Checkpoint;
use crate::commitment::{Salt, commit};
use crate::hash::{Hash, leaf_hash};
use crate::note::{NoteError, VerifierKey, open};
use crate::problem::Problem;
use crate::redaction;
use crate::tree::Frontier;
use crate::view::{ChangeView, EntryView};

/// Reads one organisation's ledger from its first entry and checks everything that can be checked offline.
#[derive(Debug)]
pub struct Verifier {
    org: String,
    key: VerifierKey,
    frontier: Frontier,
    /// Checkpoints not reached yet.
    pending: BTreeMap<u64, Vec<Hash>>,
    /// The size of the next of them; `u64::MAX` without one.
    next: u64,
    signed: u64,
    last: Option<Timestamp>,
    records: HashMap<String, Latest>,
    redacted: u64,
    /// Erased bodies of which no entry has told yet, by entry and body, with what each was.
    erased: BTreeMap<(u64, usize), String>,
    failed: Option<Problem>,
}

/// An entry that was found right.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// What it says.
    pub entry: EntryView<'a>,
    /// Its bodies.
    pub bodies: Bodies<'a>,
    /// Its leaf hash.
    pub leaf: Hash,
}

impl<'a> Accepted<'a> {
    /// Each change with the body it leaves; `None` where the record was removed.
    pub fn changes(&self) -> impl Iterator<Item = (&ChangeView<'a>, Option<&Body<'a>>)> {
        let mut bodies = self.bodies.0.iter();
        self.entry.changes.iter().map(move |change| (change, change.after.and_then(|_| bodies.next())))
    }

    /// The comment, if the entry has one.
    pub fn note(&self) -> Option<&Body<'a>> {
        self.entry.note.and_then(|_| self.bodies.0.last())
    }
}

/// A record as the ledger leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// The kind of record.
    pub kind: String,
    /// Its revision.
    pub rev: u32,
    /// The entry that made it.
    pub seq: u64,
    /// Which of that entry's changes made it, from 0.
    pub change: usize,
    /// The commitment to its body; `None` when the record was removed.
    pub commitment: Option<Hash>,
    /// The salt of that commitment; `None` when the record was removed or its body redacted.
    pub salt: Option<Salt>,
}

impl Latest {
    /// Whether the record was removed.
    pub fn removed(&self) -> bool {
        self.commitment.is_none()
    }

    /// Whether the record is there and its body was redacted.
    pub fn redacted(&self) -> bool {
        self.commitment.is_some() && self.salt.is_none()
    }

    /// Whether `body` is the body that the ledger committed to, byte for byte. Always false for a record that was
    /// removed or redacted.
    pub fn holds(&self, body: &[u8]) -> bool {
        self.salt.is_some_and(|salt| Some(commit(&salt, body)) == self.commitment)
    }
}

/// What a sound ledger comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many of them, from the first, a checkpoint vouches for.
    pub signed: u64,
    /// How many bodies, comments included, were redacted; of each an entry tells.
    pub redacted: u64,
    /// When the last entry was accepted.
    pub last: Option<Timestamp>,
    /// Every record there ever was, by its id.
    pub records: HashMap<String, Latest>,
}

impl Verifier {
    /// A verifier of this organisation's ledger, whose checkpoints this key signs.
    pub fn new(org: impl Into<String>, key: VerifierKey) -> Self {
        Self {
            org: org.into(),
            key,
            frontier: Frontier::new(),
            pending: BTreeMap::new(),
            next: u64::MAX,
            signed: 0,
            last: None,
            records: HashMap::new(),
            redacted: 0,
            erased: BTreeMap::new(),
            failed: None,
        }
    }

    /// Adds a signed checkpoint, which must be the key's.
    pub fn with_note(self, note: &str) -> Result<Self, Problem> {
        let checkpoint = open(note, &self.key).map_err(Problem::BadSignature)?;
        self.with_checkpoint(checkpoint)
    }

    /// Adds a checkpoint whose signature was checked already. It is compared when the ledger reaches its size, so
    /// add all of them before the first entry.
    pub fn with_checkpoint(mut self, checkpoint: Checkpoint) -> Result<Self, Problem> {
        let (size, have) = (checkpoint.size, self.frontier.size());
        if checkpoint.origin != self.key.name() {
            return Err(Problem::BadSignature(NoteError::OtherOrigin));
        }
        if size < have {
            return Err(Problem::CheckpointLate { size, have });
        }
        self.pending.entry(size).or_default().push(checkpoint.root);
        self.next = self.next.min(size);
        self.compare()?;
        Ok(self)
    }

    /// Checks the next entry: `seq` is the number it is stored under, `header` its leaf bytes, `bodies` the bytes of
    /// its bodies. After a problem, every further call gives the same problem.
    pub fn entry<'a>(
        &mut self,
        seq: u64,
        header: &'a [u8],
        bodies: &'a [u8],
    ) -> Result<Accepted<'a>, Problem> {
        if let Some(problem) = &self.failed {
            return Err(problem.clone());
        }
        self.accept(seq, header, bodies).inspect_err(|problem| self.failed = Some(problem.clone()))
    }

    /// Ends the ledger here.
    pub fn finish(self) -> Result<Summary, Problem> {
        if let Some(problem) = self.failed {
            return Err(problem);
        }
        let size = self.frontier.size();
        if let Some((&beyond, _)) = self.pending.first_key_value() {
            return Err(Problem::CheckpointBeyond { size: beyond, have: size });
        }
        if let Some(((seq, _), what)) = self.erased.into_iter().next() {
            return Err(Problem::Erased { seq, what });
        }
        Ok(Summary {
            size,
            root: self.frontier.root(),
            signed: self.signed,
            redacted: self.redacted,
            last: self.last,
            records: self.records,
        })
    }

    fn accept<'a>(&mut self, seq: u64, header: &'a [u8], bodies: &'a [u8]) -> Result<Accepted<'a>, Problem> {
        let expected = self.frontier.size();
        if seq != expected {
            return Err(Problem::OutOfOrder { expected, found: seq });
        }
        let entry = EntryView::parse(header).map_err(|error| Problem::NotCanonical { seq, error })?;
        self.placed(seq, &entry)?;
        let bodies = Bodies::parse(bodies).map_err(|error| Problem::BodiesUnreadable { seq, error })?;
        self.matched(seq, &entry, &bodies)?;
        let leaf = leaf_hash(header);
        self.frontier.push(leaf);
        self.compare()?;
        Ok(Accepted { entry, bodies, leaf })
    }

    /// Number, organisation and time.
    fn placed(&mut self, seq: u64, entry: &EntryView<'_>) -> Result<(), Problem> {
        if entry.seq != seq {
            return Err(Problem::OutOfOrder { expected: seq, found: entry.seq });
        }
        if entry.org != self.org {
            let (expected, found) = (self.org.clone(), entry.org.to_string());
            return Err(Problem::OtherOrganisation { seq, expected, found });
        }
        match self.last.replace(entry.at) {
            Some(previous) if entry.at < previous => {
                Err(Problem::TimeWentBack { seq, at: entry.at, previous })
            }
            _ => Ok(()),
        }
    }

    /// Each change follows its record's last, and each body is the one committed to.
    fn matched(&mut self, seq: u64, entry: &EntryView<'_>, bodies: &Bodies<'_>) -> Result<(), Problem> {
        let (expected, found) = (entry.bodies(), bodies.0.len());
        if expected != found {
            return Err(Problem::BodyCount { seq, expected, found });
        }
        let mut bodies = bodies.0.iter().enumerate();
        for (index, change) in entry.changes.iter().enumerate() {
            let body = change.after.and_then(|_| bodies.next());
            self.chained(seq, index, change, body.and_then(|(_, body)| body.salt()))?;
            if let Some((place, body)) = body
                && !self.fits((seq, place), body, change.after, || format!("the body of {}", change.id))
            {
                return Err(Problem::BodyAltered { seq, id: change.id.to_string() });
            }
            if change.kind == redaction::KIND {
                self.told(seq, &change.id)?;
            }
        }
        match bodies.next() {
            Some((place, note))
                if !self.fits((seq, place), note, entry.note, || "the comment".to_owned()) =>
            {
                Err(Problem::NoteAltered { seq })
            }
            _ => Ok(()),
        }
    }

    /// Whether a body is the one committed to, or was erased.
    fn fits(
        &mut self,
        place: (u64, usize),
        body: &Body<'_>,
        commitment: Option<Hash>,
        what: impl FnOnce() -> String,
    ) -> bool {
        let found = body.commitment();
        if found.is_none() {
            self.redacted += 1;
            self.erased.insert(place, what());
        }
        found.is_none() || found == commitment
    }

    /// An entry tells of a redaction: of an earlier entry's body, which must be gone, for a backup could bring it back.
    fn told(&mut self, seq: u64, id: &str) -> Result<(), Problem> {
        let named = redaction::parse(id).filter(|(of, _)| *of < seq);
        match named.and_then(|place| self.erased.remove(&place)) {
            Some(_) => Ok(()),
            None => Err(Problem::NotErased { seq, id: id.to_owned() }),
        }
    }

    fn chained(
        &mut self,
        seq: u64,
        index: usize,
        change: &ChangeView<'_>,
        salt: Option<Salt>,
    ) -> Result<(), Problem> {
        let known = self.records.get_mut(change.id.as_ref());
        let (rev, before) = known.as_ref().map_or((0, None), |latest| (latest.rev, latest.commitment));
        let id = || change.id.to_string();
        let next = u64::from(rev) + 1;
        if u64::from(change.rev) != next {
            return Err(Problem::RevisionBroken { seq, id: id(), expected: next, found: change.rev });
        }
        if change.before != before {
            return Err(Problem::ChainBroken { seq, id: id(), expected: before, found: change.before });
        }
        if change.before.is_none() && change.after.is_none() {
            return Err(Problem::NothingThere { seq, id: id() });
        }
        let (rev, commitment) = (change.rev, change.after);
        match known {
            Some(latest) if latest.kind != change.kind => {
                let (expected, found) = (latest.kind.clone(), change.kind.to_string());
                return Err(Problem::KindChanged { seq, id: id(), expected, found });
            }
            Some(latest) => {
                latest.rev = rev;
                latest.seq = seq;
                latest.change = index;
                latest.commitment = commitment;
                latest.salt = salt;
            }
            None => {
                let latest =
                    Latest { kind: change.kind.to_string(), rev, seq, change: index, commitment, salt };
                self.records.insert(id(), latest);
            }
        }
        Ok(())
    }

    /// Compares the checkpoints of the present size.
    fn compare(&mut self) -> Result<(), Problem> {
        let size = self.frontier.size();
        if size != self.next {
            return Ok(());
        }
        let root = self.frontier.root();
        if self.pending.remove(&size).into_iter().flatten().any(|signed| signed != root) {
            return Err(Problem::CheckpointRoot { size, since: self.signed });
        }
        self.signed = size;
        self.next = self.pending.first_key_value().map_or(u64::MAX, |(&size, _)| size);
        Ok(())
    }
}
