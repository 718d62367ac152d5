//! The forecast: what changes by itself until a day to come, how the gates stand then, and the work that this implies for
//! each person.

mod work;

use askama::Template;
use axum::{
    extract::RawQuery,
    response::{Html, IntoResponse, Response},
};
use isms::{
    Date,
    records::OrgProfile,
    rules::{Counts, GateState, Turn},
};

use self::work::{Owner, Work, work};
use super::{
    requirements::reasons::{Next, Target, next},
    today::standing::{Gates, gates},
};
use crate::{
    error::WebError,
    fault::{Fault, query},
    forms::Pairs,
    gate::Viewer,
    page::Page,
    parts::{RecordLink, StatusChip},
    subjects, words,
};

/// Months the slider reaches.
const SLIDER: i64 = 18;
/// Months the date field reaches: no further does any verdict look.
const FURTHEST: i64 = 60;
/// Months looked ahead where no certificate is wanted by a day.
const USUAL: i64 = 6;

#[derive(Template)]
#[template(path = "forecast.html")]
struct ForecastPage {
    page: Page,
    fault: Fault,
    day: Date,
    until: Date,
    typed: String,
    furthest: Date,
    months: i64,
    /// The days the slider stands for.
    stops: String,
    /// Whether the day is that of the certificate wanted.
    target: bool,
    gates: Vec<GateLine>,
    then: Gates,
    counts: Vec<CountLine>,
    owners: Vec<OwnerLine>,
    ahead: usize,
    open: usize,
    better: Vec<(Date, RecordLink, StatusChip)>,
}

struct GateLine {
    title: &'static str,
    now: &'static str,
    then: &'static str,
    changes: bool,
}

struct CountLine {
    chip: StatusChip,
    requirements: (usize, usize),
    controls: (usize, usize),
}

struct OwnerLine {
    anchor: String,
    name: String,
    ahead: Vec<WorkLine>,
    open: Vec<WorkLine>,
    first: Option<Date>,
}

struct WorkLine {
    by: Option<Date>,
    next: Next,
    more: usize,
    serves: Vec<(RecordLink, StatusChip)>,
}

/// `GET /forecast`. `until=` names the day, or `months=` how far ahead it lies.
pub(crate) async fn forecast(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let assessment = viewer.assessment().await?;
    let (isms, day, sight) = (&viewer.isms, viewer.day, viewer.sight());
    let usual = usual_day(&viewer);
    let (until, fault) = match day_asked(&asked, day) {
        Ok(until) => (until.unwrap_or(usual.0), Fault::default()),
        Err(error) => (usual.0, Fault::of(error)?),
    };
    let turns = assessment.changes(day, until);
    let owners = work(isms, &assessment, &sight, day, &turns);
    let line = |w: Work| WorkLine {
        by: w.by,
        next: next(&viewer, &assessment, &w.action),
        more: w.more,
        serves: w
            .serves
            .iter()
            .filter_map(|(name, status)| {
                Some((subjects::link_to(&viewer, &assessment, name)?, StatusChip::new(*status)))
            })
            .collect(),
    };
    let owner = |o: Owner| OwnerLine {
        anchor: o.id.map_or_else(|| "o-none".to_owned(), |id| format!("o-{id}")),
        first: o.first(),
        name: if o.name.is_empty() { "Nobody is named".to_owned() } else { o.name },
        ahead: o.ahead.into_iter().map(line).collect(),
        open: o.open.into_iter().map(line).collect(),
    };
    let better = |t: &Turn| {
        let improves = t.before.is_some_and(|before| t.after < before);
        let link = subjects::link_to(&viewer, &assessment, &t.requirement)?;
        improves.then(|| (t.on, link, StatusChip::new(t.after)))
    };
    let (now, then) = (assessment.counts(day), assessment.counts(until));
    let owners: Vec<OwnerLine> = owners.into_iter().map(owner).collect();
    let page = ForecastPage {
        page: Page::new(&viewer, "Forecast"),
        typed: if fault.is_empty() { until.to_string() } else { asked.text("until").to_owned() },
        day,
        until,
        furthest: day.plus_months(FURTHEST),
        months: (0..=SLIDER).rev().find(|n| day.plus_months(*n) <= until).unwrap_or_default(),
        stops: (0..=SLIDER).map(|n| words::day(day.plus_months(n))).collect::<Vec<_>>().join("|"),
        target: usual.1 && until == usual.0,
        gates: gate_lines(assessment.gates_on(day), assessment.gates_on(until)),
        then: gates(&viewer, &assessment, until),
        counts: counts([now.requirements, then.requirements], [now.controls, then.controls]),
        ahead: owners.iter().map(|o| o.ahead.len()).sum(),
        open: owners.iter().map(|o| o.open.len()).sum(),
        owners,
        better: turns.iter().filter_map(better).collect(),
        fault,
    };
    Ok((page.fault.status(), Html(page.render()?)).into_response())
}

/// The day looked at if none is asked for, and whether it is that of the certificate wanted.
fn usual_day(viewer: &Viewer) -> (Date, bool) {
    let day = viewer.day;
    let wanted = viewer.isms.single::<OrgProfile>().and_then(|o| o.certification_target_date);
    match wanted.filter(|d| *d > day && *d <= day.plus_months(FURTHEST)) {
        Some(wanted) => (wanted, true),
        None => (day.plus_months(USUAL), false),
    }
}

fn day_asked(asked: &Pairs, day: Date) -> Result<Option<Date>, WebError> {
    let until = match (asked.text("until"), asked.text("months")) {
        ("", "") => return Ok(None),
        ("", months) => {
            let months = months.parse::<i64>().ok().filter(|n| (0..=FURTHEST).contains(n));
            day.plus_months(
                months.ok_or_else(|| WebError::invalid("until", "must lie within the next five years"))?,
            )
        }
        (until, _) => {
            until.parse().map_err(|e: isms::time::NotADate| WebError::invalid("until", e.to_string()))?
        }
    };
    if until < day || until > day.plus_months(FURTHEST) {
        return Err(WebError::invalid("until", "must lie within the next five years"));
    }
    Ok(Some(until))
}

fn gate_lines(now: Vec<GateState>, then: Vec<GateState>) -> Vec<GateLine> {
    let word = |open: bool| if open { "Open" } else { "Closed" };
    now.into_iter()
        .zip(then)
        .map(|(now, then)| GateLine {
            title: now.title,
            now: word(now.open),
            then: word(then.open),
            changes: now.open != then.open,
        })
        .collect()
}

fn counts(requirements: [Counts; 2], controls: [Counts; 2]) -> Vec<CountLine> {
    use isms::rules::Status;
    let of = |counts: Counts, status: Status| match status {
        Status::Met => counts.met,
        Status::Stale => counts.stale,
        Status::Partly => counts.partly,
        Status::Unmet => counts.unmet,
        Status::Excluded => counts.excluded,
    };
    let line = |status: Status| CountLine {
        chip: StatusChip::new(status),
        requirements: (of(requirements[0], status), of(requirements[1], status)),
        controls: (of(controls[0], status), of(controls[1], status)),
    };
    [Status::Met, Status::Stale, Status::Partly, Status::Unmet, Status::Excluded].map(line).into()
}
