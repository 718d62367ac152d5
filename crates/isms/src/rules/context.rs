//! Clause 4: context of the organisation.

use std::collections::HashSet;

use super::{
    Cx, Item, Row, Seen, When,
    cx::{counted, first_of, newest},
    risks::grouped,
};
use crate::{
    records::{
        Addressed, Change, ClimateDetermination, ContextIssue, Criticality, DocumentKind, InterestedParty,
        IsmsProcess, IssueKind, PartyRequirement, PartyType, ProcessKind, Relevance, RequirementKind,
        RoleAssignment, RoleKind, ScopeItem, ScopeKind, Supplier,
    },
    time::Date,
};

/// The rows of clause 4, but for 4.4, which counts the others.
#[must_use]
pub fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![
        issues(cx),
        climate(cx),
        parties(cx),
        requirements(cx),
        addressed(cx),
        climate_requirements(cx),
        scope(cx),
        scope_issues(cx),
        scope_requirements(cx),
        scope_interfaces(cx),
    ]
}

/// The relevant live issues of 4.1.
fn relevant_issues<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, ContextIssue>> {
    cx.live::<ContextIssue>().filter(|i| i.relevance == Some(Relevance::Relevant)).collect()
}

fn relevant_parties<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, InterestedParty>> {
    cx.live::<InterestedParty>().filter(|p| p.relevance == Some(Relevance::Relevant)).collect()
}

fn issues(cx: &Cx<'_>) -> Row {
    let relevant = relevant_issues(cx);
    let of_kind = |kind| When::any(relevant.iter().filter(|i| i.kind == Some(kind)).map(|i| i.there.clone()));
    let soft = |i: &Seen<'_, ContextIssue>| cx.soft(i.last_reviewed_at, cx.p.context_months);
    let item =
        |i: &Seen<'_, ContextIssue>, field, when: &When| Item::new(i.meta.id, field, i.there.and(when));
    let incomplete = |i: &Seen<'_, ContextIssue>| {
        let lacks =
            first_of([("owner_id", i.owner_id.is_none()), ("effect_on_isms", i.effect_on_isms.is_empty())]);
        Some(i.item(lacks?))
    };
    let linked = |i: &Seen<'_, ContextIssue>| {
        !(i.linked_risk_ids.is_empty()
            && i.linked_planning_item_ids.is_empty()
            && i.linked_objective_ids.is_empty())
    };
    let always = When::always();
    let reviews = Reviewed::of(&relevant);
    // A significant change since which no relevant issue was looked at.
    let unseen = |change: &Seen<'_, Change>, at: Date| {
        let waited = When::after(at.plus_days(cx.p.trigger_days));
        Item::new(change.meta.id, "implemented_at", change.there.and(&waited).and_not(&reviews.since(at)))
    };
    Row::new("4.1")
        .when(
            "U1",
            of_kind(IssueKind::Internal).and(&of_kind(IssueKind::External)).not(),
            "there is no relevant internal issue, or no relevant external one",
            vec![],
        )
        .every(
            "U2",
            "none of the {m} relevant issues was looked at in twice the interval",
            relevant.iter().map(|i| item(i, "last_reviewed_at", &soft(i).lapsed)).collect(),
            counted(&relevant),
        )
        .any(
            "P1",
            "{n} relevant [issue|issues] [lacks|lack] an owner or [its|their] effect on the ISMS",
            relevant.iter().filter_map(incomplete).collect(),
        )
        .below_pct(
            "P2",
            "{n} of {m} relevant issues [leads|lead] on to no risk, planning item or objective",
            relevant.iter().filter(|i| !linked(i)).map(|i| item(i, "linked_risk_ids", &always)).collect(),
            counted(&relevant),
            cx.p.pct(cx.p.link_pct),
        )
        .any(
            "S1",
            "the review of {n} relevant [issue|issues] is overdue",
            relevant.iter().map(|i| item(i, "last_reviewed_at", &soft(i).past())).collect(),
        )
        .any(
            "S2",
            "{n} significant [change|changes] came after the newest review of the issues",
            cx.all::<Change>()
                .filter(|c| c.significant == Some(true))
                .filter_map(|c| Some(unseen(&c, c.implemented_at?)))
                .collect(),
        )
}

