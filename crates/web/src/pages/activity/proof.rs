//! The proof that an entry is in the ledger: as a file that others can check, and step by step as people can follow.

use axum::{
    Json,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use ledger::{Hash, VerifierKey, leaf_hash, node_hash};
use store::InclusionProof;

use crate::{error::WebError, gate::Viewer, words};

/// A proof as a page shows it.
pub(super) struct Shown {
    /// The leaf: the hash of the entry.
    pub(super) leaf: String,
    /// The way up, from the leaf to the root.
    pub(super) steps: Vec<Step>,
    /// The root that the way leads to.
    pub(super) root: String,
    /// How many entries the checkpoint was signed over.
    pub(super) size: String,
    /// Who signed it.
    pub(super) origin: String,
    /// The signed checkpoint.
    pub(super) checkpoint: String,
    /// What does not hold; `None` if all does.
    pub(super) problem: Option<String>,
}

/// One step up: the hash beside, on which side, and what the two give.
pub(super) struct Step {
    /// Whether the hash beside stands on the left.
    pub(super) left: bool,
    /// The hash beside.
    pub(super) beside: String,
    /// The hash of both.
    pub(super) result: String,
}

/// Reads and checks a proof for a page. What does not hold is shown rather than hidden.
pub(super) fn shown(proof: &InclusionProof, key: &str) -> Shown {
    let key: Result<VerifierKey, String> =
        key.parse().map_err(|e| format!("the public key cannot be read: {e}"));
    let checkpoint = key.as_ref().ok().and_then(|key| ledger::open(&proof.checkpoint, key).ok());
    let leaf = leaf_hash(proof.entry.as_bytes());
    let size = checkpoint.as_ref().map_or(0, |c| c.size);
    let steps = climb(leaf, proof.seq, size, &proof.path);
    Shown {
        leaf: leaf.to_string(),
        root: checkpoint.as_ref().map_or_else(String::new, |c| c.root.to_string()),
        size: words::number(size),
        origin: checkpoint.map_or_else(String::new, |c| c.origin),
        checkpoint: proof.checkpoint.clone(),
        problem: key.and_then(|key| proof.verify(&key)).err(),
        steps,
    }
}

/// The way from a leaf up to the root, as RFC 9162 section 2.1.3.2 takes it. Only for showing: whether the proof holds
/// is decided by the ledger's own check.
fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Vec<Step> {
    let (mut node, mut last, mut hash) = (index, size.saturating_sub(1), leaf);
    let mut steps = Vec::with_capacity(path.len());
    for beside in path {
        let left = node & 1 == 1 || node == last;
        if left {
            // A last node without a right sibling rises unchanged until it is a right child.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
            hash = node_hash(beside, &hash);
        } else {
            hash = node_hash(&hash, beside);
        }
        node >>= 1;
        last >>= 1;
        steps.push(Step { left, beside: beside.to_string(), result: hash.to_string() });
    }
    steps
}

/// The proof as a file, complete in itself.
pub(crate) async fn proof(viewer: Viewer, Path(seq): Path<String>) -> Result<Response, WebError> {
    let missing = || WebError::NotFound("There is no such entry.".to_owned());
    let seq: u64 = seq.parse().map_err(|_| missing())?;
    let proof = viewer.app.org.proof(seq).await.map_err(WebError::internal)?.ok_or_else(missing)?;
    let name = format!("attachment; filename=\"isthmus-entry-{seq}-proof.json\"");
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(proof)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_shown_leads_to_the_root_for_every_leaf_of_small_trees() {
        for size in 1..=20_u64 {
            let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut tree = ledger::Tree::default();
            tree.extend(leaves.iter().copied());
            let root = tree.root_at(size).unwrap();
            for (index, leaf) in leaves.iter().enumerate() {
                let path = tree.inclusion_proof(index as u64, size).unwrap();
                let steps = climb(*leaf, index as u64, size, &path);
                let top = steps.last().map_or_else(|| leaf.to_string(), |s| s.result.clone());
                assert_eq!(top, root.to_string(), "leaf {index} of {size}");
            }
        }
    }
}
