//! Some fields of a kind as inputs, and steps of a workflow with what they ask for, for pages that have parts of a
//! shape of their own beside them.

use isms::{
    AnyRecord, Command, Id, Kind, Problem, Refusal, access::Action, commands::offers, schema::Field,
    steps::Step,
};
use serde_json::{Map, Value};

use crate::{
    error::WebError,
    fault::{Fault, reasons},
    forms::{Form, Pairs, draw, read},
    gate::Viewer,
    parts::{Markup, path_of},
};

/// The fields of these names, in their order; a name that is no field is left out.
fn fields(kind: Kind, names: &[&str]) -> Vec<&'static Field> {
    names.iter().filter_map(|name| kind.info().field(name)).collect()
}

/// The inputs of some fields of a kind, with what stands in them and what is wrong with it.
pub(crate) fn inputs(
    viewer: &Viewer,
    kind: Kind,
    names: &[&str],
    required: &[&str],
    typed: &Map<String, Value>,
    fault: &Fault,
) -> Markup {
    if names.is_empty() {
        return Markup::default();
    }
    let form = Form {
        isms: &viewer.isms,
        base: &viewer.base,
        fields: fields(kind, names),
        typed,
        required,
        problems: fault.list(),
    };
    draw(&form)
}

/// What was typed into some fields of a kind. What a form holds besides them is for its page to read.
pub(crate) fn typed(viewer: &Viewer, kind: Kind, names: &[&str], pairs: &Pairs) -> Map<String, Value> {
    let fields = fields(kind, names);
    let of_these = pairs.0.iter().filter(|(name, _)| {
        let base = name.split(['[', '.']).next().unwrap_or_default();
        fields.iter().any(|f| f.name == base)
    });
    let mut elsewhere: Vec<Problem> = Vec::new();
    read(&viewer.isms, &fields, &Pairs(of_these.cloned().collect()), &mut elsewhere)
}

/// The step of a record's workflow that leads from its present state to another, if there is one.
pub(crate) fn step_to(viewer: &Viewer, id: Id, to: &str) -> Option<&'static Step> {
    let state = viewer.isms.record(id)?.state()?;
    id.kind.steps().iter().find(|s| s.to == to && s.from.contains(&state))
}

/// The step of a kind's workflow between two states, if there is one.
pub(crate) fn step_between(kind: Kind, from: &str, to: &str) -> Option<&'static Step> {
    kind.steps().iter().find(|s| s.to == to && s.from.contains(&from))
}

/// Where a step of a record is taken from a page that is not the record's own, and is come back to.
pub(crate) fn step_from(page: &str, record: Id, step: &Step) -> String {
    format!("{}/step/{}?back={}", path_of(record), step.name, urlencoding::encode(page))
}

/// Refuses a form on a page about another day.
pub(crate) fn today_only(viewer: &Viewer) -> Result<(), WebError> {
    viewer.at.map_or(Ok(()), |day| Err(WebError::OtherDay(day)))
}

/// A step of a record's workflow, ready to be taken on the page that shows it.
pub(crate) struct Offered {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    /// The words on its button.
    pub(crate) label: &'static str,
    /// The revision it would be taken on.
    pub(crate) rev: u32,
    /// What it asks for.
    pub(crate) inputs: Markup,
    /// Whether it wants a comment.
    pub(crate) comment: bool,
    /// Why it would be refused; empty if it would not be.
    pub(crate) refused: String,
}

/// Longest reason shown, in characters: a statement with 93 gaps lists them elsewhere.
const REASON_MAX: usize = 400;

/// The steps that lead on from a record's state, each tried out with what stands in its inputs, so that a refusal is
/// known before somebody asks for it.
pub(crate) fn offered(
    viewer: &Viewer,
    record: &dyn AnyRecord,
    typed: &Map<String, Value>,
    fault: &Fault,
) -> Vec<Offered> {
    let kind = record.id().kind;
    if !viewer.actor.may(Action::Step, kind) {
        return Vec::new();
    }
    let all = offers(&viewer.isms, &viewer.actor, viewer.today, record);
    all.into_iter()
        .map(|offer| {
            let step = offer.step;
            let mut refused = reasons(&offer.reasons);
            if refused.is_empty() {
                let given =
                    step.asks.iter().filter_map(|name| Some(((*name).to_owned(), typed.get(*name)?.clone())));
                let command = Command::Step {
                    target: record.id().into(),
                    rev: None,
                    step: step.name.to_owned(),
                    fields: given.collect(),
                    comment: if step.comment { "-".to_owned() } else { String::new() },
                };
                if let Err(Refusal::Step { reasons: found, .. }) =
                    isms::decide(&viewer.isms, &viewer.actor, viewer.app.org.now(), command)
                {
                    refused = reasons(&found);
                }
            }
            if refused.chars().count() > REASON_MAX {
                refused = refused.chars().take(REASON_MAX).collect::<String>() + "…";
            }
            Offered {
                name: step.name,
                label: step.label,
                rev: record.meta().rev,
                inputs: inputs(viewer, kind, step.asks, step.requires, typed, fault),
                comment: step.comment,
                refused,
            }
        })
        .collect()
}
