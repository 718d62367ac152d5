//! Every condition of every row, as data: small companies in which it fires, and others in which it just does not.
//! The tables lie in `tests/conditions`, a file a clause; each row has a company in order and cases that differ from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use isms::{
    AnyRecord, Command, Date, Isms, Refusal,
    access::Actor,
    commands::Now,
    load::LoadDocument,
    rules::{
        Assessment, Cx, Fact, History, Judged, Judgement, Reporter, Sight, When, clauses, context, controls,
        findings,
    },
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The companies of one row, or of one control such as `A.5.9` or `C-1`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    row: String,
    /// Whether attestations, audit checks and findings are judged as well; for controls findings always are.
    #[serde(default)]
    people: bool,
    /// The records of a company, by kind, as in a load document.
    load: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    parameters: Map<String, Value>,
    cases: Vec<Case>,
}

/// A company that differs from the row's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    note: String,
    /// The day judged.
    #[serde(default = "june")]
    at: Date,
    /// Fields that are different, by id of the record; null takes a field away.
    #[serde(default)]
    set: BTreeMap<String, Map<String, Value>>,
    /// Records that are not there.
    #[serde(default)]
    drop: BTreeSet<String>,
    /// More records, by kind.
    #[serde(default)]
    add: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    parameters: Map<String, Value>,
    /// For 4.4, which counts the other rows: how many of them are unmet, whatever the records say.
    #[serde(default)]
    unmet: Option<usize>,
    /// Changes that the ledger recorded, oldest first.
    #[serde(default)]
    history: Vec<Past>,
    /// Exactly the conditions that are true.
    labels: BTreeSet<String>,
    /// The status, where it is to be looked at.
    status: Option<String>,
    /// The day since which it is so.
    since: Option<Date>,
    /// The day on which it changes by itself.
    next: Option<Date>,
    /// Conditions that this case just misses.
    #[serde(default)]
    misses: BTreeSet<String>,
    /// By label, exactly the records that the condition cites: `task.due_at`, or `task` for one as a whole.
    #[serde(default)]
    cites: BTreeMap<String, BTreeSet<String>>,
    /// By label, what the message says.
    #[serde(default)]
    says: BTreeMap<String, String>,
}

/// One change of a field that the ledger recorded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    /// The record.
    of: String,
    on: Date,
    field: String,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
}

/// What the ledger knows in a case.
fn history(case: &Case, isms: &Isms, name: &str) -> History {
    let mut history = History::default();
    for past in &case.history {
        let local = |r: &&dyn AnyRecord| r.meta().local_id.as_deref() == Some(past.of.as_str());
        let found = History::kinds().find_map(|kind| isms.table(kind).all().find(local));
        let id = found.unwrap_or_else(|| panic!("{name}: there is no {} with a history", past.of)).id();
        let body = |value: &Value| Map::from_iter([(past.field.clone(), value.clone())]);
        history.note(id, 1, past.on, &body(&past.before), &body(&past.after));
    }
    history
}

fn june() -> Date {
    "2026-06-15".parse().unwrap()
}

fn id_of(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}

/// The company of a case.
fn company(subject: &Subject, case: &Case, name: &str) -> Isms {
    let mut load = subject.load.clone();
    for (kind, records) in &case.add {
        load.entry(kind.clone()).or_default().extend(records.iter().cloned());
    }
    let mut known = BTreeSet::new();
    for records in load.values_mut() {
        records.retain(|r| !case.drop.contains(id_of(r)));
        for record in records {
            let id = id_of(record).to_owned();
            if let Some(fields) = case.set.get(&id) {
                let record = record.as_object_mut().expect("an object");
                for (field, value) in fields {
                    match value {
                        Value::Null => drop(record.remove(field)),
                        _ => drop(record.insert(field.clone(), value.clone())),
                    }
                }
            }
            known.insert(id);
        }
    }
    for id in case.set.keys() {
        assert!(known.contains(id), "{name}: sets fields of {id}, which is not there");
    }
    let mut parameters = subject.parameters.clone();
    parameters.extend(case.parameters.clone());
    let document = json!({ "load": load, "parameters": parameters });
    let document = LoadDocument::parse(document.to_string().as_bytes())
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let now = Now { at: "2026-01-01T00:00:00Z".parse().unwrap(), today: case.at };
    match isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document)) {
        Ok(decision) => decision.isms,
        Err(Refusal::Invalid(problems)) => {
            panic!("{name}: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Err(other) => panic!("{name}: {other}"),
    }
}

fn subjects() -> Vec<Subject> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conditions");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .flat_map(|path| {
            serde_json::from_slice::<Vec<Subject>>(&std::fs::read(path).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        })
        .collect()
}

/// Row 4.4 while so many of the others are unmet.
fn system(cx: &Cx<'_>, unmet: usize) -> Judged {
    let others = frameworks::catalogue().scored().filter(|r| r.id != "4.4");
    let days = [When::always(), When::never()];
    let others: Vec<(&str, &When)> =
        others.enumerate().map(|(i, r)| (r.id.as_str(), &days[usize::from(i >= unmet)])).collect();
    Judged::new(context::system(cx, &others), Judgement::default())
}

