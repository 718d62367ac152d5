//! From an accepted plan to ledger entries and rows: numbering, salting, chaining, signing. Nothing is written here,
//! and a draft that is thrown away leaves no trace.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use isms::{Id, Problem};
use jiff::Timestamp;
use ledger::{
    Bodies, Body, Change, Checkpoint, Door, Entry, Hash, Salt, Signer, canonical, commit, leaf_hash,
};

use crate::{
    Entropy, FileMeta, Message, StoreError, account, files,
    fold::{Folded, Link, Position, fold},
    sqlite::{Batch, CheckpointRow, EntryRow, FileRow, HeadRow, IndexRow, MessageRow, RecordRow, Side},
};

/// A checkpoint is kept each time so many entries are reached.
pub(crate) const KEEP_EVERY: u64 = 100;
/// Changes in one entry at most; a larger plan becomes several entries of one transaction.
const CHANGES: usize = 500;

/// What an accepted command comes to, before it has a place in the ledger.
pub(crate) struct Plan {
    /// Who.
    pub(crate) actor: String,
    /// By which door.
    pub(crate) door: Door,
    /// The command's name.
    pub(crate) command: String,
    /// What was said about it.
    pub(crate) comment: Option<String>,
    /// The changes, in order. Revisions are given here, not taken from the plan.
    pub(crate) changes: Vec<Folded>,
    /// The records made.
    pub(crate) created: Vec<Id>,
    /// Files that the changes refer to.
    pub(crate) files: Vec<FileMeta>,
    /// Messages to send.
    pub(crate) messages: Vec<Message>,
    /// What to write beside the ledger.
    pub(crate) sides: Vec<Side>,
}

/// What became of a plan.
pub(crate) struct Added {
    pub(crate) command: String,
    pub(crate) created: Vec<Id>,
    pub(crate) changed: Vec<(Id, u32)>,
    /// The first entry; `None` if nothing changed.
    pub(crate) seq: Option<u64>,
}

/// One organisation's ledger while it is written.
pub(crate) struct Draft {
    pub(crate) org: i64,
    pub(crate) name: String,
    pub(crate) signer: Arc<Signer>,
    /// The state on disk.
    pub(crate) base: Position,
    /// The state once the present batch is on disk.
    pub(crate) next: Position,
    chain: HashMap<String, Link>,
    fresh: HashMap<String, Link>,
    files: HashSet<Hash>,
    fresh_files: HashSet<Hash>,
}

impl Draft {
    pub(crate) fn new(org: i64, name: String, signer: Arc<Signer>, loaded: crate::fold::Loaded) -> Self {
        Self {
            org,
            name,
            signer,
            next: loaded.position.clone(),
            base: loaded.position,
            chain: loaded.chain,
            fresh: HashMap::new(),
            files: loaded.files,
            fresh_files: HashSet::new(),
        }
    }

    /// The batch is on disk. Says whether it concerned this organisation.
    pub(crate) fn accept(&mut self) -> bool {
        self.chain.extend(self.fresh.drain());
        self.files.extend(self.fresh_files.drain());
        let grown = self.base.frontier.size() != self.next.frontier.size();
        let changed = grown || !Arc::ptr_eq(&self.base.accounts, &self.next.accounts);
        if changed {
            self.base = self.next.clone();
        }
        changed
    }

    /// The batch did not reach the disk.
    pub(crate) fn discard(&mut self) {
        self.fresh.clear();
        self.fresh_files.clear();
        self.next = self.base.clone();
    }

    fn link(&self, id: &str) -> Link {
        self.fresh
            .get(id)
            .or_else(|| self.chain.get(id))
            .copied()
            .unwrap_or(Link { rev: 0, commitment: None })
    }

    /// Whether an entry has attached a file, one of the present batch included.
    pub(crate) fn has_file(&self, hash: &Hash) -> bool {
        self.files.contains(hash) || self.fresh_files.contains(hash)
    }

    /// File fields that were set to a hash of which no file is stored.
    pub(crate) fn missing_files(&self, changes: &[isms::Change], attached: &[FileMeta]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for change in changes {
            let Some(after) = &change.after else { continue };
            for field in &change.id.kind.info().fields {
                if !matches!(field.shape.item(), isms::schema::Shape::File) {
                    continue;
                }
                let Some(value) = after.get(&field.name) else { continue };
                let before =
                    self.next.isms.record(change.id).and_then(|r| r.fields().get(&field.name).cloned());
                let known = |text: &str| {
                    text.parse()
                        .is_ok_and(|hash| self.has_file(&hash) || attached.iter().any(|f| f.hash == hash))
                };
                let mut each = value.clone();
                isms::schema::each_value(&mut each, &mut |v| {
                    if before.as_ref() != Some(value) && !v.as_str().is_some_and(known) {
                        problems.push(Problem::new(
                            &field.name,
                            "names a file that was never stored; upload it first",
                        ));
                    }
                });
            }
        }
        problems
    }

