//! 5.1: what top management does for the ISMS.

use std::{collections::HashMap, sync::Arc};

use super::{
    policy::{NO_POLICY, Policy, in_audience},
    roles::held,
};
use crate::{
    Date, Filed, Id, Kind, Ref,
    records::{
        Asset, BusinessProcess, CommunicationLog, CommunicationTopic, Control, DocumentKind, Improvement,
        ImprovementDecision, IsmsProcess, Nonconformity, Objective, ObjectiveState, Person,
        ResourceAllocation, ResourceDecision, ReviewDecision, ReviewDecisionKind, Risk, RiskAcceptance, Role,
        RoleAssignment, RoleKind, ScopeItem, ScopeKind, Task, TreatmentPlan,
    },
    rules::{
        Count, Cx, Item, Known, Row, Seen, Soft, When,
        cx::{newest, not_yet, seen},
        operation::task_over,
        planning::objectives,
    },
};

/// Days after which a period without means counts as none at all (5.1 c).
const GAP_DAYS: i64 = 90;
/// Share of tasks of those who make the ISMS work that may be overdue (5.1 f).
const LATE_TASKS_PCT: u32 = 20;

/// The rows of 5.1, but for 5.1e, which asks how the management review stands.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![
        direction(cx),
        built_in(cx),
        means(cx),
        message(cx),
        backing(cx),
        improvement(cx),
        other_managers(cx),
    ]
}

/// S1 of a row that is mainly judgement: its newest judgement is an attestation that it is met, and has run out. A verdict
/// that it is not met does not become better by waiting.
fn attestation_expired(row: Row, cx: &Cx<'_>) -> Row {
    let given = cx.judgements(row.id);
    let items = given.iter().enumerate().filter(|(_, g)| g.attested && g.conform).map(|(i, g)| {
        let next = given.get(i + 1).map_or_else(When::always, |n| When::before(n.at));
        Item::new(g.id, g.field, When::after(g.last).and(&When::from(g.at)).and(&next))
    });
    row.any("S1", "the last attestation has run out", items.collect())
}

fn direction(cx: &Cx<'_>) -> Row {
    let policy = Policy { cx, versions: cx.current_versions(DocumentKind::Policy) };
    let active = objectives::active(cx);
    let objectives = When::any(active.iter().map(|o| o.there.clone()));
    Row::new("5.1a")
        .when(
            "U1",
            policy.exists().and(&objectives).not(),
            format!("{NO_POLICY}, or no active objective"),
            vec![],
        )
        .any("U0", "the review of the policy has lapsed", policy.due(|s| s.lapsed.clone()))
        .any(
            "P1",
            "the policy was approved by nobody of top management",
            policy.where_wrong("approver_id", |v| !cx.is_top(v.approver_id)),
        )
        .any(
            "P2",
            "{n} [objective|objectives] [does|do] not say which aim of the business they serve",
            active
                .iter()
                .filter(|o| o.strategic_alignment.is_empty())
                .map(|o| Item::new(o.meta.id, "strategic_alignment", o.there.clone()))
                .collect(),
        )
        .any("S1", "the review of the policy is due", policy.due(Soft::past))
}

fn built_in(cx: &Cx<'_>) -> Row {
    let processes: Vec<_> = cx.live::<IsmsProcess>().collect();
    let named = |of: BusinessProcess| {
        let naming = processes.iter().filter(|p| p.business_process_refs.contains(&of));
        When::any(naming.map(|p| p.there.clone()))
    };
    let linked = processes.iter().filter(|p| !p.business_process_refs.is_empty());
    let linked = When::any(linked.map(|p| p.there.clone()));
    let missing = BusinessProcess::ALL.iter().map(|b| (b.as_str().to_owned(), named(*b).not())).collect();
    let row = Row::new("5.1b")
        .when("U1", linked.not(), "no process of the ISMS is built into an everyday business process", vec![])
        .names("P1", "security is built into none of these: {names}", missing);
    attestation_expired(row, cx)
}

