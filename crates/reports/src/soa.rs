//! The Statement of Applicability as a document, a workbook, CSV and JSON; columns of specification 6.1.

use std::collections::HashMap;

use indexmap::IndexMap;
use isms::views::soa::{Soa, SoaRow};
use serde::Serialize;

use crate::{
    Cell, Column, Print, ReportError, Table,
    csv::table_csv,
    json::{content_hash, document},
    print::Fact,
    typeset::{self, Frame, Template},
    words::{label, list, named, on_paper, paper, who_and_when},
    xlsx::Workbook,
};

/// The edition every reference of the form `A.5.1` belongs to, stated once a document.
const EDITION: &str = "ISO/IEC 27001:2022, Annex A";
/// What is said where no version was begun.
const NO_VERSION: &str = "No version yet (draft)";
/// Reason codes in the order of the specification.
const CODES: [&str; 5] = ["risk", "legal", "contractual", "business", "baseline"];

/// The Statement of Applicability as a tagged PDF in landscape: front page, a table for each theme, changes since
/// the version before, open points.
///
/// # Errors
/// Only on a fault of the typesetter; no content is refused.
pub fn soa_pdf(soa: &Soa, print: &Print) -> Result<Vec<u8>, ReportError> {
    let hash = content_hash(soa)?;
    typeset::pdf(Template::Soa, &Page::new(soa, print, &hash), print, &hash)
}

/// The Statement of Applicability as a workbook: front sheet, the rows, open points.
///
/// # Errors
/// If the workbook cannot be written.
pub fn soa_xlsx(soa: &Soa, print: &Print) -> Result<Vec<u8>, ReportError> {
    let counts = Counts::of(&soa.rows);
    let mut front = vec![("Scope", Cell::text(&soa.scope))];
    front.extend(facts(soa, print));
    front.extend([
        ("Controls", counts.all.into()),
        ("Applicable", counts.applicable.into()),
        ("Excluded", counts.excluded.into()),
        ("Undecided", counts.undecided.into()),
        ("Implemented", counts.implemented.into()),
        ("Open points", soa.problems.len().into()),
    ]);
    let columns = vec![
        Column::wide("Control", 12.0),
        Column::wide("Check", 22.0),
        Column::wide("What is wrong", 90.0),
        Column::wide("Blocks approval", 16.0),
    ];
    let references = References::of(soa);
    let open = soa.problems.iter().map(|p| {
        vec![
            Cell::text(references.to(p.control)),
            Cell::text(label(&p.check)),
            Cell::text(&p.message),
            Cell::Bool(p.blocks),
        ]
    });
    let mut book = Workbook::new(print);
    book.front(&front, &content_hash(soa)?)?;
    book.sheet(&soa_table(soa))?;
    book.sheet(&Table::new("Open points", columns, open.collect()))?;
    book.finish()
}

/// The rows of the Statement of Applicability as CSV.
///
/// # Errors
/// If the writer fails.
pub fn soa_csv(soa: &Soa) -> Result<Vec<u8>, ReportError> {
    table_csv(&soa_table(soa))
}

/// The Statement of Applicability as JSON: every field of the view, with what the print says about itself.
///
/// # Errors
/// If the view cannot be written as JSON.
pub fn soa_json(soa: &Soa, print: &Print) -> Result<Vec<u8>, ReportError> {
    document(print, soa)
}

