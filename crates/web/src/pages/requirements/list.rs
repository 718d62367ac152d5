//! The list of everything that is judged: rows of clauses 4 to 10, or controls of Annex A with the organisation's own,
//! each with how it stands; by clause, by status, by words.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::RawQuery,
    response::{Html, IntoResponse, Response},
};
use frameworks::catalogue;
use isms::{
    Date,
    records::LicensedText,
    rules::{Assessment, Status},
};

use super::documented;
use crate::{
    error::WebError,
    fault::query,
    gate::Viewer,
    page::Page,
    parts::StatusChip,
    subjects::{self, GROUPS},
};

/// Every status, best first, as a list is filtered by.
const STATUSES: [Status; 5] = [Status::Met, Status::Stale, Status::Partly, Status::Unmet, Status::Excluded];

#[derive(Template)]
#[template(path = "requirements/list.html")]
struct ListPage {
    page: Page,
    annex_a: bool,
    q: String,
    /// Groups that can be chosen, with the one that is.
    clauses: Vec<(&'static str, String)>,
    clause: String,
    statuses: Vec<(Status, &'static str)>,
    status: String,
    groups: Vec<ListGroup>,
    shown: usize,
    /// Whether text of the organisation's own stands beside any of them.
    licensed: bool,
    rows: usize,
    controls: usize,
}

impl ListPage {
    fn is_filtered(&self) -> bool {
        !self.q.is_empty() || !self.clause.is_empty() || !self.status.is_empty()
    }

    /// How many columns the table has: controls leave documented information out.
    fn columns(&self) -> usize {
        5 + usize::from(!self.annex_a) + usize::from(self.licensed)
    }
}

struct ListGroup {
    title: String,
    lines: Vec<ListLine>,
}

struct ListLine {
    id: String,
    path: String,
    text: String,
    /// How it stands; nothing for what is not judged.
    status: Option<StatusChip>,
    since: Option<Date>,
    next: Option<(Date, &'static str)>,
    documented: String,
    note: &'static str,
    licensed: bool,
}

/// What a list asks for.
struct Wanted {
    words: Vec<String>,
    clause: String,
    status: Option<Status>,
}

impl Wanted {
    fn fits(&self, id: &str, text: &str, group: &str, status: Option<Status>) -> bool {
        let text = format!("{id} {text}").to_lowercase();
        (self.clause.is_empty() || self.clause == group)
            && (self.status.is_none() || self.status == status)
            && self.words.iter().all(|w| text.contains(w))
    }
}

/// `GET /requirements`. `part=annex-a` lists the controls, `q=` searches, `clause=` and `status=` filter.
pub(crate) async fn list(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let assessment = viewer.assessment().await?;
    let annex_a = asked.text("part") == "annex-a";
    let clause = GROUPS.into_iter().find(|g| *g == asked.text("clause") && is_control(g) == annex_a);
    let wanted = Wanted {
        words: asked.text("q").to_lowercase().split_whitespace().map(str::to_owned).collect(),
        clause: clause.unwrap_or_default().to_owned(),
        status: STATUSES.into_iter().find(|s| s.word() == asked.text("status")),
    };
    let groups =
        if annex_a { controls(&viewer, &assessment, &wanted) } else { rows(&viewer, &assessment, &wanted) };
    let own = assessment.subjects().iter().any(|s| s.group == "C" && s.there.on(viewer.day));
    let judged = |s: &&isms::rules::Subject| s.control.is_some() && s.there.on(viewer.day);
    let page = ListPage {
        page: Page::new(&viewer, if annex_a { "Annex A" } else { "Requirements" }),
        annex_a,
        q: asked.text("q").to_owned(),
        clauses: GROUPS
            .into_iter()
            .filter(|g| is_control(g) == annex_a && (*g != "C" || own))
            .map(|g| (g, subjects::group_title(g)))
            .collect(),
        clause: wanted.clause,
        statuses: STATUSES
            .into_iter()
            .filter(|s| annex_a || *s != Status::Excluded)
            .map(|s| (s, s.word()))
            .collect(),
        status: wanted.status.map_or_else(String::new, |s| s.word().to_owned()),
        shown: groups.iter().map(|g| g.lines.len()).sum(),
        licensed: groups.iter().flat_map(|g| &g.lines).any(|l| l.licensed),
        groups,
        rows: catalogue().requirements().len(),
        controls: assessment.subjects().iter().filter(judged).count(),
    };
    Ok(Html(page.render()?).into_response())
}

fn is_control(group: &str) -> bool {
    group.parse::<u8>().is_err()
}

fn rows(viewer: &Viewer, assessment: &Assessment, wanted: &Wanted) -> Vec<ListGroup> {
    let kept = licensed(viewer);
    let mut groups = Groups::default();
    for row in catalogue().requirements() {
        let standing = assessment.subject(&row.id).map(|s| s.on(viewer.day));
        let group = row.clause.to_string();
        if !wanted.fits(&row.id, &row.paraphrase, &group, standing.as_ref().map(|s| s.status)) {
            continue;
        }
        let then = |day: Date| {
            let status = assessment.subject(&row.id).map(|s| s.judged.status(day));
            (day, subjects::becomes(status.unwrap_or(Status::Met)))
        };
        groups.add(
            row.clause_heading(),
            ListLine {
                id: row.id.clone(),
                path: subjects::subject_path(&row.id),
                text: row.paraphrase.clone(),
                status: standing.as_ref().map(|s| StatusChip::new(s.status)),
                since: standing.as_ref().and_then(|s| s.since),
                next: standing.as_ref().and_then(|s| s.next_change_at).map(then),
                documented: documented(row),
                note: if row.advisory { "Advisory" } else { "" },
                licensed: kept.contains(&row.id),
            },
        );
    }
    groups.0
}

fn controls(viewer: &Viewer, assessment: &Assessment, wanted: &Wanted) -> Vec<ListGroup> {
    let kept = licensed(viewer);
    let mut groups = Groups::default();
    let controls = assessment.subjects().iter().filter(|s| s.control.is_some() && s.there.on(viewer.day));
    for subject in controls {
        let title = subjects::title_of(&viewer.isms, subject);
        let standing = subject.on(viewer.day);
        if !wanted.fits(&subject.requirement, &title, &subject.group, Some(standing.status)) {
            continue;
        }
        let heading = subjects::group_title(&subject.group);
        groups.add(
            if subject.group == "C" { heading } else { format!("{heading} controls") },
            ListLine {
                id: subject.requirement.clone(),
                path: subjects::subject_path(&subject.judged.id),
                text: title,
                status: Some(StatusChip::new(standing.status)),
                since: standing.since,
                next: standing.next_change_at.map(|day| (day, subjects::becomes(subject.judged.status(day)))),
                documented: String::new(),
                note: "",
                licensed: kept.contains(&subject.judged.id),
            },
        );
    }
    groups.0
}

fn licensed(viewer: &Viewer) -> BTreeSet<String> {
    viewer.isms.all::<LicensedText>().iter().map(|t| t.row.to_string()).collect()
}

/// Lines under the headings they come with.
#[derive(Default)]
struct Groups(Vec<ListGroup>);

impl Groups {
    fn add(&mut self, title: String, line: ListLine) {
        match self.0.last_mut().filter(|g| g.title == title) {
            Some(group) => group.lines.push(line),
            None => self.0.push(ListGroup { title, lines: vec![line] }),
        }
    }
}
