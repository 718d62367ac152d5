//! What is done on the page of a risk: scoring, evaluating, planning its treatment, accepting what remains. Each has a
//! form of its own; what belongs together is one entry of the ledger.

mod accept;
mod controls;
mod evaluate;
mod panel;
mod plan;
mod score;

use isms::{
    Command, Id, Kind, Problem, Ref, Stored,
    commands::offers,
    records::{Risk, RiskAssessment, RiskAssessmentState, RiskMethod},
    schema::label_of,
    steps::Step,
    views::scores,
};
use serde_json::{Map, Value};

use crate::{
    asked,
    error::WebError,
    fault::{Fault, sentence},
    forms::{Pairs, Takes},
    gate::Viewer,
    parts::{LevelChip, Markup},
};

pub(crate) use accept::{accept, accept_form};
pub(crate) use evaluate::{evaluate, evaluate_form};
pub(crate) use panel::panels;
pub(crate) use plan::{plan, plan_form};
pub(crate) use score::{score, score_form};

/// The risk of an address.
fn risk_of<'a>(viewer: &'a Viewer, id: &str) -> Result<&'a Stored<Risk>, WebError> {
    let found =
        id.parse::<Id>().ok().and_then(|id| Ref::try_from(id).ok()).and_then(|r| viewer.isms.get::<Risk>(r));
    found.ok_or_else(|| WebError::NotFound(format!("There is no risk {}.", isms::schema::shorten(id))))
}

/// The top of every form about a risk.
struct Head {
    id: String,
    title: String,
    scenario: String,
    state: crate::parts::StateChip,
    current: Option<LevelChip>,
}

impl Head {
    fn of(viewer: &Viewer, risk: &Stored<Risk>) -> Self {
        let current = scores::newest(&viewer.isms, risk.meta.id, isms::records::ScoreType::Current);
        Self {
            id: risk.meta.id.to_string(),
            title: risk.title.to_string(),
            scenario: risk.scenario.to_string(),
            state: crate::parts::StateChip::new(risk.state.as_str()),
            current: current.map(|s| LevelChip::new(&s.level)),
        }
    }
}

/// The assessment that is going on: the newest open one.
fn open_assessment(viewer: &Viewer) -> Option<&Stored<RiskAssessment>> {
    let open = viewer.isms.all::<RiskAssessment>().iter().filter(|a| a.state == RiskAssessmentState::Open);
    open.max_by_key(|a| (a.started_at, a.meta.id.n))
}

/// A step of the workflow that can be taken together with what a form records.
struct Along {
    label: &'static str,
    /// Why it cannot be taken now; empty if it can.
    reasons: Vec<String>,
    /// What it asks for besides.
    inputs: Markup,
    /// Whether it wants a comment.
    comment: bool,
    /// What was typed as comment.
    said: String,
    /// Whether it is ticked.
    on: bool,
}

impl Along {
    /// The step from a risk's state to another, if there is one. What the rules in `settled` wait for is what the form
    /// is about to record, so they are not held against it yet.
    fn of(
        viewer: &Viewer,
        risk: &Stored<Risk>,
        to: &str,
        settled: &[&str],
        pairs: Option<&Pairs>,
        fault: &Fault,
    ) -> Option<Self> {
        let step = asked::step_to(viewer, risk.meta.id, to)?;
        let offer = offers(&viewer.isms, &viewer.actor, viewer.today, risk)
            .into_iter()
            .find(|o| o.step.name == step.name);
        let mut reasons: Vec<String> = offer
            .into_iter()
            .flat_map(|o| o.reasons)
            .filter(|r| !settled.contains(&r.rule.as_str()))
            .map(|r| sentence(&r.message))
            .collect();
        let record: &dyn isms::AnyRecord = risk;
        let mut typed = record.fields();
        let missing =
            step.requires.iter().filter(|name| !step.asks.contains(name) && !typed.contains_key(**name));
        let missing: Vec<String> = missing.map(|name| crate::words::lower(&label_of(name))).collect();
        if !missing.is_empty() {
            reasons.push(format!("The risk does not say yet: {}.", missing.join(", ")));
        }
        if let Some(pairs) = pairs {
            typed.extend(asked::typed(viewer, Kind::Risk, step.asks, pairs));
        }
        Some(Self {
            label: step.label,
            on: pairs.map_or(reasons.is_empty(), |p| p.text("_step") == "yes"),
            reasons,
            inputs: asked::inputs(viewer, Kind::Risk, step.asks, step.requires, &typed, fault),
            comment: step.comment,
            said: pairs.map(|p| p.text("_comment").to_owned()).unwrap_or_default(),
        })
    }

