//! Clause 8: operation.

use std::collections::{HashMap, HashSet};

use super::{
    Count, Cx, Item, Known, Row, Seen, Soft, When,
    changes::{self, implemented},
    cx::{done_from, exists, first_of, newest, reviewed, seen},
    planning::some_evaluation,
    risks::RiskFacts,
};
use crate::{
    AnyRecord, Id, Kind, Ref,
    records::{
        AssessmentKind, AssessmentResult, Change, Control, CorrectiveAction, CorrectiveActionState,
        Criticality, Evidence, EvidenceRequirement, EvidenceState, ImplementationStatus, Incident,
        IncidentState, IsmsProcess, ProcessKind, RiskAssessment, RiskAssessmentState, ScopeItem, ScopeKind,
        Supplier, SupplierAssessment, Task, TaskState, TreatmentPlan, TreatmentPlanState,
    },
    time::Date,
};

/// Months without a recorded change after which the register looks unused (8.1-change).
const QUIET_MONTHS: i64 = 6;

/// The rows of clause 8 that speak of records alone.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![processes(cx), evidence(cx), changes(cx), suppliers(cx), assessment(cx), treatment(cx)]
}

/// The rows of clause 8 that also ask how another row stands.
#[must_use]
pub fn after(_: &Cx<'_>, _: &Known<'_>) -> Vec<Row> {
    Vec::new()
}

/// Whether a process belongs to the core of an ISMS: all kinds but change and other.
fn is_core(process: &IsmsProcess) -> bool {
    process.kind.is_some_and(|k| !matches!(k, ProcessKind::Change | ProcessKind::Other))
}

/// The days after a frequency and `overdue_days` have run out: months first, then days (ruling 9.4, 8.1-plan). With no
/// day to count from, always.
fn ran_out(cx: &Cx<'_>, from: Option<Date>, months: u32) -> When {
    from.map_or_else(When::always, |day| {
        When::after(day.plus_months(i64::from(months)).plus_days(cx.p.overdue_days))
    })
}

fn processes(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.live::<IsmsProcess>().collect();
    let bare = |p: &Seen<'_, IsmsProcess>| {
        let lacks = first_of([
            ("criteria", p.criteria.is_empty()),
            ("procedure_document_id", p.procedure_document_id.is_none()),
        ]);
        Some(p.item(lacks.filter(|_| is_core(p))?))
    };
    let idle = |p: &Seen<'_, IsmsProcess>| {
        let last = p.last_operated_at.or(p.meta.created_at);
        Some(p.on("last_operated_at", &ran_out(cx, last, p.frequency_months?)))
    };
    let row = Row::new("8.1-plan")
        .when(
            "U1",
            exists(all.iter().filter(|p| !p.criteria.is_empty())).not(),
            "no process says by which criteria it is run",
            vec![],
        )
        .any(
            "P1",
            "{n} core [process|processes] [has|have] no criteria or no procedure",
            all.iter().filter_map(bare).collect(),
        )
        .any(
            "P2",
            "{n} [process|processes] did not run when [it|they] should have",
            all.iter().filter_map(idle).collect(),
        );
    reviewed(row, &all, "last_reviewed_at", "[process|processes]", |p| {
        cx.soft(p.last_reviewed_at, cx.p.process_months)
    })
}

/// The days on which accepted evidence for a control counts. The date decides, not the state that the clock has reached
/// (ruling 9.3); evidence from which no last day follows ran out before every date, as in 2.2.
fn proven(cx: &Cx<'_>, control: Id, days_past: i64) -> When {
    use EvidenceState::{Accepted, Expired, Expiring};
    let named = cx.about::<Evidence>(control).filter(|e| e.control_ids.iter().any(|c| c.id() == control));
    let requirements = cx.about::<EvidenceRequirement>(control);
    let requirements = requirements.filter(|r| r.control_id.is_some_and(|c| c.id() == control));
    let asked = requirements.flat_map(|r| {
        let of = cx.about::<Evidence>(r.meta.id);
        of.filter(move |e| e.requirement_id.is_some_and(|x| x.id() == r.meta.id))
    });
    let accepted = named.chain(asked).filter(|e| matches!(e.state, Accepted | Expiring | Expired));
    let spans = accepted.filter_map(|e| {
        let last = e.ends(cx.isms)?;
        Some((e.meta.there_from.unwrap_or(Date::MIN), last.plus_days(days_past)))
    });
    When::within(spans.collect())
}

