//! Checking inclusion and consistency proofs as RFC 9162 sections 2.1.3.2 and 2.1.4.2 describe. All input may be
//! hostile. Making proofs lives in `tree`.

use crate::hash::{Hash, empty_root, node_hash};

/// Why a proof shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf's index is not below the tree's size, or the older tree is larger than the newer.
    #[error("the proof is about a place that the tree does not have")]
    Outside,
    /// More or fewer hashes than trees of these sizes need.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof does not lead to the given root")]
    Root,
}

/// Checks that `leaf` is at `index` (from 0) in the tree of `size` leaves with this `root`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside);
    }
    let mut climb = Climb { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match climb.step()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    climb.done()?;
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of the tree of `new` leaves with `new_root`.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    let same = |a: bool| if a { Ok(()) } else { Err(ProofError::Root) };
    if old > new {
        return Err(ProofError::Outside);
    }
    if old == 0 || old == new {
        if !proof.is_empty() {
            return Err(ProofError::Length);
        }
        if new == 0 {
            return same(*old_root == empty_root() && *new_root == empty_root());
        }
        return same(if old == 0 { *old_root == empty_root() } else { old_root == new_root });
    }
    // A complete older tree is itself the first node of the path, and the proof leaves it out.
    let (first, path) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let mut climb = Climb { node: old - 1, last: new - 1 };
    climb.skip_while(|node| node & 1 == 1);
    let (mut older, mut newer) = (*first, *first);
    for sibling in path {
        match climb.step()? {
            Side::Left => {
                older = node_hash(sibling, &older);
                newer = node_hash(sibling, &newer);
            }
            Side::Right => newer = node_hash(&newer, sibling),
        }
    }
    climb.done()?;
    same(older == *old_root && newer == *new_root)
}

/// The way from a node up to the root: its number on its level, and the number of that level's last node.
struct Climb {
    node: u64,
    last: u64,
}

/// The side on which the next sibling stands.
enum Side {
    Left,
    Right,
}

impl Climb {
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // A last node without a right sibling rises unchanged until it is a right child.
            self.skip_while(|node| node & 1 == 0 && node != 0);
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    fn skip_while(&mut self, test: impl Fn(u64) -> bool) {
        while test(self.node) {
            self.up();
        }
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    fn done(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::Length) }
    }
}