    /// A form that takes what this step asks for besides its own. Whether the step can still be taken is for the core.
    fn taken<'a>(form: Takes<'a>, to: &str) -> Takes<'a> {
        let steps = Kind::Risk.steps().iter().filter(|s| s.to == to);
        let asked: Vec<&str> = steps.flat_map(|s| s.asks).copied().collect();
        form.and(Kind::Risk, &asked).one_of("_step", ["yes"]).text(&["_comment"])
    }

    /// The command of a step that was ticked.
    fn command(
        viewer: &Viewer,
        risk: &Stored<Risk>,
        step: &'static Step,
        pairs: &Pairs,
        otherwise: &str,
    ) -> Command {
        let said = pairs.text("_comment");
        Command::Step {
            target: risk.meta.id.into(),
            rev: None,
            step: step.name.to_owned(),
            fields: asked::typed(viewer, Kind::Risk, step.asks, pairs),
            comment: if said.is_empty() && step.comment { otherwise.to_owned() } else { said.to_owned() },
        }
    }
}

/// Several commands as one entry of the ledger.
fn batch(name: &str, commands: Vec<Command>) -> Command {
    Command::Batch { name: name.to_owned(), commands }
}

/// Fields from names and values; what says nothing is left out.
fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().filter(|(_, v)| !isms::schema::is_empty(v)).map(|(k, v)| (k.to_owned(), v)).collect()
}

/// What a form needs and does not have: names of fields, each with what to do about it.
fn missing(typed: &Pairs, needed: &[(&str, &str)]) -> Vec<Problem> {
    let empty = needed.iter().filter(|(name, _)| typed.text(name).is_empty());
    empty.map(|(name, message)| Problem::new(*name, *message)).collect()
}

/// A reference as JSON; null where there is none.
fn reference(id: Option<Id>) -> Value {
    id.map_or(Value::Null, |id| Value::String(id.to_string()))
}

/// One step of a scale, with what is typed.
struct Choice {
    value: u8,
    label: String,
    description: String,
    on: bool,
}

/// The steps of a scale as choices.
fn choices(scale: &[isms::value::ScaleStep], typed: &str) -> Vec<Choice> {
    let mut steps: Vec<&isms::value::ScaleStep> = scale.iter().collect();
    steps.sort_by_key(|s| s.value);
    steps
        .into_iter()
        .map(|s| Choice {
            value: s.value,
            label: s.label.to_string(),
            description: s.description.to_string(),
            on: typed == s.value.to_string(),
        })
        .collect()
}

/// A step as people read it: its number and its name.
fn step_words(scale: &[isms::value::ScaleStep], value: Option<u8>) -> String {
    let Some(value) = value else { return String::new() };
    let label = scale.iter().find(|s| s.value == value).map(|s| s.label.as_str()).unwrap_or_default();
    if label.is_empty() { value.to_string() } else { format!("{value} {label}") }
}

/// A number typed for a scale, as JSON: the number, else the text for the core to refuse.
fn number(text: &str) -> Value {
    match text.parse::<u32>() {
        Ok(n) => n.into(),
        Err(_) => Value::String(text.to_owned()),
    }
}

/// The method that a score or evaluation made now follows.
fn method(viewer: &Viewer) -> Option<&Stored<RiskMethod>> {
    scores::method(&viewer.isms)
}
