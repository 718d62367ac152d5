//! The write path: one entry a command, many commands a commit, refusals and conflicts that concern one caller only.

use isms::{Command, Kind, Refusal, load::LoadDocument};
use serde_json::json;
use store::{Message, Write, WriteError};

use crate::support::*;

#[tokio::test]
async fn a_command_becomes_one_entry() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    assert!(store.is_empty() && org.checkpoint().is_none());
    let outcome = org.execute(manager(), person("Ada")).await.unwrap();
    assert_eq!((outcome.command.as_str(), outcome.seq), ("person.create", Some(0)));
    assert_eq!(outcome.changed, [(outcome.created[0], 1)]);
    assert_eq!(dump(&outcome.isms), dump(&org.snapshot()));
    let again = org.execute(manager(), rename(outcome.created[0], Some(1), "Ada")).await.unwrap();
    assert_eq!((again.seq, again.changed), (None, vec![]), "nothing changed, so nothing is recorded");
    assert_eq!(org.snapshot().size(), 1);
    assert!(!store.is_empty());
}

#[tokio::test]
async fn the_second_of_two_writers_of_one_record_gets_a_conflict() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let ada = hire(&org, "Ada").await;
    let (first, second) = tokio::join!(
        org.execute(manager(), rename(ada, Some(1), "first")),
        org.execute(manager(), rename(ada, Some(1), "second")),
    );
    let won = [&first, &second].into_iter().filter(|r| r.is_ok()).count();
    assert_eq!(won, 1, "{first:?} {second:?}");
    let lost = first.err().or(second.err()).unwrap();
    assert!(
        matches!(&lost, WriteError::Refused(Refusal::Conflict { id, yours: 1, current: 2 }) if *id == ada),
        "{lost}"
    );
}