/// The day a record speaks of, for the question whether a process ran: the first of these dates that it has.
pub(super) fn day_of(record: &dyn AnyRecord) -> Option<Date> {
    const DAYS: &[&str] = &[
        "period_to",
        "period_end",
        "completed_at",
        "held_at",
        "closed_at",
        "report_issued_at",
        "fieldwork_end",
        "checked_at",
        "at",
        "analysed_at",
        "measured_at",
        "evaluated_at",
        "assessed_at",
        "scored_at",
        "sent_at",
        "published_at",
        "implemented_at",
        "approved_at",
        "done_at",
        "decided_at",
        "collected_at",
        "raised_at",
        "reported_at",
        "received_at",
        "last_reviewed_at",
    ];
    let field = |name: &&str| record.field(name)?.as_str()?.parse().ok();
    DAYS.iter().find_map(field).or(record.meta().updated_at).or(record.meta().created_at)
}

/// The days on which a process has a record of having run: with a frequency, one not older than that.
pub(super) fn operated(cx: &Cx<'_>, process: &IsmsProcess) -> When {
    let records = process.operation_record_ids.iter().filter_map(|id| cx.isms.record(*id));
    When::any(records.filter(|r| !r.meta().archived).map(|record| {
        match (process.frequency_months, day_of(record)) {
            (Some(months), Some(day)) => When::from(day).and_not(&ran_out(cx, Some(day), months)),
            (Some(_), None) => When::never(),
            (None, day) => day.map_or_else(When::always, When::from),
        }
    }))
}

fn evidence(cx: &Cx<'_>) -> Row {
    // The demo of the specification counts controls of Annex A alone.
    let implemented: Vec<(Id, When)> = cx
        .annex_a()
        .filter(|c| c.implementation_status == Some(ImplementationStatus::Implemented))
        .map(|c| (c.meta.id, c.there.and(&cx.decided(c.meta.id, true))))
        .filter(|(_, when)| !when.is_never())
        .collect();
    let whole = Count::of(implemented.iter().map(|(_, when)| when));
    let without = |days_past: i64| -> Vec<Item> {
        let items = implemented
            .iter()
            .map(|(id, when)| Item::new(*id, "", when.and_not(&proven(cx, *id, days_past))));
        items.collect()
    };
    let missing = without(0);
    let long_missing = without(cx.p.evidence_warn_days);
    let (floor, target) = (cx.p.pct(cx.p.evidence_floor_pct), cx.p.pct(cx.p.evidence_target_pct));
    let below =
        |missing: &[Item]| Count::of(missing.iter().map(|i| &i.when)).leaves_fewer_than_pct(&whole, target);
    let short = below(&long_missing);
    let only_nearly = below(&missing).and_not(&short);
    let no_record = |p: &Seen<'_, IsmsProcess>| {
        let young = p.meta.created_at.zip(p.frequency_months);
        let due = young.map_or_else(When::always, |(day, months)| ran_out(cx, Some(day), months));
        p.on("operation_record_ids", &due.and_not(&operated(cx, p)))
    };
    Row::new("8.1-doc")
        .needs(
            When::any(implemented.iter().map(|(_, when)| when.clone())),
            "no applicable control is implemented",
        )
        .below_pct(
            "U1",
            "{n} of {m} implemented controls [has|have] no evidence in date",
            missing.clone(),
            whole.clone(),
            floor,
        )
        .below_pct(
            "P1",
            "{n} of {m} implemented controls [has|have] no evidence in date",
            long_missing,
            whole.clone(),
            target,
        )
        .any(
            "P2",
            "{n} core [process|processes] [has|have] no record of having run in [its|their] period",
            cx.live::<IsmsProcess>().filter(|p| is_core(p)).map(|p| no_record(&p)).collect(),
        )
        .when(
            "S1",
            only_nearly,
            "of {n} implemented [control|controls] the evidence has just run out",
            missing,
        )
}

