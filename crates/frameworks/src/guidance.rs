//! Types of what helps to set an ISMS up: usual documents, starter scenarios, parameters, mandatory information, guided path.

use serde::{Deserialize, Serialize};

use crate::iso27001::Cia;
use crate::words::words;

words! {
    /// Kind of a document.
    DocumentKind {
        /// Says what is intended, approved by top management.
        Policy = "policy", "Policy";
        /// Says how something is done.
        Procedure = "procedure", "Procedure";
        /// Says what will be done, by whom and when.
        Plan = "plan", "Plan";
        /// A list that is kept up.
        Register = "register", "Register";
        /// Declares something to others.
        Statement = "statement", "Statement";
        /// Shows what happened.
        Record = "record", "Record";
    }
}

words! {
    /// How far a document is needed for certification.
    Need {
        /// The standard asks for it as documented information.
        Yes = "yes", "mandatory";
        /// Not asked for, and hard to do without.
        Recommended = "recommended", "recommended";
        /// To the extent that the organisation needs it.
        AsNeeded = "as needed", "as needed";
        /// Needed when the controls it names are applicable.
        BySoa = "by soa", "by Statement of Applicability";
    }
}

/// A document that a certification normally needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `D01` to `D30`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: DocumentKind,
    /// Clauses or rows it serves; a clause stands for all rows below it.
    pub clauses: Vec<String>,
    /// Controls it serves.
    pub controls: Vec<String>,
    /// How far it is needed.
    pub need: Need,
    /// Which part of it is mandatory, when not all of it; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

words! {
    /// Level of a risk.
    Level {
        /// Scores 1 to 4.
        Low = "low", "Low";
        /// Scores 5 to 9.
        Medium = "medium", "Medium";
        /// Scores 10 to 14.
        High = "high", "High";
        /// Scores 15 to 25.
        Critical = "critical", "Critical";
    }
}

impl Level {
    /// The level in the default 5 x 5 matrix; `None` when a score is not within 1 to 5.
    pub fn of(likelihood: u8, impact: u8) -> Option<Self> {
        if !(1..=5).contains(&likelihood) || !(1..=5).contains(&impact) {
            return None;
        }
        Some(match likelihood * impact {
            ..=4 => Self::Low,
            5..=9 => Self::Medium,
            10..=14 => Self::High,
            15.. => Self::Critical,
        })
    }
}

/// A risk to start from. It counts nowhere until its owner has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `R01` to `R40`.
    pub id: String,
    /// What happens.
    pub title: String,
    /// Kind of asset it happens to.
    pub asset_type: String,
    /// Who or what does it.
    pub threat: String,
    /// What lets it happen.
    pub vulnerability: String,
    /// What it harms.
    pub impact: Vec<Cia>,
    /// Proposal for the likelihood before controls, 1 to 5.
    pub likelihood: u8,
    /// Proposal for the impact before controls, 1 to 5.
    pub impact_score: u8,
    /// Their level in the default matrix.
    pub level: Level,
    /// Controls that usually help.
    pub controls: Vec<String>,
}

words! {
    /// Unit of a parameter.
    Unit {
        /// Calendar months.
        Months = "months", "months";
        /// Days.
        Days = "days", "days";
        /// Percent.
        Percent = "percent", "%";
        /// A factor without unit.
        Factor = "factor", "times";
    }
}

words! {
    /// Where a parameter comes from.
    Origin {
        /// The table of parameters.
        Table = "table", "table of parameters";
        /// A ruling on one row, which found a number without a name.
        Ruling = "ruling", "ruling on a row";
    }
}

/// A number the rules use, which each organisation may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// `scope_months`
    pub name: String,
    /// The default.
    pub default: DefaultValue,
    /// Its unit.
    pub unit: Unit,
    /// A planned interval that the standard itself wants kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hard: bool,
    /// Where it comes from.
    #[serde(default = "table", skip_serializing_if = "is_table")]
    pub origin: Origin,
    /// What it decides.
    pub meaning: String,
}

fn table() -> Origin {
    Origin::Table
}

fn is_table(origin: &Origin) -> bool {
    *origin == Origin::Table
}

/// One number, or one for each level, criticality or grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DefaultValue {
    /// One number for all.
    Number(u32),
    /// One number for each key, the most urgent first.
    PerKey(Vec<PerKey>),
}

impl DefaultValue {
    /// The number, when there is one for all.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Number(value) => Some(*value),
            Self::PerKey(_) => None,
        }
    }

    /// The number for a key; a number for all holds for every key.
    pub fn for_key(&self, key: &str) -> Option<u32> {
        match self {
            Self::Number(value) => Some(*value),
            Self::PerKey(values) => values.iter().find(|entry| entry.key == key).map(|entry| entry.value),
        }
    }
}

/// The number for one level, criticality or grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerKey {
    /// `critical`, `high`, `medium`, `low`, or `major`, `minor`.
    pub key: String,
    /// The number.
    pub value: u32,
}

/// Documented information that the standard asks for by name (row 7.5.1a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandatoryItem {
    /// 1 to 16.
    pub number: u32,
    /// What it is.
    pub item: String,
    /// The clause or row that asks for it; a clause stands for all rows below it.
    pub clause: String,
    /// How it is found in records.
    pub test: String,
    /// Shown as not due yet before its first planned date; the status is not softened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub due_later: bool,
}

/// The guided path of a newcomer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// Sentences the path has to show.
    pub help: Vec<String>,
    /// Its six steps. None is ever locked.
    pub steps: Vec<PathStep>,
}

/// One step of the guided path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathStep {
    /// 1 to 6.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Usual length, from and to.
    pub weeks: [u32; 2],
    /// What is asked.
    pub asked: Vec<String>,
    /// What comes out.
    pub produced: Vec<String>,
    /// The whole exit test, for people.
    pub exit_test: String,
    /// Clauses or rows that must not be unmet; a clause stands for all rows below it.
    pub not_unmet: Vec<String>,
    /// Clauses or rows that must be met.
    pub met: Vec<String>,
}

/// The file of usual documents.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentFile {
    pub(crate) merges: Vec<Vec<String>>,
    pub(crate) documents: Vec<Document>,
}

/// The file of starter scenarios.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScenarioFile {
    pub(crate) scenarios: Vec<Scenario>,
}

/// The file of parameters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParameterFile {
    pub(crate) parameters: Vec<Parameter>,
}

/// The file of mandatory information.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MandatoryFile {
    pub(crate) items: Vec<MandatoryItem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix() {
        for (likelihood, impact, expected) in [
            (1, 4, Some(Level::Low)),
            (1, 5, Some(Level::Medium)),
            (3, 3, Some(Level::Medium)),
            (2, 5, Some(Level::High)),
            (3, 4, Some(Level::High)),
            (3, 5, Some(Level::Critical)),
            (5, 5, Some(Level::Critical)),
            (0, 5, None),
            (5, 6, None),
        ] {
            assert_eq!(Level::of(likelihood, impact), expected, "{likelihood} x {impact}");
        }
    }
}
