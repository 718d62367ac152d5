//! 9.2: internal audits and their programme.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    Id, Kind, Ref,
    records::{
        Audit, AuditCheck, AuditKind, AuditProgramme, AuditState, CheckResult, CompetenceRecord,
        CompetenceResult, Control, Document, DocumentKind, IsmsProcess, Person, ProcessKind, RoleKind,
    },
    rules::{
        Count, Cx, Item, Row, Seen, When,
        cx::{done_from, exists, first_of, newest},
        improvement::{object_of, recorded_findings},
    },
    time::Date,
    words::says_none,
};

/// Days within which a programme that has ended may be followed by the next (9.2.2), and a report by its fieldwork
/// (9.2.2 c).
const PROGRAMME_GAP: i64 = 60;
const REPORT_DAYS: i64 = 30;

/// The rows of 9.2.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![
        conformity(cx),
        practice(cx),
        programme(cx),
        criteria_and_scope(cx),
        impartiality(cx),
        reported(cx),
        records(cx),
    ]
}

/// The internal audits that are not cancelled.
pub(crate) fn internal<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, Audit>> {
    cx.all::<Audit>()
        .filter(|a| a.kind == Some(AuditKind::Internal) && a.state != AuditState::Cancelled)
        .collect()
}

/// The internal audits that are closed, from the end of their fieldwork on: a snapshot does not say when one was closed.
pub(crate) fn closed<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, Audit>> {
    let closed = internal(cx).into_iter().filter(|a| a.state == AuditState::Closed);
    let ended = |a: &Audit| a.fieldwork_end.map_or_else(When::always, When::from);
    closed.map(|a| Seen { there: a.there.and(&ended(&a)), ..a }).collect()
}

/// The checks of an audit that came to a result.
fn checks<'a>(cx: &Cx<'a>, audit: &Seen<'_, Audit>) -> Vec<Seen<'a, AuditCheck>> {
    let id = audit.meta.id;
    cx.about::<AuditCheck>(id)
        .filter(|c| c.audit_id.is_some_and(|a| a.id() == id))
        .filter(|c| c.result.is_some_and(|r| r != CheckResult::NotTested))
        .collect()
}

/// U1 and S1 of 9.2.1: an audit was done, and the interval has not run out.
fn in_interval(row: Row, cx: &Cx<'_>, between: impl FnOnce(Row) -> Row) -> Row {
    let closed = closed(cx);
    let last = newest(closed.iter().cloned(), |a| a.fieldwork_end);
    let hard = |a: &Audit| cx.hard(a.fieldwork_end, cx.p.audit_months);
    let lapsed: Vec<Item> = last
        .iter()
        .map(|(a, when)| Item::new(a.meta.id, "fieldwork_end", when.and(&hard(a).lapsed)))
        .collect();
    let when = exists(&closed).not().or(&When::any(lapsed.iter().map(|i| i.when.clone())));
    let row = row.when("U1", when, "no internal audit was closed within the interval", lapsed);
    between(row).any(
        "S1",
        "the next internal audit is due",
        last.iter().map(|(a, when)| Item::new(a.meta.id, "fieldwork_end", when.and(&hard(a).aged))).collect(),
    )
}

fn conformity(cx: &Cx<'_>) -> Row {
    let closed = closed(cx);
    let covers = |audit: &Audit, months| cx.hard(audit.fieldwork_end, months).lapsed.not();
    let mut checked: HashMap<String, Vec<When>> = HashMap::new();
    let mut controls: HashMap<Id, Vec<When>> = HashMap::new();
    for audit in &closed {
        for check in checks(cx, audit) {
            let there = check.there.and(&audit.there);
            let reference = check.requirement_ref.trim();
            if let Some(control) = control_of(&check) {
                controls.entry(control).or_default().push(there.and(&covers(audit, cx.p.audit_cycle_months)));
            }
            if !reference.is_empty() {
                checked
                    .entry(reference.to_owned())
                    .or_default()
                    .push(there.and(&covers(audit, cx.p.audit_months)));
            }
        }
    }
    let unchecked = frameworks::catalogue().scored().map(|row| {
        let under = frameworks::above(&row.id).filter_map(|reference| checked.get(reference));
        (row.id.clone(), When::any(under.flat_map(|days| days.iter().cloned())).not())
    });
    let own = closed.iter().filter(|a| a.criteria_document_ids.iter().any(|d| is_own_rule(cx, *d)));
    let own = When::any(own.map(|a| a.there.and(&covers(a, cx.p.audit_months))));
    in_interval(Row::new("9.2.1a"), cx, |row| {
        row.names(
            "P1",
            "no internal audit of the interval checked {n} [requirement|requirements]: {names}",
            unchecked.collect(),
        )
        .any(
            "P2",
            "no internal audit of the cycle checked {n} applicable [control|controls]",
            unchecked_controls(cx, &controls),
        )
        .when(
            "P3",
            own.not(),
            "no internal audit of the interval had a policy or procedure of your own among its criteria",
            closed.iter().map(|a| a.item("criteria_document_ids")).collect(),
        )
    })
}

