//! The documented information that the standard asks for by name (0.7): what of it has never existed, what is not in
//! force or has no record in its interval, what is past its review, and from when it can be expected.

use std::{collections::HashMap, sync::Arc};

use super::{
    Cx, Item, Seen, When,
    cx::{done_from, exists, newest, seen},
    improvement::{Findings, none_found, word_given},
    operation::operated,
    performance,
    planning::with_scores,
    support::documents::{Published, published},
};
use crate::{
    Filed, Id, Kind,
    records::{
        AuditProgramme, CompetenceRecord, CompetenceResult, CorrectiveAction, Document, DocumentKind,
        DocumentVersion, DocumentVersionState, IsmsProcess, ManagementReview, Measurement, Metric,
        MetricAnalysis, Objective, ObjectiveState, RiskAssessment, RiskAssessmentState, RiskMethod,
        RiskMethodState, SoaVersion, SoaVersionState, Task, TaskState, TreatmentPlan, TreatmentPlanState,
    },
    time::Date,
};

/// One of the sixteen items.
#[derive(Clone, Debug, Default)]
pub struct Item16 {
    /// Its number, 1 to 16.
    pub number: u8,
    /// The days on which it has never existed.
    pub never: When,
    /// The days on which it has existed, and has no published version or no record in its interval.
    pub lacking: When,
    /// The days on which it is there and past its review.
    pub past: When,
    /// For items 10 to 16: the first day on which it was planned to be there; before it the item is not due yet. `None`
    /// if nothing is planned.
    pub first_planned: Option<Date>,
    /// The records that show that it is lacking.
    pub lacking_records: Vec<Item>,
    /// The records that show that it is past its review.
    pub past_records: Vec<Item>,
}

impl Item16 {
    /// Whether the item can be due later than the rest.
    #[must_use]
    pub fn due_later(&self) -> bool {
        self.number >= 10
    }

    /// The days on which the item is not due yet.
    #[must_use]
    pub fn not_due(&self) -> When {
        match (self.due_later(), self.first_planned) {
            (false, _) => When::never(),
            (true, Some(day)) => When::before(day),
            (true, None) => When::always(),
        }
    }

    /// Its name with its clause.
    #[must_use]
    pub fn name(&self) -> String {
        let items = frameworks::catalogue().mandatory_items().iter();
        let item = items.into_iter().find(|i| u64::from(i.number) == u64::from(self.number));
        item.map_or_else(String::new, |i| format!("{} ({})", i.item, i.clause))
    }
}

/// The sixteen items, in their order.
#[must_use]
pub fn items(cx: &Cx<'_>) -> Arc<Vec<Item16>> {
    cx.keep("mandatory items", 0, |cx, _| all(cx))
}

fn all(cx: &Cx<'_>) -> Vec<Item16> {
    let mut items = vec![
        document(cx, DocumentKind::Scope),
        document(cx, DocumentKind::Policy),
        method(cx, |_| true),
        method(cx, |m| !m.treatment_process.is_empty()),
        statement(cx),
        objectives(cx),
        competence(cx),
        own_documents(cx),
        processes(cx),
        assessments(cx),
        treatment(cx),
        measurements(cx),
        audits(cx),
        reviews(cx),
        nonconformities(cx),
        actions(cx),
    ];
    for (item, number) in items.iter_mut().zip(1..) {
        item.number = number;
    }
    items
}

