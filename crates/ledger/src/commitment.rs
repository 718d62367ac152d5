//! Commitments: how an entry binds itself to a body without holding it. The salt keeps a short body from being found
//! by trying all of them, so redacting a body means forgetting its salt too (see `bodies`).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::hash::{Hash, decode_hex};

/// Sixteen random bytes, fresh for each body, drawn by the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// Reads 32 lowercase hexadecimal digits.
    pub(crate) fn from_hex(text: &[u8]) -> Option<Self> {
        decode_hex(text).map(Self)
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The commitment to a body: SHA-256 of `isthmus/body/v1` and a zero byte, the salt, and the body's bytes.
pub fn commit(salt: &Salt, body: &[u8]) -> Hash {
    let mut prefix = *b"isthmus/body/v1\0................";
    prefix.iter_mut().skip(16).zip(salt.0).for_each(|(place, byte)| *place = byte);
    Hash(Sha256::new().chain_update(prefix).chain_update(body).finalize().into())
}