/// The control a check is about.
fn control_of(check: &AuditCheck) -> Option<Id> {
    let named = || check.requirement_ref.trim().parse().ok().filter(|id: &Id| id.kind == Kind::Control);
    check.control_id.map(Ref::id).or_else(named)
}

fn is_own_rule(cx: &Cx<'_>, document: Ref<Document>) -> bool {
    let kind = cx.isms.get(document).and_then(|d| d.kind);
    matches!(kind, Some(DocumentKind::Policy | DocumentKind::TopicPolicy | DocumentKind::Procedure))
}

/// Applicable controls of Annex A that no audit of the cycle checked: in the first cycle those that audits planned so
/// far have in their scope, later all.
fn unchecked_controls(cx: &Cx<'_>, checked: &HashMap<Id, Vec<When>>) -> Vec<Item> {
    let internal = internal(cx);
    let programmes = cx.isms.all::<AuditProgramme>().iter();
    let begins = |a: &Audit| a.planned_start.or(a.fieldwork_start);
    let first = programmes.filter(|p| p.approved_at.is_some()).filter_map(|p| p.period_start).min();
    let first = first.or_else(|| internal.iter().filter_map(|a| begins(a)).min());
    let later = first.map_or_else(When::never, |d| When::after(d.plus_months(cx.p.audit_cycle_months)));
    let mut planned: HashMap<Id, Vec<When>> = HashMap::new();
    for audit in &internal {
        let when = audit.there.and(&done_from(begins(audit)));
        for control in &audit.record.scope_control_ids {
            planned.entry(control.id()).or_default().push(when.clone());
        }
    }
    let days = |map: &HashMap<Id, Vec<When>>, id| When::any(map.get(&id).into_iter().flatten().cloned());
    cx.annex_a()
        .filter_map(|c| {
            let id = c.meta.id;
            let due = later.or(&days(&planned, id)).and_not(&days(checked, id));
            (!due.is_never()).then(|| Item::new(id, "", cx.decided(id, true).and(&due)))
        })
        .collect()
}

fn practice(cx: &Cx<'_>) -> Row {
    let last = newest(closed(cx), |a| a.fieldwork_end);
    let (mut conform, mut bare) = (Vec::new(), Vec::new());
    for (audit, when) in &last {
        for check in checks(cx, audit).into_iter().filter(|c| c.result == Some(CheckResult::Conform)) {
            conform.push(check.there.and(when));
            if check.sample_note.is_empty() && check.evidence_ids.is_empty() {
                bare.push(check.on("sample_note", when));
            }
        }
    }
    let silent = last.iter().filter(|(a, _)| a.conclusion.is_empty());
    let silent = silent.map(|(a, when)| Item::new(a.meta.id, "conclusion", when.clone())).collect();
    in_interval(Row::new("9.2.1b"), cx, |row| {
        row.over_pct(
            "P1",
            "{n} of {m} conform checks of the last audit [names|name] neither sample nor evidence",
            bare,
            Count::owned(conform),
            20,
        )
        .any("P2", "the last internal audit has no conclusion", silent)
    })
}

