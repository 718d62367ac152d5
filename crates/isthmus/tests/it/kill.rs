//! The server is killed at random moments under concurrent writes: what it acknowledged is there, what is there
//! verifies, and nothing temporary stays.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::support::{Seeded, Server, succeeds};

/// How often the server is killed.
const KILLS: u64 = 200;
/// Concurrent writers.
const WRITERS: usize = 4;

#[test]
#[expect(clippy::disallowed_methods, reason = "how fast this machine is decides when the kills fall")]
fn no_acknowledged_write_is_lost() {
    let data = tempfile::tempdir().expect("a directory");
    let dir = data.path().join("data");
    let first = Server::start(&dir);
    let client = first.set_up();
    first.kill();
    // How long a write takes here, from a cold start: kills are to fall into the moments of one, on any machine.
    let first = Server::start(&dir);
    let begun = Instant::now();
    let (status, body) = client.at(&first.address).try_post("/asset", &[("name", "first")]).expect("a write");
    assert_eq!(status, 303, "{body}");
    let window = u64::try_from(begun.elapsed().as_micros() * 3).unwrap_or(u64::MAX).max(60_000);
    first.kill();

    let acknowledged = Arc::new(Mutex::new(Vec::<String>::new()));
    let number = Arc::new(AtomicU64::new(0));
    let mut random = Seeded(0x1db6_70a2_5c3e_9f41);
    for _ in 0..KILLS {
        let server = Server::start(&dir);
        let over = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let (client, over) = (client.at(&server.address), over.clone());
                let (acknowledged, number) = (acknowledged.clone(), number.clone());
                thread::spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        let name = format!("asset-{}", number.fetch_add(1, Ordering::Relaxed));
                        match client.try_post("/asset", &[("name", &name)]) {
                            Ok((303, _)) => acknowledged.lock().expect("list").push(name),
                            Ok((status, body)) => panic!("{status}: {body}"),
                            // The server was killed while we waited: the write may or may not be there.
                            Err(_) => return,
                        }
                    }
                })
            })
            .collect();
        // Long enough for writes to be under way, short enough to fall into any moment of one.
        thread::sleep(Duration::from_micros(2_000 + random.below(window)));
        server.kill();
        over.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().expect("a writer");
        }
    }

    let server = Server::start(&dir);
    let client = client.at(&server.address);
    let mut there = std::collections::HashSet::new();
    for page in 1.. {
        let (status, body) = client.get(&format!("/api/v1/asset?page={page}"));
        assert_eq!(status, 200, "{body}");
        let list: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let records = list["records"].as_array().expect("records");
        there.extend(records.iter().map(|r| r["name"].as_str().expect("a name").to_owned()));
        if records.is_empty() || page >= list["pages"].as_u64().expect("pages") {
            break;
        }
    }
    let acknowledged = acknowledged.lock().expect("list");
    assert!(acknowledged.len() as u64 > KILLS, "only {} writes were acknowledged", acknowledged.len());
    let lost: Vec<_> = acknowledged.iter().filter(|name| !there.contains(*name)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    server.stop();

    let said = succeeds(&dir, &["verify"]);
    assert!(said.contains("verified"), "{said}");
    let temporary = std::fs::read_dir(dir.join("tmp")).map(Iterator::count).unwrap_or(0);
    assert_eq!(temporary, 0, "temporary files stayed");
    println!("{} writes acknowledged over {KILLS} kills, {} there", acknowledged.len(), there.len());
}
