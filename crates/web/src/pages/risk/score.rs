//! Scoring a risk on the described steps of the method in force. The level is computed by the core, never typed.

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Kind, Stored,
    access::Action,
    records::{Risk, ScoreType},
    views::scores,
};
use serde_json::Value;

use super::{
    Along, Choice, Head, batch, choices, fields, method, number, open_assessment, reference, risk_of,
};
use crate::{
    asked,
    error::WebError,
    fault::{Fault, query},
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    pages::{method::Grid, starters},
    parts::RecordLink,
    words,
};

#[derive(Template)]
#[template(path = "risk/score.html")]
struct ScorePage {
    page: Page,
    head: Head,
    fault: Fault,
    /// Version of the method in force; nothing can be scored without one.
    method: Option<String>,
    kinds: Vec<(&'static str, String, &'static str, bool)>,
    likelihood: Vec<Choice>,
    impact: Vec<Choice>,
    rationale: String,
    grid: Option<Grid>,
    assessment: Option<RecordLink>,
    opens_assessment: bool,
    along: Option<Along>,
    hint: Option<String>,
}

/// What each type of score says.
fn meaning(of: ScoreType) -> &'static str {
    match of {
        ScoreType::Inherent => "as if no control were there",
        ScoreType::Current => "as it is today, with the controls that work",
        ScoreType::Target => "as it is to become through treatment",
        ScoreType::Residual => "as it is after treatment",
    }
}

/// `GET /risk/{id}/score`.
pub(crate) async fn score_form(
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    let risk = risk_of(&viewer, &id)?;
    let typed = query(raw)?;
    page(&viewer, risk, &typed, false, Fault::default())
}

fn page(
    viewer: &Viewer,
    risk: &Stored<Risk>,
    typed: &Pairs,
    sent: bool,
    fault: Fault,
) -> Result<Response, WebError> {
    let method = method(viewer);
    let of = ScoreType::ALL
        .iter()
        .find(|t| t.as_str() == typed.text("type"))
        .copied()
        .unwrap_or(ScoreType::Current);
    // Scoring again starts from the last score of the type.
    let last = if sent { None } else { scores::newest(&viewer.isms, risk.meta.id, of) };
    let at = |name: &str, old: Option<u8>| match (typed.text(name), old) {
        ("", Some(old)) => old.to_string(),
        (text, _) => text.to_owned(),
    };
    let assessment = open_assessment(viewer);
    let status = fault.status();
    let content = ScorePage {
        page: Page::new(viewer, format!("Score {}", risk.meta.id)),
        head: Head::of(viewer, risk),
        method: method.map(|m| m.version.to_string()),
        kinds: ScoreType::ALL.iter().map(|t| (t.as_str(), words::words(t.as_str()), meaning(*t), *t == of)).collect(),
        likelihood: choices(method.map_or(&[], |m| &m.likelihood_scale), &at("likelihood", last.and_then(|s| s.likelihood))),
        impact: choices(method.map_or(&[], |m| &m.impact_scale), &at("impact", last.and_then(|s| s.impact))),
        rationale: typed.get("rationale").unwrap_or_default().to_owned(),
        grid: method.map(|m| Grid::of(m)),
        assessment: assessment.map(|a| RecordLink::new(&viewer.isms, &viewer.base, a.meta.id)),
        opens_assessment: assessment.is_none() && viewer.actor.may(Action::Create, Kind::RiskAssessment),
        along: Along::of(viewer, risk, "analysed", &["6.1.2d"], sent.then_some(typed), &fault),
        hint: starters::scenario_of(risk).map(|s| {
            format!(
                "The starter scenario {} suggests likelihood {} and impact {} before controls ({}). It is only a suggestion and counts nowhere.",
                s.id,
                s.likelihood,
                s.impact_score,
                words::lower(s.level.label()),
            )
        }),
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// `POST /risk/{id}/score`.
pub(crate) async fn score(
    writer: Writer,
    Path(id): Path<String>,
    typed: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let risk = risk_of(viewer, &id)?;
    let to = format!("/risk/{}", risk.meta.id);
    let takes = Takes::default().one_of("type", ScoreType::ALL.iter().map(|t| t.as_str())).text(&[
        "likelihood",
        "impact",
        "rationale",
    ]);
    let mut problems = Along::taken(takes, "analysed").check(&typed);
    problems.extend(super::missing(
        &typed,
        &[
            ("type", "say what is scored"),
            ("likelihood", "choose a step of the scale"),
            ("impact", "choose a step of the scale"),
            ("rationale", "say why it is these steps"),
        ],
    ));
    if !problems.is_empty() {
        return page(viewer, risk, &typed, true, Fault::problems(&problems));
    }
    let (command, at) = command(viewer, risk, &typed);
    match writer.execute(command).await {
        Ok(outcome) => {
            let made = outcome.created.get(at).and_then(|id| outcome.isms.record(*id));
            let level = made
                .and_then(|r| r.field("level"))
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default();
            let (likelihood, impact) = (typed.text("likelihood"), typed.text("impact"));
            let level = if level.is_empty() {
                String::new()
            } else {
                format!(": {}", words::lower(&words::words(&level)))
            };
            Ok(writer.done(&to, &format!("Scored {likelihood} × {impact}{level}.")))
        }
        Err(error) => page(viewer, risk, &typed, true, Fault::of(error)?),
    }
}

/// The score, with an assessment opened for it if none is, and the step to analysed if it was ticked; and which of the
/// records made is the score.
fn command(viewer: &Viewer, risk: &Stored<Risk>, typed: &Pairs) -> (Command, usize) {
    let method_id = method(viewer).map(|m| m.meta.id);
    let today = Value::String(viewer.today.to_string());
    let person = reference(viewer.actor.person.map(|p| p.id()));
    let mut commands = Vec::new();
    let assessment = match open_assessment(viewer) {
        Some(open) => Value::String(open.meta.id.to_string()),
        None if viewer.actor.may(Action::Create, Kind::RiskAssessment) => {
            commands.push(Command::Create {
                kind: Kind::RiskAssessment,
                fields: fields([
                    ("kind", "planned".into()),
                    ("method_id", reference(method_id)),
                    ("started_at", today.clone()),
                    ("performed_by", person.clone()),
                ]),
            });
            "@0".into()
        }
        None => Value::Null,
    };
    let at = commands.len();
    commands.push(Command::Create {
        kind: Kind::RiskScore,
        fields: fields([
            ("risk_id", risk.meta.id.to_string().into()),
            ("assessment_id", assessment),
            ("method_id", reference(method_id)),
            ("type", typed.text("type").into()),
            ("likelihood", number(typed.text("likelihood"))),
            ("impact", number(typed.text("impact"))),
            ("rationale", typed.text("rationale").into()),
            ("scored_by", person),
            ("scored_at", today),
        ]),
    });
    if typed.text("_step") == "yes"
        && typed.text("type") == "current"
        && let Some(step) = asked::step_to(viewer, risk.meta.id, "analysed")
    {
        commands.push(Along::command(viewer, risk, step, typed, typed.text("rationale")));
    }
    (batch("risk.score", commands), at)
}
