//! What every test needs: a store in a temporary directory, and people to write into it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, Ordering},
};

use isms::{
    Command, Id, Kind,
    access::{Actor, Door, Role},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use store::{Entropy, OpenMode, Options, Org, Store};
use tempfile::TempDir;

/// A data directory and the clock its stores go by.
pub(crate) struct House {
    pub(crate) dir: TempDir,
    pub(crate) pages: Arc<AtomicU32>,
    millis: Arc<AtomicI64>,
}

impl House {
    pub(crate) fn new() -> Self {
        let start = "2026-03-04T05:06:07.089Z".parse::<Timestamp>().unwrap().as_millisecond();
        Self { dir: TempDir::new().unwrap(), pages: Arc::default(), millis: Arc::new(start.into()) }
    }

    pub(crate) fn options(&self) -> Options {
        let millis = self.millis.clone();
        Options {
            clock: Arc::new(move || Timestamp::from_millisecond(millis.load(Ordering::SeqCst)).unwrap()),
            entropy: Entropy::seeded(7),
            page_limit: self.pages.clone(),
            ..Options::default()
        }
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.data(), OpenMode::Write, self.options()).await.unwrap()
    }

    pub(crate) async fn read(&self) -> Store {
        Store::open(self.data(), OpenMode::Read, self.options()).await.unwrap()
    }

    pub(crate) fn wait(&self, time: SignedDuration) {
        self.millis.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// A connection of somebody who does not go through the store.
    pub(crate) async fn intruder(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.data().join("isthmus.db"));
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    /// Runs statements behind the store's back.
    pub(crate) async fn tamper(&self, sql: &str) {
        let mut connection = self.intruder().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

pub(crate) const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn manager() -> Actor {
    Actor { account: "a-test".to_owned(), person: None, roles: vec![Role::IsmsManager], door: Door::Page }
}

pub(crate) fn reader() -> Actor {
    Actor { roles: vec![Role::Reader], ..manager() }
}

pub(crate) fn person(name: &str) -> Command {
    Command::create(Kind::Person, [("name", json!(name))])
}

pub(crate) fn rename(id: Id, rev: Option<u32>, name: &str) -> Command {
    let fields = [("name".to_owned(), json!(name))].into_iter().collect();
    Command::Update { target: id.into(), rev, fields }
}

/// Makes a person and says their id.
pub(crate) async fn hire(org: &Org, name: &str) -> Id {
    org.execute(manager(), person(name)).await.unwrap().created[0]
}

pub(crate) fn name_of(isms: &isms::Isms, id: Id) -> Option<Value> {
    isms.record(id)?.fields().get("name").cloned()
}

/// Everything in a snapshot as text, to compare two.
pub(crate) fn dump(isms: &isms::Isms) -> String {
    let mut out = format!("{} {}\n", isms.size(), isms.recorded());
    for kind in Kind::ALL {
        for record in isms.table(*kind).all() {
            let meta = record.meta();
            let body = Value::Object(record.body());
            out.push_str(&format!("{} {} {} {} {body}\n", meta.id, meta.rev, meta.seq, meta.recorded));
            for used in isms.backrefs(meta.id) {
                out.push_str(&format!("  {used:?}\n"));
            }
        }
        out.push_str(&format!("{kind} next {}\n", isms.table(*kind).next()));
    }
    out
}
