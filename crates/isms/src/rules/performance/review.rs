//! 9.3: the management review, what went into it and what came out.

use std::collections::{BTreeSet, HashSet};

use super::audit;
use crate::{
    Filed, Id, Kind, Ref, Stored,
    records::{
        Audit, AuditKind, AuditState, ContextIssue, Document, DocumentKind, DocumentVersion, Grade,
        Improvement, ImprovementDecision, Incident, InputCode, ManagementReview, ManagementReviewState,
        Measurement, Metric, Nonconformity, NonconformityState, Objective, ObjectiveState, PartyFeedback,
        PartyRequirement, ReviewDecision, ReviewDecisionKind, ReviewInput, RiskAssessment,
        RiskAssessmentState, figures,
    },
    rules::{
        Cx, Item, Known, Row, Seen, When,
        cx::{exists, first_of, newest},
    },
    time::Date,
    words::says_none,
};

/// The inputs on how security is doing.
const PERFORMANCE: [InputCode; 4] = [InputCode::D1, InputCode::D2, InputCode::D3, InputCode::D4];

/// The rows of 9.3 that ask how 9.3.1 stands.
pub(super) fn rows(cx: &Cx<'_>, known: &Known<'_>) -> Vec<Row> {
    let reviews = Reviews::of(cx);
    let last = || reviews.on("held_at", |_| true);
    // A row whose first condition is that 9.3.1 is unmet.
    let unmet = |row: &'static str| {
        let what = "no management review was held within the interval";
        Row::new(row).when("U1", known.unmet("9.3.1"), what, last())
    };
    [
        earlier_decisions(unmet("9.3.2a"), &reviews),
        changed_issues(unmet("9.3.2b"), cx, &reviews),
        changed_requirements(unmet("9.3.2c"), cx, &reviews),
        performance(cx, &reviews, known),
        feedback(unmet("9.3.2e"), cx, &reviews),
        risks(unmet("9.3.2f"), cx, &reviews),
        improvements(unmet("9.3.2g"), cx, &reviews),
        results(cx, &reviews, known),
    ]
    .into_iter()
    .map(|row| {
        row.needs(reviews.any(), "no management review was held").when(
            "S1",
            known.stale("9.3.1"),
            "the next management review is due",
            last(),
        )
    })
    .collect()
}

fn was_held(review: &ManagementReview) -> bool {
    !matches!(review.state, ManagementReviewState::Scheduled | ManagementReviewState::InputsReady)
}

/// 9.3.1 itself, which the others ask about.
pub(super) fn held(cx: &Cx<'_>) -> Row {
    let approved: Vec<_> = cx
        .all::<ManagementReview>()
        .filter(|r| matches!(r.state, ManagementReviewState::MinutesApproved | ManagementReviewState::Closed))
        .collect();
    let hard = |r: &ManagementReview| cx.hard(r.held_at, cx.p.mr_months);
    let last = newest(approved.iter().cloned(), |r| r.held_at);
    let of = |days: &dyn Fn(&ManagementReview) -> When| -> Vec<Item> {
        last.iter().map(|(r, when)| Item::new(r.meta.id, "held_at", when.and(&days(r)))).collect()
    };
    let lapsed = of(&|r| hard(r).lapsed);
    let latest = Reviews::of(cx).0;
    let no_top =
        |r: &ManagementReview| !cx.is_top(r.chair_id) && !r.attendee_ids.iter().any(|p| cx.is_top(Some(*p)));
    let audits = audit::internal(cx);
    Row::new("9.3.1")
        .when(
            "U1",
            exists(&approved).not().or(&When::any(lapsed.iter().map(|i| i.when.clone()))),
            "no management review with approved minutes was held within the interval",
            lapsed,
        )
        .any(
            "P1",
            "nobody of top management took part in the last review",
            latest
                .iter()
                .filter(|l| no_top(&l.review))
                .map(|l| Item::new(l.review.meta.id, "attendee_ids", l.when.clone()))
                .collect(),
        )
        .any(
            "P2",
            "the last review was held before the only internal audit of its period was closed",
            latest
                .iter()
                .map(|l| (l, l.when.and(&audit_came_later(&audits, &l.review))))
                .map(|(l, when)| Item::new(l.review.meta.id, "held_at", when))
                .collect(),
        )
        .any("S1", "the next management review is due", of(&|r| hard(r).aged))
}

