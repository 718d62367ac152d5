//! 6.1.3: how risks are treated, the Statement of Applicability, the plan, and what remains.

use std::{collections::HashMap, sync::Arc};

use super::assessment::{NO_EVALUATION, approved_by_author, review_due, says, some_evaluation};
use crate::{
    Date, Id, Kind, Ref, Stored,
    id::ANNEX_A,
    records::{
        Addressed, ApplicabilityDecision, ApplicabilityDecisionState, Control, Document, DocumentKind,
        DocumentVersion, DocumentVersionState, Framework, ImplementationStatus, PartyRequirement, Person,
        ReviewResult, RiskAcceptanceState, RoleAssignment, SoaVersion, SoaVersionState, TreatmentOption,
        TreatmentPlan, TreatmentPlanState,
    },
    rules::{
        Count, Cx, Item, Row, Seen, When,
        cx::{newest, seen},
        risks::{RiskFacts, grouped},
    },
};

/// The rows of 6.1.3.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let evaluated = some_evaluation(cx);
    let of_both = |id, of_risks, what, of_plans| {
        cx.row_of_risks(id, of_risks)
            .with(row_of_plans(cx, id, what, of_plans))
            .needs(evaluated.clone(), NO_EVALUATION)
    };
    vec![
        process(cx),
        of_both("6.1.3a", options, "6.1.3a plans", reasoned),
        row_of_plans(cx, "6.1.3b", "6.1.3b", controls).needs(evaluated.clone(), NO_EVALUATION),
        compared(cx),
        statement(cx),
        of_both("6.1.3e", planned_for, "6.1.3e plans", plan),
        of_both("6.1.3f", remaining, "6.1.3f plans", agreed),
    ]
}

fn process(cx: &Cx<'_>) -> Row {
    let row = says(
        Row::new("6.1.3"),
        cx,
        "there is no approved risk method, or it does not say how risks are treated",
        "treatment_process",
        |m| m.treatment_process.is_empty(),
    );
    review_due(approved_by_author(row, cx), cx)
}

/// The risks above the line at some time.
fn above<'c, 'a>(risks: &'c [RiskFacts<'a>]) -> impl Iterator<Item = &'c RiskFacts<'a>> + Clone {
    risks.iter().filter(|f| !f.above.is_never())
}

/// The plans of live risks, each with the days on which it and its risk are there.
fn plans_of<'c, 'a>(
    risks: &'c [RiskFacts<'a>],
) -> impl Iterator<Item = (&'c RiskFacts<'a>, &'c Seen<'a, TreatmentPlan>, When)> + Clone {
    risks.iter().flat_map(|f| f.plans.iter().map(move |p| (f, p, p.there.and(&f.risk.there))))
}

type Plans<'a> = [Seen<'a, TreatmentPlan>];

/// What something comes to for each chunk of live plans: also of those whose risk is closed, as a done plan is live
/// (0.2) and what it rests on is still needed.
fn each_chunk<T: Send + Sync + 'static>(
    cx: &Cx<'_>,
    what: &'static str,
    compute: fn(&Cx<'_>, &Plans<'_>) -> T,
) -> Vec<Arc<T>> {
    // Where there is no plan at all, that is said of one empty chunk.
    let chunks = 0..cx.isms.chunks(Kind::TreatmentPlan).max(1);
    let live =
        |chunk| -> Vec<_> { cx.isms.chunk::<TreatmentPlan>(chunk).filter(|p| p.live()).map(seen).collect() };
    chunks.map(|chunk| cx.keep_with(what, chunk, || compute(cx, &live(chunk)))).collect()
}

/// The conditions of a row that are about single plans.
fn row_of_plans(
    cx: &Cx<'_>,
    id: &'static str,
    what: &'static str,
    row: fn(&Cx<'_>, &Plans<'_>) -> Row,
) -> Row {
    Row::joined(each_chunk(cx, what, row).iter().map(|row| &**row)).unwrap_or_else(|| Row::new(id))
}

