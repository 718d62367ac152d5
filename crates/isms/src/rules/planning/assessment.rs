//! 6.1.2: how risks are assessed, and the register of risks.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use crate::{
    Date, Id, Kind, Ref,
    records::{
        Asset, Criticality, Incident, IncidentState, Risk, RiskAssessment, RiskAssessmentState,
        RiskEvaluation, RiskMethod, RiskScore, ScopeItem, ScopeKind, Supplier,
    },
    rules::{
        Count, Cx, Item, Row, Seen, When,
        cx::{first_of, newest, not_yet, seen},
        risks::{Method, RiskFacts},
    },
    views::scores,
    words::phrase_in,
};

/// The rows of 6.1.2.
pub(super) fn rows(cx: &Cx<'_>) -> Vec<Row> {
    vec![
        method(cx),
        acceptance_criteria(cx),
        assessment_criteria(cx),
        comparable(cx),
        identified(cx),
        cx.row_of_risks("6.1.2c2", owned),
        cx.row_of_risks("6.1.2d", analysed),
        evaluated(cx),
    ]
}

/// A condition about the method in force: true on its days, and never without one.
pub(super) fn of_method(cx: &Cx<'_>, field: &'static str, when: impl Fn(&Method<'_>) -> bool) -> Vec<Item> {
    let method = cx.method().filter(|m| when(m));
    method.map(|m| Item::new(m.record.meta.id, field, m.in_force.clone())).into_iter().collect()
}

/// U1 and U0 of a row about the method: there is none in force or it says nothing on the matter; its review has lapsed.
pub(super) fn says(
    row: Row,
    cx: &Cx<'_>,
    what: &'static str,
    field: &'static str,
    silent: impl Fn(&RiskMethod) -> bool,
) -> Row {
    let in_force = cx.method().map_or_else(When::never, |m| m.in_force.clone());
    let silent = of_method(cx, field, |m| silent(&m.record));
    let missing = When::any(silent.iter().map(|i| i.when.clone())).or(&in_force.not());
    row.when("U1", missing, what, silent).any(
        "U0",
        "the review of the risk method has lapsed",
        review(cx, |soft| soft.lapsed.clone()),
    )
}

/// S1 of a row about the method: its review is due.
pub(super) fn review_due(row: Row, cx: &Cx<'_>) -> Row {
    row.any("S1", "the review of the risk method is due", review(cx, crate::rules::Soft::past))
}

fn review(cx: &Cx<'_>, of: impl Fn(&crate::rules::Soft) -> When) -> Vec<Item> {
    let due = |m: &Method<'_>| of(&cx.past_due(m.record.next_review_at, cx.p.method_months));
    let item = |m: &Method<'_>| Item::new(m.record.meta.id, "next_review_at", m.in_force.and(&due(m)));
    cx.method().map(item).into_iter().collect()
}

/// P1 of 6.1.2 and 6.1.3.
pub(super) fn approved_by_author(row: Row, cx: &Cx<'_>) -> Row {
    row.any(
        "P1",
        "the risk method was approved by its author",
        of_method(cx, "approved_by", |m| {
            m.record.author_id.is_some() && m.record.author_id == m.record.approved_by
        }),
    )
}

const NO_METHOD: &str = "there is no approved risk method";

fn method(cx: &Cx<'_>) -> Row {
    let row = says(Row::new("6.1.2"), cx, NO_METHOD, "", |_| false);
    review_due(approved_by_author(row, cx), cx)
}

fn acceptance_criteria(cx: &Cx<'_>) -> Row {
    let open = |method: &RiskMethod| -> Vec<String> {
        let ruled = |level: &str| {
            method.rule(level).is_some_and(|r| r.acceptable.is_some() && !r.authority.is_empty())
        };
        method.levels().into_iter().filter(|level| !ruled(level)).map(str::to_owned).collect()
    };
    let levels = cx.method().map(|m| open(&m.record)).unwrap_or_default().join(", ");
    let row = says(
        Row::new("6.1.2a1"),
        cx,
        "there is no approved risk method, or it does not say which risks may be accepted",
        "acceptance_criteria",
        |m| m.acceptance_criteria.is_empty(),
    );
    let row = row
        .any(
            "P1",
            format!("these levels have no rule of acceptance, or nobody who may accept them: {levels}"),
            of_method(cx, "acceptance_criteria", |m| !open(&m.record).is_empty()),
        )
        .any(
            "P2",
            "the risk method was approved by nobody of top management",
            of_method(cx, "approved_by", |m| !cx.is_top(m.record.approved_by)),
        );
    review_due(row, cx)
}

fn assessment_criteria(cx: &Cx<'_>) -> Row {
    let bare = |method: &RiskMethod| -> Vec<String> {
        let scales = [("likelihood", &method.likelihood_scale), ("impact", &method.impact_scale)];
        let steps = scales.into_iter().flat_map(|(name, scale)| scale.iter().map(move |s| (name, s)));
        let bare = steps.filter(|(_, step)| step.description.is_empty());
        bare.map(|(name, step)| format!("{name} {}", step.value)).collect()
    };
    let steps = cx.method().map(|m| bare(&m.record)).unwrap_or_default().join(", ");
    let row = says(
        Row::new("6.1.2a2"),
        cx,
        "there is no approved risk method, or it does not say when and by which yardsticks risks are assessed",
        "assessment_criteria",
        |m| m.assessment_criteria.is_empty(),
    );
    let row = row
        .any(
            "P1",
            format!("these steps of the scales are not described: {steps}"),
            of_method(cx, "likelihood_scale", |m| !bare(&m.record).is_empty()),
        )
        .any(
            "P2",
            "the risk method does not say what triggers an assessment",
            of_method(cx, "triggers", |m| m.record.triggers.is_empty()),
        );
    review_due(row, cx)
}

/// The completed assessments, each with the days on which it is the last one.
fn last_assessments<'a>(cx: &Cx<'a>) -> Vec<(Seen<'a, RiskAssessment>, When)> {
    let completed = cx
        .all::<RiskAssessment>()
        .filter(|a| a.state == RiskAssessmentState::Completed)
        .map(|a| Seen { there: a.there.and(&a.completed_at.map_or_else(When::always, When::from)), ..a });
    newest(completed, |a| a.completed_at)
}