/// The days on which there is one internal audit of a review's period and it was closed only after the review.
fn audit_came_later(audits: &[Seen<'_, Audit>], review: &ManagementReview) -> When {
    let Some(held) = review.held_at else { return When::never() };
    let carried_out = audits.iter().filter(|a| a.state != AuditState::Planned);
    let of_period: Vec<_> = carried_out
        .filter(|a| a.fieldwork_end.or(a.fieldwork_start).is_some_and(|day| in_period(review, day)))
        .collect();
    let later = |a: &Audit| {
        let closed = a.report_issued_at.filter(|_| a.state == AuditState::Closed);
        closed.is_none_or(|closed| held < closed)
    };
    When::any(of_period.iter().filter(|a| later(a)).map(|only| {
        let others = of_period.iter().filter(|a| a.meta.id != only.meta.id);
        only.there.and_not(&When::any(others.map(|a| a.there.clone())))
    }))
}

fn in_period(review: &ManagementReview, day: Date) -> bool {
    review.period_from.is_some_and(|from| from <= day) && review.period_to.is_none_or(|to| day <= to)
}

/// A held review with what belongs to it and the days on which it is the last.
struct Last<'a> {
    review: Seen<'a, ManagementReview>,
    when: When,
    inputs: Vec<Seen<'a, ReviewInput>>,
    decisions: Vec<Seen<'a, ReviewDecision>>,
}

/// The held reviews, oldest first.
struct Reviews<'a>(Vec<Last<'a>>);

impl<'a> Reviews<'a> {
    fn of(cx: &Cx<'a>) -> Self {
        let held = cx.all::<ManagementReview>().filter(|r| was_held(r));
        let each = newest(held, |r| r.held_at).into_iter().map(|(review, when)| {
            let id = review.meta.id;
            let mine = move |r: Option<Ref<ManagementReview>>| r.is_some_and(|r| r.id() == id);
            let inputs = cx.about::<ReviewInput>(id).filter(|i| mine(i.review_id)).collect();
            let decisions = cx.about::<ReviewDecision>(id).filter(|d| mine(d.review_id)).collect();
            Last { review, when, inputs, decisions }
        });
        Self(each.collect())
    }

    /// The days on which one was held.
    fn any(&self) -> When {
        When::any(self.0.iter().map(|l| l.when.clone()))
    }