/// A risk that is above the line and has no plan of those that `counts`, from more than `trigger_days` after it was
/// evaluated so on.
fn without_plan(cx: &Cx<'_>, facts: &RiskFacts<'_>, counts: impl Fn(&TreatmentPlan) -> bool) -> Option<Item> {
    let planned = planned(facts, counts);
    let when = facts.above.delayed(cx.p.trigger_days + 1).and_not(&planned);
    (!when.is_never()).then(|| Item::new(facts.risk.meta.id, "", when))
}

/// The days on which a risk has a plan of those that `counts`.
fn planned(facts: &RiskFacts<'_>, counts: impl Fn(&TreatmentPlan) -> bool) -> When {
    When::any(facts.plans.iter().filter(|p| counts(p)).map(|p| p.there.clone()))
}

fn options(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let unplanned: Vec<Item> =
        above(risks).map(|f| Item::new(f.risk.meta.id, "", f.above.and_not(&planned(f, |_| true)))).collect();
    let kept =
        plans_of(risks).filter(|(_, p, _)| p.option == Some(TreatmentOption::Retain)).map(|(f, p, when)| {
            Item::new(p.meta.id, "option", when.and(&f.above).and_not(&f.accepted(|_| true)))
        });
    Row::new("6.1.3a")
        .every(
            "U1",
            "none of the {m} risks above the line has a plan",
            unplanned,
            Count::of(above(risks).map(|f| &f.above)),
        )
        .any("P1", NO_PLAN, above(risks).filter_map(|f| without_plan(cx, f, |_| true)).collect())
        .any(
            "P2",
            "{n} [risk|risks] above the line [is|are] kept, and nobody has accepted [it|them]",
            kept.collect(),
        )
        .any(
            "S1",
            "the level of {n} [risk|risks] went up after [it was|they were] planned for",
            outgrown(cx, risks),
        )
}

const NO_PLAN: &str =
    "{n} [risk|risks] above the line [has|have] no plan, or a plan lacks its option or the reason for it";

/// The plans that lack their option or the reason for it.
fn reasoned(_: &Cx<'_>, plans: &Plans<'_>) -> Row {
    let bare = plans.iter().filter_map(|p| match (p.option, p.rationale.is_empty()) {
        (None, _) => Some(p.item("option")),
        (_, true) => Some(p.item("rationale")),
        _ => None,
    });
    Row::new("6.1.3a").any("P1", NO_PLAN, bare.collect())
}

