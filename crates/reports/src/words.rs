//! Small words: names of states as people read them, and text made fit for paper.

use isms::Id;

use crate::print::Fact;

/// A state or code as people read it: `not_started` becomes `Not started`.
pub(crate) fn label(code: &str) -> String {
    let text = code.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `T-1, T-2`.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

/// `DOC-4 Access policy`.
pub(crate) fn named((id, name): &(Id, String)) -> String {
    if name.is_empty() { id.to_string() } else { format!("{id} {name}") }
}

/// `owner, 2026-03-01`, or whichever of the two there is.
pub(crate) fn who_and_when(who: &str, when: Option<isms::Date>) -> String {
    match when {
        Some(day) if who.is_empty() => day.to_string(),
        Some(day) => format!("{who}, {day}"),
        None => who.to_owned(),
    }
}

/// Facts as the names and texts a front page shows.
pub(crate) fn on_paper(facts: Vec<Fact>) -> Vec<(&'static str, String)> {
    facts.into_iter().map(|(name, value)| (name, paper(&value.to_string()))).collect()
}

/// The longest run of characters without a place to break that a narrow column is asked to hold.
const RUN: usize = 24;

/// Text for paper: no control characters but the line break, and a place to break (U+200B) inside words too long for
/// a column, such as addresses and file names.
pub(crate) fn paper(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        match c {
            '\n' | '\t' | ' ' | '\u{200b}' => run = 0,
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => continue,
            _ if run >= RUN || (run > RUN / 2 && out.ends_with(JOINTS)) => {
                out.push('\u{200b}');
                run = 1;
            }
            _ => run += 1,
        }
        out.push(if c == '\t' { ' ' } else { c });
    }
    out
}

/// Characters after which a long word is best broken.
const JOINTS: [char; 10] = ['/', '.', '_', '-', '@', '?', '&', '=', ',', ';'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for (code, text) in
            [("not_started", "Not started"), ("", ""), ("änderung", "Änderung"), ("in_use_now", "In use now")]
        {
            assert_eq!(label(code), text);
        }
    }

    #[test]
    fn long_words_can_break_and_short_ones_stay() {
        let plain = "Information security roles and responsibilities, 2026-01-31";
        assert_eq!(paper(plain), plain);
        let long = "x".repeat(500);
        let broken = paper(&long);
        assert!(broken.split('\u{200b}').all(|part| part.chars().count() <= RUN));
        assert_eq!(broken.replace('\u{200b}', ""), long);
        assert_eq!(paper("a\u{0}b\u{7}\r\nc\td"), "ab\nc d");
    }
}
