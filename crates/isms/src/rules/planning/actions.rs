//! 6.1.1: risks and opportunities of the ISMS itself.

use crate::{
    records::{PlanningDecision, PlanningItem, PlanningKind, PlanningPurpose, Task, TaskState},
    rules::{
        Cx, Item, Row, Seen, When,
        cx::{Reviews, counted, not_yet},
        operation::task_over,
    },
};

/// The rows of 6.1.1.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let items: Vec<_> = cx.live::<PlanningItem>().collect();
    vec![found(cx, &items), acted_on(cx, &items), built_in(cx, &items), judged(cx, &items)]
}

type Items<'a> = [Seen<'a, PlanningItem>];

fn exists(items: &Items<'_>) -> When {
    When::any(items.iter().map(|i| i.there.clone()))
}

/// The items to act on.
fn to_act_on<'i, 'a>(items: &'i Items<'a>) -> impl Iterator<Item = &'i Seen<'a, PlanningItem>> {
    items.iter().filter(|i| i.decision == Some(PlanningDecision::Act))
}

fn reviews(cx: &Cx<'_>, items: &Items<'_>) -> Reviews {
    cx.reviews(items, cx.p.planning_months, |i| i.last_reviewed_at)
}

const NO_ITEM: &str = "no risk or opportunity of the ISMS itself is recorded";

fn found(cx: &Cx<'_>, items: &Items<'_>) -> Row {
    let of_kind = |kind| When::any(items.iter().filter(|i| i.kind == Some(kind)).map(|i| i.there.clone()));
    let purposes = PlanningPurpose::ALL.iter().map(|purpose| {
        let covered = items.iter().filter(|i| i.purpose == Some(*purpose)).map(|i| i.there.clone());
        (purpose.as_str().to_owned(), When::any(covered).not())
    });
    let reviews = reviews(cx, items);
    Row::new("6.1.1a-c")
        .when("U1", exists(items).not(), NO_ITEM, vec![])
        .every(
            "U0",
            "none of the {m} items was looked at in twice the interval",
            reviews.lapsed,
            counted(items),
        )
        .when(
            "P1",
            of_kind(PlanningKind::Opportunity).and(&of_kind(PlanningKind::Risk)).not(),
            "there is no opportunity among the items, or no risk",
            vec![],
        )
        .any(
            "P2",
            "{n} [item|items] [does|do] not say where [it comes|they come] from",
            items
                .iter()
                .filter(|i| i.source_refs.iter().all(|s| s.is_empty()))
                .map(|i| Item::new(i.meta.id, "source_refs", i.there.clone()))
                .collect(),
        )
        .names("P3", "no item serves these purposes: {names}", purposes.collect())
        .any("S1", "the review of {n} [item|items] is overdue", reviews.past)
}

fn acted_on(cx: &Cx<'_>, items: &Items<'_>) -> Row {
    let has_task = |i: &&Seen<'_, PlanningItem>| !i.action_task_ids.is_empty();
    let to_do = When::any(to_act_on(items).map(|i| i.there.clone()));
    let begun = When::any(to_act_on(items).filter(has_task).map(|i| i.there.clone()));
    let reviews = reviews(cx, items);
    Row::new("6.1.1d")
        .needs(exists(items), NO_ITEM)
        .when(
            "U1",
            to_do.and_not(&begun).or(&exists(items).not()),
            "there are items to act on, and none of them has a task; or there is no item",
            vec![],
        )
        .every(
            "U0",
            "none of the {m} items was looked at in twice the interval",
            reviews.lapsed,
            counted(items),
        )
        .any(
            "P1",
            "{n} [item|items] to act on [has|have] no task",
            to_act_on(items)
                .filter(|i| !has_task(i))
                .map(|i| Item::new(i.meta.id, "action_task_ids", i.there.clone()))
                .collect(),
        )
        .any(
            "P2",
            "{n} [task|tasks] of these items [is|are] overdue",
            items
                .iter()
                .flat_map(|i| i.action_task_ids.iter().filter_map(|t| overdue(cx, *t, &i.there)))
                .collect(),
        )
        .any("S1", "the review of {n} [item|items] is overdue", reviews.past)
}

/// A task with the days on which it is open and past its date, within some days.
pub(super) fn overdue(cx: &Cx<'_>, task: crate::Ref<Task>, within: &When) -> Option<Item> {
    let task = cx.find(Some(task)).filter(|t| t.live())?;
    let late = task.there.and(&When::after(task.due_at?)).and(within).and_not(&task_over(&task));
    Some(Item::new(task.meta.id, "due_at", late))
}

fn built_in(cx: &Cx<'_>, items: &Items<'_>) -> Row {
    let named = |i: &&Seen<'_, PlanningItem>| i.integration_process_id.is_some();
    let retired = |i: &Seen<'_, PlanningItem>| {
        let when = i.there.and(&cx.dead(i.integration_process_id?.id()));
        Some(Item::new(i.meta.id, "integration_process_id", when))
    };
    Row::new("6.1.1e1")
        .needs(exists(items), NO_ITEM)
        .every(
            "U1",
            "none of the {m} items to act on is built into a process",
            to_act_on(items)
                .filter(|i| !named(i))
                .map(|i| Item::new(i.meta.id, "integration_process_id", i.there.clone()))
                .collect(),
            crate::rules::Count::of(to_act_on(items).map(|i| &i.there)),
        )
        .any(
            "P1",
            "{n} [item|items] to act on [is|are] built into no process",
            to_act_on(items)
                .filter(|i| !named(i))
                .map(|i| Item::new(i.meta.id, "integration_process_id", i.there.clone()))
                .collect(),
        )
        .any(
            "S1",
            "{n} [item|items] [is|are] built into a process that is retired",
            to_act_on(items).filter_map(retired).collect(),
        )
}

fn judged(cx: &Cx<'_>, items: &Items<'_>) -> Row {
    let without = || -> Vec<Item> {
        to_act_on(items)
            .filter(|i| i.effectiveness_method.is_empty())
            .map(|i| Item::new(i.meta.id, "effectiveness_method", i.there.clone()))
            .collect()
    };
    Row::new("6.1.1e2")
        .needs(exists(items), NO_ITEM)
        .every(
            "U1",
            "of none of the {m} items to act on is it said how you will tell whether it helped",
            without(),
            crate::rules::Count::of(to_act_on(items).map(|i| &i.there)),
        )
        .any(
            "P1",
            "{n} [item|items] [is|are] done, and nobody has checked whether it helped",
            items
                .iter()
                .filter_map(|i| {
                    let waited = finished(cx, i)?.plus_days(cx.p.effect_days);
                    let unchecked = not_yet(i.effectiveness_checked_at);
                    let when = i.there.and(&When::after(waited)).and(&unchecked);
                    Some(Item::new(i.meta.id, "effectiveness_checked_at", when))
                })
                .collect(),
        )
        .any(
            "P2",
            "of {n} [item|items] to act on it is not said how you will tell whether it helped",
            without(),
        )
}

/// The day on which the last task of an item was done; `None` while one is open, or if there are none. A task done on
/// no known day was done before every date.
fn finished(cx: &Cx<'_>, item: &PlanningItem) -> Option<crate::Date> {
    let tasks = item.action_task_ids.iter().filter_map(|t| cx.find(Some(*t)));
    let tasks: Vec<_> = tasks.filter(|t| t.state != TaskState::Cancelled).collect();
    let done = tasks.iter().all(|t| t.state == TaskState::Done);
    let days = tasks.iter().map(|t| t.completed_at.unwrap_or(crate::Date::MIN));
    days.max().filter(|_| done)
}