/// The current score of each of some risks, with the days on which it is the current one.
fn current_scores<'c, 'a>(
    risks: &'c [RiskFacts<'a>],
) -> impl Iterator<Item = (&'c RiskFacts<'a>, &'c Seen<'a, RiskScore>, When)> {
    risks.iter().flat_map(|facts| {
        facts.current.iter().map(move |(score, when)| (facts, score, when.and(&facts.risk.there)))
    })
}

fn comparable(cx: &Cx<'_>) -> Row {
    let last = last_assessments(cx);
    let completed = When::any(last.iter().map(|(_, when)| when.clone()));
    Row::new("6.1.2b")
        .needs(completed, "no risk assessment has been completed")
        .any(
            "U1",
            "scores of the last assessment follow several methods, or lie outside the scale",
            mixed(cx, &last),
        )
        .any(
            "P2",
            "the last assessment does not say how scores were made comparable",
            last.iter()
                .filter(|(a, _)| a.calibration_note.is_empty())
                .map(|(a, when)| Item::new(a.meta.id, "calibration_note", when.clone()))
                .collect(),
        )
        .any(
            "P3",
            "{n} [risk|risks] [was|were] scored two steps or more apart from another like [it|them]",
            apart(cx),
        )
        .with(cx.row_of_risks("6.1.2b", scores_of_one_method))
}

