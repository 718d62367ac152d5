//! The Statement of Applicability: every control with what needs it, what was decided and where the two disagree.

mod because;
mod compare;
mod control;
mod rest;

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Date, Id, Kind, Ref, Stored,
    access::{Ability, Action},
    parameters::Parameters,
    records::SoaVersion,
    views::soa::{self as view, Driver, Soa, SoaProblem, SoaRow, SoaVersionView},
};
use serde_json::{Map, Value};

use crate::{
    asked::{self, Offered, offered},
    error::WebError,
    fault::{Fault, query},
    forms::{Pairs, Takes},
    gate::{Viewer, Writer},
    page::Page,
    parts::{RecordLink, StateChip, path_of},
    words,
};

pub(crate) use control::{control, decide};
pub(crate) use rest::{propose_all, rest};

#[derive(Template)]
#[template(path = "soa/page.html")]
struct SoaPage {
    page: Page,
    fault: Fault,
    counts: Counts,
    version: Option<VersionHead>,
    versions: Vec<(String, String, bool)>,
    problems: Vec<ProblemGroup>,
    blocking: usize,
    comparing: Option<compare::Comparison>,
    /// Whether a published version stands beside the one shown.
    has_published: bool,
    filter: Filter,
    groups: Vec<Group>,
    shown: usize,
    may: May,
    steps: Vec<Offered>,
    exports: Vec<Exports>,
}

