//! The page of a group of the menu: its kinds, what belongs there, how many there are.

use askama::Template;
use axum::{extract::Path, response::Html};
use isms::{Kind, access::Action, record::Group};

use crate::{
    error::WebError,
    gate::Viewer,
    list,
    page::{Page, slug},
    words,
};

#[derive(Template)]
#[template(path = "records/group.html")]
struct GroupPage {
    page: Page,
    heading: &'static str,
    kinds: Vec<KindLine>,
}

struct KindLine {
    kind: Kind,
    many: &'static str,
    one: String,
    about: &'static str,
    clause: &'static str,
    live: String,
    over: usize,
    beside: Vec<(&'static str, &'static str)>,
    may_add: bool,
}

/// `GET /group/{group}`.
pub(crate) async fn group(viewer: Viewer, Path(name): Path<String>) -> Result<Html<String>, WebError> {
    let group = Group::ALL
        .into_iter()
        .find(|g| slug(*g) == name)
        .ok_or_else(|| WebError::NotFound("There is no such page.".to_owned()))?;
    let kinds =
        Kind::ALL.iter().copied().filter(|k| k.decl().group == group).map(|k| line(&viewer, k)).collect();
    let page = GroupPage { page: Page::new(&viewer, group.label()), heading: group.label(), kinds };
    Ok(Html(page.render()?))
}

fn line(viewer: &Viewer, kind: Kind) -> KindLine {
    let decl = kind.decl();
    let table = viewer.isms.table(kind);
    let live = table.all().filter(|r| r.live()).count();
    let may_add = viewer.edits() && viewer.actor.may(Action::Create, kind);
    KindLine {
        kind,
        many: decl.many,
        one: words::one(kind),
        about: decl.about,
        clause: decl.clause,
        live: words::count(live),
        over: table.len() - live,
        beside: list::beside(kind)
            .iter()
            .copied()
            .filter(|(_, p)| may_add || !(p.starts_with("/starters") || p.ends_with("/upload")))
            .collect(),
        may_add: may_add && (!decl.single || table.is_empty()),
    }
}
