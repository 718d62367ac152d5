//! `readiness` and `explain`: how every requirement stands, and one of them in full.

use std::{fmt::Write as _, path::Path};

use anyhow::Context;
use isms::rules::{Counts, Readiness, Reporter, Sight, Status, Subject, readiness};
use reports::{Cell, Column, Table};

use super::judged::{Judged, dates, judged, print, print_json};
use crate::{
    cli::{Judge, Shown},
    exit::Failure,
};

pub(crate) async fn readiness_of(dir: &Path, format: Shown, from: &Judge) -> Result<(), Failure> {
    let judged = judged(dir, from).await?;
    let all = readiness(&judged.isms, &judged.assessment, judged.day, &Sight::Everyone);
    match format {
        Shown::Json => print_json(&all),
        Shown::Csv => {
            let bytes = reports::table_csv(&table(&all)).context("the table could not be made")?;
            print(&String::from_utf8_lossy(&bytes))
        }
        Shown::Text => print(&text(&judged, &all)),
    }
}

/// One line a reason; a requirement without reasons has one line.
fn table(all: &Readiness) -> Table {
    let titles = [
        "requirement",
        "status",
        "since",
        "next_change_at",
        "label",
        "label_status",
        "label_since",
        "message",
        "records",
    ];
    let day = |date: Option<isms::Date>| date.map_or(Cell::Empty, Cell::Date);
    let mut rows = Vec::new();
    for r in &all.requirements {
        let begin =
            [Cell::text(&r.requirement), Cell::text(r.status.word()), day(r.since), day(r.next_change_at)];
        if r.reasons.is_empty() {
            rows.push(begin.to_vec());
        }
        for reason in &r.reasons {
            let ids: Vec<&str> = reason.facts.iter().map(|f| f.id.as_str()).collect();
            let own = [
                Cell::text(reason.label),
                Cell::text(reason.status.word()),
                day(reason.since),
                Cell::text(&reason.message),
                Cell::text(ids.join(" ")),
            ];
            rows.push(begin.iter().cloned().chain(own).collect());
        }
    }
    let columns = titles.iter().map(|t| Column { title: (*t).to_owned(), width: None }).collect();
    Table::new("Readiness", columns, rows)
}

fn counted(what: &str, counts: &Counts) -> String {
    let mut parts = vec![
        format!("{} met", counts.met),
        format!("{} stale", counts.stale),
        format!("{} partly", counts.partly),
        format!("{} unmet", counts.unmet),
    ];
    if counts.excluded > 0 {
        parts.push(format!("{} excluded", counts.excluded));
    }
    format!("{what}: {}", parts.join(", "))
}

fn text(judged: &Judged, all: &Readiness) -> String {
    let counts = judged.assessment.counts(judged.day);
    let mut out = format!("As of {}\n", all.as_of);
    let _ = writeln!(out, "{}", counted("Requirements", &counts.requirements));
    let _ = writeln!(out, "{}", counted("Controls", &counts.controls));
    out.push('\n');
    for gate in judged.assessment.gates_on(judged.day) {
        let state = if gate.open { "open" } else { "not yet" };
        let _ = writeln!(out, "{}: {state}{}", gate.title, dates(gate.since, gate.next_change_at));
        for block in &gate.blocked_by {
            let _ = writeln!(out, "    {block}");
        }
    }
    for status in [Status::Unmet, Status::Partly, Status::Stale] {
        let such: Vec<_> = all.requirements.iter().filter(|r| r.status == status).collect();
        if such.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{} ({})", capital(status.word()), such.len());
        for r in such {
            let advice = if r.advisory { " (advice)" } else { "" };
            let _ = writeln!(out, "  {}{advice}{}", r.requirement, dates(r.since, r.next_change_at));
            for reason in &r.reasons {
                let ids: Vec<&str> = reason.facts.iter().take(3).map(|f| f.id.as_str()).collect();
                let more = reason.facts.len().saturating_sub(ids.len());
                let mut found = ids.join(", ");
                if more > 0 {
                    let _ = write!(found, " and {more} more");
                }
                let found = if found.is_empty() { found } else { format!(" ({found})") };
                let _ = writeln!(out, "    {}: {}{found}", reason.label, reason.message);
            }
        }
    }
    out
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

pub(crate) async fn explain(dir: &Path, name: &str, from: &Judge) -> Result<(), Failure> {
    let judged = judged(dir, from).await?;
    let subject = judged.assessment.subject(name).filter(|s| s.there.on(judged.day));
    let subject = subject.ok_or_else(|| {
        Failure::new(
            crate::exit::USAGE,
            format!("\"{name}\" is neither a row such as 6.1.3d nor a control such as A.5.9"),
        )
    })?;
    print(&explained(&judged, subject))
}

fn explained(judged: &Judged, subject: &Subject) -> String {
    let verdict = subject.on(judged.day);
    let mut out = String::new();
    let catalogue = frameworks::catalogue();
    let row = catalogue.requirement(&subject.judged.id);
    match (row, subject.control) {
        (Some(row), _) => {
            let _ = writeln!(out, "{}  {}\n{}", row.id, row.clause_heading(), row.paraphrase);
        }
        (None, Some(control)) => {
            let title = catalogue.control_by_number(control.n).map(|c| c.title.clone());
            let title = title.unwrap_or_else(|| judged.isms.title(control));
            let _ = writeln!(out, "{}  {title}", subject.requirement);
        }
        (None, None) => {}
    }
    let _ = writeln!(
        out,
        "\nOn {}: {}{}",
        judged.day,
        verdict.status.word(),
        dates(verdict.since, verdict.next_change_at)
    );
    let sight = Sight::Everyone;
    let reporter = Reporter::new(&judged.isms, &judged.assessment, judged.day, &sight);
    for finding in reporter.findings(subject) {
        let _ = writeln!(out, "\n{}", reporter.sentence(&finding));
        for fact in &finding.facts {
            let value = match &fact.value {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => format!(" = {text}"),
                other => format!(" = {other}"),
            };
            let field =
                if fact.field.is_empty() { String::new() } else { format!("  {}{value}", fact.field) };
            let _ = writeln!(out, "    {}  {}{field}", fact.id, fact.title);
        }
    }
    if let Some(row) = row {
        let asked = [("Stage 1", &row.stage1), ("Stage 2", &row.stage2), ("Surveillance", &row.surveillance)];
        let asked: Vec<_> = asked.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        if !asked.is_empty() {
            out.push_str("\nAuditors ask to see\n");
        }
        for (stage, text) in asked {
            let _ = writeln!(out, "    {stage}: {text}");
        }
    } else if let Some(control) = subject.control.and_then(|c| catalogue.control_by_number(c.n)) {
        let _ = writeln!(out, "\nTypical evidence: {}", control.evidence.join("; "));
    }
    out
}