#[tokio::test]
async fn a_refusal_concerns_its_caller_alone() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let writes = (0..40).map(|i| {
        let org = org.clone();
        tokio::spawn(async move {
            match i % 4 {
                0 => org.execute(reader(), person("no")).await.map(|o| o.seq),
                1 => org.execute(manager(), person("")).await.map(|o| o.seq),
                2 => org.execute_with(Write::by(manager()), |_, _| panic!("a bug")).await.map(|o| o.seq),
                _ => org.execute(manager(), person(&format!("P{i}"))).await.map(|o| o.seq),
            }
        })
    });
    let writes: Vec<_> = writes.collect();
    let mut done = Vec::new();
    for (i, write) in writes.into_iter().enumerate() {
        match (i % 4, write.await.unwrap()) {
            (0, Err(WriteError::Refused(Refusal::Forbidden { .. })))
            | (1, Err(WriteError::Refused(Refusal::Invalid(_))))
            | (2, Err(WriteError::Failed(store::StoreError::Internal))) => {}
            (3, Ok(Some(seq))) => done.push(seq),
            (_, other) => panic!("{i}: {other:?}"),
        }
    }
    done.sort_unstable();
    assert_eq!(done, (0..10).collect::<Vec<_>>());
    assert_eq!(org.snapshot().table(Kind::Person).len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_at_once_lose_nothing() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let writers: Vec<_> = (0..64)
        .map(|w| {
            let org = org.clone();
            tokio::spawn(async move {
                let id = hire(&org, &format!("writer {w}")).await;
                for rev in 1..=5 {
                    let outcome =
                        org.execute(manager(), rename(id, Some(rev), &format!("{w} {rev}"))).await.unwrap();
                    assert!(outcome.isms.record(id).unwrap().meta().rev == rev + 1);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(org.snapshot().size(), 64 * 6);
    let last = dump(&org.snapshot());
    drop(org);
    store.close().await;
    let report = store::verify(house.data(), &Default::default()).await.unwrap();
    assert_eq!((report.orgs[0].size, report.orgs[0].records), (64 * 6, 64));
    assert_eq!(dump(&house.read().await.org().unwrap().snapshot()), last);
}

#[tokio::test]
async fn a_command_can_be_made_from_the_newest_snapshot() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let counts = (0..10).map(|_| {
        org.execute_with(Write::by(manager()), |isms, _| {
            Ok(person(&format!("person {}", isms.table(Kind::Person).len() + 1)))
        })
    });
    for outcome in futures_util::future::join_all(counts).await {
        outcome.unwrap();
    }
    let isms = org.snapshot();
    let names: Vec<_> = isms.table(Kind::Person).all().map(|p| p.title()).collect();
    assert_eq!(names, (1..=10).map(|n| format!("person {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_batch_that_takes_back_what_it_did_leaves_no_trace() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let (ada, bo) = (hire(&org, "Ada").await, hire(&org, "Bo").await);
    let commands = vec![rename(ada, None, "X"), rename(bo, None, "Bo B."), rename(ada, None, "Ada")];
    let outcome =
        org.execute(manager(), Command::Batch { name: "person.tidy".to_owned(), commands }).await.unwrap();
    assert_eq!(outcome.changed, [(bo, 2)]);
    assert_eq!(org.snapshot().record(ada).unwrap().meta().rev, 1);
    org.execute(manager(), rename(ada, Some(1), "Ada L.")).await.unwrap();
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_large_load_is_several_entries_of_one_commit() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let people: Vec<_> =
        (0..1_200).map(|i| json!({ "id": format!("p{i}"), "name": format!("Person {i}") })).collect();
    let text = json!({ "load": { "person": people } }).to_string();
    let document = LoadDocument::parse(text.as_bytes()).unwrap();
    let outcome = org.execute(isms::access::Actor::operator(), Command::Load(document)).await.unwrap();
    let isms = org.snapshot();
    assert_eq!(isms.table(Kind::Person).len(), 1_200);
    assert_eq!(isms.size(), outcome.changed.len().div_ceil(500) as u64);
    let last = isms.table(Kind::Person).any(1_200).unwrap().meta().clone();
    assert_eq!((last.rev, last.seq), (1, isms.size() - 1));
    let before = dump(&isms);
    drop(org);
    store.close().await;
    store::verify(house.data(), &Default::default()).await.unwrap();
    assert_eq!(dump(&house.open().await.org().unwrap().snapshot()), before);
}

#[tokio::test]
async fn time_never_goes_back_in_the_ledger() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    hire(&org, "Ada").await;
    let at = org.snapshot().recorded();
    house.wait(-HOUR);
    hire(&org, "Bo").await;
    assert_eq!(org.snapshot().recorded(), at);
}

#[tokio::test]
async fn messages_wait_until_they_are_sent() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    let message = Message { topic: "mail".to_owned(), payload: json!({ "to": "ada@example.com" }) };
    let write = Write { messages: vec![message.clone()], ..Write::by(manager()) };
    org.execute_with(write.clone(), |_, _| Ok(person("Ada"))).await.unwrap();
    org.execute_with(write, |_, _| Ok(person(""))).await.unwrap_err();
    let waiting = org.messages().await.unwrap();
    assert_eq!(waiting.iter().map(|w| (w.seq, &w.message)).collect::<Vec<_>>(), [(0, &message)]);
    org.message_sent(waiting[0].n).await.unwrap();
    assert_eq!(org.messages().await.unwrap(), []);
}

#[tokio::test]
async fn checkpoints_are_kept_every_hundred_entries_and_every_day() {
    let house = House::new();
    let store = house.open().await;
    let org = store.org().unwrap();
    for i in 0..3 {
        hire(&org, &format!("a{i}")).await;
    }
    house.wait(DAY);
    for i in 0..205 {
        hire(&org, &format!("b{i}")).await;
    }
    house.wait(DAY);
    hire(&org, "c").await;
    let sizes: Vec<u64> = org.checkpoints().await.unwrap().iter().map(|c| c.size).collect();
    assert_eq!(sizes, [3, 100, 200, 208]);
}
