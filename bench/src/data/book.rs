//! The records of a company while they are made up.

use isms::{Date, Kind, load::LoadDocument};
use serde_json::{Map, Value};

use super::dice::Dice;

/// A load document in the making.
pub(crate) struct Book {
    /// What decides everything that could be otherwise.
    pub(crate) dice: Dice,
    /// The day the company lives on.
    pub(crate) today: Date,
    document: LoadDocument,
}

impl Book {
    /// An empty one.
    pub(crate) fn new(seed: u64, today: Date) -> Self {
        Self { dice: Dice::new(seed), today, document: LoadDocument::default() }
    }

    /// Adds a record; fields that are `null` are left out.
    pub(crate) fn add(&mut self, kind: Kind, id: impl Into<String>, fields: Value) {
        let mut fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        fields.retain(|_, value| !value.is_null());
        self.document.records.push((kind, id.into(), fields));
    }

    /// A day so many days before today, up to `most`.
    pub(crate) fn past(&mut self, most: usize) -> String {
        let days = self.dice.between(1, most);
        self.today.plus_days(-(days as i64)).to_string()
    }

    /// A day so many days after today, up to `most`.
    pub(crate) fn ahead(&mut self, most: usize) -> String {
        let days = self.dice.between(1, most);
        self.today.plus_days(days as i64).to_string()
    }

    /// The id of one of so many records whose ids are a prefix and a number from 1.
    pub(crate) fn pick(&mut self, prefix: &str, count: usize) -> String {
        format!("{prefix}{}", self.dice.between(1, count))
    }

    /// Some different ones, between `least` and `most`.
    pub(crate) fn picks(&mut self, prefix: &str, count: usize, least: usize, most: usize) -> Vec<String> {
        let mut picked: Vec<String> = Vec::new();
        for _ in 0..self.dice.between(least, most) {
            let one = self.pick(prefix, count);
            if !picked.contains(&one) {
                picked.push(one);
            }
        }
        picked
    }

    /// The document.
    pub(crate) fn document(self) -> LoadDocument {
        self.document
    }
}
