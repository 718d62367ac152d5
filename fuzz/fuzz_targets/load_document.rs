//! Any bytes are either a load document or a list of problems; a document is either taken in, and then folds to the
//! same snapshot from its changes alone, or refused. Nothing panics.
#![no_main]

use isms::{
    Command, Isms,
    access::Actor,
    commands::Now,
    load::LoadDocument,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = LoadDocument::parse(bytes) else { return };
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today: "2026-01-01".parse().expect("a date") };
    let empty = Isms::default();
    let Ok(decision) = isms::decide(&empty, &Actor::operator(), now, Command::Load(document)) else { return };
    let mut folded = Isms::default();
    for change in &decision.changes {
        folded.apply(0, now.at, change).expect("a decided change folds");
    }
    for kind in isms::Kind::ALL {
        assert_eq!(folded.table(*kind).len(), decision.isms.table(*kind).len());
        for (a, b) in folded.table(*kind).all().zip(decision.isms.table(*kind).all()) {
            assert_eq!(a.body(), b.body());
        }
    }
});
