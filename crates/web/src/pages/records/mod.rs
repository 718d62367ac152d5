//! Records of any kind: list, page, forms, steps, history, putting aside. All of it is drawn from the declaration of
//! the kind; nothing here knows a kind by name except to lead to pages of their own shape.

mod edit;
mod history;
mod merge;
mod remove;
mod show;
mod step;

pub(crate) use edit::{create, edit, new, update};
pub(crate) use history::history;
pub(crate) use remove::{archive, remove, restore};
pub(crate) use show::show;
pub(crate) use step::{step, step_form};

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    http::header,
    response::{Html, IntoResponse, Response},
};
use isms::{AnyRecord, Id, Kind, access::Ability};
use reports::{Classification, Print};

use crate::{
    error::WebError,
    gate::Viewer,
    list::{self, Asked},
    page::Page,
    parts::Markup,
};

/// The kind an address names.
pub(crate) fn kind_of(name: &str) -> Result<Kind, WebError> {
    Kind::by_name(name).ok_or_else(|| WebError::NotFound("There is no such page.".to_owned()))
}

/// The id an address names.
pub(crate) fn id_of(kind: &str, id: &str) -> Result<Id, WebError> {
    let kind = kind_of(kind)?;
    let missing = || {
        WebError::NotFound(format!("There is no {} {}.", crate::words::one(kind), isms::schema::shorten(id)))
    };
    id.parse::<Id>().ok().filter(|i| i.kind == kind).ok_or_else(missing)
}

/// The record an address names, on the day asked for.
pub(crate) fn record_of(viewer: &Viewer, id: Id) -> Result<&dyn AnyRecord, WebError> {
    viewer.isms.record(id).ok_or_else(|| {
        let when = viewer.at.map(|d| format!(" on {}", crate::words::day(d))).unwrap_or_default();
        let why = viewer.begins.map(|d| format!(": the ledger begins on {}", crate::words::day(d)));
        let why = why.unwrap_or_default();
        WebError::NotFound(format!("There is no {} {id}{when}{why}.", crate::words::one(id.kind)))
    })
}

#[derive(Template)]
#[template(path = "records/list.html")]
struct ListPage {
    page: Page,
    content: Markup,
}

/// `GET /{kind}`.
pub(crate) async fn list(
    viewer: Viewer,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, WebError> {
    let kind = kind_of(&kind)?;
    let asked = Asked::read(kind, query.as_deref())?;
    let found = viewer.found(kind, &asked.query);
    let content = list::draw(&viewer, &asked, &found);
    let page = Page::new(&viewer, kind.decl().many);
    Ok(Html(ListPage { page, content }.render()?))
}

/// `GET /{kind}/export/{format}`: the rows of the list on all its pages, with the columns shown.
pub(crate) async fn export(
    viewer: Viewer,
    Path((kind, format)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let kind = kind_of(&kind)?;
    if !viewer.actor.can(Ability::Export) {
        return Err(WebError::Forbidden("Your role does not take files away.".to_owned()));
    }
    if kind == Kind::LicensedText {
        return Err(WebError::Forbidden(
            "Text from your own copy of the standard stays out of exports; read it beside its row."
                .to_owned(),
        ));
    }
    let asked = Asked::read(kind, query.as_deref())?;
    let found = viewer.found(kind, &asked.query);
    let (bytes, media_type) = match format.as_str() {
        "csv" => {
            let table = list::file(&viewer.isms, &asked, &found, viewer.day);
            (reports::table_csv(&table).map_err(WebError::internal)?, "text/csv; charset=utf-8")
        }
        "xlsx" => {
            let table = list::file(&viewer.isms, &asked, &found, viewer.day);
            let print = print(&viewer, &asked);
            let bytes = reports::table_xlsx(&print, &table).map_err(WebError::internal)?;
            (bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        "json" => (crate::api::records::all(&viewer, &asked, &found), "application/json"),
        _ => return Err(WebError::NotFound("A list can be taken as xlsx, csv or json.".to_owned())),
    };
    let name = format!("attachment; filename=\"{kind}-{}.{format}\"", viewer.day);
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

fn print(viewer: &Viewer, asked: &Asked) -> Print {
    let organisation = viewer.isms.single::<isms::records::OrgProfile>();
    let filter: Vec<String> = list::in_use(&viewer.isms, asked).into_iter().map(|(_, words)| words).collect();
    Print {
        company: organisation.map(|o| o.name.to_string()).unwrap_or_default(),
        title: asked.kind.decl().many.to_owned(),
        classification: Classification::Internal,
        as_of: viewer.day,
        generated: viewer.app.org.now().at,
        version: String::new(),
        approval: String::new(),
        filter: filter.join("; "),
    }
}