impl Item16 {
    /// Cites all of some records wherever the item is lacking or past its review.
    fn citing<T: Filed>(self, of: &[Seen<'_, T>]) -> Self {
        let cite = |when: &When| of.iter().map(|r| r.on("", when)).filter(|i| !i.when.is_never()).collect();
        Self { lacking_records: cite(&self.lacking), past_records: cite(&self.past), ..self }
    }
}

/// Items that are versions of something: `all` there are, `valid` with the days on which each is in force and those on
/// which its review is past, `first` the day on which the first of them came into force, which is followed without a
/// gap.
fn versioned<T: Filed>(all: &[Seen<'_, T>], valid: Vec<(When, When)>, first: Option<Date>) -> Item16 {
    let there = exists(all);
    let in_force = When::any(valid.iter().map(|(when, _)| when.clone()));
    let in_force = if in_force.is_never() { in_force } else { in_force.or(&done_from(first)) };
    let item = Item16 {
        never: there.not(),
        lacking: there.and_not(&in_force),
        past: When::any(valid.iter().map(|(when, past)| when.and(past))),
        ..Item16::default()
    };
    item.citing(all)
}

/// The day on which the first of several versions came out: a version that is superseded was in force in its time.
fn first_published<'v>(versions: impl Iterator<Item = Seen<'v, DocumentVersion>>) -> Option<Date> {
    use DocumentVersionState::{Published, Superseded};
    let out = versions.filter(|v| matches!(v.state, Published | Superseded));
    let days = out.filter_map(|v| Some(v.there.and(&When::from(v.effective_from.or(v.published_at)?))));
    days.filter_map(|when| when.turns().first().copied()).min()
}

/// The days after a date; always if there is none.
fn past(due: Option<Date>) -> When {
    due.map_or_else(When::always, When::after)
}

fn document(cx: &Cx<'_>, kind: DocumentKind) -> Item16 {
    let all: Vec<_> = cx.all::<Document>().filter(|d| d.kind == Some(kind)).collect();
    let current = cx.current_versions(kind).into_iter();
    let versions = all.iter().flat_map(|d| cx.about::<DocumentVersion>(d.meta.id));
    let first = first_published(versions);
    versioned(&all, current.map(|(v, when)| (when, cx.review_due(&v).past())).collect(), first)
}

fn method(cx: &Cx<'_>, has: impl Fn(&RiskMethod) -> bool) -> Item16 {
    let all: Vec<_> = cx.all::<RiskMethod>().filter(|m| has(m)).collect();
    // A method is in force from its approval on, as in 6.1.2.
    let begins = |m: &RiskMethod| m.approved_at.or(m.published_at);
    let approved = cx.all::<RiskMethod>().filter(|m| m.state == RiskMethodState::Approved).map(|m| {
        let from = begins(&m).map_or_else(When::always, When::from);
        Seen { record: m.record, there: m.there.and(&from) }
    });
    let approved = newest(approved, |m| begins(m)).into_iter();
    let valid = approved.filter(|(m, _)| has(m)).map(|(m, when)| (when, past(m.next_review_at)));
    let used = all.iter().filter(|m| m.state != RiskMethodState::Draft);
    let first = used.filter_map(|m| begins(m)).min();
    versioned(&all, valid.collect(), first)
}

fn statement(cx: &Cx<'_>) -> Item16 {
    let all: Vec<_> = cx.all::<SoaVersion>().collect();
    let published = all.iter().filter(|v| v.state == SoaVersionState::Published).map(|v| {
        let from = v.published_at.map_or_else(When::always, When::from);
        Seen { record: v.record, there: v.there.and(&from) }
    });
    let published = newest(published, |v| v.published_at).into_iter();
    let first =
        all.iter().filter(|v| v.state == SoaVersionState::Superseded).filter_map(|v| v.published_at).min();
    versioned(&all, published.map(|(v, when)| (when, past(v.next_review_at))).collect(), first)
}

fn objectives(cx: &Cx<'_>) -> Item16 {
    let all: Vec<_> = cx.all::<Objective>().collect();
    let active: Vec<_> = all
        .iter()
        .filter(|o| o.state == ObjectiveState::Active)
        .map(|o| {
            let approved = match (o.approved_at, o.approved_by) {
                (Some(day), _) => When::from(day),
                (None, Some(_)) => When::always(),
                (None, None) => When::never(),
            };
            Seen { record: o.record, there: o.there.and(&approved) }
        })
        .collect();
    let fresh = active.iter().map(|o| {
        let looked_at = o.last_reviewed_at.max(o.approved_at);
        o.there.and_not(&cx.soft(looked_at, cx.p.objective_months).past())
    });
    versioned(&all, vec![(exists(&active), When::any(fresh).not())], None)
}

/// Items that are records of something done again and again: the newest by a date, which counts for `months`.
fn recurring<'a, T: Filed>(
    of: Vec<Seen<'a, T>>,
    date: impl Fn(&Seen<'a, T>) -> Option<Date>,
    interval: impl Fn(Option<Date>) -> super::Soft,
) -> Item16 {
    let never = exists(&of).not();
    let last = newest(of, &date);
    let days = |pick: &dyn Fn(&super::Soft) -> When| {
        When::any(last.iter().map(|(r, when)| when.and(&pick(&interval(date(r))))))
    };
    let cite = |pick: &dyn Fn(&super::Soft) -> When| -> Vec<Item> {
        let items =
            last.iter().map(|(r, when)| Item::new(r.meta.id, "", when.and(&pick(&interval(date(r))))));
        items.filter(|i| !i.when.is_never()).collect()
    };
    let (lacking, past) = (|soft: &super::Soft| soft.lapsed.clone(), |soft: &super::Soft| soft.aged.clone());
    Item16 {
        never,
        lacking: days(&lacking),
        past: days(&past),
        lacking_records: cite(&lacking),
        past_records: cite(&past),
        ..Item16::default()
    }
}

fn competence(cx: &Cx<'_>) -> Item16 {
    let competent = cx.all::<CompetenceRecord>().filter(|r| r.result == Some(CompetenceResult::Competent));
    // As in 7.2d, evidence counts from the day on which it is there.
    let proven = competent.filter_map(|r| {
        let there = r.there.and(&cx.find(r.evidence_id)?.there);
        Some(Seen { record: r.record, there })
    });
    recurring(proven.collect(), |r| r.assessed_at, |day| cx.soft(day, cx.p.competence_months))
}

/// What the organisation itself found necessary; nothing named is nothing missing (ruling 9.4, 7.5.1a).
fn own_documents(cx: &Cx<'_>) -> Item16 {
    let required: Vec<_> = cx.live::<Document>().filter(|d| !d.required_by.is_empty()).collect();
    let mut in_force: HashMap<Id, Vec<Published<'_>>> = HashMap::new();
    for published in published(cx) {
        in_force.entry(published.document.meta.id).or_default().push(published);
    }
    let of = |d: &Seen<'_, Document>| in_force.get(&d.meta.id).map_or(&[][..], Vec::as_slice);
    let unpublished =
        |d: &Seen<'_, Document>| d.on("", &When::any(of(d).iter().map(|p| p.when.clone())).not());
    let overdue = |d: &Seen<'_, Document>| {
        let late = of(d).iter().map(|p| p.when.and(&cx.review_due(&p.version).past()));
        d.on("", &When::any(late))
    };
    let lacking_records: Vec<Item> = required.iter().map(unpublished).collect();
    let past_records: Vec<Item> = required.iter().map(overdue).collect();
    Item16 {
        lacking: When::any(lacking_records.iter().map(|i| i.when.clone())),
        past: When::any(past_records.iter().map(|i| i.when.clone())),
        lacking_records,
        past_records,
        ..Item16::default()
    }
}

