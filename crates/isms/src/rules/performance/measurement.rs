//! 9.1: what is measured, how, when and by whom, and what the values are found to mean.

use std::collections::{BTreeMap, HashSet};

use crate::{
    Filed, Id, Kind, Ref,
    records::{AnalysisResult, Measurement, Metric, MetricAnalysis, MetricSubject, Person},
    rules::{
        Cx, Item, Row, Seen, When,
        cx::{exists, first_of, newest},
        risks::RiskFacts,
    },
    time::Date,
    views::scores,
};

/// The rows of 9.1.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![
        what(cx),
        methods(cx),
        measuring_times(cx),
        measurers(cx),
        analysis_times(cx),
        analysts(cx),
        evaluation(cx),
    ]
}

fn metrics<'a>(cx: &Cx<'a>) -> Vec<Seen<'a, Metric>> {
    cx.live::<Metric>().collect()
}

/// The metrics that lack something.
fn without<'a>(
    metrics: &[Seen<'a, Metric>],
    field: &'static str,
    lacks: impl Fn(&Metric) -> bool,
) -> Vec<Item> {
    metrics.iter().filter(|m| lacks(m)).map(|m| m.item(field)).collect()
}

/// The days on which no metric has something.
fn none_has(metrics: &[Seen<'_, Metric>], has: impl Fn(&Metric) -> bool) -> When {
    exists(metrics.iter().filter(|m| has(m))).not()
}

fn what(cx: &Cx<'_>) -> Row {
    let metrics = metrics(cx);
    let about = |what| none_has(&metrics, |m| m.what == Some(what));
    let (risks, treating) = treating_controls(cx);
    let measured = |control: Id| {
        When::any(metrics.iter().filter(|m| target(m) == Some(control)).map(|m| m.there.clone()))
    };
    let targets: HashSet<Id> = metrics.iter().filter_map(|m| target(m)).collect();
    let any_measured = When::any(targets.iter().filter_map(|id| Some(treating.get(id)?.and(&measured(*id)))));
    let none_measured = risks.and_not(&any_measured);
    Row::new("9.1a")
        .when("U1", exists(&metrics).not(), "nothing is measured: there is no metric", vec![])
        .names(
            "P1",
            "no metric is about {names}",
            vec![
                ("a process".to_owned(), about(MetricSubject::Process)),
                ("a control".to_owned(), about(MetricSubject::Control)),
            ],
        )
        .when(
            "P2",
            none_measured.clone(),
            "no metric measures any of the {n} [control that treats|controls that treat] risks of the two top levels",
            treating.iter().map(|(id, when)| Item::new(*id, "", when.and(&none_measured))).collect(),
        )
}

/// The control a metric refers to.
fn target(metric: &Metric) -> Option<Id> {
    metric.target_ref.trim().parse().ok().filter(|id: &Id| id.kind == Kind::Control)
}

/// The days on which a live risk stands at one of the two top levels, and the controls that treat such risks.
fn treating_controls(cx: &Cx<'_>) -> (When, BTreeMap<Id, When>) {
    let chunks = cx.each_chunk("controls that treat top risks", treating);
    let mut controls: BTreeMap<Id, Vec<When>> = BTreeMap::new();
    for (control, high) in chunks.iter().flat_map(|chunk| &chunk.1) {
        controls.entry(*control).or_default().push(high.clone());
    }
    let controls = controls.into_iter().map(|(id, days)| (id, When::any(days))).collect();
    (When::any(chunks.iter().map(|chunk| chunk.0.clone())), controls)
}

fn treating(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> (When, Vec<(Id, When)>) {
    let levels = scores::method(cx.isms).map(|m| m.levels()).filter(|l| !l.is_empty());
    let mut top = levels.unwrap_or_else(|| vec!["high", "critical"]);
    top.reverse();
    top.truncate(2);
    let (mut days, mut controls) = (Vec::new(), Vec::new());
    for facts in risks {
        let high = facts.current.iter().filter(|(s, _)| top.contains(&s.level.as_str()));
        let high = When::any(high.map(|(_, when)| when.clone())).and(&facts.risk.there);
        if high.is_never() {
            continue;
        }
        let planned = facts.plans.iter().flat_map(|p| p.record.control_ids.iter());
        let treating = facts.risk.record.existing_control_ids.iter().chain(planned);
        controls.extend(treating.map(|control| (control.id(), high.clone())));
        days.push(high);
    }
    (When::any(days), controls)
}

fn methods(cx: &Cx<'_>) -> Row {
    let metrics = metrics(cx);
    let noted = |metric: &Metric, version: &str| {
        let text = format!("{} {}", metric.method.as_str(), metric.formula.as_str()).to_lowercase();
        let version = version.trim().to_lowercase();
        [format!("version {version}"), format!("v{version}")].iter().any(|said| text.contains(said))
    };
    let mut changed = Vec::new();
    for metric in &metrics {
        let mut values: Vec<_> = cx.about::<Measurement>(metric.meta.id).collect();
        values.sort_by_key(|v| (v.period_end, v.meta.id.n));
        for pair in values.windows(2) {
            let [before, after] = pair else { continue };
            let versions = (&before.method_version, &after.method_version);
            let differ = !versions.0.is_empty() && !versions.1.is_empty() && versions.0 != versions.1;
            if differ && !noted(metric, versions.1) {
                changed.push(after.on("method_version", &before.there.and(&metric.there)));
            }
        }
    }
    let incomplete = |m: &Seen<'_, Metric>| {
        let lacks = first_of([
            ("method", m.method.is_empty()),
            ("formula", m.formula.is_empty()),
            ("data_source", m.data_source.is_empty()),
        ]);
        lacks.map(|field| m.item(field))
    };
    Row::new("9.1b")
        .when("U1", none_has(&metrics, |m| !m.method.is_empty()), "no metric says how it is measured", vec![])
        .any(
            "P1",
            "{n} [metric|metrics] [lacks|lack] method, formula or source of data",
            metrics.iter().filter_map(incomplete).collect(),
        )
        .any(
            "P2",
            "{n} [value|values] [was|were] measured by another version of the method, and nothing notes it",
            changed,
        )
}

/// The days on which a period of a metric is over and has no value, and those on which two or more have none though
/// there were values before. The next period ends one frequency after the last; the first, one after the metric was
/// made.
fn overdue<'a, T: Filed>(
    cx: &Cx<'_>,
    metric: &Seen<'_, Metric>,
    frequency: Option<u32>,
    values: Vec<Seen<'a, T>>,
    end: impl Fn(&T) -> Option<Date>,
) -> (When, When) {
    let Some(months) = frequency.map(i64::from) else { return (When::never(), When::never()) };
    let late = |last: Option<Date>, periods: i64| {
        last.map_or_else(When::always, |last| {
            When::after(last.plus_months(months * periods).plus_days(cx.p.metric_grace_days))
        })
    };
    let first = exists(&values).not().and(&late(metric.meta.created_at, 1));
    let (mut once, mut twice) = (vec![first], Vec::new());
    for (value, when) in newest(values, |v| end(v)) {
        once.push(when.and(&late(end(&value), 1)));
        twice.push(when.and(&late(end(&value), 2)));
    }
    (When::any(once), When::any(twice))
}

