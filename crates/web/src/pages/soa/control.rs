//! Deciding on one control: what needs it, what the catalogue says of it, what was decided before, and the form.

use askama::Template;
use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Id, Kind, Ref, Stored,
    access::Action,
    commands::{Target, offers},
    records::{ApplicabilityDecision, Control},
    views::soa::{self as view, Driver},
};
use serde_json::{Map, Value};

use super::{because::because, draft};
use crate::{
    asked,
    error::WebError,
    fault::{Fault, reasons},
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    pages::requirements::{Guidance, guidance},
    parts::{Markup, RecordLink, StateChip},
    words,
};

/// Fields drawn as those of any record, below the choice between needed and not.
const PLAIN: [&str; 4] = ["reason_codes", "linked_risk_ids", "linked_requirement_ids", "justification"];

#[derive(Template)]
#[template(path = "soa/control.html")]
struct ControlPage {
    page: Page,
    fault: Fault,
    id: String,
    reference: String,
    title: String,
    link: RecordLink,
    status: String,
    owner: String,
    drivers: Vec<DriverRow>,
    /// The decision in the version shown.
    decision: Option<DecisionView>,
    /// The one in the published version, where that is another.
    published: Option<DecisionView>,
    question: Option<&'static str>,
    guidance: Option<Guidance>,
    form: Option<Form>,
    /// Why there is no form.
    closed: &'static str,
    steps: Vec<(String, &'static str)>,
    refused: Vec<(&'static str, String)>,
    neighbours: (Option<String>, Option<String>),
    base: String,
}

struct DriverRow {
    label: &'static str,
    link: RecordLink,
    via: Option<RecordLink>,
}

struct DecisionView {
    link: RecordLink,
    version: String,
    state: StateChip,
    applicable: &'static str,
    reasons: String,
    justification: String,
    decided: String,
    approved: String,
}

struct Form {
    version: String,
    rev: Option<u32>,
    applicable: Option<bool>,
    inputs: Markup,
    /// Whether a comment must be given, and what was typed.
    comment: Option<String>,
    person: bool,
}

fn control_of<'a>(viewer: &'a Viewer, id: &str) -> Result<&'a Stored<Control>, WebError> {
    let found = id
        .parse::<Id>()
        .ok()
        .and_then(|id| Ref::try_from(id).ok())
        .and_then(|r| viewer.isms.get::<Control>(r));
    found.ok_or_else(|| WebError::NotFound(format!("There is no control {}.", isms::schema::shorten(id))))
}

/// `GET /soa/{control}`.
pub(crate) async fn control(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
    let control = control_of(&viewer, &id)?;
    page(&viewer, control, None, Fault::default())
}

