//! The risk register with its treatment plan as a document, a workbook, CSV and JSON; columns of specification 6.4 as
//! far as the view has them.

use indexmap::IndexMap;
use isms::{
    Id,
    views::register::{PlanView, Register, RegisterRow, ScoreView},
};
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

/// The risk register and the treatment plan as a tagged PDF in landscape.
///
/// # Errors
/// Only on a fault of the typesetter; no content is refused.
pub fn risks_pdf(register: &Register, print: &Print) -> Result<Vec<u8>, ReportError> {
    let hash = content_hash(register)?;
    typeset::pdf(Template::Risks, &Page::new(register, print, &hash), print, &hash)
}

/// The risk register as a workbook: front sheet, one row a risk, open points.
///
/// # Errors
/// If the workbook cannot be written.
pub fn risks_xlsx(register: &Register, print: &Print) -> Result<Vec<u8>, ReportError> {
    let counts = Counts::of(register);
    let points = risk_points(register);
    let mut front = facts(register, print);
    front.extend([
        ("Risks", counts.all.into()),
        ("Not acceptable", counts.above.into()),
        ("Of these with a treatment plan", counts.planned.into()),
        ("Accepted", counts.accepted.into()),
        ("Plans overdue", counts.overdue.into()),
        ("Open points", points.len().into()),
    ]);
    let columns = vec![Column::wide("Risk", 10.0), Column::wide("What is open", 100.0)];
    let open =
        points.into_iter().map(|(id, text)| vec![Cell::text(id.to_string()), Cell::text(text)]).collect();
    let mut book = Workbook::new(print);
    book.front(&front, &content_hash(register)?)?;
    book.sheet(&risk_table(register))?;
    book.sheet(&Table::new("Open points", columns, open))?;
    book.finish()
}

/// The risk register as CSV.
///
/// # Errors
/// If the writer fails.
pub fn risks_csv(register: &Register) -> Result<Vec<u8>, ReportError> {
    table_csv(&risk_table(register))
}

/// The risk register as JSON: every field of the view, with what the print says about itself.
///
/// # Errors
/// If the view cannot be written as JSON.
pub fn risks_json(register: &Register, print: &Print) -> Result<Vec<u8>, ReportError> {
    document(print, register)
}

/// The risk register as a table, one row a risk.
#[must_use]
pub fn risk_table(register: &Register) -> Table {
    let mut columns: Vec<Column> = [
        ("Risk", 9.0),
        ("Title", 36.0),
        ("Scenario", 48.0),
        ("Threat", 24.0),
        ("Vulnerability", 24.0),
        ("C I A", 8.0),
        ("State", 14.0),
        ("Owner", 22.0),
        ("Assets", 32.0),
    ]
    .map(|(title, width)| Column::wide(title, width))
    .into();
    for kind in ["Inherent", "Current", "Target", "Residual"] {
        columns.push(Column::wide(&format!("{kind} likelihood"), 11.0));
        columns.push(Column::wide(&format!("{kind} impact"), 11.0));
        columns.push(Column::wide(&format!("{kind} level"), 12.0));
        columns.push(Column::wide(&format!("{kind} scored on"), 12.0));
    }
    columns.extend(
        [
            ("Acceptable", 11.0),
            ("Priority", 9.0),
            ("Plan", 9.0),
            ("Option", 10.0),
            ("Plan state", 13.0),
            ("Controls", 24.0),
            ("Responsible", 22.0),
            ("Due", 12.0),
            ("Overdue", 9.0),
            ("Acceptance", 11.0),
            ("Accepted by", 22.0),
            ("Accepted on", 12.0),
            ("Accepted until", 12.0),
            ("Acceptance in force", 11.0),
            ("Last reviewed", 12.0),
        ]
        .map(|(title, width)| Column::wide(title, width)),
    );
    Table::new("Risk register", columns, register.rows.iter().map(cells).collect())
}