fn measuring_times(cx: &Cx<'_>) -> Row {
    let metrics = metrics(cx);
    let (mut late, mut very_late) = (Vec::new(), Vec::new());
    for metric in &metrics {
        let values = cx.about::<Measurement>(metric.meta.id).collect();
        let (once, twice) =
            overdue(cx, metric, metric.frequency_months, values, |v| v.period_end.or(v.measured_at));
        late.push(metric.on("frequency_months", &once));
        very_late.push(metric.on("frequency_months", &twice));
    }
    Row::new("9.1c")
        .when(
            "U1",
            none_has(&metrics, |m| m.frequency_months.is_some()),
            "no metric says how often it is measured",
            vec![],
        )
        .any(
            "P1",
            "{n} [metric|metrics] [does|do] not say how often [it is|they are] measured",
            without(&metrics, "frequency_months", |m| m.frequency_months.is_none()),
        )
        .any("P2", "{n} [metric|metrics] [has|have] a period without a value", late)
        .any(
            "S1",
            "{n} [metric|metrics] that [was|were] measured before [has|have] missed two periods or more",
            very_late,
        )
}

fn analysis_times(cx: &Cx<'_>) -> Row {
    let metrics = metrics(cx);
    let late = |metric: &Seen<'_, Metric>| {
        let analyses = cx.about::<MetricAnalysis>(metric.meta.id).collect();
        let frequency = metric.analysis_frequency_months;
        let (once, _) = overdue(cx, metric, frequency, analyses, |a| a.period_end.or(a.analysed_at));
        metric.on("analysis_frequency_months", &once)
    };
    Row::new("9.1e")
        .when(
            "U1",
            none_has(&metrics, |m| m.analysis_frequency_months.is_some()),
            "no metric says how often its values are analysed",
            vec![],
        )
        .any(
            "P1",
            "{n} [metric|metrics] [does|do] not say how often [its|their] values are analysed",
            without(&metrics, "analysis_frequency_months", |m| m.analysis_frequency_months.is_none()),
        )
        .any(
            "P2",
            "{n} [metric|metrics] [has|have] a period without analysis",
            metrics.iter().map(late).collect(),
        )
}

