//! Holding a scored risk against the acceptance criteria (6.1.2 e).

use askama::Template;
use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Kind, Stored,
    records::{Risk, RiskEvaluation, ScoreType},
    views::scores,
};
use serde_json::{Map, Value};

use super::{Along, Head, batch, fields, method, number, open_assessment, reference, risk_of};
use crate::{
    asked,
    error::WebError,
    fault::Fault,
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    parts::LevelChip,
};

#[derive(Template)]
#[template(path = "risk/evaluate.html")]
struct EvaluatePage {
    page: Page,
    head: Head,
    fault: Fault,
    criteria: Vec<Criterion>,
    /// Whether there is a current score to evaluate.
    scored: bool,
    acceptable: Option<bool>,
    rank: String,
    last_rank: u32,
    along: Option<Along>,
}

/// What the method says of a level.
struct Criterion {
    level: LevelChip,
    acceptable: &'static str,
    authority: String,
    here: bool,
}

/// `GET /risk/{id}/evaluate`.
pub(crate) async fn evaluate_form(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    let risk = risk_of(&viewer, &id)?;
    page(&viewer, risk, None, Fault::default())
}

fn page(
    viewer: &Viewer,
    risk: &Stored<Risk>,
    typed: Option<&Pairs>,
    fault: Fault,
) -> Result<Response, WebError> {
    let isms = &*viewer.isms;
    let level = scores::newest(isms, risk.meta.id, ScoreType::Current).map(|s| s.level.to_string());
    let criteria = method(viewer).map(|m| m.acceptance_criteria.as_slice()).unwrap_or_default();
    let proposed =
        criteria.iter().find(|c| Some(c.level.as_str()) == level.as_deref()).and_then(|c| c.acceptable);
    let last = scores::evaluation(isms, risk.meta.id);
    let status = fault.status();
    let content = EvaluatePage {
        page: Page::new(viewer, format!("Evaluate {}", risk.meta.id)),
        head: Head::of(viewer, risk),
        criteria: criteria
            .iter()
            .map(|c| Criterion {
                level: LevelChip::new(&c.level),
                acceptable: match c.acceptable {
                    Some(true) => "Acceptable as it is",
                    Some(false) => "To be treated, or accepted by the authority",
                    None => "Not said",
                },
                authority: c.authority.to_string(),
                here: Some(c.level.as_str()) == level.as_deref(),
            })
            .collect(),
        scored: level.is_some(),
        acceptable: match typed.map(|t| t.text("acceptable")) {
            Some("yes") => Some(true),
            Some("no") => Some(false),
            Some(_) => None,
            None => proposed,
        },
        rank: match typed {
            Some(typed) => typed.text("priority_rank").to_owned(),
            None => last.and_then(|e| e.priority_rank).map(|r| r.to_string()).unwrap_or_default(),
        },
        last_rank: isms.all::<RiskEvaluation>().iter().filter_map(|e| e.priority_rank).max().unwrap_or(0),
        along: Along::of(viewer, risk, "evaluated", &["6.1.2e", "SOD-2"], typed, &fault),
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// `POST /risk/{id}/evaluate`.
pub(crate) async fn evaluate(
    writer: Writer,
    Path(id): Path<String>,
    typed: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let risk = risk_of(viewer, &id)?;
    let takes = Takes::default().one_of("acceptable", ["yes", "no"]).text(&["priority_rank"]);
    let mut problems = Along::taken(takes, "evaluated").check(&typed);
    problems.extend(super::missing(&typed, &[("acceptable", "say whether it may stay as it is")]));
    if typed.text("acceptable") == "no" {
        problems.extend(super::missing(
            &typed,
            &[("priority_rank", "give it a place in the order of treatment")],
        ));
    }
    if !problems.is_empty() {
        return page(viewer, risk, Some(&typed), Fault::problems(&problems));
    }
    match writer.execute(command(viewer, risk, &typed)).await {
        Ok(_) => {
            let verdict =
                if typed.text("acceptable") == "yes" { "acceptable as it is" } else { "above the line" };
            Ok(writer.done(&format!("/risk/{}", risk.meta.id), &format!("Evaluated: {verdict}.")))
        }
        Err(error) => page(viewer, risk, Some(&typed), Fault::of(error)?),
    }
}

fn command(viewer: &Viewer, risk: &Stored<Risk>, typed: &Pairs) -> Command {
    let evaluation: Map<String, Value> = fields([
        ("risk_id", risk.meta.id.to_string().into()),
        ("assessment_id", reference(open_assessment(viewer).map(|a| a.meta.id))),
        ("method_id", reference(method(viewer).map(|m| m.meta.id))),
        (
            "acceptable",
            match typed.text("acceptable") {
                "yes" => true.into(),
                "no" => false.into(),
                _ => Value::Null,
            },
        ),
        (
            "priority_rank",
            match typed.text("priority_rank") {
                "" => Value::Null,
                text => number(text),
            },
        ),
        ("evaluated_by", reference(viewer.actor.person.map(|p| p.id()))),
        ("evaluated_at", viewer.today.to_string().into()),
    ]);
    let mut commands = vec![Command::Create { kind: Kind::RiskEvaluation, fields: evaluation }];
    if typed.text("_step") == "yes"
        && let Some(step) = asked::step_to(viewer, risk.meta.id, "evaluated")
    {
        commands.push(Along::command(viewer, risk, step, typed, ""));
    }
    batch("risk.evaluate", commands)
}
