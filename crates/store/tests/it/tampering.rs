//! Tampering: whatever is changed behind the store's back, `verify` finds it and says where.

use store::{Org, Store, VerifyOptions};

use crate::support::*;

/// Eight entries over two days, a file, an account; closed.
async fn story(house: &House) -> (String, ledger::Hash) {
    let store: Store = house.open().await;
    let org: Org = store.org().unwrap();
    let ada = hire(&org, "Ada").await;
    hire(&org, "Bo").await;
    org.execute(manager(), rename(ada, None, "Ada L.")).await.unwrap();
    let kept = org.checkpoint().unwrap();
    house.wait(DAY);
    let stored = org.put_file(&b"hello"[..], 100).await.unwrap();
    let file = store::FileMeta {
        hash: stored.hash,
        size: 5,
        name: "proof.txt".into(),
        media_type: "text/plain".into(),
    };
    let write = store::Write { attach: vec![file], ..store::Write::by(manager()) };
    org.execute_with(write, |_, _| Ok(person("Cy"))).await.unwrap();
    let token = org.setup_token().await.unwrap().unwrap();
    let kim = store::NewAccount { email: "kim@example.com".into(), name: "Kim".into(), ..Default::default() };
    org.set_up(&token, kim, "correct horse battery").await.unwrap();
    hire(&org, "Di").await;
    hire(&org, "Ed").await;
    org.execute(manager(), isms::Command::Remove { id: "P-2".parse().unwrap(), rev: None }).await.unwrap();
    drop(org);
    store.close().await;
    (kept, stored.hash)
}

async fn problem(house: &House, checkpoint: Option<&str>) -> Result<(), String> {
    let options = VerifyOptions { checkpoint: checkpoint.map(str::to_owned), ..Default::default() };
    store::verify(house.data(), &options).await.map(drop).map_err(|e| e.to_string())
}

