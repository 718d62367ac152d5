//! Judging again after changes comes to the same as judging from nothing; and no verdict depends on which numbers the
//! records have, and so on which of them are judged together.

use std::collections::BTreeSet;

use isms::{
    Date, Id, Isms, Kind,
    commands::Change,
    rules::{Assessment, GateState, History, Memo, Standing},
};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::random::{Dice, cases, company, disturbed, today};

type Records = Vec<(Id, Map<String, Value>)>;

/// What is said of a row or control on a day: the labels, each with the records it names.
type Said = Vec<(&'static str, BTreeSet<(Id, &'static str)>)>;

/// Everything that an assessment says on a day.
#[derive(Debug, PartialEq)]
struct Verdicts {
    standings: Vec<Standing>,
    gates: Vec<GateState>,
    said: Vec<Said>,
}

fn verdicts(assessment: &Assessment, day: Date) -> Verdicts {
    let said = assessment.subjects().iter().map(|s| {
        let reasons = s.judged.reasons(day).into_iter();
        let items = |r: &isms::rules::Reason<'_>| {
            r.condition.items.iter().filter(|i| i.when.on(day)).map(|i| (i.id, i.field)).collect()
        };
        reasons.map(|r| (r.condition.label, items(&r))).collect()
    });
    Verdicts { said: said.collect(), standings: assessment.on(day), gates: assessment.gates_on(day) }
}

/// Days on which two assessments are held against each other.
fn days() -> [Date; 3] {
    [today().plus_days(-60), today(), today().plus_days(45)]
}

/// The kinds whose records are judged in chunks of their numbers.
const SPREAD: [Kind; 6] =
    [Kind::Risk, Kind::RiskScore, Kind::RiskEvaluation, Kind::TreatmentPlan, Kind::Evidence, Kind::Asset];

/// The number a record is given instead of its own, so that few share a chunk; the order stays.
fn spread(id: Id) -> Id {
    let by = if SPREAD.contains(&id.kind) { 41 } else { 1 };
    Id { n: id.n * by, ..id }
}

/// The same text with every id in it spread.
fn respell(text: &str) -> String {
    let word = |w: &str| w.parse().map_or_else(|_| w.to_owned(), |id: Id| spread(id).to_string());
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(inside) {
        let (before, after) = rest.split_at(begin);
        let (this, next) = after.split_at(after.find(|c| !inside(c)).unwrap_or(after.len()));
        out.push_str(before);
        out.push_str(&word(this));
        rest = next;
    }
    out + rest
}

fn respelled(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(respell(text)),
        Value::Array(items) => items.iter().map(respelled).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(k, v)| (k.clone(), respelled(v))).collect())
        }
        other => other.clone(),
    }
}

fn scattered(records: &Records) -> Records {
    let body = |body: &Map<String, Value>| body.iter().map(|(k, v)| (k.clone(), respelled(v))).collect();
    records.iter().map(|(id, fields)| (spread(*id), body(fields))).collect()
}

/// One change: a record loses a field, has one of another of its kind, is copied, or goes.
fn change(dice: &mut Dice, records: &mut Records) -> (Id, Option<Map<String, Value>>) {
    let pick = |dice: &mut Dice, of: usize| usize::try_from(dice.roll(of as u64)).unwrap();
    // Kinds with few records are as likely to change as those with many.
    let kinds: BTreeSet<Kind> = records.iter().map(|(id, _)| id.kind).collect();
    let kind = *kinds.iter().nth(pick(dice, kinds.len())).unwrap();
    let of_kind: Vec<usize> = (0..records.len()).filter(|i| records[*i].0.kind == kind).collect();
    let at = of_kind[pick(dice, of_kind.len())];
    let (id, mut body) = records[at].clone();
    match dice.roll(8) {
        0 => {
            records.remove(at);
            return (id, None);
        }
        1 => {
            let new = Id { n: records.iter().map(|r| r.0.n).max().unwrap() + 1, ..id };
            records.push((new, body.clone()));
            return (new, Some(body));
        }
        2 | 3 if !body.is_empty() => {
            let field = body.keys().nth(pick(dice, body.len())).unwrap().clone();
            body.remove(&field);
        }
        _ => {
            let (_, other) = records[of_kind[pick(dice, of_kind.len())]].clone();
            if let Some(n) = (!other.is_empty()).then(|| pick(dice, other.len())) {
                body.extend(other.into_iter().nth(n));
            }
        }
    }
    records[at].1 = body.clone();
    (id, Some(body))
}

