//! Words: for records that have no name of their own, for numbers of things, and phrases within texts.

use std::fmt::Display;

use crate::schema::{label_of, shorten};

/// The beginning of the first of `texts` that says something: its first line, shortened. `otherwise` if none does.
pub(crate) fn opening(texts: &[&str], otherwise: &str) -> String {
    let lines = texts.iter().flat_map(|text| text.lines()).map(str::trim);
    lines.into_iter().find(|line| !line.is_empty()).map_or_else(|| otherwise.to_owned(), shorten)
}

/// A value of an enumeration as people read it: `internal_audit` becomes "Internal audit".
pub(crate) fn label(choice: &str) -> String {
    label_of(choice)
}

/// The same within a sentence: `in_progress` becomes "in progress".
#[must_use]
pub fn in_words(choice: &str) -> String {
    choice.replace('_', " ")
}

/// `1 risk`, `3 risks`.
#[must_use]
pub fn counted<N: Display + PartialEq + From<u8>>(n: N, one: &str, several: &str) -> String {
    let noun = if n == N::from(1) { one } else { several };
    format!("{n} {noun}")
}

/// Whether `words` contain a phrase as whole words, whatever the case: "Chief executive" is in "chief executive, for a
/// year", and "IT" is not in "authority". An empty phrase is in nothing.
pub(crate) fn phrase_in(phrase: &str, words: &str) -> bool {
    let plain = |text: &str| {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.fold(" ".to_owned(), |all, part| all + &part.to_lowercase() + " ")
    };
    let phrase = plain(phrase);
    phrase.len() > 1 && plain(words).contains(&phrase)
}

/// The number of months that words name: 6 for "top management, for six months at most".
pub(crate) fn months_in(words: &str) -> Option<i64> {
    const NUMBERS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let words = words.to_lowercase();
    let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let at = words.iter().position(|word| matches!(*word, "month" | "months"))?;
    let number = *words.get(at.checked_sub(1)?)?;
    let named = || NUMBERS.iter().position(|word| *word == number).and_then(|i| i64::try_from(i + 1).ok());
    number.parse::<u8>().ok().map(i64::from).or_else(named)
}

