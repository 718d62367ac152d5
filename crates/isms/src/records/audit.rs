//! Internal audits and those of the certification body (9.2; states 4.5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem, Ref, choice,
    id::Id,
    record::{Decl, Group, Record},
    records::{AuditProgramme, Control, Document, DocumentVersion, Person, ScopeItem},
    states,
    value::{RowRef, Text},
};

choice!(
    /// Sorts of audit.
    AuditKind {
        Internal = "internal",
        Stage1 = "stage1",
        Stage2 = "stage2",
        Surveillance = "surveillance",
        Recertification = "recertification",
        Special = "special",
        Supplier = "supplier",
    }
);

states!(
    /// Where an audit stands (4.5).
    AuditState {
        Planned = "planned",
        Fieldwork = "fieldwork",
        Reporting = "reporting",
        Closed = "closed",
        Cancelled = "cancelled",
    }
);

/// One audit, from plan to report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Internal, one of the certification body, or at a supplier.
    pub kind: Option<AuditKind>,
    /// The programme it belongs to.
    pub programme_id: Option<Ref<AuditProgramme>>,
    /// Against what is audited: the standard with edition and amendment, your own policies.
    pub criteria: Text,
    /// Your own policies and procedures that are audited against.
    pub criteria_document_ids: Vec<Ref<Document>>,
    /// Clauses and rows of the standard that are audited, such as 6.1.3 or 9.2.2b.
    #[schemars(title = "Requirements in scope")]
    pub scope_requirement_refs: Vec<RowRef>,
    /// Controls that are audited.
    #[schemars(title = "Controls in scope")]
    pub scope_control_ids: Vec<Ref<Control>>,
    /// Units, sites, products that are audited.
    pub scope_item_ids: Vec<Ref<ScopeItem>>,
    /// The day it is planned to begin.
    pub planned_start: Option<Date>,
    /// The day fieldwork began.
    pub fieldwork_start: Option<Date>,
    /// The day fieldwork ended.
    pub fieldwork_end: Option<Date>,
    /// Who leads it. The ISMS manager does not lead the internal audit of the ISMS.
    pub lead_auditor_id: Option<Ref<Person>>,
    /// Who audits. Nobody audits their own work.
    pub auditor_ids: Vec<Ref<Person>>,
    /// The day the auditors declared that they are impartial.
    pub impartiality_declared_at: Option<Date>,
    /// Conflicts of interest that were named and are not resolved.
    pub impartiality_conflicts: Text,
    /// The report.
    #[schemars(title = "Report")]
    pub report_version_id: Option<Ref<DocumentVersion>>,
    /// The day the report was issued.
    pub report_issued_at: Option<Date>,
    /// Who got it: the managers of the areas audited, top management.
    pub reported_to_ids: Vec<Ref<Person>>,
    /// Whether your own rules and the standard are kept, and whether the ISMS works in practice.
    pub conclusion: Text,
    /// Where it stands.
    pub state: AuditState,
}

impl Record for Audit {
    const DECL: Decl = Decl {
        name: "audit",
        prefix: "AUD",
        one: "Audit",
        many: "Audits",
        group: Group::Audits,
        clause: "9.2",
        about: "Audits, your own and those of the certification body. Begin with a full internal audit of clauses 4 to 10, done before Stage 1.",
        required: &["kind"],
        columns: &["kind", "state", "planned_start", "fieldwork_end", "lead_auditor_id", "report_issued_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let kind = match self.kind {
            Some(AuditKind::Internal) => "Internal audit",
            Some(AuditKind::Stage1) => "Stage 1 audit",
            Some(AuditKind::Stage2) => "Stage 2 audit",
            Some(AuditKind::Surveillance) => "Surveillance audit",
            Some(AuditKind::Recertification) => "Recertification audit",
            Some(AuditKind::Special) => "Special audit",
            Some(AuditKind::Supplier) => "Supplier audit",
            None => "Audit",
        };
        match self.fieldwork_start.or(self.planned_start) {
            Some(day) => format!("{kind}, {day}"),
            None => kind.to_owned(),
        }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        if let (Some(start), Some(end)) = (self.fieldwork_start, self.fieldwork_end)
            && end < start
        {
            problems.push(Problem::new("fieldwork_end", "lies before the day fieldwork began"));
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
            let record = Audit {
                fieldwork_start: start.parse().ok(),
                fieldwork_end: end.parse().ok(),
                ..Default::default()
            };
            let mut problems = Vec::new();
            record.check(&Isms::default(), Id { kind: crate::Kind::Audit, n: 1 }, &mut problems);
            let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
            assert_eq!(places, if wrong { vec!["fieldwork_end"] } else { vec![] }, "{start} to {end}");
        }
    }
}
