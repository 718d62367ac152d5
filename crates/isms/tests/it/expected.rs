//! The sample company judged: the expected result of the specification (7.2, 7.3) on the day it is made for, and twenty
//! days later, when its people have done what was overdue.

use std::collections::{BTreeMap, BTreeSet};

use isms::{
    Command, Date, Isms,
    access::Actor,
    commands::Now,
    load::LoadDocument,
    rules::{Assessment, Condition, Cx, History, Judgement, Reporter, Sight, Status, Subject, When, clauses},
    sample,
};

/// The days on which the company is looked at: an ordinary one, one with no leap day in its last twelve months, and one
/// at the end of a month.
const DAYS: [&str; 3] = ["2025-06-14", "2026-11-23", "2026-03-31"];

fn loaded(document: LoadDocument, today: Date) -> Isms {
    let now = Now { at: "2020-01-01T00:00:00Z".parse().unwrap(), today };
    isms::decide(&Isms::default(), &Actor::operator(), now, Command::Load(document)).unwrap().isms
}

fn at_t0(today: Date) -> Assessment {
    Assessment::of(&loaded(sample::tarnwick_rota(today).unwrap(), today), &History::default())
}

fn later(today: Date) -> Assessment {
    Assessment::of(&loaded(sample::tarnwick_rota_later(today).unwrap(), today), &History::default())
}

/// The labels that stand for the status of a row or control: those that decide it.
fn deciding(subject: &Subject, day: Date) -> BTreeSet<&'static str> {
    let status = subject.judged.status(day);
    let reasons = subject.judged.reasons(day);
    reasons.into_iter().filter(|r| r.status == Some(status)).map(|r| r.condition.label).collect()
}

/// Compares what is expected of some rows or controls, by status and deciding labels, with what is; all others are met.
fn compare(
    assessment: &Assessment,
    day: Date,
    which: impl Fn(&Subject) -> bool,
    expected: &[(&str, Status, &[&str])],
) -> Vec<String> {
    let expected: BTreeMap<&str, (Status, BTreeSet<&str>)> = expected
        .iter()
        .map(|(row, status, labels)| (*row, (*status, labels.iter().copied().collect())))
        .collect();
    let mut wrong = Vec::new();
    for subject in assessment.subjects().iter().filter(|s| which(s)) {
        let status = subject.judged.status(day);
        let met = (Status::Met, BTreeSet::new());
        let (wanted, labels) = expected.get(subject.requirement.as_str()).unwrap_or(&met);
        let found = if status == Status::Met { BTreeSet::new() } else { deciding(subject, day) };
        if status != *wanted || !labels.is_subset(&found) {
            wrong.push(format!(
                "{} on {day}: {} {found:?}, expected {} {labels:?}; all reasons: {:?}",
                subject.requirement,
                status.word(),
                wanted.word(),
                subject.labels(day),
            ));
        }
    }
    wrong
}

fn is_row(subject: &Subject) -> bool {
    subject.control.is_none()
}

fn is_control(subject: &Subject) -> bool {
    subject.control.is_some()
}

use Status::{Excluded, Partly, Stale, Unmet};

