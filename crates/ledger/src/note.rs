//! Signing a checkpoint and opening a signed one: the C2SP signed-note form with Ed25519 keys (algorithm 0x01).
//! What the signed text says lives in `checkpoint`. Keys are arguments; none is made or stored here.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::checkpoint::Checkpoint;
use crate::hash::decode_hex;

/// The algorithm byte of Ed25519.
const ED25519: u8 = 1;
/// Longer notes are refused unread.
const MAX_NOTE: usize = 1 << 20;
/// What each signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// Why a note cannot be signed or opened, or a key not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a signed note, or a text that cannot be one.
    #[error("this is not a signed note")]
    Malformed,
    /// A signed note whose text is not a checkpoint.
    #[error("the signed text is not a checkpoint")]
    NotCheckpoint,
    /// No signature by the key.
    #[error("the note is not signed by this key")]
    Unsigned,
    /// A signature that names the key and does not verify.
    #[error("the signature does not match the text")]
    BadSignature,
    /// The checkpoint is of another ledger than the key's.
    #[error("the checkpoint names another ledger than the key does")]
    OtherOrigin,
    /// Not a verifier key, or one that no honest signer has.
    #[error("this is not a verifier key")]
    BadKey,
}

/// The public half of a ledger's key. As text it is the C2SP form `name+<key id in hex>+<base64 of 0x01 and the key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        if !valid_name(name) || key.is_weak() {
            return Err(NoteError::BadKey);
        }
        let digest = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let id = *digest.first_chunk().ok_or(NoteError::BadKey)?;
        Ok(Self { name: name.to_owned(), id, key })
    }

    /// The name of the key, which is the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the SHA-256 over name, line break, algorithm and key.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether a signature line's name and bytes are this key's; an error if they claim so and do not verify.
    fn check(&self, name: &str, signature: &[u8], text: &str) -> Result<bool, NoteError> {
        let Some((id, signature)) = signature.split_first_chunk::<4>() else {
            return Err(NoteError::Malformed);
        };
        if name != self.name || *id != self.id {
            return Ok(false);
        }
        let signature = Signature::from_slice(signature).map_err(|_| NoteError::BadSignature)?;
        self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteError::BadSignature)?;
        Ok(true)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::BadKey)?;
        let Some((&ED25519, key)) = key.split_first() else { return Err(NoteError::BadKey) };
        let key = VerifyingKey::try_from(key).map_err(|_| NoteError::BadKey)?;
        let key = Self::new(name, key)?;
        if decode_hex(id.as_bytes()) == Some(key.id) { Ok(key) } else { Err(NoteError::BadKey) }
    }
}

/// A ledger's key, able to sign its checkpoints.
pub struct Signer {
    secret: SigningKey,
    public: VerifierKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public)
    }
}

impl Signer {
    /// The key with this name made from 32 secret random bytes. A name is not empty and has no space, `+` or control
    /// character; use one that is the ledger's alone, such as `isms.example.com/acme`.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let secret = SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, secret.verifying_key())?;
        Ok(Self { secret, public })
    }

    /// The public half.
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.public
    }

    /// The signed note of a checkpoint whose origin is this key's name.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, NoteError> {
        if checkpoint.origin != self.public.name {
            return Err(NoteError::OtherOrigin);
        }
        let text = checkpoint.to_text()?;
        let signature = self.secret.sign(text.as_bytes()).to_bytes();
        let signature = STANDARD.encode([self.public.id.as_slice(), &signature].concat());
        Ok(format!("{text}\n{DASH}{} {signature}\n", self.public.name))
    }
}

/// Opens a signed checkpoint. Signatures of other keys are ignored, those of this key must verify and there must be
/// one, and the checkpoint's origin must be the key's name.
pub fn open(note: &str, key: &VerifierKey) -> Result<Checkpoint, NoteError> {
    if note.len() > MAX_NOTE || note.chars().any(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed);
    }
    let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
    let text = note.get(..=text.len()).ok_or(NoteError::Malformed)?;
    let mut signed = false;
    for line in signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?.split('\n') {
        let parts = line.strip_prefix(DASH).and_then(|line| line.split_once(' '));
        let (name, signature) = parts.filter(|(name, _)| valid_name(name)).ok_or(NoteError::Malformed)?;
        let signature = STANDARD.decode(signature).map_err(|_| NoteError::Malformed)?;
        signed |= key.check(name, &signature, text)?;
    }
    if !signed {
        return Err(NoteError::Unsigned);
    }
    let checkpoint = Checkpoint::parse(text)?;
    if checkpoint.origin == key.name { Ok(checkpoint) } else { Err(NoteError::OtherOrigin) }
}

fn valid_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c == '+' || c.is_whitespace() || c.is_control())
}
