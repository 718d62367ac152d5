//! Sessions: who is signed in. They are looked up in memory on every request; the table makes them outlive a restart.
//! Only the SHA-256 of a token is kept anywhere.

use std::{
    collections::HashMap,
    sync::{
        RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::sqlite::{SessionRow, Side};

/// When sessions end by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// After so long without a request.
    pub idle: SignedDuration,
    /// So long after signing in, in any case.
    pub absolute: SignedDuration,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { idle: SignedDuration::from_hours(12), absolute: SignedDuration::from_hours(7 * 24) }
    }
}

/// How old the stored time of the last request may grow, in milliseconds, before it is written again.
const SAVE_SEEN: i64 = 60_000;

/// The SHA-256 of a token: what is stored in its place.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

struct Held {
    org: i64,
    account: String,
    created_at: i64,
    seen_at: AtomicI64,
    saved_at: AtomicI64,
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    held: RwLock<HashMap<[u8; 32], Held>>,
}

/// A session that was found valid.
pub(crate) struct Found {
    pub(crate) account: String,
    pub(crate) created_at: Timestamp,
    /// What to write so that the session lives on after a restart, if that is due.
    pub(crate) save: Option<Side>,
}

impl Sessions {
    pub(crate) fn add(&self, org: i64, row: SessionRow) {
        let SessionRow { token, account, created_at, seen_at } = row;
        let held = Held { org, account, created_at, seen_at: seen_at.into(), saved_at: seen_at.into() };
        self.write(|map| _ = map.insert(token, held));
    }

    /// The session of a token, if it has not ended.
    pub(crate) fn find(&self, org: i64, token: &str, now: Timestamp, rules: SessionRules) -> Option<Found> {
        let token = token_hash(token);
        let now = now.as_millisecond();
        let held = self.held.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let session = held.get(&token).filter(|s| s.org == org)?;
        let idle = now - session.seen_at.load(Ordering::Relaxed);
        if i128::from(idle) > rules.idle.as_millis()
            || i128::from(now - session.created_at) > rules.absolute.as_millis()
        {
            return None;
        }
        session.seen_at.store(now, Ordering::Relaxed);
        let saved = session.saved_at.load(Ordering::Relaxed);
        // Of several requests at once, one writes.
        let due = now - saved > SAVE_SEEN
            && session.saved_at.compare_exchange(saved, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        Some(Found {
            account: session.account.clone(),
            created_at: Timestamp::from_millisecond(session.created_at).unwrap_or_default(),
            save: due.then_some(Side::SessionSeen { token, at: now }),
        })
    }

    /// Takes in what was written to the table.
    pub(crate) fn side(&self, org: i64, side: &Side) {
        match side {
            Side::Session(row) => self.add(org, row.clone()),
            Side::SessionEnd(token) => self.write(|map| _ = map.remove(token)),
            Side::SessionsEnd { account, but } => self.write(|map| {
                map.retain(|token, s| s.org != org || s.account != *account || Some(*token) == *but);
            }),
            Side::SessionsExpire { seen, created } => self.write(|map| {
                map.retain(|_, s| {
                    s.org != org || (s.seen_at.load(Ordering::Relaxed) >= *seen && s.created_at >= *created)
                });
            }),
            _ => {}
        }
    }

    fn write(&self, change: impl FnOnce(&mut HashMap<[u8; 32], Held>)) {
        change(&mut self.held.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}
