//! Any bytes are either a canonical entry or refused, and what is read is written back to the same bytes. The same for
//! the bodies beside it and for signed notes.
#![no_main]

use ledger::{Bodies, Entry, EntryView, VerifierKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = Entry::parse(bytes) {
        assert_eq!(entry.to_bytes(), bytes);
        let view = EntryView::parse(bytes).expect("both readers agree");
        assert_eq!(view.to_entry(), entry);
    } else {
        assert!(EntryView::parse(bytes).is_err());
    }
    if let Ok(bodies) = Bodies::parse(bytes) {
        assert_eq!(bodies.to_bytes(), bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = text.parse::<VerifierKey>();
        let _ = ledger::Checkpoint::parse(text);
        if let Ok(key) = "isthmus/test+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse::<VerifierKey>() {
            let _ = ledger::open(text, &key);
        }
    }
});
