//! Conditions of the catalogue in plain words: names of fields as people read them, parameters by their values, macros
//! of the specification spelled out.

use frameworks::Unit;

use crate::{
    Kind,
    parameters::{self, Parameters},
    schema::label_of,
};

/// A condition or precondition as a clause without technical names. `as 5.2a S1` is replaced by what stands there.
#[must_use]
pub fn plain(text: &str, parameters: &Parameters) -> String {
    let own = referred(text).unwrap_or(text);
    let mut said = String::with_capacity(own.len() + 40);
    let mut parts = own.split('`');
    while let Some(words) = parts.next() {
        said.push_str(&spelled_out(words, parameters));
        if let Some(name) = parts.next() {
            let rest = parts.clone().next().unwrap_or_default();
            said.push_str(&named(name, rest, parameters));
        }
    }
    said
}

/// The text that `as ROW LABEL` refers to.
fn referred(text: &str) -> Option<&'static str> {
    let (row, label) = text.strip_prefix("as ")?.split_once(' ')?;
    let condition = frameworks::catalogue().requirement(row)?.condition(label)?;
    Some(&condition.text)
}

/// A name in backticks: parameter, field of a record, or record. `rest` is what follows.
fn named(name: &str, rest: &str, parameters: &Parameters) -> String {
    if let Some(value) = parameters.get(name) {
        let unit = parameters::describe(name).map(|p| p.unit);
        return match unit {
            Some(Unit::Percent) if rest.trim_start().starts_with('%') => value,
            Some(Unit::Percent) => format!("{value} %"),
            Some(Unit::Factor) | None => value,
            Some(unit) => format!("{value} {}", unit.word()),
        };
    }
    let (kind, field) = match name.split_once('.') {
        Some((kind, field)) => (kind, Some(field)),
        None => (name, None),
    };
    let kind = Kind::by_name(kind);
    match (kind, field) {
        (Some(kind), Some(field)) => {
            let label = kind.info().field(field).map_or_else(|| label_of(field), |f| f.label.clone());
            lower(&label)
        }
        (Some(kind), None) => lower(kind.decl().one),
        (None, _) => spaced(name),
    }
}

/// A label within a sentence; acronyms keep their capitals.
fn lower(label: &str) -> String {
    let word = |word: &str| match word {
        "isms" | "Isms" => "ISMS".to_owned(),
        _ if word.chars().skip(1).any(char::is_uppercase) => word.to_owned(),
        _ => word.to_lowercase(),
    };
    label.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn spaced(words: &str) -> String {
    lower(&words.replace('_', " "))
}

/// Words outside backticks, with macros spelled out and names of values as words.
fn spelled_out(words: &str, parameters: &Parameters) -> String {
    let lapsed = format!("past {} times the interval:", parameters.stale_factor);
    let macros: [(&str, &str); 17] = [
        ("CUR(scope) = null", "no scope document is in force"),
        ("CUR(policy) = null", "no policy is in force"),
        ("CUR(scope)", "the scope in force"),
        ("CUR(policy)", "the policy in force"),
        (
            "ROLE_OK(isms_conformity) false",
            "nobody holds the role for conformity of the ISMS and has accepted it",
        ),
        (
            "ROLE_OK(isms_reporting) false",
            "nobody holds the role for reporting on the ISMS and has accepted it",
        ),
        ("SOFT lapsed on", &lapsed),
        ("SOFT aged on", "past the interval:"),
        ("SOFT with", "interval:"),
        ("HARD on", "past the planned interval:"),
        ("max(", "(the newest "),
        ("PEOPLE", "the people in scope"),
        ("asOf", "the day judged"),
        (" = true", " = yes"),
        (" = false", " = no"),
        (" = null", " missing"),
        (" null", " missing"),
    ];
    let mut said = words.to_owned();
    for (name, meaning) in macros {
        if said.contains(name) {
            said = said.replace(name, meaning);
        }
    }
    let value = |word: &str| if word.contains('_') { word.replace('_', " ") } else { word.to_owned() };
    let said = said.split(' ').map(value).collect::<Vec<_>>().join(" ");
    said.replace("isms ", "ISMS ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_and_parameters_their_values() {
        let p = Parameters::default();
        for (text, expected) in [
            (
                "a relevant live issue lacks `context_issue.owner_id` or `context_issue.effect_on_isms`",
                "a relevant live issue lacks owner or effect on ISMS",
            ),
            ("no `climate_determination`", "no climate determination"),
            ("fewer than `link_pct` % of issues", "fewer than 80 % of issues"),
            ("coverage under `ack_floor_pct`", "coverage under 50 %"),
            ("more than `trigger_days` ago", "more than 30 days ago"),
            ("CUR(scope) = null", "no scope document is in force"),
            (
                "SOFT lapsed on max(`context_issue.last_reviewed_at`, `context_months`)",
                "past 2 times the interval: (the newest last reviewed, 12 months)",
            ),
            ("a relevant nor a not_relevant record", "a relevant nor a not relevant record"),
            ("as 6.1.2 P1", "author = approved by"),
            ("a `scope_item` with `scope_item.in_scope` = false", "a scope item with in scope = no"),
        ] {
            assert_eq!(plain(text, &p), expected);
        }
    }

    #[test]
    fn labels_are_lower_within_a_sentence_and_names_of_nothing_are_spaced() {
        assert_eq!(lower("Isms change of the ISMS"), "ISMS change of the ISMS");
        assert_eq!(lower("isms"), "ISMS");
        assert_eq!(plain("a `word_of_no_kind` here", &Parameters::default()), "a word of no kind here");
    }

    #[test]
    fn no_condition_of_the_catalogue_keeps_a_technical_name() {
        let p = Parameters::default();
        let rows = frameworks::catalogue().requirements().iter();
        let texts =
            rows.flat_map(|r| r.conditions.iter().map(|c| c.text.as_str()).chain(r.precondition.as_deref()));
        let controls = frameworks::catalogue().control_rule().conditions.iter().map(|c| c.text.as_str());
        for text in texts.chain(controls) {
            let said = plain(text, &p);
            for technical in ['`', '_'] {
                assert!(!said.contains(technical), "{text}: {said}");
            }
            for technical in ["SOFT", "HARD", "CUR(", "ROLE_OK", "PEOPLE", "asOf", "null"] {
                assert!(!said.contains(technical), "{text}: {said}");
            }
        }
    }
}
