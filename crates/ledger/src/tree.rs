//! The RFC 6962 tree in two sizes: [`Frontier`] knows only the right edge, enough to append and to give the root;
//! [`Tree`] keeps all hashes, enough to prove. Checking proofs lives in `proof`.

use crate::hash::{Hash, empty_root, node_hash};

/// The right edge of a tree: its size and the roots of the complete subtrees it splits into, the largest first,
/// one for each bit set in the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

/// Bytes that are not a [`Frontier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// Fewer than the eight bytes of the size.
    #[error("a frontier begins with its size in eight bytes")]
    NoSize,
    /// Not 32 bytes for each bit set in the size.
    #[error("a frontier of size {size} has {expected} hashes of 32 bytes, not {found} bytes")]
    Length {
        /// The size that was read.
        size: u64,
        /// How many hashes that size needs.
        expected: u32,
        /// How many bytes followed the size.
        found: usize,
    },
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash: one hash on average, at most one for each level.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.edge.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// The root of the tree so far.
    pub fn root(&self) -> Hash {
        let mut edge = self.edge.iter().rev();
        let Some(last) = edge.next() else { return empty_root() };
        edge.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The size in eight big-endian bytes, then the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.edge.len());
        bytes.extend(self.size.to_be_bytes());
        for hash in &self.edge {
            bytes.extend(hash.0);
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote. The hashes themselves cannot be checked here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or(FrontierError::NoSize)?;
        let size = u64::from_be_bytes(*size);
        let expected = size.count_ones();
        let (hashes, odd) = rest.as_chunks::<32>();
        if !odd.is_empty() || u32::try_from(hashes.len()) != Ok(expected) {
            return Err(FrontierError::Length { size, expected, found: rest.len() });
        }
        Ok(Self { size, edge: hashes.iter().copied().map(Hash).collect() })
    }
}

/// A tree with all its hashes in memory: about 64 bytes a leaf, appending one hash on average, proofs and earlier
/// roots a number of steps that grows with the logarithm of the size.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Level `k` holds the roots of the complete subtrees of `2^k` leaves, from the left.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The leaf hash at `index`, if there is one.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.node(0, index)
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { return };
            let left = if nodes.len() % 2 == 1 { nodes.last().copied() } else { None };
            nodes.push(hash);
            let Some(left) = left else { return };
            hash = node_hash(&left, &hash);
        }
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        self.range(0, self.size()).unwrap_or_else(empty_root)
    }

    /// The root of the first `size` leaves; `None` beyond the tree.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(empty_root()) } else { self.range(0, size) }
    }

    /// The proof that leaf `index` is in the tree of the first `size` leaves; `None` where there is no such leaf.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut start, mut len) = (0, size);
        let mut proof = Vec::new();
        while len > 1 {
            let left = split(len);
            if index - start < left {
                proof.push(self.range(start + left, len - left)?);
                len = left;
            } else {
                proof.push(self.range(start, left)?);
                start += left;
                len -= left;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the first `old` leaves begin the tree of the first `new` leaves; `None` unless
    /// `old <= new <= size`. It is empty when there is nothing to prove.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        if old == 0 {
            return Some(proof);
        }
        let (mut start, mut len, mut part) = (0, new, old);
        while part != len {
            let left = split(len);
            if part <= left {
                proof.push(self.range(start + left, len - left)?);
                len = left;
            } else {
                proof.push(self.range(start, left)?);
                start += left;
                len -= left;
                part -= left;
            }
        }
        // Had we never gone right, the rest is the older tree itself, whose root the reader holds.
        if start != 0 {
            proof.push(self.range(start, len)?);
        }
        proof.reverse();
        Some(proof)
    }

    fn node(&self, level: usize, index: u64) -> Option<Hash> {
        self.levels.get(level)?.get(usize::try_from(index).ok()?).copied()
    }

    /// The root over `len` leaves from `start`, where `start` is a multiple of a power of two not below `len`.
    fn range(&self, start: u64, len: u64) -> Option<Hash> {
        if start.checked_add(len)? > self.size() {
            return None;
        }
        let (mut end, mut rest) = (start + len, len);
        let mut right: Option<Hash> = None;
        while rest != 0 {
            let level = rest.trailing_zeros();
            end -= 1 << level;
            let left = self.node(level as usize, end >> level)?;
            right = Some(right.map_or(left, |right| node_hash(&left, &right)));
            rest &= rest - 1;
        }
        right
    }
}

impl Extend<Hash> for Tree {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}

/// The largest power of two below `len`, which is at least 2.
fn split(len: u64) -> u64 {
    1 << (len - 1).ilog2()
}