fn scores_of_one_method(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let current: Vec<(&Seen<'_, RiskScore>, When)> =
        current_scores(risks).map(|(_, score, when)| (score, when)).collect();
    Row::new("6.1.2b")
        .over_pct(
            "P1",
            "{n} of {m} current scores [gives|give] no reason",
            current
                .iter()
                .filter(|(score, _)| score.rationale.is_empty())
                .map(|(score, when)| Item::new(score.meta.id, "rationale", when.clone()))
                .collect(),
            Count::of(current.iter().map(|(_, when)| when)),
            10,
        )
        .any(
            "S1",
            "{n} current [score|scores] [was|were] made by a method that is superseded",
            current
                .iter()
                .filter_map(|(score, when)| {
                    let outdated = cx.outdated(score.method_id);
                    (!outdated.is_never()).then(|| Item::new(score.meta.id, "method_id", when.and(&outdated)))
                })
                .collect(),
        )
}

/// What the scores made in an assessment are: the methods they follow, and which lie outside the scale; each with the
/// days on which there are such scores.
#[derive(Default)]
struct Made {
    methods: HashMap<Ref<RiskMethod>, When>,
    off_scale: Vec<(Id, When)>,
}

/// What was made in each assessment, of the scores in a chunk of their numbers.
fn made(cx: &Cx<'_>, chunk: u32) -> HashMap<Ref<RiskAssessment>, Made> {
    let mut made: HashMap<Ref<RiskAssessment>, Made> = HashMap::new();
    for score in cx.isms.chunk::<RiskScore>(chunk).map(seen) {
        let Some(assessment) = score.assessment_id else { continue };
        let of = made.entry(assessment).or_default();
        if let Some(method) = score.method_id {
            let days = of.methods.entry(method).or_default();
            *days = days.or(&score.there);
        }
        // A score that names no method follows that of its assessment, or the one in force.
        let method = score.method_id.or_else(|| cx.isms.get(assessment)?.method_id);
        let method = cx.isms.find(method).or_else(|| scores::method(cx.isms));
        if method.is_some_and(|m| score.off_scale_of(m).is_some()) {
            of.off_scale.push((score.meta.id, score.there));
        }
    }
    made
}

/// The scores made in each assessment, in chunks of their numbers.
fn all_made(cx: &Cx<'_>) -> Vec<Arc<HashMap<Ref<RiskAssessment>, Made>>> {
    (0..cx.isms.chunks(Kind::RiskScore)).map(|chunk| cx.keep("scores made", chunk, made)).collect()
}

/// The assessments in which something was scored.
pub(in crate::rules) fn with_scores(cx: &Cx<'_>) -> HashSet<Ref<RiskAssessment>> {
    all_made(cx).iter().flat_map(|chunk| chunk.keys().copied()).collect()
}

fn mixed(cx: &Cx<'_>, last: &[(Seen<'_, RiskAssessment>, When)]) -> Vec<Item> {
    let chunks = all_made(cx);
    let mut mixed = Vec::new();
    for (assessment, when) in last {
        let made = || chunks.iter().filter_map(|chunk| chunk.get(&assessment.reference()));
        let mut methods: HashMap<Ref<RiskMethod>, When> = HashMap::new();
        for (method, days) in made().flat_map(|m| &m.methods) {
            let all = methods.entry(*method).or_default();
            *all = all.or(days);
        }
        let several = Count::of(methods.values()).at_least(2).and(when);
        if !several.is_never() {
            mixed.push(Item::new(assessment.meta.id, "method_id", several));
        }
        let off = made().flat_map(|m| &m.off_scale);
        mixed.extend(off.map(|(score, days)| Item::new(*score, "likelihood", when.and(days))));
    }
    mixed
}

/// What makes two risks alike: an asset, threat and vulnerability, in the same words.
type Likeness = (Ref<Asset>, String, String);