    /// A condition on the last review: the review with the field that shows it.
    fn on(&self, field: &'static str, holds: impl Fn(&Last<'a>) -> bool) -> Vec<Item> {
        let those = self.0.iter().filter(|l| holds(l));
        those.map(|l| Item::new(l.review.meta.id, field, l.when.clone())).collect()
    }

    /// A condition on the last review: other records that show it.
    fn each(&self, items: impl Fn(&Last<'a>) -> Vec<Item>) -> Vec<Item> {
        let all = self.0.iter().flat_map(|l| {
            items(l).into_iter().map(|i| Item { when: i.when.and(&l.when), ..i }).collect::<Vec<_>>()
        });
        all.collect()
    }

    /// Whether something came up in the period that a review reports on: up to the review itself, and where no beginning
    /// is said, since the review before or an interval before this one.
    fn reports_on(&self, cx: &Cx<'_>, last: &Last<'a>, day: Date) -> bool {
        let Some(held) = last.review.held_at else { return false };
        let before = || self.before(last).last().and_then(|l| l.review.held_at);
        let from = last.review.period_from.or_else(before).unwrap_or(held.plus_months(-cx.p.mr_months));
        (from..=last.review.period_to.unwrap_or(held).min(held)).contains(&day)
    }

    /// The reviews before one.
    fn before(&self, last: &Last<'a>) -> impl Iterator<Item = &Last<'a>> {
        self.0.iter().take_while(move |l| l.review.meta.id != last.review.meta.id)
    }
}

impl Last<'_> {
    fn input(&self, code: InputCode) -> impl Iterator<Item = &Seen<'_, ReviewInput>> {
        self.inputs.iter().filter(move |i| i.code == Some(code))
    }

    fn has(&self, code: InputCode) -> bool {
        self.input(code).next().is_some()
    }

    /// Whether an input is there and says something.
    fn says(&self, code: InputCode) -> bool {
        self.input(code).any(|i| !i.summary.is_empty())
    }

    /// The records an input refers to.
    fn refers_to(&self, code: InputCode) -> HashSet<Id> {
        self.input(code).flat_map(|i| &i.record.source_refs).filter_map(|r| r.trim().parse().ok()).collect()
    }

    fn held_at(&self) -> Date {
        self.review.held_at.unwrap_or(Date::MAX)
    }
}

fn earlier_decisions(row: Row, reviews: &Reviews<'_>) -> Row {
    let decided_before = |last: &Last<'_>| reviews.before(last).any(|l| !l.decisions.is_empty());
    let open_then = |d: &ReviewDecision, held: Date| {
        d.kind != Some(ReviewDecisionKind::NoChange) && d.closed_at.is_none_or(|closed| closed > held)
    };
    let left_out = |last: &Last<'_>| -> Vec<Item> {
        if !last.has(InputCode::A) {
            return Vec::new();
        }
        let told = last.refers_to(InputCode::A);
        reviews
            .before(last)
            .flat_map(|l| &l.decisions)
            .filter(|d| open_then(d, last.held_at()) && !told.contains(&d.meta.id))
            .map(|d| d.item("closed_at"))
            .collect()
    };
    row.any(
        "P1",
        "the last review did not hear what became of earlier decisions",
        reviews.on("", |l| !l.has(InputCode::A) && decided_before(l)),
    )
    .any(
        "P2",
        "the last review was not told of {n} earlier [decision|decisions] that [was|were] open then",
        reviews.each(left_out),
    )
}

/// An input on records of a kind: it is there and says something, and names each that came or changed in the period.
fn changes<T: Filed>(
    row: Row,
    cx: &Cx<'_>,
    reviews: &Reviews<'_>,
    code: InputCode,
    [missing, left_out]: [&'static str; 2],
) -> Row {
    let records: Vec<Seen<'_, T>> = cx.all::<T>().collect();
    let changed = |last: &Last<'_>| -> Vec<Item> {
        let told = last.refers_to(code);
        let new = |day: Option<Date>| day.is_some_and(|day| reviews.reports_on(cx, last, day));
        let items = records.iter().filter(|r| !told.contains(&r.meta.id)).filter_map(|r| {
            let field = match (new(r.meta.created_at), new(r.meta.updated_at)) {
                (true, _) => "created_at",
                (_, true) => "updated_at",
                _ => return None,
            };
            Some(r.item(field))
        });
        items.collect()
    };
    row.any("P1", missing, reviews.on("", |l| !l.says(code))).any("P2", left_out, reviews.each(changed))
}

fn changed_issues(row: Row, cx: &Cx<'_>, reviews: &Reviews<'_>) -> Row {
    let what = [
        "the last review did not hear what changed in the issues of the context",
        "the last review was not told of {n} [issue|issues] that came or changed in its period",
    ];
    changes::<ContextIssue>(row, cx, reviews, InputCode::B, what)
}

