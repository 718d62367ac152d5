//! What a store costs on this machine: durable writes beside those of bare SQLite with the same bytes, growth,
//! opening, verifying. Run with `cargo run --release -p store --example store_speed -- DIRECTORY`; the directory must
//! not exist and is left behind.

#![expect(clippy::disallowed_methods, reason = "a stopwatch is what this program is for")]

use std::{path::PathBuf, time::Instant};

use isms::{Command, Kind, access::Actor, load::LoadDocument};
use serde_json::json;
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use store::{OpenMode, Options, Org, Store};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const ROUNDS: usize = 8;
const WRITES: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // On a thread of the runtime, as the handlers of a server are.
    tokio::spawn(run()).await?.map_err(Into::into)
}

async fn run() -> Result<(), String> {
    measure().await.map_err(|failure| failure.to_string())
}

async fn measure() -> Result<(), Failure> {
    let root = PathBuf::from(std::env::args().nth(1).ok_or("name a directory")?);
    std::fs::create_dir(&root)?;
    for records in [1_000, 10_000] {
        let store = Store::open(root.join(records.to_string()), OpenMode::Write, Options::default()).await?;
        let org = store.org()?;
        load(&org, records).await?;
        let mut raw = raw(&root.join(format!("raw-{records}.db"))).await?;
        let (mut bare, mut one, mut many) = (0.0, 0.0, 0.0);
        for _ in 0..ROUNDS {
            let last = org.snapshot().size() - 1;
            let bytes = org.entry(last).await?.ok_or("no entry")?.header.len() + 1_000;
            // In turns, so that whatever else the disk does falls on both.
            for i in 0..WRITES {
                let start = Instant::now();
                sqlx::query("INSERT INTO t (body) VALUES (?)")
                    .bind(vec![7_u8; bytes])
                    .execute(&mut raw)
                    .await?;
                bare += start.elapsed().as_secs_f64();
                let start = Instant::now();
                write(&org, i).await?;
                one += start.elapsed().as_secs_f64();
            }
            let start = Instant::now();
            let writers = (0..16).map(|w| {
                let org = org.clone();
                tokio::spawn(async move {
                    for i in 0..WRITES / 4 {
                        write(&org, w * 1_000 + i).await.map_err(|e| e.to_string())?;
                    }
                    Ok::<_, String>(())
                })
            });
            for writer in writers.collect::<Vec<_>>() {
                writer.await??;
            }
            many += start.elapsed().as_secs_f64() / 4.0;
        }
        let rate = |seconds: f64| (ROUNDS * WRITES) as f64 / seconds;
        println!(
            "{records} records: bare {:.0}/s, one writer {:.0}/s ({:.2}), 16 writers {:.0}/s ({:.2} of one)",
            rate(bare),
            rate(one),
            bare / one,
            rate(many),
            one / many
        );
    }
    let dir = root.join("large");
    let store = Store::open(&dir, OpenMode::Write, Options::default()).await?;
    let org = store.org()?;
    let start = Instant::now();
    load(&org, 50_000).await?;
    println!("loading 50,000 records: {:.2} s", start.elapsed().as_secs_f64());
    let people = 150_000;
    let start = Instant::now();
    let writers = (0..64).map(|w| {
        let org = org.clone();
        tokio::spawn(async move {
            for i in 0..people / 64 {
                write(&org, w * 10_000 + i).await.map_err(|e| e.to_string())?;
            }
            Ok::<_, String>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    println!("64 writers: {:.0}/s", people as f64 / start.elapsed().as_secs_f64());
    let size = org.snapshot().size();
    drop(org);
    store.close().await;
    let start = Instant::now();
    let store = Store::open(&dir, OpenMode::Write, Options::default()).await?;
    println!("opening: {:.2} s", start.elapsed().as_secs_f64());
    let org = store.org()?;
    let start = Instant::now();
    org.snapshot_before(size - 10).await?;
    println!("a past snapshot: {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    org.proof(5).await?;
    println!("a first proof: {:.2} s", start.elapsed().as_secs_f64());
    drop(org);
    store.close().await;
    let start = Instant::now();
    store::verify(&dir, &Default::default()).await?;
    let took = start.elapsed().as_secs_f64();
    println!("verifying {size} entries: {took:.2} s, {:.0}/s", size as f64 / took);
    Ok(())
}

async fn load(org: &Org, records: usize) -> Result<(), Failure> {
    let text = |i: usize| format!("{i} {}", "what happens, to what, and with what consequence; ".repeat(8));
    let risks: Vec<_> = (0..records)
        .map(|i| json!({ "id": i.to_string(), "title": format!("Risk {i}"), "scenario": text(i) }))
        .collect();
    let document = json!({ "load": { "risk": risks } }).to_string();
    let document = LoadDocument::parse(document.as_bytes()).map_err(|p| format!("{p:?}"))?;
    org.execute(Actor::operator(), Command::Load(document)).await?;
    Ok(())
}

async fn write(org: &Org, i: usize) -> Result<(), store::WriteError> {
    let n = u32::try_from(i * 7_919 % org.snapshot().table(Kind::Risk).len()).unwrap_or(0) + 1;
    let id = isms::Id { kind: Kind::Risk, n };
    let text = format!("{i} {:?}", Instant::now());
    org.execute(Actor::operator(), Command::update(id, [("threat", json!(text))])).await.map(drop)
}

async fn raw(path: &std::path::Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)").execute(&mut connection).await?;
    Ok(connection)
}
