//! 7.2: what people in security roles have to be able to do, and whether they can.

use std::collections::{BTreeMap, HashMap};

use crate::{
    Ref,
    records::{
        CompetenceRecord, CompetenceRequirement, CompetenceResult, Effectiveness, Evidence, EvidenceState,
        Person, Role, RoleAssignment, Task, TaskState,
    },
    rules::{
        Count, Cx, Item, Row, Seen, When,
        cx::{done_from, exists, newest, reviewed},
        operation::task_over,
    },
};

/// The rows of 7.2.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let requirements: Vec<_> = cx.live::<CompetenceRequirement>().collect();
    let records = Records::of(cx, &requirements);
    let needed = exists(&requirements);
    let without = "no competence is required of anybody";
    vec![
        required(cx, &requirements),
        held(cx, &requirements, &records).needs(needed.clone(), without),
        gaps(cx, &records).needs(needed.clone(), without),
        proof(cx, &records).needs(needed, without),
    ]
}

type Pair = (Ref<Person>, Ref<CompetenceRequirement>);

/// The records on each person and live requirement, oldest first, each with the days on which it is the newest.
struct Records<'a>(BTreeMap<Pair, Vec<(Seen<'a, CompetenceRecord>, When)>>);

impl<'a> Records<'a> {
    fn of(cx: &Cx<'a>, requirements: &[Seen<'a, CompetenceRequirement>]) -> Self {
        let live: HashMap<Ref<CompetenceRequirement>, &When> =
            requirements.iter().map(|r| (r.reference(), &r.there)).collect();
        let mut pairs: BTreeMap<Pair, Vec<Seen<'a, CompetenceRecord>>> = BTreeMap::new();
        for record in cx.all::<CompetenceRecord>() {
            let Some(pair) = record.person_id.zip(record.competence_requirement_id) else { continue };
            if live.contains_key(&pair.1) {
                pairs.entry(pair).or_default().push(record);
            }
        }
        Self(pairs.into_iter().map(|(pair, records)| (pair, newest(records, |r| r.assessed_at))).collect())
    }

    fn of_pair(&self, pair: Pair) -> &[(Seen<'a, CompetenceRecord>, When)] {
        self.0.get(&pair).map_or(&[], Vec::as_slice)
    }

    /// The newest records with a result, of people who have not left.
    fn newest(&self, cx: &Cx<'a>, result: CompetenceResult) -> Vec<Seen<'a, CompetenceRecord>> {
        let all = self.0.iter().flat_map(|((person, _), records)| {
            let gone = cx.gone(Some(*person)).unwrap_or_default();
            let of_result = records.iter().filter(move |(r, _)| r.result == Some(result));
            of_result.map(move |(r, when)| Seen { record: r.record, there: when.and_not(&gone) })
        });
        all.collect()
    }
}

fn required(cx: &Cx<'_>, requirements: &[Seen<'_, CompetenceRequirement>]) -> Row {
    let none = cx.live::<Role>().filter(|r| r.affects_isms == Some(true)).map(|role| {
        let its = requirements.iter().filter(|r| r.role_id.is_some_and(|x| x.id() == role.meta.id));
        role.on("", &exists(its).not())
    });
    let row = Row::new("7.2a")
        .when("U1", exists(requirements).not(), "no competence is required of anybody", vec![])
        .any(
            "P1",
            "for {n} [role|roles] that [affects|affect] the ISMS no competence is required",
            none.collect(),
        );
    reviewed(row, requirements, "last_reviewed_at", "competence [requirement|requirements]", |r| {
        cx.soft(r.last_reviewed_at, cx.p.competence_months)
    })
}

fn held<'a>(cx: &Cx<'a>, requirements: &[Seen<'a, CompetenceRequirement>], records: &Records<'a>) -> Row {
    let mut by_role: HashMap<Ref<Role>, Vec<&Seen<'a, CompetenceRequirement>>> = HashMap::new();
    for requirement in requirements {
        if let Some(role) = requirement.role_id {
            by_role.entry(role).or_default().push(requirement);
        }
    }
    let (mut whole, mut incomplete, mut missing, mut judged) = (vec![], vec![], vec![], vec![]);
    for role in cx.live::<Role>().filter(|r| r.affects_isms == Some(true)) {
        let assignments = cx
            .about::<RoleAssignment>(role.meta.id)
            .filter(|a| a.role_id.is_some_and(|r| r.id() == role.meta.id));
        for assignment in assignments {
            let Some(person) = assignment.person_id else { continue };
            let current = role.there.and(&cx.current(&assignment));
            let mut lacks = Vec::new();
            for requirement in by_role.get(&role.reference()).into_iter().flatten() {
                let held = records.of_pair((person, requirement.reference()));
                let of = |result| {
                    When::any(held.iter().filter(|(r, _)| r.result == result).map(|(_, when)| when.clone()))
                };
                let asked = current.and(&requirement.there);
                lacks.push(asked.and_not(&of(Some(CompetenceResult::Competent))));
                let unjudged = exists(held.iter().map(|(r, _)| r)).not().or(&of(None));
                missing.push(Item::new(assignment.meta.id, "", asked.and(&unjudged)));
                for (record, when) in held {
                    let there = asked.and(when);
                    if record.result == Some(CompetenceResult::Gap) {
                        missing.push(Item::new(record.meta.id, "result", there.clone()));
                    }
                    judged.push(Seen { record: record.record, there });
                }
            }
            incomplete.push(Item::new(assignment.meta.id, "", When::any(lacks)));
            whole.push(current);
        }
    }
    let row = Row::new("7.2b")
        .below_pct(
            "U1",
            "{n} of {m} assignments to roles that affect the ISMS [lacks|lack] a competence the role calls for",
            incomplete,
            Count::owned(whole),
            cx.p.pct(cx.p.ack_floor_pct),
        )
        .any("P1", "{n} [time|times] a competence that a role calls for is missing or was not judged", missing);
    reviewed(row, &judged, "assessed_at", "competence [record|records]", |r| {
        cx.soft(r.assessed_at, cx.p.competence_months)
    })
}