fn changes(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.all::<Change>().collect();
    let done = |c: &Change| implemented(c).unwrap_or_else(When::never);
    let unapproved = |c: &Seen<'_, Change>| {
        let when = changes::unapproved(c).filter(|_| c.significant == Some(true))?;
        Some(c.on("approved_at", &when))
    };
    let incomplete = |c: &Seen<'_, Change>| {
        let unseen = c.significant == Some(true) && c.impact_assessment.is_empty();
        let lacks = first_of([("approved_by", c.approved_by.is_none()), ("impact_assessment", unseen)]);
        Some(c.on(lacks?, &done(c)))
    };
    let unreviewed = |c: &Seen<'_, Change>| {
        // Done on no known day is before every date, and the days for a review are long over.
        let waited = c.implemented_at.map(|day| When::after(day.plus_days(cx.p.change_review_days)));
        let late = waited.unwrap_or_else(|| done(c)).and_not(&done_from(c.consequences_reviewed_at));
        c.on("consequences_reviewed_at", &late)
    };
    let to_review = |c: &&Seen<'_, Change>| c.significant == Some(true) || c.planned == Some(false);
    let recorded = all.iter().filter_map(|c| {
        let day = c.meta.created_at?;
        Some(c.there.and(&When::until(day.plus_months(QUIET_MONTHS))))
    });
    let none = cx.stated("8.1-change");
    Row::new("8.1-change")
        .needs(exists(&all).or(&none), "no change is on record, and nobody attested that there was none")
        .any(
            "U1",
            "{n} significant [change|changes] [was|were] made without approval before",
            all.iter().filter_map(unapproved).collect(),
        )
        .any(
            "P1",
            "{n} [change|changes] [was|were] made without an approver, or significant ones without a look at their impact",
            all.iter().filter_map(incomplete).collect(),
        )
        .any(
            "P2",
            "nobody looked in time at the consequences of {n} significant or unplanned [change|changes]",
            all.iter().filter(to_review).map(unreviewed).collect(),
        )
        .any(
            "P3",
            "{n} [change|changes] had effects that nobody meant, and nothing is done about them",
            all.iter()
                .filter(|c| !c.unintended_effects.is_empty() && c.mitigation_task_id.is_none())
                .map(|c| c.item("mitigation_task_id"))
                .collect(),
        )
        .when(
            "S1",
            When::any(recorded).or(&none).not(),
            "no change was recorded in six months",
            newest(all.iter().cloned(), |c| c.meta.created_at)
                .into_iter()
                .map(|(c, when)| Item::new(c.meta.id, "created_at", when))
                .collect(),
        )
}

fn suppliers(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.live::<Supplier>().collect();
    let relevant: Vec<_> = all.iter().filter(|s| s.relevant_to_isms == Some(true)).cloned().collect();
    let dependencies =
        exists(&cx.live::<ScopeItem>().filter(|i| i.kind == Some(ScopeKind::Dependency)).collect::<Vec<_>>());
    let heavy =
        all.iter().filter(|s| matches!(s.criticality, Some(Criticality::Critical | Criticality::High)));
    let assessments = |s: &Seen<'_, Supplier>| {
        let id = s.meta.id;
        let mine = cx.about::<SupplierAssessment>(id).filter(|a| a.supplier_id.is_some_and(|s| s.id() == id));
        newest(mine, |a| a.assessed_at)
    };
    let unready = |s: &Seen<'_, Supplier>| {
        let accepted = assessments(s).into_iter().filter(|(a, _)| {
            matches!(a.result, Some(AssessmentResult::Accept | AssessmentResult::Conditional))
        });
        let accepted = When::any(accepted.map(|(_, when)| when));
        let bare = When::fixed(s.owner_id.is_none() || s.security_clauses != Some(true));
        let field = if s.owner_id.is_none() {
            "owner_id"
        } else if s.security_clauses != Some(true) {
            "security_clauses"
        } else {
            "in_use_since"
        };
        s.on(field, &done_from(s.in_use_since).and(&bare.or(&accepted.not())))
    };
    let open_conditions = |s: &Seen<'_, Supplier>| {
        let conditional =
            assessments(s).into_iter().filter(|(a, _)| a.result == Some(AssessmentResult::Conditional));
        conditional
            .map(|(a, when)| {
                let late = When::any(a.finding_ids.iter().map(|id| overdue(cx, *id)));
                Item::new(a.meta.id, "finding_ids", s.there.and(&when).and(&late))
            })
            .collect::<Vec<_>>()
    };
    // One that is not in use yet and has no date is not overdue.
    let due: Vec<_> = all
        .iter()
        .filter(|s| s.next_review_at.is_some() || s.in_use_since.is_some())
        .map(|s| {
            let there = if s.next_review_at.is_some() { When::always() } else { done_from(s.in_use_since) };
            Seen { record: s.record, there: s.there.and(&there) }
        })
        .collect();
    let row = Row::new("8.1-ext")
        .needs(
            exists(&all).or(&cx.stated("8.1-ext")),
            "no supplier is on record, and nobody attested that there is none",
        )
        .when(
            "U1",
            dependencies.and_not(&exists(&relevant)),
            "the scope names dependencies, and no supplier is marked as relevant for the ISMS",
            vec![],
        )
        .any(
            "P1",
            "{n} critical or high [supplier|suppliers] in use [lacks|lack] an owner, security clauses or an accepted assessment",
            heavy.map(unready).collect(),
        )
        .any(
            "P2",
            "conditions set for {n} [supplier|suppliers] [is|are] overdue",
            all.iter().flat_map(open_conditions).collect(),
        );
    reviewed(row, &due, "next_review_at", "[supplier|suppliers]", |s| supplier_due(cx, s))
}

