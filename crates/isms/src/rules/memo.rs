//! What was computed for an earlier snapshot and still holds. Each result is kept with what it was computed from; a
//! change throws away those that read something of it, and no others. So judging after one change costs what the
//! change concerns, and the rules themselves need not know.

use std::{any::Any, collections::HashMap, sync::Arc};

use crate::{
    Isms, Kind,
    reads::{self, Read, Reads},
};

/// Which result: what it is, and of which chunk of records.
pub(super) type Key = (&'static str, u32);

/// Results of the last judging, for the next one. One organisation's: what is kept of one snapshot is checked against
/// another by what differs between the two.
#[derive(Default)]
pub struct Memo {
    of: Option<Isms>,
    kept: HashMap<Key, Kept>,
}

struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    reads: Reads,
}

impl Memo {
    /// Throws away what does not hold for a snapshot any more.
    pub(super) fn turn_to(&mut self, isms: &Isms) {
        let before = self.of.replace(isms.clone());
        let touched = before.and_then(|before| isms.touched_since(&before));
        // Every rule reads parameters, so none notes that it does.
        let touched = touched.filter(|t| !t.contains(&Read::Kind(Kind::ParameterSetting)));
        match touched {
            Some(touched) if touched.is_empty() => {}
            Some(touched) => self.kept.retain(|_, kept| !kept.reads.touched(&touched)),
            None => self.kept.clear(),
        }
    }

    /// A result that still holds; who asks for it reads what it was computed from.
    pub(super) fn get<T: Send + Sync + 'static>(&self, key: Key) -> Option<Arc<T>> {
        let kept = self.kept.get(&key)?;
        let value = kept.value.clone().downcast().ok()?;
        reads::note_all(&kept.reads);
        Some(value)
    }

    /// Keeps a result.
    pub(super) fn put<T: Send + Sync + 'static>(&mut self, key: Key, value: Arc<T>, reads: Reads) {
        self.kept.insert(key, Kept { value, reads });
    }

    /// How many results the change from the snapshot last judged to another would throw away.
    #[must_use]
    pub fn thrown_by(&self, isms: &Isms) -> usize {
        let touched = self.of.as_ref().and_then(|before| isms.touched_since(before));
        touched.map_or(self.kept.len(), |t| self.kept.values().filter(|k| k.reads.touched(&t)).count())
    }

    /// How many results are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_is_got_again() {
        let mut memo = Memo::default();
        let value = Arc::new(7_u32);
        memo.put(("sevens", 1), value.clone(), Reads::default());
        assert!(memo.get::<u32>(("sevens", 1)).is_some_and(|got| Arc::ptr_eq(&got, &value)));
        assert!(memo.get::<u32>(("sevens", 2)).is_none());
        assert_eq!((memo.len(), memo.is_empty()), (1, false));
        // The first snapshot is like none before.
        memo.turn_to(&Isms::default());
        assert!(memo.is_empty());
    }
}
