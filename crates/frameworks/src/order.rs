//! Identifiers of requirements and controls: how they sort, and which lie below which.

use std::cmp::Ordering;

/// Compares identifiers the way people read them: numbers by value, so `A.5.9` comes before `A.5.10`.
///
/// Zeros in front decide only between identifiers that are otherwise equal, so the order is total.
pub fn natural_cmp(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    while let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, rest_a) = number(a);
            let (n, rest_b) = number(b);
            (a, b) = (rest_a, rest_b);
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (a, b) = (a.split_at(x.len_utf8()).1, b.split_at(y.len_utf8()).1);
            x.cmp(&y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len()).then_with(|| left.cmp(right))
}

/// The digits `text` starts with, without zeros in front, and what follows them.
fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

/// Whether `id` is `reference` or lies below it: `9.2.2-doc`, `9.2.2a` and `9.2.2` are under `9.2`; `A.5.10` is not under `A.5.1`.
pub fn is_under(id: &str, reference: &str) -> bool {
    !reference.is_empty()
        && id.strip_prefix(reference).is_some_and(|rest| {
            !(reference.ends_with(|c: char| c.is_ascii_digit())
                && rest.starts_with(|c: char| c.is_ascii_digit()))
        })
}

/// The references that `id` lies under, shortest first: what [`is_under`] answers, without trying every reference there is.
pub fn above(id: &str) -> impl Iterator<Item = &str> {
    beginnings(id).filter(move |reference| is_under(id, reference))
}

/// What `id` begins with, shortest first, all of it last.
pub fn beginnings(id: &str) -> impl Iterator<Item = &str> {
    id.char_indices().filter_map(|(i, c)| id.get(..i + c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_order() {
        let sorted =
            ["4.1", "4.1-A1", "4.2", "4.2a", "4.2b", "4.10", "10.1", "A.5.9", "A.5.10", "A.6.1", "GV.OC-01"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural_cmp(a, b), i.cmp(&j), "{a} against {b}");
            }
        }
        assert_eq!(natural_cmp("R-007", "R-7"), Ordering::Less);
        assert_eq!(natural_cmp("R-007", "R-8"), Ordering::Less);
    }

    #[test]
    fn below() {
        for (id, reference, expected) in [
            ("9.2", "9.2", true),
            ("9.2.2-doc", "9.2", true),
            ("6.1.2a1", "6.1.2a", true),
            ("7.5.1a", "7", true),
            ("A.5.10", "A.5.1", false),
            ("10.1", "1", false),
            ("4.1", "4.1-A1", false),
            ("4.1", "", false),
        ] {
            assert_eq!(is_under(id, reference), expected, "{id} under {reference}");
            assert_eq!(above(id).any(|r| r == reference), expected, "{reference} above {id}");
        }
    }
}
