//! Bodies and commitments.

use ledger::{Bodies, Body, Hash, Salt, commit, sha256};
use proptest::prelude::*;

fn body() -> impl Strategy<Value = Body<'static>> {
    prop_oneof![
        4 => (any::<[u8; 16]>(), any::<String>()).prop_map(|(salt, text)| Body::new(Salt(salt), text)),
        1 => Just(Body::Redacted),
    ]
}

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn bodies_survive_their_bytes(bodies in proptest::collection::vec(body(), 0..5).prop_map(Bodies)) {
        let bytes = bodies.to_bytes();
        prop_assert_eq!(Bodies::parse(&bytes), Ok(bodies));
    }

    #[test]
    fn each_list_of_bodies_has_one_spelling(
        bodies in proptest::collection::vec(body(), 1..4).prop_map(Bodies),
        place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = bodies.to_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(read) = Bodies::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}

#[test]
fn what_a_commitment_is() {
    let salt = Salt([7; 16]);
    let whole = [b"isthmus/body/v1\0".as_slice(), &[7; 16], b"{\"a\":1}"].concat();
    assert_eq!(commit(&salt, b"{\"a\":1}"), sha256(&whole));
    assert_ne!(commit(&Salt([8; 16]), b"{\"a\":1}"), sha256(&whole));
}

#[test]
fn redacting_forgets_the_salt() {
    let mut bodies =
        Bodies(vec![Body::new(Salt([1; 16]), "{\"name\":\"x\"}"), Body::new(Salt([2; 16]), "2")]);
    let kept = bodies.0[1].commitment();
    assert!(bodies.redact(0));
    assert!(!bodies.redact(0));
    assert!(!bodies.redact(2));
    let bytes = bodies.to_bytes();
    insta::assert_snapshot!(String::from_utf8(bytes.clone()).unwrap(), @r"
    redacted
    02020202020202020202020202020202 1
    2
    ");
    let read = Bodies::parse(&bytes).unwrap();
    assert_eq!((read.0[0].commitment(), read.0[1].commitment()), (None, kept));
}

#[test]
fn bodies_that_are_refused() {
    let salt = "00".repeat(16);
    for (text, index) in [
        ("\n".to_owned(), 0),
        ("redacted".to_owned(), 0),
        (format!("{salt} 2\nab\n{salt} 3\nab\n"), 1),
        (format!("{salt} 02\nab\n"), 0),
        (format!("{salt} +2\nab\n"), 0),
        (format!("{salt} \n\n"), 0),
        (format!("{salt} 18446744073709551615\nab\n"), 0),
        (format!("{salt} 1\né\n"), 0),
        (format!("{salt} 2\nab"), 0),
        ("AA".repeat(16) + " 0\n\n", 0),
    ] {
        assert_eq!(Bodies::parse(text.as_bytes()).map_err(|error| error.index), Err(index), "{text:?}");
    }
}

#[test]
fn hashes_as_text() {
    let hash = Hash([0x5a; 32]);
    let json = serde_json::to_string(&hash).unwrap();
    assert_eq!(json, format!("\"{}\"", "5a".repeat(32)));
    assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
    for wrong in ["5A".repeat(32), "5a".repeat(31), "5a".repeat(33), "5g".repeat(32), "5a".repeat(31) + "é"]
    {
        assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
    }
}