/// Plans that are older than a score that put the risk on a higher level.
fn outgrown(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Vec<Item> {
    let Some(method) = cx.method() else { return Vec::new() };
    let mut items = Vec::new();
    for facts in risks.iter().filter(|f| f.current.len() > 1) {
        // The newest plan is the one that answers.
        for (plan, newest) in newest(facts.plans.clone(), |p| changed(p)) {
            let made = changed(&plan);
            let (older, newer): (Vec<_>, Vec<_>) =
                facts.current.iter().partition(|(score, _)| score.scored_at <= made);
            // A plan of no known day was there before every score; the first of them is what it answered.
            let answered = older.last().or(newer.first()).and_then(|(score, _)| method.rank(&score.level));
            let higher = newer.iter().filter(|(score, _)| method.rank(&score.level) > answered);
            let when = newest.and(&When::any(higher.map(|(_, when)| when.clone()))).and(&facts.risk.there);
            if answered.is_some() && !when.is_never() {
                items.push(Item::new(plan.meta.id, "option", when));
            }
        }
    }
    items
}

/// The last known day on which a plan was worked on.
fn changed(plan: &Stored<TreatmentPlan>) -> Option<Date> {
    plan.meta.updated_at.max(plan.approved_at).max(plan.meta.created_at)
}

fn controls(cx: &Cx<'_>, plans: &Plans<'_>) -> Row {
    let needs = |p: &&Seen<'_, TreatmentPlan>| {
        matches!(p.option, Some(TreatmentOption::Modify | TreatmentOption::Share))
    };
    let without = || -> Vec<Item> {
        let bare = plans.iter().filter(needs).filter(|p| p.control_ids.is_empty());
        bare.map(|p| p.item("control_ids")).collect()
    };
    let gone = |p: &&Seen<'_, TreatmentPlan>| {
        p.control_ids.iter().any(|c| cx.isms.get(*c).is_none_or(|c| !c.live()))
    };
    Row::new("6.1.3b")
        .every(
            "U1",
            "none of the {m} plans that change or share a risk names a control",
            without(),
            Count::of(plans.iter().filter(needs).map(|p| &p.there)),
        )
        .any(
            "P1",
            "{n} [plan|plans] that [changes|change] or [shares|share] a risk [names|name] no control",
            without(),
        )
        .any(
            "P2",
            "{n} [plan|plans] [names|name] a control that is retired or not in the register",
            plans.iter().filter(gone).map(|p| p.item("control_ids")).collect(),
        )
        .any(
            "S1",
            "{n} [plan|plans] [rests|rest] on a control that turned out not to work after the plan was approved",
            plans.iter().map(|p| p.on("control_ids", &turned_out(cx, p))).collect(),
        )
}

/// The days on which a control of a plan is known not to work, by a review after the plan was approved.
fn turned_out(cx: &Cx<'_>, plan: &TreatmentPlan) -> When {
    let controls = plan.control_ids.iter().filter_map(|c| cx.isms.get(*c));
    When::any(controls.filter(|c| c.review_result == Some(ReviewResult::NotEffective)).filter_map(|c| {
        let reviewed = c.last_reviewed_at.filter(|day| Some(*day) > plan.approved_at)?;
        plan.approved_at.map(|_| When::from(reviewed))
    }))
}

/// The published versions of the Statement of Applicability, each with the days on which it is the one in force.
fn published<'a>(cx: &Cx<'a>) -> Vec<(Seen<'a, SoaVersion>, When)> {
    let versions = cx
        .all::<SoaVersion>()
        .filter(|v| v.state == SoaVersionState::Published)
        .map(|v| Seen { there: v.there.and(&v.published_at.map_or_else(When::always, When::from)), ..v });
    newest(versions, |v| v.published_at)
}

/// The entries of a version, by control.
fn entries<'a>(cx: &Cx<'a>, version: &Stored<SoaVersion>) -> HashMap<Id, Seen<'a, ApplicabilityDecision>> {
    cx.about::<ApplicabilityDecision>(version.meta.id)
        .filter(|d| d.soa_version_id.is_some_and(|v| v.id() == version.meta.id))
        .filter_map(|d| Some((d.control_id?.id(), d)))
        .collect()
}

/// The entry of a version about one control.
fn entry<'a>(
    cx: &Cx<'a>,
    version: &Stored<SoaVersion>,
    control: Ref<Control>,
) -> Option<Seen<'a, ApplicabilityDecision>> {
    cx.about::<ApplicabilityDecision>(control.id())
        .filter(|d| d.control_id == Some(control))
        .filter(|d| d.soa_version_id.is_some_and(|v| v.id() == version.meta.id))
        .last()
}

/// The controls of Annex A, each on the days on which nothing has been decided on it.
fn undecided(cx: &Cx<'_>, _: u32) -> Vec<Item> {
    let decisions = grouped(
        cx.all::<ApplicabilityDecision>().filter(|d| {
            use ApplicabilityDecisionState::{Superseded, Undecided};
            !matches!(d.state, Undecided | Superseded)
        }),
        |d| d.control_id,
    );
    let controls = (1..=ANNEX_A).map(Ref::<Control>::new).map(|control| {
        let made = decisions.get(&control).into_iter().flatten().map(|d| d.there.clone());
        Item::new(control.id(), "", When::any(made).not())
    });
    controls.collect()
}

