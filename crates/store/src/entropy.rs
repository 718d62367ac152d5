//! Randomness: the one place where it is drawn. Tests hand in a seeded source.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

use crate::StoreError;

/// A source of random bytes, for salts, tokens, ids and keys.
#[derive(Clone)]
pub struct Entropy(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(u64, Arc<AtomicU64>),
}

impl Entropy {
    /// The operating system's.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same bytes for the same seed: for tests and nothing else, as anybody can compute them.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(seed, Arc::default()))
    }

    /// `N` random bytes, at most 32.
    ///
    /// # Errors
    /// If the operating system gives none.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        match &self.0 {
            Source::System => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "this is the source that is handed to everything else"
                )]
                getrandom::fill(&mut bytes).map_err(|error| StoreError::Entropy(error.to_string()))?;
            }
            Source::Seeded(seed, count) => {
                let count = count.fetch_add(1, Ordering::Relaxed);
                let block = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(count.to_be_bytes());
                bytes.iter_mut().zip(block.finalize()).for_each(|(place, byte)| *place = byte);
            }
        }
        Ok(bytes)
    }

    /// `N` random bytes as text, in lowercase hexadecimal digits.
    ///
    /// # Errors
    /// As [`Entropy::bytes`].
    pub fn text<const N: usize>(&self) -> Result<String, StoreError> {
        self.bytes::<N>().map(hex::encode)
    }
}
