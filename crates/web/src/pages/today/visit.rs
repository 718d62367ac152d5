//! When the viewer was last here. It is noted in the browser, as it decides nothing but where "since your last visit"
//! begins.

use jiff::Timestamp;

/// After so many seconds without a look at Today the next one begins a new visit.
const PAUSE: i64 = 30 * 60;

/// What is noted: whose visits, the latest look, and the end of the visit before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    account: String,
    seen_at: i64,
    seen_size: u64,
    before: Option<(i64, u64)>,
}

impl Visit {
    /// Reads a note; anything else is as good as none.
    pub(super) fn read(note: &str) -> Option<Self> {
        let mut parts = note.split('.');
        let account = parts.next().filter(|a| !a.is_empty())?.to_owned();
        let seen_at = parts.next()?.parse().ok()?;
        let seen_size = parts.next()?.parse().ok()?;
        let before = match (parts.next(), parts.next()) {
            (Some(at), Some(size)) => Some((at.parse().ok()?, size.parse().ok()?)),
            _ => None,
        };
        Some(Self { account, seen_at, seen_size, before })
    }

    /// The note.
    pub(super) fn write(&self) -> String {
        let Self { account, seen_at, seen_size, before } = self;
        match before {
            Some((at, size)) => format!("{account}.{seen_at}.{seen_size}.{at}.{size}"),
            None => format!("{account}.{seen_at}.{seen_size}"),
        }
    }

    /// The note after a look at Today, with `size` entries in the ledger.
    pub(super) fn look(noted: Option<Self>, account: &str, now: Timestamp, size: u64) -> Self {
        let now = now.as_second();
        let before = match noted.filter(|v| v.account == account && v.seen_at <= now) {
            Some(visit) if now - visit.seen_at > PAUSE => Some((visit.seen_at, visit.seen_size)),
            Some(visit) => visit.before,
            None => None,
        };
        Self { account: account.to_owned(), seen_at: now, seen_size: size, before }
    }

    /// The end of the visit before: when, and how many entries the ledger had.
    pub(super) fn before(&self) -> Option<(Timestamp, u64)> {
        let (at, size) = self.before?;
        Some((Timestamp::from_second(at).ok()?, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_begins_a_new_visit() {
        let at = |minutes: i64| Timestamp::from_second(1_000_000 + minutes * 60).unwrap();
        let first = Visit::look(None, "a1", at(0), 10);
        assert_eq!(first.before(), None);
        let same = Visit::look(Visit::read(&first.write()), "a1", at(10), 12);
        assert_eq!(same.before(), None);
        let next = Visit::look(Visit::read(&same.write()), "a1", at(60), 20);
        assert_eq!(next.before(), Some((at(10), 12)));
        let on = Visit::look(Visit::read(&next.write()), "a1", at(65), 21);
        assert_eq!(on.before(), Some((at(10), 12)));
        assert_eq!(Visit::look(Some(on), "somebody-else", at(200), 30).before(), None);
    }

    #[test]
    fn a_note_that_is_none_is_left_alone() {
        for note in ["", "a", "a.b.c", ".1.2", "a.1", "a.1.2.x.y", "a.99999999999999999999.1"] {
            assert_eq!(Visit::read(note), None, "{note}");
        }
    }
}
