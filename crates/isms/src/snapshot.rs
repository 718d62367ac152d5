//! The ISMS as a value: all records of one organisation at one moment. Copying it costs next to nothing, so every
//! reader has its own and no reader waits.

use serde_json::{Map, Value};

use crate::{
    Problem,
    commands::Change,
    id::{Id, Ref},
    record::{AnyRecord, Filed, Meta, Stored},
    records::{Kind, Tables},
    schema::{Field, Shape},
    table::{AnyTable, Table},
    time::Date,
};

/// An immutable snapshot of one organisation's records, and of no others.
#[derive(Clone, Default)]
pub struct Isms {
    tables: Tables,
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
        T::table(&self.tables)
    }

    /// The record a reference names.
    #[must_use]
    pub fn get<T: Filed>(&self, reference: Ref<T>) -> Option<&Stored<T>> {
        self.all::<T>().get(reference)
    }

    /// The record a reference names, if there is a reference and a record.
    #[must_use]
    pub fn find<T: Filed>(&self, reference: Option<Ref<T>>) -> Option<&Stored<T>> {
        self.get(reference?)
    }

    /// The one record of a kind of which there is one.
    #[must_use]
    pub fn single<T: Filed>(&self) -> Option<&Stored<T>> {
        self.all::<T>().iter().next()
    }

    /// The table of a kind.
    #[must_use]
    pub fn table(&self, kind: Kind) -> &dyn AnyTable {
        self.tables.table(kind)
    }

    /// The record of an id.
    #[must_use]
    pub fn record(&self, id: Id) -> Option<&dyn AnyRecord> {
        self.table(id.kind).any(id.n)
    }

    /// What a list of a kind depends on, as one number: in two snapshots of one ledger in which it agrees, the list is
    /// the same. It is the newest entry that touched the kind, what its fields refer to, or what its derived columns
    /// are computed from.
    #[must_use]
    pub fn fingerprint(&self, kind: Kind) -> u64 {
        kind.reads().iter().map(|k| self.table(*k).touched()).max().unwrap_or_default()
    }

    /// How people call the record of an id: its title, or the id where there is no record.
    #[must_use]
    pub fn title(&self, id: Id) -> String {
        self.record(id).map_or_else(|| id.to_string(), |r| r.title())
    }

    /// What refers to `target`, by kind and number of the source.
    pub fn backrefs(&self, target: Id) -> impl Iterator<Item = Backref> + '_ {
        let first = Backref { target, source: Id { kind: Kind::FIRST, n: 0 }, field: 0 };
        self.backrefs.range(first..).take_while(move |b| b.target == target).copied()
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
                self.tables.table_mut(id.kind).put(meta, fields).map_err(|p| p.under(&id.to_string()))?;
                self.unlink(id, &old);
                for (target, field) in refs {
                    self.backrefs.insert(Backref { target, source: id, field });
                }
            }
            None => {
                let old = self.record(id).map(|r| refs_of(id, &r.fields())).unwrap_or_default();
                self.unlink(id, &old);
                self.tables.table_mut(id.kind).remove(id.n, seq);
            }
        }
        Ok(())
    }

    /// Marks the entry `seq`, recorded at `at`, as folded in.
    pub fn advance(&mut self, seq: u64, at: jiff::Timestamp) {
        self.size = seq + 1;
        self.recorded = at;
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
