//! Accepting the risk that remains: by whom the criteria name, for a time (6.1.3 f).

use askama::Template;
use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Date, Kind, Stored,
    records::{Risk, RiskAcceptance, RiskScore, ScoreType},
    views::scores,
};
use serde_json::{Map, Value};

use super::{Along, Head, batch, fields, method, reference, risk_of};
use crate::{
    asked,
    error::WebError,
    fault::Fault,
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    parts::{LevelChip, Markup},
    words,
};

/// Fields drawn as those of any record.
const PLAIN: [&str; 3] = ["rationale", "conditions", "expires_at"];

#[derive(Template)]
#[template(path = "risk/accept.html")]
struct AcceptPage {
    page: Page,
    head: Head,
    fault: Fault,
    remains: Option<Remains>,
    authority: String,
    by: String,
    longest: Date,
    inputs: Markup,
    along: Option<Along>,
}

/// The score of what remains.
struct Remains {
    kind: String,
    pair: String,
    level: LevelChip,
}

/// What remains: the residual score, or the current one while nothing has been done about the risk.
fn remaining<'a>(viewer: &'a Viewer, risk: &Stored<Risk>) -> Option<&'a Stored<RiskScore>> {
    let of = |of| scores::newest(&viewer.isms, risk.meta.id, of);
    let treated = risk.state.as_str() == "treated";
    let residual = of(ScoreType::Residual);
    if treated { residual } else { of(ScoreType::Current).or(residual) }
}

/// `GET /risk/{id}/accept`.
pub(crate) async fn accept_form(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    let risk = risk_of(&viewer, &id)?;
    page(&viewer, risk, None, Fault::default())
}

/// The last day until which what remains can be accepted.
fn longest(viewer: &Viewer, score: Option<&Stored<RiskScore>>) -> Date {
    let months = RiskAcceptance::longest_months(&viewer.isms, score.map(|s| s.level.as_str()));
    viewer.today.plus_months(months)
}

fn page(
    viewer: &Viewer,
    risk: &Stored<Risk>,
    typed: Option<&Pairs>,
    fault: Fault,
) -> Result<Response, WebError> {
    let score = remaining(viewer, risk);
    let criteria = method(viewer).map(|m| m.acceptance_criteria.as_slice()).unwrap_or_default();
    let authority =
        score.and_then(|s| criteria.iter().find(|c| c.level == s.level)).map(|c| c.authority.to_string());
    let plain: Map<String, Value> = match typed {
        Some(typed) => asked::typed(viewer, Kind::RiskAcceptance, &PLAIN, typed),
        None => fields([("expires_at", longest(viewer, score).to_string().into())]),
    };
    let status = fault.status();
    let content = AcceptPage {
        page: Page::new(viewer, format!("Accept {}", risk.meta.id)),
        head: Head::of(viewer, risk),
        remains: score.map(|s| Remains {
            kind: words::lower(&words::words(s.r#type.map_or("", |t| t.as_str()))),
            pair: match (s.likelihood, s.impact) {
                (Some(likelihood), Some(impact)) => format!("{likelihood} × {impact}"),
                _ => String::new(),
            },
            level: LevelChip::new(&s.level),
        }),
        authority: authority.unwrap_or_default(),
        by: viewer.actor.person.map(|p| viewer.isms.title(p.id())).unwrap_or_default(),
        longest: longest(viewer, score),
        inputs: asked::inputs(
            viewer,
            Kind::RiskAcceptance,
            &PLAIN,
            &["rationale", "expires_at"],
            &plain,
            &fault,
        ),
        along: Along::of(viewer, risk, "accepted", &["6.1.3f"], typed, &fault),
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// `POST /risk/{id}/accept`.
pub(crate) async fn accept(
    writer: Writer,
    Path(id): Path<String>,
    typed: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let risk = risk_of(viewer, &id)?;
    let takes = Takes::default().and(Kind::RiskAcceptance, &PLAIN);
    let problems = Along::taken(takes, "accepted").check(&typed);
    if !problems.is_empty() {
        return page(viewer, risk, Some(&typed), Fault::problems(&problems));
    }
    match writer.execute(command(viewer, risk, &typed)).await {
        Ok(_) => Ok(writer.done(&format!("/risk/{}", risk.meta.id), "The acceptance is recorded.")),
        Err(error) => page(viewer, risk, Some(&typed), Fault::of(error)?),
    }
}

fn command(viewer: &Viewer, risk: &Stored<Risk>, typed: &Pairs) -> Command {
    let mut acceptance = fields([
        ("risk_id", risk.meta.id.to_string().into()),
        ("residual_score_id", reference(remaining(viewer, risk).map(|s| s.meta.id))),
    ]);
    acceptance.extend(asked::typed(viewer, Kind::RiskAcceptance, &PLAIN, typed));
    let mut commands = vec![Command::Create { kind: Kind::RiskAcceptance, fields: acceptance }];
    if typed.text("_step") == "yes"
        && let Some(step) = asked::step_to(viewer, risk.meta.id, "accepted")
    {
        commands.push(Along::command(viewer, risk, step, typed, typed.text("rationale")));
    }
    batch("risk.accept", commands)
}