fn processes(cx: &Cx<'_>) -> Item16 {
    let running: Vec<_> = cx.live::<IsmsProcess>().filter(|p| !p.operation_record_ids.is_empty()).collect();
    let ran = When::any(running.iter().map(|p| p.there.and(&operated(cx, p))));
    let there = exists(&running);
    let item = Item16 { never: there.not(), lacking: there.and_not(&ran), ..Item16::default() };
    item.citing(&running)
}

fn assessments(cx: &Cx<'_>) -> Item16 {
    let scored = with_scores(cx);
    let completed = cx
        .all::<RiskAssessment>()
        .filter(|a| a.state == RiskAssessmentState::Completed && scored.contains(&a.reference()))
        .map(|a| {
            let there = a.completed_at.map_or_else(When::always, When::from);
            Seen { record: a.record, there: a.there.and(&there) }
        });
    let item = recurring(completed.collect(), |a| a.completed_at, |day| cx.hard(day, cx.p.assess_months));
    let planned = cx.isms.all::<RiskAssessment>().iter().filter_map(|a| a.started_at).min();
    Item16 { first_planned: planned, ..item }
}

/// The days on which there is a plan that was worked at, and the first day on which one is due, of a chunk of plans.
fn work(cx: &Cx<'_>, chunk: u32) -> (When, Option<Date>) {
    use TreatmentPlanState::{Done, InProgress};
    let plans = cx.isms.chunk::<TreatmentPlan>(chunk).filter(|p| p.live()).map(seen);
    let plans: Vec<_> = plans.collect();
    let done = |t: &Task| match (t.state, t.completed_at) {
        (TaskState::Done, None) => When::always(),
        (_, day) => done_from(day),
    };
    let worked_at = |p: &TreatmentPlan| {
        let tasks = p.action_task_ids.iter().filter_map(|t| cx.isms.get(*t));
        let begun = matches!(p.state, InProgress | Done) || !p.result_note.is_empty();
        if begun { When::always() } else { When::any(tasks.map(|t| done(t))) }
    };
    let with = When::any(plans.iter().map(|p| p.there.and(&worked_at(p))));
    (with, plans.iter().filter_map(|p| p.due_at).min())
}

