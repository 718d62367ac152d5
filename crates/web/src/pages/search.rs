//! Search: a page, and the same as JSON for the command palette.

use askama::Template;
use axum::{
    Json,
    extract::RawQuery,
    response::{Html, IntoResponse, Response},
};
use isms::{
    access::Action,
    views::search::{Hit, Why, search},
};
use serde_json::{Value, json};

use crate::{
    error::WebError,
    fault::query,
    gate::Viewer,
    page::Page,
    parts::{StateChip, path_of},
    places::{Named, named},
};

/// Most records shown; who gets so many adds a word.
const MOST: usize = 50;
/// Most pages and actions shown.
const MOST_PAGES: usize = 12;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    question: String,
    hits: Vec<Found>,
    pages: Vec<Named>,
    all: bool,
}

struct Found {
    id: String,
    kind: &'static str,
    title: String,
    path: String,
    state: Option<StateChip>,
    archived: bool,
    excerpt: Option<(String, String)>,
}

fn records(viewer: &Viewer, question: &str) -> Vec<Hit> {
    search(&viewer.isms, question, MOST, |kind| viewer.actor.may(Action::Read, kind) && viewer.sees_all(kind))
}

/// Pages, actions and requirements in whose name, or in what else they are called, every word begins a word. A requirement
/// asked for by its number comes first.
fn pages(viewer: &Viewer, page: &Page, question: &str) -> Vec<Named> {
    let question = question.to_lowercase();
    let words: Vec<&str> =
        question.split_whitespace().filter(|w| !["a", "an", "the", "to"].contains(w)).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let fits = |name: &str| {
        let name = name.to_lowercase();
        let begins = |w: &&str| {
            let mut parts = name.split(char::is_whitespace).chain(name.split(|c: char| !c.is_alphanumeric()));
            parts.any(|part| part.starts_with(*w))
        };
        words.iter().all(begins)
    };
    let rows = || frameworks::catalogue().requirements().iter();
    let by_number = |id: &str| words[..] == [id.to_lowercase().as_str()];
    let mut found: Vec<Named> = rows().filter(|r| by_number(&r.id)).map(Named::row).collect();
    found.extend(named(viewer, page).into_iter().filter(|n| fits(&format!("{} {}", n.title, n.also()))));
    let others = rows().filter(|r| !by_number(&r.id) && fits(&format!("{} {}", r.id, r.paraphrase)));
    found.extend(others.map(Named::row));
    found.truncate(MOST_PAGES);
    found
}

/// The page.
pub(crate) async fn page(viewer: Viewer, RawQuery(asked): RawQuery) -> Result<Html<String>, WebError> {
    let question = query(asked)?.text("q").chars().take(200).collect::<String>();
    let hits = records(&viewer, &question);
    let page = Page::new(
        &viewer,
        if question.is_empty() { "Search".to_owned() } else { format!("Search: {question}") },
    );
    let found = |hit: Hit| Found {
        id: hit.id.to_string(),
        kind: hit.id.kind.decl().one,
        path: path_of(hit.id),
        state: viewer.isms.record(hit.id).and_then(|r| r.state()).map(StateChip::new),
        title: hit.title,
        archived: hit.archived,
        excerpt: hit.excerpt,
    };
    let page = SearchPage {
        pages: pages(&viewer, &page, &question),
        all: hits.len() < MOST,
        hits: hits.into_iter().map(found).collect(),
        page,
        question,
    };
    Ok(Html(page.render()?))
}

/// The same for the palette, which knows the pages of the menu itself.
pub(crate) async fn json(viewer: Viewer, RawQuery(asked): RawQuery) -> Result<Response, WebError> {
    let question = query(asked)?.text("q").to_owned();
    let base = &viewer.base;
    let page = Page::new(&viewer, "Search");
    let places = pages(&viewer, &page, &question).into_iter().filter(|n| !n.in_menu);
    let places = places
        .map(|n| json!({ "title": n.title, "id": "", "kind": n.sort, "href": format!("{base}{}", n.path) }));
    let (exact, others): (Vec<Hit>, Vec<Hit>) =
        records(&viewer, &question).into_iter().partition(|h| h.why == Why::Id || h.why == Why::Beginning);
    let record = |hit: Hit| {
        let href = format!("{base}{}", path_of(hit.id));
        json!({ "title": hit.title, "id": hit.id, "kind": hit.id.kind.decl().one, "href": href })
    };
    let results: Vec<Value> = exact
        .into_iter()
        .map(record)
        .chain(places)
        .chain(others.into_iter().map(record))
        .take(MOST)
        .collect();
    Ok(Json(json!({ "results": results })).into_response())
}
