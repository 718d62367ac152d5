//! Clause 10: improvement.

use std::collections::HashMap;

use super::{
    Cx, Item, Known, Row, Seen, When,
    cx::{done_from, exists, first_of, newest},
    performance,
};
use crate::{
    Ref,
    parameters::Grades,
    records::{
        Audit, AuditCheck, AuditKind, AuditState, CheckResult, CorrectiveAction, CorrectiveActionState,
        Effectiveness, Grade, Improvement, ImprovementDecision, Nonconformity, NonconformityState,
    },
    time::Date,
};

/// The rows of clause 10 that speak of records alone.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let findings = Findings::of(cx);
    let subject = findings.subject(cx);
    let mut rows = vec![improvement(cx)];
    let about_findings = [
        correction(cx, &findings),
        causes(cx, &findings),
        actions(cx, &findings),
        effectiveness(cx, &findings),
        isms_changes(cx, &findings),
        nature(cx, &findings),
        results(&findings),
    ];
    rows.extend(about_findings.into_iter().map(|row| {
        row.needs(subject.clone(), "no nonconformity is on record, and nobody attested that none was found")
    }));
    rows
}

/// The rows of clause 10 that also ask how another row stands.
#[must_use]
pub fn after(_: &Cx<'_>, _: &Known<'_>) -> Vec<Row> {
    Vec::new()
}

fn improvement(cx: &Cx<'_>) -> Row {
    let months = cx.p.improvement_months;
    let decided: Vec<_> = cx
        .all::<Improvement>()
        .filter(|i| i.decision == Some(ImprovementDecision::Accept))
        .filter_map(|i| i.decided_at.map(|day| (i, day)))
        .collect();
    let within = |i: &Seen<'_, Improvement>, day: Date, times| {
        i.there.and(&When::between(day, day.plus_months(months * times)))
    };
    let recent = When::any(decided.iter().map(|(i, day)| within(i, *day, 2)));
    let old =
        |i: &Seen<'_, Improvement>, day: Date| within(i, day, 2).and(&When::after(day.plus_months(months)));
    let in_time = |i: &Seen<'_, Improvement>, day: Date| {
        let done = i.implemented_at.filter(|done| *done <= day.plus_months(months));
        within(i, day, 2).and(&done_from(done))
    };
    let some_in_time = When::any(decided.iter().map(|(i, day)| in_time(i, *day)));
    let last = newest(decided.iter().map(|(i, _)| i.clone()), |i| i.decided_at);
    Row::new("10.1")
        .when("U1", recent.not(), "no improvement was decided in twice the interval", vec![])
        .any(
            "P1",
            "of the improvements decided none was carried out in time; {n} [is|are] past it",
            decided
                .iter()
                .map(|(i, day)| {
                    let open = old(i, *day).and_not(&some_in_time);
                    Item::new(i.meta.id, "implemented_at", open)
                })
                .collect(),
        )
        .any(
            "S1",
            "the last improvement was decided longer ago than the interval",
            last.iter()
                .map(|(i, when)| {
                    let aged = i.decided_at.map_or_else(When::never, |d| When::after(d.plus_months(months)));
                    Item::new(i.meta.id, "decided_at", when.and(&aged))
                })
                .collect(),
        )
}

/// The nonconformities, with their actions.
pub(super) struct Findings<'a>(pub(super) Vec<Finding<'a>>);

/// A nonconformity with its actions.
pub(super) struct Finding<'a> {
    /// The finding.
    pub(super) finding: Seen<'a, Nonconformity>,
    /// Major, and not minor.
    major: bool,
    /// The actions that are not cancelled.
    pub(super) actions: Vec<Seen<'a, CorrectiveAction>>,
}

impl<'a> Findings<'a> {
    /// Findings graded major or minor that were not withdrawn.
    pub(super) fn of(cx: &Cx<'a>) -> Self {
        let graded = cx.all::<Nonconformity>().filter(|n| n.state != NonconformityState::Withdrawn);
        let each = graded.filter_map(|finding| {
            let major = match finding.grade? {
                Grade::Major => true,
                Grade::Minor => false,
                Grade::Ofi | Grade::Observation | Grade::Strength => return None,
            };
            let actions = cx
                .about::<CorrectiveAction>(finding.meta.id)
                .filter(|a| a.nc_id.is_some_and(|nc| nc.id() == finding.meta.id))
                .filter(|a| a.state != CorrectiveActionState::Cancelled)
                .collect();
            Some(Finding { finding, major, actions })
        });
        Self(each.collect())
    }

    /// The days on which the rows have a subject: a nonconformity, or word after an internal audit that none was found.
    fn subject(&self, cx: &Cx<'_>) -> When {
        exists(self.0.iter().map(|f| &f.finding)).or(&none_found(cx))
    }

