//! When the disk does not do its part: a clear error for everybody concerned, nothing half-written, and no restart
//! needed afterwards.

use std::sync::atomic::Ordering;

use isms::Kind;
use store::{StoreError, WriteError};

use crate::support::*;

fn failed(error: &WriteError) -> &StoreError {
    match error {
        WriteError::Failed(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let house = House::new();
    house.pages.store(60, Ordering::SeqCst);
    let store = house.open().await;
    let org = store.org().unwrap();
    let mut there = 0;
    let error = loop {
        let text = format!("{there} {}", "x".repeat(400));
        match org.execute(manager(), person(&text)).await {
            Ok(_) => there += 1,
            Err(error) => break error,
        }
        assert!(there < 1_000, "the disk never got full");
    };
    assert!(failed(&error).to_string().contains("disk is full"), "{error}");
    assert_eq!(org.snapshot().table(Kind::Person).len(), there);
    // Every one of several callers is told.
    let many = (0..8).map(|i| org.execute(manager(), person(&format!("{i} {}", "y".repeat(480)))));
    for outcome in futures_util::future::join_all(many).await {
        failed(&outcome.unwrap_err());
    }
    let report = store::verify(house.data(), &Default::default()).await.unwrap();
    assert_eq!(report.orgs[0].size, there as u64);
    house.pages.store(0, Ordering::SeqCst);
    hire(&org, "after").await;
    assert_eq!(org.snapshot().table(Kind::Person).len(), there + 1);
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_fails_undoes_the_whole_commit() {
    // One table after another refuses, so that the commit breaks off at each place.
    for table in ["entries", "entry_records", "records", "heads"] {
        let house = House::new();
        let store = house.open().await;
        let org = store.org().unwrap();
        let ada = hire(&org, "Ada").await;
        let before = dump(&org.snapshot());
        house
            .tamper(&format!(
                "CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END"
            ))
            .await;
        let many = (0..5).map(|i| org.execute(manager(), person(&format!("{i}"))));
        for outcome in futures_util::future::join_all(many).await {
            let error = outcome.unwrap_err();
            assert!(failed(&error).to_string().contains("on fire"), "{error}");
        }
        assert_eq!(dump(&org.snapshot()), before, "{table}");
        house.tamper("DROP TRIGGER broken").await;
        org.execute(manager(), rename(ada, Some(1), "Ada L.")).await.unwrap();
        hire(&org, "Bo").await;
        drop(org);
        store.close().await;
        let report = store::verify(house.data(), &Default::default()).await.unwrap();
        assert_eq!((report.orgs[0].size, report.orgs[0].records), (3, 2));
    }
}

#[tokio::test]
async fn a_commit_that_was_durable_although_it_failed_is_taken_up() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    hire(&org, "Ada").await;
    // Another store writes behind this one's back; the lock prevents that, unless somebody removes it.
    std::fs::remove_file(house.data().join("lock")).unwrap();
    let other = house.open().await;
    hire(&other.org().unwrap(), "Bo").await;
    other.close().await;
    let error = org.execute(manager(), person("Cy")).await.unwrap_err();
    failed(&error);
    // The number was taken; after the failure the store looks at what is really there.
    assert_eq!(hire(&org, "Cy").await.n, 3);
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_a_clear_error() {
    let house = House::new();
    std::fs::write(house.data(), "a file where the directory should be").unwrap();
    let error = store::Store::open(house.data(), store::OpenMode::Write, house.options()).await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert!(error.to_string().contains(house.data().to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn closing_does_what_was_handed_in_and_refuses_what_comes_later() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let (written, ()) = tokio::join!(org.execute(manager(), person("Ada")), async {
        // Gives the write its turn to be handed in.
        tokio::task::yield_now().await;
        store.close().await;
    });
    assert_eq!(written.unwrap().seq, Some(0));
    let refused = org.execute(manager(), person("Bo")).await.unwrap_err();
    assert!(matches!(failed(&refused), StoreError::Closed), "{refused}");
    let again = house.open().await;
    assert_eq!(again.org().unwrap().snapshot().table(Kind::Person).len(), 1);
}
