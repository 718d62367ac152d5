//! `diff`: which rows and controls changed between two days, and by which entries of the ledger, by whom.

use std::{collections::HashMap, fmt::Write as _, path::Path};

use isms::{
    Date, Id, Isms,
    commands::Change,
    rules::{Difference, assess},
};
use serde::Serialize;
use store::{OpenMode, Options, Org, Store};

use super::judged::{of_org, print, print_json};
use crate::{cli::TextOrJson, exit::Failure};

/// Most snapshots held between the two days; beyond that, one stands for several entries.
const STEPS: u64 = 4_096;

/// A row or control that changed.
#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    difference: Difference,
    /// Whether the date alone did it: the records of the first day, judged on the second, say the same.
    by_date: bool,
    /// The entries that did it.
    entries: Vec<Cause>,
}

/// Entries of the ledger that changed a status.
#[derive(Clone, Serialize)]
struct Cause {
    /// Number of the entry; the last of them where several were looked at as one.
    seq: u64,
    /// When it was recorded.
    at: jiff::Timestamp,
    /// Who gave the command.
    by: String,
    /// The command.
    command: String,
    /// The records it changed.
    records: Vec<String>,
}

pub(crate) async fn diff(dir: &Path, from: Date, to: Date, format: TextOrJson) -> Result<(), Failure> {
    if to < from {
        return Err(Failure::new(
            crate::exit::USAGE,
            format!("{to} lies before {from}: give the earlier day first"),
        ));
    }
    let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
    let org = store.org()?;
    let (before, after) = (of_org(&org, from).await?, of_org(&org, to).await?);
    let differences = before.assessment.difference(from, &after.assessment, to);
    let steps = Steps::between(&org, &before.isms, after.isms.size()).await?;
    let history = org.field_history(&after.isms).await?;
    let mut causes: HashMap<String, Vec<Cause>> = HashMap::new();
    for (step, differences) in assess::steps(&steps.snapshots, &history, to) {
        let Some(cause) = step.checked_sub(1).and_then(|i| steps.causes.get(i)) else { continue };
        for difference in differences {
            causes.entry(difference.requirement).or_default().push(cause.clone());
        }
    }
    let changed: Vec<Changed> = differences
        .into_iter()
        .map(|difference| {
            let entries = causes.remove(&difference.requirement).unwrap_or_default();
            Changed { by_date: entries.is_empty(), difference, entries }
        })
        .collect();
    match format {
        TextOrJson::Json => print_json(&serde_json::json!({ "from": from, "to": to, "changed": changed })),
        TextOrJson::Text => print(&text(from, to, &changed)),
    }
}

fn text(from: Date, to: Date, changed: &[Changed]) -> String {
    let mut out = format!("From {from} to {to}: {} changed\n", changed.len());
    for Changed { difference, by_date, entries } in changed {
        let word = |status: Option<isms::rules::Status>| status.map_or("not there", |s| s.word());
        let labels =
            |labels: &[&str], sign: &str| labels.iter().map(|l| format!(" {sign}{l}")).collect::<String>();
        let _ = writeln!(
            out,
            "\n{}  {} -> {}{}{}",
            difference.requirement,
            word(difference.before),
            word(difference.after),
            labels(&difference.appeared, "+"),
            labels(&difference.gone, "-"),
        );
        if *by_date {
            out.push_str("    by the date alone\n");
        }
        for cause in entries {
            let records: Vec<&str> = cause.records.iter().take(3).map(String::as_str).collect();
            let more = cause.records.len().saturating_sub(records.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(
                out,
                "    entry {}, {}, {}: {} {}{more}",
                cause.seq,
                cause.at,
                cause.by,
                cause.command,
                records.join(", ")
            );
        }
    }
    out
}

/// The snapshots between two days, each with what led to it from the one before.
struct Steps {
    snapshots: Vec<Isms>,
    causes: Vec<Cause>,
}

impl Steps {
    async fn between(org: &Org, first: &Isms, end: u64) -> Result<Self, Failure> {
        let mut isms = first.clone();
        let mut steps = Self { snapshots: vec![isms.clone()], causes: Vec::new() };
        let accounts = org.accounts();
        let stride = (end.saturating_sub(first.size()) / STEPS) + 1;
        let mut records = Vec::new();
        for seq in first.size()..end {
            let Some(entry) = org.entry(seq).await? else { continue };
            for (change, after) in entry.activity.changes.iter().zip(entry.bodies) {
                let Ok(id) = change.id.parse::<Id>() else { continue };
                if after.is_some() || change.removed {
                    let change = Change { id, rev: change.rev, after };
                    isms.apply(seq, entry.activity.at, &change).map_err(Failure::data)?;
                }
                records.push(change.id.clone());
            }
            isms.advance(seq, entry.activity.at);
            if (seq + 1 - first.size()).is_multiple_of(stride) || seq + 1 == end {
                steps.snapshots.push(isms.clone());
                steps.causes.push(Cause {
                    seq,
                    at: entry.activity.at,
                    by: accounts.actor_name(&entry.activity.actor),
                    command: entry.activity.command,
                    records: std::mem::take(&mut records),
                });
            }
        }
        Ok(steps)
    }
}
