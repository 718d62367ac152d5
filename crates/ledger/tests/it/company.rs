//! A small ledger to tamper with, written as the store would write it.

use jiff::{SignedDuration, Timestamp};
use ledger::{
    Bodies, Body, Change, Checkpoint, Door, Entry, Hash, Problem, Salt, Signer, Summary, Tree, Verifier,
    VerifierKey, commit, leaf_hash, open,
};

/// An entry as it is stored.
#[derive(Clone)]
pub(crate) struct Row {
    pub seq: u64,
    pub header: Vec<u8>,
    pub bodies: Vec<u8>,
}

impl Row {
    /// Alters the entry, leaving it canonical.
    pub(crate) fn edit(&mut self, how: impl FnOnce(&mut Entry)) {
        let mut entry = Entry::parse(&self.header).unwrap();
        how(&mut entry);
        self.header = entry.to_bytes();
    }

    /// The commitment of its first change.
    pub(crate) fn commitment(&self) -> Option<Hash> {
        Entry::parse(&self.header).unwrap().changes[0].after
    }

    /// Alters the bodies, leaving them readable.
    pub(crate) fn edit_bodies(&mut self, how: impl FnOnce(&mut Vec<Body<'static>>)) {
        let mut bodies = Bodies::parse(&self.bodies).unwrap().into_owned();
        how(&mut bodies.0);
        self.bodies = bodies.to_bytes();
    }
}

pub(crate) fn signer() -> Signer {
    Signer::from_seed("isms.example/acme", &[5; 32]).unwrap()
}

fn salt(seq: u64, index: u8) -> Salt {
    let mut salt = [index; 16];
    salt[..8].copy_from_slice(&seq.to_be_bytes());
    Salt(salt)
}

/// Entry by entry: the record (if the body is `None`, removed), its revision, its body, and the comment.
const STORY: [(&str, u32, Option<&str>, Option<&str>); 8] = [
    ("R-1", 1, Some(r#"{"title":"Lost laptop"}"#), None),
    ("R-2", 1, Some(r#"{"title":"Phishing"}"#), None),
    ("R-1", 2, Some(r#"{"title":"Lost or stolen laptop"}"#), Some("after the meeting")),
    ("AST-1", 1, Some(r#"{"name":"Laptops"}"#), None),
    ("R-2", 2, None, Some("a duplicate")),
    ("R-1", 3, Some(r#"{"title":"Lost laptop"}"#), None),
    ("R-2", 3, Some(r#"{"title":"Phishing, again"}"#), None),
    ("AST-1", 2, Some(r#"{"name":"Laptops and telephones"}"#), None),
];

pub(crate) fn rows() -> Vec<Row> {
    let start: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
    let mut latest = std::collections::HashMap::<&str, Hash>::new();
    let mut rows = Vec::new();
    for (seq, (id, rev, body, note)) in (0..).zip(STORY) {
        let mut bodies = Vec::new();
        let mut add = |index, text: &'static str| {
            bodies.push(Body::new(salt(seq, index), text));
            commit(&salt(seq, index), text.as_bytes())
        };
        let after = body.map(|text| add(0, text));
        let note = note.map(|text| add(1, text));
        let before = match after {
            Some(after) => latest.insert(id, after),
            None => latest.remove(id),
        };
        let kind = if id.starts_with('R') { "risk" } else { "asset" };
        let entry = Entry {
            v: 1,
            org: "acme".into(),
            seq,
            at: start + SignedDuration::from_secs(60 * seq as i64),
            actor: "01J9ZQ".into(),
            door: Door::Page,
            command: format!("{kind}.update"),
            note,
            changes: vec![Change { id: id.into(), kind: kind.into(), rev, before, after }],
            files: vec![],
        };
        rows.push(Row { seq, header: entry.to_bytes(), bodies: Bodies(bodies).to_bytes() });
    }
    rows
}

/// The signed checkpoint of the first `size` rows.
pub(crate) fn note(rows: &[Row], size: u64) -> String {
    let tree: Tree = rows.iter().map(|row| leaf_hash(&row.header)).collect();
    let at = "2026-03-05T00:00:00Z".parse().unwrap();
    signer().sign(&Checkpoint::new("isms.example/acme", size, tree.root_at(size).unwrap(), at)).unwrap()
}

/// Verifies rows against kept notes.
pub(crate) fn verify(rows: &[Row], notes: &[String]) -> Result<Summary, Problem> {
    let key = signer().verifier_key().clone();
    let kept = notes.iter().map(|note| open(note, &key).map_err(Problem::BadSignature));
    verify_opened(rows, &kept.collect::<Result<Vec<_>, _>>()?, key)
}

/// Verifies rows against checkpoints that were opened already.
pub(crate) fn verify_opened(
    rows: &[Row],
    checkpoints: &[Checkpoint],
    key: VerifierKey,
) -> Result<Summary, Problem> {
    let mut verifier = Verifier::new("acme", key);
    for checkpoint in checkpoints {
        verifier = verifier.with_checkpoint(checkpoint.clone())?;
    }
    for row in rows {
        verifier.entry(row.seq, &row.header, &row.bodies)?;
    }
    verifier.finish()
}