fn programme(cx: &Cx<'_>) -> Row {
    let approved: Vec<_> = cx.all::<AuditProgramme>().filter(|p| p.approved_at.is_some()).collect();
    let period = |p: &Seen<'_, AuditProgramme>| {
        let begun = p.period_start.map_or_else(When::always, When::from);
        let not_over = p.period_end.map_or_else(When::always, When::until);
        p.there.and(&done_from(p.approved_at)).and(&begun).and(&not_over)
    };
    let covering: Vec<(Seen<'_, AuditProgramme>, When)> =
        approved.iter().map(|p| (p.clone(), period(p))).collect();
    let covered = When::any(covering.iter().map(|(_, when)| when.clone()));
    let just_ended: Vec<Item> = approved
        .iter()
        .filter_map(|p| {
            let end = p.period_end?;
            let gap = When::between(end.plus_days(1), end.plus_days(PROGRAMME_GAP));
            Some(p.on("period_end", &gap.and(&done_from(p.approved_at)).and_not(&covered)))
        })
        .collect();
    let gap = When::any(just_ended.iter().map(|i| i.when.clone()));
    let of = |field, lacks: &dyn Fn(&AuditProgramme) -> bool| {
        let items = covering.iter().filter(|(p, _)| lacks(p));
        items.map(|(p, when)| Item::new(p.meta.id, field, when.clone())).collect::<Vec<_>>()
    };
    let audits: Vec<_> = cx.all::<Audit>().filter(|a| a.kind != Some(AuditKind::Supplier)).collect();
    let earlier = |start: Option<Date>| {
        audits.iter().any(|a| {
            a.state == AuditState::Closed
                && a.fieldwork_end.zip(start).is_some_and(|(end, start)| end < start)
        })
    };
    let late = |a: &Seen<'_, Audit>| {
        let start = a.planned_start.filter(|_| a.state == AuditState::Planned && a.programme_id.is_some())?;
        Some(a.on("planned_start", &When::after(start.plus_days(cx.p.overdue_days))))
    };
    Row::new("9.2.2")
        .when(
            "U1",
            covered.or(&gap).not(),
            "no approved audit programme covers the day",
            newest(approved.iter().cloned(), |p| p.period_end)
                .into_iter()
                .map(|(p, when)| Item::new(p.meta.id, "period_end", when.and_not(&covered)))
                .collect(),
        )
        .any(
            "P1",
            "the audit programme does not say all of how often, how, by whom, how prepared and how reported",
            of("frequency", &|p| {
                [&p.frequency, &p.methods, &p.responsibilities, &p.planning_requirements, &p.reporting]
                    .iter()
                    .any(|text| text.is_empty())
            }),
        )
        .any(
            "P2",
            "the audit programme weighs neither importance nor the results of earlier audits, or only one of them",
            of("importance_note", &|p| {
                p.importance_note.is_empty()
                    || (p.previous_results_note.is_empty() && earlier(p.period_start))
            }),
        )
        .any(
            "P3",
            "{n} [audit|audits] of the programme should have begun long ago",
            audits.iter().filter_map(late).collect(),
        )
        .any("S1", "the audit programme has ended and the next is not approved", just_ended)
}

fn needs_audit(row: Row, cx: &Cx<'_>) -> Row {
    row.needs(exists(&internal(cx)), "no internal audit is planned")
}

fn needs_closed_audit(row: Row, cx: &Cx<'_>) -> Row {
    row.needs(exists(&closed(cx)), "no internal audit is closed")
}

fn criteria_and_scope(cx: &Cx<'_>) -> Row {
    let internal = internal(cx);
    let no_scope = |a: &Audit| {
        a.scope_requirement_refs.is_empty() && a.scope_control_ids.is_empty() && a.scope_item_ids.is_empty()
    };
    let bare = |a: &Audit| a.state != AuditState::Planned && a.criteria.is_empty() && no_scope(a);
    let lacks = |a: &Audit| {
        first_of([
            ("criteria", a.criteria.is_empty()),
            ("scope_requirement_refs", a.scope_requirement_refs.is_empty()),
            ("scope_control_ids", a.scope_control_ids.is_empty()),
        ])
    };
    needs_audit(Row::new("9.2.2a"), cx)
        .any(
            "U1",
            "{n} [audit|audits] [was|were] carried out with neither criteria nor scope",
            internal.iter().filter(|a| bare(a)).map(|a| a.item("criteria")).collect(),
        )
        .any(
            "P1",
            "{n} [audit|audits] [lacks|lack] criteria, requirements in scope or controls in scope",
            internal.iter().filter_map(|a| Some(a.item(lacks(a)?))).collect(),
        )
}

