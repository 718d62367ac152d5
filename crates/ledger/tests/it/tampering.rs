//! The verifier: a sound ledger, what redaction leaves sound, and a table of tamperings with what is said of each.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use ledger::{Body, Change, Checkpoint, Hash, NoteError, Problem, Salt, Signer, Verifier, open};

use crate::company::{Row, note, rows, signer, verify, verify_opened};

fn kept() -> Vec<String> {
    [0, 4, 8].map(|size| note(&rows(), size)).to_vec()
}

#[test]
fn a_sound_ledger() {
    let summary = verify(&rows(), &kept()).unwrap();
    assert_eq!((summary.size, summary.signed, summary.redacted), (8, 8, 0));
    assert_eq!(summary.last, Some("2026-03-04T05:13:07Z".parse::<Timestamp>().unwrap()));
    assert_eq!(summary.records.len(), 3);
    let latest = &summary.records["R-2"];
    assert_eq!((latest.kind.as_str(), latest.rev, latest.seq, latest.change), ("risk", 3, 6, 0));
    assert!(latest.holds(br#"{"title":"Phishing, again"}"#));
    assert!(!latest.holds(br#"{"title":"Phishing"}"#));
    let removed = &verify(&rows()[..5], &[]).unwrap().records["R-2"];
    assert!(removed.removed() && !removed.redacted() && !removed.holds(b""));
    assert_eq!(verify(&rows(), &kept()[..2]).unwrap().signed, 4);
}

#[test]
fn entries_come_back_with_their_bodies() {
    let rows = rows();
    let mut verifier = Verifier::new("acme", signer().verifier_key().clone());
    let mut seen = Vec::new();
    for row in &rows {
        let accepted = verifier.entry(row.seq, &row.header, &row.bodies).unwrap();
        for (change, body) in accepted.changes() {
            seen.push((change.id.to_string(), body.and_then(Body::text).map(str::to_owned)));
        }
        assert_eq!(accepted.note().is_some(), [2, 4].contains(&row.seq));
    }
    assert_eq!(seen[4], ("R-2".to_owned(), None));
    assert_eq!(seen[7], ("AST-1".to_owned(), Some(r#"{"name":"Laptops and telephones"}"#.to_owned())));
}

/// The row that tells of the redaction of these bodies, by entry and body.
fn told(places: &[(u64, usize)]) -> Row {
    let mut row = rows().pop().unwrap();
    let mut bodies = Vec::new();
    row.seq = 8;
    row.edit(|entry| {
        (entry.seq, entry.command) = (8, "redaction.create".into());
        entry.changes = places
            .iter()
            .map(|&(seq, body)| {
                let reason = Body::new(Salt([body as u8; 16]), r#"{"reason":"asked to be forgotten"}"#);
                let (kind, after) = (ledger::redaction::KIND.into(), reason.commitment());
                bodies.push(reason);
                Change { id: ledger::redaction::id(seq, body), kind, rev: 1, before: None, after }
            })
            .collect();
    });
    row.bodies = ledger::Bodies(bodies).to_bytes();
    row
}

#[test]
fn a_redacted_ledger_is_sound_if_entries_tell_of_it() {
    let mut rows = rows();
    rows[2].edit_bodies(|bodies| bodies.fill(Body::Redacted));
    rows[7].edit_bodies(|bodies| bodies[0] = Body::Redacted);
    rows.push(told(&[(2, 0), (2, 1), (7, 0)]));
    let summary = verify(&rows, &kept()).unwrap();
    assert_eq!((summary.size, summary.signed, summary.redacted), (9, 8, 3));
    let latest = &summary.records["AST-1"];
    assert!(latest.redacted() && !latest.removed() && !latest.holds(b""));
    for (left_out, said) in [
        (vec![(2, 1), (7, 0)], "entry 2: the body of R-1 was erased, and no entry says by whom and why"),
        (vec![(2, 0), (7, 0)], "entry 2: the comment was erased, and no entry says by whom and why"),
        (vec![(2, 0), (2, 1)], "entry 7: the body of AST-1 was erased, and no entry says by whom and why"),
    ] {
        rows[8] = told(&left_out);
        assert_eq!(verify(&rows, &kept()).unwrap_err().to_string(), said);
    }
}

#[test]
fn what_is_said_to_be_redacted_is_gone() {
    for (seq, body, id) in [(2, 0, "redaction:2:0"), (2, 7, "redaction:2:7"), (8, 0, "redaction:8:0")] {
        let mut rows = rows();
        rows.push(told(&[(seq, body)]));
        let problem = verify(&rows, &kept()).unwrap_err();
        assert_eq!(problem, Problem::NotErased { seq: 8, id: id.to_owned() });
    }
    let mut rows = rows();
    rows[2].edit_bodies(|bodies| bodies[0] = Body::Redacted);
    rows.push(told(&[(2, 0)]));
    rows[8].edit(|entry| entry.changes[0].id = "redaction:02:0".into());
    assert!(matches!(verify(&rows, &kept()), Err(Problem::NotErased { seq: 8, .. })));
}

/// Alters the rows of the sound ledger.
type Tamper = fn(&mut Vec<Row>);

const TABLE: [(&str, Tamper); 23] = [
    ("edit a body", |rows| rows[2].edit_bodies(|bodies| bodies[0] = resalted(bodies, 0, "{}"))),
    ("edit a comment", |rows| rows[2].edit_bodies(|bodies| bodies[1] = resalted(bodies, 1, "no meeting"))),
    ("edit a salt", |rows| {
        rows[3]
            .edit_bodies(|bodies| bodies[0] = Body::new(Salt([0; 16]), bodies[0].text().unwrap().to_owned()));
    }),
    ("exchange body and comment", |rows| rows[2].edit_bodies(|bodies| bodies.reverse())),
    ("replay an old body", |rows| rows[2].bodies = [&rows[0].bodies[..], comment(&rows[2])].concat()),
    ("replay an equal old body", |rows| rows[5].bodies = rows[0].bodies.clone()),
    ("drop a body", |rows| rows[0].bodies.clear()),
    ("add a body", |rows| rows[0].edit_bodies(|bodies| bodies.push(Body::Redacted))),
    ("erase a body", |rows| rows[3].edit_bodies(|bodies| bodies[0] = Body::Redacted)),
    ("cut a body short", |rows| rows[0].bodies.truncate(40)),
    ("edit body and commitment", |rows| {
        let body = Body::new(Salt([0; 16]), "{}");
        let commitment = body.commitment();
        rows[2].edit_bodies(|bodies| bodies[0] = body);
        rows[2].edit(|entry| entry.changes[0].after = commitment);
    }),
    ("edit the last body and its commitment", |rows| {
        let body = Body::new(Salt([0; 16]), "{}");
        let commitment = body.commitment();
        rows[7].edit_bodies(|bodies| bodies[0] = body);
        rows[7].edit(|entry| entry.changes[0].after = commitment);
    }),
    ("drop the last entry", |rows| drop(rows.pop())),
    ("drop an entry", |rows| drop(rows.remove(3))),
    ("swap two", |rows| rows.swap(1, 3)),
    ("swap two and their numbers", |rows| {
        rows.swap(1, 3);
        (rows[1].seq, rows[3].seq) = (1, 3);
    }),
    ("swap two, their numbers and their times", |rows| {
        rows.swap(0, 1);
        (rows[0].seq, rows[1].seq) = (0, 1);
        rows[0].edit(|entry| (entry.seq, entry.at) = (0, entry.at - SignedDuration::from_mins(1)));
        rows[1].edit(|entry| (entry.seq, entry.at) = (1, entry.at + SignedDuration::from_mins(1)));
    }),
    ("change an actor", |rows| rows[6].edit(|entry| entry.actor = "01J9ZR".into())),
    ("change a time", |rows| rows[2].edit(|entry| entry.at -= SignedDuration::from_mins(2))),
    ("change a time a little", |rows| rows[2].edit(|entry| entry.at += SignedDuration::from_secs(1))),
    ("skip a revision", |rows| rows[5].edit(|entry| entry.changes[0].rev = 4)),
    ("change a kind", |rows| rows[2].edit(|entry| entry.changes[0].kind = "asset".into())),
    ("add a space", |rows| rows[4].header.push(b' ')),
];

fn resalted(bodies: &[Body<'_>], index: usize, text: &'static str) -> Body<'static> {
    Body::new(bodies[index].salt().unwrap(), text)
}

/// The bytes of the comment, the second of the row's bodies.
fn comment(row: &Row) -> &[u8] {
    let bodies = ledger::Bodies::parse(&row.bodies).unwrap().0;
    let first = ledger::Bodies(bodies[..1].to_vec()).to_bytes().len();
    &row.bodies[first..]
}

#[test]
fn each_tampering_is_named() {
    let mut said = String::new();
    for (name, tamper) in TABLE {
        let mut rows = rows();
        tamper(&mut rows);
        let problem = verify(&rows, &kept()).expect_err(name);
        writeln!(said, "{name}: {problem}").unwrap();
    }
    insta::assert_snapshot!(said, @r#"
    edit a body: entry 2: the body of R-1 was altered: it does not match its commitment
    edit a comment: entry 2: the comment was altered: it does not match its commitment
    edit a salt: entry 3: the body of AST-1 was altered: it does not match its commitment
    exchange body and comment: entry 2: the body of R-1 was altered: it does not match its commitment
    replay an old body: entry 2: the body of R-1 was altered: it does not match its commitment
    replay an equal old body: entry 5: the body of R-1 was altered: it does not match its commitment
    drop a body: entry 0: the number of bodies should be 1, but is 0
    add a body: entry 0: the number of bodies should be 1, but is 2
    erase a body: entry 3: the body of AST-1 was erased, and no entry says by whom and why
    cut a body short: entry 0: body 0, counting from 0, cannot be read
    edit body and commitment: the ledger is not the one signed at size 4: one of the entries 0 to 3 was altered
    edit the last body and its commitment: the ledger is not the one signed at size 8: one of the entries 4 to 7 was altered
    drop the last entry: a checkpoint was signed at size 8, but the ledger has 7 entries: it was cut or rolled back
    drop an entry: entry 3 should come next, but entry 4 stands in its place
    swap two: entry 1 should come next, but entry 3 stands in its place
    swap two and their numbers: entry 1 should come next, but entry 3 stands in its place
    swap two, their numbers and their times: the ledger is not the one signed at size 4: one of the entries 0 to 3 was altered
    change an actor: the ledger is not the one signed at size 8: one of the entries 4 to 7 was altered
    change a time: entry 2 is dated 2026-03-04T05:06:07Z, before the entry it follows (2026-03-04T05:07:07Z)
    change a time a little: the ledger is not the one signed at size 4: one of the entries 0 to 3 was altered
    skip a revision: entry 5 takes R-1 to revision 4, but revision 3 comes next
    change a kind: entry 2 says that R-1 is of kind asset, but it is of kind risk
    add a space: entry 4 cannot be read: the entry is not in canonical form at byte 336
    "#);
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (sound, key) = (rows(), signer().verifier_key().clone());
    let kept: Vec<_> = kept().iter().map(|note| open(note, &key).unwrap()).collect();
    let refused = |rows: &[Row]| verify_opened(rows, &kept, key.clone()).is_err();
    for row in 0..sound.len() {
        for bit in 0..sound[row].header.len() * 8 {
            let mut rows = sound.clone();
            rows[row].header[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&rows), "bit {bit} of entry {row}");
        }
        for bit in 0..sound[row].bodies.len() * 8 {
            let mut rows = sound.clone();
            rows[row].bodies[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&rows), "bit {bit} of the bodies of entry {row}");
        }
    }
}

#[test]
fn another_organisation_is_refused() {
    let mut verifier = Verifier::new("globex", signer().verifier_key().clone());
    let problem = verifier.entry(0, &rows()[0].header, &rows()[0].bodies).unwrap_err();
    assert_eq!(problem.to_string(), r#"entry 0 belongs to organisation "acme", not to "globex""#);
}

#[test]
fn a_change_of_nothing_is_refused() {
    let mut row = rows().remove(0);
    row.edit(|entry| entry.changes[0].after = None);
    row.bodies.clear();
    let problem = verify(&[row], &[]).unwrap_err();
    assert_eq!(problem.to_string(), "entry 0 removes R-1, which is not there");
}

#[test]
fn a_change_from_another_body_is_refused() {
    let mut rows = rows();
    rows[2].edit(|entry| entry.changes[0].before = None);
    let expected = rows[0].commitment();
    let problem = verify(&rows, &[]).unwrap_err();
    assert_eq!(problem, Problem::ChainBroken { seq: 2, id: "R-1".into(), expected, found: None });
    assert!(problem.to_string().starts_with("entry 2 changes R-1 from another body (none) than its last"));
}

#[test]
fn checkpoints_that_are_refused() {
    let (rows, key) = (rows(), signer().verifier_key().clone());
    let forged = Checkpoint::new("isms.example/acme", 4, Hash([0; 32]), Timestamp::UNIX_EPOCH);
    let forger = Signer::from_seed("isms.example/acme", &[6; 32]).unwrap();
    let problem = verify(&rows, &[forger.sign(&forged).unwrap()]).unwrap_err();
    assert_eq!(problem.to_string(), "a checkpoint cannot be trusted: the note is not signed by this key");

    let other = Checkpoint { origin: "elsewhere".into(), ..forged.clone() };
    let problem = Verifier::new("acme", key.clone()).with_checkpoint(other).unwrap_err();
    assert_eq!(problem, Problem::BadSignature(NoteError::OtherOrigin));

    let mut verifier = Verifier::new("acme", key).with_note(&note(&rows, 3)).unwrap();
    rows[..5].iter().for_each(|row| drop(verifier.entry(row.seq, &row.header, &row.bodies).unwrap()));
    let problem = verifier.with_checkpoint(forged).unwrap_err();
    assert_eq!(problem, Problem::CheckpointLate { size: 4, have: 5 });
}

#[test]
fn a_problem_stays() {
    let rows = rows();
    let mut verifier = Verifier::new("acme", signer().verifier_key().clone());
    let problem = verifier.entry(1, &rows[1].header, &rows[1].bodies).unwrap_err();
    assert_eq!(problem, Problem::OutOfOrder { expected: 0, found: 1 });
    assert_eq!(verifier.entry(0, &rows[0].header, &rows[0].bodies).unwrap_err(), problem);
    assert_eq!(verifier.finish().unwrap_err(), problem);
}

#[test]
fn two_checkpoints_of_one_size_cannot_both_hold() {
    let mut other = rows();
    other[0].edit(|entry| entry.actor = "01J9ZR".into());
    let notes = [note(&rows(), 4), note(&other, 4)];
    assert_eq!(verify(&rows(), &notes), Err(Problem::CheckpointRoot { size: 4, since: 0 }));
}
