//! Where in the application something is looked at or done, without saying how an address is written: pages turn it
//! into links.

use crate::{Id, records::Kind};

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The page of a record.
    Record(Id),
    /// A list, with a filter: names of parameters and their values.
    List(Kind, Vec<(&'static str, String)>),
    /// The form for a new record.
    New(Kind),
    /// The one record of a kind, or the form for it.
    Single(Kind),
    /// The Statement of Applicability.
    Soa,
    /// The risk method.
    Method,
    /// The starter scenarios.
    Scenarios,
    /// The usual documents.
    Documents,
    /// The documents and records that the standard asks for by name.
    Coverage,
    /// The requirements of a clause.
    Requirements(&'static str),
    /// Today, with the gates.
    Today,
}

impl Place {
    /// The whole list of a kind.
    #[must_use]
    pub fn list(kind: Kind) -> Self {
        Place::List(kind, Vec::new())
    }

    /// The records of a kind in one of some states.
    #[must_use]
    pub fn in_state(kind: Kind, states: &[&str]) -> Self {
        Place::List(kind, vec![("state", states.join(","))])
    }
}