/// The process whose owner answers for a row: by the kind of its clause (ruling 9.4, 9.2.2b).
fn process_of(row: &str) -> Option<ProcessKind> {
    const CLAUSES: &[(&str, ProcessKind)] = &[
        ("4", ProcessKind::Context),
        ("6.1.3b", ProcessKind::ControlsSoa),
        ("6.1.3c", ProcessKind::ControlsSoa),
        ("6.1.3d", ProcessKind::ControlsSoa),
        ("6.1", ProcessKind::Risk),
        ("6.3", ProcessKind::Change),
        ("7.2", ProcessKind::CompetenceAwareness),
        ("7.3", ProcessKind::CompetenceAwareness),
        ("7.5", ProcessKind::Documents),
        ("8.1-change", ProcessKind::Change),
        ("8.1-ext", ProcessKind::Supplier),
        ("8.2", ProcessKind::Risk),
        ("8.3", ProcessKind::Risk),
        ("9.1", ProcessKind::Monitoring),
        ("9.2", ProcessKind::InternalAudit),
        ("9.3", ProcessKind::ManagementReview),
        ("10", ProcessKind::NonconformityImprovement),
    ];
    CLAUSES.iter().find(|(clause, _)| frameworks::is_under(row, clause)).map(|(_, kind)| *kind)
}

/// Who owns what a check is about: the control, or the process behind the requirement; with the days on which they do.
fn owners(check: &AuditCheck, cx: &Cx<'_>, processes: &[Seen<'_, IsmsProcess>]) -> Vec<(Ref<Person>, When)> {
    let mut owners = Vec::new();
    let control = control_of(check).and_then(|id| Ref::<Control>::try_from(id).ok());
    if let Some(owner) = cx.isms.find(control).and_then(|c| c.owner_id) {
        owners.push((owner, When::always()));
    }
    let kind = process_of(check.requirement_ref.trim());
    for process in processes.iter().filter(|p| kind.is_some() && p.kind == kind) {
        owners.extend(process.owner_id.map(|owner| (owner, process.there.clone())));
    }
    owners
}

fn impartiality(cx: &Cx<'_>) -> Row {
    let internal = internal(cx);
    let processes: Vec<_> = cx.live::<IsmsProcess>().collect();
    // Each check with the days on which it is one of the checker's own work, by what it is about.
    let mut by_object: BTreeMap<Vec<String>, Vec<(Seen<'_, AuditCheck>, When)>> = BTreeMap::new();
    for audit in &internal {
        for check in checks(cx, audit) {
            let owners = owners(&check, cx, &processes).into_iter();
            let mine = owners.filter(|(owner, _)| check.checked_by == Some(*owner)).map(|(_, when)| when);
            let mine = When::any(mine);
            by_object.entry(object_of(&check)).or_default().push((check, mine));
        }
    }
    let mut own_work = Vec::new();
    for checks in by_object.values() {
        let independent = checks.iter().filter(|(c, mine)| c.checked_by.is_some() && mine.is_never());
        let healed = When::any(independent.map(|(c, _)| c.there.clone()));
        let own = checks.iter().filter(|(_, mine)| !mine.is_never());
        own_work.extend(own.map(|(c, mine)| c.on("checked_by", &mine.and_not(&healed))));
    }
    let running = internal.iter().filter(|a| a.state != AuditState::Planned);
    let undeclared = |a: &Audit| {
        first_of([
            ("impartiality_declared_at", a.impartiality_declared_at.is_none()),
            ("impartiality_conflicts", !says_none(&a.impartiality_conflicts)),
        ])
    };
    let competent = competent_auditors(cx);
    let untrained = |audit: &Seen<'_, Audit>| {
        let all = audit.auditor_ids.iter().map(|p| competent.get(p).cloned().unwrap_or_default());
        audit.on("auditor_ids", &When::all(all).not())
    };
    needs_audit(Row::new("9.2.2b"), cx)
        .any(
            "U1",
            "{n} [check|checks] [was|were] made by who owns what was checked, and by nobody else",
            own_work,
        )
        .any(
            "P1",
            "in {n} [audit|audits] impartiality was not declared, or a conflict is not resolved",
            running.filter_map(|a| Some(a.item(undeclared(a)?))).collect(),
        )
        .any(
            "P2",
            "in {n} [audit|audits] an auditor has no proof of competence for internal audits",
            internal.iter().map(untrained).collect(),
        )
}

