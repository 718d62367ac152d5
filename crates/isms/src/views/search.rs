//! Search over all records of a snapshot: what people call something, its number, or any word in its texts.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use crate::{AnyRecord, Id, Isms, records::Kind};

/// Why a record was found, the best reason first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The question is its id.
    Id,
    /// Its title begins with the question.
    Beginning,
    /// Every word of the question begins a word of its title.
    Words,
    /// Every word of the question stands somewhere in its id or title.
    Title,
    /// The rest of the words stand in its texts.
    Texts,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// Which.
    pub id: Id,
    /// What people call it.
    pub title: String,
    /// Why it was found.
    pub why: Why,
    /// Whether it was put aside.
    pub archived: bool,
    /// Where a word was found that is not in the title: the field and the words around it.
    pub excerpt: Option<(String, String)>,
}

/// Longest question that is read, in characters; what follows is left out.
const LONGEST: usize = 200;

/// The records that a question finds, best first, at most `limit`, of the kinds for which `may` says yes. All words
/// have to be there; upper and lower case are the same.
#[must_use]
pub fn search(isms: &Isms, question: &str, limit: usize, may: impl Fn(Kind) -> bool) -> Vec<Hit> {
    let question: String = question.trim().chars().take(LONGEST).collect::<String>().to_lowercase();
    let words: Vec<&str> = question.split_whitespace().collect();
    if words.is_empty() {
        return Vec::new();
    }
    let asked = Asked {
        exact: question.to_uppercase().parse().ok(),
        // Words of letters alone are no part of an id worth finding, and writing out every id costs time.
        ids: question.contains(|c: char| c.is_ascii_digit() || c == '-'),
        question: &question,
        words: &words,
    };
    let records = || Kind::ALL.iter().filter(|k| may(**k)).flat_map(|k| isms.table(*k).all());
    let mut found: Vec<(Why, bool, Id)> = Vec::new();
    for record in records() {
        if let Some(why) = asked.in_title(record) {
            found.push((why, record.meta().archived, record.id()));
        }
    }
    found.sort_unstable();
    found.truncate(limit);
    if found.len() < limit {
        let by_title: HashSet<Id> = found.iter().map(|(_, _, id)| *id).collect();
        let mut aside = Vec::new();
        for record in records().filter(|r| !by_title.contains(&r.id())) {
            if asked.in_texts(record) {
                let list = if record.meta().archived { &mut aside } else { &mut found };
                list.push((Why::Texts, record.meta().archived, record.id()));
                if found.len() >= limit {
                    break;
                }
            }
        }
        found.extend(aside);
        found.truncate(limit);
    }
    let hit = |(why, archived, id): (Why, bool, Id)| {
        let record = isms.record(id)?;
        let excerpt = if why == Why::Texts { excerpt(record, &words) } else { None };
        Some(Hit { id, title: record.title(), why, archived, excerpt })
    };
    found.into_iter().filter_map(hit).collect()
}

/// A question, read.
struct Asked<'a> {
    /// The id it is, if it is one.
    exact: Option<Id>,
    /// Whether a word may be part of an id.
    ids: bool,
    /// The whole, in lower case.
    question: &'a str,
    /// Its words.
    words: &'a [&'a str],
}

impl Asked<'_> {
    fn in_title(&self, record: &dyn AnyRecord) -> Option<Why> {
        let id = record.id();
        if self.exact == Some(id) {
            return Some(Why::Id);
        }
        let title = record.title();
        let id = if self.ids { id.to_string() } else { String::new() };
        // Most records are not what was asked for: the cheap question first.
        if !self.words.iter().all(|w| contains(&title, w) || contains(&id, w)) {
            return None;
        }
        let title = title.to_lowercase();
        if title.starts_with(self.question) {
            return Some(Why::Beginning);
        }
        let begins = |word: &&str| title.split(|c: char| !c.is_alphanumeric()).any(|w| w.starts_with(*word));
        Some(if self.words.iter().all(begins) { Why::Words } else { Why::Title })
    }

    /// Whether every word stands in a text, the title or the id, and a text is needed for that.
    fn in_texts(&self, record: &dyn AnyRecord) -> bool {
        // A bit for each word that is still to be found; more words than bits are not looked for.
        let all = u64::MAX >> (64 - self.words.len().clamp(1, 64));
        let mut missing = all;
        let strike = |missing: &mut u64, text: &str| {
            for (i, word) in self.words.iter().enumerate().take(64) {
                if *missing & (1 << i) != 0 && contains(text, word) {
                    *missing &= !(1 << i);
                }
            }
            *missing != 0
        };
        record.each_text(&mut |text| strike(&mut missing, text));
        if let Some(local) = record.meta().local_id.as_deref() {
            strike(&mut missing, local);
        }
        missing == 0
            || missing != all
                && (!strike(&mut missing, &record.title()) || !strike(&mut missing, &record.id().to_string()))
    }
}