#[tokio::test]
async fn each_tampering_is_found_and_named() {
    // What is done, and what the message must say.
    let cases = [
        (
            "edit a body",
            "UPDATE entries SET bodies = CAST(replace(CAST(bodies AS TEXT), 'Ada', 'Eve') AS BLOB) WHERE seq = 0",
            "entry 0: the body of P-1 was altered",
        ),
        (
            "edit a body and the record alike",
            "UPDATE entries SET bodies = CAST(replace(CAST(bodies AS TEXT), 'Cy', 'Ce') AS BLOB) WHERE seq = 3; UPDATE records SET body = replace(body, 'Cy', 'Ce')",
            "entry 3: the body of P-3 was altered",
        ),
        (
            "put a line break into an id, so that one row passes for two",
            "UPDATE entry_records SET id = 'A' || char(10) || '1 0 0 P-1' WHERE id = 'P-3' AND rev = 1",
            "the index of revisions",
        ),
        (
            "put another organisation before this one",
            "INSERT INTO orgs (n, name, created_at) VALUES (0, 'other', 0)",
            "there is an organisation other",
        ),
        (
            "drop the last entry",
            "DELETE FROM entries WHERE seq = 7",
            "8 entries, but there are 7: entries were dropped",
        ),
        (
            "drop an entry in the middle",
            "DELETE FROM entries WHERE seq = 4",
            "entry 4 should come next, but entry 5",
        ),
        (
            "swap two",
            "UPDATE entries SET place = place + 1000 WHERE seq = 1; UPDATE entries SET place = place - 4 WHERE seq = 5; UPDATE entries SET place = place - 996 WHERE seq = 1001",
            "entry 1 should come next, but entry 5",
        ),
        (
            "change an actor",
            "UPDATE entries SET header = CAST(replace(CAST(header AS TEXT), 'a-test', 'a-tess') AS BLOB) WHERE seq = 1",
            "the ledger is not the one signed at size 3: one of the entries 0 to 2 was altered",
        ),
        (
            "change an actor after the last checkpoint",
            "UPDATE entries SET header = CAST(replace(CAST(header AS TEXT), 'a-test', 'a-tess') AS BLOB) WHERE seq = 6",
            "one of 3 to 7 was altered",
        ),
        (
            "append an entry",
            "INSERT INTO entries (place, header, bodies) SELECT place + 1, CAST(replace(replace(CAST(header AS TEXT), '\"seq\":7', '\"seq\":8'), '\"rev\":2', '\"rev\":3') AS BLOB), bodies FROM entries WHERE seq = 7",
            "entry 8",
        ),
        (
            "append an entry that changes nothing",
            "INSERT INTO entries (place, header, bodies) SELECT place + 1, CAST('{\"actor\":\"x\",\"at\":\"2027-01-01T00:00:00.000Z\",\"changes\":[],\"command\":\"x\",\"door\":\"page\",\"files\":[],\"note\":null,\"org\":\"main\",\"seq\":8,\"v\":1}' AS BLOB), x'' FROM entries WHERE seq = 7",
            "entries were added past it",
        ),
        (
            "edit the current-state table",
            "UPDATE records SET body = replace(body, 'Ada L.', 'Eve') WHERE id = 'P-1'",
            "the table of records holds P-1 with another body",
        ),
        (
            "edit a revision there",
            "UPDATE records SET rev = 7 WHERE id = 'P-1'",
            "the table of records holds P-1 as revision 7",
        ),
        (
            "edit a time there",
            "UPDATE records SET at = at + 1 WHERE id = 'P-1'",
            "the table of records holds P-1",
        ),
        (
            "give an account a role there",
            "UPDATE records SET body = replace(body, 'administrator', 'isms_manager') WHERE kind = 'account'",
            "the table of records holds account:",
        ),
        ("drop a record", "DELETE FROM records WHERE id = 'P-3'", "P-3 is missing in the table of records"),
        (
            "bring a removed record back",
            "UPDATE records SET body = '{\"name\":\"Bo\"}' WHERE id = 'P-2'",
            "the table of records holds P-2 with another body",
        ),
        (
            "invent a record",
            "INSERT INTO records SELECT org, 'P-9', kind, rev, seq, idx, at, commitment, body FROM records WHERE id = 'P-1'",
            "the table of records holds P-9, of which the ledger knows nothing",
        ),
        (
            "edit the index",
            "UPDATE entry_records SET seq = 1 WHERE id = 'P-1' AND rev = 2",
            "revision 2 of P-1",
        ),
        (
            "drop a row of the index",
            "DELETE FROM entry_records WHERE id = 'P-1' AND rev = 1",
            "the index of revisions has",
        ),
        ("drop the head", "DELETE FROM heads", "the signed head of the ledger is missing"),
        (
            "forge the head without the key",
            "UPDATE heads SET note = replace(note, char(10) || '8' || char(10), char(10) || '7' || char(10)), size = 7; DELETE FROM entries WHERE seq = 7",
            "the head of the ledger cannot be trusted",
        ),
        (
            "edit the stored edge",
            "UPDATE heads SET frontier = zeroblob(length(frontier))",
            "the stored edge of the tree",
        ),
        (
            "drop a kept checkpoint",
            "DELETE FROM checkpoints",
            "the checkpoint of size 3 that was kept is missing",
        ),
        (
            "forge a checkpoint",
            "UPDATE checkpoints SET note = replace(note, 'time 2026', 'time 2025')",
            "the stored checkpoint of size 3 cannot be trusted",
        ),
        (
            "move a checkpoint",
            "UPDATE checkpoints SET size = 4",
            "the checkpoint stored for size 4 is one for size 3",
        ),
        ("forget a file", "DELETE FROM files", "is missing in the table of files"),
        (
            "invent a file",
            "INSERT INTO files SELECT org, randomblob(32), 1, '', '', 1 FROM files",
            "which did not attach it",
        ),
        (
            "give a file another name",
            "UPDATE files SET name = 'other.txt'",
            "with another name, media type or size than entry 3 attached it with",
        ),
        (
            "give a file another media type",
            "UPDATE files SET media_type = 'text/html'",
            "with another name, media type or size than entry 3 attached it with",
        ),
        (
            "give a file another size",
            "UPDATE files SET size = 6",
            "with another name, media type or size than entry 3 attached it with",
        ),
        (
            "give a file another name in the ledger too",
            "UPDATE entries SET bodies = CAST(replace(CAST(bodies AS TEXT), 'proof.txt', 'prove.txt') AS BLOB) WHERE seq = 3; UPDATE files SET name = 'prove.txt'",
            "entry 3: the body of file:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 was altered",
        ),
        (
            "add a trigger",
            "CREATE TRIGGER quiet AFTER INSERT ON records BEGIN UPDATE records SET body = '{}' WHERE id = new.id; END",
            "the database has the trigger quiet, which no Isthmus made",
        ),
        (
            "add a view",
            "CREATE VIEW seen AS SELECT 1",
            "the database has the view seen, which no Isthmus made",
        ),
        (
            "change a table",
            "ALTER TABLE files ADD COLUMN remark TEXT",
            "the table files is not as this version of Isthmus makes it",
        ),
        ("drop an index", "DROP INDEX outbox_waiting", "the database lacks the index outbox_waiting"),
        (
            "a trigger on the table of migrations",
            "CREATE TRIGGER later AFTER UPDATE ON _sqlx_migrations BEGIN DELETE FROM orgs; END",
            "the database has the trigger later",
        ),
        (
            "a password for an unknown account",
            "INSERT INTO credentials VALUES (1, 'a-ghost', 'x')",
            "a password for the account a-ghost",
        ),
        (
            "rows of an unknown organisation",
            "INSERT INTO checkpoints VALUES (9, 1, 'x')",
            "the table checkpoints holds rows of an organisation that does not exist",
        ),
    ];
    for (what, sql, message) in cases {
        let house = House::new();
        story(&house).await;
        problem(&house, None).await.unwrap();
        house.tamper(sql).await;
        let found = problem(&house, None).await.expect_err(what);
        assert!(found.contains(message), "{what}: {found}");
    }
}

