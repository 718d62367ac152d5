//! How many entries a second the verifier checks on one core: typical one-change entries, a fifth of them creating a
//! record. Run with `cargo run --release -p ledger --example verify_speed`.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ledger::{
    Bodies, BodiesError, Body, Change, Door, Entry, EntryView, Hash, Problem, Salt, Signer, Verifier, commit,
    leaf_hash,
};

const ENTRIES: u64 = 200_000;
const ROUNDS: u32 = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut latest = vec![None::<Hash>; (ENTRIES / 5) as usize];
    let mut rows = Vec::new();
    for seq in 0..ENTRIES {
        // A stride that is coprime to the number of records visits them all out of order.
        let record = (seq * 7919 % (ENTRIES / 5)) as usize;
        let mut salt = [0x5a; 16];
        salt[..8].copy_from_slice(&seq.to_be_bytes());
        let text =
            format!(r#"{{"description":"{}","revision_of":{seq}}}"#, "a risk that was described ".repeat(17));
        let after = Some(commit(&Salt(salt), text.as_bytes()));
        let before = std::mem::replace(&mut latest[record], after);
        let rev = (seq / (ENTRIES / 5)) as u32 + 1;
        let entry = Entry {
            v: 1,
            org: "tarnwick-rota".into(),
            seq,
            at: Timestamp::from_second(1_772_600_000)? + SignedDuration::from_millis(seq as i64 * 250),
            actor: "01J9ZQ4W5V7C8K2M3N4P5Q6R7S".into(),
            door: Door::Page,
            command: "risk.step.evaluate".into(),
            note: None,
            changes: vec![Change { id: format!("R-{record}"), kind: "risk".into(), rev, before, after }],
            files: vec![],
        };
        rows.push((entry.to_bytes(), Bodies(vec![Body::new(Salt(salt), text)]).to_bytes()));
    }
    let sum = |pick: fn(&(Vec<u8>, Vec<u8>)) -> usize| rows.iter().map(pick).sum::<usize>() as u64 / ENTRIES;
    println!(
        "{ENTRIES} entries, {} bytes each and {} bytes of bodies",
        sum(|row| row.0.len()),
        sum(|row| row.1.len())
    );

    let key = Signer::from_seed("isms.example/tarnwick", &[1; 32])?.verifier_key().clone();
    report("whole verification", || {
        let mut verifier = Verifier::new("tarnwick-rota", key.clone());
        for (seq, (header, bodies)) in (0..).zip(&rows) {
            verifier.entry(seq, header, bodies)?;
        }
        verifier.finish().map(drop)
    })?;
    report("  reading entries", || rows.iter().try_for_each(|row| EntryView::parse(&row.0).map(drop)))?;
    report("  reading bodies", || -> Result<(), BodiesError> {
        rows.iter().try_for_each(|row| Bodies::parse(&row.1).map(drop))
    })?;
    report("  hashing leaves and bodies", || -> Result<(), Problem> {
        for (header, bodies) in &rows {
            std::hint::black_box((leaf_hash(header), commit(&Salt([0; 16]), bodies)));
        }
        Ok(())
    })?;
    Ok(())
}

/// Prints the best of some rounds.
#[expect(clippy::disallowed_methods, reason = "a stopwatch is what this program is for")]
fn report<E>(what: &str, mut run: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed());
    }
    let each = best.as_secs_f64() / ENTRIES as f64;
    println!("{what:30}{:10.0} entries/s{:8.0} ns each", 1.0 / each, each * 1e9);
    Ok(())
}
