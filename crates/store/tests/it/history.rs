//! What was: histories, past snapshots, activity, proofs.

use isms::{Command, Kind, access::Actor};
use ledger::VerifierKey;
use serde_json::json;
use store::{ActivityQuery, InclusionProof, VerifyOptions};

use crate::support::*;

#[tokio::test]
async fn the_history_of_a_record_has_before_and_after() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let ada = hire(&org, "Ada").await;
    house.wait(HOUR);
    org.execute(manager(), rename(ada, None, "Ada L.")).await.unwrap();
    org.execute(manager(), Command::Remove { id: ada, rev: None }).await.unwrap();
    let history = org.history(ada).await.unwrap();
    let name = |body: &Option<serde_json::Map<String, serde_json::Value>>| {
        body.as_ref().map(|b| b["name"].as_str().unwrap().to_owned())
    };
    let told: Vec<_> =
        history.iter().map(|r| (r.rev, r.command.as_str(), name(&r.before), name(&r.after))).collect();
    assert_eq!(
        told,
        [
            (3, "person.remove", Some("Ada L.".into()), None),
            (2, "person.update", Some("Ada".into()), Some("Ada L.".into())),
            (1, "person.create", None, Some("Ada".into())),
        ]
    );
    assert_eq!(
        (history[1].actor.as_str(), history[1].door, history[1].seq),
        ("a-test", ledger::Door::Page, 1)
    );
    assert_eq!(history[1].at, history[2].at + HOUR);
    assert_eq!(org.history("P-99".parse().unwrap()).await.unwrap(), []);
    // The same for all changes of an entry at once.
    for revision in &history {
        let changes = org.entry(revision.seq).await.unwrap().unwrap().activity.changes;
        let before = org.bodies_before(&changes).await.unwrap();
        assert_eq!(before, std::slice::from_ref(&revision.before), "revision {}", revision.rev);
    }
}

#[tokio::test]
async fn every_past_snapshot_is_the_one_that_was() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let mut was = vec![dump(&org.snapshot())];
    for i in 0..12_u32 {
        match i % 4 {
            0 => drop(hire(&org, &format!("p{i}")).await),
            1 => drop(
                org.execute(manager(), rename(format!("P-{}", i / 4 + 1).parse().unwrap(), None, "x"))
                    .await
                    .unwrap(),
            ),
            2 => {
                let fields = [("name", json!(format!("Laptop {i}"))), ("owner_id", json!("P-1"))];
                org.execute(manager(), Command::create(Kind::Asset, fields)).await.unwrap();
            }
            _ => {
                let id = org.snapshot().table(Kind::Asset).all().next().unwrap().id();
                org.execute(manager(), Command::Remove { id, rev: None }).await.unwrap();
            }
        }
        was.push(dump(&org.snapshot()));
        house.wait(HOUR);
    }
    for (seq, was) in was.iter().enumerate() {
        let then = org.snapshot_before(seq as u64).await.unwrap();
        assert_eq!(dump(&then), *was, "before entry {seq}");
    }
}

#[tokio::test]
async fn a_day_ends_in_the_timezone_of_the_organisation() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    // 05:06 UTC on 4 March is still 3 March, 19:06, in Honolulu.
    let profile = [("name", json!("Tarn")), ("timezone", json!("Pacific/Honolulu"))];
    org.execute(manager(), Command::create(Kind::OrgProfile, profile)).await.unwrap();
    hire(&org, "on the third").await;
    house.wait(HOUR * 6);
    hire(&org, "on the fourth").await;
    let people = async |day: &str| {
        let then = org.snapshot_at(day.parse().unwrap()).await.unwrap();
        then.table(Kind::Person).len()
    };
    assert_eq!(people("2026-03-02").await, 0);
    assert_eq!(people("2026-03-03").await, 1);
    assert_eq!(people("2026-03-04").await, 2);
    assert_eq!(people("2030-01-01").await, 2);
}

#[tokio::test]
async fn activity_pages_through_the_ledger_newest_first() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    for i in 0..1_100_u32 {
        if i % 100 == 7 {
            org.execute(Actor::operator(), person(&format!("c{i}"))).await.unwrap();
        } else {
            hire(&org, &format!("p{i}")).await;
        }
    }
    let mut query = ActivityQuery { limit: 400, ..Default::default() };
    let mut seqs = Vec::new();
    loop {
        let page = org.activity(&query).await.unwrap();
        seqs.extend(page.entries.iter().map(|e| e.seq));
        query.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seqs, (0..1_100).rev().collect::<Vec<_>>());
    let mut query = ActivityQuery { limit: 4, actor: Some("cli".into()), ..Default::default() };
    let mut seqs = Vec::new();
    loop {
        let page = org.activity(&query).await.unwrap();
        assert!(page.entries.len() <= 4);
        seqs.extend(page.entries.iter().map(|e| e.seq));
        query.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seqs, (0..11).rev().map(|i| i * 100 + 7).collect::<Vec<_>>());
    let none = ActivityQuery { limit: 4, command: Some("risk.".into()), ..Default::default() };
    assert_eq!(org.activity(&none).await.unwrap().entries, []);
}

#[tokio::test]
async fn an_entry_can_be_proved_offline() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    for i in 0..7 {
        hire(&org, &format!("p{i}")).await;
    }
    let key: VerifierKey = org.public_key().parse().unwrap();
    let old = org.checkpoint().unwrap();
    for i in 7..20 {
        hire(&org, &format!("p{i}")).await;
    }
    for seq in 0..20 {
        let text = serde_json::to_string(&org.proof(seq).await.unwrap().unwrap()).unwrap();
        let proof: InclusionProof = serde_json::from_str(&text).unwrap();
        proof.verify(&key).unwrap();
        let wrong = [
            InclusionProof { seq: seq + 1, ..proof.clone() },
            InclusionProof { entry: proof.entry.replace("a-test", "a-tess"), ..proof.clone() },
            InclusionProof { bodies: proof.bodies.replace("\"p", "\"q"), ..proof.clone() },
            InclusionProof { checkpoint: old.clone(), ..proof.clone() },
        ];
        for wrong in wrong {
            assert!(wrong.verify(&key).is_err(), "{wrong:?}");
        }
    }
    assert_eq!(org.proof(20).await.unwrap(), None);
    let proof = org.consistency(7, 20).await.unwrap().unwrap();
    proof.verify().unwrap();
    assert_eq!(ledger::open(&old, &key).unwrap().root, proof.old_root);
    assert_eq!(ledger::open(&org.checkpoint().unwrap(), &key).unwrap().root, proof.new_root);
    assert_eq!(org.consistency(7, 21).await.unwrap(), None);
    let kept = VerifyOptions { checkpoint: Some(old), ..Default::default() };
    assert_eq!(store::verify(house.data(), &kept).await.unwrap().orgs[0].kept, Some(7));
}

#[tokio::test]
async fn an_entry_shows_what_it_holds() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    hire(&org, "Ada").await;
    let entry = org.entry(0).await.unwrap().unwrap();
    assert_eq!(entry.activity.changes[0].id, "P-1");
    assert_eq!(entry.bodies[0].as_ref().unwrap()["name"], "Ada");
    assert_eq!(ledger::leaf_hash(entry.header.as_bytes()), entry.activity.leaf);
    assert_eq!(org.entry(1).await.unwrap(), None);
}