fn compared(cx: &Cx<'_>) -> Row {
    let undecided = Vec::clone(&cx.keep("undecided", 0, undecided));
    let open = Count::of(undecided.iter().map(|i| &i.when));
    let all = i64::from(ANNEX_A);
    let required = cx.live::<PartyRequirement>().filter(|r| r.addressed() == Addressed::Yes).flat_map(|r| {
        let controls = r.linked_object_ids.iter().filter(|id| id.kind == Kind::Control);
        controls.map(|id| (*id, r.there.clone())).collect::<Vec<_>>()
    });
    Row::new("6.1.3c")
        .when(
            "U1",
            open.is(|open| (all - open) * 2 < all),
            "fewer than half of the controls of Annex A have been decided on",
            undecided.clone(),
        )
        .any("P1", format!("{{n}} of {all} controls of Annex A [has|have] not been decided on"), undecided)
        .any(
            "P3",
            "{n} [control|controls] [is|are] left out that a requirement needs",
            required.filter_map(|(control, when)| left_out(cx, control, &when)).collect(),
        )
        .with(row_of_plans(cx, "6.1.3c", "6.1.3c plans", compared_with_plans))
}

/// A control on those of some days on which it is left out.
fn left_out(cx: &Cx<'_>, control: Id, when: &When) -> Option<Item> {
    let when = when.and(&cx.decided(control, false));
    (!when.is_never()).then(|| Item::new(control, "", when))
}

fn compared_with_plans(cx: &Cx<'_>, plans: &Plans<'_>) -> Row {
    let planned = plans.iter().flat_map(|p| p.control_ids.iter().map(|c| (c.id(), &p.there)));
    Row::new("6.1.3c")
        .any(
            "P2",
            "{n} [control|controls] [is|are] left out that a plan depends on",
            planned.filter_map(|(control, when)| left_out(cx, control, when)).collect(),
        )
        .any(
            "S1",
            "{n} [control|controls] entered a plan after the Statement of Applicability was approved, which does not list [it|them]",
            entered_later(cx, plans),
        )
}

/// Controls in plans worked on after the Statement of Applicability in force was approved, that it does not list as
/// applicable.
fn entered_later(cx: &Cx<'_>, plans: &Plans<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for (version, in_force) in published(cx) {
        for plan in plans {
            let Some(day) = changed(plan).filter(|day| version.approved_at.is_some_and(|a| *day > a)) else {
                continue;
            };
            let when = plan.there.and(&in_force).and(&When::from(day));
            for control in &plan.control_ids {
                let listed = entry(cx, &version, *control).filter(|e| e.applicable == Some(true));
                let missing = listed.map_or_else(|| when.clone(), |e| when.and_not(&e.there));
                items.push(Item::new(control.id(), "", missing));
            }
        }
    }
    items
}

fn is_custom(control: &Stored<Control>) -> bool {
    control.meta.id.n > ANNEX_A || control.framework == Some(Framework::Custom)
}

fn statement(cx: &Cx<'_>) -> Row {
    let own = each_chunk(cx, "6.1.3d own", own_controls);
    let own = own.iter().flat_map(|items| items.iter().cloned());
    let author =
        published(cx).into_iter().filter(|(v, _)| v.author_id.is_some() && v.author_id == v.approved_by);
    let author = author.map(|(v, in_force)| Item::new(v.meta.id, "approved_by", in_force));
    let mut missing: Vec<Item> = own.chain(author).collect();
    missing.sort_by_key(|i| i.id);
    missing.dedup_by(|a, b| a.id == b.id && a.when == b.when);
    let text = "{n} own [control|controls] that plans depend on [is|are] not in the version, or its author approved it";
    let of_version = cx.keep("6.1.3d", 0, |cx, _| versions(cx));
    Row::clone(&of_version).with(Row::new("6.1.3d").any("P4", text, missing))
}

