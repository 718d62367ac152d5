//! Requirements and controls as pages name them: what people call each, what it is about, where its page is, and how it
//! stands. Sentences of the rules with the ids in them as links.

use frameworks::catalogue;
use isms::{
    Date, Id, Isms, Kind,
    access::Action,
    rules::{Assessment, Status, Subject, Turn},
};

use crate::{
    gate::Viewer,
    parts::{RecordLink, path_of},
    words,
};

/// The parts of the standard that are counted apart, and the organisation's own controls.
pub(crate) const GROUPS: [&str; 12] = ["4", "5", "6", "7", "8", "9", "10", "A.5", "A.6", "A.7", "A.8", "C"];

/// What a group is called: "4 Context of the organization", "A.5 Organizational".
pub(crate) fn group_title(group: &str) -> String {
    if group == "C" {
        return "Your own controls".to_owned();
    }
    let theme = || catalogue().controls().iter().find(|c| format!("A.{}", c.theme.number()) == group);
    let row = || catalogue().requirements().iter().find(|r| r.clause.to_string() == group);
    match (row(), theme()) {
        (Some(row), _) => format!("{group} {}", row.clause_title),
        (None, Some(control)) => format!("{group} {}", control.theme.label()),
        (None, None) => group.to_owned(),
    }
}

/// The list of a group, without the date; `status` only those that stand so.
pub(crate) fn group_path(group: &str, status: Option<Status>) -> String {
    let part = if group.parse::<u8>().is_ok() { "" } else { "part=annex-a&" };
    let status = status.map_or_else(String::new, |s| format!("&status={}", s.word()));
    format!("/requirements?{part}clause={group}{status}")
}

/// What a row or control is about.
pub(crate) fn title_of(isms: &Isms, subject: &Subject) -> String {
    match subject.control {
        Some(id) => control_title(isms, id),
        None => row_title(&subject.judged.id),
    }
}

/// What a row is about; empty for an id that is none.
pub(crate) fn row_title(row: &str) -> String {
    catalogue().requirement(row).map_or_else(String::new, |r| r.paraphrase.trim_end_matches('.').to_owned())
}

/// The title of a control, of which there need be no record.
pub(crate) fn control_title(isms: &Isms, id: Id) -> String {
    match catalogue().control_by_number(id.n) {
        Some(control) => control.title.clone(),
        None => isms.title(id),
    }
}

/// The page of a row or control, without the date.
pub(crate) fn subject_path(id: &str) -> String {
    format!("/requirements/{}", urlencoding::encode(id))
}

/// The link to a row or control.
pub(crate) fn link(viewer: &Viewer, subject: &Subject) -> RecordLink {
    RecordLink {
        base: viewer.base.clone(),
        id: subject.requirement.clone(),
        path: subject_path(&subject.judged.id),
        title: title_of(&viewer.isms, subject),
    }
}

/// The link to what goes by a name, if it is a row or control.
pub(crate) fn link_to(viewer: &Viewer, assessment: &Assessment, name: &str) -> Option<RecordLink> {
    assessment.subject(name).map(|subject| link(viewer, subject))
}

/// Part of a sentence: words, or a record named in it.
pub(crate) enum Piece {
    Words(String),
    Link(RecordLink),
}

/// A sentence that may end with a colon and ids: `two things are open: NC-1, NC-2`.
pub(crate) fn pieces(viewer: &Viewer, sentence: &str) -> Vec<Piece> {
    let Some((words, ids)) = sentence.rsplit_once(": ") else {
        return vec![Piece::Words(words::capital(sentence))];
    };
    let mut pieces = vec![Piece::Words(format!("{}:", words::capital(words)))];
    for (i, name) in ids.split(", ").enumerate() {
        if i > 0 {
            pieces.push(Piece::Words(",".to_owned()));
        }
        pieces.push(match record(viewer, name) {
            Some(link) => Piece::Link(link),
            None => Piece::Words(name.to_owned()),
        });
    }
    pieces
}

/// The link to what an id names, if it is there and the viewer may read it.
pub(crate) fn record(viewer: &Viewer, id: &str) -> Option<RecordLink> {
    let id: Id = id.parse().ok()?;
    if !viewer.actor.may(Action::Read, id.kind) {
        return None;
    }
    let there = viewer.isms.record(id).is_some();
    (there || is_annex_a(id)).then(|| RecordLink {
        base: viewer.base.clone(),
        id: id.to_string(),
        path: if there { path_of(id) } else { subject_path(&id.to_string()) },
        title: if there { viewer.isms.title(id) } else { control_title(&viewer.isms, id) },
    })
}

fn is_annex_a(id: Id) -> bool {
    id.kind == Kind::Control && id.n <= isms::id::ANNEX_A
}

/// Whether a change that comes by itself is for the worse.
pub(crate) fn worsens(turn: &Turn) -> bool {
    turn.after != Status::Met && turn.before.is_some_and(|before| turn.after > before)
}

/// "becomes stale", "is met again", "is left out".
pub(crate) fn becomes(status: Status) -> &'static str {
    match status {
        Status::Met => "becomes met",
        Status::Stale => "becomes stale",
        Status::Partly => "becomes partly met",
        Status::Unmet => "becomes unmet",
        Status::Excluded => "is left out",
    }
}

/// `since 4 May 2025`; nothing if it was so before every recorded date.
pub(crate) fn since(day: Option<Date>) -> String {
    day.map_or_else(String::new, |d| format!("since {}", words::day(d)))
}
