//! The ISMS as a value: all records of one organisation at one moment. Copying it costs next to nothing, so every
//! reader has its own and no reader waits.

use std::{collections::HashSet, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    Problem,
    commands::Change,
    id::{Id, Ref},
    reads::{self, Read},
    record::{AnyRecord, Filed, Meta, Stored},
    records::{Kind, Tables},
    schema::{Field, Shape},
    table::{AnyTable, Table},
    time::Date,
};

/// An immutable snapshot of one organisation's records, and of no others.
#[derive(Clone, Default)]
pub struct Isms {
    /// Shared, as a command's state is copied several times on its way and changed once or twice.
    tables: Arc<Tables>,
    backrefs: imbl::OrdSet<Backref>,
    size: u64,
    recorded: jiff::Timestamp,
}

/// One use of a record by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backref {
    /// What is referred to.
    pub target: Id,
    /// What refers to it.
    pub source: Id,
    /// By which field of the source's kind: its place in [`KindInfo::fields`](crate::schema::KindInfo).
    pub field: u16,
}

impl Isms {
    /// How many ledger entries are folded into this snapshot: the number of the next entry.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When the newest entry folded in was recorded; the epoch if there is none.
    #[must_use]
    pub fn recorded(&self) -> jiff::Timestamp {
        self.recorded
    }

    /// All records of kind `T`.
    #[must_use]
    pub fn all<T: Filed>(&self) -> &Table<T> {
        reads::note(Read::Kind(T::KIND));
        T::table(&self.tables)
    }

    /// The records of kind `T` in one [chunk](reads::CHUNK) of numbers that are not archived. Who reads them reads all
    /// that refers to them as well, whether it looks there or not.
    pub fn chunk<T: Filed>(&self, chunk: u32) -> impl Iterator<Item = &Stored<T>> {
        reads::note(Read::Chunk(T::KIND, chunk));
        T::table(&self.tables).chunk(chunk)
    }

    /// How many chunks the numbers of a kind fill.
    #[must_use]
    pub fn chunks(&self, kind: Kind) -> u32 {
        reads::chunk(self.tables.table(kind).next().saturating_sub(1)) + 1
    }

    /// The record a reference names.
    #[must_use]
    pub fn get<T: Filed>(&self, reference: Ref<T>) -> Option<&Stored<T>> {
        reads::note(Read::Record(reference.id()));
        T::table(&self.tables).get(reference)
    }

    /// The record a reference names, if there is a reference and a record.
    #[must_use]
    pub fn find<T: Filed>(&self, reference: Option<Ref<T>>) -> Option<&Stored<T>> {
        self.get(reference?)
    }

    /// What one field of the record that a reference names says. Who asks reads that field alone: `of` looks at no other,
    /// and not at meta data.
    #[must_use]
    pub fn part<T: Filed, V>(
        &self,
        reference: Ref<T>,
        field: &'static str,
        of: impl FnOnce(&Stored<T>) -> V,
    ) -> Option<V> {
        debug_assert!(T::KIND.info().field(field).is_some(), "{} has no {field}", T::KIND.name());
        reads::note(Read::Field(reference.id(), field));
        T::table(&self.tables).get(reference).map(of)
    }

    /// The one record of a kind of which there is one.
    #[must_use]
    pub fn single<T: Filed>(&self) -> Option<&Stored<T>> {
        self.all::<T>().iter().next()
    }

    /// The table of a kind.
    #[must_use]
    pub fn table(&self, kind: Kind) -> &dyn AnyTable {
        reads::note(Read::Kind(kind));
        self.tables.table(kind)
    }

    /// The record of an id.
    #[must_use]
    pub fn record(&self, id: Id) -> Option<&dyn AnyRecord> {
        reads::note(Read::Record(id));
        self.tables.table(id.kind).any(id.n)
    }

    /// What a list of a kind depends on, as one number: in two snapshots of one ledger in which it agrees, the list is
    /// the same. It is the newest entry that touched the kind, what its fields refer to, or what its derived columns
    /// are computed from.
    #[must_use]
    pub fn fingerprint(&self, kind: Kind) -> u64 {
        kind.reads().iter().map(|k| self.tables.table(*k).touched()).max().unwrap_or_default()
    }

    /// How people call the record of an id: its title, or the id where there is no record.
    #[must_use]
    pub fn title(&self, id: Id) -> String {
        self.record(id).map_or_else(|| id.to_string(), |r| r.title())
    }

