//! Clause 7: support.

mod awareness;
mod communication;
mod competence;
pub(super) mod documents;

use super::{
    Cx, Item, Known, Row, Seen, When,
    cx::{done_from, newest, seen},
};
use crate::{
    Id, Kind,
    records::{
        Objective, ObjectiveState, ResourceAllocation, ResourceDecision, StoreCheck, StoreCheckKind,
        TreatmentPlan,
    },
};

/// Days within which a period of resources that has ended may be followed by the next (7.1).
const RESOURCE_GAP: i64 = 90;

/// The rows of clause 7 that speak of records alone.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let mut rows = vec![resources(cx)];
    rows.extend(competence::rows(cx));
    rows.extend(awareness::rows(cx));
    rows.extend(communication::rows(cx));
    rows.extend(documents::rows(cx));
    rows
}

/// The rows of clause 7 that also ask how another row stands.
#[must_use]
pub fn after(_: &Cx<'_>, _: &Known<'_>) -> Vec<Row> {
    Vec::new()
}

/// Something that needs means, on the days on which no decision on means names it.
fn unfunded(cx: &Cx<'_>, id: Id, there: &When) -> Item {
    let decided = cx.about::<ResourceAllocation>(id).filter(|a| a.purpose_ids.contains(&id));
    Item::new(id, "resources", there.and_not(&When::any(decided.map(|a| a.there))))
}

fn unfunded_plans(cx: &Cx<'_>, chunk: u32) -> Vec<Item> {
    let plans = cx.isms.chunk::<TreatmentPlan>(chunk).filter(|p| p.live() && !p.resources.is_empty());
    let items = plans.map(|p| unfunded(cx, p.meta.id, &seen(p).there));
    items.filter(|i| !i.when.is_never()).collect()
}

fn resources(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.all::<ResourceAllocation>().collect();
    let granted: Vec<_> = all
        .iter()
        .filter(|a| matches!(a.decision, Some(ResourceDecision::Approved | ResourceDecision::Reduced)))
        .collect();
    let covers = |a: &Seen<'_, ResourceAllocation>| {
        let begun = a.period_start.map_or_else(When::always, When::from);
        // What has no last day covers none: missing data never improve a verdict.
        let not_over = a.period_end.map_or_else(When::never, When::until);
        a.there.and(&begun).and(&not_over)
    };
    let covered = When::any(granted.iter().map(|a| covers(a)));
    let just_ended: Vec<Item> = granted
        .iter()
        .filter_map(|a| {
            let end = a.period_end?;
            let gap = When::between(end.plus_days(1), end.plus_days(RESOURCE_GAP));
            Some(a.on("period_end", &gap.and_not(&covered)))
        })
        .collect();
    let gap = When::any(just_ended.iter().map(|i| i.when.clone()));
    let last = newest(granted.iter().map(|a| (*a).clone()), |a| a.period_end);
    let plans = 0..cx.isms.chunks(Kind::TreatmentPlan);
    let plans: Vec<_> = plans.map(|chunk| cx.keep("7.1 plans", chunk, unfunded_plans)).collect();
    let plans = plans.iter().flat_map(|items| items.iter().cloned());
    let objectives = cx
        .live::<Objective>()
        .filter(|o| o.state == ObjectiveState::Active && !o.resources.is_empty())
        .map(|o| unfunded(cx, o.meta.id, &o.there));
    Row::new("7.1")
        .when(
            "U1",
            covered.or(&gap).not(),
            "no decision grants people, money, tools or time for the day",
            last.into_iter()
                .map(|(a, when)| Item::new(a.meta.id, "period_end", when.and_not(&covered)))
                .collect(),
        )
        .any(
            "P1",
            "{n} of the plans and objectives [needs|need] means, and no decision on means names them",
            plans.chain(objectives).collect(),
        )
        .any("P2", "{n} mandatory [role|roles] [is|are] vacant", cx.vacant_roles())
        .any("S1", "the period for which means were granted has ended", just_ended)
}

/// Checks of the store of one of some kinds, each with the days on which it is the newest of them.
fn store_checks<'a>(cx: &Cx<'a>, kinds: &[StoreCheckKind]) -> Vec<(Seen<'a, StoreCheck>, When)> {
    let of_kind = cx.all::<StoreCheck>().filter(|c| c.kind.is_some_and(|k| kinds.contains(&k)));
    newest(of_kind, |c| c.at)
        .into_iter()
        .map(|(check, when)| {
            let when = when.and(&done_from(check.at));
            (check, when)
        })
        .collect()
}