fn page(
    viewer: &Viewer,
    control: &Stored<Control>,
    typed: Option<&Pairs>,
    fault: Fault,
) -> Result<Response, WebError> {
    let isms = &*viewer.isms;
    let id = control.meta.id;
    let drivers = view::drivers(isms).remove(&id).unwrap_or_default();
    let version = view::in_work(isms).or_else(|| view::published(isms));
    let decision = version.and_then(|v| view::decisions(isms, v).remove(&id));
    let published = view::published(isms)
        .filter(|p| version.is_some_and(|v| v.meta.id != p.meta.id))
        .and_then(|v| view::decisions(isms, v).remove(&id));
    let (form, closed) = form(viewer, decision, &drivers, typed, &fault);
    let (steps, refused) =
        decision.filter(|_| viewer.edits()).map(|d| steps(viewer, id, d)).unwrap_or_default();
    let status = fault.status();
    let reference = if control.r#ref.is_empty() { id.to_string() } else { control.r#ref.to_string() };
    let content = ControlPage {
        page: Page::new(viewer, format!("{reference} {}", control.title)),
        id: id.to_string(),
        title: control.title.to_string(),
        link: RecordLink::new(isms, &viewer.base, id),
        status: words::words(control.implementation_status.map_or("not_started", |s| s.as_str())),
        owner: control.owner_id.map(|p| isms.title(p.id())).unwrap_or_default(),
        drivers: drivers.iter().map(|d| driver_row(viewer, d)).collect(),
        decision: decision.map(|d| decision_view(viewer, d)),
        published: published.map(|d| decision_view(viewer, d)),
        question: question(&reference),
        guidance: guidance(viewer, &reference),
        form,
        closed,
        steps,
        refused,
        neighbours: neighbours(viewer, id),
        base: viewer.base.clone(),
        reference,
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

fn driver_row(viewer: &Viewer, driver: &Driver) -> DriverRow {
    let label = match driver.code.as_str() {
        "risk" => "Risk",
        "legal" => "Law",
        "contractual" => "Contract",
        _ => "Business",
    };
    let link = |id| RecordLink::new(&viewer.isms, &viewer.base, id);
    DriverRow { label, link: link(driver.id), via: driver.via.map(link) }
}

fn decision_view(viewer: &Viewer, decision: &Stored<ApplicabilityDecision>) -> DecisionView {
    let isms = &*viewer.isms;
    let on = |who: Option<Ref<isms::records::Person>>, day: Option<isms::Date>| {
        let who = who.map(|p| isms.title(p.id())).unwrap_or_default();
        let day = day.map(words::day).unwrap_or_default();
        [who, day].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
    };
    DecisionView {
        link: RecordLink::new(isms, &viewer.base, decision.meta.id),
        version: isms.find(decision.soa_version_id).map(|v| v.number.to_string()).unwrap_or_default(),
        state: StateChip::new(decision.state.as_str()),
        applicable: match decision.applicable {
            Some(true) => "Yes",
            Some(false) => "No",
            None => "Undecided",
        },
        reasons: decision
            .reason_codes
            .iter()
            .map(|c| words::words(c.as_str()))
            .collect::<Vec<_>>()
            .join(", "),
        justification: decision.justification.to_string(),
        decided: on(decision.decided_by, decision.decided_at),
        approved: on(decision.approved_by, decision.approved_at),
    }
}

/// The step that records a decision from the state in which it is.
fn propose(
    viewer: &Viewer,
    decision: Option<&Stored<ApplicabilityDecision>>,
) -> Option<&'static isms::steps::Step> {
    match decision {
        Some(decision) => asked::step_to(viewer, decision.meta.id, "proposed"),
        None => asked::step_between(Kind::ApplicabilityDecision, "undecided", "proposed"),
    }
}

/// The form, or why there is none.
fn form(
    viewer: &Viewer,
    decision: Option<&Stored<ApplicabilityDecision>>,
    drivers: &[Driver],
    typed: Option<&Pairs>,
    fault: &Fault,
) -> (Option<Form>, &'static str) {
    if !viewer.edits() {
        return (None, "");
    }
    if !viewer.actor.may(Action::Edit, Kind::ApplicabilityDecision) {
        return (None, "Deciding is for contributors and ISMS managers.");
    }
    let Some(version) = draft(viewer) else {
        return (None, "Decisions go into a draft of the Statement of Applicability, and none is in work.");
    };
    let Some(step) = propose(viewer, decision) else {
        return (None, "The decision stands in this version.");
    };
    let (applicable, fields) = match typed {
        Some(typed) => {
            let fields = asked::typed(viewer, Kind::ApplicabilityDecision, &PLAIN, typed);
            (yes_no(typed), fields)
        }
        None => match decision.filter(|d| d.applicable.is_some()) {
            Some(decision) => {
                let record: &dyn isms::AnyRecord = decision;
                (decision.applicable, record.fields())
            }
            None if drivers.is_empty() => (None, Map::new()),
            None => (Some(true), proposal(drivers)),
        },
    };
    let form = Form {
        version: version.number.to_string(),
        rev: decision.map(|d| d.meta.rev),
        applicable,
        inputs: asked::inputs(
            viewer,
            Kind::ApplicabilityDecision,
            &PLAIN,
            &["justification"],
            &fields,
            fault,
        ),
        comment: step.comment.then(|| typed.map(|t| t.text("_comment").to_owned()).unwrap_or_default()),
        person: viewer.actor.person.is_some(),
    };
    (Some(form), "")
}

fn yes_no(typed: &Pairs) -> Option<bool> {
    match typed.text("applicable") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The decision that follows from the records that need a control.
pub(super) fn proposal(drivers: &[Driver]) -> Map<String, Value> {
    let mut codes: Vec<Value> = Vec::new();
    for driver in drivers {
        let code = Value::String(driver.code.clone());
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let of = |kind: Kind| -> Value {
        drivers
            .iter()
            .filter(|d| d.id.kind == kind)
            .map(|d| Value::String(d.id.to_string()))
            .collect::<Vec<_>>()
            .into()
    };
    [
        ("applicable", true.into()),
        ("reason_codes", codes.into()),
        ("linked_risk_ids", of(Kind::Risk)),
        ("linked_requirement_ids", of(Kind::PartyRequirement)),
        ("justification", because(drivers).into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

type Links = (Vec<(String, &'static str)>, Vec<(&'static str, String)>);

/// Steps of the decision besides proposing it, and why others are refused.
fn steps(viewer: &Viewer, control: Id, decision: &Stored<ApplicabilityDecision>) -> Links {
    let (mut open, mut refused) = (Vec::new(), Vec::new());
    let allowed = viewer.actor.may(Action::Step, Kind::ApplicabilityDecision);
    let all = offers(&viewer.isms, &viewer.actor, viewer.today, decision);
    for offer in all.into_iter().filter(|o| o.step.name != "propose" && allowed) {
        if offer.reasons.is_empty() {
            let page = format!("/soa/{control}");
            open.push((asked::step_from(&page, decision.meta.id, offer.step), offer.step.label));
        } else {
            refused.push((offer.step.label, reasons(&offer.reasons)));
        }
    }
    (open, refused)
}

/// The controls before and after, for going through them one by one.
fn neighbours(viewer: &Viewer, id: Id) -> (Option<String>, Option<String>) {
    let live = || viewer.isms.all::<Control>().live().map(|c| c.meta.id);
    (
        live().filter(|c| *c < id).last().map(|c| c.to_string()),
        live().find(|c| *c > id).map(|c| c.to_string()),
    )
}

/// What to ask before leaving out a control that organisations often leave out.
pub(super) fn question(reference: &str) -> Option<&'static str> {
    Some(match reference {
        "A.7.6" => {
            "Is there no area of yours in which work needs more protection than in the rest of the office?"
        }
        "A.7.11" | "A.7.12" => {
            "Does the landlord of a serviced office, or your hosting provider, look after power and cabling, and does nothing of yours depend on them at the office?"
        }
        "A.8.30" => "Does nobody outside develop software for you, not even parts of it?",
        "A.8.4" => "Have you no source code of your own: no scripts, no configuration kept as code?",
        _ => return None,
    })
}

/// `POST /soa/{control}`.
pub(crate) async fn decide(
    writer: Writer,
    Path(id): Path<String>,
    typed: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let control = control_of(viewer, &id)?;
    let problems = Takes::default()
        .and(Kind::ApplicabilityDecision, &PLAIN)
        .one_of("applicable", ["yes", "no"])
        .one_of("_then", ["next"])
        .text(&["_rev", "_comment"])
        .check(&typed);
    if !problems.is_empty() {
        return page(viewer, control, Some(&typed), Fault::problems(&problems));
    }
    let command = match command(viewer, control, &typed) {
        Ok(command) => command,
        Err(error) => return page(viewer, control, Some(&typed), Fault::of(error)?),
    };
    match writer.execute(command).await {
        Ok(_) => {
            let verdict = if typed.text("applicable") == "yes" { "applicable" } else { "excluded" };
            let id = control.meta.id;
            let next = neighbours(viewer, id).1.filter(|_| typed.text("_then") == "next");
            let to = next.map_or_else(|| format!("/soa/{id}"), |next| format!("/soa/{next}"));
            Ok(writer.done(&to, &format!("{id} is proposed as {verdict}.")))
        }
        Err(error) => page(viewer, control, Some(&typed), Fault::of(error)?),
    }
}

fn command(viewer: &Viewer, control: &Stored<Control>, typed: &Pairs) -> Result<Command, WebError> {
    let version = draft(viewer).ok_or_else(|| {
        WebError::invalid("", "decisions go into a draft of the Statement of Applicability, and none is in work: begin one first")
    })?;
    let decision = view::decisions(&viewer.isms, version).remove(&control.meta.id);
    let mut fields = asked::typed(viewer, Kind::ApplicabilityDecision, &PLAIN, typed);
    fields.insert("applicable".to_owned(), yes_no(typed).map_or(Value::Null, Value::Bool));
    if yes_no(typed) == Some(false) {
        // A control that is left out has no reason to be in.
        for name in ["reason_codes", "linked_risk_ids", "linked_requirement_ids"] {
            fields.insert(name.to_owned(), Value::Array(Vec::new()));
        }
    }
    let comment = typed.text("_comment").to_owned();
    Ok(match decision {
        Some(decision) => {
            let rev = Some(typed.rev()?);
            Command::Step {
                target: decision.meta.id.into(),
                rev,
                step: "propose".to_owned(),
                fields,
                comment,
            }
        }
        None => Command::Batch {
            name: "soa.decide".to_owned(),
            commands: vec![
                Command::create(
                    Kind::ApplicabilityDecision,
                    [
                        ("control_id", Value::String(control.meta.id.to_string())),
                        ("soa_version_id", Value::String(version.meta.id.to_string())),
                    ],
                ),
                Command::Step {
                    target: Target::New(0),
                    rev: None,
                    step: "propose".to_owned(),
                    fields,
                    comment,
                },
            ],
        },
    })
}