fn cells(row: &RegisterRow) -> Vec<Cell> {
    let mut cells = vec![
        Cell::text(row.id.to_string()),
        Cell::text(&row.title),
        Cell::text(&row.scenario),
        Cell::text(&row.threat),
        Cell::text(&row.vulnerability),
        Cell::text(&row.cia),
        Cell::text(label(&row.state)),
        Cell::text(owner(row)),
        Cell::text(list(row.assets.iter().map(named))),
    ];
    for score in [&row.inherent, &row.current, &row.target, &row.residual] {
        let score = score.as_ref();
        cells.push(score.and_then(|s| s.likelihood).map(u32::from).into());
        cells.push(score.and_then(|s| s.impact).map(u32::from).into());
        cells.push(Cell::text(score.map_or("", |s| &s.level)));
        cells.push(score.and_then(|s| s.scored_at).into());
    }
    let (plan, acceptance) = (row.plan.as_ref(), row.acceptance.as_ref());
    let id = |id: Option<Id>| Cell::text(id.map_or(String::new(), |id| id.to_string()));
    cells.extend([
        row.acceptable.into(),
        row.priority_rank.into(),
        id(plan.map(|p| p.id)),
        Cell::text(plan.map_or(String::new(), |p| label(&p.option))),
        Cell::text(plan.map_or(String::new(), |p| label(&p.state))),
        Cell::text(plan.map_or(String::new(), controls)),
        Cell::text(plan.map_or("", |p| &p.responsible)),
        plan.and_then(|p| p.due_at).into(),
        plan.map(|p| p.overdue).into(),
        id(acceptance.map(|a| a.id)),
        Cell::text(acceptance.map_or("", |a| &a.accepted_by)),
        acceptance.and_then(|a| a.accepted_at).into(),
        acceptance.and_then(|a| a.expires_at).into(),
        acceptance.map(|a| a.in_force).into(),
        row.last_reviewed_at.into(),
    ]);
    cells
}

/// What the register itself shows to be open, line by line: plans past their day, risks above the line without a
/// plan, acceptances that have run out, risks without an owner or an evaluation.
#[must_use]
pub fn risk_points(register: &Register) -> Vec<(Id, String)> {
    let mut points = Vec::new();
    for row in register.rows.iter().filter(|row| row.state != "closed") {
        if row.owner.is_none() {
            points.push((row.id, "has no owner".to_owned()));
        }
        if row.acceptable.is_none() {
            points.push((row.id, "has not been evaluated".to_owned()));
        }
        if row.acceptable == Some(false) && row.plan.is_none() {
            points.push((row.id, "is not acceptable and has no treatment plan".to_owned()));
        }
        if let Some(plan) = row.plan.as_ref().filter(|p| p.overdue) {
            let due = plan.due_at.map_or(String::new(), |day| format!(", due {day},"));
            points.push((row.id, format!("treatment plan {}{due} is past its day and not done", plan.id)));
        }
        if let Some(acceptance) = row.acceptance.as_ref().filter(|a| !a.in_force) {
            let day = acceptance.expires_at.map_or(String::new(), |day| format!(" (until {day})"));
            points.push((row.id, format!("acceptance {}{day} is not in force", acceptance.id)));
        }
    }
    points
}

fn owner(row: &RegisterRow) -> String {
    row.owner
        .as_ref()
        .map_or(String::new(), |(id, name)| if name.is_empty() { id.to_string() } else { name.clone() })
}

fn controls(plan: &PlanView) -> String {
    list(plan.controls.iter().map(Id::to_string))
}

/// What the front says: the method the levels come from, and what every print says.
fn facts(register: &Register, print: &Print) -> Vec<Fact> {
    let method = match register.method_version.as_str() {
        "" => "No approved version".to_owned(),
        version => format!("Version {version}"),
    };
    let mut facts = vec![("Risk method", Cell::text(method))];
    facts.extend(print.standing());
    facts.extend(print.facts());
    facts
}

#[derive(Serialize)]
struct Counts {
    all: usize,
    above: usize,
    planned: usize,
    accepted: usize,
    overdue: usize,
}

impl Counts {
    fn of(register: &Register) -> Self {
        let count = |is: fn(&RegisterRow) -> bool| register.rows.iter().filter(|row| is(row)).count();
        Self {
            all: register.rows.len(),
            above: count(|r| r.acceptable == Some(false)),
            planned: count(|r| r.acceptable == Some(false) && r.plan.is_some()),
            accepted: count(|r| r.acceptance.as_ref().is_some_and(|a| a.in_force)),
            overdue: count(|r| r.plan.as_ref().is_some_and(|p| p.overdue)),
        }
    }
}

