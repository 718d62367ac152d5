//! Verification: a ledger of many small entries, and that of the large set.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use isms::{Command, Id, Kind, access::Actor};
use serde_json::json;
use store::{Org, Report, VerifyOptions};
use tokio::task::JoinSet;

use crate::{
    clock::timed_async,
    data,
    finding::{Finding, Target, short},
    site::Site,
    spread::Spread,
};

/// Writers that fill the ledger at once, so that many entries share a commit.
const WRITERS: usize = 250;
/// Entries of each record: one that makes it, the others change it.
const REVISIONS: usize = 5;

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let entries = site.either(20_000, 200_000);
    let small = many_entries(site, entries).await?;
    let (mut rates, mut seconds) = (Vec::new(), Vec::new());
    let mut of_full = None;
    let full = site.full().await?;
    for _ in 0..site.rounds().min(5) {
        let (took, report) = verify(&small).await?;
        let size = report.orgs.iter().map(|o| o.size).sum::<u64>();
        ensure!(size >= entries as u64, "only {size} entries were verified");
        rates.push(size as f64 / took);
        let (took, report) = verify(full).await?;
        seconds.push(took);
        of_full = report.orgs.into_iter().next();
    }
    let rate = Spread::of(rates);
    let took = entries as f64 / rate.median;
    let detail = format!(
        "{} entries, each record made once and changed {} times, in {} s",
        short(entries as f64),
        REVISIONS - 1,
        short(took)
    );
    let of_full = of_full.context("a store without an organisation")?;
    let large = format!("{} entries, {} records", short(of_full.size as f64), short(of_full.records as f64));
    Ok(vec![
        Finding::new("verify, small entries", rate, "entries/s", Target::AtLeast(200_000.0)).detail(detail),
        Finding::new("verify, large set", Spread::of(seconds), "s", Target::Shown).detail(large),
    ])
}

async fn verify(dir: &Path) -> anyhow::Result<(f64, Report)> {
    let (took, report) = timed_async(store::verify(dir, &VerifyOptions::default())).await;
    Ok((took, report?))
}

async fn many_entries(site: &Site, entries: usize) -> anyhow::Result<PathBuf> {
    let dir = site.path("entries");
    eprintln!("bench: making a ledger of {entries} entries");
    let (store, org) = data::open(&dir).await?;
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        tasks.spawn(write(org.clone(), writer, entries / WRITERS / REVISIONS));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    drop(org);
    store.close().await;
    Ok(dir)
}

async fn write(org: Org, writer: usize, records: usize) -> anyhow::Result<()> {
    for n in 0..records {
        let fields = [("title", json!(format!("Look at door {n} of building {writer}")))];
        let made = org.execute(Actor::operator(), Command::create(Kind::Task, fields)).await?;
        let id: Id = *made.created.first().context("nothing was made")?;
        for change in 1..REVISIONS {
            let fields = [("title", json!(format!("Look at door {n} of building {writer} ({change})")))];
            org.execute(Actor::operator(), Command::update(id, fields)).await?;
        }
    }
    Ok(())
}