fn means(cx: &Cx<'_>) -> Row {
    use ResourceDecision::{Approved, Pending, Reduced, Rejected};
    let all: Vec<_> = cx.all::<ResourceAllocation>().collect();
    let granted = || all.iter().filter(|r| matches!(r.decision, Some(Approved | Reduced)));
    let covered = When::any(granted().map(|r| {
        let begun = r.period_start.map_or_else(When::always, When::from);
        // As in 7.1, what has no last day covers none.
        let not_over = r.period_end.map_or_else(When::never, When::until);
        r.there.and(&begun).and(&not_over)
    }));
    let just_over: Vec<Item> = granted()
        .filter_map(|r| {
            let gap = When::between(r.period_end?.plus_days(1), r.period_end?.plus_days(GAP_DAYS));
            Some(Item::new(r.meta.id, "period_end", r.there.and(&gap).and_not(&covered)))
        })
        .collect();
    let shortly = When::any(just_over.iter().map(|i| i.when.clone()));
    let refused = all.iter().filter(|r| matches!(r.decision, Some(Rejected | Reduced))).map(|r| {
        let since = r.approved_at.map_or_else(When::always, When::from);
        let open = r.purpose_ids.iter().map(|purpose| undecided(cx, *purpose, r.approved_at));
        Item::new(r.meta.id, "purpose_ids", r.there.and(&since).and(&When::any(open)))
    });
    Row::new("5.1c")
        .when(
            "U1",
            covered.or(&shortly).not(),
            "no means are granted for today, and the last period ended more than 90 days ago, or there was none",
            vec![],
        )
        .any(
            "P1",
            "{n} [request|requests] for means [has|have] been waiting too long for a decision",
            all.iter()
                .filter(|r| matches!(r.decision, Some(Pending) | None))
                .map(|r| {
                    let asked = r.requested_at.or(r.meta.created_at);
                    let late = asked.map_or_else(When::always, |d| When::after(d.plus_days(cx.p.overdue_days)));
                    Item::new(r.meta.id, "requested_at", r.there.and(&late))
                })
                .collect(),
        )
        .any(
            "P2",
            "{n} [request|requests] [was|were] refused or cut, and nothing was decided since on what [it was|they were] for",
            refused.collect(),
        )
        .any("S1", "the last period for which means were granted is over", just_over)
}

/// The days on which nothing has been decided on a plan or objective since means for it were refused: the plan was not
/// changed, its risk not accepted, the objective not moved.
fn undecided(cx: &Cx<'_>, purpose: Id, refused: Option<Date>) -> When {
    let mut decided: Vec<Date> = Vec::new();
    match purpose.kind {
        Kind::TreatmentPlan => {
            let Some(plan) = cx.find(Some(Ref::<TreatmentPlan>::new(purpose.n))) else {
                return When::never();
            };
            decided.extend(plan.meta.updated_at);
            if let Some(risk) = plan.risk_id {
                let acceptances = cx.about::<RiskAcceptance>(risk.id()).filter(|a| a.risk_id == Some(risk));
                decided.extend(acceptances.filter_map(|a| a.accepted_at));
            }
        }
        Kind::Objective => {
            let Some(objective) = cx.find(Some(Ref::<Objective>::new(purpose.n))) else {
                return When::never();
            };
            decided.extend(objective.meta.updated_at);
        }
        _ => return When::never(),
    }
    not_yet(decided.into_iter().filter(|day| Some(*day) > refused).min())
}

