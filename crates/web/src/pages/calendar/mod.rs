//! The evidence calendar: a row for each control that evidence speaks for or is asked of, a column for each month.

mod marks;

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::RawQuery,
    response::{Html, IntoResponse, Response},
};
use isms::{
    Date, Id, Ref,
    records::Control,
    rules::{Assessment, Subject},
};

use self::marks::{Mark, Sort, concerns, marks, owners};
use crate::{
    error::WebError,
    fault::query,
    forms::Pairs,
    gate::Viewer,
    page::Page,
    parts::{RecordLink, StatusChip, path_of},
    subjects, words,
};

/// Months shown.
const MONTHS: i64 = 12;
/// Months before this one that are shown at first.
const BEFORE: i64 = 5;
/// Rows on a page.
const ROWS: usize = 150;
/// Marks drawn in one cell; more are counted.
const IN_CELL: usize = 4;

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    page: Page,
    months: Vec<Month>,
    first: String,
    groups: Vec<Group>,
    total: usize,
    shown: (usize, usize),
    owners: Vec<(String, String)>,
    owner: String,
    attention: bool,
    from: String,
    /// Addresses: earlier, this month first, later; the pages before and after.
    earlier: String,
    ahead: String,
    later: String,
    previous: Option<String>,
    next: Option<String>,
}

struct Month {
    name: String,
    long: String,
    now: bool,
}

struct Group {
    title: String,
    rows: Vec<Row>,
}

struct Row {
    link: RecordLink,
    chip: StatusChip,
    cells: Vec<Cell>,
}

#[derive(Default)]
struct Cell {
    now: bool,
    marks: Vec<(String, &'static str, String)>,
    more: usize,
}

/// What the page is asked to show.
struct Wanted {
    from: Date,
    owner: Option<Id>,
    attention: bool,
    page: usize,
}

impl Wanted {
    fn read(asked: &Pairs, day: Date) -> Self {
        let first = |d: Date| Date::new(d.year(), d.month(), 1).unwrap_or(d);
        let from = crate::asof::asked(&format!("{}-01", asked.text("from")));
        Self {
            from: from.unwrap_or_else(|| first(day).plus_months(-BEFORE)),
            owner: asked.text("owner").parse().ok(),
            attention: asked.text("attention") == "yes",
            page: asked.text("page").parse::<usize>().unwrap_or(1).max(1),
        }
    }