/// 7.2: every row that is not met, with the labels that decide.
const ROWS: &[(&str, Status, &[&str])] = &[
    ("9.2.1a", Unmet, &["U1"]),
    ("9.2.1b", Unmet, &["U1"]),
    ("4.2c", Partly, &["P1"]),
    ("4.3c", Partly, &["P2"]),
    ("4.4", Partly, &["P3"]),
    ("5.1e", Partly, &["P1"]),
    ("5.2f", Partly, &["P1", "P2"]),
    ("5.3", Partly, &["P2"]),
    ("6.1.2c1", Partly, &["P2"]),
    ("6.1.2c2", Partly, &["P1"]),
    ("6.2d", Partly, &["P1"]),
    ("7.2b", Partly, &["P1"]),
    ("7.2c", Partly, &["P1"]),
    ("7.3a", Partly, &["P1"]),
    ("7.4b", Partly, &["P2"]),
    ("7.5.1a", Partly, &["P1"]),
    ("7.5.3c-f", Partly, &["P4", "NC"]),
    ("8.1-change", Partly, &["P2"]),
    ("8.1-ext", Partly, &["P1"]),
    ("8.2", Partly, &["P2"]),
    ("8.3", Partly, &["P1"]),
    ("9.1c", Partly, &["P2"]),
    ("9.2.2", Partly, &["P3"]),
    ("9.3.2e", Partly, &["P2"]),
    ("10.1", Partly, &["ATT"]),
    ("10.2c", Partly, &["P1"]),
    ("10.2d", Partly, &["P1"]),
    ("4.1", Stale, &["S1", "S2"]),
    ("4.1-A1", Stale, &["S1"]),
    ("4.3", Stale, &["S2"]),
    ("4.3a", Stale, &["S1"]),
    ("5.2a", Stale, &["S2"]),
    ("6.1.2d", Stale, &["S1"]),
    ("6.1.3d", Stale, &["S2"]),
    ("6.1.3f", Stale, &["S1"]),
    ("7.5.2c", Stale, &["S1"]),
];

/// 7.3: every control that is not met, with the labels that decide.
const CONTROLS: &[(&str, Status, &[&str])] = &[
    ("A.7.6", Excluded, &[]),
    ("A.7.11", Excluded, &[]),
    ("A.7.12", Excluded, &[]),
    ("A.8.30", Excluded, &[]),
    ("A.8.11", Unmet, &["U2"]),
    ("A.7.13", Unmet, &["U3"]),
    ("A.8.18", Unmet, &["U3"]),
    ("A.5.21", Partly, &["P1"]),
    ("A.5.30", Partly, &["P1"]),
    ("A.8.9", Partly, &["P1"]),
    ("A.8.10", Partly, &["P1"]),
    ("A.8.12", Partly, &["P1"]),
    ("A.5.28", Partly, &["P1"]),
    ("A.8.33", Partly, &["P1"]),
    ("A.8.34", Partly, &["P1"]),
    ("A.5.6", Partly, &["P2"]),
    ("A.7.9", Partly, &["P2"]),
    ("A.8.8", Partly, &["NC"]),
    ("A.5.14", Stale, &["S2"]),
    ("A.6.7", Stale, &["S2"]),
    ("A.8.17", Stale, &["S2"]),
    ("A.7.1", Stale, &["S3"]),
    ("A.7.2", Stale, &["S3"]),
    ("A.7.3", Stale, &["S3"]),
    ("A.7.4", Stale, &["S3"]),
    ("A.7.5", Stale, &["S3"]),
    ("A.7.8", Stale, &["S3"]),
    ("A.8.20", Stale, &["S3"]),
    ("A.8.21", Stale, &["S3"]),
    ("A.8.22", Stale, &["S3"]),
    ("A.8.23", Stale, &["S3"]),
];

#[test]
fn controls_on_the_day_of_the_sample() {
    for today in DAYS.map(|d| d.parse::<Date>().unwrap()) {
        let assessment = at_t0(today);
        let wrong = compare(&assessment, today, is_control, CONTROLS);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let counts = assessment.counts(today);
        let own = counts.groups.iter().find(|(group, _)| group == "C").expect("own controls").1;
        assert_eq!((own.met, own.total()), (2, 2));
        let c = counts.controls;
        assert_eq!((c.excluded, c.unmet, c.partly, c.stale, c.met - own.met), (4, 3, 11, 13, 62));
    }
}

#[test]
fn rows_on_the_day_of_the_sample() {
    for today in DAYS.map(|d| d.parse::<Date>().unwrap()) {
        let assessment = at_t0(today);
        let wrong = compare(&assessment, today, is_row, ROWS);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let r = assessment.counts(today).requirements;
        assert_eq!((r.met, r.stale, r.partly, r.unmet), (81, 9, 25, 2));
        let gate = assessment.gates_on(today).into_iter().find(|g| g.gate == "surveillance").unwrap();
        assert!(!gate.open);
        assert_eq!(gate.blocked_by, ["9.2.1a", "9.2.1b"]);
    }
}

