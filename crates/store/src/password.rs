//! Passwords: hashed with argon2id, away from the threads that serve, a few at a time.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use zeroize::Zeroizing;

use crate::{Org, StoreError};

/// The shortest password accepted, in characters.
pub const PASSWORD_MIN: usize = 12;
/// The longest, in bytes: beyond it hashing only costs time.
pub const PASSWORD_MAX: usize = 1_000;

/// What is wrong with a password as such; `None` if nothing.
#[must_use]
pub fn password_problem(password: &str) -> Option<String> {
    if password.chars().count() < PASSWORD_MIN {
        return Some(format!(
            "must be at least {PASSWORD_MIN} characters long; a few unrelated words are easy to keep"
        ));
    }
    if password.len() > PASSWORD_MAX {
        return Some(format!("must be at most {PASSWORD_MAX} bytes long"));
    }
    let mut chars = password.chars();
    let first = chars.next();
    chars.all(|c| Some(c) == first).then(|| "must not be one character repeated".to_owned())
}

impl Org {
    /// The hash of a password, in PHC form with its parameters (19 MB, 2 passes, 1 lane) and salt.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<String, StoreError> {
        let _permit = self.inner.hashing.acquire().await.map_err(|_| StoreError::Closed)?;
        let salt = self.inner.options.entropy.bytes::<16>()?;
        let password = Zeroizing::new(password.to_owned());
        let hash = tokio::task::spawn_blocking(move || {
            Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
        });
        hash.await.map_err(|_| StoreError::Internal)?.map_err(|_| StoreError::Internal)
    }

    /// Whether a password is the one hashed. Without a hash it takes as long and says no, so that the time tells
    /// nobody which accounts there are.
    pub(crate) async fn check_password(
        &self,
        password: &str,
        hash: Option<&str>,
    ) -> Result<bool, StoreError> {
        if password.len() > PASSWORD_MAX {
            return Ok(false);
        }
        let Some(hash) = hash.map(str::to_owned) else {
            self.hash_password(password).await?;
            return Ok(false);
        };
        let _permit = self.inner.hashing.acquire().await.map_err(|_| StoreError::Closed)?;
        let password = Zeroizing::new(password.to_owned());
        let check = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        check.await.map_err(|_| StoreError::Internal)
    }
}