fn changed_requirements(row: Row, cx: &Cx<'_>, reviews: &Reviews<'_>) -> Row {
    let what = [
        "the last review did not hear what changed in the requirements of interested parties",
        "the last review was not told of {n} [requirement|requirements] that came or changed in its period",
    ];
    changes::<PartyRequirement>(row, cx, reviews, InputCode::C, what)
}

fn performance(cx: &Cx<'_>, reviews: &Reviews<'_>, known: &Known<'_>) -> Row {
    let none = reviews.on("", |l| !PERFORMANCE.iter().any(|code| l.has(*code)));
    let silent = |code: InputCode| {
        let days = reviews.on("", |l| !l.says(code)).into_iter().map(|i| i.when);
        (code.as_str().to_owned(), When::any(days))
    };
    let wrong = |last: &Last<'_>| {
        let inputs = PERFORMANCE.iter().flat_map(|code| last.input(*code).map(move |i| (*code, i)));
        let differing = inputs.filter(|(code, input)| {
            figures(&input.figures).any(|(name, value)| {
                derived(cx, &last.review, *code, name).is_some_and(|d| (d - value).abs() > 1e-9)
            })
        });
        differing.map(|(_, input)| input.item("figures")).collect()
    };
    let no_trend = |last: &Last<'_>| {
        let inputs = PERFORMANCE.iter().flat_map(|code| last.input(*code));
        reviews.before(last).next().is_some() && inputs.into_iter().all(|i| i.previous_figures.is_empty())
    };
    Row::new("9.3.2d")
        .when(
            "U1",
            known.unmet("9.3.1").or(&When::any(none.iter().map(|i| i.when.clone()))),
            "no management review within the interval heard how security is doing",
            none,
        )
        .names(
            "P1",
            "the last review heard nothing on {names}",
            PERFORMANCE.iter().map(|code| silent(*code)).collect(),
        )
        .any(
            "P2",
            "{n} [input|inputs] of the last review [states|state] figures that the records do not give",
            reviews.each(wrong),
        )
        .any(
            "P3",
            "the figures of the last review are not compared with those before",
            reviews.on("", no_trend),
        )
}

/// The records of a kind that were there on a day: what came later a review could not hear of.
fn there_on<'a, T: Filed>(cx: &Cx<'a>, day: Date) -> impl Iterator<Item = &'a Stored<T>> {
    cx.isms.all::<T>().iter().filter(move |r| r.meta.there_from.is_none_or(|from| from <= day))
}