/// "Past next_review_at" of a supplier: lapsed once the interval of its criticality has run out again (ruling 9.3).
fn supplier_due(cx: &Cx<'_>, supplier: &Supplier) -> Soft {
    let months = cx.p.supplier_months;
    let interval = supplier.criticality.and_then(|c| months.of(c.as_str())).unwrap_or(months.medium);
    let Some(due) = supplier.next_review_at else { return cx.soft(None, interval) };
    let lapsed = due.plus_months(interval * (cx.p.stale_factor - 1));
    Soft { aged: When::after(due).and(&When::until(lapsed)), lapsed: When::after(lapsed) }
}

/// The days on which a condition is overdue: a task or corrective action, or an action of a finding.
fn overdue(cx: &Cx<'_>, id: Id) -> When {
    let late = |due: Option<Date>| due.map_or_else(When::never, When::after);
    let action = |a: &CorrectiveAction| {
        let over = a.state == CorrectiveActionState::Cancelled
            || (a.done_at.is_none()
                && matches!(a.state, CorrectiveActionState::Done | CorrectiveActionState::Verified));
        if over { When::never() } else { late(a.due_at).and_not(&done_from(a.done_at)) }
    };
    match id.kind {
        Kind::Task => Ref::<Task>::try_from(id)
            .ok()
            .and_then(|t| cx.isms.get(t))
            .map_or_else(When::never, |t| late(t.due_at).and_not(&task_over(t))),
        Kind::CorrectiveAction => Ref::<CorrectiveAction>::try_from(id)
            .ok()
            .and_then(|a| cx.isms.get(a))
            .map_or_else(When::never, |a| action(a)),
        Kind::Nonconformity => When::any(cx.about::<CorrectiveAction>(id).map(|a| action(&a))),
        _ => When::never(),
    }
}

/// The days on which a task is over: done, from that day if it is known, or cancelled.
pub(super) fn task_over(task: &Task) -> When {
    match (task.state, task.completed_at) {
        (TaskState::Cancelled, _) | (TaskState::Done, None) => When::always(),
        (_, day) => done_from(day),
    }
}

/// The planned assessments that were completed.
fn planned_assessments<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, RiskAssessment>> {
    cx.all::<RiskAssessment>()
        .filter(|a| a.kind == Some(AssessmentKind::Planned) && a.state == RiskAssessmentState::Completed)
        .map(|a| {
            let there = a.completed_at.map_or_else(When::always, When::from);
            Seen { record: a.record, there: a.there.and(&there) }
        })
        .collect()
}

/// Whether something was there when an assessment was completed.
fn was_there(created: Option<Date>, at: &RiskAssessment) -> bool {
    created.is_none_or(|born| at.completed_at.is_none_or(|day| born <= day))
}

