//! Words and numbers as people read them in English: values of choices, days, times, counts. The one place where
//! another language will be put in.

use std::borrow::Borrow;

use isms::{Date, Kind, rules::Status, schema::Field};
use jiff::Timestamp;
use ledger::Door;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Short forms that stay in capitals.
const CAPITALS: [&str; 8] = ["soa", "isms", "cia", "rtp", "dpa", "hr", "ofi", "url"];

/// A name such as `in_treatment` as words: "In treatment".
pub(crate) fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (i, word) in name.split('_').filter(|w| !w.is_empty()).enumerate() {
        if i > 0 {
            out.push(' ');
        }
        if CAPITALS.contains(&word) {
            out.push_str(&capitals(word));
        } else if i == 0 {
            out.push_str(&capital(word));
        } else {
            out.push_str(word);
        }
    }
    out
}

/// A short form as people write it.
fn capitals(word: &str) -> String {
    if word == "soa" { "SoA".to_owned() } else { word.to_uppercase() }
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The text with its first letter in lower case, unless its first word is an abbreviation.
pub(crate) fn lower(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.chars().filter(|c| c.is_uppercase()).count() > 1 {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// "risk", "Statement of Applicability": what one record of a kind is called inside a sentence.
pub(crate) fn one(kind: Kind) -> String {
    lower(kind.decl().one)
}

/// "a risk", "an audit check": one record of a kind inside a sentence, whichever it is.
pub(crate) fn a(kind: Kind) -> String {
    let one = one(kind);
    let vowel = one.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} {one}", if vowel { "an" } else { "a" })
}

/// "risks": what records of a kind are called inside a sentence.
pub(crate) fn many(kind: Kind) -> String {
    lower(kind.decl().many)
}

/// The title of a record as a link shows it: some records have none, and a link always says something.
pub(crate) fn titled(title: &str) -> &str {
    if title.trim().is_empty() { "no title" } else { title }
}

/// A status as people read it: "Partly met".
pub(crate) fn status(status: impl Borrow<Status>) -> &'static str {
    match *status.borrow() {
        Status::Met => "Met",
        Status::Stale => "Stale",
        Status::Partly => "Partly met",
        Status::Unmet => "Unmet",
        Status::Excluded => "Excluded",
    }
}

/// `5 August 2025`.
pub(crate) fn day(date: impl Borrow<Date>) -> String {
    let date = *date.borrow();
    let month =
        usize::try_from(date.month() - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or_default();
    format!("{} {month} {}", day_of_month(date), date.year())
}

/// `5 Aug 2025`, for columns.
pub(crate) fn short_day(date: impl Borrow<Date>) -> String {
    let date = *date.borrow();
    let month =
        usize::try_from(date.month() - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or_default();
    format!("{} {} {}", day_of_month(date), month.get(..3).unwrap_or(month), date.year())
}

/// `August 2025`.
pub(crate) fn month(date: impl Borrow<Date>) -> String {
    let whole = day(date);
    whole.split_once(' ').map_or_else(String::new, |(_, month)| month.to_owned())
}

/// `Aug 25`, for the top of narrow columns.
pub(crate) fn short_month(date: impl Borrow<Date>) -> String {
    let short = short_day(date);
    let mut parts = short.split(' ').skip(1);
    let (month, year) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{month} {}", year.get(2..).unwrap_or(year))
}

fn day_of_month(date: Date) -> String {
    date.to_string().rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned()
}

/// `2 June 2025, 10:12` in an IANA timezone.
pub(crate) fn time(at: Timestamp, zone: &str) -> String {
    let zoned = at.to_zoned_datetime(jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC));
    format!("{}, {:02}:{:02}", day(Date::of(at, zone)), zoned.hour(), zoned.minute())
}

/// `4,218`.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `4,218` of a length.
pub(crate) fn count(n: usize) -> String {
    number(n as u64)
}

/// `1 risk`, `3 risks`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// By which door an entry came in.
pub(crate) fn door(door: Door) -> &'static str {
    match door {
        Door::Page => "page",
        Door::Api => "API",
        Door::Cli => "command line",
        Door::Import => "import",
        Door::Job => "clock",
    }
}

/// What a command of the ledger did, after a name: `risk.create` gives "created it".
pub(crate) fn did(command: &str) -> String {
    let mut parts = command.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some("step"), Some(step)) => {
            let label =
                Kind::by_name(kind).and_then(|k| k.steps().iter().find(|s| s.name == step)).map(|s| s.label);
            format!("took the step “{}”", label.map_or_else(|| words(step), str::to_owned))
        }
        (_, Some("create"), None) => "created it".to_owned(),
        (_, Some("update"), None) => "changed it".to_owned(),
        (_, Some("archive"), None) => "archived it".to_owned(),
        (_, Some("restore"), None) => "brought it back".to_owned(),
        (_, Some("remove"), None) => "deleted it".to_owned(),
        (_, Some("seed"), None) => "brought it in from the catalogue".to_owned(),
        (Some("load"), None, _) => "loaded it".to_owned(),
        _ => crate::deeds::together(command).unwrap_or_else(|| lower(&words(&command.replace('.', "_")))),
    }
}