/// What makes a scored risk like others; nothing where threat or vulnerability are not said.
fn likenesses(risk: &Risk) -> impl Iterator<Item = Likeness> {
    let plain = |text: &str| text.trim().to_lowercase();
    let words = (plain(&risk.threat), plain(&risk.vulnerability));
    let said = !words.0.is_empty() && !words.1.is_empty();
    let assets = risk.asset_ids.iter().filter(move |_| said);
    assets.map(move |asset| (*asset, words.0.clone(), words.1.clone()))
}

/// A current score by what makes its risk like others, that as a hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hashed {
    likeness: u64,
    risk: u32,
    likelihood: Option<u8>,
    impact: Option<u8>,
}

fn hashed(_: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Vec<Hashed> {
    let mut all = Vec::new();
    for facts in risks.iter().filter(|f| !f.current.is_empty()) {
        for likeness in likenesses(&facts.risk) {
            let mut hasher = DefaultHasher::new();
            likeness.hash(&mut hasher);
            let likeness = hasher.finish();
            all.extend(facts.current.iter().map(|(score, _)| Hashed {
                likeness,
                risk: facts.risk.meta.id.n,
                likelihood: score.likelihood,
                impact: score.impact,
            }));
        }
    }
    all
}

/// The risks that may be scored far apart from another like them: few, as most that are alike are scored alike.
fn perhaps_apart<'a>(cx: &Cx<'a>) -> Vec<RiskFacts<'a>> {
    let chunks = cx.each_chunk("likenesses", hashed);
    let mut all: Vec<Hashed> = chunks.iter().flat_map(|chunk| chunk.iter().copied()).collect();
    all.sort_unstable();
    let wide = |steps: &dyn Fn(&Hashed) -> Option<u8>, group: &[Hashed]| {
        let (least, most) = (group.iter().filter_map(steps).min(), group.iter().filter_map(steps).max());
        least.zip(most).is_some_and(|(least, most)| most - least >= 2)
    };
    let mut risks = BTreeSet::new();
    for group in all.chunk_by(|a, b| a.likeness == b.likeness).filter(|g| g.len() > 1) {
        if wide(&|h| h.likelihood, group) || wide(&|h| h.impact, group) {
            risks.extend(group.iter().map(|h| h.risk));
        }
    }
    risks.into_iter().filter_map(|n| cx.facts_of(Ref::new(n))).collect()
}

/// Up to so many like scores each pair is compared; of more, each with the lowest and highest only.
const PAIRS: usize = 40;

/// Risks with the same asset, threat and vulnerability whose scores are two steps or more apart, while neither says why.
fn apart(cx: &Cx<'_>) -> Vec<Item> {
    type Scored<'c, 'a> = (&'c Seen<'a, Risk>, &'c Seen<'a, RiskScore>, When);
    let steps = |s: &RiskScore| (s.likelihood.zip(s.impact)).map(|(l, i)| (i32::from(l), i32::from(i)));
    let far = |a: &RiskScore, b: &RiskScore| {
        steps(a).zip(steps(b)).is_some_and(|((l, i), (m, j))| (l - m).abs() >= 2 || (i - j).abs() >= 2)
    };
    let risks = perhaps_apart(cx);
    let mut alike: HashMap<Likeness, Vec<Scored<'_, '_>>> = HashMap::new();
    for (facts, score, when) in current_scores(&risks) {
        for likeness in likenesses(&facts.risk) {
            alike.entry(likeness).or_default().push((&facts.risk, score, when.clone()));
        }
    }
    let names = |score: &RiskScore, risk: &Seen<'_, Risk>| {
        phrase_in(&risk.meta.id.to_string(), &score.rationale)
            || risk.meta.local_id.as_ref().is_some_and(|id| phrase_in(id, &score.rationale))
            || phrase_in(&risk.title, &score.rationale)
    };
    let mut days: HashMap<Id, When> = HashMap::new();
    for group in alike.values().filter(|g| g.len() > 1) {
        let others: Vec<&Scored<'_, '_>> = if group.len() <= PAIRS {
            group.iter().collect()
        } else {
            let likelihood = |s: &&Scored<'_, '_>| s.1.likelihood;
            let impact = |s: &&Scored<'_, '_>| s.1.impact;
            let (by_likelihood, by_impact) = (group.iter(), group.iter());
            let lowest = [by_likelihood.clone().min_by_key(likelihood), by_impact.clone().min_by_key(impact)];
            let highest = [by_likelihood.max_by_key(likelihood), by_impact.max_by_key(impact)];
            lowest.into_iter().chain(highest).flatten().collect()
        };
        for (risk, score, when) in group {
            for (other, their, while_theirs) in &others {
                if risk.meta.id != other.meta.id
                    && far(score, their)
                    && !names(score, other)
                    && !names(their, risk)
                {
                    let both = when.and(while_theirs);
                    let kept = days.entry(risk.meta.id).or_default();
                    *kept = kept.or(&both);
                }
            }
        }
    }
    let mut items: Vec<Item> = days
        .into_iter()
        .filter(|(_, when)| !when.is_never())
        .map(|(id, when)| Item::new(id, "vulnerability", when))
        .collect();
    items.sort_by_key(|i| i.id);
    items
}

