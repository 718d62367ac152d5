//! Nonconformities, and findings of every other grade (10.2; states 4.6).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem, Ref, choice,
    id::Id,
    record::{Decl, Group, Record},
    records::{Audit, Change, Effectiveness, Person},
    states,
    value::{Line, RowRef, Source, Text},
    words::opening,
};

choice!(
    /// Where a finding came to light.
    FindingSource {
        InternalAudit = "internal_audit",
        CertificationAudit = "certification_audit",
        Incident = "incident",
        Monitoring = "monitoring",
        ManagementReview = "management_review",
        SelfRaised = "self",
        Supplier = "supplier",
    }
);

choice!(
    /// How grave a finding is. Only major and minor ones are nonconformities.
    Grade {
        Major = "major",
        Minor = "minor",
        Ofi = "ofi",
        Observation = "observation",
        Strength = "strength",
    }
);

states!(
    /// Where a finding stands (4.6).
    NonconformityState {
        Raised = "raised",
        Contained = "contained",
        RootCause = "root_cause",
        Action = "action",
        EffectivenessCheck = "effectiveness_check",
        Closed = "closed",
        Disputed = "disputed",
        Reopened = "reopened",
        Withdrawn = "withdrawn",
        Decided = "decided",
    }
);

/// Something that is not as it should be, or an observation worth keeping, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Nonconformity {
    /// Where it came to light.
    pub source_kind: Option<FindingSource>,
    /// The audit that found it.
    pub audit_id: Option<Ref<Audit>>,
    /// How grave. The grade a certification body gave is copied and never changed.
    pub grade: Option<Grade>,
    /// The requirement or control that is not met, such as 7.5.3c-f or A.8.8.
    #[schemars(title = "Criterion")]
    pub criterion_ref: RowRef,
    /// What is wrong, measured against the criterion.
    pub statement: Text,
    /// What was seen that shows it: which records, how many of how many.
    pub objective_evidence: Text,
    /// Who raised it: a person, or the name of the body.
    pub raised_by: Source,
    /// The day it was raised.
    pub raised_at: Option<Date>,
    /// Who sees to it that it is dealt with.
    pub owner_id: Option<Ref<Person>>,
    /// What was done at once to stop it and put it right.
    pub correction: Text,
    /// The day that was done.
    pub correction_done_at: Option<Date>,
    /// What it had caused, and how that was dealt with.
    pub consequences_note: Text,
    /// How the cause was looked for, such as five whys.
    pub cause_method: Line,
    /// Why it could happen. Human error alone is not a cause.
    pub root_cause: Text,
    /// Where else you looked for the same, and what you found.
    pub similar_check_note: Text,
    /// Whether the cause has to be removed.
    pub action_needed: Option<bool>,
    /// If not: why.
    pub action_rationale: Text,
    /// The day by which you check whether it worked. Empty: effect_days after the last action.
    pub effectiveness_due_at: Option<Date>,
    /// Who checked: nobody who owns an action.
    pub effectiveness_checked_by: Option<Ref<Person>>,
    /// The day of the check.
    pub effectiveness_checked_at: Option<Date>,
    /// What the check found.
    pub effectiveness_result: Option<Effectiveness>,
    /// Whether the ISMS has to change because of it.
    #[schemars(title = "ISMS change needed")]
    pub isms_change_needed: Option<bool>,
    /// That change.
    #[schemars(title = "ISMS change")]
    pub isms_change_id: Option<Ref<Change>>,
    /// Until when closing it was put off, with approval.
    pub extension_until: Option<Date>,
    /// Who closed it: not the owner.
    pub closed_by: Option<Ref<Person>>,
    /// The day it was closed.
    pub closed_at: Option<Date>,
    /// Where it stands.
    pub state: NonconformityState,
}

impl Record for Nonconformity {
    const DECL: Decl = Decl {
        name: "nonconformity",
        prefix: "NC",
        one: "Finding",
        many: "Findings",
        group: Group::Audits,
        clause: "10.2",
        about: "Nonconformities and lesser findings from audits, incidents, monitoring or your own eyes. Begin with what you know is not as it should be.",
        columns: &["grade", "state", "criterion_ref", "source_kind", "owner_id", "raised_at"],
        events: &["raised_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.statement, &self.objective_evidence, &self.criterion_ref], "Finding")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        // Which of the three is missing is for the rules to say (10.2 f); with none of them there is no finding.
        if self.statement.is_empty() && self.objective_evidence.is_empty() && self.criterion_ref.is_empty() {
            problems.push(Problem::new("statement", "or objective_evidence or criterion_ref must be given"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_statement_evidence_and_criterion_is_enough() {
        let id = Id { kind: crate::Kind::Nonconformity, n: 1 };
        let problems = |finding: Nonconformity| {
            let mut problems = Vec::new();
            finding.check(&Isms::default(), id, &mut problems);
            problems.len()
        };
        assert_eq!(problems(Nonconformity::default()), 1);
        assert_eq!(problems(Nonconformity { statement: " ".into(), ..Default::default() }), 1);
        assert_eq!(problems(Nonconformity { statement: "No owner".into(), ..Default::default() }), 0);
        assert_eq!(problems(Nonconformity { objective_evidence: "2 of 9".into(), ..Default::default() }), 0);
        assert_eq!(problems(Nonconformity { criterion_ref: "7.5.3c-f".into(), ..Default::default() }), 0);
    }
}