    /// Findings of one grade.
    fn graded(&self, major: bool) -> impl Iterator<Item = &Finding<'a>> {
        self.0.iter().filter(move |f| f.major == major)
    }
}

/// The first day on which somebody gave their word, after an internal audit was closed, that no nonconformity was found.
pub(super) fn word_given(cx: &Cx<'_>) -> Option<Date> {
    let closed = performance::closed_audits(cx);
    let ended = closed.iter().map(|a| a.report_issued_at.or(a.fieldwork_end).unwrap_or(Date::MIN)).min()?;
    let conform = cx.judgements("10.2a").iter().filter(|g| g.attested && g.conform);
    conform.map(|g| g.at).filter(|day| *day >= ended).min()
}

/// The days on which that word stands.
pub(super) fn none_found(cx: &Cx<'_>) -> When {
    let given = word_given(cx);
    if given.is_none() { When::never() } else { cx.stated("10.2a").and(&done_from(given)) }
}

impl Finding<'_> {
    fn item(&self, field: &'static str) -> Item {
        self.finding.item(field)
    }

    fn on(&self, field: &'static str, when: &When) -> Item {
        self.finding.on(field, when)
    }

    /// The days after the time the finding's grade leaves has run out.
    fn after(&self, days: Grades) -> When {
        let days = if self.major { days.major } else { days.minor };
        self.finding.raised_at.map_or_else(When::always, |raised| When::after(raised.plus_days(days)))
    }

    /// Whether the finding has come past a state on its way.
    fn past(&self, state: NonconformityState) -> bool {
        use NonconformityState::{Action, Closed, Contained, EffectivenessCheck, Raised, RootCause};
        let way = [Raised, Contained, RootCause, Action, EffectivenessCheck, Closed];
        let place = |of| way.iter().position(|s| *s == of);
        place(self.finding.state).zip(place(state)).is_some_and(|(is, was)| is > was)
    }

    /// The days on which it is closed.
    fn closed(&self) -> When {
        if self.finding.state == NonconformityState::Closed {
            self.finding.closed_at.map_or_else(When::always, When::from)
        } else {
            When::never()
        }
    }

    fn needs_action(&self) -> bool {
        self.finding.action_needed == Some(true)
    }
}

/// The days on which an action is done.
fn done(action: &CorrectiveAction) -> When {
    match (action.done_at, action.state) {
        (Some(day), _) => When::from(day),
        (None, CorrectiveActionState::Done | CorrectiveActionState::Verified) => When::always(),
        _ => When::never(),
    }
}

fn correction(cx: &Cx<'_>, findings: &Findings<'_>) -> Row {
    let late = |f: &Finding<'_>| {
        let overdue = f.after(cx.p.nc_correct_days).and_not(&done_from(f.finding.correction_done_at));
        f.on("correction_done_at", &overdue)
    };
    let silent =
        |f: &&Finding<'_>| f.past(NonconformityState::Contained) && f.finding.consequences_note.is_empty();
    Row::new("10.2a")
        .any(
            "U1",
            "{n} major [nonconformity|nonconformities] [was|were] not corrected in time",
            findings.graded(true).map(late).collect(),
        )
        .any(
            "P1",
            "{n} minor [nonconformity|nonconformities] [was|were] not corrected in time",
            findings.graded(false).map(late).collect(),
        )
        .any(
            "P2",
            "of {n} [nonconformity|nonconformities] it is not said what [it|they] caused",
            findings.0.iter().filter(silent).map(|f| f.item("consequences_note")).collect(),
        )
}

fn causes(cx: &Cx<'_>, findings: &Findings<'_>) -> Row {
    let late = |f: &Finding<'_>| f.on("root_cause", &f.after(cx.p.nc_plan_days));
    let unknown = |f: &&Finding<'_>| f.finding.root_cause.is_empty();
    let let_be =
        |f: &Finding<'_>| f.finding.action_needed == Some(false) && !f.finding.action_rationale.is_empty();
    let not_looked =
        |f: &&Finding<'_>| f.past(NonconformityState::RootCause) && f.finding.similar_check_note.is_empty();
    Row::new("10.2b")
        .any(
            "U1",
            "of {n} major [nonconformity|nonconformities] the cause was not found in time",
            findings.graded(true).filter(unknown).map(late).collect(),
        )
        .any(
            "P1",
            "of {n} minor [nonconformity|nonconformities] the cause was not found in time",
            findings.graded(false).filter(unknown).filter(|f| !let_be(f)).map(late).collect(),
        )
        .any(
            "P2",
            "for {n} [nonconformity|nonconformities] nobody looked whether the same happens elsewhere",
            findings.0.iter().filter(not_looked).map(|f| f.item("similar_check_note")).collect(),
        )
}