/// The first day on which each of several is named, by what names it.
fn named_from(names: impl Iterator<Item = (Id, Date)>) -> HashMap<Id, Date> {
    let mut first: HashMap<Id, Date> = HashMap::new();
    for (id, day) in names {
        first.entry(id).and_modify(|d| *d = day.min(*d)).or_insert(day);
    }
    first
}

/// The first day on which a live risk names each asset and scope item.
fn named_by_risks(_: &Cx<'_>, risks: &[RiskFacts<'_>]) -> HashMap<Id, Date> {
    let begins = |s: &Seen<'_, Risk>| s.there.turns().first().copied().unwrap_or(Date::MIN);
    named_from(risks.iter().flat_map(|f| {
        let risk = &f.risk;
        let assets = risk.asset_ids.iter().map(|a| a.id());
        assets.chain(risk.scope_item_ids.iter().map(|s| s.id())).map(|id| (id, begins(risk)))
    }))
}

fn described(_: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let lacking = |r: &Risk| {
        first_of([
            ("cia_affected", r.cia_affected.is_empty()),
            ("threat", r.threat.is_empty()),
            ("vulnerability", r.vulnerability.is_empty()),
        ])
    };
    Row::new("6.1.2c1").lacking("U1", When::always(), some_risk(risks), "there is no risk").any(
        "P1",
        "{n} [risk|risks] [lacks|lack] what is lost, the threat or the vulnerability",
        risks
            .iter()
            .filter_map(|f| Some(Item::new(f.risk.meta.id, lacking(&f.risk)?, f.risk.there.clone())))
            .collect(),
    )
}

fn identified(cx: &Cx<'_>) -> Row {
    let chunks = cx.each_chunk("named by risks", named_by_risks);
    let live = named_from(chunks.iter().flat_map(|chunk| chunk.iter().map(|(id, day)| (*id, *day))));
    let unnamed = |id: Id, there: &When| match live.get(&id) {
        Some(day) => there.and(&When::before(*day)),
        None => there.clone(),
    };
    let line = top_two(cx);
    let assets: Vec<_> = cx.live::<Asset>().filter(|a| a.in_scope == Some(true)).collect();
    let valuable =
        |a: &Asset| [a.value_c, a.value_i, a.value_a].into_iter().flatten().any(|value| value >= line);
    let covered = [ScopeKind::Product, ScopeKind::Process, ScopeKind::Site];
    Row::new("6.1.2c1")
        .with(cx.row_of_risks("6.1.2c1", described))
        .any(
            "P2",
            "{n} [asset|assets] of the highest value [stands|stand] in no risk",
            assets
                .iter()
                .filter(|a| valuable(a))
                .map(|a| Item::new(a.meta.id, "value_c", unnamed(a.meta.id, &a.there)))
                .collect(),
        )
        .any(
            "P3",
            "{n} of the products, processes and sites in scope [stands|stand] in no risk",
            cx.live::<ScopeItem>()
                .filter(|i| i.in_scope == Some(true) && i.kind.is_some_and(|k| covered.contains(&k)))
                .map(|i| Item::new(i.meta.id, "", unnamed(i.meta.id, &i.there)))
                .collect(),
        )
        .any(
            "S1",
            "{n} of the assets, suppliers and severe incidents [has|have] been there for a while and [stands|stand] in no risk",
            new_without_risk(cx, &assets),
        )
}