/// What the versions of the Statement of Applicability say by themselves.
fn versions(cx: &Cx<'_>) -> Row {
    let versions = published(cx);
    let mut lacking = Lacking::default();
    for (version, in_force) in &versions {
        lacking.entries(cx, version, in_force);
    }
    let Lacking { reasonless, unexplained, statusless, drifted } = lacking;
    let review = |of: &dyn Fn(&crate::rules::Soft) -> When| -> Vec<Item> {
        versions
            .iter()
            .map(|(v, when)| {
                let document = cx.isms.find(v.document_version_id).and_then(|d| cx.isms.find(d.document_id));
                let due = cx.past_due(v.next_review_at, cx.document_months(document));
                Item::new(v.meta.id, "next_review_at", when.and(&of(&due)))
            })
            .collect()
    };
    Row::new("6.1.3d")
        .when(
            "U1",
            When::any(versions.iter().map(|(_, when)| when.clone())).not(),
            "there is no published Statement of Applicability",
            vec![],
        )
        .any("U0", "the review of the Statement of Applicability has lapsed", review(&|s| s.lapsed.clone()))
        .any(
            "P1",
            "{n} included [control|controls] [has|have] no reason code or no justification",
            reasonless,
        )
        .any("P2", "{n} [control|controls] of Annex A [is|are] left out without a justification", unexplained)
        .any(
            "P3",
            "of {n} included [control|controls] the version does not say how far [it was|they were] in place",
            statusless,
        )
        .any("S1", "the review of the Statement of Applicability is due", review(&|s| s.past()))
        .any(
            "S2",
            "{n} [control|controls] [stands|stand] otherwise than published, or [was|were] decided on since",
            drifted,
        )
}

/// What the Statement of Applicability in force lacks, control by control.
#[derive(Default)]
struct Lacking {
    reasonless: Vec<Item>,
    unexplained: Vec<Item>,
    statusless: Vec<Item>,
    drifted: Vec<Item>,
}

impl Lacking {
    fn entries(&mut self, cx: &Cx<'_>, version: &Stored<SoaVersion>, in_force: &When) {
        let entries = entries(cx, version);
        let mut ordered: Vec<(&Id, &Seen<'_, ApplicabilityDecision>)> = entries.iter().collect();
        ordered.sort_by_key(|(control, _)| **control);
        for (id, entry) in ordered {
            // The control is named, whose own fields these are not (ruling 9.1).
            let item = |field| Item::new(*id, field, in_force.and(&entry.there));
            let control = Ref::<Control>::try_from(*id).ok().and_then(|c| cx.isms.get(c));
            if entry.applicable == Some(false) {
                if entry.justification.is_empty() && !control.is_some_and(is_custom) {
                    self.unexplained.push(item(""));
                }
                continue;
            }
            if entry.applicable.is_none() {
                continue;
            }
            if entry.reason_codes.is_empty() || entry.justification.is_empty() {
                self.reasonless.push(item(""));
            }
            let Some(stated) = entry.implementation_status_at_version else {
                self.statusless.push(item(""));
                continue;
            };
            let now =
                control.and_then(|c| c.implementation_status).unwrap_or(ImplementationStatus::NotStarted);
            if now != stated {
                self.drifted.push(item("implementation_status"));
            }
        }
        for decision in cx.all::<ApplicabilityDecision>() {
            let (Some(control), Some(approved)) = (decision.control_id, decision.approved_at) else {
                continue;
            };
            if version.published_at.is_some_and(|published| approved > published) {
                let when = in_force.and(&decision.there).and(&When::from(approved));
                self.drifted.push(Item::new(control.id(), "", when));
            }
        }
    }
}

/// Own controls that plans depend on, on the days on which the version in force does not list them.
fn own_controls(cx: &Cx<'_>, plans: &Plans<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for (version, in_force) in published(cx) {
        for plan in plans {
            let own = plan.control_ids.iter().filter_map(|c| cx.isms.get(*c)).filter(|c| is_custom(c));
            for control in own.filter(|c| entry(cx, &version, c.reference()).is_none()) {
                items.push(Item::new(control.meta.id, "", in_force.and(&plan.there)));
            }
        }
    }
    items
}