fn message(cx: &Cx<'_>) -> Row {
    let messages = cx
        .all::<CommunicationLog>()
        .filter(|l| l.topic == Some(CommunicationTopic::IsmsImportance) && cx.is_top(l.sender_id));
    let messages = newest(messages, |l| l.sent_at);
    let people = cx.people();
    let soft = |l: &CommunicationLog| cx.soft(l.sent_at, cx.p.comms_months);
    let items = |of: &dyn Fn(&Soft) -> When| -> Vec<Item> {
        let item = |(l, when): &(Seen<'_, CommunicationLog>, When)| {
            Item::new(l.meta.id, "sent_at", when.and(&of(&soft(l))))
        };
        messages.iter().map(item).collect()
    };
    let lapsed = items(&|s| s.lapsed.clone());
    let sent = When::any(messages.iter().map(|(_, when)| when.clone()));
    let missed = messages.iter().flat_map(|(l, when)| {
        let missed = people.iter().filter(|(p, _)| !in_audience(&l.audience_group_ids, p));
        missed.map(|(p, counts)| Item::new(p.meta.id, "group_ids", counts.and(when))).collect::<Vec<_>>()
    });
    Row::new("5.1d")
        .when(
            "U1",
            When::any(lapsed.iter().map(|i| i.when.clone())).or(&sent.not()),
            "top management has not said why security matters, or not for twice the interval",
            lapsed,
        )
        .any("P1", "the last message of top management did not reach {n} [person|people]", missed.collect())
        .any("S1", "the last message of top management is older than the interval", items(&Soft::past))
}

/// Row 5.1e.
pub(super) fn outcome(cx: &Cx<'_>, known: &Known<'_>) -> Row {
    let row = Row::new("5.1e")
        .when("U1", known.unmet("9.3.1"), "management reviews are not held as they should be", vec![])
        .any(
            "P1",
            "{n} [decision|decisions] of management reviews [is|are] overdue",
            cx.all::<ReviewDecision>()
                .filter_map(|d| {
                    let late = When::after(d.due_at?.plus_days(cx.p.overdue_days));
                    Some(Item::new(d.meta.id, "due_at", d.there.and(&late).and(&not_yet(d.closed_at))))
                })
                .collect(),
        )
        .any(
            "P2",
            "{n} [objective|objectives] [was|were] missed, and nobody took that up",
            missed_objectives(cx),
        );
    attestation_expired(row, cx)
}

/// Missed objectives to which no improvement, nonconformity or decision of a review refers.
fn missed_objectives(cx: &Cx<'_>) -> Vec<Item> {
    let missed: Vec<_> = cx.all::<Objective>().filter(|o| o.state == ObjectiveState::Missed).collect();
    if missed.is_empty() {
        return Vec::new();
    }
    let mut named: HashMap<String, Date> = HashMap::new();
    let mut take = |there: &When, texts: &[&str]| {
        let Some(first) = there.turns().first().copied() else { return };
        let apart = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        for word in texts.iter().flat_map(|t| t.split(apart)) {
            let word = word.trim_matches('.');
            if !word.is_empty() {
                named.entry(word.to_lowercase()).and_modify(|d| *d = first.min(*d)).or_insert(first);
            }
        }
    };
    for i in cx.all::<Improvement>() {
        take(&i.there, &[&i.source_ref, &i.title, &i.benefit]);
    }
    for n in cx.all::<Nonconformity>().filter(|n| n.state != crate::records::NonconformityState::Withdrawn) {
        take(&n.there, &[&n.statement, &n.objective_evidence, &n.raised_by]);
    }
    for d in cx.all::<ReviewDecision>() {
        let task = cx.isms.find(d.task_id).map(|t| t.source_ref.to_string()).unwrap_or_default();
        take(&d.there, &[&d.text, &task]);
    }
    let seen_from = |word: &str| named.get(&word.to_lowercase()).map_or_else(When::never, |d| When::from(*d));
    let taken_up = |o: &Seen<'_, Objective>| {
        let local = o.meta.local_id.as_ref().map_or_else(When::never, |id| seen_from(id));
        seen_from(&o.meta.id.to_string()).or(&local)
    };
    missed.iter().map(|o| Item::new(o.meta.id, "state", o.there.and_not(&taken_up(o)))).collect()
}

