//! What is kept for each item of documented information that the standard asks for by name (0.7): the records, whether
//! they are all that is asked, and whether the first of them is not due yet.

use isms::{
    Date, Id, Kind,
    record::Filed,
    records::{
        Attestation, Audit, AuditKind, AuditProgramme, CompetenceRecord, CorrectiveAction, Document,
        DocumentKind, DocumentVersion, DocumentVersionState, IsmsProcess, ManagementReview, Measurement,
        MetricAnalysis, Nonconformity, Objective, ObjectiveState, OrgProfile, RiskAssessment,
        RiskAssessmentState, RiskMethod, RiskMethodState, RiskScore, SoaVersion, SoaVersionState,
        TreatmentPlan, TreatmentPlanState, Verdict,
    },
    rules::{Cx, Seen},
};

/// What is kept for an item on a day.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The records that are it, newest first.
    pub(super) records: Vec<Id>,
    /// Whether all that is asked is there.
    pub(super) whole: bool,
    /// The day by which it is due first, where that lies ahead.
    pub(super) due: Option<Date>,
}

/// What is kept for item 1 to 16.
pub(super) fn kept(cx: &Cx<'_>, day: Date, number: u32) -> Kept {
    let of = Of { cx, day };
    let (records, whole) = match number {
        1 => of.some(of.in_force(DocumentKind::Scope)),
        2 => of.some(of.in_force(DocumentKind::Policy)),
        3 => of.some(of.ids(|m: &RiskMethod| m.state == RiskMethodState::Approved)),
        4 => {
            let said =
                |m: &RiskMethod| m.state == RiskMethodState::Approved && !m.treatment_process.is_empty();
            of.some(of.ids(said))
        }
        5 => of.some(of.ids(|v: &SoaVersion| v.state == SoaVersionState::Published)),
        6 => of.some(of.ids(|o: &Objective| o.state == ObjectiveState::Active && o.approved_at.is_some())),
        7 => of.some(of.ids(|r: &CompetenceRecord| r.evidence_id.is_some())),
        8 => of.necessary(),
        9 => of.some(of.ids(|p: &IsmsProcess| !p.operation_record_ids.is_empty())),
        10 => of.some(of.assessments()),
        11 => of.some(of.ids(|p: &TreatmentPlan| {
            let begun = matches!(p.state, TreatmentPlanState::InProgress | TreatmentPlanState::Done);
            begun || !p.result_note.is_empty()
        })),
        12 => of.both(of.ids(|_: &Measurement| true), of.ids(|_: &MetricAnalysis| true)),
        13 => of.both(
            of.ids(|p: &AuditProgramme| p.approved_at.is_some()),
            of.ids(|a: &Audit| a.kind == Some(AuditKind::Internal) && a.report_version_id.is_some()),
        ),
        14 => of.some(of.ids(|r: &ManagementReview| r.minutes_version_id.is_some())),
        15 => of.or_none_found(of.ids(|_: &Nonconformity| true), "10.2f"),
        16 => of.or_none_found(of.ids(|a: &CorrectiveAction| !a.result_note.is_empty()), "10.2g"),
        _ => (Vec::new(), false),
    };
    let due = if whole { None } else { of.first_due(number).filter(|due| *due > day) };
    Kept { records, whole, due }
}

struct Of<'a, 'c> {
    cx: &'c Cx<'a>,
    day: Date,
}

type Found = (Vec<Id>, bool);

impl Of<'_, '_> {
    /// The records of a kind that are there on the day and fit, newest first.
    fn ids<T: Filed>(&self, fits: impl Fn(&T) -> bool) -> Vec<Id> {
        let there = self.cx.all::<T>().filter(|r| r.there.on(self.day) && fits(&r.record.body));
        let mut ids: Vec<Id> = there.map(|r: Seen<'_, T>| r.record.meta.id).collect();
        ids.reverse();
        ids
    }

    fn some(&self, ids: Vec<Id>) -> Found {
        let whole = !ids.is_empty();
        (ids, whole)
    }

    fn both(&self, one: Vec<Id>, other: Vec<Id>) -> Found {
        let whole = !one.is_empty() && !other.is_empty();
        (one.into_iter().take(1).chain(other).collect(), whole)
    }

    fn in_force(&self, kind: DocumentKind) -> Vec<Id> {
        let versions = self.cx.current_versions(kind).into_iter().filter(|(_, when)| when.on(self.day));
        versions.map(|(v, _)| v.record.meta.id).collect()
    }

    /// Documents that a row of the standard is said to require: all of them have a published version.
    fn necessary(&self) -> Found {
        let documents: Vec<Seen<'_, Document>> = self
            .cx
            .live::<Document>()
            .filter(|d| d.there.on(self.day) && !d.record.required_by.is_empty())
            .collect();
        let published = |d: &Seen<'_, Document>| {
            self.cx.about::<DocumentVersion>(d.record.meta.id).any(|v| {
                v.record.state == DocumentVersionState::Published
                    && v.there.on(self.day)
                    && v.record.published_at.is_none_or(|p| p <= self.day)
            })
        };
        let whole = !documents.is_empty() && documents.iter().all(published);
        (documents.iter().map(|d| d.record.meta.id).collect(), whole)
    }

    /// Completed assessments with scores.
    fn assessments(&self) -> Vec<Id> {
        let done = self.ids(|a: &RiskAssessment| {
            a.state == RiskAssessmentState::Completed && a.completed_at.is_none_or(|d| d <= self.day)
        });
        done.into_iter().filter(|id| self.cx.about::<RiskScore>(*id).next().is_some()).collect()
    }

    /// Records, or somebody's word that there was nothing to record.
    fn or_none_found(&self, ids: Vec<Id>, row: &str) -> Found {
        if !ids.is_empty() {
            return (ids, true);
        }
        self.some(
            self.ids(|a: &Attestation| {
                a.requirement_ref.as_str() == row && a.verdict == Some(Verdict::Conform)
            }),
        )
    }

    /// The day on which results of something that is done at intervals are due first.
    fn first_due(&self, number: u32) -> Option<Date> {
        let p = &self.cx.p;
        let begun = self.cx.isms.single::<OrgProfile>().and_then(|o| o.isms_start_date);
        let first = |dates: Vec<Date>| dates.into_iter().min();
        match number {
            10 => begun.map(|d| d.plus_months(p.assess_months)),
            11 => first(self.cx.live::<TreatmentPlan>().filter_map(|t| t.record.due_at).collect()),
            12 => begun.map(|d| d.plus_months(p.audit_months)),
            13 => {
                let internal = |a: &Seen<'_, Audit>| a.record.kind == Some(AuditKind::Internal);
                first(
                    self.cx.live::<Audit>().filter(internal).filter_map(|a| a.record.planned_start).collect(),
                )
            }
            14 => first(self.cx.live::<ManagementReview>().filter_map(|r| r.record.scheduled_for).collect()),
            15 | 16 => {
                let closed = |a: &Seen<'_, Audit>| a.record.kind == Some(AuditKind::Internal);
                let ends = self.cx.all::<Audit>().filter(closed);
                first(ends.filter_map(|a| a.record.report_issued_at.or(a.record.planned_start)).collect())
            }
            _ => None,
        }
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
