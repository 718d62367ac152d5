//! The treatment plan of a risk: option, controls, means, date, and the score to be reached (6.1.3 a, b, e, f).

use askama::Template;
use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Kind, Refusal, Stored,
    commands::Target,
    records::{Risk, TreatmentOption},
};
use serde_json::Value;

use super::{
    Choice, Head, batch, choices, controls, fields, method, number, open_assessment, reference, risk_of,
};
use crate::{
    asked,
    error::WebError,
    fault::Fault,
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    parts::Markup,
    words,
};

/// Fields drawn as those of any record.
const PLAIN: [&str; 3] = ["responsible_id", "due_at", "resources"];

#[derive(Template)]
#[template(path = "risk/plan.html")]
struct PlanPage {
    page: Page,
    head: Head,
    fault: Fault,
    options: Vec<(&'static str, String, &'static str, bool)>,
    rationale: String,
    groups: Vec<controls::Group>,
    find: String,
    inputs: Markup,
    likelihood: Vec<Choice>,
    impact: Vec<Choice>,
    target_rationale: String,
    nothing_found: bool,
}

fn meaning(option: TreatmentOption) -> &'static str {
    match option {
        TreatmentOption::Modify => "change the risk with controls",
        TreatmentOption::Avoid => "stop what brings the risk",
        TreatmentOption::Share => "let somebody else carry part of it: insurance, a supplier",
        TreatmentOption::Retain => "keep it knowingly; it has to be accepted",
    }
}

/// `GET /risk/{id}/plan`.
pub(crate) async fn plan_form(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
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
    let method = method(viewer);
    let text = |name: &str| typed.map(|t| t.text(name)).unwrap_or_default();
    let chosen: Vec<String> =
        typed.map(|t| t.all("control_ids").map(str::to_owned).collect()).unwrap_or_default();
    let plain = typed.map(|t| asked::typed(viewer, Kind::TreatmentPlan, &PLAIN, t)).unwrap_or_default();
    let status = fault.status();
    let groups = controls::groups(viewer, risk, &chosen, typed);
    let content = PlanPage {
        page: Page::new(viewer, format!("Treatment of {}", risk.meta.id)),
        head: Head::of(viewer, risk),
        options: TreatmentOption::ALL
            .iter()
            .map(|o| (o.as_str(), words::words(o.as_str()), meaning(*o), text("option") == o.as_str()))
            .collect(),
        rationale: typed.and_then(|t| t.get("rationale")).unwrap_or_default().to_owned(),
        nothing_found: !text("_find").is_empty() && !groups.iter().any(|g| g.found),
        groups,
        find: text("_find").to_owned(),
        inputs: asked::inputs(viewer, Kind::TreatmentPlan, &PLAIN, &PLAIN, &plain, &fault),
        likelihood: choices(method.map_or(&[], |m| &m.likelihood_scale), text("_likelihood")),
        impact: choices(method.map_or(&[], |m| &m.impact_scale), text("_impact")),
        target_rationale: typed.and_then(|t| t.get("_target_rationale")).unwrap_or_default().to_owned(),
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// `POST /risk/{id}/plan`. With `_then=find` nothing is recorded: the form comes back with the controls found.
pub(crate) async fn plan(writer: Writer, Path(id): Path<String>, typed: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let risk = risk_of(viewer, &id)?;
    let problems = Takes::default()
        .and(Kind::TreatmentPlan, &PLAIN)
        .one_of("option", TreatmentOption::ALL.iter().map(|o| o.as_str()))
        .text(&["rationale", "_find", "_likelihood", "_impact", "_target_rationale"])
        .several(&["control_ids"])
        .one_of("_then", ["find", "draft"])
        .check(&typed);
    if !problems.is_empty() {
        return page(viewer, risk, Some(&typed), Fault::problems(&problems));
    }
    if typed.text("_then") == "find" {
        return page(viewer, risk, Some(&typed), Fault::default());
    }
    match writer.execute(command(viewer, risk, &typed)).await {
        Ok(outcome) => {
            let plan = outcome.created.last().map(ToString::to_string).unwrap_or_default();
            let said = match typed.text("_then") {
                "draft" => format!("{plan} is kept as a draft."),
                _ => format!("{plan} is proposed; the risk owner approves it."),
            };
            Ok(writer.done(&format!("/risk/{}", risk.meta.id), &said))
        }
        Err(error) => page(viewer, risk, Some(&typed), Fault::of(at_the_target(error))?),
    }
}

/// The target score, the plan that names it, and the step to proposed unless it is kept as a draft.
fn command(viewer: &Viewer, risk: &Stored<Risk>, typed: &Pairs) -> Command {
    let risk_id = Value::String(risk.meta.id.to_string());
    let mut commands = Vec::new();
    let target = !typed.text("_likelihood").is_empty() || !typed.text("_impact").is_empty();
    if target {
        commands.push(Command::Create {
            kind: Kind::RiskScore,
            fields: fields([
                ("risk_id", risk_id.clone()),
                ("assessment_id", reference(open_assessment(viewer).map(|a| a.meta.id))),
                ("method_id", reference(method(viewer).map(|m| m.meta.id))),
                ("type", "target".into()),
                ("likelihood", number(typed.text("_likelihood"))),
                ("impact", number(typed.text("_impact"))),
                ("rationale", typed.text("_target_rationale").into()),
                ("scored_by", reference(viewer.actor.person.map(|p| p.id()))),
                ("scored_at", viewer.today.to_string().into()),
            ]),
        });
    }
    let at = commands.len();
    let controls: Vec<Value> =
        typed.all("control_ids").filter(|id| !id.is_empty()).map(Value::from).collect();
    let mut plan = fields([
        ("risk_id", risk_id),
        ("option", typed.text("option").into()),
        ("rationale", typed.text("rationale").into()),
        ("control_ids", controls.into()),
        ("target_score_id", if target { "@0".into() } else { Value::Null }),
    ]);
    plan.extend(asked::typed(viewer, Kind::TreatmentPlan, &PLAIN, typed));
    commands.push(Command::Create { kind: Kind::TreatmentPlan, fields: plan });
    if typed.text("_then") != "draft"
        && let Some(step) = asked::step_between(Kind::TreatmentPlan, "draft", "proposed")
    {
        commands.push(Command::step(Target::New(at), step.name, []));
    }
    batch("risk.plan", commands)
}

/// The same error with what concerns the target score at its inputs, which are named apart from those of the plan. In
/// the batch the score comes first: its problems name no place in the batch, or the new score.
fn at_the_target(error: WebError) -> WebError {
    let mut problems = match error {
        WebError::Refused(Refusal::Invalid(problems)) | WebError::Invalid(problems) => problems,
        other => return other,
    };
    for problem in &mut problems {
        let field = problem
            .place
            .strip_prefix("RS-")
            .and_then(|p| p.split_once('.'))
            .map_or(problem.place.as_str(), |(_, f)| f);
        problem.place = match field {
            "likelihood" | "impact" => format!("_{field}"),
            "rationale" => "_target_rationale".to_owned(),
            _ => continue,
        };
    }
    WebError::Invalid(problems)
}
