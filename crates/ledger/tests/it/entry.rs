//! The entry: its writer against RFC 8785 as serde_json_canonicalizer has it, its reader against its writer.

use jiff::Timestamp;
use ledger::entry::MAX_SEQ;
use ledger::{Change, Door, Entry, EntryError, Hash, canonical, whole_millis};
use proptest::prelude::*;

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

/// Texts rich in what JSON escapes.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}\\.[a-z]{1,8}", "[\\x00-\\x30\\\\\"/\u{7f}\u{2028}é€😀]{0,12}", any::<String>()]
}

prop_compose! {
    fn change()(id in text(), kind in text(), rev in any::<u32>(),
                before in proptest::option::of(hash()), after in proptest::option::of(hash())) -> Change {
        Change { id, kind, rev, before, after }
    }
}

prop_compose! {
    fn entry()(texts in [text(), text(), text()], seq in 0..=MAX_SEQ, millis in -62_167_219_200_000..=253_402_207_200_000_i64,
               door in 0..5_usize, note in proptest::option::of(hash()),
               changes in proptest::collection::vec(change(), 0..4),
               files in proptest::collection::vec(hash(), 0..3)) -> Entry {
        let [org, actor, command] = texts;
        let at = Timestamp::from_millisecond(millis).unwrap();
        Entry { v: 1, org, seq, at, actor, door: Door::ALL[door], command, note, changes, files }
    }
}

/// What the reader should say, found the slow way: serde, then the canonical bytes again.
fn slowly(bytes: &[u8]) -> Option<Entry> {
    let entry: Entry = serde_json::from_slice(bytes).ok()?;
    (entry.v == 1 && entry.seq <= MAX_SEQ && canonical::to_bytes(&entry).ok()? == bytes).then_some(entry)
}

proptest! {
    #![proptest_config(crate::cases(512))]

    #[test]
    fn the_writer_is_rfc_8785(entry in entry()) {
        prop_assert_eq!(
            String::from_utf8(entry.to_bytes()).unwrap(), canonical::to_text(&entry).unwrap()
        );
    }

    #[test]
    fn what_was_written_reads_back(entry in entry()) {
        prop_assert_eq!(Entry::parse(&entry.to_bytes()), Ok(entry));
    }

    #[test]
    fn altered_bytes_are_read_as_slowly_as_ever(
        entry in entry(), place in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..4,
    ) {
        let mut bytes = entry.to_bytes();
        let place = place.index(bytes.len());
        match how {
            0 => bytes[place] = byte,
            1 => bytes.insert(place, byte),
            2 => { bytes.remove(place); }
            _ => bytes[place] ^= 1 << (byte % 8),
        }
        prop_assert_eq!(Entry::parse(&bytes).ok(), slowly(&bytes));
    }

    #[test]
    fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(Entry::parse(&bytes).is_err());
    }
}

fn sample() -> Entry {
    let hash = |byte| Hash([byte; 32]);
    let after = Some(hash(0xab));
    Entry {
        v: 1,
        org: "tarnwick".into(),
        seq: 16,
        at: "2026-03-04T05:06:07.089999Z".parse().unwrap(),
        actor: "01J9ZQ".into(),
        door: Door::Page,
        command: "risk.create".into(),
        note: None,
        changes: vec![Change { id: "R-12".into(), kind: "risk".into(), rev: 1, before: None, after }],
        files: vec![],
    }
}

#[test]
fn an_entry_as_it_is_stored() {
    let text = String::from_utf8(sample().to_bytes()).unwrap();
    insta::assert_snapshot!(text, @r#"{"actor":"01J9ZQ","at":"2026-03-04T05:06:07.089Z","changes":[{"after":"abababababababababababababababababababababababababababababababab","before":null,"id":"R-12","kind":"risk","rev":1}],"command":"risk.create","door":"page","files":[],"note":null,"org":"tarnwick","seq":16,"v":1}"#);
    let read = Entry::parse(text.as_bytes()).unwrap();
    assert_eq!(read, Entry { at: whole_millis(sample().at), ..sample() });
}

#[test]
fn other_spellings_are_refused() {
    let text = String::from_utf8(sample().to_bytes()).unwrap();
    let change = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Entry::parse(text.replacen(from, to, 1).as_bytes())
    };
    assert_eq!(change("\"v\":1", "\"v\":2"), Err(EntryError::Version { found: 2 }));
    for (from, to) in [
        ("{\"actor\"", " {\"actor\""),
        ("\"seq\":16", "\"seq\": 16"),
        ("\"seq\":16", "\"seq\":016"),
        ("\"seq\":16", "\"seq\":1.6e1"),
        ("\"seq\":16", "\"seq\":-1"),
        ("\"seq\":16", "\"seq\":9007199254740992"),
        ("\"seq\":16", "\"seq\":99999999999999999999999999"),
        ("\"rev\":1", "\"rev\":4294967296"),
        ("\"v\":1", "\"v\":1,\"w\":1"),
        ("\"v\":1}", "\"v\":1}\n"),
        ("risk.create", "risk\\u002ecreate"),
        ("risk.create", "risk\\/create"),
        ("risk.create", "risk\\u000acreate"),
        ("risk.create", "risk\\u001Fcreate"),
        ("abab", "ABAB"),
        (".089Z", ".089000Z"),
        (".089Z", "Z"),
        ("05:06:07", "05:06:60"),
        ("2026-03-04", "2026-02-29"),
        (".089Z", "+00:0"),
        ("\"page\"", "\"window\""),
        ("\"files\":[]", "\"files\":null"),
        ("\"note\":null,", ""),
    ] {
        assert!(matches!(change(from, to), Err(EntryError::NotCanonical { .. })), "{from} -> {to}");
    }
    assert_eq!(Entry::parse(b"\xff"), Err(EntryError::NotUtf8));
}

#[test]
fn moments_are_rounded_down() {
    for (given, kept) in [
        ("2026-03-04T05:06:07.0899999Z", "2026-03-04T05:06:07.089Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        ("-000044-03-15T00:00:00Z", "0000-01-01T00:00:00Z"),
    ] {
        assert_eq!(whole_millis(given.parse().unwrap()), kept.parse::<Timestamp>().unwrap());
    }
}
