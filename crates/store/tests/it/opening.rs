//! Opening a data directory: what is made, who may, and what is refused.

use std::os::unix::fs::PermissionsExt;

use store::{OpenMode, Store, StoreError};

use crate::support::*;

#[tokio::test]
async fn makes_what_is_missing_for_the_owner_alone() {
    let house = House::new();
    let store = house.open().await;
    hire(&store.org().unwrap(), "Ada").await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&house.data()), 0o700);
    for dir in ["files", "tmp", "keys"] {
        assert_eq!(mode(&house.data().join(dir)), 0o700, "{dir}");
    }
    for file in ["isthmus.db", "isthmus.db-wal", "keys/ledger.key", "lock"] {
        assert_eq!(mode(&house.data().join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_second_writer_is_refused_and_told_what_to_do() {
    let house = House::new();
    let store = house.open().await;
    let second = Store::open(house.data(), OpenMode::Write, house.options()).await.unwrap_err();
    assert!(matches!(second, StoreError::Locked(_)), "{second}");
    assert!(second.to_string().contains("stop it first"), "{second}");
    store.close().await;
    house.open().await;
}

#[tokio::test]
async fn reads_beside_a_writer_what_was_there_at_opening() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let ada = hire(&org, "Ada").await;
    let reading = house.read().await;
    let view = reading.org().unwrap();
    org.execute(manager(), rename(ada, None, "Ada L.")).await.unwrap();
    assert_eq!(name_of(&view.snapshot(), ada), Some("Ada".into()));
    // All that is read belongs to the same moment.
    assert_eq!(view.history(ada).await.unwrap().len(), 1);
    assert_eq!(view.checkpoint(), view.checkpoint());
    assert!(matches!(
        view.execute(manager(), person("Bo")).await.unwrap_err(),
        store::WriteError::Failed(StoreError::ReadOnly)
    ));
    assert_eq!(name_of(&house.read().await.org().unwrap().snapshot(), ada), Some("Ada L.".into()));
}

#[tokio::test]
async fn reading_nothing_is_refused() {
    let house = House::new();
    let error = Store::open(house.data(), OpenMode::Read, house.options()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoData(_)), "{error}");
    assert!(!house.data().exists());
}

#[tokio::test]
async fn finds_everything_again_after_closing() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let ada = hire(&org, "Ada").await;
    org.execute(manager(), rename(ada, None, "Ada L.")).await.unwrap();
    let gone = hire(&org, "Bo").await;
    org.execute(manager(), isms::Command::Remove { id: gone, rev: None }).await.unwrap();
    org.execute(manager(), isms::Command::SeedControls).await.unwrap();
    let before = dump(&org.snapshot());
    let checkpoint = org.checkpoint();
    drop(org);
    store.close().await;
    assert!(!house.data().join("isthmus.db-wal").exists(), "the write-ahead log is folded in");
    let store = house.open().await;
    let org = store.org().unwrap();
    assert_eq!(dump(&org.snapshot()), before);
    assert_eq!(org.checkpoint(), checkpoint);
    // A number once given is not given again, and the chain goes on.
    assert_eq!(hire(&org, "Cy").await.n, 3);
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn migrations_it_does_not_know_or_that_failed_are_named() {
    let cases = [
        (
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'x', 1, x'00', 0)",
            "migration 99",
        ),
        ("UPDATE _sqlx_migrations SET success = 0 WHERE version = 1", "migration 1 failed"),
        (
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1",
            "migration 1 of the database differs",
        ),
    ];
    for (sql, message) in cases {
        let house = House::new();
        house.open().await.close().await;
        house.tamper(sql).await;
        for mode in [OpenMode::Write, OpenMode::Read] {
            let error = Store::open(house.data(), mode, house.options()).await.unwrap_err();
            assert!(matches!(error, StoreError::Migration(_)), "{error}");
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_gone_is_not_silently_replaced() {
    let house = House::new();
    house.open().await.close().await;
    std::fs::remove_file(house.data().join("keys/ledger.key")).unwrap();
    let error = Store::open(house.data(), OpenMode::Write, house.options()).await.unwrap_err();
    assert!(matches!(error, StoreError::Key { .. }), "{error}");
}