    /// Adds a plan to the batch: all of it or, on an error, nothing.
    pub(crate) fn add(
        &mut self,
        plan: Plan,
        at: Timestamp,
        entropy: &Entropy,
        batch: &mut Batch,
    ) -> Result<Added, StoreError> {
        let mut part = Part { next: self.next.clone(), links: HashMap::new(), batch: Batch::default() };
        let Plan { actor, door, command, mut comment, mut changes, created, files, messages, sides } = plan;
        let first = (!changes.is_empty()).then(|| part.next.frontier.size());
        let mut files: Vec<FileMeta> = if first.is_some() { files } else { Vec::new() };
        files.retain(|file| !self.has_file(&file.hash));
        files.sort_by_key(|file| file.hash);
        files.dedup_by_key(|file| file.hash);
        let fresh_files: Vec<Hash> = files.iter().map(|file| file.hash).collect();
        while !changes.is_empty() {
            let rest = if changes.len() > CHANGES { changes.split_off(CHANGES) } else { Vec::new() };
            let mut changes = std::mem::replace(&mut changes, rest);
            // What a file is called may tell of people, so it stands in a body, which can be redacted.
            changes.extend(files.iter().map(|file| Folded::File(file.hash, Some(file.into()))));
            let what = What { actor: &actor, door, command: &command, comment: comment.take() };
            self.entry(&mut part, what, changes, std::mem::take(&mut files), at, entropy)?;
        }
        if let Some(seq) = first {
            let rows = messages.into_iter().map(|m| MessageRow {
                n: 0,
                org: self.org,
                seq,
                topic: m.topic,
                payload: m.payload.to_string(),
            });
            part.batch.messages.extend(rows);
        }
        if sides.iter().any(Side::concerns_accounts) {
            let accounts = Arc::make_mut(&mut part.next.accounts);
            sides.iter().for_each(|side| accounts.side(side));
        }
        part.batch.sides.extend(sides.into_iter().map(|side| (self.org, side)));
        self.next = part.next;
        self.fresh.extend(part.links);
        self.fresh_files.extend(fresh_files);
        let changed =
            part.batch.records.iter().filter_map(|row| Some((row.id.parse().ok()?, row.rev))).collect();
        batch.append(part.batch);
        Ok(Added { command, created, changed, seq: first })
    }

