//! What a computation reads of a snapshot, so that its result can be kept until something of that changes. Every read
//! goes through [`Isms`](crate::Isms), which notes it here while somebody observes; nobody has to list by hand what a
//! rule depends on, so nobody can forget to.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
};

use crate::{Id, Kind};

/// Something of a snapshot that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// All records of a kind.
    Kind(Kind),
    /// One record, or that there is none.
    Record(Id),
    /// One field of a record, and whether there is such a record.
    Field(Id, &'static str),
    /// Which records of a kind refer to a record, and by which fields.
    About(Id, Kind),
    /// The records of a kind in a chunk of numbers, all that refers to them included.
    Chunk(Kind, u32),
}

/// Records in a chunk: few enough that one change costs little, many enough that there are few chunks.
pub const CHUNK: u32 = 128;

/// The chunk a record belongs to.
#[must_use]
pub fn chunk(n: u32) -> u32 {
    n / CHUNK
}

/// All that a computation read, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads(Box<[Read]>);

impl Reads {
    /// Whether any of what has changed was read.
    #[must_use]
    pub fn touched(&self, changed: &HashSet<Read>) -> bool {
        if changed.len() < self.0.len() {
            changed.iter().any(|read| self.0.binary_search(read).is_ok())
        } else {
            self.0.iter().any(|read| changed.contains(read))
        }
    }
}

thread_local! {
    static OBSERVED: Cell<bool> = const { Cell::new(false) };
    static READ: RefCell<Vec<Read>> = const { RefCell::new(Vec::new()) };
}

/// Notes a read, if somebody observes.
pub(crate) fn note(read: Read) {
    if OBSERVED.get() {
        READ.with_borrow_mut(|reads| {
            if reads.last() != Some(&read) {
                reads.push(read);
            }
        });
    }
}

/// Notes once more what was read for a result that was kept.
pub(crate) fn note_all(reads: &Reads) {
    if OBSERVED.get() {
        READ.with_borrow_mut(|all| all.extend_from_slice(&reads.0));
    }
}

/// What a computation comes to, and what it read. An observation around this one reads the same.
pub(crate) fn observe<T>(compute: impl FnOnce() -> T) -> (T, Reads) {
    let outer = Watch::begin(true);
    let value = compute();
    let mut reads = READ.with_borrow_mut(std::mem::take);
    drop(outer);
    reads.sort_unstable();
    reads.dedup();
    let reads = Reads(reads.into_boxed_slice());
    note_all(&reads);
    (value, reads)
}

/// What a computation comes to, unseen: for one whose reads the caller notes as a whole.
pub(crate) fn unobserved<T>(compute: impl FnOnce() -> T) -> T {
    let _outer = Watch::begin(false);
    compute()
}

/// An observation under way; dropped, it gives way to the one around it, also when the computation panics.
struct Watch {
    observed: bool,
    read: Vec<Read>,
}

impl Watch {
    fn begin(observe: bool) -> Self {
        Self { observed: OBSERVED.replace(observe), read: READ.take() }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        OBSERVED.set(self.observed);
        READ.set(std::mem::take(&mut self.read));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(n: u32) -> Read {
        Read::Record(Id { kind: Kind::Risk, n })
    }

    #[test]
    fn reads_are_noted_while_somebody_observes_and_reach_who_observes_around() {
        note(record(1));
        let ((), outer) = observe(|| {
            note(record(2));
            let ((), inner) = observe(|| {
                note(record(4));
                note(record(3));
                note(record(4));
            });
            assert_eq!(inner, Reads(Box::new([record(3), record(4)])));
            unobserved(|| note(record(5)));
            note(record(6));
        });
        assert_eq!(outer, Reads(Box::new([record(2), record(3), record(4), record(6)])));
        let ((), later) = observe(|| ());
        assert_eq!(later, Reads::default());
    }

    #[test]
    fn touched_by_what_was_read_and_by_nothing_else() {
        let ((), reads) = observe(|| (1..=9).for_each(|n| note(record(n))));
        let changed = |of: &[u32]| of.iter().map(|n| record(*n)).collect::<HashSet<_>>();
        assert!(reads.touched(&changed(&[20, 9])) && reads.touched(&changed(&(5..40).collect::<Vec<_>>())));
        assert!(!reads.touched(&changed(&[10])) && !reads.touched(&changed(&[])));
        assert!(!reads.touched(&changed(&(10..40).collect::<Vec<_>>())));
    }
}
