//! An assessment as a whole: what is in it and by which names, what it counts, what changes by itself, what differs from
//! another, and which step brought it about.

use isms::{
    Command, Date, Isms,
    access::Actor,
    commands::Now,
    load::LoadDocument,
    rules::{Assessment, History, Reporter, Sight, Status, Subject, assess::steps, readiness},
};
use serde_json::{Value, json};

fn day(s: &str) -> Date {
    s.parse().unwrap()
}

fn loaded(load: Value) -> Isms {
    let document = LoadDocument::parse(json!({ "load": load }).to_string().as_bytes()).unwrap();
    let now = Now { at: jiff::Timestamp::UNIX_EPOCH, today: day("2026-06-15") };
    isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document)).unwrap().isms
}

fn assessed(isms: &Isms) -> Assessment {
    Assessment::of(isms, &History::default())
}

fn controls(assessment: &Assessment) -> Vec<&Subject> {
    assessment.subjects().iter().filter(|s| s.control.is_some()).collect()
}

#[test]
fn every_control_is_there_once_by_what_people_call_it() {
    let mut isms = loaded(json!({
        "control": [
            { "id": "A.8.34", "created_at": "2026-07-01" },
            { "id": "A.5.9", "ref": "A.5.9", "title": "Inventory" },
            { "id": "one", "ref": "OPS 1", "title": "One", "framework": "custom", "created_at": "2026-06-01" },
            { "id": "none", "title": "None", "framework": "custom" },
            { "id": "row", "ref": "4.1", "title": "Row", "framework": "custom" },
            { "id": "twice", "ref": "OPS 2", "title": "Twice", "framework": "custom" },
            { "id": "again", "ref": "OPS 3", "title": "Again", "framework": "custom" },
            { "id": "id", "ref": "R-7", "title": "Like an id", "framework": "custom" },
            { "id": "gone", "ref": "OPS 9", "title": "Gone", "framework": "custom", "state": "retired" },
        ],
        "nonconformity": [{ "id": "n", "grade": "minor", "criterion_ref": "A.5.9", "statement": "Two laptops", "raised_at": "2026-06-01" }],
    }));
    // Refused when it is handed in today; a ledger may hold it.
    let again = isms.record("C-5".parse().unwrap()).unwrap();
    let mut body = again.body();
    body.insert("ref".to_owned(), json!("OPS 2"));
    let change = isms::Change { id: again.id(), rev: 2, after: Some(body) };
    isms.apply(1, jiff::Timestamp::UNIX_EPOCH, &change).unwrap();
    let assessment = assessed(&isms);
    let all = controls(&assessment);
    let own: Vec<&str> = all.iter().filter(|s| s.group == "C").map(|s| s.requirement.as_str()).collect();
    assert_eq!(own, ["OPS 1", "C-2", "C-3", "C-4", "C-5", "C-6"]);
    assert_eq!(all.len(), 93 + 6);
    let last: Vec<_> = all.iter().filter(|s| s.requirement == "A.8.34").collect();
    assert_eq!((last.len(), last[0].group.as_str()), (1, "A.8"));
    assert!(last[0].there.on(day("2026-06-30")), "a control of Annex A is there before its record is");
    let one = assessment.subject("OPS 1").unwrap();
    assert_eq!(assessment.subject("C-1").unwrap().requirement, one.requirement);
    assert!(one.there.on(day("2026-06-01")) && !one.there.on(day("2026-05-31")));
    assert!(assessment.subject("OPS 2").is_none() && assessment.subject("OPS 9").is_none());
    assert!(assessment.subject("4.1").unwrap().control.is_none());
    let named = |label: &str| {
        let labels = assessment.subject("A.5.9").unwrap().labels(day("2026-06-15"));
        labels.iter().filter(|l| **l == label).count()
    };
    assert_eq!((named("NC"), named("U1")), (1, 1), "once, though id and reference are the same");
}

#[test]
fn counts_are_of_what_is_there_and_not_advice() {
    let isms = loaded(json!({
        "control": [{ "id": "one", "title": "One", "framework": "custom", "created_at": "2026-06-01" }],
    }));
    let assessment = assessed(&isms);
    let counts = assessment.counts(day("2026-06-01"));
    let rows = frameworks::catalogue().requirements().iter();
    assert_eq!(counts.requirements.total(), rows.filter(|r| !r.advisory).count());
    assert_eq!(counts.controls.total(), 94);
    let names: Vec<&str> = counts.groups.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["4", "5", "6", "7", "8", "9", "10", "A.5", "A.6", "A.7", "A.8", "C"]);
    let of = |name: &str| counts.groups.iter().find(|(group, _)| group == name).unwrap().1.total();
    assert_eq!((of("A.5"), of("A.6"), of("A.7"), of("A.8"), of("C")), (37, 8, 14, 34, 1));
    let all = counts.groups.iter().map(|(_, counts)| counts.total()).sum::<usize>();
    assert_eq!(all, counts.requirements.total() + counts.controls.total());
    let before = assessment.counts(day("2026-05-31"));
    assert_eq!(before.controls.total(), 93, "what comes tomorrow is not counted today");
    assert!(before.groups.iter().all(|(name, _)| name != "C"));
    assert_eq!(assessment.on(day("2026-05-31")).len() + 1, assessment.on(day("2026-06-01")).len());
    let report = |day: Date| readiness(&isms, &assessment, day, &Sight::Everyone).requirements.len();
    assert_eq!(
        (report(day("2026-05-31")), report(day("2026-06-01"))),
        (assessment.on(day("2026-05-31")).len(), assessment.on(day("2026-06-01")).len(),)
    );
    let told = |day: Date| {
        let findings = Reporter::new(&isms, &assessment, day, &Sight::Everyone).all();
        findings.iter().any(|f| f.requirement == "C-1")
    };
    assert!(!told(day("2026-05-31")) && told(day("2026-06-01")));
}