/// The lowest of the two top steps of the impact scale in force; 4 where there is none, as values run from 1 to 5.
fn top_two(cx: &Cx<'_>) -> u8 {
    let mut steps: Vec<u8> =
        cx.method().map(|m| m.record.impact_scale.iter().map(|s| s.value).collect()).unwrap_or_default();
    steps.sort_unstable();
    steps.dedup();
    steps.iter().rev().nth(1).or(steps.last()).copied().unwrap_or(4)
}

/// In-scope assets, critical and high suppliers and severe incidents older than `trigger_days` that no risk speaks of.
fn new_without_risk(cx: &Cx<'_>, assets: &[Seen<'_, Asset>]) -> Vec<Item> {
    let aged =
        |day: Option<Date>| day.map_or_else(When::never, |d| When::after(d.plus_days(cx.p.trigger_days)));
    let linked = |id: Id| {
        let first = cx.about::<Risk>(id).filter_map(|r| r.there.turns().first().copied()).min();
        first.map_or_else(When::never, When::from)
    };
    let assets = assets.iter().map(|a| {
        let when = a.there.and(&aged(a.added_at));
        Item::new(
            a.meta.id,
            "added_at",
            if when.is_never() { when } else { when.and_not(&linked(a.meta.id)) },
        )
    });
    let suppliers = cx
        .live::<Supplier>()
        .filter(|s| matches!(s.criticality, Some(Criticality::Critical | Criticality::High)))
        .map(|s| {
            let when = s.there.and(&aged(s.added_at)).and_not(&linked(s.meta.id));
            Item::new(s.meta.id, "added_at", when)
        });
    let incidents = cx
        .all::<Incident>()
        .filter(|i| i.is_incident != Some(false) && i.state != IncidentState::NotIncident)
        .filter(|i| i.severity.is_some_and(|s| s <= 2))
        .filter(|i| i.linked_risk_ids.is_empty())
        .map(|i| {
            let when = i.there.and(&aged(i.classified_at)).and_not(&linked(i.meta.id));
            Item::new(i.meta.id, "classified_at", when)
        });
    assets.chain(suppliers).chain(incidents).collect()
}

/// The days on which there is one of some live risks.
fn some_risk(risks: &[RiskFacts<'_>]) -> When {
    When::any(risks.iter().map(|f| f.risk.there.clone()))
}

fn owned(cx: &Cx<'_>, facts: &[RiskFacts<'_>]) -> Row {
    let risks = || facts.iter().map(|f| &f.risk);
    let ownerless = || risks().filter(|r| r.owner_id.is_none());
    let item = |r: &Seen<'_, Risk>, field, when: &When| Item::new(r.meta.id, field, r.there.and(when));
    let always = When::always();
    let left = risks().filter_map(|r| Some(item(r, "owner_id", &cx.gone(r.owner_id)?)));
    Row::new("6.1.2c2")
        .needs(some_risk(facts), "there is no risk")
        .over_pct(
            "U1",
            "{n} of {m} risks [has|have] no owner",
            ownerless().map(|r| item(r, "owner_id", &always)).collect(),
            Count::of(risks().map(|r| &r.there)),
            20,
        )
        .any(
            "P1",
            "{n} [risk|risks] [has|have] no owner, or one who has left",
            ownerless().map(|r| item(r, "owner_id", &always)).chain(left).collect(),
        )
        .any(
            "P2",
            "{n} [risk|risks] [has|have] not been taken on by [its|their] owner",
            risks().map(|r| item(r, "owner_accepted_at", &not_yet(r.owner_accepted_at))).collect(),
        )
}

