//! 6.2: information security objectives and the plans to reach them.

use super::actions::overdue;
use crate::{
    Date, Id, Stored,
    records::{
        Document, InputCode, Measurement, Metric, MetricAnalysis, Objective, ObjectiveState, ReviewDecision,
        ReviewInput,
    },
    rules::{
        Cx, Item, Row, Seen, When,
        cx::{counted, done_from, not_yet},
        risks::RiskFacts,
    },
    words::phrase_in,
};

/// The rows of 6.2.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    let active = active(cx);
    let about = Objectives { cx, active: &active };
    vec![
        about.set(),
        about.measurable(),
        about.traced(),
        about.followed(),
        about.made_known(),
        about.revised(),
        about.in_writing(),
        about.work(),
        about.means(),
        about.in_charge(),
        about.dated(),
        about.evaluated(),
    ]
}

/// The risks whose current score is of the two top levels, by number, with the days on which it is.
fn of_top_levels(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Vec<(Id, When)> {
    let is_top = |level: &str| match cx.method() {
        Some(method) => method.is_top_level(level),
        None => matches!(level, "critical" | "high"),
    };
    let days = risks.iter().map(|facts| {
        let high = facts.current.iter().filter(|(score, _)| is_top(&score.level));
        let when = When::any(high.map(|(_, when)| when.clone())).and(&facts.risk.there);
        (facts.risk.meta.id, when)
    });
    days.filter(|(_, when)| !when.is_never()).collect()
}

/// The active objectives.
pub(in crate::rules) fn active<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, Objective>> {
    cx.all::<Objective>().filter(|o| o.state == ObjectiveState::Active).collect()
}

struct Objectives<'c, 'a> {
    cx: &'c Cx<'a>,
    active: &'c [Seen<'a, Objective>],
}

type One<'a> = Seen<'a, Objective>;

fn item(of: &One<'_>, field: &'static str, when: &When) -> Item {
    Item::new(of.meta.id, field, of.there.and(when))
}

impl Objectives<'_, '_> {
    fn exists(&self) -> When {
        When::any(self.active.iter().map(|o| o.there.clone()))
    }

    fn row(&self, id: &'static str) -> Row {
        Row::new(id).needs(self.exists(), "there is no active objective")
    }

