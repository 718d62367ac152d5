//! The risk method, the risks, and what was found and decided about each.

use isms::Kind;
use serde_json::{Value, json};

use super::{Scale, book::Book, people::scope_items};

const STEPS: [&str; 5] = ["very low", "low", "middling", "high", "very high"];
const STATES: &[&str] = &[
    "identified",
    "analysed",
    "evaluated",
    "treatment_decided",
    "in_treatment",
    "treated",
    "accepted",
    "monitored",
];

fn level(likelihood: usize, impact: usize) -> &'static str {
    match likelihood * impact {
        0..=4 => "low",
        5..=9 => "medium",
        10..=14 => "high",
        _ => "critical",
    }
}

/// Adds the method and one assessment by it.
pub(super) fn add_method(book: &mut Book) {
    let scale: Vec<Value> = (1..)
        .zip(STEPS)
        .map(|(value, label)| json!({ "value": value, "label": label, "description": format!("What {label} means here.") }))
        .collect();
    let pairs = (1..=5).flat_map(|l| (1..=5).map(move |i| (l, i)));
    let matrix: Vec<Value> =
        pairs.map(|(l, i)| json!({ "likelihood": l, "impact": i, "level": level(l, i) })).collect();
    let criteria: Vec<Value> = ["low", "medium", "high", "critical"]
        .iter()
        .map(|level| json!({ "level": level, "acceptable": *level == "low", "authority": "top management" }))
        .collect();
    let (approved, review) = (book.today.plus_days(-200).to_string(), book.today.plus_days(165).to_string());
    let method = json!({
        "version": "1",
        "author_id": "p4",
        "approved_by": "p1",
        "approved_at": approved,
        "published_at": approved,
        "next_review_at": review,
        "acceptance_criteria": criteria,
        "assessment_criteria": "Once a year, and when something changes that matters.",
        "triggers": "Incidents, changes, new suppliers.",
        "likelihood_scale": scale,
        "impact_scale": scale,
        "level_matrix": matrix,
        "treatment_process": "Choose an option, name controls, compare with Annex A, plan, have the owner approve.",
        "state": "approved",
    });
    book.add(Kind::RiskMethod, "method", method);
    let started = book.today.plus_days(-180).to_string();
    let assessment =
        json!({ "kind": "planned", "method_id": "method", "started_at": started, "performed_by": "p4" });
    book.add(Kind::RiskAssessment, "assessment", assessment);
}

/// Adds the risks with their scores, evaluations and plans.
pub(super) fn add(book: &mut Book, scale: Scale) {
    for n in 1..=scale.risks {
        let id = format!("r{n}");
        let state = *book.dice.one(STATES);
        add_risk(book, scale, &id, n, state);
        let (likelihood, impact) = (book.dice.between(1, 5), book.dice.between(1, 5));
        add_score(book, scale, &id, "inherent", (likelihood.max(2), impact));
        add_score(book, scale, &id, "current", (likelihood, impact));
        if state == "identified" || state == "analysed" {
            continue;
        }
        let (by, at) = (book.pick("p", scale.people), book.past(100));
        let evaluation = json!({
            "risk_id": id,
            "assessment_id": "assessment",
            "method_id": "method",
            "acceptable": level(likelihood, impact) == "low",
            "priority_rank": n,
            "evaluated_by": by,
            "evaluated_at": at,
        });
        book.add(Kind::RiskEvaluation, format!("{id}-evaluation"), evaluation);
        if matches!(state, "treatment_decided" | "in_treatment" | "treated") {
            add_plan(book, scale, &id, state, (likelihood, impact));
        }
    }
}

fn add_risk(book: &mut Book, scale: Scale, id: &str, n: usize, state: &str) {
    let scenario = book.dice.one(frameworks::catalogue().scenarios());
    let owner = book.pick("p", scale.people);
    let assets = book.picks("a", scale.assets, 1, 3);
    let scope = book.pick("scope", scope_items());
    let controls = book.picks("c", own_controls(scale), 0, 2);
    let (taken_on, reviewed) = (book.past(300), book.past(300));
    let site = book.dice.between(1, 400);
    let risk = json!({
        "title": format!("{} ({n})", scenario.title),
        "scenario": format!(
            "{}: it begins with {} at location {site}, goes on because of {}, and is noticed only when customers ask.",
            scenario.title, scenario.threat, scenario.vulnerability
        ),
        "asset_ids": assets,
        "scope_item_ids": [scope],
        "threat": scenario.threat,
        "vulnerability": scenario.vulnerability,
        "cia_affected": scenario.impact,
        "owner_id": owner,
        "owner_accepted_at": taken_on,
        "existing_control_ids": controls,
        "last_reviewed_at": reviewed,
        "state": state,
    });
    book.add(Kind::Risk, id, risk);
}

fn add_score(book: &mut Book, scale: Scale, risk: &str, of: &str, (likelihood, impact): (usize, usize)) {
    let (by, at) = (book.pick("p", scale.people), book.past(170));
    let score = json!({
        "risk_id": risk,
        "assessment_id": "assessment",
        "method_id": "method",
        "type": of,
        "likelihood": likelihood,
        "impact": impact,
        "level": level(likelihood, impact),
        "rationale": "Compared with the two neighbouring steps and with what happened last year.",
        "scored_by": by,
        "scored_at": at,
    });
    book.add(Kind::RiskScore, format!("{risk}-{of}"), score);
}

fn add_plan(book: &mut Book, scale: Scale, risk: &str, state: &str, (likelihood, impact): (usize, usize)) {
    let less = (likelihood.div_ceil(2), impact);
    add_score(book, scale, risk, "target", less);
    let done = state == "treated";
    if done {
        add_score(book, scale, risk, "residual", less);
    }
    let controls = book.picks("c", own_controls(scale), 1, 3);
    let responsible = book.pick("p", scale.people);
    let (approved, due) = (book.past(90), book.ahead(200));
    let plan = json!({
        "risk_id": risk,
        "option": "modify",
        "rationale": "The controls bring it below the line at a cost that fits.",
        "control_ids": controls,
        "resources": "Ten days of work and one licence.",
        "responsible_id": responsible,
        "due_at": due,
        "target_score_id": format!("{risk}-target"),
        "approved_by": "p1",
        "approved_at": approved,
        "completed_at": done.then(|| approved.clone()),
        "result_note": done.then_some("Carried out as planned."),
        "residual_score_id": done.then(|| format!("{risk}-residual")),
        "state": match state { "treated" => "done", "in_treatment" => "in_progress", _ => "approved" },
    });
    book.add(Kind::TreatmentPlan, format!("{risk}-plan"), plan);
}

/// How many controls there are besides those of Annex A; their ids are `c1` and on.
fn own_controls(scale: Scale) -> usize {
    super::controls::own(scale)
}
