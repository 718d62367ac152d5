//! Why a row or control stands as it does, in the fixed parts of a finding: what is missing, what is expected, what was
//! found, since when, and what to do next. What the viewer may not see was left out before it came here.

use askama::{Template, filters::HtmlSafe};
use isms::{
    Date, Id, Kind,
    access::Action as May,
    rules::{Action, Assessment, Fact, Finding},
    schema::{Shape, label_of},
    views::diff,
};

use crate::{
    gate::Viewer,
    parts::{RecordLink, StatusChip},
    subjects, words,
};

/// Records named before the rest is folded away.
const NAMED: usize = 5;

/// The reasons of a verdict.
#[derive(Template)]
#[template(path = "requirements/reasons.html")]
pub(crate) struct Reasons {
    reasons: Vec<Reason>,
}

impl HtmlSafe for Reasons {}

struct Reason {
    label: &'static str,
    status: StatusChip,
    message: String,
    /// Whether the rule says what makes it so, or what would be expected.
    rule: bool,
    expected: String,
    found: Vec<Found>,
    /// Beyond those named at once.
    rest: Vec<Found>,
    withheld: usize,
    since: Option<Date>,
    next: Option<Next>,
}

struct Found {
    link: Option<RecordLink>,
    id: String,
    /// The field that shows it, with what it holds.
    what: String,
    owner: String,
}

/// What to do, with whom and where.
pub(crate) struct Next {
    pub(crate) verb: String,
    pub(crate) target: Target,
    pub(crate) owner: String,
}

/// On what something is to be done.
#[derive(Clone)]
pub(crate) enum Target {
    /// A record, row or control.
    Link(RecordLink),
    /// Where the missing record is made, or would be listed.
    Page { words: String, href: String },
    /// What cannot be opened.
    Words(String),
}

/// The reasons of some findings.
pub(crate) fn reasons(viewer: &Viewer, assessment: &Assessment, findings: Vec<Finding>) -> Reasons {
    let one = |finding: Finding| {
        let mut found: Vec<Found> = finding.facts.iter().map(|f| cited(viewer, f)).collect();
        let rest = found.split_off(found.len().min(NAMED));
        Reason {
            label: finding.label,
            status: StatusChip::new(finding.status),
            next: finding.action.as_ref().map(|a| next(viewer, assessment, a)),
            message: words::capital(&finding.message),
            rule: finding.expected.starts_with(finding.status.word()),
            expected: words::capital(&finding.expected),
            found,
            rest,
            withheld: finding.withheld,
            since: finding.since,
        }
    };
    Reasons { reasons: findings.into_iter().map(one).collect() }
}

fn cited(viewer: &Viewer, fact: &Fact) -> Found {
    let field = Kind::by_name(fact.kind).and_then(|k| k.info().field(fact.field));
    let label = field.map_or_else(|| label_of(fact.field), |f| f.label.clone()).to_lowercase();
    let value = match fact.value.as_str().and_then(|s| s.parse::<Date>().ok()) {
        Some(day) if field.is_none_or(|f| matches!(f.shape, Shape::Date)) => words::day(day),
        _ => diff::show(&viewer.isms, field, &fact.value),
    };
    let what = match (fact.field, value.is_empty()) {
        ("", _) => String::new(),
        (_, true) => format!("no {label}"),
        (_, false) => format!("{label} {}", isms::schema::shorten(&value)),
    };
    Found {
        link: subjects::record(viewer, &fact.id),
        id: fact.id.clone(),
        what,
        owner: fact.owner.clone().filter(|o| *o != fact.title).unwrap_or_default(),
    }
}

/// What to do next, with the page on which it is done.
pub(crate) fn next(viewer: &Viewer, assessment: &Assessment, action: &Action) -> Next {
    Next {
        verb: action.verb.clone(),
        target: target(viewer, assessment, action),
        owner: action.owner.clone().unwrap_or_default(),
    }
}

fn target(viewer: &Viewer, assessment: &Assessment, action: &Action) -> Target {
    let name = action.target.as_str();
    let may_make = |kind| viewer.edits() && viewer.actor.may(May::Create, kind);
    let make = |kind: Kind, words: String, query: &str| {
        let path =
            if may_make(kind) { format!("/{kind}/new{query}") } else { format!("{}/{kind}", viewer.base) };
        Target::Page { words, href: path }
    };
    if let Some(kind) = Kind::by_name(name) {
        return make(kind, words::a(kind), "");
    }
    if name.parse::<Id>().is_ok_and(|id| id.kind != Kind::Control || viewer.isms.record(id).is_some()) {
        return match subjects::record(viewer, name) {
            Some(link) => Target::Link(link),
            None => Target::Words(name.to_owned()),
        };
    }
    // A judgement is recorded as an attestation on the row.
    if action.verb == "judge" && may_make(Kind::Attestation) {
        let query = format!("?requirement_ref={}", urlencoding::encode(name));
        return make(Kind::Attestation, format!("{name} and attest it"), &query);
    }
    match subjects::link_to(viewer, assessment, name) {
        Some(link) => Target::Link(link),
        None => Target::Words(name.to_owned()),
    }
}