    /// The active objectives that lack something.
    fn lacking(&self, field: &'static str, lacks: impl Fn(&One<'_>) -> bool) -> Vec<Item> {
        self.active.iter().filter(|o| lacks(o)).map(|o| item(o, field, &When::always())).collect()
    }

    /// The active objectives that lack one of several things, each with the first field that it lacks.
    fn lacking_one(&self, lacks: impl Fn(&One<'_>) -> Option<&'static str>) -> Vec<Item> {
        self.active.iter().filter_map(|o| Some(item(o, lacks(o)?, &When::always()))).collect()
    }

    /// The days on which no active objective has something.
    fn none(&self, has: impl Fn(&One<'_>) -> bool) -> When {
        When::any(self.active.iter().filter(|o| has(o)).map(|o| o.there.clone())).not()
    }

    /// U1 and P1 of a row that asks one thing of every objective.
    fn each(
        &self,
        id: &'static str,
        field: &'static str,
        none: &'static str,
        some: &'static str,
        has: impl Fn(&One<'_>) -> bool,
    ) -> Row {
        self.row(id).when("U1", self.none(&has), none, vec![]).any(
            "P1",
            some,
            self.lacking(field, |o| !has(o)),
        )
    }

    fn set(&self) -> Row {
        let reviews = self.cx.reviews(self.active, self.cx.p.objective_months, |o| o.last_reviewed_at);
        Row::new("6.2a")
            .when("U1", self.exists().not(), "there is no active objective", vec![])
            .every(
                "U0",
                "none of the {m} objectives was looked at in twice the interval",
                reviews.lapsed,
                counted(self.active),
            )
            .any(
                "P1",
                "{n} [objective|objectives] [names|name] no policy [it follows|they follow] from, or no function [it is|they are] set for",
                self.lacking_one(|o| match (o.policy_link, o.function.is_empty()) {
                    (None, _) => Some("policy_link"),
                    (_, true) => Some("function"),
                    _ => None,
                }),
            )
            .any("S1", "the review of {n} [objective|objectives] is overdue", reviews.past)
    }

    fn measurable(&self) -> Row {
        let reason = |o: &One<'_>| !o.not_measurable_reason.is_empty();
        let retired =
            |o: &One<'_>| o.metric_ids.iter().any(|m| self.cx.isms.get(*m).is_none_or(|m| !m.live()));
        self.row("6.2b")
            .when(
                "U1",
                self.none(|o| o.target_value.is_some() || reason(o)),
                "no objective has a target, or a reason for having none",
                vec![],
            )
            .any(
                "P1",
                "{n} [objective|objectives] that can be measured [has|have] no target or no metric",
                self.lacking_one(|o| match (o.measurable, &o.target_value, o.metric_ids.is_empty()) {
                    (Some(true), None, _) => Some("target_value"),
                    (Some(true), _, true) => Some("metric_ids"),
                    _ => None,
                }),
            )
            .any(
                "P2",
                "{n} [objective|objectives] cannot be measured and [does|do] not say why",
                self.lacking("not_measurable_reason", |o| o.measurable == Some(false) && !reason(o)),
            )
            .any(
                "S1",
                "{n} [objective|objectives] [is|are] measured by a metric that is retired",
                self.lacking("metric_ids", retired),
            )
    }

    fn traced(&self) -> Row {
        let cx = self.cx;
        let traced =
            |o: &One<'_>| !(o.considered_requirement_ids.is_empty() && o.considered_risk_ids.is_empty());
        let top = cx.each_chunk("risks of the top levels", of_top_levels);
        let top: Vec<&(Id, When)> = top.iter().flat_map(|chunk| chunk.iter()).collect();
        let refers = self.active.iter().flat_map(|o| {
            let risks = o.considered_risk_ids.iter();
            let found = risks.filter_map(|r| top.binary_search_by_key(&r.id(), |(id, _)| *id).ok());
            found.filter_map(|i| top.get(i)).map(|(_, when)| o.there.and(when)).collect::<Vec<_>>()
        });
        let untouched = When::any(refers).not();
        let dead = |o: &One<'_>| {
            let requirements = When::any(o.considered_requirement_ids.iter().map(|r| cx.dead(r.id())));
            let risks = When::any(o.considered_risk_ids.iter().map(|r| cx.dead(r.id())));
            [item(o, "considered_requirement_ids", &requirements), item(o, "considered_risk_ids", &risks)]
        };
        self.each(
            "6.2c",
            "considered_risk_ids",
            "no objective says which requirements or risks it takes into account",
            "{n} [objective|objectives] [takes|take] no requirement and no risk into account",
            traced,
        )
        .any(
            "P2",
            "the {n} [risk|risks] of the two top levels [is|are] taken into account by no objective",
            top.iter()
                .map(|(id, when)| Item::new(*id, "", when.and(&untouched)))
                .filter(|i| !i.when.is_never())
                .collect(),
        )
        .any(
            "S1",
            "{n} [objective|objectives] [takes|take] a risk or requirement into account that is closed",
            self.active.iter().filter_map(|o| dead(o).into_iter().find(|i| !i.when.is_never())).collect(),
        )
    }

    fn followed(&self) -> Row {
        let mut measured = When::never();
        let mut missed = Vec::new();
        let mut old = Vec::new();
        for objective in self.active {
            for metric in objective.metric_ids.iter().filter_map(|m| self.cx.find(Some(*m))) {
                let values: Vec<_> = measurements(self.cx, &metric).collect();
                let any = When::any(values.iter().map(|v| v.there.clone()));
                measured = measured.or(&objective.there.and(&any));
                let Some(months) = metric.frequency_months.map(i64::from).filter(|_| metric.live()) else {
                    continue;
                };
                let both = objective.there.and(&metric.there);
                let until = |periods: i64, days: i64| {
                    When::any(values.iter().map(|v| {
                        let end = v.period_end.unwrap_or(Date::MIN);
                        v.there.and(&When::until(end.plus_months(months * periods).plus_days(days)))
                    }))
                };
                let grace = self.cx.p.metric_grace_days;
                let first = metric
                    .meta
                    .created_at
                    .map_or_else(When::never, |made| When::until(made.plus_months(months).plus_days(grace)));
                let late = both.and_not(&until(1, grace).or(&first));
                missed.push(Item::new(metric.meta.id, "", late));
                old.push(Item::new(metric.meta.id, "", both.and(&any).and_not(&until(2, 0))));
            }
        }
        self.row("6.2d")
            .when("U1", measured.not(), "no objective has ever been measured", vec![])
            .any(
                "P1",
                "{n} [metric|metrics] of objectives [was|were] not measured for a period that has ended",
                missed,
            )
            .any("S1", "the last value of {n} [metric|metrics] of objectives is older than two periods", old)
    }

    fn made_known(&self) -> Row {
        let told = When::any(self.active.iter().map(|o| o.there.and(&done_from(o.communicated_at))));
        self.row("6.2e")
            .when("U1", told.not(), "no objective has been made known", vec![])
            .any(
                "P1",
                "{n} [objective|objectives] [has|have] not been made known",
                self.active.iter().map(|o| item(o, "communicated_at", &not_yet(o.communicated_at))).collect(),
            )
            .any(
                "S1",
                "target or date of {n} [objective|objectives] changed after [it was|they were] made known",
                self.active
                    .iter()
                    .filter_map(|o| {
                        let told = o.communicated_at?;
                        let first = changes(self.cx, o).into_iter().find(|day| *day > told)?;
                        Some(item(o, "communicated_at", &When::from(first)))
                    })
                    .collect(),
            )
    }

    fn revised(&self) -> Row {
        let reviews = self.cx.reviews(self.active, self.cx.p.objective_months, |o| o.last_reviewed_at);
        self.row("6.2f")
            .every(
                "U1",
                "none of the {m} objectives was looked at in twice the interval",
                reviews.lapsed,
                counted(self.active),
            )
            .any(
                "P1",
                "{n} [objective|objectives] [is|are] past [its|their] date, and [was|were] neither closed nor given a new one",
                self.active.iter().filter_map(|o| Some(item(o, "due_at", &When::after(o.due_at?)))).collect(),
            )
            .any("S1", "the review of {n} [objective|objectives] is overdue", reviews.past)
    }

    fn in_writing(&self) -> Row {
        self.row("6.2g")
            .when("U1", self.none(|o| o.approved_by.is_some()), "no objective has been approved", vec![])
            .any(
                "P1",
                "{n} [objective|objectives] [has|have] not been approved, or by the person responsible",
                self.lacking("approved_by", |o| o.approved_by.is_none() || o.approved_by == o.responsible_id),
            )
    }

    fn work(&self) -> Row {
        let late = self.active.iter().flat_map(|o| {
            o.task_ids.iter().filter_map(|t| overdue(self.cx, *t, &o.there)).collect::<Vec<_>>()
        });
        self.each(
            "6.2h",
            "plan_actions",
            "no objective says what will be done",
            "{n} [objective|objectives] [does|do] not say what will be done",
            |o| !(o.plan_actions.is_empty() && o.task_ids.is_empty()),
        )
        .any("S1", "{n} [task|tasks] of objectives [is|are] overdue", late.collect())
    }

    fn means(&self) -> Row {
        self.each(
            "6.2i",
            "resources",
            "no objective says what it takes",
            "{n} [objective|objectives] [does|do] not say what [it takes|they take]",
            |o| !o.resources.is_empty(),
        )
    }

    fn in_charge(&self) -> Row {
        let left = self
            .active
            .iter()
            .filter_map(|o| Some(item(o, "responsible_id", &self.cx.gone(o.responsible_id)?)));
        self.row("6.2j")
            .when(
                "U1",
                self.none(|o| o.responsible_id.is_some()),
                "nobody is responsible for any objective",
                vec![],
            )
            .any(
                "P1",
                "for {n} [objective|objectives] nobody is responsible, or somebody who has left",
                self.lacking("responsible_id", |o| o.responsible_id.is_none())
                    .into_iter()
                    .chain(left)
                    .collect(),
            )
    }

    fn dated(&self) -> Row {
        self.each(
            "6.2k",
            "due_at",
            "no objective has a date",
            "{n} [objective|objectives] [has|have] no date",
            |o| o.due_at.is_some(),
        )
        .any(
            "S1",
            "the date of {n} [objective|objectives] was moved more than twice without a decision",
            self.active
                .iter()
                .filter_map(|o| Some(item(o, "due_at", &When::from(third_move(self.cx, o)?))))
                .collect(),
        )
    }

    fn evaluated(&self) -> Row {
        let cx = self.cx;
        let unjudged = cx
            .all::<Objective>()
            .filter(|o| matches!(o.state, ObjectiveState::Achieved | ObjectiveState::Missed))
            .filter_map(|o| {
                let due = o.due_at?;
                let recent = When::between(due, due.plus_months(cx.p.objective_months));
                Some(item(&o, "evaluation_method", &recent.and_not(&judged(cx, &o))))
            });
        self.row("6.2l")
            .when(
                "U1",
                self.none(|o| !o.evaluation_method.is_empty()),
                "no objective says how the result will be judged",
                vec![],
            )
            .any(
                "P1",
                "{n} [objective|objectives] [does|do] not say how [it|they] will be judged, or ended and [was|were] not judged",
                self.lacking("evaluation_method", |o| o.evaluation_method.is_empty())
                    .into_iter()
                    .chain(unjudged)
                    .collect(),
            )
    }
}

/// The measurements of a metric.
fn measurements<'a>(cx: &Cx<'a>, metric: &Stored<Metric>) -> impl Iterator<Item = Seen<'a, Measurement>> {
    let id = metric.meta.id;
    cx.about::<Measurement>(id).filter(move |m| m.metric_id.is_some_and(|x| x.id() == id))
}