/// Whether `text` contains `word`, which is in lower case, whatever the case of the text.
fn contains(text: &str, word: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((first, rest)) = word.split_first() else { return true };
    let Some(last_start) = text.len().checked_sub(word.len()) else { return false };
    let upper = first.to_ascii_uppercase();
    let starts = text.get(..=last_start).unwrap_or_default();
    starts.iter().enumerate().any(|(i, b)| {
        (b == first || *b == upper)
            && text.get(i + 1..i + word.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(rest))
    })
}

/// The first field in which one of the words stands, with what stands around it.
fn excerpt(record: &dyn AnyRecord, words: &[&str]) -> Option<(String, String)> {
    let fields = record.fields();
    let info = record.id().kind.info();
    for field in &info.fields {
        let Some(value) = fields.get(&field.name) else { continue };
        let texts: Vec<&str> = match value {
            Value::String(s) => vec![s],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        for text in texts {
            if let Some(word) = words.iter().find(|w| contains(text, w)) {
                return Some((field.label.clone(), around(text, word)));
            }
        }
    }
    None
}

/// About a line of text around the first occurrence of a word.
fn around(text: &str, word: &str) -> String {
    const BEFORE: usize = 50;
    const AFTER: usize = 110;
    let lower = text.to_lowercase();
    // Lower case may be longer or shorter than the text; counted in characters the two stay close enough.
    let at = lower.find(word).and_then(|i| lower.get(..i)).map_or(0, |head| head.chars().count());
    let from = at.saturating_sub(BEFORE);
    let mut line: String = text.chars().skip(from).take(BEFORE + AFTER).collect();
    line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if from > 0 {
        // Begin with a whole word.
        line = format!("…{}", line.split_once(' ').map_or(line.as_str(), |(_, rest)| rest));
    }
    if text.chars().count() > from + BEFORE + AFTER {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::commands::Change;

    fn company(records: &[(&str, Value)]) -> Isms {
        let mut isms = Isms::default();
        for (seq, (id, body)) in records.iter().enumerate() {
            let after: Option<Map<String, Value>> = body.as_object().cloned();
            let change = Change { id: id.parse().unwrap(), rev: 1, after };
            isms.apply(seq as u64, jiff::Timestamp::UNIX_EPOCH, &change).unwrap();
        }
        isms
    }

    fn ids(isms: &Isms, question: &str) -> Vec<String> {
        search(isms, question, 50, |_| true).iter().map(|h| h.id.to_string()).collect()
    }

    #[test]
    fn the_best_reason_comes_first() {
        let isms = company(&[
            ("R-1", json!({"title": "Backup lost", "scenario": "The restore fails"})),
            ("R-2", json!({"title": "The laptop backup"})),
            ("R-3", json!({"title": "Overlaptopping"})),
            ("R-4", json!({"title": "Something else", "scenario": "A LAPTOP is left on a train; émigré"})),
            ("R-5", json!({"title": "Laptop stolen", "archived": true})),
            ("R-6", json!({"title": "Laptop forgotten"})),
            ("R-12", json!({"title": "Other"})),
        ]);
        for (question, expected) in [
            ("laptop", &["R-6", "R-5", "R-2", "R-3", "R-4"] as &[&str]),
            ("LAPTOP left", &["R-4"]),
            ("backup restore", &["R-1"]),
            ("r-1", &["R-1", "R-12"]),
            ("ÉMIGRÉ", &["R-4"]),
            ("r-12 other", &["R-12"]),
            ("nothing of the kind", &[]),
            ("", &[]),
            ("   ", &[]),
        ] {
            assert_eq!(ids(&isms, question), expected, "{question}");
        }
    }

    #[test]
    fn says_where_a_text_was_found() {
        let isms = company(&[("R-4", json!({"title": "x", "scenario": "A laptop is left on a train"}))]);
        let hits = search(&isms, "train", 50, |_| true);
        assert_eq!(hits[0].excerpt, Some(("Scenario".to_owned(), "A laptop is left on a train".to_owned())));
        assert_eq!(hits[0].why, Why::Texts);
    }

    #[test]
    fn keeps_to_the_limit_and_to_the_kinds_allowed() {
        let records: Vec<(String, Value)> =
            (1..=80).map(|n| (format!("R-{n}"), json!({"title": format!("risk {n}")}))).collect();
        let records: Vec<(&str, Value)> = records.iter().map(|(id, v)| (id.as_str(), v.clone())).collect();
        let isms = company(&records);
        assert_eq!(search(&isms, "risk", 50, |_| true).len(), 50);
        assert_eq!(search(&isms, "risk", 50, |k| k != Kind::Risk).len(), 0);
    }

    #[test]
    fn a_question_is_text_and_nothing_else() {
        let isms = company(&[("R-1", json!({"title": "100 % (of) [all] \\ ones"}))]);
        for question in ["100 %", "(of)", "[all]", "\\", &"x".repeat(10_000), &"a ".repeat(5_000), "\u{0}"] {
            let _ = search(&isms, question, 50, |_| true);
        }
        assert_eq!(ids(&isms, "(of) [all]"), ["R-1"]);
    }
}
