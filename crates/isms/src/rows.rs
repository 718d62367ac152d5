//! Rows of the standard as records refer to them: rows of clauses 4 to 10, and parents that stand for all their rows.

/// Whether `row` is a row of Table A (`6.1.3d`) or a clause above one (`6.1.3`, `8.1`, `6`).
#[must_use]
pub fn is_row_or_parent(row: &str) -> bool {
    !row.starts_with("A.") && frameworks::catalogue().resolves(row)
}

/// Whether a reference to `parent` also speaks of `row`: the same, or `row` is `parent` plus a letter, digit or dotted
/// part (ruling 9.3). Rows split off with a hyphen (`-A1`, `-doc`, `-ext`, `-plan`) are not covered.
#[must_use]
pub fn covers(parent: &str, row: &str) -> bool {
    let Some(rest) = row.strip_prefix(parent) else { return false };
    match rest.chars().next() {
        None => true,
        Some('.') => {
            !rest.contains("-A1")
                && !rest.contains("-doc")
                && !rest.contains("-ext")
                && !rest.contains("-plan")
        }
        Some(c) if c.is_ascii_alphabetic() => true,
        Some(c) if c.is_ascii_digit() => parent.ends_with(|p: char| p.is_ascii_alphabetic()),
        Some(_) => false,
    }
}

/// The beginnings of a row or control that, as references, also speak of it, shortest first: what [`covers`] answers,
/// without trying every reference there is.
pub fn covering(row: &str) -> impl Iterator<Item = &str> {
    let beginnings = row.char_indices().filter_map(|(i, c)| row.get(..i + c.len_utf8()));
    beginnings.filter(move |parent| covers(parent, row))
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
        assert!(of("8.1-doc").contains(&"8.1-doc") && !of("8.1-doc").contains(&"8"));
        assert!(of("A.5.10").contains(&"A.5") && !of("A.5.10").contains(&"A.5.1"));
        assert_eq!(of("").len(), 0);
    }
}
