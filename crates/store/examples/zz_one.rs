//! x
#![allow(clippy::disallowed_methods)]
use isms::{Command, Kind, access::Actor};
use serde_json::json;
use sqlx::{Connection, sqlite::*};
use std::time::Instant;
use store::*;
#[tokio::main]
async fn main() { tokio::spawn(run()).await.unwrap(); }
async fn run() {
    let dir = std::env::args().nth(1).unwrap();
    let all = || {
        let s = std::fs::read_to_string("/proc/self/stat").unwrap();
        let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
        (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
    };
    let store = Store::open(&dir, OpenMode::Write, Options::default()).await.unwrap();
    let org = store.org().unwrap();
    let o = SqliteConnectOptions::new()
        .filename(format!("{dir}/raw.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut raw = SqliteConnection::connect_with(&o).await.unwrap();
    sqlx::query("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body BLOB)")
        .execute(&mut raw)
        .await
        .unwrap();
    for _ in 0..6 {
        let (t, a) = (Instant::now(), all());
        for _ in 0..400 {
            sqlx::query("INSERT INTO t (body) VALUES (?)")
                .bind(vec![7_u8; 1400])
                .execute(&mut raw)
                .await
                .unwrap();
        }
        let b = t.elapsed().as_secs_f64();
        let bc = all() - a;
        let (t, a) = (Instant::now(), all());
        for i in 0..400u32 {
            let id = isms::Id { kind: Kind::Risk, n: i * 7919 % 1000 + 1 };
            org.execute(Actor::operator(), Command::update(id, [("threat", json!(format!("{i} {t:?}")))]))
                .await
                .unwrap();
        }
        let w = t.elapsed().as_secs_f64();
        println!(
            "raw {:.3} ms cpu {:.3}; write {:.3} ms cpu {:.3}; ratio {:.2}",
            b * 2.5,
            bc * 2.5,
            w * 2.5,
            (all() - a) * 2.5,
            b / w
        );
    }
}
