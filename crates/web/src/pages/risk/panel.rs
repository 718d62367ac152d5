//! What the page of a risk shows beyond its fields: scores, evaluation, plans, acceptances, and what can be added.

use askama::Template;
use isms::{
    Date, Stored,
    access::Action,
    commands::{may_judge, offers},
    records::{Kind, Person, Risk, RiskAcceptance, RiskMethod, ScoreType, TreatmentPlan},
    views::scores,
};

use super::step_words;
use crate::{
    asked::step_from,
    error::WebError,
    gate::Viewer,
    pages::starters,
    parts::{LevelChip, Markup, RecordLink, StateChip, path_of},
    words,
};

#[derive(Template)]
#[template(path = "risk/panel.html")]
struct Panel {
    id: String,
    base: String,
    may: May,
    hint: Option<Hint>,
    scores: Vec<ScoreRow>,
    older: usize,
    evaluation: Option<EvaluationRow>,
    plans: Vec<PlanRow>,
    acceptances: Vec<AcceptanceRow>,
}

/// What the viewer may add.
struct May {
    score: bool,
    evaluate: bool,
    plan: bool,
    accept: bool,
}

/// What the starter scenario says of a risk that was made from it.
struct Hint {
    id: String,
    score: String,
    level: LevelChip,
    controls: Vec<RecordLink>,
}

struct ScoreRow {
    kind: String,
    likelihood: String,
    impact: String,
    level: LevelChip,
    why: String,
    who: String,
    when: Option<Date>,
    href: String,
}

struct EvaluationRow {
    verdict: &'static str,
    rank: String,
    who: String,
    when: Option<Date>,
    /// Whether the current score is newer.
    outdated: bool,
}