    /// The address of the calendar from another month, or another page of it.
    fn address(&self, viewer: &Viewer, from: Date, page: usize) -> String {
        let mut path = format!("{}/calendar?from={}", viewer.base, month_of(from));
        if let Some(owner) = self.owner {
            path += &format!("&owner={owner}");
        }
        if self.attention {
            path += "&attention=yes";
        }
        if page > 1 {
            path += &format!("&page={page}");
        }
        path
    }
}

fn month_of(day: Date) -> String {
    day.to_string().get(..7).unwrap_or_default().to_owned()
}

/// `GET /calendar`. `from=2026-01`, `owner=P-3`, `attention=yes`.
pub(crate) async fn calendar(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let assessment = viewer.assessment().await?;
    let (isms, day) = (&viewer.isms, viewer.day);
    let wanted = Wanted::read(&asked, day);
    let mut people: BTreeMap<Id, String> = BTreeMap::new();
    let mut chosen: Vec<(&Subject, Id, Vec<Mark>)> = Vec::new();
    let last = wanted.from.plus_months(MONTHS).plus_days(-1);
    let warn = day.plus_days(assessment.parameters.evidence_warn_days);
    for (subject, id) in assessment.subjects().iter().filter_map(|s| Some((s, s.control?))) {
        if !subject.there.on(day) || !concerns(isms, id) {
            continue;
        }
        let owners = owners(isms, id);
        people.extend(owners.iter().map(|p| (*p, isms.title(*p))));
        if wanted.owner.is_some_and(|owner| !owners.contains(&owner)) {
            continue;
        }
        let marks = marks(isms, id, usual(&viewer, &assessment, id), day, last.max(warn));
        if !wanted.attention || needs_attention(&marks, warn) {
            chosen.push((subject, id, marks));
        }
    }
    let total = chosen.len();
    let pages = total.div_ceil(ROWS).max(1);
    let page = wanted.page.min(pages);
    let mut groups: Vec<Group> = Vec::new();
    let first = (page - 1) * ROWS;
    for (subject, _, marks) in chosen.into_iter().skip(first).take(ROWS) {
        let row = Row {
            link: subjects::link(&viewer, subject),
            chip: StatusChip::new(subject.judged.status(day)),
            cells: cells(&viewer, &wanted, marks),
        };
        let title = subjects::group_title(&subject.group);
        match groups.last_mut().filter(|g| g.title == title) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { title, rows: vec![row] }),
        }
    }
    let mut owners: Vec<(String, String)> =
        people.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    owners.sort_by(|a, b| a.1.cmp(&b.1));
    let this_month = Date::new(day.year(), day.month(), 1).unwrap_or(day);
    let page = CalendarPage {
        page: Page::new(&viewer, "Evidence calendar"),
        months: (0..MONTHS)
            .map(|n| wanted.from.plus_months(n))
            .enumerate()
            .map(|(n, m)| Month {
                name: head(m, n == 0 || m.month() == 1),
                long: words::month(m),
                now: month_of(m) == month_of(day),
            })
            .collect(),
        first: words::month(wanted.from),
        shown: (first + 1, (first + ROWS).min(total)),
        total,
        groups,
        owners,
        owner: wanted.owner.map_or_else(String::new, |o| o.to_string()),
        attention: wanted.attention,
        from: month_of(wanted.from),
        earlier: wanted.address(&viewer, wanted.from.plus_months(-6), 1),
        ahead: wanted.address(&viewer, this_month, 1),
        later: wanted.address(&viewer, wanted.from.plus_months(6), 1),
        previous: (page > 1).then(|| wanted.address(&viewer, wanted.from, page - 1)),
        next: (page < pages).then(|| wanted.address(&viewer, wanted.from, page + 1)),
    };
    Ok(Html(page.render()?).into_response())
}

/// The head of a month's column, with the year where it begins.
fn head(month: Date, year: bool) -> String {
    let short = words::short_month(month);
    let name = short.split(' ').next().unwrap_or_default().to_owned();
    if year { short } else { name }
}

/// The interval of a control where nothing else is said.
fn usual(viewer: &Viewer, assessment: &Assessment, id: Id) -> i64 {
    let control = Ref::<Control>::try_from(id).ok().and_then(|c| viewer.isms.get(c));
    control.and_then(Control::interval_months).unwrap_or(assessment.parameters.evidence_months)
}

/// Whether something is missing, waits for review, or runs out soon.
fn needs_attention(marks: &[Mark], warn: Date) -> bool {
    marks.iter().any(|m| match m.sort {
        Sort::Missing | Sort::Over | Sort::Awaiting => true,
        Sort::RunsOut => m.day <= warn,
        Sort::Collected | Sort::Expected => false,
    })
}

fn cells(viewer: &Viewer, wanted: &Wanted, marks: Vec<Mark>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = (0..MONTHS)
        .map(|n| Cell {
            now: month_of(wanted.from.plus_months(n)) == month_of(viewer.day),
            ..Cell::default()
        })
        .collect();
    for mark in marks {
        let months = i64::from(mark.day.year() - wanted.from.year()) * 12
            + i64::from(mark.day.month() - wanted.from.month());
        let Some(cell) = usize::try_from(months).ok().and_then(|n| cells.get_mut(n)) else { continue };
        if cell.marks.len() < IN_CELL {
            let path = format!("{}{}", viewer.base, path_of(mark.id));
            cell.marks.push((path, mark.sort.status(), mark.words));
        } else {
            cell.more += 1;
        }
    }
    cells
}