    fn entry(
        &self,
        part: &mut Part,
        what: What<'_>,
        changes: Vec<Folded>,
        attached: Vec<FileMeta>,
        at: Timestamp,
        entropy: &Entropy,
    ) -> Result<(), StoreError> {
        let seq = part.next.frontier.size();
        self.end_of_day(part, at)?;
        let mut bodies = Vec::with_capacity(changes.len() + 1);
        let mut stated = Vec::with_capacity(changes.len());
        for (idx, mut change) in (0..).zip(changes) {
            let (id, kind, text) = match &change {
                Folded::Record(c) => {
                    (c.id.to_string(), c.id.kind.name(), c.after.as_ref().map(canonical::to_text))
                }
                Folded::Account(id, account) => (
                    account::ledger_id(id),
                    account::KIND,
                    account.as_ref().map(|a| canonical::to_text(&a.body())),
                ),
                Folded::File(hash, described) => {
                    (files::ledger_id(*hash), files::KIND, described.as_ref().map(canonical::to_text))
                }
            };
            let text = text.transpose().map_err(|e| StoreError::Damaged(e.to_string()))?;
            let before = part.links.get(&id).copied().unwrap_or_else(|| self.link(&id));
            let rev = before.rev + 1;
            if let Folded::Record(change) = &mut change {
                change.rev = rev;
            }
            let mut after = None;
            if let Some(text) = &text {
                let salt = Salt(entropy.bytes()?);
                after = Some(commit(&salt, text.as_bytes()));
                bodies.push(Body::new(salt, text.clone()));
            }
            fold(&mut part.next.isms, &mut part.next.accounts, seq, at, &change)?;
            part.links.insert(id.clone(), Link { rev, commitment: after });
            stated.push(Change {
                id: id.clone(),
                kind: kind.to_owned(),
                rev,
                before: before.commitment,
                after,
            });
            part.batch.index.push(IndexRow { org: self.org, id: id.clone(), rev, seq, idx });
            part.batch.records.push(RecordRow {
                org: self.org,
                id,
                kind: kind.to_owned(),
                rev,
                seq,
                idx,
                at: at.as_millisecond(),
                commitment: after,
                body: text,
            });
        }
        let mut note = None;
        if let Some(comment) = what.comment {
            let salt = Salt(entropy.bytes()?);
            note = Some(commit(&salt, comment.as_bytes()));
            bodies.push(Body::new(salt, comment));
        }
        let entry = Entry {
            v: ledger::entry::VERSION,
            org: self.name.clone(),
            seq,
            at,
            actor: what.actor.to_owned(),
            door: what.door,
            command: what.command.to_owned(),
            note,
            changes: stated,
            files: attached.iter().map(|file| file.hash).collect(),
        };
        let header = entry.to_bytes();
        part.next.frontier.push(leaf_hash(&header));
        part.next.at = at;
        part.next.isms.advance(seq, at);
        part.batch.entries.push(EntryRow { org: self.org, seq, header, bodies: Bodies(bodies).to_bytes() });
        part.batch.files.extend(attached.into_iter().map(|f| FileRow {
            org: self.org,
            hash: f.hash,
            size: f.size,
            media_type: f.media_type,
            name: f.name,
            seq,
        }));
        if (seq + 1).is_multiple_of(KEEP_EVERY) {
            self.keep(part)?;
        }
        Ok(())
    }

    /// Keeps the checkpoint of the day before, if `at` begins a new one.
    fn end_of_day(&self, part: &mut Part, at: Timestamp) -> Result<(), StoreError> {
        if part.next.frontier.size() > 0 && ends_day(part.next.at, at) { self.keep(part) } else { Ok(()) }
    }

    fn keep(&self, part: &mut Part) -> Result<(), StoreError> {
        let note = note(&self.signer, &mut part.next)?;
        let size = part.next.frontier.size();
        part.batch.checkpoints.push(CheckpointRow { org: self.org, size, note: note.to_string() });
        Ok(())
    }

    /// Adds the signed head to the batch, if the batch has entries of this ledger.
    pub(crate) fn finish(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let size = self.next.frontier.size();
        if size > self.base.frontier.size() {
            let note = note(&self.signer, &mut self.next)?.to_string();
            batch.heads.push(HeadRow { org: self.org, size, frontier: self.next.frontier.to_bytes(), note });
        }
        Ok(())
    }
}

/// What stands in each entry of a plan; the comment only in the first.
struct What<'a> {
    actor: &'a str,
    door: Door,
    command: &'a str,
    comment: Option<String>,
}

/// A plan's share of the batch while it is worked out.
struct Part {
    next: Position,
    links: HashMap<String, Link>,
    batch: Batch,
}

/// Whether a day (UTC) ends between two times.
pub(crate) fn ends_day(before: Timestamp, after: Timestamp) -> bool {
    before.as_second().div_euclid(86_400) != after.as_second().div_euclid(86_400)
}

/// The signed checkpoint of a position, made if need be.
fn note(signer: &Signer, position: &mut Position) -> Result<Arc<str>, StoreError> {
    let size = position.frontier.size();
    if position.noted != size {
        position.note = sign(signer, position.frontier.root(), size, position.at)?.into();
        position.noted = size;
    }
    Ok(position.note.clone())
}

/// A signed checkpoint.
pub(crate) fn sign(signer: &Signer, root: Hash, size: u64, at: Timestamp) -> Result<String, StoreError> {
    let checkpoint = Checkpoint::new(signer.verifier_key().name(), size, root, at);
    signer.sign(&checkpoint).map_err(|e| StoreError::Damaged(format!("the checkpoint cannot be signed: {e}")))
}

impl Plan {
    /// A plan that writes something beside the ledger and nothing in it.
    pub(crate) fn beside(sides: Vec<Side>) -> Self {
        Self {
            actor: String::new(),
            door: Door::Job,
            command: String::new(),
            comment: None,
            changes: Vec::new(),
            created: Vec::new(),
            files: Vec::new(),
            messages: Vec::new(),
            sides,
        }
    }
}
