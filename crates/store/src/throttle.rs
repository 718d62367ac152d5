//! Slowing down guesses of passwords: each failure beyond a few doubles the wait, for the account and for the address
//! it came from. Kept in memory; a restart forgives.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

/// Failures without any wait.
const FREE: u32 = 5;
/// The longest wait for an account, in seconds: short enough that nobody is shut out by a stranger for long.
const ACCOUNT_MAX: i64 = 60;
/// The longest wait for an address, in seconds.
const ADDRESS_MAX: i64 = 900;
/// Failures are forgotten after so many seconds without another.
const FORGET: i64 = 3_600;
/// Above so many remembered, the forgotten ones are cleared away.
const MANY: usize = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum By {
    Account,
    Address,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: i64,
    /// What it was before the attempt that is under way.
    before: (u32, i64),
}

/// What failed lately.
#[derive(Default)]
pub(crate) struct Throttle {
    failures: Mutex<HashMap<(By, String), Failures>>,
}

impl Throttle {
    /// Counts an attempt before it is made, so that many at once do not slip through; or says how many seconds to
    /// wait. Without an address only the account is counted.
    pub(crate) fn attempt(&self, account: &str, address: Option<&str>, now: Timestamp) -> Result<(), u64> {
        let now = now.as_second();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() > MANY {
            failures.retain(|_, f| now - f.last < FORGET);
        }
        let mut keys = vec![((By::Account, account.to_owned()), ACCOUNT_MAX)];
        keys.extend(address.map(|address| ((By::Address, address.to_owned()), ADDRESS_MAX)));
        let wait = keys.iter().filter_map(|(key, max)| failures.get(key).map(|f| f.wait(now, *max))).max();
        if let Some(wait) = wait.and_then(|w| u64::try_from(w).ok()).filter(|w| *w > 0) {
            return Err(wait);
        }
        for (key, _) in keys {
            let f = failures.entry(key).or_insert(Failures { count: 0, last: now, before: (0, now) });
            *f = Failures {
                count: if now - f.last < FORGET { f.count.saturating_add(1) } else { 1 },
                last: now,
                before: (f.count, f.last),
            };
        }
        Ok(())
    }

    /// The attempt succeeded: the account's failures are forgotten, and of the address this attempt, as if it had not been
    /// made: people who sign in rightly must not keep others from the same address waiting.
    pub(crate) fn succeeded(&self, account: &str, address: Option<&str>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&(By::Account, account.to_owned()));
        if let Some(f) = address.and_then(|address| failures.get_mut(&(By::Address, address.to_owned()))) {
            (f.count, f.last) = (f.count.saturating_sub(1).min(f.before.0), f.before.1);
        }
    }
}

impl Failures {
    /// Seconds still to wait.
    fn wait(&self, now: i64, max: i64) -> i64 {
        if self.count < FREE || now - self.last >= FORGET {
            return 0;
        }
        let delay = (1_i64 << (self.count - FREE).min(20)).min(max);
        (self.last + delay - now).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_rightly_keeps_nobody_else_waiting() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let throttle = Throttle::default();
        (0..9).for_each(|i| throttle.attempt(&format!("nobody{i}"), Some("proxy"), at(i * 40)).unwrap());
        // Sixteen seconds after the last failure somebody may try again, and if that was right the next one at once.
        assert_eq!(throttle.attempt("kim", Some("proxy"), at(320 + 15)), Err(1));
        throttle.attempt("kim", Some("proxy"), at(320 + 16)).unwrap();
        throttle.succeeded("kim", Some("proxy"));
        throttle.attempt("lee", Some("proxy"), at(320 + 16)).unwrap();
        // That one was not: it counts, and the wait doubles.
        assert_eq!(throttle.attempt("mia", Some("proxy"), at(320 + 17)), Err(31));
    }
}