/// "P2 from T0+22" of 6.1.3f, the management review due T0+65, the policy's review T0+45: what the engine says of days to
/// come without a new record.
#[test]
fn what_changes_by_itself_after_the_day_of_the_sample() {
    let today: Date = DAYS[1].parse().unwrap();
    let assessment = at_t0(today);
    let status = |row: &str, days: i64| assessment.subject(row).unwrap().judged.status(today.plus_days(days));
    assert_eq!((status("6.1.3f", 21), status("6.1.3f", 22)), (Stale, Partly));
    assert_eq!(assessment.subject("6.1.3f").unwrap().judged.next_change(today), Some(today.plus_days(22)));
    assert_eq!((status("9.3.1", 65), status("9.3.1", 66)), (Status::Met, Unmet));
}

#[test]
fn twenty_days_later_the_gate_of_surveillance_is_open() {
    for today in DAYS.map(|d| d.parse::<Date>().unwrap()) {
        let day = today.plus_days(20);
        let assessment = later(today);
        let gate = assessment.gates_on(day).into_iter().find(|g| g.gate == "surveillance").unwrap();
        assert!(gate.open, "{:?}", gate.blocked_by);
        let status = |row: &str| assessment.subject(row).unwrap().judged.status(day);
        // The audit is closed, a privacy lead appointed, the triggered assessment and the missing reviews done.
        for row in ["9.2.1a", "9.2.1b", "5.3", "4.1", "4.1-A1", "8.2"] {
            assert_eq!(status(row), Status::Met, "{row}: {:?}", assessment.subject(row).unwrap().labels(day));
        }
        let differences = at_t0(today).difference(today, &assessment, day);
        // Evidence goes on ageing: that of a few controls runs out in these days. No row is worse than before.
        let worse = differences.iter().filter(|d| d.after > d.before && d.appeared != ["S2"]);
        let worse: Vec<_> = worse.map(|d| (&d.requirement, d.before, d.after, &d.appeared)).collect();
        assert!(worse.is_empty(), "{worse:?}");
        assert!(differences.len() >= 6);
    }
}

/// 4.4 counts the other rows that are unmet, and advice is no requirement.
#[test]
fn advice_is_not_counted_among_what_is_unmet() {
    let today: Date = DAYS[1].parse().unwrap();
    let isms = loaded(sample::tarnwick_rota_later(today).unwrap(), today);
    let cx = Cx::new(&isms);
    let counted = |row: &str| {
        let found = || Condition::new("NC", When::always(), "open", vec![]);
        let judged = clauses::judge(&cx, |r| Judgement {
            unmet_findings: (r == row).then(found).into_iter().collect(),
            ..Judgement::default()
        });
        let system = judged.iter().find(|j| j.id == "4.4").unwrap();
        system.verdict(today.plus_days(20)).reasons.iter().any(|c| c.label == "P3")
    };
    assert!(counted("4.1") && !counted("4.2-A1") && !counted("no row"));
}

/// What is said of one is said in the singular, and nothing of how a sentence is made shows in it.
#[test]
fn messages_are_sentences() {
    let today: Date = DAYS[1].parse().unwrap();
    let isms = loaded(sample::tarnwick_rota(today).unwrap(), today);
    let assessment = Assessment::of(&isms, &History::default());
    // Words that follow one thing where they should not; "should have" is said of one as of several.
    let plural = [" have ", " are ", " were ", " lack ", " do ", " name ", " need ", " stand "];
    let (mut singular, mut wrong) = (0, Vec::new());
    for months in [0, 6, 15, 30, 60] {
        let reporter = Reporter::new(&isms, &assessment, today.plus_months(months), &Sight::Everyone);
        for finding in reporter.all() {
            let text = finding.message.replace("should have", "should");
            let of_one = text.starts_with("1 ") && !text.starts_with("1 of ");
            if text.contains(['[', ']', '{', '}', '|']) || (of_one && plural.iter().any(|w| text.contains(w)))
            {
                wrong.push(format!("{}: {text}", finding.code));
            }
            singular += usize::from(of_one);
        }
    }
    wrong.sort();
    wrong.dedup();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(singular > 10, "only {singular} messages speak of one");
}
