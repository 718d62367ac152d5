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