/// Whether a plan has got so far that it counts as one.
fn is_made(plan: &TreatmentPlan) -> bool {
    use TreatmentPlanState::{Approved, Done, InProgress, Proposed};
    matches!(plan.state, Proposed | Approved | InProgress | Done)
}

fn planned_for(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let unplanned: Vec<Item> =
        above(risks).map(|f| Item::new(f.risk.meta.id, "", f.above.and_not(&planned(f, is_made)))).collect();
    Row::new("6.1.3e")
        .below_pct(
            "U1",
            "{n} of {m} risks above the line [has|have] no plan that got beyond a draft",
            unplanned,
            Count::of(above(risks).map(|f| &f.above)),
            50,
        )
        .any(
            "P2",
            "{n} [risk|risks] above the line [has|have] no plan that got beyond a draft",
            above(risks).filter_map(|f| without_plan(cx, f, is_made)).collect(),
        )
}

fn plan(cx: &Cx<'_>, plans: &Plans<'_>) -> Row {
    Row::new("6.1.3e")
        .any(
            "P1",
            "{n} [plan|plans] [lacks|lack] who is responsible, a date, means, or work to be done",
            plans.iter().filter_map(|p| Some(p.item(lacking(p)?))).collect(),
        )
        .any(
            "S1",
            "{n} [plan|plans] changed after the plan was last approved as a document",
            not_exported(cx, plans),
        )
}

/// The first field that a plan lacks.
fn lacking(plan: &TreatmentPlan) -> Option<&'static str> {
    let work = plan.option == Some(TreatmentOption::Modify) && plan.action_task_ids.is_empty();
    [
        ("responsible_id", plan.responsible_id.is_none()),
        ("due_at", plan.due_at.is_none()),
        ("resources", plan.resources.is_empty()),
        ("action_task_ids", work),
    ]
    .into_iter()
    .find_map(|(field, lacks)| lacks.then_some(field))
}

/// Plans that changed more than `trigger_days` ago, and since then no version of the plan document was approved.
fn not_exported(cx: &Cx<'_>, plans: &Plans<'_>) -> Vec<Item> {
    // When each was approved, and from which day on it is there.
    let exports: Vec<(Date, Date)> = cx
        .live::<Document>()
        .filter(|d| d.kind == Some(DocumentKind::Rtp))
        .flat_map(|d| {
            let versions = cx.about::<DocumentVersion>(d.meta.id);
            versions.filter(move |v| v.document_id.is_some_and(|x| x.id() == d.meta.id))
        })
        .filter(|v| {
            use DocumentVersionState::{Approved, Published, Superseded};
            matches!(v.state, Approved | Published | Superseded)
        })
        .filter_map(|v| {
            let approved = v.approved_at?;
            Some((approved, approved.max(v.there.turns().first().copied()?)))
        })
        .collect();
    let first = exports.iter().map(|(_, there)| *there).min();
    plans
        .iter()
        .filter_map(|plan| {
            // Until there is a first export, every plan waits for it, also one that never changed.
            let made = plan.meta.updated_at.or(plan.approved_at).or(plan.meta.created_at);
            let waited = |day: Option<Date>| match day {
                Some(day) => When::after(day.plus_days(cx.p.trigger_days)),
                None => When::always(),
            };
            let never_exported = waited(made).and(&first.map_or_else(When::always, When::before));
            let outdated = plan.meta.updated_at.map_or_else(When::never, |day| {
                let next =
                    exports.iter().filter(|(approved, _)| *approved >= day).map(|(_, there)| *there).min();
                waited(Some(day)).and(&next.map_or_else(When::always, When::before))
            });
            let when = plan.there.and(&never_exported.or(&outdated));
            (!when.is_never()).then(|| Item::new(plan.meta.id, "updated_at", when))
        })
        .collect()
}

