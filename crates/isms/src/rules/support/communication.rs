//! 7.4: what is communicated, when, to whom and how.

use crate::{
    records::{CommunicationDirection, CommunicationItem, CommunicationLog, CommunicationTopic},
    rules::{
        Cx, Row, Seen, When,
        cx::{exists, newest, reviewed},
    },
    words::label,
};

/// What has to be in the plan.
const TOPICS: [CommunicationTopic; 6] = [
    CommunicationTopic::IsmsImportance,
    CommunicationTopic::PolicyChange,
    CommunicationTopic::Incident,
    CommunicationTopic::IsmsPerformance,
    CommunicationTopic::SupplierRequirements,
    CommunicationTopic::AuthorityContact,
];

/// The rows of 7.4.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let plan: Vec<_> = cx.live::<CommunicationItem>().collect();
    let rows = [subjects(&plan), moments(cx, &plan), receivers(&plan), channels(&plan)];
    let due = |row| {
        reviewed(row, &plan, "last_reviewed_at", "[line|lines] of the communication plan", |i| {
            cx.soft(i.last_reviewed_at, cx.p.comms_months)
        })
    };
    rows.into_iter().map(due).collect()
}

type Plan<'p, 'a> = &'p [Seen<'a, CommunicationItem>];

fn subjects(plan: Plan<'_, '_>) -> Row {
    let missing = TOPICS.iter().map(|topic| {
        let there = exists(plan.iter().filter(|i| i.topic == Some(*topic)));
        (label(topic.as_str()).to_lowercase(), there.not())
    });
    let outside = exists(plan.iter().filter(|i| i.direction == Some(CommunicationDirection::External)));
    Row::new("7.4a").when("U1", exists(plan).not(), "there is no communication plan", vec![]).names(
        "P1",
        "the communication plan says nothing on: {names}",
        missing.chain([("anything told outside".to_owned(), outside.not())]).collect(),
    )
}

/// One thing that each line of the plan has to say.
fn says(
    row: &'static str,
    plan: Plan<'_, '_>,
    field: &'static str,
    what: &str,
    lacks: impl Fn(&CommunicationItem) -> bool,
    incomplete: impl Fn(&CommunicationItem) -> bool,
) -> Row {
    Row::new(row)
        .when(
            "U1",
            exists(plan.iter().filter(|i| !lacks(i))).not(),
            format!("no line of the communication plan says {what}"),
            vec![],
        )
        .any(
            "P1",
            format!("{{n}} [line|lines] of the communication plan [does|do] not say {what}"),
            plan.iter().filter(|i| incomplete(i)).map(|i| i.item(field)).collect(),
        )
}

fn moments(cx: &Cx<'_>, plan: Plan<'_, '_>) -> Row {
    let silent = |item: &Seen<'_, CommunicationItem>| {
        let months = i64::from(item.frequency_months?);
        let late = |from: crate::Date| When::after(from.plus_months(months).plus_days(cx.p.overdue_days));
        let id = item.meta.id;
        let sent = cx.about::<CommunicationLog>(id).filter(|l| l.item_id.is_some_and(|i| i.id() == id));
        let sent = newest(sent, |l| l.sent_at);
        let never = exists(sent.iter().map(|(l, _)| l)).not();
        let first = never.and(&item.meta.created_at.map_or_else(When::always, late));
        let again = sent.iter().filter_map(|(l, when)| Some(when.and(&late(l.sent_at?))));
        Some(item.on("frequency_months", &When::any(again).or(&first)))
    };
    let lacks = |i: &CommunicationItem| i.timing.is_empty();
    says("7.4b", plan, "timing", "when", lacks, lacks).any(
        "P2",
        "{n} [line|lines] of the communication plan [was|were] not carried out when [it|they] should have been",
        plan.iter().filter_map(silent).collect(),
    )
}

fn receivers(plan: Plan<'_, '_>) -> Row {
    let lacks = |i: &CommunicationItem| i.audience.is_empty();
    says("7.4c", plan, "audience", "to whom", lacks, lacks)
}

fn channels(plan: Plan<'_, '_>) -> Row {
    let lacks = |i: &CommunicationItem| i.channel.is_empty();
    says("7.4d", plan, "channel", "how, and who sees to it", lacks, |i| lacks(i) || i.owner_id.is_none())
}
