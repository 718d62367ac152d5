//! Deciding many at once: what records need is proposed in one go; the rest is gone through in one table, with a
//! justification each.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use isms::{
    Command, Id, Kind, Problem, Stored,
    commands::Target,
    records::{Control, SoaVersion},
    views::soa::{self as view, SoaRow},
};
use serde_json::{Map, Value};

use super::{
    control::{proposal, question},
    draft,
};
use crate::{
    asked,
    error::WebError,
    fault::Fault,
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    words,
};

#[derive(Template)]
#[template(path = "soa/rest.html")]
struct RestPage {
    page: Page,
    fault: Fault,
    version: String,
    common: String,
    groups: Vec<(String, Vec<Line>)>,
    /// What choosing the baseline for all that were open has done, if that was asked for.
    filled: Option<String>,
    person: bool,
}

struct Line {
    id: String,
    reference: String,
    title: String,
    question: Option<&'static str>,
    choice: String,
    said: String,
    wrong: String,
}

/// The undecided controls of the draft, with the decision each has, if any.
fn undecided(viewer: &Viewer, version: &Stored<SoaVersion>) -> Vec<SoaRow> {
    let soa = view::soa(&viewer.isms, Some(version.reference()), viewer.day);
    soa.rows.into_iter().filter(|r| r.applicable.is_none()).collect()
}

fn in_work(viewer: &Viewer) -> Result<&Stored<SoaVersion>, WebError> {
    draft(viewer).ok_or_else(|| {
        WebError::NotFound(
            "Decisions go into a draft of the Statement of Applicability, and none is in work.".to_owned(),
        )
    })
}

/// `GET /soa/rest`: undecided controls that no record needs.
pub(crate) async fn rest(viewer: Viewer) -> Result<Response, WebError> {
    asked::today_only(&viewer)?;
    page(&viewer, None, Fault::default(), false)
}

/// The name of the sentence that stands for every control kept as baseline without one of its own.
const COMMON: &str = "baseline-sentence";

/// The table. With `fill` the baseline is chosen for every control that is still open; nothing is proposed by that, so
/// that people see what they are about to say before they say it.
fn page(viewer: &Viewer, typed: Option<&Pairs>, fault: Fault, fill: bool) -> Result<Response, WebError> {
    let version = in_work(viewer)?;
    let text = |name: &str| typed.map(|t| t.text(name).to_owned()).unwrap_or_default();
    let mut groups: Vec<(String, Vec<Line>)> = Vec::new();
    let mut filled = 0;
    for row in undecided(viewer, version).into_iter().filter(|r| r.drivers.is_empty()) {
        let id = row.control.to_string();
        let mut choice = text(&format!("d-{id}"));
        if fill && choice.is_empty() {
            choice = "baseline".to_owned();
            filled += 1;
        }
        let line = Line {
            question: question(&row.reference),
            choice,
            said: text(&format!("j-{id}")),
            wrong: ["j", "d"]
                .iter()
                .find_map(|of| fault.at(&format!("{of}-{}", place(row.control))))
                .unwrap_or_default()
                .to_owned(),
            reference: row.reference,
            title: row.title,
            id,
        };
        match groups.iter_mut().find(|(theme, _)| *theme == row.theme) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((row.theme, vec![line])),
        }
    }
    let status = fault.status();
    let content = RestPage {
        page: Page::new(viewer, "Decide the rest"),
        version: version.number.to_string(),
        common: text(COMMON),
        groups,
        filled: fill
            .then(|| words::counted(filled, "control that was open is", "controls that were open are")),
        person: viewer.actor.person.is_some(),
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

/// The id of a control as part of a field's name, without the dots that places of problems are read by.
fn place(id: Id) -> String {
    id.to_string().replace('.', "-")
}

/// `POST /soa/propose-all`: proposes what records need, or, with `_what=rest`, what was chosen in the table. With
/// `_fill=baseline` it proposes nothing yet, and gives the table back filled in.
pub(crate) async fn propose_all(writer: Writer, typed: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let version = in_work(viewer)?;
    let rows = undecided(viewer, version);
    let rest = typed.text("_what") == "rest";
    let problems = takes(viewer, rest).check(&typed);
    if !problems.is_empty() {
        return page(viewer, Some(&typed), Fault::problems(&problems), false);
    }
    if rest && typed.text("_fill") == "baseline" {
        return page(viewer, Some(&typed), Fault::default(), true);
    }
    let decided = if rest { chosen(&rows, &typed) } else { Ok(needed(&rows)) };
    let decided = match decided {
        Ok(decided) => decided,
        Err(problems) => return page(viewer, Some(&typed), Fault::problems(&problems), false),
    };
    if decided.is_empty() {
        return Ok(writer
            .done(if rest { "/soa/rest" } else { "/soa" }, "Nothing was chosen, so nothing was proposed."));
    }
    let count = decided.len();
    let name = if rest { "soa.propose_rest" } else { "soa.propose_needed" };
    match writer.execute(command(version, name, decided)).await {
        Ok(_) => Ok(writer
            .done("/soa", &format!("{} proposed.", words::counted(count, "decision is", "decisions are")))),
        Err(error) if rest => page(viewer, Some(&typed), Fault::of(error)?, false),
        Err(error) => Err(error),
    }
}

/// What the form takes: for each control there is, a decision and a sentence. Which of them are still open is seen later.
fn takes(viewer: &Viewer, rest: bool) -> Takes<'static> {
    let takes = Takes::default().one_of("_what", ["rest"]);
    if !rest {
        return takes;
    }
    let controls = viewer.isms.all::<Control>().iter().map(|c| c.meta.id);
    controls.fold(takes.one_of("_fill", ["baseline"]).text(&[COMMON]), |takes, id| {
        takes.one_of(format!("d-{id}"), ["baseline", "exclude"]).named(format!("j-{id}"))
    })
}