fn remaining(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let expired = risks.iter().flat_map(|f| {
        newest(f.acceptances.clone(), |a| a.accepted_at)
            .into_iter()
            .filter(|(a, _)| a.state != RiskAcceptanceState::Revoked)
            .filter_map(|(a, when)| {
                let when = f.risk.there.and(&when).and(&When::after(a.expires_at?));
                Some(Item::new(a.meta.id, "expires_at", when))
            })
            .collect::<Vec<_>>()
    });
    Row::new("6.1.3f")
        .any(
            "P2",
            "{n} [risk|risks] [stays|stay] above the criteria, neither treated nor accepted by who may",
            risks
                .iter()
                .filter_map(|f| {
                    let open = f.above_criteria(cx.method());
                    if open.is_never() {
                        return None;
                    }
                    let open = open.and_not(&f.treated());
                    let open = open.and_not(&f.accepted(|a| cx.accepted_by_right(f, a)));
                    let when = open.delayed(cx.p.trigger_days);
                    (!when.is_never()).then(|| Item::new(f.risk.meta.id, "", when))
                })
                .collect(),
        )
        .any("S1", "the acceptance of {n} [risk|risks] has run out", expired.collect())
}

fn agreed(cx: &Cx<'_>, plans: &Plans<'_>) -> Row {
    use TreatmentPlanState::{Done, InProgress};
    let approved = |p: &Seen<'_, TreatmentPlan>| -> Option<When> {
        p.approved_by?;
        Some(p.there.and(&p.approved_at.map_or_else(When::always, When::from)))
    };
    let amiss = |p: &Seen<'_, TreatmentPlan>| {
        let Some(agreed) = approved(p) else {
            return matches!(p.state, InProgress | Done).then(|| p.item("approved_by"));
        };
        let owner = cx.isms.find(p.risk_id)?.owner_id;
        let by = p.approved_by.filter(|by| Some(*by) != owner)?;
        Some(Item::new(p.meta.id, "approved_by", agreed.and_not(&stands_in(cx, by, owner))))
    };
    Row::new("6.1.3f")
        .lacking("U1", When::always(), When::any(plans.iter().filter_map(approved)), "no plan has been approved")
        .any(
            "P1",
            "{n} [plan|plans] [is|are] under way without approval, or [was|were] approved by somebody else than the owner of the risk",
            plans.iter().filter_map(amiss).collect(),
        )
        .any(
            "S2",
            "option, controls or date of {n} [plan|plans] changed after [it was|they were] approved",
            plans
                .iter()
                .filter_map(|p| {
                    let first = changed_after(cx, p.meta.id, p.approved_at?)?;
                    Some(p.on("approved_at", &When::from(first)))
                })
                .collect(),
        )
}

/// The first day after `day` on which option, controls or due date of a plan were made other than they had been.
fn changed_after(cx: &Cx<'_>, plan: Id, day: Date) -> Option<Date> {
    let changes = ["option", "control_ids", "due_at"].into_iter().flat_map(|field| cx.changes(plan, field));
    changes.filter(|changed| *changed > day).min()
}

/// The days on which a person is the deputy in a role of another.
fn stands_in(cx: &Cx<'_>, person: Ref<Person>, of: Option<Ref<Person>>) -> When {
    let Some(of) = of else { return When::never() };
    let roles = cx.about::<RoleAssignment>(of.id());
    let named = roles.filter(|a| a.person_id == Some(of) && a.deputy_id == Some(person));
    When::any(named.map(|a| cx.current(&a)))
}
