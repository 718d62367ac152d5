//! The Statement of Applicability as PDF and XLSX: view and bytes, in a fresh process each round, so that the first one
//! is truly a first one.

use std::{path::Path, process::Command};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use store::{OpenMode, Options, Store};

use crate::{
    clock::timed,
    finding::{Finding, Target, short},
    site::{self, Site},
    spread::Spread,
};

/// A report: its name here, what it is held to, in seconds.
const REPORTS: [(&str, &str, f64); 2] = [("pdf", "SoA PDF", 1.0), ("xlsx", "SoA XLSX", 0.2)];

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let companies = [("sample company", site.sample().await?), ("large set", site.full().await?)];
    let mut runs: [Vec<Value>; 2] = Default::default();
    for _ in 0..site.rounds().min(5) {
        for ((_, dir), runs) in companies.iter().zip(&mut runs) {
            runs.push(in_fresh_process(dir, site.either(2, 5))?);
        }
    }
    let mut findings = Vec::new();
    for ((company, _), runs) in companies.iter().zip(&runs) {
        let number = |name: &str| runs.iter().filter_map(|r| r.get(name)?.as_f64()).collect::<Vec<_>>();
        let rows = Spread::of(number("rows")).median;
        for (key, name, target) in REPORTS {
            let bytes = Spread::of(number(&format!("{key}_bytes"))).median;
            let detail = format!("{} controls, {} bytes", short(rows), short(bytes));
            for when in ["first", "again"] {
                let spread = Spread::of(number(&format!("{key}_{when}")));
                let name = format!("{name}, {when}, {company}");
                findings.push(Finding::new(name, spread, "s", Target::Under(target)).detail(detail.clone()));
            }
        }
    }
    Ok(findings)
}

fn in_fresh_process(dir: &Path, rounds: usize) -> anyhow::Result<Value> {
    let mut command = Command::new(site::here()?);
    command.arg("reports").arg("--data").arg(dir).arg("--rounds").arg(rounds.to_string());
    let made = command.output()?;
    if !made.status.success() {
        bail!("reports cannot be made: {}", String::from_utf8_lossy(&made.stderr));
    }
    serde_json::from_slice(&made.stdout).context("the process of reports said something else")
}

/// Makes each report once and then again, and prints how long it took.
pub(crate) async fn measure_here(dir: &Path, rounds: usize) -> anyhow::Result<()> {
    let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
    let org = store.orgs().into_iter().next().context("a store without an organisation")?;
    let (isms, now) = (org.snapshot(), org.now());
    let mut found = json!({});
    for (key, _, _) in REPORTS {
        let make = || {
            let soa = isms::views::soa::soa(&isms, None, now.today);
            let print = reports::Print::of_soa(&soa, now.at);
            let bytes =
                if key == "pdf" { reports::soa_pdf(&soa, &print) } else { reports::soa_xlsx(&soa, &print) };
            bytes.map(|bytes| (bytes.len(), soa.rows.len()))
        };
        let (first, made) = timed(make);
        let (bytes, rows) = made?;
        let mut again = Vec::new();
        for _ in 0..rounds {
            let (seconds, made) = timed(make);
            made?;
            again.push(seconds);
        }
        found["rows"] = json!(rows);
        found[format!("{key}_bytes")] = json!(bytes);
        found[format!("{key}_first")] = json!(first);
        found[format!("{key}_again")] = json!(Spread::of(again).median);
    }
    println!("{found}");
    Ok(())
}
