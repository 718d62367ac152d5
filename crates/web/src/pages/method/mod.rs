//! The risk method: the version in force, the one being written, and its editor.

mod edit;
mod grid;
mod recommended;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use isms::{
    Kind, Stored,
    access::Action,
    parameters::Parameters,
    records::{RiskMethod, RiskMethodState},
    value::{AcceptanceRule, ScaleStep},
    views::scores,
};
use serde_json::{Map, Value};

use crate::{
    asked::{Offered, offered},
    error::WebError,
    fault::Fault,
    gate::Viewer,
    page::Page,
    parts::{LevelChip, RecordLink, StateChip},
    words,
};

pub(crate) use edit::{form, save};
pub(crate) use grid::Grid;

#[derive(Template)]
#[template(path = "method/show.html")]
struct ShowPage {
    page: Page,
    draft: Option<Shown>,
    approved: Option<Shown>,
    older: usize,
    may_edit: bool,
}

/// One version of the method.
struct Shown {
    link: RecordLink,
    id: String,
    state: StateChip,
    version: String,
    facts: Vec<(&'static str, String)>,
    scales: Vec<(&'static str, Vec<ScaleStep>)>,
    grid: Grid,
    criteria: Vec<(LevelChip, &'static str, String)>,
    texts: Vec<(&'static str, String)>,
    gaps: Vec<String>,
    steps: Vec<Offered>,
}

/// The version being written: the newest draft.
fn draft(viewer: &Viewer) -> Option<&Stored<RiskMethod>> {
    let drafts = viewer.isms.all::<RiskMethod>().live().filter(|m| m.state == RiskMethodState::Draft);
    drafts.max_by_key(|m| m.meta.id.n)
}

/// `GET /method`.
pub(crate) async fn show(viewer: Viewer) -> Result<Response, WebError> {
    let approved = scores::method(&viewer.isms);
    let draft = draft(&viewer);
    let shown = usize::from(approved.is_some()) + usize::from(draft.is_some());
    let content = ShowPage {
        page: Page::new(&viewer, "Risk method"),
        older: viewer.isms.all::<RiskMethod>().iter().count().saturating_sub(shown),
        draft: draft.map(|m| version(&viewer, m)),
        approved: approved.map(|m| version(&viewer, m)),
        may_edit: viewer.edits() && viewer.actor.may(Action::Edit, Kind::RiskMethod),
    };
    Ok(Html(content.render()?).into_response())
}

fn version(viewer: &Viewer, method: &Stored<RiskMethod>) -> Shown {
    let isms = &*viewer.isms;
    let on = |who: Option<isms::Ref<isms::records::Person>>, day: Option<isms::Date>| {
        let who = who.map(|p| isms.title(p.id())).unwrap_or_default();
        let day = day.map(words::day).unwrap_or_default();
        [who, day].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
    };
    Shown {
        link: RecordLink::new(isms, &viewer.base, method.meta.id),
        id: method.meta.id.to_string(),
        state: StateChip::new(method.state.as_str()),
        version: method.version.to_string(),
        facts: vec![
            ("Written by", on(method.author_id, None)),
            ("Approved by", on(method.approved_by, method.approved_at)),
            ("Next review", on(None, method.next_review_at)),
        ],
        scales: vec![
            ("Likelihood", method.likelihood_scale.clone()),
            ("Impact", method.impact_scale.clone()),
        ],
        grid: Grid::of(method),
        criteria: method.acceptance_criteria.iter().map(criterion).collect(),
        texts: vec![
            ("When and how risks are assessed", method.assessment_criteria.to_string()),
            ("What leads to an assessment out of turn", method.triggers.to_string()),
            ("How risks are treated", method.treatment_process.to_string()),
        ],
        gaps: if method.state == RiskMethodState::Draft {
            method.gaps().into_iter().map(|gap| gap.message).collect()
        } else {
            Vec::new()
        },
        steps: if viewer.edits() { steps(viewer, method) } else { Vec::new() },
    }
}

fn criterion(rule: &AcceptanceRule) -> (LevelChip, &'static str, String) {
    let acceptable = match rule.acceptable {
        Some(true) => "Acceptable as it is",
        Some(false) => "To be treated, or accepted by the authority",
        None => "Not said",
    };
    (LevelChip::new(&rule.level), acceptable, rule.authority.to_string())
}

fn steps(viewer: &Viewer, method: &Stored<RiskMethod>) -> Vec<Offered> {
    let review = method
        .next_review_at
        .unwrap_or_else(|| viewer.today.plus_months(Parameters::of(&viewer.isms).method_months));
    let typed = Map::from_iter([("next_review_at".to_owned(), Value::String(review.to_string()))]);
    offered(viewer, method, &typed, &Fault::default())
}
