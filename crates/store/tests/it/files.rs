//! Stored files: limits, addresses, damage, and what is left behind.

use isms::{Command, Kind, Refusal};
use serde_json::json;
use store::{FileError, FileMeta, Org, StoredFile, Write, WriteError};
use tokio::io::AsyncReadExt;

use crate::support::*;

fn tmp(house: &House) -> usize {
    std::fs::read_dir(house.data().join("tmp")).unwrap().count()
}

fn meta(stored: StoredFile, name: &str) -> FileMeta {
    FileMeta {
        hash: stored.hash,
        size: stored.size,
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
    }
}

async fn attach(org: &Org, stored: StoredFile) -> Result<store::Outcome, WriteError> {
    let write = Write { attach: vec![meta(stored, "proof.txt")], ..Write::by(manager()) };
    let hash = stored.hash.to_string();
    org.execute_with(write, move |_, _| {
        Ok(Command::create(Kind::Evidence, [("title", json!("Proof")), ("file_hash", json!(hash))]))
    })
    .await
}

#[tokio::test]
async fn a_file_is_kept_under_its_hash_and_read_back() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let stored = org.put_file(&b"hello"[..], 100).await.unwrap();
    assert_eq!(stored.hash.to_string(), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert!(
        matches!(org.open_file(stored.hash).await, Err(FileError::NotFound)),
        "not before a record has it"
    );
    attach(&org, stored).await.unwrap();
    let mut opened = org.open_file(stored.hash).await.unwrap();
    let mut text = String::new();
    opened.file.read_to_string(&mut text).await.unwrap();
    assert_eq!((text.as_str(), opened.info.meta.name.as_str(), opened.info.seq), ("hello", "proof.txt", 0));
    // A second record with the same file attaches nothing anew.
    let again = org.put_file(&b"hello"[..], 100).await.unwrap();
    attach(&org, again).await.unwrap();
    assert_eq!(org.files().await.unwrap().len(), 1);
    assert_eq!(org.entry(1).await.unwrap().unwrap().activity.files, []);
    assert_eq!(tmp(&house), 0);
    assert_eq!(store::verify(house.data(), &Default::default()).await.unwrap().orgs[0].files, 1);
}

#[tokio::test]
async fn what_is_too_large_or_given_up_leaves_nothing() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    assert!(matches!(org.put_file(&[0; 101][..], 100).await, Err(FileError::TooLarge { limit: 100 })));
    assert_eq!(org.put_file(&[0; 100][..], 100).await.unwrap().size, 100);
    let mut upload = org.upload(100).await.unwrap();
    upload.write(b"half").await.unwrap();
    assert_eq!(tmp(&house), 1);
    drop(upload);
    assert_eq!(tmp(&house), 0);
    // What a crash leaves is removed at the next start.
    std::fs::write(house.data().join("tmp/upload-left"), "x").unwrap();
    drop(org);
    store.close().await;
    house.open().await;
    assert_eq!(tmp(&house), 0);
}

#[tokio::test]
async fn a_file_that_was_replaced_is_not_handed_out() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let stored = org.put_file(&b"hello"[..], 100).await.unwrap();
    attach(&org, stored).await.unwrap();
    std::fs::write(store.data_dir().file(org.name(), stored.hash), "HELLO").unwrap();
    assert!(matches!(org.open_file(stored.hash).await, Err(FileError::Altered)));
}

#[tokio::test]
async fn a_record_cannot_name_a_file_that_was_never_stored() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let fields = [("title", json!("Proof")), ("file_hash", json!("ab".repeat(32)))];
    let refused = org.execute(manager(), Command::create(Kind::Evidence, fields)).await.unwrap_err();
    let WriteError::Refused(Refusal::Invalid(problems)) = &refused else { panic!("{refused}") };
    assert_eq!(problems[0].place, "file_hash");
    let never = StoredFile { hash: ledger::sha256(b"never"), size: 5 };
    assert!(matches!(attach(&org, never).await, Err(WriteError::Refused(Refusal::Invalid(_)))));
}

#[tokio::test]
async fn sweeping_takes_uploads_that_were_given_up_and_no_others() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let kept = org.put_file(&b"kept"[..], 100).await.unwrap();
    attach(&org, kept).await.unwrap();
    let given_up = org.put_file(&b"given up"[..], 100).await.unwrap();
    let again = org.put_file(&b"uploaded again"[..], 100).await.unwrap();
    house.wait(DAY - HOUR);
    assert_eq!(store.sweep_files(DAY).await.unwrap(), 0, "a form may still be open");
    org.put_file(&b"uploaded again"[..], 100).await.unwrap();
    house.wait(HOUR);
    assert_eq!(store.sweep_files(DAY).await.unwrap(), 1);
    assert!(!store.data_dir().file(org.name(), given_up.hash).exists());
    attach(&org, again).await.unwrap();
    house.wait(DAY);
    assert_eq!(store.sweep_files(DAY).await.unwrap(), 0, "what is attached stays for ever");
    org.open_file(kept.hash).await.unwrap();
    store::verify(house.data(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_mended_by_uploading_it_again() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let stored = org.put_file(&b"hello"[..], 100).await.unwrap();
    attach(&org, stored).await.unwrap();
    let place = store.data_dir().file(org.name(), stored.hash);
    for damage in [Some("HELLO"), Some("hell"), Some(""), None] {
        match damage {
            Some(text) => std::fs::write(&place, text).unwrap(),
            None => std::fs::remove_file(&place).unwrap(),
        }
        store::verify(house.data(), &Default::default()).await.unwrap_err();
        org.open_file(stored.hash).await.unwrap_err();
        assert_eq!(org.put_file(&b"hello"[..], 100).await.unwrap(), stored);
        org.open_file(stored.hash).await.unwrap();
        store::verify(house.data(), &Default::default()).await.unwrap();
    }
    assert_eq!(tmp(&house), 0);
}