/// What the records say today of a figure as it stood on the day of a review; `None` for one they do not give.
fn derived(cx: &Cx<'_>, review: &ManagementReview, code: InputCode, name: &str) -> Option<f64> {
    let held = review.held_at?;
    let number = |n: usize| u32::try_from(n).ok().map(f64::from);
    let within = |day: Option<Date>| day.is_some_and(|d| in_period(review, d));
    let finding = |grades: &[Grade], test: &dyn Fn(&Nonconformity) -> bool| {
        let all = there_on::<Nonconformity>(cx, held).filter(|n| n.state != NonconformityState::Withdrawn);
        number(all.filter(|n| n.grade.is_some_and(|g| grades.contains(&g)) && test(n)).count())
    };
    let open = |n: &Nonconformity| {
        let closed = n.state == NonconformityState::Closed && n.closed_at.is_none_or(|day| day <= held);
        n.raised_at.is_none_or(|day| day <= held) && !closed
    };
    let audits = |internal: bool| {
        let of_kind = |a: &Audit| match a.kind {
            Some(AuditKind::Internal) => internal,
            Some(AuditKind::Supplier) | None => false,
            Some(_) => !internal,
        };
        let closed = there_on::<Audit>(cx, held).filter(|a| a.state == AuditState::Closed && of_kind(a));
        number(closed.filter(|a| within(a.report_issued_at.or(a.fieldwork_end))).count())
    };
    let objectives = |test: &dyn Fn(&Objective) -> bool| {
        let approved = there_on::<Objective>(cx, held).filter(|o| o.approved_at.is_some_and(|d| d <= held));
        number(approved.filter(|o| test(o)).count())
    };
    let over = |o: &Objective| o.due_at.is_some_and(|day| day <= held);
    match (code, name) {
        (InputCode::D1, "open major") => finding(&[Grade::Major], &open),
        (InputCode::D1, "open minor") => finding(&[Grade::Minor], &open),
        (InputCode::D1, "raised in the period") => {
            finding(&[Grade::Major, Grade::Minor], &|n| within(n.raised_at))
        }
        (InputCode::D1, "incidents in the period") => {
            let all = there_on::<Incident>(cx, held).filter(|i| i.is_incident != Some(false));
            number(all.filter(|i| within(i.reported_at)).count())
        }
        (InputCode::D2, title) => {
            let metric = there_on::<Metric>(cx, held).find(|m| m.title.trim() == title)?;
            let values = cx.about::<Measurement>(metric.meta.id);
            let values = values.filter(|v| v.meta.there_from.is_none_or(|from| from <= held));
            let known = values.filter(|v| v.measured_at.or(v.period_end).is_some_and(|day| day <= held));
            known.max_by_key(|v| (v.period_end, v.meta.id.n))?.value
        }
        (InputCode::D3, "internal audits closed") => audits(true),
        (InputCode::D3, "certification audits closed") => audits(false),
        (InputCode::D4, "objectives active") => objectives(&|o| match o.state {
            ObjectiveState::Active => true,
            ObjectiveState::Achieved | ObjectiveState::Missed => !over(o),
            ObjectiveState::Draft | ObjectiveState::Retired => false,
        }),
        (InputCode::D4, "objectives achieved") => {
            objectives(&|o| o.state == ObjectiveState::Achieved && within(o.due_at))
        }
        (InputCode::D4, "objectives missed") => {
            objectives(&|o| o.state == ObjectiveState::Missed && within(o.due_at))
        }
        _ => None,
    }
}

fn feedback(row: Row, cx: &Cx<'_>, reviews: &Reviews<'_>) -> Row {
    let all: Vec<_> = cx.all::<PartyFeedback>().collect();
    let unheard = |last: &Last<'_>| -> Vec<Item> {
        let code = InputCode::E;
        if !last.has(code) || !last.input(code).all(|i| says_none(&i.summary)) {
            return Vec::new();
        }
        let told = last.refers_to(code);
        let in_time = |f: &PartyFeedback| f.received_at.is_some_and(|day| reviews.reports_on(cx, last, day));
        let left = all.iter().filter(|f| in_time(f) && !told.contains(&f.meta.id));
        left.map(|f| f.item("received_at")).collect()
    };
    row.any(
        "P1",
        "the last review did not hear what interested parties said",
        reviews.on("", |l| !l.has(InputCode::E)),
    )
    .any(
        "P2",
        "the last review was told of no feedback, though {n} [was|were] received in its period",
        reviews.each(unheard),
    )
}

fn risks(row: Row, cx: &Cx<'_>, reviews: &Reviews<'_>) -> Row {
    let last_assessment = |held: Date| {
        let completed =
            there_on::<RiskAssessment>(cx, held).filter(|a| a.state == RiskAssessmentState::Completed);
        let by_then = completed.filter(|a| a.completed_at.is_some_and(|day| day <= held));
        by_then.max_by_key(|a| (a.completed_at, a.meta.id.n)).map(|a| a.meta.id)
    };
    let is_plan = |id: &Id| match id.kind {
        Kind::TreatmentPlan => true,
        Kind::Document => {
            let document = Ref::try_from(*id).ok().and_then(|d| cx.isms.get(d));
            document.is_some_and(|d: &Stored<Document>| d.kind == Some(DocumentKind::Rtp))
        }
        Kind::DocumentVersion => {
            let version = Ref::try_from(*id).ok().and_then(|v| cx.isms.get(v));
            let document = version.and_then(|v: &Stored<DocumentVersion>| cx.isms.find(v.document_id));
            document.is_some_and(|d| d.kind == Some(DocumentKind::Rtp))
        }
        _ => false,
    };
    let silent = |last: &Last<'_>| {
        let told = last.refers_to(InputCode::F);
        let assessment = last_assessment(last.held_at()).is_some_and(|id| told.contains(&id));
        !last.has(InputCode::F) || !(assessment || told.iter().any(is_plan))
    };
    row.any(
        "P1",
        "the last review heard neither of the last risk assessment nor of the state of treatment",
        reviews.on("", silent),
    )
}