/// A control, its decision if the version has one, and what is proposed.
type Proposal = (Id, Option<Id>, Map<String, Value>);

fn needed(rows: &[SoaRow]) -> Vec<Proposal> {
    rows.iter()
        .filter(|r| !r.drivers.is_empty())
        .map(|r| (r.control, r.decision, proposal(&r.drivers)))
        .collect()
}

fn chosen(rows: &[SoaRow], typed: &Pairs) -> Result<Vec<Proposal>, Vec<Problem>> {
    let common = typed.text(COMMON);
    let (mut decided, mut problems, mut unsaid) = (Vec::new(), Vec::new(), 0);
    let choices = typed.0.iter().filter_map(|(name, choice)| Some((name.strip_prefix("d-")?, choice.trim())));
    for (id, choice) in choices.filter(|(_, choice)| !choice.is_empty()) {
        if !rows.iter().any(|row| row.drivers.is_empty() && row.control.to_string() == id) {
            let message =
                format!("{id} is decided meanwhile, or a record needs it now: “{choice}” is not kept");
            problems.push(Problem::new("", message));
        }
    }
    for row in rows.iter().filter(|r| r.drivers.is_empty()) {
        let choice = typed.text(&format!("d-{}", row.control));
        let applicable = match choice {
            "baseline" => true,
            "exclude" => false,
            _ => continue,
        };
        let said = match typed.text(&format!("j-{}", row.control)) {
            "" if applicable => common,
            said => said,
        };
        if said.is_empty() {
            if applicable {
                unsaid += 1;
            } else {
                let message = format!("say why no risk and no requirement needs {}", row.reference);
                problems.push(Problem::new(format!("j-{}", place(row.control)), message));
            }
            continue;
        }
        let codes: Vec<Value> = if applicable { vec!["baseline".into()] } else { Vec::new() };
        let fields = [
            ("applicable", applicable.into()),
            ("reason_codes", codes.into()),
            ("justification", said.into()),
        ];
        decided.push((
            row.control,
            row.decision,
            fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        ));
    }
    if unsaid > 0 {
        let controls = words::counted(unsaid, "control is", "controls are");
        let message = format!("say in one sentence why {controls} part of the baseline, or say it for each");
        problems.insert(0, Problem::new(COMMON, message));
    }
    if problems.is_empty() { Ok(decided) } else { Err(problems) }
}

fn command(version: &Stored<SoaVersion>, name: &str, decided: Vec<Proposal>) -> Command {
    let (mut creations, mut steps) = (Vec::new(), Vec::new());
    for (control, decision, fields) in decided {
        let target = match decision {
            Some(id) => Target::Id(id),
            None => {
                creations.push(Command::create(
                    Kind::ApplicabilityDecision,
                    [
                        ("control_id", Value::String(control.to_string())),
                        ("soa_version_id", Value::String(version.meta.id.to_string())),
                    ],
                ));
                Target::New(creations.len() - 1)
            }
        };
        steps.push(Command::Step {
            target,
            rev: None,
            step: "propose".to_owned(),
            fields,
            comment: String::new(),
        });
    }
    creations.extend(steps);
    Command::Batch { name: name.to_owned(), commands: creations }
}
