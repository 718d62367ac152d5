//! Settings: the organisation, the parameters of the rules, texts of a licensed copy, the ledger's public key, and
//! where the data lies.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use frameworks::Origin;
use isms::{
    Command, Kind,
    access::{Action, Role},
    parameters::Parameters,
    records::{LicensedText, OrgProfile, ParameterSetting, SodWaiver},
    views::place::Place,
};
use serde_json::json;

use crate::{
    error::WebError,
    fault::Fault,
    forms::Pairs,
    gate::{Viewer, Writer},
    page::Page,
    parts::RecordLink,
    places::path_to,
    words,
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    page: Page,
    fault: Fault,
    organisation: Vec<(&'static str, String)>,
    organisation_path: String,
    parameters: Vec<Row>,
    own: usize,
    may_set: bool,
    notice: &'static str,
    texts: usize,
    public_key: String,
    waivers: Vec<WaiverRow>,
    directory: Option<String>,
}

struct Row {
    name: &'static str,
    meaning: &'static str,
    unit: &'static str,
    default: String,
    value: String,
    own: bool,
    hard: bool,
    ruling: bool,
    reason: String,
    open: bool,
}

struct WaiverRow {
    link: RecordLink,
    approved_by: String,
    ends: String,
    over: bool,
}

fn rows(viewer: &Viewer, typed: Option<&Typed>) -> Vec<Row> {
    let (default, now) = (Parameters::default(), Parameters::of(&viewer.isms));
    let setting = |name: &str| viewer.isms.all::<ParameterSetting>().iter().find(|p| *p.name == *name);
    frameworks::catalogue()
        .parameters()
        .iter()
        .map(|parameter| {
            let name = parameter.name.as_str();
            let own = setting(name);
            let typed = typed.filter(|t| t.name == name);
            Row {
                name,
                meaning: &parameter.meaning,
                unit: parameter.unit.word(),
                default: default.get(name).unwrap_or_default(),
                value: typed.map(|t| t.value.clone()).or_else(|| now.get(name)).unwrap_or_default(),
                own: own.is_some(),
                hard: parameter.hard,
                ruling: parameter.origin == Origin::Ruling,
                reason: typed
                    .map(|t| t.reason.clone())
                    .or_else(|| own.map(|o| o.reason.to_string()))
                    .unwrap_or_default(),
                open: typed.is_some(),
            }
        })
        .collect()
}

fn draw(viewer: &Viewer, typed: Option<&Typed>, fault: Fault) -> Result<Response, WebError> {
    let isms = &viewer.isms;
    let profile = isms.single::<OrgProfile>();
    let day = |date: Option<isms::Date>| date.map_or_else(String::new, words::day);
    let parameters = rows(viewer, typed);
    let waivers = isms.all::<SodWaiver>().iter().map(|w| WaiverRow {
        link: RecordLink::new(isms, &viewer.base, w.meta.id),
        approved_by: isms.find(w.approved_by).map_or_else(String::new, |p| p.name.to_string()),
        ends: day(w.expires_at),
        over: w.expires_at.is_some_and(|end| end < viewer.day),
    });
    let page = SettingsPage {
        page: Page::new(viewer, "Settings"),
        organisation: vec![
            ("Name", profile.map_or_else(String::new, |o| o.name.to_string())),
            ("Timezone", isms.timezone().to_owned()),
            (
                "People",
                profile.and_then(|o| o.headcount).map_or_else(String::new, |n| words::number(n.into())),
            ),
            ("Certificate wanted by", day(profile.and_then(|o| o.certification_target_date))),
        ],
        organisation_path: path_to(isms, &Place::Single(Kind::OrgProfile)),
        own: parameters.iter().filter(|p| p.own).count(),
        parameters,
        may_set: viewer.actor.may(Action::Edit, Kind::ParameterSetting),
        notice: frameworks::NOTICE,
        texts: isms.all::<LicensedText>().iter().count(),
        public_key: viewer.app.org.public_key(),
        waivers: waivers.collect(),
        // Where things lie on the server concerns who runs it, and nobody else.
        directory: viewer.actor.has(Role::Administrator).then(|| {
            let path = viewer.app.store.data_dir().path();
            std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
        }),
        fault,
    };
    Ok((page.fault.status(), Html(page.render()?)).into_response())
}

/// The page.
pub(crate) async fn settings(viewer: Viewer) -> Result<Response, WebError> {
    draw(&viewer, None, Fault::default())
}

/// What was typed about a parameter.
struct Typed {
    name: String,
    value: String,
    reason: String,
}

/// Sets a parameter, or puts it back to its default.
pub(crate) async fn parameter(writer: Writer, pairs: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let text = |name: &str| pairs.text(name).to_owned();
    let typed = Typed { name: text("name"), value: text("value"), reason: text("reason") };
    let setting = viewer.isms.all::<ParameterSetting>().iter().find(|p| *p.name == *typed.name);
    let default = Parameters::default().get(&typed.name);
    let back = typed.value.is_empty() || default.as_deref() == Some(typed.value.as_str());
    let command = match (setting.map(|s| s.meta.id), back) {
        (None, true) => return Ok(writer.done("/settings#parameters", "The default stays.")),
        (Some(id), true) => Command::Remove { id, rev: None },
        (Some(id), false) => {
            Command::update(id, [("value", json!(typed.value)), ("reason", json!(typed.reason))])
        }
        (None, false) => Command::create(
            Kind::ParameterSetting,
            [("name", json!(typed.name)), ("value", json!(typed.value)), ("reason", json!(typed.reason))],
        ),
    };
    match writer.execute(command).await {
        Ok(_) if back => Ok(writer.done("/settings#parameters", "The parameter is back to its default.")),
        Ok(_) => {
            Ok(writer.done("/settings#parameters", "The parameter is set. Verdicts go by it from now on."))
        }
        Err(error) => draw(viewer, Some(&typed), Fault::of(error)?),
    }
}