/// The days on which the end of an objective has been judged: a metric of it was analysed, or a management review was
/// told of it.
fn judged(cx: &Cx<'_>, objective: &Stored<Objective>) -> When {
    let analysed = objective.metric_ids.iter().flat_map(|m| {
        cx.about::<MetricAnalysis>(m.id()).filter(move |a| a.metric_id == Some(*m)).map(|a| a.there)
    });
    let told = cx
        .all::<ReviewInput>()
        .filter(|i| i.code == Some(InputCode::D4))
        .filter(|i| i.source_refs.iter().any(|s| names(s, objective)) || names(&i.summary, objective))
        .map(|i| i.there.and(&i.prepared_at.map_or_else(When::always, When::from)));
    When::any(analysed.chain(told))
}

/// Whether words name an objective: by its id, the one it was loaded with, or its title.
pub(in crate::rules) fn names(words: &str, objective: &Stored<Objective>) -> bool {
    phrase_in(&objective.meta.id.to_string(), words)
        || objective.meta.local_id.as_ref().is_some_and(|id| phrase_in(id, words))
        || phrase_in(&objective.title, words)
}

/// The days on which the target or the date of an objective was made other than it had been.
fn changes(cx: &Cx<'_>, objective: &Stored<Objective>) -> Vec<Date> {
    let of = |field| cx.changes(objective.meta.id, field);
    let mut days: Vec<Date> = of("target_value").chain(of("due_at")).collect();
    days.sort_unstable();
    days
}

/// The day on which the date of an objective was moved for the third time without a decision of a management review that
/// names it and came since the move before.
fn third_move(cx: &Cx<'_>, objective: &Stored<Objective>) -> Option<Date> {
    let moves: Vec<Date> = cx.changes(objective.meta.id, "due_at").collect();
    if moves.len() < 3 {
        return None;
    }
    let decided: Vec<Date> = cx
        .all::<ReviewDecision>()
        .filter(|d| names(&d.text, objective))
        .map(|d| {
            let held = cx.isms.find(d.review_id).and_then(|r| r.held_at);
            held.or(d.meta.created_at).unwrap_or(Date::MIN)
        })
        .collect();
    let mut before = Date::MIN;
    let silent = moves.into_iter().filter(|day| {
        let backed = decided.iter().any(|d| *d >= before && d <= day);
        before = day.plus_days(1);
        !backed
    });
    silent.take(3).nth(2)
}

/// The days on which an active objective follows from a policy.
pub(in crate::rules) fn linked_to(active: &[Seen<'_, Objective>], policy: &Stored<Document>) -> When {
    let linked = active.iter().filter(|o| o.policy_link.is_some_and(|p| p.id() == policy.meta.id));
    When::any(linked.map(|o| o.there.clone()))
}
