//! Rows of the standard as records refer to them: rows of clauses 4 to 10, and parents that stand for all their rows.

/// Whether `row` is a row of Table A (`6.1.3d`) or a clause above one (`6.1.3`, `8.1`, `6`).
#[must_use]
pub fn is_row_or_parent(row: &str) -> bool {
    !row.starts_with("A.") && frameworks::catalogue().resolves(row)
}

/// Whether a reference to `parent` also speaks of `row`: the same, or `row` is `parent` plus a letter, digit or dotted
/// part (ruling 9.3). Rows split off with a hyphen (`4.1-A1`, `8.1-plan`) are not covered, ranges of letters
/// (`7.5.3a-b`) are.
#[must_use]
pub fn covers(parent: &str, row: &str) -> bool {
    let Some(rest) = row.strip_prefix(parent) else { return false };
    match rest.chars().next() {
        None => true,
        Some('.') => !is_split_off(rest),
        Some(c) if c.is_ascii_alphabetic() => true,
        Some(c) if c.is_ascii_digit() => parent.ends_with(|p: char| p.is_ascii_alphabetic()),
        Some(_) => false,
    }
}

/// Whether a hyphen follows the number of a clause.
fn is_split_off(row: &str) -> bool {
    row.split_once('-').is_some_and(|(clause, _)| clause.ends_with(|c: char| c.is_ascii_digit()))
}

/// The beginnings of a row or control that, as references, also speak of it, shortest first: what [`covers`] answers,
/// without trying every reference there is.
pub fn covering(row: &str) -> impl Iterator<Item = &str> {
    frameworks::beginnings(row).filter(move |parent| covers(parent, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_covers_a_row() {
        let of = |row: &'static str| covering(row).collect::<Vec<_>>();
        assert_eq!(of("6.1.3d"), ["6", "6.1", "6.1.3", "6.1.3d"]);
        assert_eq!(of("10.2a"), ["10", "10.2", "10.2a"]);
        assert_eq!(of("6.1.2a1"), ["6", "6.1", "6.1.2", "6.1.2a", "6.1.2a1"]);
        assert!(of("4.1-A1").contains(&"4.1-A1") && !of("4.1-A1").contains(&"4.1"));
        for row in ["8.1-doc", "8.1-change", "8.1-plan", "8.1-ext", "9.2.2-doc"] {
            let (number, _) = row.split_once('-').unwrap();
            assert!(
                of(row).contains(&row) && !of(row).contains(&number) && !of(row).contains(&&row[..1]),
                "{row}"
            );
        }
        assert_eq!(of("7.5.3c-f")[..3], ["7", "7.5", "7.5.3"]);
        assert!(of("A.5.10").contains(&"A.5") && !of("A.5.10").contains(&"A.5.1"));
        assert_eq!(of("").len(), 0);
    }
}