fn analysed(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let complete = |s: &RiskScore| s.likelihood.is_some() && s.impact.is_some() && !s.level.is_empty();
    let scored = When::any(current_scores(risks).map(|(_, _, when)| when));
    let unscored = risks.iter().filter_map(|f| {
        let whole = When::any(f.current.iter().filter(|(s, _)| complete(s)).map(|(_, when)| when.clone()));
        let aged =
            f.risk.meta.created_at.map_or_else(When::always, |d| When::after(d.plus_days(cx.p.trigger_days)));
        let when = f.risk.there.and(&aged).and_not(&whole);
        (!when.is_never()).then(|| Item::new(f.risk.meta.id, "", when))
    });
    Row::new("6.1.2d")
        .needs(some_risk(risks), "there is no risk")
        .lacking("U1", When::always(), scored, "no risk has a current score")
        .any("P1", "{n} [risk|risks] [has|have] no complete current score", unscored.collect())
        .any(
            "P2",
            "the level of {n} [score|scores] is not that of the matrix",
            risks.iter().flat_map(|f| wrong_levels(cx, f)).collect(),
        )
        .any(
            "S1",
            "the review of {n} [risk|risks] is overdue for [its|their] level",
            risks.iter().filter_map(|f| review_overdue(cx, f)).collect(),
        )
}

/// The newest scores of a risk whose level is not that of the matrix of their method.
fn wrong_levels(cx: &Cx<'_>, facts: &RiskFacts<'_>) -> Vec<Item> {
    let scores = [&facts.inherent, &facts.current, &facts.target, &facts.residual].into_iter().flatten();
    let wrong = scores.filter(|(score, _)| {
        let in_force = || cx.method().map(|m| m.record.record);
        let method = cx.isms.find(score.method_id).or_else(in_force);
        let level = method.zip(score.likelihood.zip(score.impact)).and_then(|(m, (l, i))| m.level(l, i));
        !score.level.is_empty() && level.is_some_and(|level| *level != score.level)
    });
    wrong.map(|(score, when)| Item::new(score.meta.id, "level", when.and(&facts.risk.there))).collect()
}

/// A risk with the days on which neither its score nor its review is young enough for its level.
fn review_overdue(cx: &Cx<'_>, facts: &RiskFacts<'_>) -> Option<Item> {
    let overdue = facts.current.iter().filter_map(|(score, when)| {
        let months =
            cx.p.risk_review_months.of(&score.level.to_lowercase()).unwrap_or(cx.p.risk_review_months.medium);
        let fresh = |day: Option<Date>| {
            day.map_or_else(When::never, |day| When::between(day, day.plus_months(months)))
        };
        let late = when.and_not(&fresh(score.scored_at)).and_not(&fresh(facts.risk.last_reviewed_at));
        (!late.is_never()).then_some(late)
    });
    let when = When::any(overdue).and(&facts.risk.there);
    (!when.is_never()).then(|| Item::new(facts.risk.meta.id, "last_reviewed_at", when))
}

/// The days from which there is an evaluation, of whatever risk.
pub(in crate::rules) fn some_evaluation(cx: &Cx<'_>) -> When {
    fn some(cx: &Cx<'_>, chunk: u32) -> When {
        When::any(cx.isms.chunk::<RiskEvaluation>(chunk).map(|e| seen(e).there))
    }
    let chunks = 0..cx.isms.chunks(Kind::RiskEvaluation);
    When::any(chunks.map(|chunk| When::clone(&cx.keep("some evaluation", chunk, some))))
}