    /// What refers to `target`, by kind and number of the source.
    pub fn backrefs(&self, target: Id) -> impl Iterator<Item = Backref> + '_ {
        Kind::ALL.iter().for_each(|kind| reads::note(Read::About(target, *kind)));
        let first = Backref { target, source: Id { kind: Kind::FIRST, n: 0 }, field: 0 };
        self.backrefs.range(first..).take_while(move |b| b.target == target).copied()
    }

    /// What of one kind refers to `target`, by number of the source.
    pub fn backrefs_of(&self, kind: Kind, target: Id) -> impl Iterator<Item = Backref> + '_ {
        reads::note(Read::About(target, kind));
        let first = Backref { target, source: Id { kind, n: 0 }, field: 0 };
        let same = move |b: &&Backref| b.target == target && b.source.kind == kind;
        self.backrefs.range(first..).take_while(same).copied()
    }

    /// The timezone of the organisation, an IANA name; UTC until it is set.
    #[must_use]
    pub fn timezone(&self) -> &str {
        let zone = self.single::<crate::records::OrgProfile>().map_or("", |o| o.timezone.as_str());
        if zone.is_empty() { "UTC" } else { zone }
    }

    /// The day on which `at` falls for the organisation.
    #[must_use]
    pub fn day(&self, at: jiff::Timestamp) -> Date {
        Date::of(at, self.timezone())
    }

    /// Folds one change into the snapshot. `seq` and `at` are those of its ledger entry.
    ///
    /// # Errors
    /// If the body does not fit its kind; the snapshot is unchanged then.
    pub fn apply(&mut self, seq: u64, at: jiff::Timestamp, change: &Change) -> Result<(), Problem> {
        let id = change.id;
        match &change.after {
            Some(body) => {
                let mut fields = body.clone();
                let meta = Meta::take(id, change.rev, seq, at, &mut fields);
                let refs = refs_of(id, &fields);
                let old = self.record(id).map(|r| refs_of(id, &r.fields())).unwrap_or_default();
                let tables = Arc::make_mut(&mut self.tables);
                tables.table_mut(id.kind).put(meta, fields).map_err(|p| p.under(&id.to_string()))?;
                self.unlink(id, &old);
                for (target, field) in refs {
                    self.backrefs.insert(Backref { target, source: id, field });
                }
            }
            None => {
                let old = self.record(id).map(|r| refs_of(id, &r.fields())).unwrap_or_default();
                self.unlink(id, &old);
                Arc::make_mut(&mut self.tables).table_mut(id.kind).remove(id.n, seq);
            }
        }
        Ok(())
    }

    /// Marks the entry `seq`, recorded at `at`, as folded in.
    pub fn advance(&mut self, seq: u64, at: jiff::Timestamp) {
        self.size = seq + 1;
        self.recorded = at;
    }

    /// What somebody who read it in `before`, a snapshot of the same ledger, has to read again in this one. `None` if
    /// so much has changed that it is quicker to read everything again.
    #[must_use]
    pub fn touched_since(&self, before: &Self) -> Option<HashSet<Read>> {
        /// Records that may differ.
        const FEW: usize = 500;
        let mut touched = HashSet::new();
        let mut records = 0;
        for kind in Kind::ALL {
            let (old, new) = (before.tables.table(*kind), self.tables.table(*kind));
            let changed = new.changed_since(old, FEW - records)?;
            records += changed.len();
            if !changed.is_empty() {
                touched.insert(Read::Kind(*kind));
            }
            for n in changed {
                let id = Id { kind: *kind, n };
                touched.extend([Read::Record(id), Read::Chunk(*kind, reads::chunk(n))]);
                let (was, is) = (old.any(n).map(AnyRecord::fields), new.any(n).map(AnyRecord::fields));
                let (came_or_went, was, is) =
                    (was.is_some() != is.is_some(), was.unwrap_or_default(), is.unwrap_or_default());
                let differ = kind.info().fields.iter().map(|f| f.name.as_str());
                let differ = differ.filter(|name| came_or_went || was.get(*name) != is.get(*name));
                touched.extend(differ.map(|name| Read::Field(id, name)));
                let refs = |fields| refs_of(id, fields).into_iter().collect::<HashSet<(Id, u16)>>();
                let (old, new) = (refs(&was), refs(&is));
                for (target, _) in old.union(&new) {
                    touched.insert(Read::Chunk(target.kind, reads::chunk(target.n)));
                }
                for (target, _) in old.symmetric_difference(&new) {
                    touched.insert(Read::About(*target, *kind));
                }
            }
        }
        Some(touched)
    }

    /// Takes a record out of a snapshot made for it alone.
    pub(crate) fn take(self, id: Id) -> Option<Box<dyn AnyRecord>> {
        self.tables.table(id.kind).any(id.n).map(|r| r.boxed())
    }

    fn unlink(&mut self, id: Id, refs: &[(Id, u16)]) {
        for (target, field) in refs {
            self.backrefs.remove(&Backref { target: *target, source: id, field: *field });
        }
    }
}

/// The records a body refers to, each with the place of the field.
fn refs_of(id: Id, fields: &Map<String, Value>) -> Vec<(Id, u16)> {
    let mut refs = Vec::new();
    for (i, field) in id.kind.info().fields.iter().enumerate() {
        let Some(value) = fields.get(&field.name) else { continue };
        let place = u16::try_from(i).unwrap_or(u16::MAX);
        each_ref(field, value, &mut |target| refs.push((target, place)));
    }
    refs
}

/// Calls `found` for each record that a value of `field` refers to: strict references, and rows and sources that
/// happen to be ids.
pub fn each_ref(field: &Field, value: &Value, found: &mut impl FnMut(Id)) {
    if !matches!(field.shape.item(), Shape::Ref(_) | Shape::Row(_) | Shape::Source(_)) {
        return;
    }
    let mut one = |v: &Value| {
        if let Some(id) = v.as_str().and_then(|s| s.parse().ok()) {
            found(id);
        }
    };
    match value {
        Value::Array(items) => items.iter().for_each(one),
        v => one(v),
    }
}