fn actions(cx: &Cx<'_>, findings: &Findings<'_>) -> Row {
    let late = |a: &Seen<'_, CorrectiveAction>, days: i64| {
        let due = a.due_at.map_or_else(When::never, |due| When::after(due.plus_days(days)));
        a.on("due_at", &due.and_not(&done(a)))
    };
    // Of a finding that is not there yet nothing is asked.
    let there = |f: &Finding<'_>, item: Item| item.within(&f.finding.there);
    let all = || findings.0.iter().flat_map(|f| f.actions.iter().map(move |a| (f, a)));
    let of_majors = findings.graded(true).flat_map(|f| f.actions.iter().map(move |a| (f, a)));
    Row::new("10.2c")
        .any(
            "U1",
            "{n} [action|actions] for major nonconformities [is|are] long overdue",
            of_majors.map(|(f, a)| there(f, late(a, cx.p.overdue_days))).collect(),
        )
        .any(
            "P1",
            "{n} [action|actions] [is|are] overdue",
            all().map(|(f, a)| there(f, late(a, 0))).collect(),
        )
        .any(
            "P2",
            "{n} [nonconformity|nonconformities] [needs|need] an action and got none in time",
            findings
                .0
                .iter()
                .filter(|f| f.needs_action())
                .map(|f| f.on("action_needed", &f.after(cx.p.nc_plan_days).and_not(&exists(&f.actions))))
                .collect(),
        )
        .any(
            "P3",
            "{n} [action|actions] [is|are] done, and nothing shows it",
            all()
                .filter(|(_, a)| a.evidence_id.is_none())
                .map(|(f, a)| there(f, a.on("evidence_id", &done(a))))
                .collect(),
        )
}

fn effectiveness(cx: &Cx<'_>, findings: &Findings<'_>) -> Row {
    let needing = || findings.0.iter().filter(|f| f.needs_action());
    let unchecked = |f: &Finding<'_>| done_from(f.finding.effectiveness_checked_at).not();
    let stands = |f: &&Finding<'_>| {
        use NonconformityState::{Closed, EffectivenessCheck};
        f.finding.effectiveness_result == Some(Effectiveness::NotEffective)
            && matches!(f.finding.state, EffectivenessCheck | Closed)
    };
    let own_work = |f: &&Finding<'_>| {
        let checker = f.finding.effectiveness_checked_by;
        checker.is_some() && f.actions.iter().any(|a| a.owner_id == checker)
    };
    let open_too_long = |f: &Finding<'_>| {
        let put_off = f.finding.extension_until.map_or_else(When::never, When::until);
        f.on("closed_at", &f.after(cx.p.nc_close_days).and_not(&put_off).and_not(&f.closed()))
    };
    Row::new("10.2d")
        .any(
            "U1",
            "{n} [nonconformity|nonconformities] [was|were] closed without a look at whether the action worked",
            needing()
                .filter(|f| f.finding.effectiveness_checked_at.is_none())
                .map(|f| f.on("effectiveness_checked_at", &f.closed()))
                .collect(),
        )
        .any(
            "P1",
            "whether the action worked is overdue to be checked for {n} [nonconformity|nonconformities]",
            findings
                .0
                .iter()
                .filter_map(|f| {
                    let due = check_due(f, cx.p.effect_days)?;
                    Some(f.on("effectiveness_due_at", &When::after(due).and(&unchecked(f))))
                })
                .collect(),
        )
        .any(
            "P2",
            "for {n} [nonconformity|nonconformities] the action did not work, and nothing more was begun",
            findings.0.iter().filter(stands).map(|f| f.item("effectiveness_result")).collect(),
        )
        .any(
            "P3",
            "{n} [check|checks] of effectiveness [was|were] made by the owner of an action",
            findings.0.iter().filter(own_work).map(|f| f.item("effectiveness_checked_by")).collect(),
        )
        .any(
            "P4",
            "{n} [nonconformity|nonconformities] [has|have] been open for too long",
            findings.0.iter().map(open_too_long).collect(),
        )
}

/// The last day on which the check of effectiveness is in time: as recorded, else counted from the last action once
/// all are done.
fn check_due(f: &Finding<'_>, days: i64) -> Option<Date> {
    if f.finding.action_needed == Some(false) {
        return None;
    }
    f.finding.effectiveness_due_at.or_else(|| {
        let done: Option<Vec<Date>> = f.actions.iter().map(|a| a.done_at).collect();
        done?.into_iter().max().map(|last| last.plus_days(days))
    })
}