fn gaps<'a>(cx: &Cx<'a>, records: &Records<'a>) -> Row {
    let gaps = records.newest(cx, CompetenceResult::Gap);
    let acted = exists(gaps.iter().filter(|g| g.action_task_id.is_some()));
    let open = gaps.iter().map(|gap| match cx.isms.find(gap.action_task_id) {
        None => gap.item("action_task_id"),
        Some(task) => {
            let late = task.due_at.map_or_else(When::never, When::after);
            gap.on("action_task_id", &late.and_not(&task_over(task)))
        }
    });
    let mut unchecked = Vec::new();
    for ((person, _), pair) in &records.0 {
        let gone = cx.gone(Some(*person)).unwrap_or_default();
        for (i, (record, newest)) in pair.iter().enumerate() {
            let due = cx.isms.find(record.action_task_id).and_then(|task| check_due(cx, task));
            if let Some(due) = due {
                let late = newest.and(&due).and_not(&done_from(record.effectiveness_checked_at));
                let late = late.and_not(&gone);
                unchecked.push(Item::new(record.meta.id, "effectiveness_checked_at", late));
            }
            if record.effectiveness_result == Some(Effectiveness::NotEffective) {
                let mended = pair.iter().skip(i + 1).filter(|(later, _)| {
                    later.action_task_id.is_some() || later.result == Some(CompetenceResult::Competent)
                });
                let mended = exists(mended.map(|(later, _)| later));
                let known = record.effectiveness_checked_at.map_or_else(When::always, When::from);
                unchecked.push(record.on("effectiveness_result", &known.and_not(&mended).and_not(&gone)));
            }
        }
    }
    Row::new("7.2c")
        .when(
            "U1",
            exists(&gaps).and_not(&acted),
            "{n} [gap|gaps] in competence [is|are] known, and nothing is done about [it|any of them]",
            gaps.iter().map(|g| g.item("action_task_id")).collect(),
        )
        .any("P1", "about {n} [gap|gaps] in competence nothing is done, or not in time", open.collect())
        .any(
            "P2",
            "for {n} [gap|gaps] it was not checked that closing [it|them] worked, or it did not and nothing more was done",
            unchecked,
        )
}

/// The days on which it is time to check that a task closed its gap. Done on no known day is before every date, as in
/// 6.1.1e2; what was given up closed nothing.
fn check_due(cx: &Cx<'_>, task: &Task) -> Option<When> {
    match (task.state, task.completed_at) {
        (TaskState::Cancelled, _) => None,
        (_, Some(done)) => Some(When::after(done.plus_days(cx.p.effect_days))),
        (TaskState::Done, None) => Some(When::always()),
        _ => None,
    }
}

fn proof<'a>(cx: &Cx<'a>, records: &Records<'a>) -> Row {
    let competent = records.newest(cx, CompetenceResult::Competent);
    // Evidence proves something from the day on which it is there.
    let proven = competent.iter().filter_map(|r| Some(r.there.and(&cx.find(r.evidence_id)?.there)));
    let proven = When::any(proven);
    let ends = |e: &Evidence| e.ends(cx.isms);
    let unproven = |record: &Seen<'_, CompetenceRecord>| match cx.find(record.evidence_id) {
        None => record.item("evidence_id"),
        Some(evidence) => {
            let bad = match (evidence.state, ends(&evidence)) {
                (EvidenceState::Rejected | EvidenceState::Withdrawn, _) => When::always(),
                (EvidenceState::Expired, None) => When::always(),
                (_, end) => end.map_or_else(When::never, When::after),
            };
            record.on("evidence_id", &bad.or(&evidence.there.not()))
        }
    };
    let expiring = |record: &Seen<'_, CompetenceRecord>| {
        let evidence = cx.find(record.evidence_id)?;
        if matches!(evidence.state, EvidenceState::Rejected | EvidenceState::Withdrawn) {
            return None;
        }
        let end = ends(&evidence)?;
        let soon = When::between(end.plus_days(-cx.p.evidence_warn_days), end);
        Some(record.on("evidence_id", &soon.and(&evidence.there)))
    };
    Row::new("7.2d")
        .when("U1", proven.not(), "nothing proves any competence", vec![])
        .any(
            "P1",
            "{n} [competence|competences] [is|are] proven by nothing, or by evidence that was rejected, has run out or is not there yet",
            competent.iter().map(unproven).collect(),
        )
        .any(
            "S1",
            "the evidence for {n} [competence|competences] is about to run out",
            competent.iter().filter_map(expiring).collect(),
        )
}
