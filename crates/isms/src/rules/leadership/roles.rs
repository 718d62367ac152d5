//! 5.3: who answers for what.

use super::policy::in_audience;
use crate::{
    records::{
        CommunicationLog, CommunicationTopic, ManagementReview, Person, Role, RoleAssignment, RoleKind,
    },
    rules::{
        Cx, Item, Row, Seen, When,
        cx::{counted, first_of, not_yet},
    },
};

/// The rows of 5.3.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![settled(cx), conformity(cx), reporting(cx)]
}

/// The assignments of a role, each with the days on which it is current.
pub(super) fn held<'a>(cx: &Cx<'a>, role: &Seen<'_, Role>) -> Vec<(Seen<'a, RoleAssignment>, When)> {
    let id = role.meta.id;
    let assignments = cx.about::<RoleAssignment>(id).filter(|a| a.role_id.is_some_and(|r| r.id() == id));
    assignments.map(|a| (a.clone(), cx.current(&a).and(&role.there))).collect()
}

fn settled(cx: &Cx<'_>) -> Row {
    let roles: Vec<_> = cx.live::<Role>().collect();
    let current: Vec<(Seen<'_, RoleAssignment>, When)> = roles.iter().flat_map(|r| held(cx, r)).collect();
    let mandatory = || roles.iter().filter(|r| r.mandatory == Some(true));
    let unsettled = current.iter().map(|(a, when)| {
        let open = not_yet(a.accepted_at).or(&not_yet(a.communicated_at));
        Item::new(a.meta.id, "accepted_at", when.and(&open))
    });
    let left = current.iter().filter_map(|(a, when)| {
        let gone = cx.gone(a.person_id)?;
        Some(Item::new(a.meta.id, "person_id", when.and(&gone)))
    });
    let reviews = cx.reviews(&roles, cx.p.role_months, |r| r.last_reviewed_at);
    Row::new("5.3")
        .needs(When::any(mandatory().map(|r| r.there.clone())), "there is no role that somebody must hold")
        .any("U1", "{n} [role|roles] that somebody must hold [is|are] vacant", cx.vacant_roles())
        .every(
            "U0",
            "none of the {m} roles was looked at in twice the interval",
            reviews.lapsed,
            counted(&roles),
        )
        .any(
            "P1",
            "{n} [assignment|assignments] [was|were] not taken on, or not made known",
            unsettled.collect(),
        )
        .any("P2", "{n} [role|roles] [is|are] held by somebody who has left", left.collect())
        .any(
            "P3",
            "{n} [role|roles] [does|do] not say what [its|their] holder has to see to, or may decide",
            roles
                .iter()
                .filter_map(|r| {
                    let lacks = first_of([
                        ("responsibilities", r.responsibilities.is_empty()),
                        ("authorities", r.authorities.is_empty()),
                    ]);
                    Some(r.item(lacks?))
                })
                .collect(),
        )
        .any("S1", "the review of {n} [role|roles] is overdue", reviews.past)
}

fn of_kind<'a>(cx: &Cx<'a>, kind: RoleKind) -> Vec<Seen<'a, Role>> {
    cx.live::<Role>().filter(|r| r.kind == Some(kind)).collect()
}

/// U1 and U0 of the two roles that every ISMS needs.
fn needed(cx: &Cx<'_>, id: &'static str, kind: RoleKind, without: &'static str) -> Row {
    let roles = of_kind(cx, kind);
    let reviews = cx.reviews(&roles, cx.p.role_months, |r| r.last_reviewed_at);
    Row::new(id).when("U1", cx.role_ok(kind).not(), without, vec![]).every(
        "U0",
        "none of the {m} roles of this kind was looked at in twice the interval",
        reviews.lapsed,
        counted(&roles),
    )
}

fn aging(row: Row, cx: &Cx<'_>, kind: RoleKind) -> Row {
    let reviews = cx.reviews(&of_kind(cx, kind), cx.p.role_months, |r| r.last_reviewed_at);
    row.any("S1", "the review of the role is overdue", reviews.past)
}

fn conformity(cx: &Cx<'_>) -> Row {
    let kind = RoleKind::IsmsConformity;
    let holders = cx.holders(kind);
    let appointed = holders
        .iter()
        .filter(|(a, _)| !cx.is_top(a.assigned_by))
        .map(|(a, when)| Item::new(a.meta.id, "assigned_by", when.clone()));
    let powerless = of_kind(cx, kind)
        .into_iter()
        .filter(|r| r.authorities.is_empty())
        .map(|r| Item::new(r.meta.id, "authorities", r.there.clone()));
    let row = needed(cx, "5.3a", kind, "nobody has taken on that the ISMS meets the standard").any(
        "P1",
        "the role was not given by top management, or does not say what its holder may decide",
        appointed.chain(powerless).collect(),
    );
    aging(row, cx, kind)
}

fn reporting(cx: &Cx<'_>) -> Row {
    let kind = RoleKind::IsmsReporting;
    let recent = |day| When::between(day, crate::Date::plus_months(day, cx.p.mr_months));
    let top: Vec<_> = cx.live::<Person>().filter(|p| p.is_top_management == Some(true)).collect();
    let reports = cx
        .all::<CommunicationLog>()
        .filter(|l| l.topic == Some(CommunicationTopic::IsmsPerformance))
        .filter_map(|l| {
            let asked = top.iter().filter(|p| in_audience(&l.audience_group_ids, p));
            let asked = When::any(asked.map(|p| p.there.clone()));
            Some(l.there.and(&asked).and(&recent(l.sent_at?)))
        });
    let reviews = cx.all::<ManagementReview>().filter_map(|r| Some(r.there.and(&recent(r.held_at?))));
    let told = When::any(reports.chain(reviews));
    let row = needed(cx, "5.3b", kind, "nobody has taken on to tell top management how the ISMS is doing")
        .when(
            "P1",
            told.not(),
            "top management was not told how the ISMS is doing within the interval, nor held a review",
            vec![],
        );
    aging(row, cx, kind)
}