fn isms_changes(cx: &Cx<'_>, findings: &Findings<'_>) -> Row {
    let late = |f: &Finding<'_>| match cx.isms.find(f.finding.isms_change_id) {
        None => f.item("isms_change_id"),
        Some(change) => {
            let due = change.target_date.map(|day| day.plus_days(cx.p.overdue_days));
            let late = due.map_or_else(When::never, When::after);
            f.on("isms_change_id", &late.and_not(&done_from(change.implemented_at)))
        }
    };
    Row::new("10.2e")
        .any(
            "P1",
            "{n} [nonconformity|nonconformities] [was|were] closed without saying whether the ISMS has to change",
            findings
                .0
                .iter()
                .filter(|f| f.finding.isms_change_needed.is_none())
                .map(|f| f.on("isms_change_needed", &f.closed()))
                .collect(),
        )
        .any(
            "P2",
            "for {n} [nonconformity|nonconformities] the ISMS has to change, and has not",
            findings.0.iter().filter(|f| f.finding.isms_change_needed == Some(true)).map(late).collect(),
        )
}

/// The findings on record, by audit and by what they are about.
pub(super) struct Recorded(HashMap<(Ref<Audit>, String), When>);

/// What a check is about, as a finding names it: the requirement, the control.
pub(super) fn object_of(check: &AuditCheck) -> Vec<String> {
    let requirement = Some(check.requirement_ref.trim()).filter(|r| !r.is_empty()).map(str::to_owned);
    requirement.into_iter().chain(check.control_id.map(|c| c.to_string())).collect()
}

/// The findings on record: a check and its finding belong together when they share audit and criterion (ruling 9.4).
pub(super) fn recorded_findings(cx: &Cx<'_>) -> Recorded {
    let mut recorded: HashMap<(Ref<Audit>, String), When> = HashMap::new();
    for finding in cx.all::<Nonconformity>() {
        let Some(audit) = finding.audit_id else { continue };
        let days = recorded.entry((audit, finding.criterion_ref.trim().to_owned())).or_default();
        *days = days.or(&finding.there);
    }
    Recorded(recorded)
}

impl Recorded {
    /// The days on which what a check found is on record.
    pub(super) fn of(&self, check: &AuditCheck) -> When {
        let Some(audit) = check.audit_id else { return When::never() };
        let keys = object_of(check).into_iter().map(|object| (audit, object));
        When::any(keys.filter_map(|key| self.0.get(&key).cloned()))
    }
}

fn nature(cx: &Cx<'_>, findings: &Findings<'_>) -> Row {
    let recorded = recorded_findings(cx);
    let found = |c: &AuditCheck| matches!(c.result, Some(CheckResult::Minor | CheckResult::Major));
    let closed = |c: &AuditCheck| {
        cx.isms.find(c.audit_id).is_some_and(|a| {
            !a.meta.archived && a.state == AuditState::Closed && a.kind != Some(AuditKind::Supplier)
        })
    };
    let checks = cx.all::<AuditCheck>().filter(|c| found(c) && closed(c));
    let incomplete = |f: &Finding<'_>| {
        let f = &f.finding;
        let lacks = first_of([
            ("statement", f.statement.is_empty()),
            ("criterion_ref", f.criterion_ref.is_empty()),
            ("objective_evidence", f.objective_evidence.is_empty()),
        ]);
        Some(f.item(lacks?))
    };
    Row::new("10.2f")
        .any(
            "U1",
            "{n} [check|checks] of closed audits found a nonconformity that is not on record",
            checks.map(|c| c.on("result", &recorded.of(&c).not())).collect(),
        )
        .any(
            "P1",
            "{n} [nonconformity|nonconformities] [lacks|lack] statement, criterion or objective evidence",
            findings.0.iter().filter_map(incomplete).collect(),
        )
}

fn results(findings: &Findings<'_>) -> Row {
    let told = |f: &Finding<'_>| {
        When::any(f.actions.iter().filter(|a| !a.result_note.is_empty()).map(|a| a.there.clone()))
    };
    let unverified = |a: &CorrectiveAction| {
        first_of([
            ("result_note", a.result_note.is_empty()),
            ("verified_by", a.verified_by.is_none() || a.verified_by == a.owner_id),
        ])
    };
    let mut open = Vec::new();
    for f in &findings.0 {
        let closed = f.closed();
        let bad = f.actions.iter().filter_map(|a| Some((a, unverified(a)?)));
        open.extend(bad.map(|(a, field)| a.on(field, &closed.or(&done(a)).and(&f.finding.there))));
    }
    Row::new("10.2g")
        .any(
            "U1",
            "{n} [nonconformity|nonconformities] [was|were] closed, and of none of [its|their] actions is the result on record",
            findings
                .0
                .iter()
                .filter(|f| f.needs_action())
                .map(|f| f.on("", &f.closed().and_not(&told(f))))
                .collect(),
        )
        .any("P1", "{n} [action|actions] [has|have] no result on record, or nobody but [its|their] owner verified [it|them]", open)
}