/// The reviews of issues, newest first, each with the first day on which it or a newer one is there.
struct Reviewed(Vec<(Date, Date)>);

impl Reviewed {
    fn of(issues: &[Seen<'_, ContextIssue>]) -> Self {
        let reviews = issues.iter().filter_map(|i| Some((i.last_reviewed_at?, *i.there.turns().first()?)));
        let mut reviews: Vec<(Date, Date)> = reviews.collect();
        reviews.sort_unstable_by_key(|(reviewed, _)| std::cmp::Reverse(*reviewed));
        let mut earliest = Date::MAX;
        for (_, there) in &mut reviews {
            earliest = earliest.min(*there);
            *there = earliest;
        }
        Self(reviews)
    }

    /// The days on which some issue has been looked at on a day or later.
    fn since(&self, day: Date) -> When {
        let newer = self.0.partition_point(|(reviewed, _)| *reviewed >= day);
        let last = newer.checked_sub(1).and_then(|i| self.0.get(i));
        last.map_or_else(When::never, |(_, there)| When::from(*there))
    }
}

fn climate(cx: &Cx<'_>) -> Row {
    let decisions = newest_decisions(cx);
    let at = |d: &Seen<'_, ClimateDetermination>| cx.soft(d.decided_at, cx.p.context_months);
    let climate_issue = When::any(
        cx.live::<ContextIssue>()
            .filter(|i| i.category.trim().eq_ignore_ascii_case("climate"))
            .map(|i| i.there),
    );
    let allowed = |d: &Seen<'_, ClimateDetermination>| {
        let held = |a: &RoleAssignment| d.decided_at.is_none_or(|day| a.holds_on(day));
        let holders = cx.holders(RoleKind::IsmsConformity).into_iter().map(|(a, _)| a);
        let holders = holders.filter(|a| a.person_id.is_some() && a.person_id == d.decided_by && held(a));
        if cx.is_top(d.decided_by) { When::always() } else { When::any(holders.map(|a| a.there.clone())) }
    };
    Row::new("4.1-A1")
        .when(
            "U1",
            When::any(decisions.iter().map(|(_, when)| when.clone())).not(),
            "nobody has decided yet whether climate change is a relevant issue",
            vec![],
        )
        .any(
            "U2",
            "the decision on climate change was not looked at in twice the interval",
            decisions
                .iter()
                .map(|(d, when)| Item::new(d.meta.id, "decided_at", when.and(&at(d).lapsed)))
                .collect(),
        )
        .any(
            "P1",
            "the decision on climate change has no rationale, or was taken by nobody with the authority",
            decisions
                .iter()
                .map(|(d, when)| match d.rationale.is_empty() {
                    true => Item::new(d.meta.id, "rationale", when.clone()),
                    false => Item::new(d.meta.id, "decided_by", when.and_not(&allowed(d))),
                })
                .collect(),
        )
        .any(
            "P2",
            "climate change was decided to be relevant, and no live issue of category climate stands for it",
            decisions
                .iter()
                .filter(|(d, _)| d.relevant == Some(true))
                .map(|(d, when)| Item::new(d.meta.id, "relevant", when.and_not(&climate_issue)))
                .collect(),
        )
        .any(
            "S1",
            "the decision on climate change is due to be looked at again",
            decisions
                .iter()
                .map(|(d, when)| Item::new(d.meta.id, "decided_at", when.and(&at(d).past())))
                .collect(),
        )
}

/// Each climate determination with the days on which it is the newest.
fn newest_decisions<'a>(cx: &Cx<'a>) -> Vec<(Seen<'a, ClimateDetermination>, When)> {
    newest(cx.all::<ClimateDetermination>(), |d| d.decided_at)
}