/// The label of a column of a kind: of a field, a derived column or meta data.
pub(crate) fn column_label(kind: Kind, name: &str) -> String {
    if let Some(field) = kind.info().field(name) {
        return label(field);
    }
    if let Some(derived) = isms::views::derived::of(kind).iter().find(|d| d.name == name) {
        return derived.label.to_owned();
    }
    match name {
        "id" => "Id".to_owned(),
        "title" => "Title".to_owned(),
        "created_at" => "Created".to_owned(),
        "updated_at" => "Changed".to_owned(),
        other => words(other),
    }
}

/// The label of a field: what its declaration says, with abbreviations in capitals.
pub(crate) fn label(field: &Field) -> String {
    abbreviated(&field.label)
}

/// The label of a field of which only the name is known.
pub(crate) fn label_of(name: &str) -> String {
    abbreviated(&isms::schema::label_of(name))
}

fn abbreviated(label: &str) -> String {
    let first = label.split(' ').next().unwrap_or_default();
    if CAPITALS.contains(&first.to_lowercase().as_str()) {
        return capitals(&first.to_lowercase()) + label.get(first.len()..).unwrap_or_default();
    }
    label.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, expected) in [
            ("in_treatment", "In treatment"),
            ("annex_a", "Annex a"),
            ("soa", "SoA"),
            ("hr", "HR"),
            ("controls_soa", "Controls SoA"),
            ("", ""),
        ] {
            assert_eq!(words(name), expected);
        }
        assert_eq!((a(Kind::AuditCheck), a(Kind::Risk)), ("an audit check".to_owned(), "a risk".to_owned()));
        assert_eq!(lower("Risk method"), "risk method");
        assert_eq!(lower("SoA version"), "SoA version");
        assert_eq!(lower("ISMS process"), "ISMS process");
    }

    #[test]
    fn days_and_numbers() {
        let date: Date = "2025-08-05".parse().unwrap();
        assert_eq!(day(date), "5 August 2025");
        assert_eq!(short_day(date), "5 Aug 2025");
        assert_eq!((month(date), short_month(date)), ("August 2025".to_owned(), "Aug 25".to_owned()));
        for (n, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (4_218_000, "4,218,000")] {
            assert_eq!(number(n), expected);
        }
        let at: Timestamp = "2025-06-02T22:12:00Z".parse().unwrap();
        assert_eq!(time(at, "Europe/Stockholm"), "3 June 2025, 00:12");
    }

    #[test]
    fn commands_as_deeds() {
        assert_eq!(did("risk.create"), "created it");
        assert_eq!(did("load"), "loaded it");
        assert_eq!(did("risk.adopt_scenarios"), "added it from starter scenarios");
    }
}
