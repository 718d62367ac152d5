//! The auditor's rules: each row of Table A and each control, judged from the records alone.
//!
//! A rule gives truth over time ([`When`]): with the records fixed, whether a condition holds depends on the date, and
//! turns only on dates that the records name. From these sets of days a row's status follows for every date at once,
//! so "since" and "next change" are read off, and a forecast costs nothing more than a verdict. No rule reads a clock.

pub mod assess;
pub mod attest;
mod changes;
pub mod clauses;
pub mod context;
pub mod controls;
pub mod cx;
pub mod finding;
pub mod findings;
pub mod gates;
pub mod history;
pub mod improvement;
pub mod judge;
pub mod leadership;
pub mod mandatory;
pub mod memo;
pub mod operation;
pub mod performance;
pub mod plain;
pub mod planning;
pub mod readiness;
pub mod risks;
pub mod row;
pub mod sight;
pub mod support;
pub mod when;

pub use assess::{Assessment, Counts, Difference, Standing, Subject, Summary, Turn};
pub use attest::Given;
pub use clauses::Known;
pub use cx::{Cx, Seen, Soft};
pub use finding::{Action, Fact, Finding, Reporter};
pub use gates::{Gate, GateState};
pub use history::{FieldChange, History};
pub use judge::{Judged, Judgement, Reason, Status, Verdict};
pub use memo::Memo;
pub use readiness::{Readiness, Requirement, readiness};
pub use row::{Condition, Item, Items, Row};
pub use sight::{Sight, tells_of_people};
pub use when::{Count, When};
