//! A ledger of very many small entries after the load of the sample company, which was long before.

use std::path::Path;

use anyhow::{Context, anyhow};
use isms::{Command, Date, Id, Kind, access::Actor, sample};
use serde_json::json;
use store::{OpenMode, Options, Org, Store, clock};
use tokio::task::JoinSet;

use super::fill::{account, open};

/// Writers that fill the ledger at once, so that many entries share a commit.
const WRITERS: usize = 250;
/// Entries of each record: one that makes it, the others change it.
pub(crate) const REVISIONS: usize = 5;

/// The day on which the sample company was loaded.
pub(crate) fn long_ago() -> Date {
    Date::of(clock::system()(), "UTC").plus_days(-60)
}

/// Fills an empty directory: the sample company as of long ago, an account, and now so many small entries.
pub(crate) async fn fill_with_entries(dir: &Path, entries: usize) -> anyhow::Result<()> {
    let then = long_ago();
    let document = sample::tarnwick_rota(then).map_err(|p| anyhow!("the sample cannot be read: {p:?}"))?;
    let options = Options {
        clock: clock::fixed(then.end("UTC") - jiff::SignedDuration::from_hours(12)),
        ..Options::default()
    };
    let store = Store::open(dir, OpenMode::Write, options).await?;
    let org = store.orgs().into_iter().next().context("a store without an organisation")?;
    org.execute(Actor::operator(), Command::Load(document)).await.context("the sample does not load")?;
    drop(org);
    store.close().await;
    let (store, org) = open(dir).await?;
    account(&org, None).await?;
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        tasks.spawn(write(org.clone(), writer, entries / WRITERS / REVISIONS));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    drop(org);
    store.close().await;
    Ok(())
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