/// What is said where there is none.
pub(super) const NO_EVALUATION: &str = "no risk has been held against the criteria yet";

fn evaluated(cx: &Cx<'_>) -> Row {
    cx.row_of_risks("6.1.2e", evaluations).needs(some_evaluation(cx), NO_EVALUATION)
}

fn evaluations(cx: &Cx<'_>, risks: &[RiskFacts<'_>]) -> Row {
    let days = |turns: &[(Seen<'_, RiskEvaluation>, When)]| When::any(turns.iter().map(|(_, w)| w.clone()));
    let scored = When::any(current_scores(risks).map(|(_, _, when)| when));
    let judged = When::any(
        risks.iter().filter(|f| !f.current.is_empty()).map(|f| f.risk.there.and(&days(&f.evaluations))),
    );
    let waiting = risks.iter().filter_map(|f| {
        let (first, _) = f.current.first()?;
        let aged = first.scored_at.map_or_else(When::always, |d| When::after(d.plus_days(cx.p.trigger_days)));
        let when = aged.and_not(&days(&f.evaluations));
        (!when.is_never()).then(|| Item::new(f.risk.meta.id, "", f.risk.there.and(&when)))
    });
    Row::new("6.1.2e")
        .lacking(
            "U1",
            scored,
            judged,
            "there are scored risks, and none of them has been held against the criteria",
        )
        .any(
            "P1",
            "{n} [risk|risks] [was|were] scored and not held against the criteria, or judged otherwise than these say",
            waiting.chain(risks.iter().flat_map(|f| contradictions(cx, f))).collect(),
        )
        .any(
            "P2",
            "{n} [risk|risks] above the line [has|have] no place in the order of treatment",
            each_evaluation(risks)
                .filter(|(_, e, _)| e.acceptable == Some(false) && e.priority_rank.is_none())
                .map(|(_, e, when)| Item::new(e.meta.id, "priority_rank", when))
                .collect(),
        )
        .any(
            "S1",
            "{n} [evaluation|evaluations] [follows|follow] a superseded method, or [is|are] older than the newest score",
            each_evaluation(risks)
                .filter_map(|(f, e, when)| {
                    let superseded = cx.outdated(e.method_id);
                    let newer = f.current.iter().filter(|(s, _)| s.scored_at > e.evaluated_at);
                    let older = When::any(newer.map(|(_, when)| when.clone()));
                    let when = when.and(&superseded.or(&older));
                    (!when.is_never()).then(|| Item::new(e.meta.id, "evaluated_at", when))
                })
                .collect(),
        )
}

/// The evaluation of each live risk, with the days on which it is the newest.
fn each_evaluation<'c, 'a>(
    risks: &'c [RiskFacts<'a>],
) -> impl Iterator<Item = (&'c RiskFacts<'a>, &'c Seen<'a, RiskEvaluation>, When)> {
    risks.iter().flat_map(|facts| {
        facts.evaluations.iter().map(move |(e, when)| (facts, e, when.and(&facts.risk.there)))
    })
}

/// Evaluations whose verdict is not that of the criteria for the level.
fn contradictions(cx: &Cx<'_>, facts: &RiskFacts<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    for (evaluation, newest) in &facts.evaluations {
        let own = cx.isms.find(evaluation.method_id).or_else(|| cx.method().map(|m| m.record.record));
        let (Some(verdict), Some(method)) = (evaluation.acceptable, own) else { continue };
        let says = |score: &RiskScore| method.rule(&score.level).and_then(|r| r.acceptable);
        let against = facts.current.iter().filter(|(score, _)| says(score) == Some(!verdict));
        let when = newest.and(&When::any(against.map(|(_, when)| when.clone()))).and(&facts.risk.there);
        if !when.is_never() {
            items.push(Item::new(evaluation.meta.id, "acceptable", when));
        }
    }
    items
}