fn backing(cx: &Cx<'_>) -> Row {
    let holders = cx.holders(RoleKind::IsmsConformity);
    let mandatory: Vec<(Seen<'_, RoleAssignment>, When)> =
        cx.live::<Role>().filter(|r| r.mandatory == Some(true)).flat_map(|r| held(cx, &r)).collect();
    let mut busy: HashMap<Ref<Person>, When> = HashMap::new();
    for (a, when) in &mandatory {
        if let Some(person) = a.person_id {
            let kept = busy.entry(person).or_default();
            *kept = kept.or(when);
        }
    }
    let open: Vec<(Seen<'_, Task>, When)> = cx
        .live::<Task>()
        .filter_map(|t| {
            let when = t.there.and(busy.get(&t.assignee_id?)?).and_not(&task_over(&t));
            (!when.is_never()).then_some((t, when))
        })
        .collect();
    let late = open.iter().filter_map(|(t, when)| {
        let late = When::after(t.due_at?.plus_days(cx.p.overdue_days));
        Some(Item::new(t.meta.id, "due_at", when.and(&late)))
    });
    let row = Row::new("5.1f")
        .when(
            "U1",
            When::any(holders.into_iter().map(|(_, when)| when)).not(),
            "nobody holds the role that sees to it that the ISMS meets the standard",
            vec![],
        )
        .any(
            "P1",
            "for {n} [assignment|assignments] of roles that somebody must hold no working time is set aside",
            mandatory
                .iter()
                .filter(|(a, _)| a.allocated_time_pct.is_none())
                .map(|(a, when)| Item::new(a.meta.id, "allocated_time_pct", when.clone()))
                .collect(),
        )
        .over_pct(
            "P2",
            "{n} of {m} open tasks of those who hold such roles [is|are] long overdue",
            late.collect(),
            Count::of(open.iter().map(|(_, when)| when)),
            LATE_TASKS_PCT,
        );
    attestation_expired(row, cx)
}

fn improvement(cx: &Cx<'_>) -> Row {
    let months = cx.p.improvement_months;
    let decided: Vec<(Seen<'_, Improvement>, Date)> = cx
        .all::<Improvement>()
        .filter(|i| i.decision == Some(ImprovementDecision::Accept))
        .filter_map(|i| Some((i.clone(), i.decided_at?)))
        .collect();
    let within = |day: Date, months: i64| When::between(day, day.plus_months(months));
    let lately = |of: &dyn Fn(&Improvement) -> bool, months: i64| {
        let those = decided.iter().filter(|(i, _)| of(i));
        When::any(those.map(|(i, day)| i.there.and(&within(*day, months))))
    };
    let in_review = When::any(
        cx.all::<ReviewDecision>().filter(|d| d.kind == Some(ReviewDecisionKind::Improvement)).filter_map(
            |d| {
                let review = cx.find(d.review_id)?;
                Some(d.there.and(&review.there).and(&within(review.held_at?, 2 * months)))
            },
        ),
    );
    let by_top = lately(&|i| cx.is_top(i.decided_by), 2 * months);
    let fresh = lately(&|_| true, months);
    let newest_of = newest(decided.iter().map(|(i, _)| i.clone()), |i| i.decided_at);
    Row::new("5.1g")
        .when(
            "U1",
            lately(&|_| true, 2 * months).not(),
            "no improvement was decided in twice the interval",
            vec![],
        )
        .when(
            "P1",
            by_top.or(&in_review).not(),
            "top management decided no improvement in twice the interval, neither alone nor in a review",
            vec![],
        )
        .any(
            "S1",
            "the last improvement was decided longer ago than the interval",
            newest_of
                .into_iter()
                .map(|(i, when)| Item::new(i.meta.id, "decided_at", when.and_not(&fresh)))
                .collect(),
        )
}

/// The first day from which each person answers for something.
struct Owners(HashMap<Ref<Person>, Date>);

impl Owners {
    fn of(cx: &Cx<'_>, processes: bool) -> Self {
        let risks = owners(cx, "owners of risks", |r: &Risk| r.owner_id);
        let controls = owners(cx, "owners of controls", |c: &Control| c.owner_id);
        let assets = owners(cx, "owners of assets", |a: &Asset| a.owner_id);
        let processes = if processes {
            owners(cx, "owners of processes", |p: &IsmsProcess| p.owner_id)
        } else {
            Vec::new()
        };
        let all = [risks, controls, assets, processes];
        Self(first_days(all.iter().flatten().flat_map(|chunk| chunk.iter().map(|(p, day)| (*p, *day)))))
    }

    fn owns(&self, person: Ref<Person>) -> When {
        self.0.get(&person).map_or_else(When::never, |day| When::from(*day))
    }
}

/// The first day from which each person owns a live record of a kind, chunk by chunk.
fn owners<T: Filed>(
    cx: &Cx<'_>,
    what: &'static str,
    owner: fn(&T) -> Option<Ref<Person>>,
) -> Vec<Arc<HashMap<Ref<Person>, Date>>> {
    let first = |chunk| {
        let live = cx.isms.chunk::<T>(chunk).filter(|r| r.live()).map(seen);
        first_days(live.filter_map(|r| Some((owner(&r)?, *r.there.turns().first()?))))
    };
    (0..cx.isms.chunks(T::KIND)).map(|chunk| cx.keep_with(what, chunk, || first(chunk))).collect()
}

fn first_days(of: impl Iterator<Item = (Ref<Person>, Date)>) -> HashMap<Ref<Person>, Date> {
    let mut first: HashMap<Ref<Person>, Date> = HashMap::new();
    for (person, day) in of {
        first.entry(person).and_modify(|d| *d = day.min(*d)).or_insert(day);
    }
    first
}

fn other_managers(cx: &Cx<'_>) -> Row {
    let people = cx.people();
    // Somebody manages on the days on which somebody in PEOPLE reports to them.
    let mut managers: HashMap<Ref<Person>, When> = HashMap::new();
    for (person, counts) in &people {
        if let Some(manager) = person.manager_id {
            let days = managers.entry(manager).or_default();
            *days = days.or(counts);
        }
    }
    let mut conformity: HashMap<Ref<Person>, When> = HashMap::new();
    for (a, when) in cx.holders(RoleKind::IsmsConformity) {
        if let Some(person) = a.person_id {
            let kept = conformity.entry(person).or_default();
            *kept = kept.or(&when);
        }
    }
    let owners = Owners::of(cx, true);
    let led = people.iter().filter_map(|(p, counts)| {
        let manages = managers.get(&p.reference())?;
        let outside = conformity.get(&p.reference()).map_or_else(When::always, When::not);
        Some(counts.and(manages).and(&outside).and(&owners.owns(p.reference())))
    });
    let led = When::any(led);
    let row = Row::new("5.1h")
        .when(
            "U1",
            led.not(),
            "no manager but those who run the ISMS owns a risk, control, asset or process",
            vec![],
        )
        .any(
            "P1",
            "in {n} [unit|units] nobody owns a risk, control or asset, or holds a role",
            idle_units(cx, &people),
        );
    attestation_expired(row, cx)
}

/// Units in scope in which nobody owns a risk, control or asset, or holds a role.
fn idle_units(cx: &Cx<'_>, people: &[(Seen<'_, Person>, When)]) -> Vec<Item> {
    let owners = Owners::of(cx, false);
    let mut holds: HashMap<Ref<Person>, Vec<When>> = HashMap::new();
    for (a, when) in cx.live::<Role>().flat_map(|r| held(cx, &r)) {
        if let Some(person) = a.person_id {
            holds.entry(person).or_default().push(when);
        }
    }
    let mut busy: HashMap<Ref<ScopeItem>, Vec<When>> = HashMap::new();
    for (person, counts) in people {
        let Some(unit) = person.org_unit_id else { continue };
        let roles = holds.get(&person.reference()).into_iter().flatten().cloned();
        let answers = When::any(roles.chain([owners.owns(person.reference())]));
        busy.entry(unit).or_default().push(counts.and(&answers));
    }
    cx.live::<ScopeItem>()
        .filter(|i| i.kind == Some(ScopeKind::OrgUnit) && i.in_scope == Some(true))
        .map(|i| {
            let busy = When::any(busy.remove(&i.reference()).unwrap_or_default());
            Item::new(i.meta.id, "", i.there.and_not(&busy))
        })
        .collect()
}
