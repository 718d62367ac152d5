//! The shipped catalogues and crosswalks, in our own words, and their types. Data, not code: what a requirement means for a
//! record is decided elsewhere. No I/O and no clock; the files under `data/` are compiled in.
//!
//! Loading cannot fail: it gives a value and the list of everything wrong with it. A test proves that list empty for the
//! embedded files, so [`catalogue()`] and [`crosswalks()`] hand out the value alone.

pub mod catalogue;
pub mod check;
pub mod crosswalk;
pub mod guidance;
pub mod iso27001;
pub mod order;
pub mod sources;
pub mod words;

use std::sync::LazyLock;

pub use catalogue::Catalogue;
pub use check::{Fault, Problem};
pub use crosswalk::{Crosswalks, Framework, Group, Link, Strength, Target, TargetKind, TargetRequirement};
pub use guidance::{
    DefaultValue, Document, DocumentKind, Level, MandatoryItem, Need, Origin, Parameter, Path, PathStep,
    PerKey, Scenario, Unit,
};
pub use iso27001::{
    Attribute, Capability, Cia, Class, Concept, Condition, Control, ControlRule, ControlType,
    DocumentedInformation, Domain, Reading, Requirement, Theme,
};
pub use order::{above, beginnings, is_under, natural_cmp};
pub use sources::Sources;

/// What a product that shows these catalogues has to say beside them.
pub const NOTICE: &str = "Requirements are given in our own words. Identifiers, titles and attribute values are facts of \
the standards. An organisation that certifies needs its own licensed copy of ISO/IEC 27001 and ISO/IEC 27002.";

static CATALOGUE: LazyLock<(Catalogue, Vec<Problem>)> =
    LazyLock::new(|| Catalogue::load(&Sources::embedded()));
static CROSSWALKS: LazyLock<(Crosswalks, Vec<Problem>)> =
    LazyLock::new(|| Crosswalks::load(&Sources::embedded(), catalogue()));

/// The embedded catalogue of ISO/IEC 27001:2022, parsed on first use.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE.0
}

/// The embedded crosswalks and the frameworks they lead to, parsed on first use.
pub fn crosswalks() -> &'static Crosswalks {
    &CROSSWALKS.0
}

/// Everything wrong with the embedded files; empty in every released build. Parses all of them.
pub fn problems() -> impl Iterator<Item = &'static Problem> {
    CATALOGUE.1.iter().chain(CROSSWALKS.1.iter())
}