/// Whether words say that there is nothing: "none", "no conflicts", "n/a".
pub(crate) fn says_none(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    // Not whatever begins with "no": "no independent auditor was found" names something.
    text.is_empty()
        || ["none", "no", "nothing", "n/a", "-"].iter().any(|word| text == *word)
        || ["none ", "nothing ", "no feedback", "no conflict"].iter().any(|word| text.starts_with(word))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::{Isms, Kind, Problem, commands::Change, id::Id};

    #[test]
    fn phrases_are_found_as_whole_words() {
        assert!(phrase_in("Chief executive", "The chief Executive, for at most six months"));
        assert!(phrase_in("IT", "Head of IT") && !phrase_in("IT", "the authority"));
        for (words, months) in [
            ("Top management only, for six months at most", Some(6)),
            ("the owner, at most 3 months", Some(3)),
            ("one month", Some(1)),
            ("every few months", None),
            ("months", None),
            ("the owner", None),
        ] {
            assert_eq!(months_in(words), months, "{words}");
        }
        assert!(!phrase_in("", "anybody") && !phrase_in(" - ", "a - b"));
    }

    #[test]
    fn nothing_is_said_in_several_ways() {
        for text in ["", " ", "None.", "no", "n/a", "No conflicts", "none declared", "No feedback came in"] {
            assert!(says_none(text), "{text}");
        }
        for text in ["No independent auditor was found", "nobody left who could", "A. Quist owns the backup"]
        {
            assert!(!says_none(text), "{text}");
        }
    }

    #[test]
    fn opening_is_the_first_line_that_says_something() {
        assert_eq!(opening(&["", " \n  Staff turnover \nis high", "other"], "Issue"), "Staff turnover");
        assert_eq!(opening(&[" ", ""], "Issue"), "Issue");
        assert_eq!(opening(&[&"x".repeat(61)], "Issue").chars().count(), 61);
        assert_eq!(label("internal_audit"), "Internal audit");
    }

    /// The title of a record of these fields, which must fit its kind.
    fn title(kind: &str, fields: Value) -> String {
        let kind = Kind::by_name(kind).unwrap();
        let id = Id { kind, n: 1 };
        let fields: Map<String, Value> = serde_json::from_value(fields).unwrap();
        let mut problems = Vec::<Problem>::new();
        kind.info().check(&fields, &mut problems);
        problems.retain(|p| p.message != "is required");
        assert_eq!(problems, [], "{kind}");
        let mut isms = Isms::default();
        isms.apply(0, jiff::Timestamp::UNIX_EPOCH, &Change { id, rev: 1, after: Some(fields) }).unwrap();
        isms.title(id)
    }

    #[test]
    fn records_without_a_name_are_known_by_what_they_say() {
        for (kind, fields, expected) in [
            (
                "context_issue",
                json!({ "description": "Staff turnover\nrises", "category": "staffing" }),
                "Staff turnover",
            ),
            ("context_issue", json!({ "category": "climate" }), "climate"),
            ("context_issue", json!({}), "Issue"),
            ("climate_determination", json!({ "relevant": false }), "Climate change is not relevant"),
            ("party_requirement", json!({ "source_ref": "GDPR 28" }), "GDPR 28"),
            ("isms_process", json!({ "kind": "internal_audit" }), "Internal audit"),
            ("isms_process", json!({ "kind": "other", "outputs": "Monthly letter" }), "Monthly letter"),
            ("competence_record", json!({ "person_id": "P-3", "result": "gap" }), "P-3: gap"),
            (
                "training_record",
                json!({ "person_id": "P-3", "course_id": "TC-1", "passed": true }),
                "P-3 passed TC-1",
            ),
            (
                "resource_allocation",
                json!({ "kind": "budget", "period_end": "2026-12-31" }),
                "Budget to 2026-12-31",
            ),
            (
                "communication_item",
                json!({ "topic": "awareness", "audience": "all staff" }),
                "Awareness: all staff",
            ),
            (
                "communication_log",
                json!({ "topic": "incident", "sent_at": "2026-03-01" }),
                "Incident, 2026-03-01",
            ),
            (
                "measurement",
                json!({ "metric_id": "MET-2", "period_end": "2026-03-31", "value": 91.25 }),
                "MET-2 to 2026-03-31: 91.25",
            ),
            ("metric_analysis", json!({ "metric_id": "MET-2", "result": "off_target" }), "MET-2: off target"),
            ("supplier_assessment", json!({ "supplier_id": "SUP-1", "result": "accept" }), "SUP-1: accept"),
            (
                "audit_programme",
                json!({ "period_start": "2026-01-01", "period_end": "2026-12-31" }),
                "Audit programme 2026-01-01 to 2026-12-31",
            ),
            (
                "audit",
                json!({ "kind": "stage1", "planned_start": "2026-05-04" }),
                "Stage 1 audit, 2026-05-04",
            ),
            (
                "audit_check",
                json!({ "audit_id": "AUD-2", "requirement_ref": "9.2.1a", "result": "not_tested" }),
                "9.2.1a in AUD-2: not tested",
            ),
            ("audit_check", json!({ "control_id": "A.8.9" }), "A.8.9"),
            ("nonconformity", json!({ "criterion_ref": "7.5.3c-f" }), "7.5.3c-f"),
            ("corrective_action", json!({}), "Corrective action"),
            (
                "management_review",
                json!({ "scheduled_for": "2026-06-01" }),
                "Management review planned for 2026-06-01",
            ),
            ("review_input", json!({ "code": "d1", "summary": "Two open" }), "d1: Two open"),
            ("review_decision", json!({ "kind": "no_change" }), "No change"),
            ("certification", json!({ "body": "Certa" }), "Certification by Certa"),
            ("store_check", json!({ "kind": "restore_test", "result": "pass" }), "Restore test: pass"),
        ] {
            assert_eq!(title(kind, fields), expected, "{kind}");
        }
    }
}