/// The files there are of one version.
struct Exports {
    /// The version and its state; empty while there is none.
    of: String,
    links: Vec<(&'static str, String)>,
}

/// What the viewer may do here now.
#[derive(Default)]
struct May {
    begin: bool,
    /// Undecided controls that a record needs, in a draft.
    propose: usize,
    /// Undecided controls that none needs, in a draft.
    rest: usize,
}

/// How many controls are decided how.
#[derive(Default)]
struct Counts {
    annex_a: usize,
    own: usize,
    applicable: usize,
    excluded: usize,
    undecided: usize,
}

struct VersionHead {
    link: RecordLink,
    number: String,
    state: StateChip,
    lines: Vec<(&'static str, String)>,
}

/// Problems of one check.
struct ProblemGroup {
    title: &'static str,
    blocks: bool,
    lines: Vec<(String, String)>,
}

/// What is shown of the rows.
struct Filter {
    show: String,
    theme: String,
    version: String,
    compare: String,
}

struct Group {
    theme: String,
    rows: Vec<Row>,
}

struct Row {
    reference: String,
    title: String,
    href: String,
    class: &'static str,
    applicable: &'static str,
    state: Option<StateChip>,
    drivers: Vec<Chip>,
    /// Reason codes for which no record stands: baseline, business.
    other: Vec<String>,
    justification: String,
    status: String,
    target: Option<Date>,
    owner: String,
    evidence: Option<(String, String, Option<Date>, bool)>,
    changes: Vec<String>,
}

/// A reason with the records behind it.
struct Chip {
    label: &'static str,
    links: Vec<(String, String, String)>,
}

/// Which rows can be shown, as the address and as people say it; the first shows all.
const SHOWN: [(&str, &str); 6] = [
    ("", "All"),
    ("undecided", "Undecided"),
    ("applicable", "Applicable"),
    ("excluded", "Excluded"),
    ("problems", "With problems"),
    ("changed", "Changed since the last version"),
];
/// The themes of the rows.
const THEMES: [&str; 5] = ["Organizational", "People", "Physical", "Technological", "Own controls"];

/// The version an address asks for.
fn asked_version(viewer: &Viewer, asked: &str) -> Result<Option<Ref<SoaVersion>>, WebError> {
    if asked.is_empty() {
        return Ok(None);
    }
    let found = asked.parse::<Id>().ok().and_then(|id| Ref::try_from(id).ok());
    let found = found.filter(|v| viewer.isms.get::<SoaVersion>(*v).is_some());
    found.map(Some).ok_or_else(|| {
        WebError::NotFound(format!("There is no SoA version {}.", isms::schema::shorten(asked)))
    })
}

/// The draft that decisions go into, if one is in work.
fn draft(viewer: &Viewer) -> Option<&Stored<SoaVersion>> {
    view::in_work(&viewer.isms).filter(|v| v.state.as_str() == "draft")
}

/// `GET /soa`.
pub(crate) async fn soa(viewer: Viewer, RawQuery(raw): RawQuery) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let problems = Takes::address()
        .text(&["version", "compare"])
        .one_of("show", SHOWN.iter().map(|(value, _)| *value))
        .one_of("theme", THEMES)
        .check(&asked);
    if !problems.is_empty() {
        return Err(WebError::Invalid(problems));
    }
    page(&viewer, &asked, Fault::default()).await
}

async fn page(viewer: &Viewer, asked: &Pairs, fault: Fault) -> Result<Response, WebError> {
    let isms = &*viewer.isms;
    let soa = view::soa(isms, asked_version(viewer, asked.text("version"))?, viewer.day);
    let comparing = compare::comparison(viewer, &soa, asked.text("compare")).await?;
    let filter = Filter {
        show: asked.text("show").to_owned(),
        theme: asked.text("theme").to_owned(),
        version: soa.version.as_ref().map(|v| v.id.to_string()).unwrap_or_default(),
        compare: asked.text("compare").to_owned(),
    };
    let version = soa.version.as_ref().and_then(|v| isms.get::<SoaVersion>(Ref::new(v.id.n)));
    let groups = groups(viewer, &soa, &filter);
    let in_draft = draft(viewer).is_some_and(|d| version.is_some_and(|v| v.meta.id == d.meta.id));
    let status = fault.status();
    let content = SoaPage {
        page: Page::new(viewer, "Statement of Applicability"),
        counts: counts(&soa),
        versions: versions(viewer, &filter.version),
        problems: problems(viewer, &soa.problems),
        blocking: soa.problems.iter().filter(|p| p.blocks).count(),
        has_published: view::published(isms).is_some_and(|p| version.is_some_and(|v| v.meta.id != p.meta.id)),
        shown: groups.iter().map(|g| g.rows.len()).sum(),
        groups,
        may: may(viewer, &soa, in_draft),
        steps: version.filter(|_| viewer.edits()).map(|v| steps(viewer, v, &fault)).unwrap_or_default(),
        exports: if viewer.actor.can(Ability::Export) { exports(viewer, version) } else { Vec::new() },
        version: soa.version.as_ref().map(|v| version_head(viewer, v)),
        comparing,
        filter,
        fault,
    };
    Ok((status, Html(content.render()?)).into_response())
}

fn counts(soa: &Soa) -> Counts {
    let count = |test: &dyn Fn(&SoaRow) -> bool| soa.rows.iter().filter(|r| test(r)).count();
    Counts {
        annex_a: count(&|r| !r.custom),
        own: count(&|r| r.custom),
        applicable: count(&|r| r.applicable == Some(true)),
        excluded: count(&|r| r.applicable == Some(false)),
        undecided: count(&|r| r.applicable.is_none()),
    }
}

fn version_head(viewer: &Viewer, version: &SoaVersionView) -> VersionHead {
    let on = |who: &str, day: Option<Date>| match (who.is_empty(), day) {
        (true, None) => String::new(),
        (true, Some(day)) => words::day(day),
        (false, None) => who.to_owned(),
        (false, Some(day)) => format!("{who}, {}", words::day(day)),
    };
    VersionHead {
        link: RecordLink::new(&viewer.isms, &viewer.base, version.id),
        number: version.number.clone(),
        state: StateChip::new(&version.state),
        lines: vec![
            ("Written by", version.author.clone()),
            ("Approved by", on(&version.approver, version.approved_at)),
            ("Published", version.published_at.map(words::day).unwrap_or_default()),
            ("Next review", version.next_review_at.map(words::day).unwrap_or_default()),
        ],
    }
}

/// All versions, newest first, with whether it is the one shown.
fn versions(viewer: &Viewer, shown: &str) -> Vec<(String, String, bool)> {
    let mut all: Vec<_> = viewer.isms.all::<SoaVersion>().iter().collect();
    all.sort_by_key(|v| std::cmp::Reverse(v.meta.id.n));
    let words =
        |v: &Stored<SoaVersion>| format!("{}, {}", v.number, words::lower(&words::words(v.state.as_str())));
    all.into_iter().map(|v| (v.meta.id.to_string(), words(v), v.meta.id.to_string() == shown)).collect()
}

/// What a check is called, in the order in which they matter.
const CHECKS: [(&str, &str); 7] = [
    ("excluded_but_needed", "Excluded, but a record needs it"),
    ("no_driver", "Applicable, but nothing needs it"),
    ("no_reason", "Applicable without a reason code"),
    ("no_justification", "No justification"),
    ("status_drift", "Stated otherwise than it is now"),
    ("custom_missing", "Own controls that are missing"),
    ("undecided", "Not decided"),
];

fn problems(viewer: &Viewer, problems: &[SoaProblem]) -> Vec<ProblemGroup> {
    let of = |check: &str| problems.iter().filter(|p| p.check == check).collect::<Vec<_>>();
    CHECKS
        .iter()
        .map(|(check, title)| (title, of(check)))
        .filter(|(_, found)| !found.is_empty())
        .map(|(title, found)| ProblemGroup {
            title,
            blocks: found.iter().any(|p| p.blocks),
            lines: found
                .iter()
                .map(|p| {
                    let href = p.control.map(|c| format!("{}/soa/{c}", viewer.base)).unwrap_or_default();
                    (href, crate::fault::sentence(&p.message))
                })
                .collect(),
        })
        .collect()
}

fn groups(viewer: &Viewer, soa: &Soa, filter: &Filter) -> Vec<Group> {
    let wrong: Vec<Id> = soa.problems.iter().filter_map(|p| p.control).collect();
    let wanted = |row: &SoaRow| {
        (filter.theme.is_empty() || row.theme == filter.theme)
            && match filter.show.as_str() {
                "undecided" => row.applicable.is_none(),
                "applicable" => row.applicable == Some(true),
                "excluded" => row.applicable == Some(false),
                "problems" => wrong.contains(&row.control),
                "changed" => !row.changes.is_empty(),
                _ => true,
            }
    };
    let mut groups: Vec<Group> = Vec::new();
    for row in soa.rows.iter().filter(|r| wanted(r)) {
        let shown = self::row(viewer, row);
        match groups.iter_mut().find(|g| g.theme == row.theme) {
            Some(group) => group.rows.push(shown),
            None => groups.push(Group { theme: row.theme.clone(), rows: vec![shown] }),
        }
    }
    groups
}

fn row(viewer: &Viewer, row: &SoaRow) -> Row {
    let evidence = row.evidence.as_ref().map(|(id, title, until)| {
        let over = until.is_some_and(|d| d < viewer.day);
        (format!("{}{}", viewer.base, path_of(*id)), title.clone(), *until, over)
    });
    Row {
        reference: row.reference.clone(),
        title: row.title.clone(),
        href: format!("{}/soa/{}", viewer.base, row.control),
        class: match (row.applicable, row.changes.is_empty()) {
            (Some(false), true) => "excluded",
            (Some(false), false) => "excluded changed",
            (_, false) => "changed",
            _ => "",
        },
        applicable: match row.applicable {
            Some(true) => "Yes",
            Some(false) => "No",
            None => "Undecided",
        },
        state: row.decision.map(|_| StateChip::new(&row.decision_state)),
        drivers: chips(viewer, &row.drivers),
        other: row
            .reason_codes
            .iter()
            .filter(|code| !row.drivers.iter().any(|d| d.code == **code))
            .map(|c| words::words(c))
            .collect(),
        justification: row.justification.clone(),
        status: if row.applicable == Some(false) { String::new() } else { words::words(&row.status) },
        target: row.target_date,
        owner: row.owner.clone(),
        evidence,
        changes: row.changes.clone(),
    }
}

/// What needs a control, by reason.
fn chips(viewer: &Viewer, drivers: &[Driver]) -> Vec<Chip> {
    [("risk", "Risk"), ("legal", "Law"), ("contractual", "Contract"), ("business", "Business")]
        .into_iter()
        .map(|(code, label)| Chip {
            label,
            links: drivers
                .iter()
                .filter(|d| d.code == code)
                .map(|d| (format!("{}{}", viewer.base, path_of(d.id)), d.id.to_string(), d.title.clone()))
                .collect(),
        })
        .filter(|chip| !chip.links.is_empty())
        .collect()
}

fn may(viewer: &Viewer, soa: &Soa, in_draft: bool) -> May {
    if !viewer.edits() {
        return May::default();
    }
    let decides = in_draft && viewer.actor.may(Action::Edit, Kind::ApplicabilityDecision);
    let undecided = |needed: bool| {
        soa.rows.iter().filter(|r| r.applicable.is_none() && r.drivers.is_empty() != needed).count()
    };
    May {
        begin: viewer.actor.may(Action::Create, Kind::SoaVersion) && view::in_work(&viewer.isms).is_none(),
        propose: if decides { undecided(true) } else { 0 },
        rest: if decides { undecided(false) } else { 0 },
    }
}

fn steps(viewer: &Viewer, version: &Stored<SoaVersion>, fault: &Fault) -> Vec<Offered> {
    // Twelve months are our default, not the standard's.
    let review = viewer.today.plus_months(Parameters::of(&viewer.isms).document_months);
    let review = version.next_review_at.unwrap_or(review);
    let typed = Map::from_iter([("next_review_at".to_owned(), Value::String(review.to_string()))]);
    offered(viewer, version, &typed, fault)
}

/// The version in force first, for that is what was approved; then the one shown or in work.
fn exports(viewer: &Viewer, shown: Option<&Stored<SoaVersion>>) -> Vec<Exports> {
    let isms = &*viewer.isms;
    let mut versions: Vec<_> = view::in_force(isms, viewer.day).into_iter().collect();
    let another = |v: &&Stored<SoaVersion>| versions.iter().all(|f| f.meta.id != v.meta.id);
    let others = shown.filter(another).or_else(|| view::in_work(isms).filter(another));
    versions.extend(others);
    let links = |version: &str| {
        [("PDF", "pdf"), ("XLSX", "xlsx"), ("CSV", "csv"), ("JSON", "json")]
            .map(|(label, format)| (label, format!("{}/export/soa?format={format}{version}", viewer.base)))
    };
    if versions.is_empty() {
        return vec![Exports { of: String::new(), links: links("").to_vec() }];
    }
    let of = |v: &Stored<SoaVersion>| Exports {
        of: format!("{}, {}", v.number, words::lower(&words::words(v.state.as_str()))),
        links: links(&format!("&version={}", v.meta.id)).to_vec(),
    };
    versions.into_iter().map(of).collect()
}

/// `POST /soa/new`: begins a version from the one in force.
pub(crate) async fn new_version(writer: Writer, typed: Pairs) -> Result<Response, WebError> {
    let problems = Takes::default().text(&["number"]).check(&typed);
    if !problems.is_empty() {
        return page(&writer.viewer, &Pairs::default(), Fault::problems(&problems)).await;
    }
    let isms = writer.viewer.app.org.snapshot();
    let have = isms.table(Kind::Control).all().filter(|c| c.id().n <= isms::id::ANNEX_A).count();
    let isms = if have < isms::id::ANNEX_A as usize {
        writer.execute(Command::SeedControls).await?.isms
    } else {
        isms
    };
    let number = match typed.text("number") {
        "" => next_number(&isms),
        number => number.to_owned(),
    };
    match writer.execute(SoaVersion::begin(&isms, &number)).await {
        Ok(_) => Ok(writer.done(
            "/soa",
            &format!("Version {number} is begun. What is in force stays in force until it is published."),
        )),
        Err(error) => page(&writer.viewer, &Pairs::default(), Fault::of(error)?).await,
    }
}

/// `1.0` for the first version, then the last number plus one in its last part.
fn next_number(isms: &isms::Isms) -> String {
    let last = isms.all::<SoaVersion>().iter().max_by_key(|v| v.meta.id.n).map(|v| v.number.to_string());
    let Some(last) = last else { return "1.0".to_owned() };
    let (head, tail) = last.rsplit_once('.').map_or(("", last.as_str()), |(h, t)| (h, t));
    match tail.parse::<u64>() {
        Ok(n) if head.is_empty() => (n + 1).to_string(),
        Ok(n) => format!("{head}.{}", n + 1),
        Err(_) => format!("{last}.1"),
    }
}

/// `POST /soa/step/{step}`: moves the version in work, or the one named.
pub(crate) async fn step(
    writer: Writer,
    Path(name): Path<String>,
    typed: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let named = asked_version(viewer, typed.text("_version"))?.and_then(|v| viewer.isms.get(v));
    let version = named.or_else(|| view::in_work(&viewer.isms));
    let version = version.ok_or_else(|| WebError::NotFound("There is no version in work.".to_owned()))?;
    let asks = Kind::SoaVersion.steps().iter().find(|s| s.name == name).map(|s| s.asks).unwrap_or_default();
    let takes = Takes::default().and(Kind::SoaVersion, asks).text(&["_version", "_comment"]);
    let problems = takes.check(&typed);
    if !problems.is_empty() {
        return page(viewer, &Pairs::default(), Fault::problems(&problems)).await;
    }
    let command = Command::Step {
        target: version.meta.id.into(),
        rev: None,
        step: name,
        fields: asked::typed(viewer, Kind::SoaVersion, asks, &typed),
        comment: typed.text("_comment").to_owned(),
    };
    match writer.execute(command).await {
        Ok(outcome) => {
            let state = outcome.isms.record(version.meta.id).and_then(|r| r.state()).unwrap_or_default();
            let state = words::lower(&words::words(state));
            Ok(writer.done("/soa", &format!("Version {} is now {state}.", version.number)))
        }
        Err(error) => page(viewer, &Pairs::default(), Fault::of(error)?).await,
    }
}
