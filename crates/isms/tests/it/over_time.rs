//! Truth over time against brute force: over random companies, what the engine reads off for a day agrees with the
//! company as it stood on that day, "since" and "next change" with looking at every single day.

use std::collections::HashSet;

use isms::{
    Date, Id,
    rules::{Assessment, History, Status, Subject},
};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::random::{cases, company, disturbed, today};

/// How many days around the day looked at are tried one by one.
const AROUND: i64 = 75;

/// The days from which on a record is there: ruling 9.1.
fn there_from(id: Id, body: &Map<String, Value>) -> Option<Date> {
    let names = id.kind.decl().events.iter().copied().chain(["created_at"]);
    names.filter_map(|n| body.get(n)?.as_str()?.parse::<Date>().ok()).max()
}

/// The records that a body names.
fn ids(body: &Map<String, Value>) -> Vec<Id> {
    let texts = body.values().flat_map(|v| match v {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    });
    texts.filter_map(|v| v.as_str()?.parse().ok()).collect()
}

fn judge(records: &[(Id, Map<String, Value>)]) -> Assessment {
    Assessment::of(&company(records), &History::default())
}

/// What the verdict on a day says, against what looking at every day around it says.
fn check_days(subject: &Subject, day: Date) -> Result<(), TestCaseError> {
    let judged = &subject.judged;
    let status = |d: Date| judged.status(d);
    let verdict = judged.verdict(day);
    let name = &subject.requirement;
    prop_assert_eq!(verdict.status, status(day), "{}", name);
    let next = (1..=AROUND).map(|n| day.plus_days(n)).find(|d| status(*d) != verdict.status);
    match verdict.next_change_at {
        Some(at) if day.days_until(at) <= AROUND => {
            prop_assert_eq!(next, Some(at), "{} next change after {}", name, day)
        }
        Some(at) => {
            prop_assert_eq!(next, None, "{} changes before {}", name, at);
            prop_assert_eq!(status(at.plus_days(-1)), verdict.status, "{} the day before {}", name, at);
            prop_assert!(status(at) != verdict.status, "{} on {}", name, at);
        }
        None => prop_assert_eq!(next, None, "{} never changes", name),
    }
    // Since: some label of the deciding class holds on every day from then on, and on the day before none that goes on.
    let labels = |d: Date| -> Vec<String> {
        let reasons = judged.reasons(d).into_iter().filter(|r| r.status == Some(verdict.status));
        reasons.map(|r| format!("{} {}", r.condition.label, r.condition.what)).collect()
    };
    let whole = matches!(verdict.status, Status::Met | Status::Excluded);
    if let Some(since) = verdict.since {
        prop_assert!(since <= day, "{} since {} on {}", name, since, day);
        let from = since.days_until(day).min(AROUND);
        if whole {
            prop_assert!(
                (0..=from).all(|n| status(day.plus_days(-n)) == verdict.status),
                "{name} since {since}"
            );
            prop_assert!(status(since.plus_days(-1)) != verdict.status, "{} before {}", name, since);
        } else {
            let reasons = judged.reasons(day);
            let own = reasons.iter().filter(|r| r.status == Some(verdict.status));
            let earliest = own.map(|r| r.since).min().flatten();
            prop_assert_eq!(earliest, Some(since), "{}", name);
            let held =
                reasons.iter().filter(|r| r.since == Some(since) && r.condition.label != "ATT").any(|r| {
                    (0..=from).all(|n| r.condition.when.on(day.plus_days(-n)))
                        && !r.condition.when.on(since.plus_days(-1))
                });
            let gate = reasons.iter().any(|r| r.condition.label == "ATT");
            prop_assert!(held || gate, "{} since {}: {:?}", name, since, labels(day));
        }
    }
    Ok(())
}

fn difference(one: &Assessment, other: &Assessment, day: Date, allowed: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for subject in one.subjects().iter().filter(|s| s.there.on(day)) {
        if allowed.contains(&subject.judged.id.as_str()) {
            continue;
        }
        let Some(same) = other.subject(&subject.judged.id) else {
            wrong.push(format!("{} is gone", subject.requirement));
            continue;
        };
        let (a, b) = (subject.labels(day), same.labels(day));
        let (was, is) = (subject.judged.status(day), same.judged.status(day));
        if a != b || was != is {
            wrong.push(format!(
                "{} on {day}: {} {a:?} with all records, {} {b:?} with those that are there",
                subject.requirement,
                was.word(),
                is.word()
            ));
        }
    }
    wrong
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn since_and_next_change_agree_with_looking_at_every_day(
        seed in any::<u64>(), drops in 0u64..150, moves in 0u64..300, day in -400i64..400,
    ) {
        let assessment = judge(&disturbed(seed, drops, moves));
        let day = today().plus_days(day);
        for subject in assessment.subjects() {
            check_days(subject, day)?;
        }
    }

    /// A record that is not there yet on a day makes no difference on that day: the company without it is judged alike.
    /// So what is forecast for a day, and read off for a past one, is the verdict on that day.
    #[test]
    fn what_is_said_of_a_day_is_what_the_records_of_that_day_say(
        seed in any::<u64>(), drops in 0u64..100, moves in 0u64..300, day in -300i64..200,
    ) {
        let records = disturbed(seed, drops, moves);
        let day = today().plus_days(day);
        let there = |(id, body): &&(Id, Map<String, Value>)| there_from(*id, body).is_none_or(|from| from <= day);
        // What a record of the day names stays, so that no reference leads nowhere.
        let named: HashSet<Id> = records.iter().filter(there).flat_map(|(_, body)| ids(body)).collect();
        let known: Vec<_> = records.iter().filter(|r| there(r) || named.contains(&r.0)).cloned().collect();
        let wrong = difference(&judge(&records), &judge(&known), day, &[]);
        prop_assert!(wrong.is_empty(), "{} of {} records there\n{}", known.len(), records.len(), wrong.join("\n"));
    }

    #[test]
    fn changes_and_differences_agree_with_the_verdicts(seed in any::<u64>(), moves in 0u64..300) {
        let assessment = judge(&disturbed(seed, 50, moves));
        let (from, until) = (today(), today().plus_days(AROUND));
        let turns = assessment.changes(from, until);
        prop_assert!(turns.is_sorted_by_key(|t| t.on));
        for subject in assessment.subjects() {
            let mine: Vec<_> = turns.iter().filter(|t| t.requirement == subject.requirement).collect();
            let mut expected = Vec::new();
            for day in (1..=AROUND).map(|n| from.plus_days(n)) {
                let (was, is) = (subject.judged.status(day.plus_days(-1)), subject.judged.status(day));
                if subject.there.on(day.plus_days(-1)) && was != is {
                    expected.push((day, Some(was), is));
                } else if subject.there.on(day) && !subject.there.on(day.plus_days(-1)) {
                    expected.push((day, None, is));
                }
            }
            let found: Vec<_> = mine.iter().map(|t| (t.on, t.before, t.after)).collect();
            prop_assert_eq!(found, expected, "{}", &subject.requirement);
        }
        for difference in assessment.difference(from, &assessment, until) {
            let subject = assessment.subject(&difference.requirement).unwrap();
            prop_assert_eq!(difference.after, Some(subject.judged.status(until)));
            prop_assert!(difference.before != difference.after);
        }
    }
}