/// A company in which nothing but one review of one row runs out.
fn climate(decided: &str) -> Value {
    json!({
        "person": [{ "id": "p", "name": "Ingrid", "in_scope": true, "is_top_management": true }],
        "climate_determination": [{ "id": "c", "relevant": false, "rationale": "indoors", "decided_by": "p", "decided_at": decided }],
        "control": [{ "id": "one", "title": "One", "framework": "custom", "created_at": "2026-06-20" }],
    })
}

#[test]
fn changes_that_come_by_themselves_are_told_with_what_is_new() {
    let assessment = assessed(&loaded(climate("2025-06-20")));
    let turns = assessment.changes(day("2026-06-15"), day("2026-06-21"));
    let of = |name: &str| turns.iter().find(|t| t.requirement == name).unwrap();
    let aged = of("4.1-A1");
    assert_eq!((aged.on, aged.before, aged.after), (day("2026-06-21"), Some(Status::Met), Status::Stale));
    assert_eq!(aged.labels, ["S1"]);
    let begun = of("C-1");
    assert_eq!((begun.on, begun.before), (day("2026-06-20"), None));
    let standing = assessment.subject("C-1").unwrap().labels(day("2026-06-20"));
    assert!(!standing.is_empty() && begun.labels == standing, "of what begins everything is new");
    assert_eq!(turns.len(), 2);
    assert!(assessment.changes(day("2026-06-15"), day("2026-06-19")).is_empty());
    assert_eq!(assessment.changes(day("2026-06-15"), day("2026-06-20")).len(), 1);
    assert_eq!(assessment.changes(day("2026-06-20"), day("2026-06-21")).len(), 1);
}

#[test]
fn differences_name_what_came_went_and_stands_otherwise() {
    let (old, new) = (assessed(&loaded(climate("2025-06-20"))), assessed(&loaded(climate("2026-06-21"))));
    let on = |s: &str| day(s);
    assert!(old.difference(on("2026-06-15"), &old, on("2026-06-15")).is_empty());
    let difference = old.difference(on("2026-06-19"), &old, on("2026-06-21"));
    let found: Vec<_> = difference
        .iter()
        .map(|d| (d.requirement.as_str(), d.before, d.after, d.appeared.clone(), d.gone.clone()))
        .collect();
    assert_eq!(found[0], ("4.1-A1", Some(Status::Met), Some(Status::Stale), vec!["S1"], vec![]));
    assert_eq!((found[1].0, found[1].1), ("C-1", None));
    assert!(found[1].2.is_some() && !found[1].3.is_empty() && found[1].4.is_empty());
    assert_eq!(found.len(), 2);
    let back = old.difference(on("2026-06-21"), &new, on("2026-06-21"));
    let back: Vec<_> = back.iter().map(|d| (d.requirement.as_str(), d.before, d.after, &d.gone)).collect();
    assert_eq!(back, [("4.1-A1", Some(Status::Stale), Some(Status::Met), &vec!["S1"])]);
    let gone = old.difference(on("2026-06-21"), &assessed(&Isms::default()), on("2026-06-21"));
    let control = gone.iter().find(|d| d.requirement == "C-1").unwrap();
    assert!(control.before.is_some() && control.after.is_none() && control.appeared.is_empty());
}

#[test]
fn the_step_that_changed_something_is_found_among_many() {
    let (without, with) = (loaded(json!({})), loaded(climate("2026-06-01")));
    let on = day("2026-06-15");
    let at = |n: usize, of: usize| -> Vec<Isms> {
        (0..of).map(|i| if i < n { without.clone() } else { with.clone() }).collect()
    };
    for of in 2..8 {
        for n in 1..of {
            let found = steps(&at(n, of), &History::default(), on);
            let places: Vec<usize> = found.iter().map(|(place, _)| *place).collect();
            assert_eq!(places, [n], "step {n} of {of}");
            assert!(found[0].1.iter().any(|d| d.requirement == "4.1-A1" && d.after == Some(Status::Met)));
        }
    }
    // Two steps, each with its own.
    let both = [without.clone(), with.clone(), with.clone(), without.clone(), without.clone(), with];
    let last = steps(&both, &History::default(), on);
    assert!(last.iter().any(|(place, _)| [1, 3, 5].contains(place)), "{last:?}");
    assert!(steps(&[], &History::default(), on).is_empty());
    assert!(steps(&[without], &History::default(), on).is_empty());
}
