//! What others can check without us: checkpoints, the public key, and proofs that an entry is in the ledger and that
//! one state of it grew out of another.

use futures_util::StreamExt;
use ledger::{Bodies, EntryView, Hash, Tree, VerifierKey, leaf_hash, verify_consistency, verify_inclusion};
use serde::{Deserialize, Serialize};

use crate::{Org, StoreError};

/// A kept checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// How many entries it covers.
    pub size: u64,
    /// When its last entry was recorded.
    pub at: Option<jiff::Timestamp>,
    /// The signed note.
    pub note: String,
}

/// The proof that an entry is in the ledger a checkpoint was signed over: complete in itself, for checking offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// The entry's number, from 0.
    pub seq: u64,
    /// The entry: canonical JSON, the bytes of its leaf.
    pub entry: String,
    /// The bodies the entry commits to, in their stored form.
    pub bodies: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The hashes beside the way from the leaf to the root (RFC 6962, 2.1.1).
    pub path: Vec<Hash>,
    /// The key that signed, for convenience; check with the one you know.
    pub key: String,
}

/// The proof that a ledger of `old` entries is the beginning of one of `new`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// Entries of the older state.
    pub old: u64,
    /// Entries of the newer state.
    pub new: u64,
    /// Root of the older state.
    pub old_root: Hash,
    /// Root of the newer state.
    pub new_root: Hash,
    /// The hashes that lead from one to the other (RFC 6962, 2.1.2).
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// Checks the proof with a public key.
    ///
    /// # Errors
    /// What does not hold, as a sentence.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), String> {
        let checkpoint = ledger::open(&self.checkpoint, key).map_err(|e| format!("the checkpoint: {e}"))?;
        let leaf = leaf_hash(self.entry.as_bytes());
        verify_inclusion(&leaf, self.seq, checkpoint.size, &self.path, &checkpoint.root)
            .map_err(|e| e.to_string())?;
        let entry = EntryView::parse(self.entry.as_bytes()).map_err(|e| e.to_string())?;
        if entry.seq != self.seq {
            return Err(format!("the entry has number {}, not {}", entry.seq, self.seq));
        }
        let bodies = Bodies::parse(self.bodies.as_bytes()).map_err(|e| e.to_string())?;
        let stated: Vec<Option<Hash>> =
            entry.changes.iter().map(|c| c.after).chain([entry.note]).filter(Option::is_some).collect();
        if stated.len() != bodies.0.len() {
            return Err("the number of bodies is not what the entry says".to_owned());
        }
        for (i, (body, stated)) in bodies.0.iter().zip(stated).enumerate() {
            if body.commitment().is_some() && body.commitment() != stated {
                return Err(format!("body {i}, counting from 0, was altered"));
            }
        }
        Ok(())
    }
}

impl ConsistencyProof {
    /// Checks the proof against the roots it states; compare those with the checkpoints you hold.
    ///
    /// # Errors
    /// What does not hold, as a sentence.
    pub fn verify(&self) -> Result<(), String> {
        let Self { old, new, old_root, new_root, path } = self;
        verify_consistency(*old, old_root, *new, new_root, path).map_err(|e| e.to_string())
    }
}

impl Org {
    /// The key with which checkpoints are checked: the C2SP form of its public half.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.shared.signer.verifier_key().to_string()
    }

    /// The signed checkpoint over all entries; `None` while there are none.
    #[must_use]
    pub fn checkpoint(&self) -> Option<String> {
        let state = self.state();
        (state.size > 0).then(|| state.note.to_string())
    }

    /// The checkpoints kept, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, StoreError> {
        let rows = self.inner.db.checkpoints(self.shared.n).await?;
        let key = self.shared.signer.verifier_key();
        let kept = rows.into_iter().map(|row| {
            let at = ledger::open(&row.note, key).ok().and_then(|c| c.signed_at());
            KeptCheckpoint { size: row.size, at, note: row.note }
        });
        Ok(kept.collect())
    }

    /// The proof that an entry is in the ledger as it is now; `None` if there is no such entry.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn proof(&self, seq: u64) -> Result<Option<InclusionProof>, StoreError> {
        let state = self.state();
        if seq >= state.size {
            return Ok(None);
        }
        let Some(row) = self.inner.db.entry(self.shared.n, seq).await? else { return Ok(None) };
        let path = self.with_tree(state.size, |tree| tree.inclusion_proof(seq, state.size)).await?;
        let text = |bytes| {
            String::from_utf8(bytes).map_err(|_| StoreError::Damaged(format!("entry {seq} is not text")))
        };
        let Some(path) = path else { return Ok(None) };
        Ok(Some(InclusionProof {
            seq,
            entry: text(row.header)?,
            bodies: text(row.bodies)?,
            checkpoint: state.note.to_string(),
            path,
            key: self.public_key(),
        }))
    }

    /// The proof that the first `old` entries begin the first `new`; `None` unless `old <= new` and there are so many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Option<ConsistencyProof>, StoreError> {
        let size = self.state().size;
        self.with_tree(size, |tree| {
            let path = tree.consistency_proof(old, new)?;
            Some(ConsistencyProof {
                old,
                new,
                old_root: tree.root_at(old)?,
                new_root: tree.root_at(new)?,
                path,
            })
        })
        .await
    }

    /// Asks the tree, after making sure that it has at least `size` leaves.
    async fn with_tree<T>(&self, size: u64, ask: impl FnOnce(&Tree) -> T) -> Result<T, StoreError> {
        let mut tree = self.shared.tree.lock().await;
        let mut headers = std::pin::pin!(self.inner.db.headers(self.shared.n, tree.size(), size));
        let mut leaves = Vec::new();
        while let Some(header) = headers.next().await {
            leaves.push(leaf_hash(&header?));
        }
        tree.extend(leaves);
        Ok(ask(&tree))
    }
}
