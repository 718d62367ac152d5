//! How things stand: the gates with what blocks them, the strip of all requirements, and what gets worse by itself.

use std::collections::HashMap;

use askama::{Template, filters::HtmlSafe};
use isms::{
    Date,
    rules::{Assessment, Counts, GateState, Reporter, Sight, Status},
};

use crate::{
    gate::Viewer,
    parts::{RecordLink, StatusChip},
    subjects::{self, GROUPS, Piece},
    words,
};

/// What blocks a gate, as far as it is named on Today.
const NAMED: usize = 4;
/// Changes for the worse shown on Today.
const TURNS: usize = 8;
/// How far ahead they are looked for, in days.
pub(super) const TURNS_AHEAD: i64 = 90;

/// The gates on a day.
#[derive(Template)]
#[template(path = "parts/gates.html")]
pub(crate) struct Gates {
    gates: Vec<GateLine>,
}

impl HtmlSafe for Gates {}

struct GateLine {
    title: String,
    open: bool,
    verdict: String,
    when: String,
    blocks: Vec<Vec<Piece>>,
    more: usize,
    /// The rest, folded away.
    rest: Vec<Vec<Piece>>,
}

/// The gates as they stand on a day.
pub(crate) fn gates(viewer: &Viewer, assessment: &Assessment, day: Date) -> Gates {
    let line = |state: GateState| {
        let count = state.blocked_by.len();
        let mut blocks: Vec<Vec<Piece>> =
            state.blocked_by.iter().map(|what| block(viewer, assessment, what)).collect();
        let rest = blocks.split_off(count.min(NAMED));
        let turns = state.next_change_at.map(|d| {
            let then = if state.open { "Shuts" } else { "Opens" };
            format!("{then} by itself on {}.", words::day(d))
        });
        let since = words::capital(&subjects::since(state.since));
        let since = if since.is_empty() { since } else { format!("{since}.") };
        GateLine {
            title: words::capital(state.title.trim_start_matches("Ready for ")),
            open: state.open,
            verdict: if state.open {
                "Open".to_owned()
            } else {
                format!("Closed: {}", words::counted(count, "thing blocks it", "things block it"))
            },
            when: [since, turns.unwrap_or_default()].join(" ").trim().to_owned(),
            more: rest.len(),
            blocks,
            rest,
        }
    };
    Gates { gates: assessment.gates_on(day).into_iter().map(line).collect() }
}

/// What blocks a gate: a row or control with its title, or a sentence.
pub(crate) fn block(viewer: &Viewer, assessment: &Assessment, what: &str) -> Vec<Piece> {
    match subjects::link_to(viewer, assessment, what) {
        Some(link) => vec![Piece::Link(link)],
        None => subjects::pieces(viewer, what),
    }
}

/// A clause, a theme or the organisation's own controls in the strip.
pub(super) struct Clause {
    pub(super) title: String,
    pub(super) path: String,
    pub(super) wide: bool,
    pub(super) marks: Vec<&'static str>,
    pub(super) counts: Vec<(String, usize, StatusChip)>,
}

/// The strip: every requirement and control in order, with counts of each status. Advice is not counted.
pub(super) fn strip(assessment: &Assessment, day: Date) -> Vec<Clause> {
    let mut marks: HashMap<&str, Vec<&'static str>> = HashMap::new();
    for subject in assessment.subjects().iter().filter(|s| s.there.on(day) && !s.advisory) {
        marks.entry(subject.group.as_str()).or_default().push(subject.judged.status(day).word());
    }
    let summary = assessment.counts(day);
    let counts = |group: &str| summary.groups.iter().find(|(g, _)| g == group).map(|(_, c)| *c);
    GROUPS
        .iter()
        .filter_map(|group| Some((*group, counts(group)?)))
        .map(|(group, counts)| {
            let marks = marks.remove(group).unwrap_or_default();
            Clause {
                title: subjects::group_title(group),
                path: subjects::group_path(group, None),
                wide: marks.len() > 24,
                counts: by_status(counts)
                    .into_iter()
                    .map(|(status, n)| {
                        (subjects::group_path(group, Some(status)), n, StatusChip::new(status))
                    })
                    .collect(),
                marks,
            }
        })
        .collect()
}

/// How many stand how, best first, without those of which there are none.
pub(crate) fn by_status(counts: Counts) -> Vec<(Status, usize)> {
    let all = [
        (Status::Met, counts.met),
        (Status::Stale, counts.stale),
        (Status::Partly, counts.partly),
        (Status::Unmet, counts.unmet),
        (Status::Excluded, counts.excluded),
    ];
    all.into_iter().filter(|(_, n)| *n > 0).collect()
}

/// Something that gets worse by itself.
pub(super) struct TurnLine {
    pub(super) on: Date,
    pub(super) words: String,
    pub(super) link: RecordLink,
    pub(super) status: StatusChip,
    pub(super) why: String,
}

/// What gets worse next by itself, and how many more do within the same time.
pub(super) fn turns(
    viewer: &Viewer,
    assessment: &Assessment,
    sight: &Sight,
    day: Date,
) -> (Vec<TurnLine>, usize) {
    let mut turns = assessment.changes(day, day.plus_days(TURNS_AHEAD));
    turns.retain(subjects::worsens);
    let more = turns.len().saturating_sub(TURNS);
    let line = |turn: &isms::rules::Turn| {
        let subject = assessment.subject(&turn.requirement)?;
        let reporter = Reporter::new(&viewer.isms, assessment, turn.on, sight);
        let new = reporter.findings(subject).into_iter().find(|f| turn.labels.contains(&f.label));
        Some(TurnLine {
            on: turn.on,
            words: words::short_day(turn.on),
            link: subjects::link(viewer, subject),
            status: StatusChip::new(turn.after),
            why: new.map_or_else(String::new, |f| words::capital(&f.message)),
        })
    };
    (turns.iter().take(TURNS).filter_map(line).collect(), more)
}