#[tokio::test]
async fn a_file_that_was_replaced_or_lost_is_found() {
    let house = House::new();
    let (_, hash) = story(&house).await;
    let path = store::DataDir::at(house.data()).file("main", hash);
    std::fs::write(&path, "HELLO").unwrap();
    let found = problem(&house, None).await.unwrap_err();
    assert!(found.contains(&hash.to_string()) && found.contains("was altered"), "{found}");
    std::fs::remove_file(&path).unwrap();
    let found = problem(&house, None).await.unwrap_err();
    assert!(found.contains("cannot be read"), "{found}");
}

#[tokio::test]
async fn rolling_back_to_an_old_copy_is_found_with_a_kept_checkpoint() {
    let house = House::new();
    story(&house).await;
    let database = house.data().join("isthmus.db");
    let old = std::fs::read(&database).unwrap();
    let store = house.open().await;
    let org = store.org().unwrap();
    hire(&org, "later").await;
    let kept = org.checkpoint().unwrap();
    drop(org);
    store.close().await;
    problem(&house, Some(&kept)).await.unwrap();
    std::fs::write(&database, old).unwrap();
    problem(&house, None).await.expect("an old copy is sound in itself");
    let found = problem(&house, Some(&kept)).await.unwrap_err();
    assert!(found.contains("signed at size 9, but the ledger has 8 entries"), "{found}");
    // Going on from the old copy, the history forks; the checkpoint still tells.
    let store = house.open().await;
    hire(&store.org().unwrap(), "other").await;
    store.close().await;
    let found = problem(&house, Some(&kept)).await.unwrap_err();
    assert!(found.contains("not the one signed at size 9"), "{found}");
}