fn parties(cx: &Cx<'_>) -> Row {
    let relevant = relevant_parties(cx);
    let soft = |p: &Seen<'_, InterestedParty>| cx.soft(p.last_reviewed_at, cx.p.party_months);
    let baseline = [
        PartyType::Customer,
        PartyType::Employee,
        PartyType::Owner,
        PartyType::Regulator,
        PartyType::Supplier,
    ];
    let spoken_for = |of: PartyType| {
        When::any(
            cx.live::<InterestedParty>()
                .filter(|p| p.party_type == Some(of))
                .filter(|p| match p.relevance {
                    Some(Relevance::Relevant) => true,
                    Some(Relevance::NotRelevant) => !p.relevance_reason.is_empty(),
                    None => false,
                })
                .map(|p| p.there),
        )
    };
    let missing = baseline.iter().map(|t| (t.as_str().to_owned(), spoken_for(*t).not())).collect();
    Row::new("4.2a")
        .when(
            "U1",
            When::any(relevant.iter().map(|p| p.there.clone())).not(),
            "there is no relevant interested party",
            vec![],
        )
        .every(
            "U2",
            "none of the {m} relevant parties was looked at in twice the interval",
            relevant
                .iter()
                .map(|p| Item::new(p.meta.id, "last_reviewed_at", p.there.and(&soft(p).lapsed)))
                .collect(),
            counted(&relevant),
        )
        .names("P1", "nothing is said of these types of party: {names}", missing)
        .any(
            "P2",
            "{n} relevant [party|parties] [has|have] no owner",
            relevant
                .iter()
                .filter(|p| p.owner_id.is_none())
                .map(|p| Item::new(p.meta.id, "owner_id", p.there.clone()))
                .collect(),
        )
        .any(
            "S1",
            "the review of {n} relevant [party|parties] is overdue",
            relevant
                .iter()
                .map(|p| Item::new(p.meta.id, "last_reviewed_at", p.there.and(&soft(p).past())))
                .collect(),
        )
}

fn requirements(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.live::<PartyRequirement>().collect();
    let soft = |r: &Seen<'_, PartyRequirement>| cx.soft(r.last_reviewed_at, cx.p.party_months);
    let wants_source = |r: &Seen<'_, PartyRequirement>| {
        matches!(
            r.kind,
            Some(RequirementKind::Legal | RequirementKind::Regulatory | RequirementKind::Contractual)
        )
    };
    let of_party = grouped(all.iter().cloned(), |r| r.party_id);
    let without = relevant_parties(cx).into_iter().map(|p| {
        let has = of_party.get(&p.reference()).into_iter().flatten().map(|r| r.there.clone());
        Item::new(p.meta.id, "", p.there.and_not(&When::any(has)))
    });
    Row::new("4.2b")
        .when(
            "U1",
            When::any(all.iter().map(|r| r.there.clone())).not(),
            "no requirement of an interested party is recorded",
            vec![],
        )
        .every(
            "U0",
            "none of the {m} requirements was looked at in twice the interval",
            all.iter()
                .map(|r| Item::new(r.meta.id, "last_reviewed_at", r.there.and(&soft(r).lapsed)))
                .collect(),
            counted(&all),
        )
        .any("P1", "{n} relevant [party|parties] [has|have] no requirement", without.collect())
        .any(
            "P2",
            "{n} [requirement|requirements] of law, regulator or contract [names|name] no source",
            all.iter()
                .filter(|r| wants_source(r) && r.source_ref.is_empty())
                .map(|r| Item::new(r.meta.id, "source_ref", r.there.clone()))
                .collect(),
        )
        .any(
            "S1",
            "the review of {n} [requirement|requirements] is overdue",
            all.iter()
                .map(|r| Item::new(r.meta.id, "last_reviewed_at", r.there.and(&soft(r).past())))
                .collect(),
        )
}