/// Who does something with a metric: somebody is named, and has not left.
fn named(
    cx: &Cx<'_>,
    row: &'static str,
    does: &str,
    field: &'static str,
    who: impl Fn(&Metric) -> Option<Ref<Person>>,
) -> Row {
    let metrics = metrics(cx);
    let nobody = |m: &Seen<'_, Metric>| match cx.gone(who(m)) {
        Some(gone) => m.on(field, &gone),
        None => m.item(field),
    };
    Row::new(row)
        .when(
            "U1",
            none_has(&metrics, |m| who(m).is_some()),
            format!("no metric names who {does} it"),
            vec![],
        )
        .any(
            "P1",
            format!(
                "{{n}} [metric|metrics] [names|name] nobody who {does} [it|them], or somebody who has left"
            ),
            metrics.iter().map(nobody).collect(),
        )
}

fn measurers(cx: &Cx<'_>) -> Row {
    named(cx, "9.1d", "measures", "measured_by_id", |m| m.measured_by_id)
}

fn analysts(cx: &Cx<'_>) -> Row {
    named(cx, "9.1f", "analyses", "analysed_by_id", |m| m.analysed_by_id)
}

fn evaluation(cx: &Cx<'_>) -> Row {
    let values: Vec<_> = cx.all::<Measurement>().collect();
    let analyses: Vec<_> = cx.all::<MetricAnalysis>().collect();
    let last = newest(analyses.iter().cloned(), |a| a.analysed_at);
    let hard = |a: &MetricAnalysis| cx.hard(a.analysed_at, cx.p.audit_months);
    let lapsed = When::any(last.iter().map(|(a, when)| when.and(&hard(a).lapsed)));
    let never = exists(&values).not().or(&exists(&analyses).not());
    let no_reaction = |a: &MetricAnalysis| {
        a.result == Some(AnalysisResult::OffTarget) && a.action_task_id.is_none() && a.conclusion.is_empty()
    };
    let effectiveness = analyses
        .iter()
        .filter(|a| a.isms_effectiveness == Some(true))
        .map(|a| a.there.and_not(&hard(a).lapsed));
    Row::new("9.1")
        .when(
            "U1",
            never.or(&lapsed),
            "nothing was measured or analysed within the interval",
            last.iter()
                .map(|(a, when)| Item::new(a.meta.id, "analysed_at", when.and(&hard(a).lapsed)))
                .collect(),
        )
        .any(
            "P1",
            "{n} [analysis|analyses] found a target missed, and [states|state] neither an action nor a reason",
            analyses.iter().filter(|a| no_reaction(a)).map(|a| a.item("action_task_id")).collect(),
        )
        .any(
            "P2",
            "{n} measured [value|values] [has|have] nothing that shows [it|them]",
            values.iter().filter(|v| v.evidence_id.is_none()).map(|v| v.item("evidence_id")).collect(),
        )
        .when(
            "P3",
            When::any(effectiveness).not(),
            "no analysis of the period says how well the ISMS as a whole works",
            vec![],
        )
        .any(
            "S1",
            "the next analysis is due",
            last.iter()
                .map(|(a, when)| Item::new(a.meta.id, "analysed_at", when.and(&hard(a).aged)))
                .collect(),
        )
}
