//! Checkpoints as signed notes.

use ledger::{Checkpoint, Hash, NoteError, Signer, VerifierKey, open};

fn signer() -> Signer {
    Signer::from_seed("isms.example/acme", &[9; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::new("isms.example/acme", 42, Hash([3; 32]), "2026-03-04T05:06:07.5Z".parse().unwrap())
}

#[test]
fn a_note_opens_as_it_was_signed() {
    let note = signer().sign(&checkpoint()).unwrap();
    insta::assert_snapshot!(note, @r#"
    isms.example/acme
    42
    AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=
    time 2026-03-04T05:06:07.500Z

    — isms.example/acme Wwypgr3cK9RCi6q6XiTK91kpJi1IiaMbW7dCVR+Kigk2hgD/wF/+k4lDGeFDxQJicJn9djYAfdTs+0xbQM5Il5A1ogk=
    "#);
    assert_eq!(open(&note, signer().verifier_key()), Ok(checkpoint()));
    assert_eq!(checkpoint().signed_at(), Some("2026-03-04T05:06:07.5Z".parse().unwrap()));
}

#[test]
fn signatures_of_others_are_ignored() {
    let note = signer().sign(&checkpoint()).unwrap();
    let other = Signer::from_seed("isms.example/acme", &[8; 32]).unwrap();
    assert_eq!(open(&note, other.verifier_key()), Err(NoteError::Unsigned));
    let both = note.clone() + other.sign(&checkpoint()).unwrap().rsplit_once("\n\n").unwrap().1;
    assert_eq!(open(&both, signer().verifier_key()), Ok(checkpoint()));
    assert_eq!(open(&both, other.verifier_key()), Ok(checkpoint()));
    assert_eq!(open(&(note + "\u{2014} witness AAAAAAA=\n"), signer().verifier_key()), Ok(checkpoint()));
}

#[test]
fn every_flipped_bit_is_refused() {
    let note = signer().sign(&checkpoint()).unwrap().into_bytes();
    for bit in 0..note.len() * 8 {
        let mut flipped = note.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(text) = std::str::from_utf8(&flipped) {
            assert!(open(text, signer().verifier_key()).is_err(), "{text}");
        }
    }
}

#[test]
fn malformed_notes_are_refused() {
    let note = signer().sign(&checkpoint()).unwrap();
    let key = signer().verifier_key().clone();
    for (text, error) in [
        (String::new(), NoteError::Malformed),
        ("\n\n".into(), NoteError::Malformed),
        (note.trim_end().into(), NoteError::Malformed),
        (note.clone() + "\n", NoteError::Malformed),
        (note.clone() + "\u{2014} x\n", NoteError::Malformed),
        (note.replace('\n', "\r\n"), NoteError::Malformed),
        (note.replacen("\n42\n", "\n43\n", 1), NoteError::BadSignature),
        (note.replacen("time ", "time  ", 1), NoteError::BadSignature),
    ] {
        assert_eq!(open(&text, &key), Err(error), "{text:?}");
    }
    for text in
        ["", "a\n1\n", "a\n01\nAA==\n", "a\n1\nAA==\n", "\n1\nAA==\n", "a\n-1\nAA==\n", "a\n1\nAA==\n\n"]
    {
        assert_eq!(Checkpoint::parse(text), Err(NoteError::NotCheckpoint), "{text:?}");
    }
}

#[test]
fn what_is_not_signed() {
    let other = Checkpoint { origin: "isms.example/other".into(), ..checkpoint() };
    assert_eq!(signer().sign(&other), Err(NoteError::OtherOrigin));
    for line in ["", "a\nb", "a\tb"] {
        let odd = Checkpoint { extensions: vec![line.into()], ..checkpoint() };
        assert_eq!(signer().sign(&odd), Err(NoteError::Malformed), "{line:?}");
    }
}

#[test]
fn keys_as_text() {
    // The example key of Go's package sumdb/note.
    let go = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(go.parse::<VerifierKey>().unwrap().to_string(), go);
    let key = signer().verifier_key().clone();
    assert_eq!(key.to_string().parse(), Ok(key.clone()));
    let text = key.to_string();
    for wrong in [
        String::new(),
        go.replace("c74f20a3", "c74f20a4"),
        go.replace("c74f20a3", "C74F20A3"),
        go.replace("Peter", "Paul"),
        go.replace("+AR", "+AB"),
        go.replace("PeterNeumann", ""),
        text.clone() + "A",
        text[..text.len() - 4].to_owned(),
    ] {
        assert_eq!(wrong.parse::<VerifierKey>(), Err(NoteError::BadKey), "{wrong}");
    }
    for name in ["", "a b", "a+b", "a\nb"] {
        assert_eq!(Signer::from_seed(name, &[1; 32]).map(|_| ()), Err(NoteError::BadKey), "{name:?}");
    }
    assert!(!format!("{:?}", signer()).contains("0909"));
}
