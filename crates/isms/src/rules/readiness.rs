//! Readiness as one document: every row and control with its verdict and reasons, and the gates; what the command line
//! and the interface hand out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Assessment, Finding, GateState, Reporter, Sight, Status, Subject};
use crate::{Date, Isms};

/// Every verdict of one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Readiness {
    /// The day judged.
    pub as_of: Date,
    /// Rows of clauses 4 to 10, then controls, in the order of the standard.
    pub requirements: Vec<Requirement>,
    /// The gates by name: `stage1`, `stage2`, `surveillance`.
    pub gates: BTreeMap<&'static str, GateState>,
}

/// One row or control with its verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// `6.1.3d`, `A.5.9`, or the reference of a control of the organisation's own.
    pub requirement: String,
    /// The status.
    pub status: Status,
    /// First day of the reason that decides; null if it held before every recorded date.
    pub since: Option<Date>,
    /// The next day on which the status is another with no new record; null if none within five years.
    pub next_change_at: Option<Date>,
    /// Whether it is shown only, and kept out of counts and gates.
    pub advisory: bool,
    /// All reasons, worst first.
    pub reasons: Vec<Finding>,
}

/// Readiness on a day, as a viewer may see it.
#[must_use]
pub fn readiness(isms: &Isms, assessment: &Assessment, day: Date, sight: &Sight) -> Readiness {
    let reporter = Reporter::new(isms, assessment, day, sight);
    let there = assessment.subjects().iter().filter(|s| s.there.on(day));
    Readiness {
        as_of: day,
        requirements: there.map(|s| requirement(&reporter, s, day)).collect(),
        gates: assessment.gates_on(day).into_iter().map(|g| (g.gate, g)).collect(),
    }
}

/// One row or control on a day.
#[must_use]
pub fn requirement(reporter: &Reporter<'_>, subject: &Subject, day: Date) -> Requirement {
    let verdict = subject.on(day);
    Requirement {
        requirement: verdict.requirement,
        status: verdict.status,
        since: verdict.since,
        next_change_at: verdict.next_change_at,
        advisory: verdict.advisory,
        reasons: reporter.findings(subject),
    }
}
