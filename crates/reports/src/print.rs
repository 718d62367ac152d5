//! What every print says about itself, whatever its format: whose it is, which version, for which day, how it may be
//! passed on (specification 6.6).

use std::fmt;

use isms::{
    Date,
    views::{
        register::Register,
        soa::{Soa, SoaVersionView},
    },
};
use jiff::Timestamp;
use serde::Serialize;

use crate::Cell;

/// Something a front page or a front sheet says: its name and value.
pub(crate) type Fact = (&'static str, Cell);

/// The line at the foot of every print.
pub const STATEMENT: &str = "Produced from records; not a statement of conformity";

/// How a print may be passed on.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(into = "String")]
pub enum Classification {
    /// May be given to anyone.
    Public,
    /// For people of the organisation.
    #[default]
    Internal,
    /// For those who need it.
    Confidential,
    /// A class of the organisation's own scheme.
    Own(String),
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "Public",
            Self::Internal => "Internal",
            Self::Confidential => "Confidential",
            Self::Own(name) => name,
        })
    }
}

impl From<Classification> for String {
    fn from(class: Classification) -> Self {
        class.to_string()
    }
}

impl From<&str> for Classification {
    /// Reads what a record says; nothing at all means internal.
    fn from(text: &str) -> Self {
        match text.trim() {
            "" => Self::Internal,
            t if t.eq_ignore_ascii_case("public") => Self::Public,
            t if t.eq_ignore_ascii_case("internal") => Self::Internal,
            t if t.eq_ignore_ascii_case("confidential") => Self::Confidential,
            t => Self::Own(t.to_owned()),
        }
    }
}

/// What a print says about itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Print {
    /// Name of the organisation.
    pub company: String,
    /// Title of the document.
    pub title: String,
    /// How it may be passed on.
    pub classification: Classification,
    /// The day it describes.
    pub as_of: Date,
    /// When it was produced. The only time in a print, so that the same arguments give the same bytes.
    pub generated: Timestamp,
    /// Its version in words, for example `1.2 (published)`; empty if it has none.
    pub version: String,
    /// Who approved it and when, in words; empty if nobody has.
    pub approval: String,
    /// What was left out, in words; empty if nothing was.
    pub filter: String,
}

impl Print {
    /// A print of internal classification with no version, approval or filter.
    #[must_use]
    pub fn new(company: &str, title: &str, as_of: Date, generated: Timestamp) -> Self {
        Self {
            company: company.to_owned(),
            title: title.to_owned(),
            classification: Classification::default(),
            as_of,
            generated,
            version: String::new(),
            approval: String::new(),
            filter: String::new(),
        }
    }

    /// The print of a Statement of Applicability, its version and approval taken from the view.
    #[must_use]
    pub fn of_soa(soa: &Soa, generated: Timestamp) -> Self {
        let mut print = Self::new(&soa.organisation, "Statement of Applicability", soa.as_of, generated);
        if let Some(version) = &soa.version {
            print.version = format!("{} ({})", version.number, version.state.replace('_', " "));
            print.approval = approval(version);
        }
        print
    }

    /// The print of the risk register.
    #[must_use]
    pub fn of_register(register: &Register, generated: Timestamp) -> Self {
        Self::new(&register.organisation, "Risk register and treatment plan", register.as_of, generated)
    }

    /// When it was produced, as people read it; in UTC, because a print travels.
    #[must_use]
    pub fn generated_text(&self) -> String {
        self.generated.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// What the print says about itself as names and values, in the order front pages and front sheets show it.
    /// Approval and the content's hash are not among them: each has its own place.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![("Describes the records as of", Cell::Date(self.as_of))];
        if !self.filter.is_empty() {
            facts.push(("Filter", Cell::text(&self.filter)));
        }
        facts.push(("Classification", Cell::text(self.classification.to_string())));
        facts.push(("Produced", Cell::text(self.generated_text())));
        facts
    }

    /// Version and approval, as far as there are any.
    pub(crate) fn standing(&self) -> Vec<Fact> {
        let mut facts =
            vec![("Version", Cell::text(&self.version)), ("Approved by", Cell::text(&self.approval))];
        facts.retain(|(_, value)| *value != Cell::Empty);
        facts
    }
}

fn approval(version: &SoaVersionView) -> String {
    match (version.approver.is_empty(), version.approved_at) {
        (true, _) => String::new(),
        (false, None) => version.approver.clone(),
        (false, Some(day)) => format!("{}, {day}", version.approver),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classifications_read_back_what_they_show() {
        for text in ["Public", "Internal", "Confidential", "TLP:AMBER"] {
            assert_eq!(Classification::from(text).to_string(), text);
        }
        assert_eq!(Classification::from("  "), Classification::Internal);
        assert_eq!(Classification::from("confidential"), Classification::Confidential);
    }
}
