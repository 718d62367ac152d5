//! Durable writes: one and sixteen writers in this process, against SQLite alone with the same bytes on the same disk.

use std::{path::Path, time::Duration};

use anyhow::ensure;
use isms::{Command, Kind, access::Actor};
use serde_json::json;
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use store::Org;
use tokio::task::JoinSet;

use crate::{
    clock::{self, timed_async},
    data,
    finding::{Finding, Target, short},
    site::Site,
    spread::Spread,
};

/// Writers at once.
const WRITERS: usize = 16;
/// Parts of a round, so that both sides see the same of what the disk does meanwhile.
const SLICES: u32 = 8;

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let dir = site.full().await?;
    let (store, org) = data::open(dir).await?;
    // The first ones are also what SQLite alone is given to write.
    for n in 0..8 {
        org.execute(Actor::operator(), risk(n)).await?;
    }
    let entries = newest_entries(&store.data_dir().database(), 8).await?;
    let bytes = entries.iter().map(|(header, bodies)| header.len() + bodies.len()).sum::<usize>()
        / entries.len().max(1);
    let mut bare = Bare::new(&site.path("bare.db"), entries).await?;
    let (mut one, mut alone, mut many) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..site.rounds() {
        let (mut us, mut them, mut group) = (Rate::default(), Rate::default(), Rate::default());
        for _ in 0..SLICES {
            in_turns(&org, &mut bare, site.turn() / SLICES, &mut us, &mut them).await?;
            at_once(&org, site.turn() / SLICES / 2, &mut group).await?;
        }
        one.push(us.per_second());
        alone.push(them.per_second());
        many.push(group.per_second());
    }
    drop(org);
    store.close().await;
    let (one, alone, many) = (Spread::of(one), Spread::of(alone), Spread::of(many));
    let against = format!(
        "{} against {} transactions/s of {bytes} bytes (header and bodies), synchronous=FULL",
        short(one.median),
        short(alone.median)
    );
    let group = format!(
        "{} against {} entries/s; in this process, through store::Org::execute",
        short(many.median),
        short(one.median)
    );
    Ok(vec![
        Finding::new("durable writes, one writer against SQLite", one.over(&alone), "", Target::AtLeast(0.6))
            .detail(against),
        Finding::new("durable writes, 16 writers against one", many.over(&one), "", Target::AtLeast(3.0))
            .detail(group),
    ])
}

fn risk(n: u64) -> Command {
    let fields = [
        ("title", json!(format!("Measured risk {n}"))),
        ("scenario", json!("A key is left in a public repository and used before anybody notices.")),
        ("threat", json!("Somebody who scans public repositories")),
        ("vulnerability", json!("Keys are kept with the source")),
        ("cia_affected", json!(["confidentiality", "integrity"])),
        ("owner_id", json!("P-2")),
        ("asset_ids", json!(["AST-1", "AST-2"])),
    ];
    Command::create(Kind::Risk, fields)
}

/// How often something was done, and how long that took.
#[derive(Default)]
struct Rate {
    done: u64,
    seconds: f64,
}

impl Rate {
    fn add(&mut self, done: u64, seconds: f64) {
        self.done += done;
        self.seconds += seconds;
    }

    fn per_second(&self) -> f64 {
        self.done as f64 / self.seconds
    }
}

/// One of our writes and one of SQLite alone, in turns: disks change their mind from one moment to the next.
async fn in_turns(
    org: &Org,
    bare: &mut Bare,
    time: Duration,
    us: &mut Rate,
    them: &mut Rate,
) -> anyhow::Result<()> {
    let start = clock::now();
    while start.elapsed() < time {
        let (seconds, written) = timed_async(org.execute(Actor::operator(), risk(us.done))).await;
        written?;
        us.add(1, seconds);
        let (seconds, written) = timed_async(bare.write()).await;
        written?;
        them.add(1, seconds);
    }
    Ok(())
}

/// Sixteen writers, each waiting for its answer before the next command.
async fn at_once(org: &Org, time: Duration, rate: &mut Rate) -> anyhow::Result<()> {
    let start = clock::now();
    let mut tasks = JoinSet::new();
    for _ in 0..WRITERS {
        let org = org.clone();
        tasks.spawn(async move {
            let mut written = 0_u64;
            while start.elapsed() < time {
                org.execute(Actor::operator(), risk(written)).await?;
                written += 1;
            }
            anyhow::Ok(written)
        });
    }
    let mut total = 0;
    while let Some(written) = tasks.join_next().await {
        total += written??;
    }
    rate.add(total, start.elapsed().as_secs_f64());
    Ok(())
}

/// Header and bodies of an entry, as they are stored.
type Entry = (Vec<u8>, Vec<u8>);

async fn newest_entries(database: &Path, count: i64) -> anyhow::Result<Vec<Entry>> {
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database).read_only(true))
            .await?;
    let newest = sqlx::query_as("SELECT header, bodies FROM entries ORDER BY place DESC LIMIT ?");
    let entries: Vec<Entry> = newest.bind(count).fetch_all(&mut connection).await?;
    connection.close().await?;
    ensure!(!entries.is_empty(), "the ledger is empty");
    Ok(entries)
}

/// SQLite alone: one table, one prepared insert, each a transaction of its own. The journal is that of the store.
struct Bare {
    connection: SqliteConnection,
    entries: Vec<Entry>,
    written: usize,
}

impl Bare {
    async fn new(file: &Path, entries: Vec<Entry>) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "4000");
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let table = "CREATE TABLE entries (place INTEGER PRIMARY KEY, header BLOB NOT NULL, bodies BLOB NOT NULL) STRICT";
        sqlx::raw_sql(table).execute(&mut connection).await?;
        Ok(Self { connection, entries, written: 0 })
    }

    /// One transaction.
    async fn write(&mut self) -> anyhow::Result<()> {
        self.written += 1;
        let Some((header, bodies)) = self.entries.get(self.written % self.entries.len()) else {
            return Ok(());
        };
        let insert = sqlx::query("INSERT INTO entries (header, bodies) VALUES (?, ?)");
        insert.bind(header.as_slice()).bind(bodies.as_slice()).execute(&mut self.connection).await?;
        Ok(())
    }
}