fn addressed(cx: &Cx<'_>) -> Row {
    let all: Vec<_> = cx.live::<PartyRequirement>().collect();
    let of = |wanted: Addressed| all.iter().filter(move |r| r.addressed() == wanted);
    let there = |r: &Seen<'_, PartyRequirement>, field| Item::new(r.meta.id, field, r.there.clone());
    let decided =
        When::any(all.iter().filter(|r| r.addressed() != Addressed::Undecided).map(|r| r.there.clone()));
    Row::new("4.2c")
        .when(
            "U1",
            decided.not(),
            "of no requirement has it been decided whether the ISMS takes care of it",
            vec![],
        )
        .any(
            "P1",
            "{n} [requirement|requirements] [is|are] undecided",
            of(Addressed::Undecided).map(|r| there(r, "addressed_via_isms")).collect(),
        )
        .any(
            "P2",
            "{n} [requirement|requirements] [is|are] taken care of by nothing named",
            of(Addressed::Yes)
                .filter(|r| r.linked_object_ids.is_empty())
                .map(|r| there(r, "linked_object_ids"))
                .collect(),
        )
        .any(
            "P3",
            "{n} [requirement|requirements] [is|are] left out without a reason",
            of(Addressed::No).filter(|r| r.rationale.is_empty()).map(|r| there(r, "rationale")).collect(),
        )
        .any(
            "S1",
            "{n} [requirement|requirements] [leans|lean] on something that is retired or excluded",
            all.iter()
                .map(|r| {
                    let dead = When::any(r.linked_object_ids.iter().map(|id| cx.dead(*id)));
                    Item::new(r.meta.id, "linked_object_ids", r.there.and(&dead))
                })
                .collect(),
        )
}

fn climate_requirements(cx: &Cx<'_>) -> Row {
    let asked =
        When::any(cx.live::<PartyRequirement>().filter(|r| r.climate_related == Some(true)).map(|r| r.there));
    let noted = When::any(
        relevant_parties(cx)
            .into_iter()
            .filter(|p| p.relevance_reason.to_lowercase().contains("climate"))
            .map(|p| p.there),
    );
    Row::new("4.2-A1").any(
        "P1",
        "climate change is relevant, and no party was asked or noted for it",
        newest_decisions(cx)
            .into_iter()
            .filter(|(d, _)| d.relevant == Some(true))
            .map(|(d, when)| Item::new(d.meta.id, "relevant", when.and_not(&asked.or(&noted))))
            .collect(),
    )
}

fn scope(cx: &Cx<'_>) -> Row {
    let versions = cx.current_versions(DocumentKind::Scope);
    let items: Vec<_> = cx.live::<ScopeItem>().collect();
    let in_scope = |kinds: &[ScopeKind]| {
        When::any(
            items
                .iter()
                .filter(|i| i.in_scope == Some(true) && i.kind.is_some_and(|k| kinds.contains(&k)))
                .map(|i| i.there.clone()),
        )
    };
    let kinds: [(&str, &[ScopeKind]); 4] = [
        ("unit", &[ScopeKind::OrgUnit]),
        ("site", &[ScopeKind::Site]),
        ("product or process", &[ScopeKind::Product, ScopeKind::Process]),
        ("information or technology", &[ScopeKind::Information, ScopeKind::Technology]),
    ];
    let missing = kinds.iter().map(|(name, of)| ((*name).to_owned(), in_scope(of).not())).collect();
    let due = |of: &dyn Fn(&super::Soft) -> When| -> Vec<Item> {
        versions
            .iter()
            .map(|(v, when)| Item::new(v.meta.id, "next_review_at", when.and(&of(&cx.review_due(v)))))
            .collect()
    };
    Row::new("4.3")
        .when(
            "U1",
            cx.has_current(DocumentKind::Scope).not(),
            "there is no published scope document in force",
            vec![],
        )
        .any("U0", "the review of the scope has lapsed", due(&|s| s.lapsed.clone()))
        .names("P1", "nothing of these kinds is in scope: {names}", missing)
        .any(
            "P2",
            "the scope was approved by its author, or by nobody of top management",
            versions
                .iter()
                .filter(|(v, _)| {
                    (v.author_id.is_some() && v.author_id == v.approver_id) || !cx.is_top(v.approver_id)
                })
                .map(|(v, when)| Item::new(v.meta.id, "approver_id", when.clone()))
                .collect(),
        )
        .any(
            "P3",
            "{n} [thing|things] [is|are] left out of the scope without a reason",
            items
                .iter()
                .filter(|i| i.in_scope == Some(false) && i.justification.is_empty())
                .map(|i| Item::new(i.meta.id, "justification", i.there.clone()))
                .collect(),
        )
        .any("S1", "the review of the scope is due", due(&|s| s.past()))
        .any(
            "S2",
            "{n} scope [item|items] changed after the scope was approved",
            // Also those that were taken out of use: that changes the scope.
            cx.all::<ScopeItem>()
                .filter_map(|i| {
                    let changed = i.meta.updated_at?;
                    let outdated = versions
                        .iter()
                        .filter(|(v, _)| v.approved_at.is_none_or(|a| a < changed))
                        .map(|(_, when)| when.clone());
                    let since = When::from(changed);
                    Some(Item::new(i.meta.id, "updated_at", i.there.and(&since).and(&When::any(outdated))))
                })
                .collect(),
        )
}