/// What the template lays out.
#[derive(Serialize)]
struct Page {
    frame: Frame,
    facts: Vec<(&'static str, String)>,
    counts: Counts,
    levels: Vec<Level>,
    rows: Vec<Row>,
    plans: Vec<Plan>,
    open: Vec<(String, String)>,
}

/// How many risks stand at a level, before treatment, now and as planned.
#[derive(Serialize)]
struct Level {
    name: String,
    inherent: usize,
    current: usize,
    target: usize,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    scenario: String,
    cause: Vec<(&'static str, String)>,
    assets: Vec<String>,
    cia: String,
    owner: String,
    inherent: Score,
    current: Score,
    acceptable: &'static str,
    rank: String,
    state: String,
    reviewed: String,
}

#[derive(Serialize)]
struct Plan {
    id: String,
    risk: String,
    title: String,
    owner: String,
    current: Score,
    option: String,
    controls: String,
    responsible: String,
    due: String,
    overdue: bool,
    state: String,
    target: Score,
    residual: Score,
    acceptance: String,
    accepted: String,
    until: String,
    lapsed: bool,
}

/// A score on paper: the level, and likelihood and impact as `L4 × I3`.
#[derive(Serialize)]
struct Score {
    level: String,
    steps: String,
}

impl Score {
    fn new(score: Option<&ScoreView>) -> Self {
        let Some(score) = score else { return Self { level: String::new(), steps: String::new() } };
        let steps = match (score.likelihood, score.impact) {
            (Some(l), Some(i)) => format!("L{l} × I{i}"),
            (Some(l), None) => format!("L{l}"),
            (None, Some(i)) => format!("I{i}"),
            (None, None) => String::new(),
        };
        Self { level: paper(&score.level), steps }
    }
}

impl Page {
    fn new(register: &Register, print: &Print, hash: &str) -> Self {
        let open = risk_points(register);
        Self {
            frame: Frame::new(print, hash, ""),
            facts: on_paper(facts(register, print)),
            counts: Counts::of(register),
            levels: levels(register),
            rows: register.rows.iter().map(Row::new).collect(),
            plans: register.rows.iter().filter_map(Plan::new).collect(),
            open: open.into_iter().map(|(id, text)| (id.to_string(), text)).collect(),
        }
    }
}

/// The levels in use, from the one reached with the highest scores down.
fn levels(register: &Register) -> Vec<Level> {
    type Pick = fn(&RegisterRow) -> Option<&ScoreView>;
    const PICKS: [Pick; 3] = [|r| r.inherent.as_ref(), |r| r.current.as_ref(), |r| r.target.as_ref()];
    let mut levels: IndexMap<&str, (u16, [usize; 3])> = IndexMap::new();
    for (pick, n) in PICKS.into_iter().zip(0..) {
        for score in register.rows.iter().filter_map(pick).filter(|s| !s.level.is_empty()) {
            let (highest, counts) = levels.entry(&score.level).or_default();
            let product = u16::from(score.likelihood.unwrap_or(0)) * u16::from(score.impact.unwrap_or(0));
            *highest = product.max(*highest);
            if let Some(count) = counts.get_mut(n) {
                *count += 1;
            }
        }
    }
    levels.sort_by(|a, (high_a, _), b, (high_b, _)| high_b.cmp(high_a).then(a.cmp(b)));
    let level = |(name, (_, [inherent, current, target])): (&str, (u16, [usize; 3]))| Level {
        name: paper(name),
        inherent,
        current,
        target,
    };
    levels.into_iter().map(level).collect()
}

impl Row {
    fn new(row: &RegisterRow) -> Self {
        let cause = [("Threat", paper(&row.threat)), ("Vulnerability", paper(&row.vulnerability))];
        Self {
            id: row.id.to_string(),
            title: paper(&row.title),
            scenario: paper(&row.scenario),
            cause: cause.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
            assets: row.assets.iter().map(|a| paper(&named(a))).collect(),
            cia: paper(&row.cia),
            owner: paper(&owner(row)),
            inherent: Score::new(row.inherent.as_ref()),
            current: Score::new(row.current.as_ref()),
            acceptable: match row.acceptable {
                Some(true) => "Yes",
                Some(false) => "No",
                None => "",
            },
            rank: row.priority_rank.map_or(String::new(), |n| n.to_string()),
            state: label(&row.state),
            reviewed: row.last_reviewed_at.map_or(String::new(), |d| d.to_string()),
        }
    }
}

impl Plan {
    /// The line of the treatment plan, for risks that have a plan or an acceptance.
    fn new(row: &RegisterRow) -> Option<Self> {
        let (plan, acceptance) = (row.plan.as_ref(), row.acceptance.as_ref());
        if plan.is_none() && acceptance.is_none() {
            return None;
        }
        let day = |day: Option<isms::Date>| day.map_or(String::new(), |d| d.to_string());
        Some(Self {
            id: plan.map_or(String::new(), |p| p.id.to_string()),
            risk: row.id.to_string(),
            title: paper(&row.title),
            owner: paper(&owner(row)),
            current: Score::new(row.current.as_ref()),
            option: plan.map_or(String::new(), |p| label(&p.option)),
            controls: plan.map_or(String::new(), controls),
            responsible: plan.map_or(String::new(), |p| paper(&p.responsible)),
            due: day(plan.and_then(|p| p.due_at)),
            overdue: plan.is_some_and(|p| p.overdue),
            state: plan.map_or(String::new(), |p| label(&p.state)),
            target: Score::new(row.target.as_ref()),
            residual: Score::new(row.residual.as_ref()),
            acceptance: acceptance.map_or(String::new(), |a| a.id.to_string()),
            accepted: acceptance
                .map_or(String::new(), |a| paper(&who_and_when(&a.accepted_by, a.accepted_at))),
            until: day(acceptance.and_then(|a| a.expires_at)),
            lapsed: acceptance.is_some_and(|a| !a.in_force),
        })
    }
}