fn apply(isms: &mut Isms, seq: u64, (id, after): (Id, Option<Map<String, Value>>)) -> bool {
    isms.apply(seq, jiff::Timestamp::UNIX_EPOCH, &Change { id, rev: 1, after }).is_ok()
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn judging_again_comes_to_the_same_as_judging_from_nothing(seed: u64) {
        let history = History::default();
        let mut dice = Dice(seed);
        let mut records = scattered(&disturbed(seed, 20, 20));
        let mut isms = company(&records);
        let mut memo = Memo::default();
        for step in 1..=14 {
            let again = Assessment::again(&isms, &history, &mut memo);
            prop_assert!(!memo.is_empty());
            let fresh = Assessment::of(&isms, &history);
            for day in days() {
                prop_assert_eq!(verdicts(&again, day), verdicts(&fresh, day), "step {} on {}", step, day);
            }
            let mut next = isms.clone();
            for _ in 0..=dice.roll(3) {
                apply(&mut next, step, change(&mut dice, &mut records));
            }
            isms = next;
        }
    }

    #[test]
    fn no_verdict_depends_on_the_numbers_of_the_records(seed: u64) {
        let records = disturbed(seed, 30, 30);
        let history = History::default();
        let (near, far) =
            (Assessment::of(&company(&records), &history), Assessment::of(&company(&scattered(&records)), &history));
        for day in days() {
            let (near, far) = (verdicts(&near, day), verdicts(&far, day));
            prop_assert_eq!(near.standings, far.standings, "on {}", day);
            let spread = |said: &Said| -> Said {
                said.iter().map(|(l, items)| (*l, items.iter().map(|(id, f)| (spread(*id), *f)).collect())).collect()
            };
            prop_assert_eq!(near.said.iter().map(spread).collect::<Vec<_>>(), far.said, "on {}", day);
        }
    }
}

#[test]
fn a_change_throws_away_what_read_it_and_little_else() {
    let history = History::default();
    let records = scattered(&disturbed(1, 0, 0));
    let isms = company(&records);
    let mut memo = Memo::default();
    let _ = Assessment::again(&isms, &history, &mut memo);
    let all = memo.len();
    assert!(memo.thrown_by(&isms) == 0 && all > 0 && !memo.is_empty() && Memo::default().is_empty());
    let find = |kind| records.iter().find(|(id, _)| id.kind == kind).cloned().unwrap();
    for (kind, most) in [(Kind::Task, all / 4), (Kind::RiskScore, all / 3), (Kind::Evidence, all / 3)] {
        let (id, mut body) = find(kind);
        body.insert("created_at".to_owned(), Value::String("2026-01-01".to_owned()));
        let mut changed = isms.clone();
        assert!(apply(&mut changed, 1, (id, Some(body))));
        let thrown = memo.thrown_by(&changed);
        assert!(thrown > 1 && thrown < most, "{}: {thrown} of {all}", kind.name());
    }
}

/// Every rule reads parameters: where one is set otherwise, nothing that is kept holds any more.
#[test]
fn a_parameter_set_otherwise_has_everything_judged_anew() {
    let history = History::default();
    let isms = company(&disturbed(1, 0, 0));
    for (name, value) in [("attest_months", "1"), ("assess_months", "1"), ("overdue_days", "1")] {
        let mut memo = Memo::default();
        let before = Assessment::again(&isms, &history, &mut memo);
        let mut changed = isms.clone();
        let id = Id { kind: Kind::ParameterSetting, n: 1 };
        let setting = serde_json::json!({ "name": name, "value": value });
        assert!(apply(&mut changed, 1, (id, setting.as_object().cloned())));
        let again = Assessment::again(&changed, &history, &mut memo);
        let fresh = Assessment::of(&changed, &history);
        assert_eq!(verdicts(&again, today()), verdicts(&fresh, today()), "{name}");
        assert!(verdicts(&before, today()) != verdicts(&fresh, today()), "{name} makes a difference");
    }
}
