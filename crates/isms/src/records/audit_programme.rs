//! Programmes of internal audits (9.2.2; states 4.5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem, Ref,
    id::Id,
    record::{Decl, Group, Record},
    records::Person,
    states,
    value::Text,
};

states!(
    /// Where an audit programme stands (4.5).
    AuditProgrammeState {
        Draft = "draft",
        Approved = "approved",
        Running = "running",
        Completed = "completed",
    }
);

/// The internal audits of one period: how often, how, by whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditProgramme {
    /// First day of the programme.
    pub period_start: Option<Date>,
    /// Last day of the programme.
    pub period_end: Option<Date>,
    /// How often what is audited.
    pub frequency: Text,
    /// How: interviews, samples, observation, on site or remote.
    pub methods: Text,
    /// Who audits and who sees to it.
    pub responsibilities: Text,
    /// What has to be there before an audit begins.
    pub planning_requirements: Text,
    /// To whom results are reported, how and how soon.
    pub reporting: Text,
    /// What is audited more often or deeper because it matters more.
    pub importance_note: Text,
    /// What earlier audits mean for this programme.
    pub previous_results_note: Text,
    /// Who approved it: top management.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// Where it stands.
    pub state: AuditProgrammeState,
}

impl Record for AuditProgramme {
    const DECL: Decl = Decl {
        name: "audit_programme",
        prefix: "AP",
        one: "Audit programme",
        many: "Audit programmes",
        group: Group::Audits,
        clause: "9.2.2",
        about: "Which internal audits you do in a year or over a cycle, how and by whom, approved by top management. Begin with the programme of this year.",
        required: &["period_start", "period_end"],
        columns: &["period_start", "period_end", "approved_by", "approved_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        match (self.period_start, self.period_end) {
            (Some(start), Some(end)) => format!("Audit programme {start} to {end}"),
            (Some(start), None) => format!("Audit programme from {start}"),
            (None, Some(end)) => format!("Audit programme to {end}"),
            (None, None) => "Audit programme".to_owned(),
        }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        if let (Some(start), Some(end)) = (self.period_start, self.period_end)
            && end < start
        {
            problems.push(Problem::new("period_end", "lies before the first day of the programme"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_before_it_begins_is_refused() {
        for (start, end, wrong) in [
            ("2026-03-01", "2026-02-28", true),
            ("2026-03-01", "2026-03-01", false),
            ("2026-03-01", "2027-02-28", false),
        ] {
            let record = AuditProgramme {
                period_start: start.parse().ok(),
                period_end: end.parse().ok(),
                ..Default::default()
            };
            let mut problems = Vec::new();
            record.check(&Isms::default(), Id { kind: crate::Kind::AuditProgramme, n: 1 }, &mut problems);
            let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
            assert_eq!(places, if wrong { vec!["period_end"] } else { vec![] }, "{start} to {end}");
        }
    }
}