/// The row or control of a subject, judged.
fn judged(subject: &Subject, case: &Case, cx: &Cx<'_>) -> Option<Judged> {
    if let Some(unmet) = case.unmet {
        return Some(system(cx, unmet));
    }
    if is_control(&subject.row) {
        return controls::judge(cx)
            .into_iter()
            .map(|c| Judged::clone(&c.judged))
            .find(|j| j.id == subject.row);
    }
    let added = |row: &str| if subject.people { findings::judgement(cx, row) } else { Judgement::default() };
    clauses::judge(cx, added).into_iter().find(|j| j.id == subject.row)
}

fn is_control(row: &str) -> bool {
    row.starts_with("A.") || row.starts_with("C-")
}

/// What coverage counts: rows one by one, controls together, because one rule judges them all.
fn counted_as(row: &str) -> &str {
    if is_control(row) { "controls" } else { row }
}

/// What is wrong with the records that a case has its conditions cite, and with what they say.
fn told(subject: &Subject, case: &Case, isms: &Isms, history: &History) -> Vec<String> {
    if case.cites.is_empty() && case.says.is_empty() {
        return Vec::new();
    }
    let assessment = Assessment::of(isms, history);
    let reporter = Reporter::new(isms, &assessment, case.at, &Sight::Everyone);
    let findings = reporter.findings(assessment.subject(&subject.row).expect("a row or control"));
    let of = |label: &str| findings.iter().find(|f| f.label == label).expect("a reason with that label");
    let mut wrong = Vec::new();
    for (label, expected) in &case.cites {
        let name = |f: &Fact| f.local_id.clone().unwrap_or_else(|| f.id.clone());
        let cited = of(label).facts.iter().map(|f| match f.field {
            "" => name(f),
            field => format!("{}.{field}", name(f)),
        });
        let cited: BTreeSet<String> = cited.collect();
        if cited != *expected {
            wrong.push(format!("{label} cites {cited:?}, expected {expected:?}"));
        }
    }
    let says = case.says.iter().filter(|(label, text)| of(label).message != **text);
    wrong.extend(says.map(|(label, _)| format!("{label} says: {}", of(label).message)));
    wrong
}

#[test]
fn conditions_fire_where_they_should_and_nowhere_else() {
    let mut wrong = Vec::new();
    for subject in subjects() {
        for (n, case) in subject.cases.iter().enumerate() {
            let name = format!("{} case {} ({})", subject.row, n + 1, case.note);
            let isms = company(&subject, case, &name);
            let history = history(case, &isms, &name);
            let cx = Cx::with(&isms, &history);
            let judged =
                judged(&subject, case, &cx).unwrap_or_else(|| panic!("{name}: no such row or control"));
            let verdict = judged.verdict(case.at);
            let labels: BTreeSet<String> = verdict.reasons.iter().map(|c| c.label.to_owned()).collect();
            if labels != case.labels {
                wrong.push(format!("{name} on {}: {labels:?}, expected {:?}", case.at, case.labels));
            }
            if case.status.as_ref().is_some_and(|status| status != verdict.status.word()) {
                wrong.push(format!("{name} on {}: {}", case.at, verdict.status.word()));
            }
            if case.since.is_some() && case.since != verdict.since {
                wrong.push(format!("{name} on {}: since {:?}", case.at, verdict.since));
            }
            if case.next.is_some() && case.next != verdict.next_change_at {
                wrong.push(format!("{name} on {}: changes on {:?}", case.at, verdict.next_change_at));
            }
            wrong.extend(
                told(&subject, case, &isms, &history)
                    .into_iter()
                    .map(|w| format!("{name} on {}: {w}", case.at)),
            );
            for missed in &case.misses {
                assert!(!case.labels.contains(missed), "{name}: {missed} is both true and missed");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Conditions that can never be true, with the ruling that says so, are not asked for.
fn asked_for() -> BTreeSet<(String, String)> {
    let rows = frameworks::catalogue().requirements();
    let texts = rows.iter().flat_map(|row| {
        row.conditions.iter().filter(|c| c.text != "none" && !c.text.starts_with("none (")).filter_map(|c| {
            let never = c.text.starts_with("never")
                || row
                    .readings
                    .iter()
                    .any(|r| r.labels.contains(&c.label) && r.text.starts_with("never shown"));
            (!never).then(|| (row.id.clone(), c.label.clone()))
        })
    });
    let preconditions =
        rows.iter().filter(|r| r.precondition.is_some()).map(|r| (r.id.clone(), "PRE".to_owned()));
    let controls = frameworks::catalogue().control_rule().conditions.iter();
    let controls = controls.map(|c| ("controls".to_owned(), c.label.clone()));
    texts.chain(preconditions).chain(controls).collect()
}

#[test]
fn every_condition_has_a_case_that_fires_and_one_that_just_does_not() {
    let mut fires = BTreeSet::new();
    let mut misses = BTreeSet::new();
    for subject in subjects() {
        for case in &subject.cases {
            fires.extend(case.labels.iter().map(|l| (counted_as(&subject.row).to_owned(), l.clone())));
            misses.extend(case.misses.iter().map(|l| (counted_as(&subject.row).to_owned(), l.clone())));
        }
    }
    let list = |have: &BTreeSet<(String, String)>| {
        asked_for()
            .difference(have)
            .map(|(row, label)| format!("{row} {label}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (silent, loud) = (list(&fires), list(&misses));
    assert!(silent.is_empty() && loud.is_empty(), "never fires: {silent}\nnever just misses: {loud}");
}
