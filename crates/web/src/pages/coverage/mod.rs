//! The documented information that the standard asks for by name: what is there of each, and how the rows that ask for it
//! stand.

mod kept;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use frameworks::{MandatoryItem, catalogue};
use isms::{
    Date, Id,
    rules::{
        Assessment, Cx, Status,
        mandatory::{self, Item16},
    },
};

use self::kept::{kept, listed};
use crate::{
    error::WebError,
    gate::Viewer,
    page::Page,
    parts::{RecordLink, StatusChip},
    subjects,
};

/// Records named for each item.
const NAMED: usize = 3;

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    page: Page,
    items: Vec<ItemLine>,
    there: usize,
    not_due: usize,
    row: Option<StatusChip>,
}

struct ItemLine {
    number: u32,
    item: &'static str,
    clause: &'static str,
    clause_path: String,
    test: String,
    /// How the item stands, and the word for it.
    status: Status,
    word: &'static str,
    /// Whether its first day lies ahead, and which that is, if any is planned.
    not_due: bool,
    planned: Option<Date>,
    records: Vec<RecordLink>,
    more: usize,
    list: String,
    rows: Vec<(RecordLink, StatusChip)>,
}

/// `GET /coverage`.
pub(crate) async fn coverage(viewer: Viewer) -> Result<Response, WebError> {
    let assessment = viewer.assessment().await?;
    let cx = Cx::new(&viewer.isms);
    let items: Vec<ItemLine> = catalogue()
        .mandatory_items()
        .iter()
        .zip(mandatory::items(&cx).iter())
        .map(|(item, judged)| line(&viewer, &assessment, item, judged, kept(&cx, viewer.day, item.number)))
        .collect();
    let page = CoveragePage {
        page: Page::new(&viewer, "Mandatory documents"),
        there: items.iter().filter(|i| i.status == Status::Met).count(),
        not_due: items.iter().filter(|i| i.not_due).count(),
        items,
        row: assessment.subject("7.5.1a").map(|s| StatusChip::new(s.judged.status(viewer.day))),
    };
    Ok(Html(page.render()?).into_response())
}

/// How an item stands on a day, and the word for it.
fn standing(item: &Item16, day: Date) -> (Status, &'static str) {
    if item.never.on(day) {
        (Status::Unmet, "Missing")
    } else if item.lacking.on(day) {
        (Status::Partly, "Nothing in force or in date")
    } else if item.past.on(day) {
        (Status::Stale, "Past its review")
    } else {
        (Status::Met, "There")
    }
}

fn line(
    viewer: &Viewer,
    assessment: &Assessment,
    item: &'static MandatoryItem,
    judged: &Item16,
    kept: Vec<Id>,
) -> ItemLine {
    let day = viewer.day;
    let rows = catalogue().requirements().iter().filter(|r| frameworks::is_under(&r.id, &item.clause));
    let rows = rows.filter_map(|r| assessment.subject(&r.id));
    let link = |id: &Id| RecordLink::new(&viewer.isms, &viewer.base, *id);
    let sight = viewer.sight();
    let named: Vec<RecordLink> =
        kept.iter().filter(|id| sight.sees(&viewer.isms, **id)).take(NAMED).map(link).collect();
    let (status, word) = standing(judged, day);
    ItemLine {
        number: item.number,
        item: &item.item,
        clause: &item.clause,
        clause_path: match catalogue().requirement(&item.clause) {
            Some(row) => subjects::subject_path(&row.id),
            None => format!("/requirements?q={}", urlencoding::encode(&item.clause)),
        },
        test: crate::words::capital(&isms::rules::plain::plain(&item.test, &assessment.parameters)),
        not_due: status == Status::Unmet && judged.not_due().on(day),
        planned: judged.first_planned.filter(|d| *d > day),
        status,
        word,
        more: kept.len() - named.len(),
        records: named,
        list: format!("/{}", listed(item.number)),
        rows: rows.map(|s| (subjects::link(viewer, s), StatusChip::new(s.judged.status(day)))).collect(),
    }
}
