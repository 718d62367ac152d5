//! The documented information that the standard asks for by name: what is there of each, and how the rows that ask for it
//! stand.

mod kept;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use frameworks::{MandatoryItem, catalogue};
use isms::{
    Date,
    rules::{Assessment, Cx},
};

use self::kept::{Kept, kept, listed};
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
    whole: bool,
    due: Option<Date>,
    records: Vec<RecordLink>,
    more: usize,
    list: String,
    rows: Vec<(RecordLink, StatusChip)>,
}

impl ItemLine {
    /// The shape that says whether it is there.
    fn mark(&self) -> &'static str {
        match (self.whole, self.due) {
            (true, _) => "met",
            (false, Some(_)) => "none",
            (false, None) if self.records.is_empty() => "unmet",
            (false, None) => "partly",
        }
    }

    fn word(&self) -> &'static str {
        match self.mark() {
            "met" => "There",
            "none" => "Not due yet",
            "unmet" => "Missing",
            _ => "In part",
        }
    }
}

/// `GET /coverage`.
pub(crate) async fn coverage(viewer: Viewer) -> Result<Response, WebError> {
    let assessment = viewer.assessment().await?;
    let cx = Cx::new(&viewer.isms);
    let items: Vec<ItemLine> = catalogue()
        .mandatory_items()
        .iter()
        .map(|item| line(&viewer, &assessment, item, kept(&cx, viewer.day, item.number)))
        .collect();
    let page = CoveragePage {
        page: Page::new(&viewer, "Mandatory documents"),
        there: items.iter().filter(|i| i.whole).count(),
        not_due: items.iter().filter(|i| i.due.is_some()).count(),
        items,
        row: assessment.subject("7.5.1a").map(|s| StatusChip::new(s.judged.status(viewer.day))),
    };
    Ok(Html(page.render()?).into_response())
}

fn line(viewer: &Viewer, assessment: &Assessment, item: &'static MandatoryItem, kept: Kept) -> ItemLine {
    let rows = catalogue().requirements().iter().filter(|r| frameworks::is_under(&r.id, &item.clause));
    let rows = rows.filter_map(|r| assessment.subject(&r.id));
    let named: Vec<RecordLink> =
        kept.records.iter().take(NAMED).map(|id| RecordLink::new(&viewer.isms, &viewer.base, *id)).collect();
    ItemLine {
        number: item.number,
        item: &item.item,
        clause: &item.clause,
        clause_path: match catalogue().requirement(&item.clause) {
            Some(row) => subjects::subject_path(&row.id),
            None => format!("/requirements?q={}", urlencoding::encode(&item.clause)),
        },
        test: crate::words::capital(&isms::rules::plain::plain(&item.test, &assessment.parameters)),
        whole: kept.whole,
        due: kept.due.filter(|_| item.due_later),
        more: kept.records.len() - named.len(),
        records: named,
        list: format!("/{}", listed(item.number)),
        rows: rows
            .map(|s| (subjects::link(viewer, s), StatusChip::new(s.judged.status(viewer.day))))
            .collect(),
    }
}