struct PlanRow {
    link: RecordLink,
    option: String,
    state: StateChip,
    rationale: String,
    controls: Vec<RecordLink>,
    responsible: String,
    due: Option<Date>,
    late: bool,
    target: Option<(String, LevelChip)>,
    approved: String,
    steps: Vec<(String, &'static str)>,
    refused: Vec<(&'static str, String)>,
}

struct AcceptanceRow {
    link: RecordLink,
    state: StateChip,
    by: String,
    at: Option<Date>,
    until: Option<Date>,
    late: bool,
    rationale: String,
    conditions: String,
}

/// The panels of a risk.
pub(crate) fn panels(viewer: &Viewer, risk: &Stored<Risk>) -> Result<Vec<Markup>, WebError> {
    let isms = &*viewer.isms;
    let id = risk.meta.id;
    let open = viewer.edits() && risk.state.as_str() != "closed";
    let may = |kind| open && viewer.actor.may(Action::Create, kind);
    let judges = may_judge(isms, &viewer.actor, id);
    let mut plans: Vec<&Stored<TreatmentPlan>> = scores::about(isms, id).collect();
    plans.sort_by_key(|p| std::cmp::Reverse((p.live(), p.meta.id.n)));
    let mut acceptances: Vec<&Stored<RiskAcceptance>> = scores::about(isms, id).collect();
    acceptances.sort_by_key(|a| std::cmp::Reverse((a.accepted_at, a.meta.id.n)));
    let rows = score_rows(viewer, risk);
    let all = scores::about::<isms::records::RiskScore>(isms, id).count();
    let panel = Panel {
        id: id.to_string(),
        base: viewer.base.clone(),
        may: May {
            score: judges && may(Kind::RiskScore),
            evaluate: judges && may(Kind::RiskEvaluation) && !rows.is_empty(),
            plan: may(Kind::TreatmentPlan),
            accept: may(Kind::RiskAcceptance) && matches!(risk.state.as_str(), "evaluated" | "treated"),
        },
        hint: hint(viewer, risk),
        older: all - rows.len(),
        scores: rows,
        evaluation: evaluation(viewer, risk),
        plans: plans.into_iter().map(|p| plan_row(viewer, &path_of(id), p)).collect(),
        acceptances: acceptances.into_iter().map(|a| acceptance_row(viewer, a)).collect(),
    };
    Ok(vec![Markup::of(&panel)?])
}

fn name(viewer: &Viewer, person: Option<isms::Ref<Person>>) -> String {
    person.map(|p| viewer.isms.title(p.id())).unwrap_or_default()
}

fn score_rows(viewer: &Viewer, risk: &Stored<Risk>) -> Vec<ScoreRow> {
    let isms = &*viewer.isms;
    let newest = ScoreType::ALL.iter().filter_map(|of| Some((of, scores::newest(isms, risk.meta.id, *of)?)));
    newest
        .map(|(of, score)| {
            let method: Option<&Stored<RiskMethod>> =
                isms.find(score.method_id).or_else(|| scores::method(isms));
            ScoreRow {
                kind: words::words(of.as_str()),
                likelihood: step_words(method.map_or(&[], |m| &m.likelihood_scale), score.likelihood),
                impact: step_words(method.map_or(&[], |m| &m.impact_scale), score.impact),
                level: LevelChip::new(&score.level),
                why: score.rationale.to_string(),
                who: name(viewer, score.scored_by),
                when: score.scored_at,
                href: format!("{}{}", viewer.base, path_of(score.meta.id)),
            }
        })
        .collect()
}

fn evaluation(viewer: &Viewer, risk: &Stored<Risk>) -> Option<EvaluationRow> {
    let evaluation = scores::evaluation(&viewer.isms, risk.meta.id)?;
    let score = scores::newest(&viewer.isms, risk.meta.id, ScoreType::Current);
    Some(EvaluationRow {
        verdict: match evaluation.acceptable {
            Some(true) => "Acceptable as it is",
            Some(false) => "Above the line: to be treated or accepted",
            None => "Not said whether it is acceptable",
        },
        rank: evaluation.priority_rank.map(|r| r.to_string()).unwrap_or_default(),
        who: name(viewer, evaluation.evaluated_by),
        when: evaluation.evaluated_at,
        outdated: score.is_some_and(|s| s.scored_at > evaluation.evaluated_at),
    })
}

/// A plan as the page of its risk, `page`, shows it.
fn plan_row(viewer: &Viewer, page: &str, plan: &Stored<TreatmentPlan>) -> PlanRow {
    let isms = &*viewer.isms;
    let open = plan.live() && !matches!(plan.state.as_str(), "done" | "cancelled");
    let (mut steps, mut refused) = (Vec::new(), Vec::new());
    if viewer.edits() && viewer.actor.may(Action::Step, Kind::TreatmentPlan) {
        for offer in offers(isms, &viewer.actor, viewer.today, plan) {
            if offer.reasons.is_empty() {
                steps.push((step_from(page, plan.meta.id, offer.step), offer.step.label));
            } else if offer.step.to == "approved" {
                refused.push((offer.step.label, crate::fault::reasons(&offer.reasons)));
            }
        }
    }
    let target = isms.find(plan.target_score_id);
    PlanRow {
        link: RecordLink::new(isms, &viewer.base, plan.meta.id),
        option: plan.option.map(|o| words::words(o.as_str())).unwrap_or_default(),
        state: StateChip::new(plan.state.as_str()),
        rationale: plan.rationale.to_string(),
        controls: plan.control_ids.iter().map(|c| RecordLink::new(isms, &viewer.base, c.id())).collect(),
        responsible: name(viewer, plan.responsible_id),
        due: plan.due_at,
        late: open && plan.due_at.is_some_and(|d| d < viewer.day),
        target: target.map(|s| {
            let pair = s.likelihood.zip(s.impact).map(|(l, i)| format!("{l} × {i}")).unwrap_or_default();
            (pair, LevelChip::new(&s.level))
        }),
        approved: match plan.approved_by {
            Some(_) => {
                let on = plan.approved_at.map(|d| format!(", {}", words::day(d))).unwrap_or_default();
                format!("{}{on}", name(viewer, plan.approved_by))
            }
            None => String::new(),
        },
        steps,
        refused,
    }
}

fn acceptance_row(viewer: &Viewer, acceptance: &Stored<RiskAcceptance>) -> AcceptanceRow {
    let active = acceptance.state.as_str() == "active";
    AcceptanceRow {
        link: RecordLink::new(&viewer.isms, &viewer.base, acceptance.meta.id),
        state: StateChip::new(acceptance.state.as_str()),
        by: name(viewer, acceptance.accepted_by),
        at: acceptance.accepted_at,
        until: acceptance.expires_at,
        late: active && acceptance.expires_at.is_some_and(|d| d < viewer.day),
        rationale: acceptance.rationale.to_string(),
        conditions: acceptance.conditions.to_string(),
    }
}

fn hint(viewer: &Viewer, risk: &Stored<Risk>) -> Option<Hint> {
    let scenario = starters::scenario_of(risk)?;
    let controls = scenario.controls.iter().filter_map(|c| c.parse().ok());
    Some(Hint {
        id: scenario.id.clone(),
        score: format!("{} × {}", scenario.likelihood, scenario.impact_score),
        level: LevelChip::new(scenario.level.word()),
        controls: controls.map(|id| RecordLink::new(&viewer.isms, &viewer.base, id)).collect(),
    })
}
