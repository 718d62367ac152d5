//! All records of one kind in a snapshot: a persistent map, so that a snapshot is copied in constant time and a
//! write touches only the path to its record.

use std::{any::Any, sync::Arc};

use imbl::ordmap::DiffItem;
use serde_json::{Map, Value};

use crate::{
    Problem,
    id::{Id, Ref},
    reads::CHUNK,
    record::{AnyRecord, Filed, Meta, Stored},
};

/// The records of kind `T`, by number.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: imbl::OrdMap<u32, Arc<Stored<T>>>,
    /// One more than the number of the newest ledger entry that wrote to this table; 0 if none did. Two snapshots of
    /// one ledger in which this agrees hold the same records here, so what was computed from them can be kept.
    touched: u64,
    /// Highest number ever given.
    last: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: imbl::OrdMap::new(), touched: 0, last: 0 }
    }
}

impl<T: Filed> Table<T> {
    /// The record a reference names.
    #[must_use]
    pub fn get(&self, reference: Ref<T>) -> Option<&Stored<T>> {
        self.rows.get(&reference.n()).map(|r| &**r)
    }

    /// All records that are not archived, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Stored<T>> {
        self.rows.values().map(|r| &**r).filter(|r| !r.meta.archived)
    }

    /// The records of a chunk of numbers that are not archived.
    pub fn chunk(&self, chunk: u32) -> impl Iterator<Item = &Stored<T>> {
        let first = chunk.saturating_mul(CHUNK);
        self.rows.range(first..first.saturating_add(CHUNK)).map(|(_, r)| &**r).filter(|r| !r.meta.archived)
    }

    /// All live records, by number.
    pub fn live(&self) -> impl Iterator<Item = &Stored<T>> {
        self.rows.values().map(|r| &**r).filter(|r| r.live())
    }
}

/// A table of any kind.
pub trait AnyTable: Send + Sync {
    /// The record of a number.
    fn any(&self, n: u32) -> Option<&dyn AnyRecord>;
    /// All records by number, archived ones included.
    fn all(&self) -> Box<dyn Iterator<Item = &dyn AnyRecord> + '_>;
    /// How many there are, archived ones included.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// One more than the number of the newest ledger entry that wrote here; 0 if none did.
    fn touched(&self) -> u64;
    /// The numbers whose records differ from those in `before`, a table of the same kind; `None` if more than `most` do.
    fn changed_since(&self, before: &dyn AnyTable, most: usize) -> Option<Vec<u32>>;
    /// For [`AnyTable::changed_since`].
    fn as_any(&self) -> &dyn Any;
    /// The number the next new record gets.
    fn next(&self) -> u32;
    /// Writes a record from its stored body (fields and meta data).
    ///
    /// # Errors
    /// If the body does not fit the kind; the table is unchanged then.
    fn put(&mut self, meta: Meta, fields: Map<String, Value>) -> Result<(), Problem>;
    /// Takes a record away by the ledger entry `seq`. Its number is not given again.
    fn remove(&mut self, n: u32, seq: u64);
}

impl<T: Filed> AnyTable for Table<T> {
    fn any(&self, n: u32) -> Option<&dyn AnyRecord> {
        self.rows.get(&n).map(|r| &**r as &dyn AnyRecord)
    }
    fn all(&self) -> Box<dyn Iterator<Item = &dyn AnyRecord> + '_> {
        Box::new(self.rows.values().map(|r| &**r as &dyn AnyRecord))
    }
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn touched(&self) -> u64 {
        self.touched
    }
    fn changed_since(&self, before: &dyn AnyTable, most: usize) -> Option<Vec<u32>> {
        let before: &Self = before.as_any().downcast_ref()?;
        let differ = before.rows.diff(&self.rows).map(|item| match item {
            DiffItem::Add(n, _) | DiffItem::Remove(n, _) | DiffItem::Update { new: (n, _), .. } => *n,
        });
        let numbers: Vec<u32> = differ.take(most + 1).collect();
        (numbers.len() <= most).then_some(numbers)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn next(&self) -> u32 {
        let first_custom = if T::KIND == crate::Kind::Control { crate::id::ANNEX_A } else { 0 };
        self.last.max(first_custom).saturating_add(1)
    }
    fn put(&mut self, meta: Meta, fields: Map<String, Value>) -> Result<(), Problem> {
        let Id { n, .. } = meta.id;
        let seq = meta.seq;
        let body = T::deserialize_fields(fields)?;
        self.rows.insert(n, Arc::new(Stored { meta, body }));
        self.touched = self.touched.max(seq + 1);
        self.last = self.last.max(n);
        Ok(())
    }
    fn remove(&mut self, n: u32, seq: u64) {
        self.rows.remove(&n);
        self.touched = self.touched.max(seq + 1);
        self.last = self.last.max(n);
    }
}

trait FromFields: Sized {
    fn deserialize_fields(fields: Map<String, Value>) -> Result<Self, Problem>;
}

impl<T: Filed> FromFields for T {
    fn deserialize_fields(fields: Map<String, Value>) -> Result<Self, Problem> {
        serde_json::from_value(Value::Object(fields)).map_err(|e| Problem::new("", e.to_string()))
    }
}