/// Risks that the last planned assessment left out.
fn not_assessed(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Vec<Item> {
    let mut gaps = Vec::new();
    for (a, when) in newest(planned_assessments(cx), |a| a.completed_at) {
        for facts in risks.iter().filter(|f| was_there(f.risk.meta.created_at, &a)) {
            let made = facts.scores.iter().filter(|s| s.assessment_id == Some(a.reference()));
            let scored = When::any(made.map(|s| s.there.clone()));
            gaps.push(facts.risk.on("", &when.and_not(&scored)));
        }
    }
    gaps.retain(|i| !i.when.is_never());
    gaps
}

fn assessment(cx: &Cx<'_>) -> Row {
    let completed = planned_assessments(cx);
    let last = newest(completed.iter().cloned(), |a| a.completed_at);
    let hard = |a: &RiskAssessment| cx.hard(a.completed_at, cx.p.assess_months);
    let lapsed: Vec<Item> = last
        .iter()
        .map(|(a, when)| Item::new(a.meta.id, "completed_at", when.and(&hard(a).lapsed)))
        .collect();
    let not_assessed = cx.each_chunk("not assessed", not_assessed);
    let mut gaps = Vec::new();
    let mut left_out = Vec::new();
    for (a, when) in last.iter().filter(|(_, when)| !when.is_never()) {
        if a.approved_by.is_none() {
            gaps.push(Item::new(a.meta.id, "approved_by", when.clone()));
        }
        let named: HashSet<Ref<ScopeItem>> = a.scope_item_ids.iter().copied().collect();
        for item in cx.live::<ScopeItem>().filter(|i| i.in_scope == Some(true)) {
            let kind = matches!(item.kind, Some(ScopeKind::Product | ScopeKind::Process | ScopeKind::Site));
            if kind && was_there(item.meta.created_at, a) && !named.contains(&item.reference()) {
                left_out.push(item.on("", when));
            }
        }
    }
    gaps.extend(not_assessed.iter().flat_map(|items| items.iter().cloned()));
    Row::new("8.2")
        .when(
            "U1",
            exists(&completed).not().or(&When::any(lapsed.iter().map(|i| i.when.clone()))),
            "no planned risk assessment was completed within the interval",
            lapsed,
        )
        .any("P1", "the last planned assessment is not approved, or left out risks", gaps)
        .any("P2", "{n} [trigger|triggers] [was|were] followed by no assessment", triggers(cx, &completed))
        .any(
            "P3",
            "the last planned assessment left out {n} of the products, processes and sites in scope",
            left_out,
        )
        .any(
            "S1",
            "the next planned risk assessment is due",
            last.iter()
                .map(|(a, when)| Item::new(a.meta.id, "completed_at", when.and(&hard(a).aged)))
                .collect(),
        )
}

/// What calls for an assessment, came after the last planned one, and got none in time (ruling 9.4, 8.2 P2).
fn triggers(cx: &Cx<'_>, planned: &[Seen<'_, RiskAssessment>]) -> Vec<Item> {
    let mut answered: HashMap<Id, Vec<When>> = HashMap::new();
    for assessment in cx.all::<RiskAssessment>() {
        if let Ok(trigger) = assessment.trigger_ref.trim().parse() {
            answered.entry(trigger).or_default().push(assessment.there);
        }
    }
    let unanswered = |id: Id, there: &When, field: &'static str, day: Option<Date>| {
        let late = day.map_or_else(When::always, |day| When::after(day.plus_days(cx.p.trigger_days)));
        let covered =
            planned.iter().filter(|a| a.completed_at.is_none_or(|end| day.is_none_or(|d| end >= d)));
        let answered = answered.get(&id).into_iter().flatten().cloned();
        let answered = When::any(answered).or(&exists(covered));
        Item::new(id, field, there.and(&late).and_not(&answered))
    };
    let changes = cx.all::<Change>().filter(|c| c.significant == Some(true));
    let changes = changes
        .filter_map(|c| Some(unanswered(c.meta.id, &c.there, "implemented_at", Some(c.implemented_at?))));
    let incidents = cx
        .all::<Incident>()
        .filter(|i| i.is_incident != Some(false) && i.state != IncidentState::NotIncident)
        .filter(|i| i.severity.is_some_and(|s| s <= 2))
        .map(|i| {
            // Its severity is known from the day it was judged.
            let field = if i.classified_at.is_some() { "classified_at" } else { "reported_at" };
            let day = i.classified_at.or(i.reported_at).or(i.meta.created_at);
            unanswered(i.meta.id, &i.there, field, day)
        });
    let suppliers =
        cx.live::<Supplier>().filter(|s| s.criticality == Some(Criticality::Critical)).filter_map(|s| {
            let day = s.added_at.or(s.meta.created_at)?;
            Some(unanswered(s.meta.id, &s.there, "added_at", Some(day)))
        });
    changes.chain(incidents).chain(suppliers).collect()
}

