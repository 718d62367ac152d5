//! Which records are an item of documented information (0.7). Whether they are enough, in force and in date is for the
//! rules to say.

use isms::{
    Date, Id, Kind,
    record::Filed,
    records::{
        Attestation, Audit, AuditKind, AuditProgramme, CompetenceRecord, CorrectiveAction, Document,
        DocumentKind, IsmsProcess, ManagementReview, Measurement, MetricAnalysis, Nonconformity, Objective,
        ObjectiveState, RiskAssessment, RiskAssessmentState, RiskMethod, RiskMethodState, SoaVersion,
        SoaVersionState, TreatmentPlan, TreatmentPlanState, Verdict,
    },
    rules::Cx,
};

/// The records of item 1 to 16 on a day, newest first.
pub(super) fn kept(cx: &Cx<'_>, day: Date, number: u32) -> Vec<Id> {
    let of = Of { cx, day };
    match number {
        1 => of.in_force(DocumentKind::Scope),
        2 => of.in_force(DocumentKind::Policy),
        3 => of.ids(|m: &RiskMethod| m.state == RiskMethodState::Approved),
        4 => of.ids(|m: &RiskMethod| m.state == RiskMethodState::Approved && !m.treatment_process.is_empty()),
        5 => of.ids(|v: &SoaVersion| v.state == SoaVersionState::Published),
        6 => of.ids(|o: &Objective| o.state == ObjectiveState::Active && o.approved_at.is_some()),
        7 => of.ids(|r: &CompetenceRecord| r.evidence_id.is_some()),
        8 => of.ids(|d: &Document| !d.required_by.is_empty()),
        9 => of.ids(|p: &IsmsProcess| !p.operation_record_ids.is_empty()),
        10 => of.ids(|a: &RiskAssessment| a.state == RiskAssessmentState::Completed),
        11 => of.ids(|p: &TreatmentPlan| {
            let begun = matches!(p.state, TreatmentPlanState::InProgress | TreatmentPlanState::Done);
            begun || !p.result_note.is_empty()
        }),
        12 => of.both(of.ids(|_: &MetricAnalysis| true), of.ids(|_: &Measurement| true)),
        13 => of.both(
            of.ids(|p: &AuditProgramme| p.approved_at.is_some()),
            of.ids(|a: &Audit| a.kind == Some(AuditKind::Internal) && a.report_version_id.is_some()),
        ),
        14 => of.ids(|r: &ManagementReview| r.minutes_version_id.is_some()),
        15 => of.or_none_found(of.ids(|_: &Nonconformity| true), "10.2f"),
        16 => of.or_none_found(of.ids(|a: &CorrectiveAction| !a.result_note.is_empty()), "10.2g"),
        _ => Vec::new(),
    }
}

struct Of<'a, 'c> {
    cx: &'c Cx<'a>,
    day: Date,
}

impl Of<'_, '_> {
    /// The records of a kind that are there on the day and fit.
    fn ids<T: Filed>(&self, fits: impl Fn(&T) -> bool) -> Vec<Id> {
        let there = self.cx.all::<T>().filter(|r| r.there.on(self.day) && fits(&r.record.body));
        let mut ids: Vec<Id> = there.map(|r| r.record.meta.id).collect();
        ids.reverse();
        ids
    }

    /// The newest of one kind before all of another.
    fn both(&self, one: Vec<Id>, other: Vec<Id>) -> Vec<Id> {
        one.into_iter().take(1).chain(other).collect()
    }

    fn in_force(&self, kind: DocumentKind) -> Vec<Id> {
        let versions = self.cx.current_versions(kind).into_iter().filter(|(_, when)| when.on(self.day));
        versions.map(|(v, _)| v.record.meta.id).collect()
    }

    /// Records, or somebody's word that there was nothing to record.
    fn or_none_found(&self, ids: Vec<Id>, row: &str) -> Vec<Id> {
        if !ids.is_empty() {
            return ids;
        }
        let word = |a: &Attestation| a.requirement_ref.as_str() == row && a.verdict == Some(Verdict::Conform);
        self.ids(word)
    }
}

/// Where the records of an item are listed.
pub(super) fn listed(number: u32) -> Kind {
    match number {
        1 | 2 | 8 => Kind::Document,
        3 | 4 => Kind::RiskMethod,
        5 => Kind::SoaVersion,
        6 => Kind::Objective,
        7 => Kind::CompetenceRecord,
        9 => Kind::IsmsProcess,
        10 => Kind::RiskAssessment,
        11 => Kind::TreatmentPlan,
        12 => Kind::Measurement,
        13 => Kind::Audit,
        14 => Kind::ManagementReview,
        15 => Kind::Nonconformity,
        _ => Kind::CorrectiveAction,
    }
}