#[tokio::test]
async fn a_ledger_signed_anew_with_another_key_is_found_with_a_kept_checkpoint() {
    let house = House::new();
    let (kept, _) = story(&house).await;
    problem(&house, Some(&kept)).await.unwrap();
    let other = House::new();
    let options = store::Options { entropy: store::Entropy::seeded(8), ..other.options() };
    let store = Store::open(other.data(), store::OpenMode::Write, options).await.unwrap();
    hire(&store.org().unwrap(), "Ada").await;
    store.close().await;
    let found = problem(&other, Some(&kept)).await.unwrap_err();
    assert!(found.contains("was not signed by this ledger's key"), "{found}");
    let found = problem(&house, Some("nonsense")).await.unwrap_err();
    assert!(found.contains("the checkpoint handed in cannot be used"), "{found}");
}

#[tokio::test]
async fn an_erased_body_of_which_no_entry_tells_is_found_and_breaks_no_proof() {
    let house = House::new();
    story(&house).await;
    let mut connection = house.intruder().await;
    let bodies: Vec<u8> = sqlx::query_scalar("SELECT bodies FROM entries WHERE seq = 0")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let mut bodies = ledger::Bodies::parse(&bodies).unwrap();
    assert!(bodies.redact(0));
    sqlx::query("UPDATE entries SET bodies = ? WHERE seq = 0")
        .bind(bodies.to_bytes())
        .execute(&mut connection)
        .await
        .unwrap();
    drop(connection);
    let found = problem(&house, None).await.unwrap_err();
    assert_eq!(found, "entry 0: the body of P-1 was erased, and no entry says by whom and why");
    let store = house.open().await;
    let org = store.org().unwrap();
    let history = org.history("P-1".parse().unwrap()).await.unwrap();
    assert!(history[1].redacted && history[1].after.is_none() && history[0].after.is_some());
    let key = org.public_key().parse().unwrap();
    org.proof(0).await.unwrap().unwrap().verify(&key).unwrap();
}

#[tokio::test]
async fn rebuilding_gives_the_same_tables_and_mends_no_ledger() {
    let house = House::new();
    story(&house).await;
    let rows = async || {
        let mut connection = house.intruder().await;
        let mut text = String::new();
        for sql in [
            "SELECT quote(org) || quote(id) || quote(kind) || quote(rev) || quote(seq) || quote(idx) || quote(at) || quote(commitment) || quote(body) FROM records ORDER BY id",
            "SELECT quote(org) || quote(id) || quote(rev) || quote(seq) || quote(idx) FROM entry_records ORDER BY id, rev",
            "SELECT quote(org) || quote(size) || quote(frontier) || quote(note) FROM heads",
        ] {
            let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
            text += &rows.join("\n");
        }
        text
    };
    let before = rows().await;
    assert!(!before.is_empty());
    store::rebuild(house.data()).await.unwrap();
    assert_eq!(rows().await, before);
    house.tamper("DELETE FROM records; DELETE FROM entry_records; UPDATE heads SET frontier = x'00'").await;
    let report = store::rebuild(house.data()).await.unwrap();
    let verified = &store::verify(house.data(), &Default::default()).await.unwrap().orgs[0];
    assert_eq!((report.entries, report.records), (verified.size, verified.records), "both count alike");
    assert_eq!(rows().await, before);
    problem(&house, None).await.unwrap();
    house.tamper("DELETE FROM entries WHERE seq = 7").await;
    let error = store::rebuild(house.data()).await.unwrap_err().to_string();
    assert!(error.contains("signed at size 8, but the ledger has 7"), "{error}");
    assert_eq!(rows().await, before, "nothing is changed then");
    // Without the signed head nothing says what the entries were: they are not signed anew.
    house.tamper("DELETE FROM heads").await;
    let error = store::rebuild(house.data()).await.unwrap_err().to_string();
    assert!(error.contains("the signed head of the ledger is missing"), "{error}");
}