/// The rows of the Statement of Applicability as a table.
#[must_use]
pub fn soa_table(soa: &Soa) -> Table {
    let columns = [
        ("Control", 10.0),
        ("Title", 36.0),
        ("Theme", 16.0),
        ("Applicable", 11.0),
        ("Reasons", 24.0),
        ("Risks", 18.0),
        ("Requirements", 18.0),
        ("Justification", 60.0),
        ("Status", 14.0),
        ("Status in the register now", 14.0),
        ("Target date", 12.0),
        ("Owner", 22.0),
        ("How it is done", 48.0),
        ("Documents", 32.0),
        ("Evidence", 32.0),
        ("Evidence valid until", 13.0),
        ("Carried out by", 22.0),
        ("Decision", 12.0),
        ("Decided by", 22.0),
        ("Decided on", 12.0),
        ("Changes since the last version", 48.0),
        ("Version of the statement", 20.0),
    ];
    // A sheet or CSV file travels without its front page: every row says whether it was approved.
    let version = match &soa.version {
        Some(version) => format!("{} ({})", version.number, label(&version.state).to_lowercase()),
        None => NO_VERSION.to_owned(),
    };
    let rows = soa.rows.iter().map(|row| {
        let driven = |risk: bool| {
            list(row.drivers.iter().filter(|d| (d.code == "risk") == risk).map(|d| d.id.to_string()))
        };
        vec![
            Cell::text(&row.reference),
            Cell::text(&row.title),
            Cell::text(&row.theme),
            row.applicable.into(),
            Cell::text(list(row.reason_codes.iter().cloned())),
            Cell::text(driven(true)),
            Cell::text(driven(false)),
            Cell::text(&row.justification),
            Cell::text(label(&row.status)),
            Cell::text(label(&row.status_now)),
            row.target_date.into(),
            Cell::text(&row.owner),
            Cell::text(&row.how),
            Cell::text(list(row.documents.iter().map(named))),
            Cell::text(row.evidence.as_ref().map_or(String::new(), |(id, title, _)| format!("{id} {title}"))),
            row.evidence.as_ref().and_then(|e| e.2).into(),
            Cell::text(&row.carried_out_by),
            Cell::text(label(&row.decision_state)),
            Cell::text(&row.decided_by),
            row.decided_at.into(),
            Cell::text(row.changes.join("\n")),
            Cell::text(&version),
        ]
    });
    let columns = columns.into_iter().map(|(title, width)| Column::wide(title, width)).collect();
    Table::new("Statement of Applicability", columns, rows.collect())
}

/// How each control is referred to; by its id where it has no row.
struct References<'a>(HashMap<isms::Id, &'a str>);

impl<'a> References<'a> {
    fn of(soa: &'a Soa) -> Self {
        Self(soa.rows.iter().map(|row| (row.control, row.reference.as_str())).collect())
    }

    /// The reference of what a problem concerns; empty if that is no control.
    fn to(&self, control: Option<isms::Id>) -> String {
        let name = |id| self.0.get(&id).map_or_else(|| id.to_string(), |name| (*name).to_owned());
        control.map_or_else(String::new, name)
    }
}

/// What the front says beside the scope: version, author, approval, days, edition, and what every print says.
fn facts(soa: &Soa, print: &Print) -> Vec<Fact> {
    let known = |text: &str, otherwise: &str| Cell::text(if text.is_empty() { otherwise } else { text });
    let mut facts = vec![("Version", known(&print.version, NO_VERSION))];
    if let Some(version) = &soa.version {
        facts.push(("Author", known(&version.author, "Not recorded")));
    }
    facts.push(("Approved by", known(&print.approval, "Not approved")));
    if let Some(version) = &soa.version {
        facts.extend([
            ("Published", version.published_at.into()),
            ("Next review", version.next_review_at.into()),
        ]);
    }
    facts.retain(|(_, value)| *value != Cell::Empty);
    facts.push(("Controls from", Cell::text(EDITION)));
    facts.extend(print.facts());
    facts
}

#[derive(Serialize)]
struct Counts {
    all: usize,
    applicable: usize,
    excluded: usize,
    undecided: usize,
    implemented: usize,
}

impl Counts {
    fn of<'a>(rows: impl IntoIterator<Item = &'a SoaRow>) -> Self {
        let mut counts = Self { all: 0, applicable: 0, excluded: 0, undecided: 0, implemented: 0 };
        for row in rows {
            counts.all += 1;
            *match row.applicable {
                Some(true) => &mut counts.applicable,
                Some(false) => &mut counts.excluded,
                None => &mut counts.undecided,
            } += 1;
            if row.applicable == Some(true) && row.status == "implemented" {
                counts.implemented += 1;
            }
        }
        counts
    }
}

