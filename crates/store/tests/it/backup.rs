//! Backup while writing goes on, and restoring all or nothing.

use std::io::Write;

use store::{NewAccount, StoreError, VerifyError};

use crate::support::*;

async fn with_data(house: &House) -> store::Store {
    let store = house.open().await;
    let org = store.org().unwrap();
    let token = org.setup_token().await.unwrap().unwrap();
    let kim = NewAccount { email: "kim@example.com".into(), name: "Kim".into(), ..Default::default() };
    org.set_up(&token, kim, "correct horse battery").await.unwrap();
    let stored = org.put_file(&b"hello"[..], 100).await.unwrap();
    let file =
        store::FileMeta { hash: stored.hash, size: 5, name: "a.txt".into(), media_type: "text/plain".into() };
    let write = store::Write { attach: vec![file], ..store::Write::by(manager()) };
    org.execute_with(write, |_, _| Ok(person("Ada"))).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_writing_restores_to_the_same() {
    let house = House::new();
    let store = with_data(&house).await;
    let org = store.org().unwrap();
    let signed = org.sign_in("kim@example.com", "correct horse battery", "a").await.unwrap();
    let busy = {
        let org = org.clone();
        tokio::spawn(async move {
            for i in 0..200 {
                hire(&org, &format!("p{i}")).await;
            }
        })
    };
    let file = house.dir.path().join("backup.tar");
    let made = store::backup(house.data(), &file).await.unwrap();
    busy.await.unwrap();
    assert_eq!(made.bytes, std::fs::metadata(&file).unwrap().len());
    let twice = store::backup(house.data(), &file).await.unwrap_err();
    assert!(twice.to_string().contains("does not overwrite"), "{twice}");
    // What stands beside the file belongs to somebody else, and the data directory is no place for a backup.
    for ending in ["part", "copy"] {
        let next = house.dir.path().join("next.tar");
        let other = house.dir.path().join(format!("next.tar.{ending}"));
        std::fs::write(&other, "mine").unwrap();
        store::backup(house.data(), &next).await.unwrap_err();
        assert_eq!(std::fs::read(&other).unwrap(), b"mine");
        assert!(!next.exists());
        std::fs::remove_file(&other).unwrap();
    }
    let inside = store::backup(house.data(), house.data().join("isthmus")).await.unwrap_err();
    assert!(inside.to_string().contains("lies in the data directory"), "{inside}");

    let other = House::new();
    let report = store::restore(&file, other.data()).await.unwrap();
    assert_eq!((report.orgs[0].size, report.orgs[0].files), (made.entries, 1));
    let restored = other.open().await;
    let view = restored.org().unwrap();
    assert_eq!(dump(&view.snapshot()), dump(&org.snapshot_before(made.entries).await.unwrap()));
    assert_eq!(view.public_key(), org.public_key());
    assert_eq!(view.session(&signed.token), None, "sessions are not restored");
    view.sign_in("kim@example.com", "correct horse battery", "a").await.unwrap();
    hire(&view, "goes on").await;
    let names: Vec<_> =
        std::fs::read_dir(house.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[tokio::test]
async fn restoring_over_data_is_refused() {
    let house = House::new();
    let store = with_data(&house).await;
    let file = house.dir.path().join("backup.tar");
    store::backup(house.data(), &file).await.unwrap();
    let refused = store::restore(&file, house.data()).await.unwrap_err();
    assert!(matches!(refused, VerifyError::Store(StoreError::NotEmpty(_))), "{refused}");
    store.close().await;
}

#[tokio::test]
async fn what_is_no_sound_backup_leaves_nothing() {
    let house = House::new();
    with_data(&house).await.close().await;
    let file = house.dir.path().join("backup.tar");
    store::backup(house.data(), &file).await.unwrap();
    let good = std::fs::read(&file).unwrap();
    let with = |name: &str, link: bool| {
        let mut header = tar::Header::new_gnu();
        // Written by hand: the library itself refuses to write such names.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(0);
        header.set_mode(0o644);
        header.set_entry_type(if link { tar::EntryType::Symlink } else { tar::EntryType::Regular });
        if link {
            header.set_link_name("/etc").unwrap();
        }
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.write_all(&good).unwrap();
        bytes
    };
    let at = good.windows(5).position(|w| w == b"hello").unwrap();
    let mut altered = good.clone();
    altered[at] = b'H';
    let cases = [
        ("nothing", Vec::new(), "lacks"),
        ("no tar", b"not a tar file".repeat(100), "is not a backup"),
        ("cut short", good[..good.len() / 2].to_vec(), ""),
        ("a way out", with("../escape", false), "../escape"),
        ("an absolute name", with("/tmp/escape", false), "/tmp/escape"),
        ("something else", with("notes.txt", false), "notes.txt"),
        ("a link", with("files", true), "files"),
        ("twice the same", with("keys/ledger.key", false), "twice"),
        ("an altered file", altered, "was altered"),
    ];
    for (what, bytes, message) in cases {
        let bad = house.dir.path().join("bad.tar");
        std::fs::write(&bad, bytes).unwrap();
        let other = House::new();
        let error = store::restore(&bad, other.data()).await.expect_err(what).to_string();
        assert!(error.contains(message), "{what}: {error}");
        assert!(!other.data().exists(), "{what}");
        // An empty directory that was there stays, and can be used for a sound one.
        std::fs::create_dir(other.data()).unwrap();
        store::restore(&bad, other.data()).await.expect_err(what);
        let left: Vec<_> = std::fs::read_dir(other.data())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .filter(|name| name != "lock")
            .collect();
        assert!(left.is_empty(), "{what}: {left:?}");
        store::restore(&file, other.data()).await.unwrap();
    }
}