/// Plans of a chunk of their numbers, as 8.3 sees them.
struct Plans {
    /// The conditions about single plans.
    row: Row,
    /// Those long overdue.
    very_late: Vec<Item>,
    /// How many are not done yet.
    open: Count,
    /// The days on which one has been begun.
    begun: When,
}

fn treatment(cx: &Cx<'_>) -> Row {
    let chunks = 0..cx.isms.chunks(Kind::TreatmentPlan);
    let chunks: Vec<_> = chunks.map(|chunk| cx.keep("8.3", chunk, plans)).collect();
    let above = cx.each_chunk("above the line", |_, risks| When::any(risks.iter().map(|f| f.above.clone())));
    let above = When::any(above.iter().map(|when| When::clone(when)));
    let begun = When::any(chunks.iter().map(|c| c.begun.clone()));
    let very_late: Vec<Item> = chunks.iter().flat_map(|c| c.very_late.iter().cloned()).collect();
    let open = Count::total(chunks.iter().map(|c| &c.open));
    let many = Count::of(very_late.iter().map(|i| &i.when)).with(&open, |late, all| late * 2 > all);
    Row::new("8.3")
        .needs(some_evaluation(cx), "no risk was evaluated")
        .when(
            "U1",
            above.and_not(&begun).or(&many),
            "no treatment was begun though risks are above the line, or over half of the open plans are long overdue",
            very_late,
        )
        .with(Row::joined(chunks.iter().map(|c| &c.row)).unwrap_or_else(|| Row::new("8.3")))
}

fn plans(cx: &Cx<'_>, chunk: u32) -> Plans {
    use TreatmentPlanState::{Done, InProgress};
    let plans: Vec<_> = cx.isms.chunk::<TreatmentPlan>(chunk).filter(|p| p.live()).map(seen).collect();
    let done = |p: &TreatmentPlan| match p.state {
        Done => p.completed_at.map_or_else(When::always, When::from),
        _ => When::never(),
    };
    let late = |p: &Seen<'_, TreatmentPlan>, days: i64| {
        let due = p.due_at.map_or_else(When::never, |day| When::after(day.plus_days(days)));
        p.on("due_at", &due.and_not(&done(p)))
    };
    let finished = || plans.iter().filter(|p| p.state == Done);
    let not_in_place = |p: &TreatmentPlan| {
        let implemented = |c: &Ref<Control>| {
            let control = cx.isms.get(*c);
            control.is_some_and(|c| c.implementation_status == Some(ImplementationStatus::Implemented))
        };
        p.control_ids.iter().any(|c| !implemented(c))
    };
    let resting = |p: &Seen<'_, TreatmentPlan>| {
        let tasks = p.action_task_ids.iter().filter_map(|t| cx.isms.get(*t)?.completed_at);
        let own = [p.meta.created_at, p.meta.updated_at, p.approved_at].into_iter().flatten();
        let moving = tasks.chain(own).map(|day| When::between(day, day.plus_days(cx.p.progress_days)));
        p.on("updated_at", &When::any(moving).or(&done(p)).not())
    };
    let row = Row::new("8.3")
        .any("P1", "{n} [plan|plans] [is|are] overdue", plans.iter().map(|p| late(p, 0)).collect())
        .any(
            "P2",
            "{n} [plan|plans] [is|are] done and [has|have] no result or no residual score",
            finished()
                .filter_map(|p| {
                    let lacks = first_of([
                        ("result_note", p.result_note.is_empty()),
                        ("residual_score_id", p.residual_score_id.is_none()),
                    ]);
                    Some(p.on(lacks?, &done(p)))
                })
                .collect(),
        )
        .any(
            "P3",
            "{n} [plan|plans] [is|are] done and [rests|rest] on controls that are not in place",
            finished().filter(|p| not_in_place(p)).map(|p| p.on("control_ids", &done(p))).collect(),
        )
        .any(
            "S1",
            "{n} open [plan|plans] [has|have] seen no progress for too long",
            plans.iter().map(resting).collect(),
        );
    let mut very_late: Vec<Item> = plans.iter().map(|p| late(p, cx.p.overdue_days)).collect();
    very_late.retain(|i| !i.when.is_never());
    Plans {
        row,
        very_late,
        open: Count::owned(plans.iter().map(|p| p.there.and_not(&done(p)))),
        begun: exists(plans.iter().filter(|p| matches!(p.state, InProgress | Done))),
    }
}
