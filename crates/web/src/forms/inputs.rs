//! A form as data: its inputs, what stands in them, what is wrong with them.

use isms::{Isms, Problem, records::Kind, schema::Field};
use serde_json::{Map, Value};

use crate::words;

/// What stands in the fields: the record, or what was typed.
pub(crate) type Typed = Map<String, Value>;

/// A form about to be drawn.
pub(crate) struct Form<'a> {
    /// The records, for what references can name.
    pub(crate) isms: &'a Isms,
    /// Prefix of links.
    pub(crate) base: &'a str,
    /// The fields offered.
    pub(crate) fields: Vec<&'a Field>,
    /// What stands in them.
    pub(crate) typed: &'a Typed,
    /// Fields that must be filled, besides those of the declaration.
    pub(crate) required: &'a [&'a str],
    /// What is wrong.
    pub(crate) problems: &'a [Problem],
}

impl<'a> Form<'a> {
    /// The fields of a kind that people fill in by hand. Hashes of files come with uploads and are shown, not typed.
    pub(crate) fn by_hand(kind: Kind) -> Vec<&'static Field> {
        kind.info().fields.iter().filter(|f| !f.by_step).collect()
    }

    /// What is wrong with a field, as one sentence; empty if nothing.
    pub(crate) fn wrong(&self, field: &str) -> String {
        let found: Vec<&str> = self
            .problems
            .iter()
            .filter(|p| field_of(&p.place) == field)
            .map(|p| p.message.as_str())
            .collect();
        words::capital(&found.join("; "))
    }
}

/// The field a place such as `scale[2].label` or `cia_affected[0]` is in.
pub(crate) fn field_of(place: &str) -> &str {
    place.split(['[', '.']).next().unwrap_or_default()
}

/// The id of the input of a field.
pub(crate) fn input_id(name: &str) -> String {
    format!("f-{name}")
}