fn treatment(cx: &Cx<'_>) -> Item16 {
    let chunks = 0..cx.isms.chunks(Kind::TreatmentPlan);
    let chunks: Vec<_> = chunks.map(|chunk| cx.keep("work on plans", chunk, work)).collect();
    Item16 {
        never: When::any(chunks.iter().map(|c| c.0.clone())).not(),
        first_planned: chunks.iter().filter_map(|c| c.1).min(),
        ..Item16::default()
    }
}

fn measurements(cx: &Cx<'_>) -> Item16 {
    let measured = exists(&cx.all::<Measurement>().collect::<Vec<_>>());
    let analyses = cx.all::<MetricAnalysis>().collect();
    let item = recurring(analyses, |a| a.analysed_at, |day| cx.hard(day, cx.p.audit_months));
    let first = cx
        .live::<Metric>()
        .filter_map(|m| Some(m.meta.created_at?.plus_months(i64::from(m.frequency_months?))));
    Item16 {
        never: item.never.or(&measured.not()),
        lacking: item.lacking.and(&measured),
        past: item.past.and(&measured),
        first_planned: first.min(),
        ..item
    }
}

fn audits(cx: &Cx<'_>) -> Item16 {
    let programmes: Vec<_> = cx.all::<AuditProgramme>().filter(|p| p.approved_at.is_some()).collect();
    let approved = When::any(programmes.iter().map(|p| p.there.and(&done_from(p.approved_at))));
    let reported =
        performance::closed_audits(cx).into_iter().filter(|a| a.report_version_id.is_some()).collect();
    let item = recurring(reported, |a| a.fieldwork_end, |day| cx.hard(day, cx.p.audit_months));
    Item16 {
        never: item.never.or(&approved.not()),
        lacking: item.lacking.and(&approved),
        past: item.past.and(&approved),
        first_planned: first_audit(cx),
        ..item
    }
}

/// The day on which the first internal audit was planned to begin.
fn first_audit(cx: &Cx<'_>) -> Option<Date> {
    performance::internal_audits(cx).iter().filter_map(|a| a.planned_start.or(a.fieldwork_start)).min()
}

fn reviews(cx: &Cx<'_>) -> Item16 {
    let with_minutes = cx.all::<ManagementReview>().filter(|r| r.minutes_version_id.is_some());
    let item = recurring(with_minutes.collect(), |r| r.held_at, |day| cx.hard(day, cx.p.mr_months));
    let planned =
        cx.isms.all::<ManagementReview>().iter().filter_map(|r| r.scheduled_for.or(r.held_at)).min();
    Item16 { first_planned: planned, ..item }
}

/// An item that word that there was none can stand for: `there` are the days on which it is on record.
fn or_none_found(cx: &Cx<'_>, there: &When) -> Item16 {
    let ever = there.or(&done_from(word_given(cx)));
    Item16 { never: ever.not(), lacking: ever.and_not(there).and_not(&none_found(cx)), ..Item16::default() }
}

fn nonconformities(cx: &Cx<'_>) -> Item16 {
    let findings: Vec<_> = Findings::of(cx).0.into_iter().map(|f| f.finding).collect();
    let raised = findings.iter().filter_map(|f| f.raised_at).min();
    Item16 {
        first_planned: first_audit(cx).into_iter().chain(raised).min(),
        ..or_none_found(cx, &exists(&findings))
    }
}

/// Results of corrective actions. Where no finding calls for an action there is nothing to have results of.
fn actions(cx: &Cx<'_>) -> Item16 {
    let findings = Findings::of(cx).0;
    let all: Vec<&Seen<'_, CorrectiveAction>> = findings.iter().flat_map(|f| &f.actions).collect();
    let with_result = exists(all.iter().copied().filter(|a| !a.result_note.is_empty()));
    let calling =
        exists(findings.iter().filter(|f| f.finding.action_needed != Some(false)).map(|f| &f.finding));
    let nothing_to_do = exists(findings.iter().map(|f| &f.finding)).and_not(&calling);
    Item16 {
        first_planned: all.iter().filter_map(|a| a.due_at).min().or_else(|| first_audit(cx)),
        ..or_none_found(cx, &with_result.or(&nothing_to_do))
    }
}