fn improvements(row: Row, cx: &Cx<'_>, reviews: &Reviews<'_>) -> Row {
    let all: Vec<_> =
        cx.all::<Improvement>().filter(|i| i.decision == Some(ImprovementDecision::Accept)).collect();
    let open_then = |i: &Improvement, held: Date| {
        i.decided_at.is_none_or(|day| day <= held) && i.implemented_at.is_none_or(|day| day > held)
    };
    let unheard = |last: &Last<'_>| -> Vec<Item> {
        let told = last.refers_to(InputCode::G);
        let open = all.iter().filter(|i| open_then(i, last.held_at()));
        let open: BTreeSet<Id> = open.map(|i| i.meta.id).collect();
        if open.iter().any(|id| told.contains(id)) {
            return Vec::new();
        }
        all.iter().filter(|i| open.contains(&i.meta.id)).map(|i| i.item("implemented_at")).collect()
    };
    row.any(
        "P1",
        "the last review did not hear of chances to improve",
        reviews.on("", |l| !l.has(InputCode::G)),
    )
    .any(
        "P2",
        "the last review heard of none of {n} open [improvement|improvements]",
        reviews.each(unheard),
    )
}

fn results(cx: &Cx<'_>, reviews: &Reviews<'_>, known: &Known<'_>) -> Row {
    use ReviewDecisionKind::{Improvement, IsmsChange, NoChange};
    let decided = |l: &Last<'_>, kinds: &[ReviewDecisionKind]| {
        l.decisions.iter().any(|d| d.kind.is_some_and(|k| kinds.contains(&k)))
    };
    let loose = |d: &Seen<'_, ReviewDecision>| {
        let lacks = first_of([("owner_id", d.owner_id.is_none()), ("due_at", d.due_at.is_none())]);
        Some(d.item(lacks.filter(|_| d.kind != Some(NoChange))?))
    };
    let late = |last: &Last<'_>| -> Vec<Item> {
        let Some(held) = last.review.held_at else { return Vec::new() };
        let due = held.plus_days(cx.p.overdue_days);
        let in_time = last.review.minutes_approved_at.is_some_and(|day| day <= due);
        if in_time { Vec::new() } else { vec![last.review.on("minutes_approved_at", &When::after(due))] }
    };
    Row::new("9.3.3")
        .any(
            "U1",
            "the last review has no decisions or no minutes on record",
            reviews.on("minutes_version_id", |l| {
                l.decisions.is_empty() || l.review.minutes_version_id.is_none()
            }),
        )
        .when("U2", known.unmet("9.3.1"), "no management review was held within the interval", vec![])
        .any(
            "P1",
            "the last review did not decide on improvements and on changes to the ISMS",
            reviews.on("", |l| !decided(l, &[Improvement, NoChange]) || !decided(l, &[IsmsChange, NoChange])),
        )
        .any(
            "P2",
            "{n} [decision|decisions] of the last review [has|have] no owner or no date",
            reviews.each(|l| l.decisions.iter().filter_map(loose).collect()),
        )
        .any("P3", "the minutes of the last review were not approved in time", reviews.each(late))
}