/// People whose newest record on a competence of internal auditors says competent, with the days on which it does.
fn competent_auditors(cx: &Cx<'_>) -> HashMap<Ref<Person>, When> {
    let mut records: BTreeMap<_, Vec<Seen<'_, CompetenceRecord>>> = BTreeMap::new();
    for record in cx.all::<CompetenceRecord>() {
        let requirement = cx.isms.find(record.competence_requirement_id);
        let role = requirement.and_then(|r| cx.isms.find(r.role_id));
        let Some(person) = record.person_id else { continue };
        if role.is_some_and(|r| r.kind == Some(RoleKind::InternalAuditor)) {
            records.entry((person, record.competence_requirement_id)).or_default().push(record);
        }
    }
    let mut competent: HashMap<Ref<Person>, When> = HashMap::new();
    for ((person, _), records) in records {
        let newest = newest(records, |r| r.assessed_at).into_iter();
        let days =
            newest.filter(|(r, _)| r.result == Some(CompetenceResult::Competent)).map(|(_, when)| when);
        let days = When::any(days);
        let known = competent.entry(person).or_default();
        *known = known.or(&days);
    }
    competent
}

fn reported(cx: &Cx<'_>) -> Row {
    let closed = closed(cx);
    let processes: Vec<_> = cx.live::<IsmsProcess>().collect();
    let unheard = |audit: &Seen<'_, Audit>| {
        let reached = |person: &Ref<Person>| audit.reported_to_ids.contains(person);
        if audit.reported_to_ids.iter().any(|p| cx.is_top(Some(*p))) {
            return false;
        }
        let checked = checks(cx, audit);
        let owners: BTreeSet<Ref<Person>> =
            checked.iter().flat_map(|c| owners(c, cx, &processes)).map(|(owner, _)| owner).collect();
        !owners.iter().filter_map(|p| cx.isms.get(*p)?.manager_id).any(|manager| reached(&manager))
    };
    let late = |audit: &Seen<'_, Audit>| {
        let waited = When::after(audit.fieldwork_end?.plus_days(REPORT_DAYS));
        Some(audit.on("report_issued_at", &waited.and_not(&done_from(audit.report_issued_at))))
    };
    needs_closed_audit(Row::new("9.2.2c"), cx)
        .any(
            "U1",
            "{n} closed [audit|audits] [has|have] no report",
            closed
                .iter()
                .filter(|a| a.report_issued_at.is_none())
                .map(|a| a.item("report_issued_at"))
                .collect(),
        )
        .any(
            "P1",
            "{n} [audit|audits] [was|were] reported neither to the managers of what was audited nor to top management",
            closed.iter().filter(|a| unheard(a)).map(|a| a.item("reported_to_ids")).collect(),
        )
        .any(
            "P2",
            "{n} [audit|audits] ended more than 30 days ago and had no report by then",
            internal(cx).iter().filter_map(late).collect(),
        )
}

fn records(cx: &Cx<'_>) -> Row {
    let closed = closed(cx);
    let kept = exists(closed.iter().filter(|a| a.report_version_id.is_some()));
    let recorded = recorded_findings(cx);
    let mut gaps: Vec<Item> = closed
        .iter()
        .filter(|a| a.report_version_id.is_none())
        .map(|a| a.item("report_version_id"))
        .collect();
    for audit in &closed {
        for check in checks(cx, audit) {
            let found =
                matches!(check.result, Some(CheckResult::Minor | CheckResult::Major | CheckResult::Ofi));
            if found {
                gaps.push(check.on("result", &recorded.of(&check).not()));
            }
        }
    }
    needs_closed_audit(Row::new("9.2.2-doc"), cx)
        .when(
            "U1",
            kept.not(),
            "no closed internal audit has its report on record",
            closed.iter().map(|a| a.item("report_version_id")).collect(),
        )
        .any(
            "P1",
            "{n} [audit|audits] [has|have] no report on record, or checks of [its own|theirs] no finding",
            gaps,
        )
}