/// Things that CUR(scope) should name: those missing from a version's list, told apart by whether they are younger than
/// its approval (stale) or not (partly).
fn considered(
    row: Row,
    cx: &Cx<'_>,
    what: [&'static str; 3],
    field: &'static str,
    things: Vec<(crate::Id, When, Option<Date>)>,
    lists: impl Fn(&crate::records::DocumentVersion) -> Vec<crate::Id>,
) -> Row {
    let versions = cx.current_versions(DocumentKind::Scope);
    let missing = |young: bool| -> Vec<Item> {
        let mut items = Vec::new();
        for (version, when) in &versions {
            let named: HashSet<crate::Id> = lists(version).into_iter().collect();
            for (id, there, born) in &things {
                let later = born.zip(version.approved_at).is_some_and(|(born, approved)| born > approved);
                if !named.contains(id) && later == young {
                    items.push(Item::new(*id, if young { "created_at" } else { "" }, when.and(there)));
                }
            }
        }
        items
    };
    let [none, partly, stale] = what;
    row.needs(cx.has_current(DocumentKind::Scope), "there is no published scope document in force")
        .any(
            "U1",
            none,
            versions
                .iter()
                .filter(|(v, _)| lists(v).is_empty())
                .map(|(v, when)| Item::new(v.meta.id, field, when.clone()))
                .collect(),
        )
        .any("P1", partly, missing(false))
        .any("S1", stale, missing(true))
}

fn scope_issues(cx: &Cx<'_>) -> Row {
    let things =
        relevant_issues(cx).into_iter().map(|i| (i.meta.id, i.there.clone(), i.meta.created_at)).collect();
    considered(
        Row::new("4.3a"),
        cx,
        [
            "the scope names no issue that was considered",
            "{n} relevant [issue|issues] [was|were] not considered when the scope was drawn",
            "{n} relevant [issue|issues] arose after the scope was approved",
        ],
        "considered_issue_ids",
        things,
        |v| v.considered_issue_ids.iter().map(|i| i.id()).collect(),
    )
}

fn scope_requirements(cx: &Cx<'_>) -> Row {
    let things = cx
        .live::<PartyRequirement>()
        .filter(|r| r.addressed() == Addressed::Yes)
        .map(|r| (r.meta.id, r.there.clone(), r.meta.created_at))
        .collect();
    considered(
        Row::new("4.3b"),
        cx,
        [
            "the scope names no requirement that was considered",
            "{n} [requirement|requirements] that the ISMS addresses [was|were] not considered when the scope was drawn",
            "{n} [requirement|requirements] that the ISMS addresses arose after the scope was approved",
        ],
        "considered_requirement_ids",
        things,
        |v| v.considered_requirement_ids.iter().map(|i| i.id()).collect(),
    )
}

fn scope_interfaces(cx: &Cx<'_>) -> Row {
    let items: Vec<_> = cx
        .live::<ScopeItem>()
        .filter(|i| matches!(i.kind, Some(ScopeKind::Interface | ScopeKind::Dependency)))
        .collect();
    let soft = |i: &Seen<'_, ScopeItem>| cx.soft(i.last_reviewed_at, cx.p.scope_months);
    let of_party = grouped(items.iter().cloned(), |i| i.external_party_id);
    let outside = cx
        .live::<Supplier>()
        .filter(|s| s.relevant_to_isms == Some(true))
        .filter(|s| matches!(s.criticality, Some(Criticality::Critical | Criticality::High)))
        .map(|s| {
            let named = of_party.get(&s.reference()).into_iter().flatten().map(|i| i.there.clone());
            Item::new(s.meta.id, "", s.there.and_not(&When::any(named)))
        });
    Row::new("4.3c")
        .needs(cx.has_current(DocumentKind::Scope), "there is no published scope document in force")
        .when(
            "U1",
            When::any(items.iter().map(|i| i.there.clone())).not(),
            "no interface or dependency is recorded",
            vec![],
        )
        .every(
            "U0",
            "none of the {m} interfaces was looked at in twice the interval",
            items
                .iter()
                .map(|i| Item::new(i.meta.id, "last_reviewed_at", i.there.and(&soft(i).lapsed)))
                .collect(),
            counted(&items),
        )
        .any(
            "P1",
            "{n} [interface|interfaces] [names|name] no outside party, or not who controls what",
            items
                .iter()
                .filter_map(|i| {
                    let lacks = first_of([
                        ("external_party_id", i.external_party_id.is_none()),
                        ("control_description", i.control_description.is_empty()),
                    ]);
                    Some(i.item(lacks?))
                })
                .collect(),
        )
        .any(
            "P2",
            "{n} critical or high [supplier|suppliers] [stands|stand] in no interface of the scope",
            outside.collect(),
        )
        .any(
            "S1",
            "the review of {n} [interface|interfaces] is overdue",
            items
                .iter()
                .map(|i| Item::new(i.meta.id, "last_reviewed_at", i.there.and(&soft(i).past())))
                .collect(),
        )
}

/// 4.4, which sums up the others: `unmet` are the other non-advisory rows of clauses 4 to 10 with the days on which each
/// is unmet.
#[must_use]
pub fn system(cx: &Cx<'_>, unmet: &[(&str, &When)]) -> Row {
    let processes: Vec<_> = cx.live::<IsmsProcess>().collect();
    let soft = |p: &Seen<'_, IsmsProcess>| cx.soft(p.last_reviewed_at, cx.p.process_months);
    let core = [
        ProcessKind::Context,
        ProcessKind::Risk,
        ProcessKind::ControlsSoa,
        ProcessKind::Documents,
        ProcessKind::CompetenceAwareness,
        ProcessKind::Monitoring,
        ProcessKind::InternalAudit,
        ProcessKind::ManagementReview,
        ProcessKind::NonconformityImprovement,
        ProcessKind::Supplier,
        ProcessKind::Incident,
    ];
    let owned = |kind: ProcessKind| {
        When::any(
            processes
                .iter()
                .filter(|p| p.kind == Some(kind) && p.owner_id.is_some())
                .map(|p| p.there.clone()),
        )
    };
    let missing = core.iter().map(|k| (k.as_str().to_owned(), owned(*k).not())).collect();
    let count = super::Count::of(unmet.iter().map(|(_, when)| *when));
    let rows = i64::try_from(unmet.len()).unwrap_or(i64::MAX);
    let many = count.is(|n| n * 4 > rows);
    let none = When::any(processes.iter().map(|p| p.there.clone())).not();
    let unlinked = |p: &Seen<'_, IsmsProcess>| {
        let lacks = first_of([
            ("inputs", p.inputs.is_empty()),
            ("outputs", p.outputs.is_empty()),
            ("interacts_with_ids", p.interacts_with_ids.is_empty()),
        ]);
        Some(p.item(lacks?))
    };
    Row::new("4.4")
        .when(
            "U1",
            none.or(&many),
            "no process of the ISMS is recorded, or more than a quarter of the requirements are unmet",
            vec![],
        )
        .every(
            "U0",
            "none of the {m} processes was looked at in twice the interval",
            processes
                .iter()
                .map(|p| Item::new(p.meta.id, "last_reviewed_at", p.there.and(&soft(p).lapsed)))
                .collect(),
            counted(&processes),
        )
        .names("P1", "these core processes have no owner or are not recorded: {names}", missing)
        .any(
            "P2",
            "{n} [process|processes] [lacks|lack] inputs, outputs or what [it interacts|they interact] with",
            processes.iter().filter_map(unlinked).collect(),
        )
        .names(
            "P3",
            "{n} other [requirement|requirements] [is|are] unmet: {names}",
            unmet.iter().map(|(row, when)| ((*row).to_owned(), (*when).clone())).collect(),
        )
        .any(
            "S1",
            "the review of {n} [process|processes] is overdue",
            processes
                .iter()
                .map(|p| Item::new(p.meta.id, "last_reviewed_at", p.there.and(&soft(p).past())))
                .collect(),
        )
}
