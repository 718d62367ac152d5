//! Today: how things stand, what gets worse by itself, what waits for the viewer, what falls due, what changed since the
//! last visit, and the next step of the path. Going to another day.

pub(crate) mod standing;
mod visit;

use askama::Template;
use axum::{
    extract::RawQuery,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use isms::{
    Date, Id,
    access::Ability,
    views::{
        path,
        today::{self, AHEAD, Changed, Due, Happened},
    },
};
use store::ActivityQuery;

use self::{
    standing::{Clause, Gates, TURNS_AHEAD, TurnLine},
    visit::Visit,
};
use super::path::{Line, line};
use crate::{
    deeds::deeds,
    error::WebError,
    fault::query,
    gate::{Viewer, local_path, note_visit, visit_noted},
    page::Page,
    parts::{RecordLink, path_of},
    places::path_to,
    words,
};

/// Lines shown of each list.
const LINES: usize = 12;
/// Ledger entries looked at for what changed.
const ENTRIES: usize = 300;
/// Records named for each thing that changed.
const NAMED: usize = 3;
/// Where "lately" begins for somebody who was never here, in days.
const LATELY: i64 = 7;

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    page: Page,
    day: String,
    gates: Gates,
    strip: Vec<Clause>,
    turns: Vec<TurnLine>,
    turns_more: usize,
    turns_ahead: i64,
    person: bool,
    waiting: Vec<Row>,
    waiting_more: bool,
    late: Vec<DueRow>,
    late_count: usize,
    next: Vec<DueRow>,
    next_count: usize,
    step: Option<NextStep>,
    changed: Option<Vec<ChangeRow>>,
    since: String,
    ledger: bool,
    ahead: i64,
}

struct Row {
    id: Option<String>,
    path: String,
    title: String,
    asked: &'static str,
    due: String,
    late: bool,
}

struct DueRow {
    day: Date,
    words: String,
    link: RecordLink,
    what: &'static str,
}

struct NextStep {
    number: u32,
    title: &'static str,
    line: Option<Line>,
    go: &'static str,
}

struct ChangeRow {
    who: String,
    what: String,
    at: String,
    records: Vec<RecordLink>,
    more: usize,
}

/// The page.
pub(crate) async fn today(viewer: Viewer, headers: HeaderMap) -> Result<Response, WebError> {
    let isms = &viewer.isms;
    let assessment = viewer.assessment().await?;
    let (turns, turns_more) = standing::turns(&viewer, &assessment, &viewer.sight(), viewer.day);
    let (today, [waiting_count, late_count, next_count]) =
        today::today(isms, &viewer.actor, viewer.day).first(isms, LINES);
    let steps = path::path(isms, &assessment, viewer.day);
    let step =
        path::next_need(&steps).filter(|(step, _)| !step.needs.is_empty()).map(|(step, need)| NextStep {
            number: step.about.number,
            title: &step.about.title,
            line: need.map(|n| line(&viewer, n)),
            go: need.map_or("Go on", |n| n.go),
        });
    let due = |due: Due| DueRow {
        day: due.day,
        words: words::short_day(due.day),
        link: RecordLink {
            base: viewer.base.clone(),
            id: due.id.to_string(),
            path: path_of(due.id),
            title: due.title,
        },
        what: due.what,
    };
    let waiting = today.waiting.into_iter().map(|w| Row {
        id: w.id.map(|id| id.to_string()),
        path: path_to(isms, &w.place),
        title: w.title,
        asked: w.asked,
        due: w.due.map_or_else(String::new, words::short_day),
        late: w.late,
    });
    // What changed lately is about now; a page about another day leaves it out.
    let visit = viewer.edits().then(|| look(&viewer, &headers));
    let (changed, since) = match &visit {
        Some(visit) => changes(&viewer, visit).await.map(|(rows, since)| (Some(rows), since))?,
        None => (None, String::new()),
    };
    let page = TodayPage {
        page: Page::new(&viewer, "Today"),
        day: words::day(viewer.day),
        gates: standing::gates(&viewer, &assessment, viewer.day),
        strip: standing::strip(&assessment, viewer.day),
        turns,
        turns_more,
        turns_ahead: TURNS_AHEAD,
        person: viewer.actor.person.is_some(),
        waiting: waiting.collect(),
        waiting_more: waiting_count > LINES || today.waits_more,
        late: today.late.into_iter().map(due).collect(),
        late_count,
        next: today.next.into_iter().map(due).collect(),
        next_count,
        step,
        changed,
        since,
        ledger: viewer.actor.can(Ability::ReadLedger),
        ahead: AHEAD,
    };
    let mut response = Html(page.render()?).into_response();
    if let Some(cookie) = visit.and_then(|v| note_visit(&v.write(), viewer.app.config.secure_cookies)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn look(viewer: &Viewer, headers: &HeaderMap) -> Visit {
    let noted = visit_noted(headers).and_then(Visit::read);
    Visit::look(noted, &viewer.account.id, viewer.app.org.now().at, viewer.isms.size())
}

/// What changed since the visit before this one, or lately.
async fn changes(viewer: &Viewer, visit: &Visit) -> Result<(Vec<ChangeRow>, String), WebError> {
    let zone = viewer.isms.timezone();
    let now = viewer.app.org.now().at;
    let (from, size, since) = match visit.before() {
        Some((at, size)) => (at, size, format!("since {}", words::time(at, zone))),
        None => {
            let from = now.checked_sub(jiff::SignedDuration::from_hours(24 * LATELY)).unwrap_or(now);
            (from, 0, format!("in the last {LATELY} days"))
        }
    };
    let asked = ActivityQuery { before: None, limit: ENTRIES, actor: None, command: None };
    let activity = viewer.app.org.activity(&asked).await.map_err(WebError::internal)?;
    let entries: Vec<Happened> = activity
        .entries
        .into_iter()
        .take_while(|e| e.seq >= size && (size > 0 || e.at >= from))
        .map(|e| Happened {
            who: if e.actor == viewer.account.id { "You".to_owned() } else { viewer.who(&e.actor) },
            at: e.at,
            command: e.command,
            ids: e.changes.iter().filter_map(|c| c.id.parse::<Id>().ok()).collect(),
        })
        .collect();
    let sight = viewer.sight();
    let row = |c: Changed| {
        let there =
            c.ids.iter().filter(|id| viewer.isms.record(**id).is_some() && sight.sees(&viewer.isms, **id));
        let records: Vec<RecordLink> =
            there.clone().take(NAMED).map(|id| RecordLink::new(&viewer.isms, &viewer.base, *id)).collect();
        ChangeRow {
            what: deeds(&c.command, c.count),
            at: words::time(c.at, zone),
            more: there.count().saturating_sub(records.len()),
            records,
            who: c.who,
        }
    };
    Ok((today::changed(&entries).into_iter().take(LINES).map(row).collect(), since))
}

/// Shows a page on another day, or on the real one.
pub(crate) async fn go_to_date(viewer: Viewer, RawQuery(asked): RawQuery) -> Result<Redirect, WebError> {
    let asked = query(asked)?;
    // The path comes from the page that was shown; it names no day, and leads nowhere else.
    let path = local_path(asked.text("path")).filter(|p| !p.starts_with("/at/")).unwrap_or("/");
    let date = asked.text("date");
    if date.is_empty() {
        return Ok(Redirect::to(path));
    }
    let date: Date =
        date.parse().map_err(|e: isms::time::NotADate| WebError::invalid("date", e.to_string()))?;
    if date == viewer.today {
        return Ok(Redirect::to(path));
    }
    Ok(Redirect::to(&format!("/at/{date}{path}")))
}