/// What the template lays out: strings made fit for paper, nothing left to decide.
#[derive(Serialize)]
struct Page {
    frame: Frame,
    scope: String,
    facts: Vec<(&'static str, String)>,
    counts: Counts,
    themes: Vec<Theme>,
    compared: bool,
    changes: Vec<Change>,
    open: Vec<Open>,
}

#[derive(Serialize)]
struct Theme {
    name: String,
    counts: Counts,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    reference: String,
    title: String,
    applicable: &'static str,
    reasons: Vec<(String, String)>,
    justification: String,
    decided: String,
    status: String,
    drift: String,
    target: String,
    owner: String,
    how: String,
    documents: Vec<String>,
    evidence: String,
    valid: String,
    expired: bool,
    by: String,
    changed: bool,
}

#[derive(Serialize)]
struct Change {
    reference: String,
    title: String,
    changes: Vec<String>,
}

#[derive(Serialize)]
struct Open {
    reference: String,
    check: String,
    message: String,
    blocks: bool,
}

impl Page {
    fn new(soa: &Soa, print: &Print, hash: &str) -> Self {
        let mut themes: IndexMap<&str, Vec<&SoaRow>> = IndexMap::new();
        for row in &soa.rows {
            themes.entry(&row.theme).or_default().push(row);
        }
        let themes = themes.into_iter().map(|(name, rows)| Theme {
            name: paper(name),
            counts: Counts::of(rows.iter().copied()),
            rows: rows.into_iter().map(|row| Row::new(row, soa.as_of)).collect(),
        });
        let changed = soa.rows.iter().filter(|row| !row.changes.is_empty());
        let references = References::of(soa);
        Self {
            frame: Frame::new(print, hash, stamp(soa)),
            scope: paper(&soa.scope),
            facts: on_paper(facts(soa, print)),
            counts: Counts::of(&soa.rows),
            themes: themes.collect(),
            compared: soa.version.is_some(),
            changes: changed
                .map(|row| Change {
                    reference: paper(&row.reference),
                    title: paper(&row.title),
                    changes: row.changes.iter().map(|c| paper(c)).collect(),
                })
                .collect(),
            open: soa
                .problems
                .iter()
                .map(|p| Open {
                    reference: paper(&references.to(p.control)),
                    check: label(&p.check),
                    message: paper(&p.message),
                    blocks: p.blocks,
                })
                .collect(),
        }
    }
}

impl Row {
    fn new(row: &SoaRow, as_of: isms::Date) -> Self {
        let status = label(&row.status);
        let drift = if row.status == row.status_now {
            String::new()
        } else {
            format!("now: {}", label(&row.status_now))
        };
        let excluded = row.applicable == Some(false);
        Self {
            reference: paper(&row.reference),
            title: paper(&row.title),
            applicable: match row.applicable {
                Some(true) => "Yes",
                Some(false) => "No",
                None => "Undecided",
            },
            reasons: reasons(row),
            justification: paper(&row.justification),
            decided: paper(&who_and_when(&row.decided_by, row.decided_at)),
            status: if excluded { String::new() } else { status },
            drift: if excluded { String::new() } else { drift },
            target: row.target_date.map_or(String::new(), |d| d.to_string()),
            owner: paper(&row.owner),
            how: paper(&row.how),
            documents: row.documents.iter().map(|d| paper(&named(d))).collect(),
            evidence: row
                .evidence
                .as_ref()
                .map_or(String::new(), |(id, title, _)| paper(&format!("{id} {title}"))),
            valid: row.evidence.as_ref().and_then(|e| e.2).map_or(String::new(), |d| d.to_string()),
            expired: row.evidence.as_ref().and_then(|e| e.2).is_some_and(|d| d < as_of),
            by: paper(&row.carried_out_by),
            changed: !row.changes.is_empty(),
        }
    }
}

/// Each reason code with the records behind it: those the decision names, then those only the records name.
fn reasons(row: &SoaRow) -> Vec<(String, String)> {
    let mut codes: Vec<&str> = row.reason_codes.iter().map(String::as_str).collect();
    for driver in &row.drivers {
        if !codes.contains(&driver.code.as_str()) {
            codes.push(&driver.code);
        }
    }
    codes.sort_by_key(|code| CODES.iter().position(|c| c == code).unwrap_or(CODES.len()));
    let ids = |code: &str| list(row.drivers.iter().filter(|d| d.code == code).map(|d| d.id.to_string()));
    codes.into_iter().map(|code| (paper(&label(code)), ids(code))).collect()
}

/// What is written across a document that is not in force.
fn stamp(soa: &Soa) -> &'static str {
    match soa.version.as_ref().map(|v| v.state.as_str()) {
        Some("published") => "",
        Some("superseded") => "Superseded",
        Some("approved") => "Approved, not published",
        _ => "Draft",
    }
}
