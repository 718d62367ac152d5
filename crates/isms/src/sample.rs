//! The sample company Tarnwick Rota (specification, section 7): invented records that show every kind and, on the day
//! they are shown, twenty-five gaps to find. Kept as a load document whose dates are offsets from that day, so that the
//! picture never ages. Nothing here does I/O: the texts are compiled in.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;

use crate::{Date, Problem, load::LoadDocument};

const COMPANY: &str = include_str!("../sample/tarnwick-rota.json");
const LATER: &str = include_str!("../sample/tarnwick-rota-later.json");
const FILES: &str = include_str!("../sample/files.json");

/// A file that a document version of the sample company names by its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SampleFile {
    /// SHA-256 of the text, as in `document_version.file_hash`.
    pub hash: String,
    /// Name under which it is kept.
    pub name: String,
    /// Its text, Markdown.
    pub text: String,
}

/// The sample company as it stands on `today`.
///
/// # Errors
/// Problems of the compiled-in document; a test shows that there are none.
pub fn tarnwick_rota(today: Date) -> Result<LoadDocument, Vec<Problem>> {
    read(COMPANY, today)
}

/// The sample company twenty days after `today`, when its people have done what was overdue: the second internal audit
/// is closed, a privacy lead is appointed, the missed assessment and reviews are made up for.
///
/// # Errors
/// As [`tarnwick_rota`].
pub fn tarnwick_rota_later(today: Date) -> Result<LoadDocument, Vec<Problem>> {
    let mut company = read(COMPANY, today)?;
    let later = read(LATER, today)?;
    let place: HashMap<String, usize> =
        company.records.iter().enumerate().map(|(i, (_, local, _))| (local.clone(), i)).collect();
    company.as_of = later.as_of;
    for (kind, local, fields) in later.records {
        match place.get(&local).and_then(|i| company.records.get_mut(*i)) {
            Some((_, _, kept)) => kept.extend(fields),
            None => company.records.push((kind, local, fields)),
        }
    }
    Ok(company)
}

/// The files behind the document versions of the sample company.
#[must_use]
pub fn files() -> &'static [SampleFile] {
    static PARSED: LazyLock<Vec<SampleFile>> =
        LazyLock::new(|| serde_json::from_str(FILES).unwrap_or_default());
    &PARSED
}

fn read(text: &str, today: Date) -> Result<LoadDocument, Vec<Problem>> {
    let wrong = |e: serde_json::Error| vec![Problem::new("", e.to_string())];
    let mut value: Value = serde_json::from_str(text).map_err(wrong)?;
    put_dates(&mut value, today);
    LoadDocument::parse(&serde_json::to_vec(&value).map_err(wrong)?)
}

/// Puts a day in the place of every text that is an offset and nothing else.
fn put_dates(value: &mut Value, today: Date) {
    match value {
        Value::String(s) => {
            if let Some(days) = offset(s) {
                *s = today.plus_days(days).to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| put_dates(v, today)),
        Value::Object(fields) => fields.values_mut().for_each(|v| put_dates(v, today)),
        _ => {}
    }
}

/// The days of `T0`, `T0-380` or `T0+24`; `None` for any other text.
fn offset(text: &str) -> Option<i64> {
    let rest = text.strip_prefix("T0")?;
    if rest.is_empty() {
        return Some(0);
    }
    let digits = rest.strip_prefix(['+', '-'])?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    rest.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_offsets_are_dates() {
        for (text, days) in [
            ("T0", Some(0)),
            ("T0-380", Some(-380)),
            ("T0+24", Some(24)),
            ("T0+", None),
            ("T0-", None),
            ("T0--1", None),
            ("T0+1 day", None),
            ("T00", None),
            ("at T0", None),
            ("", None),
        ] {
            assert_eq!(offset(text), days, "{text}");
        }
    }

    #[test]
    fn every_offset_becomes_a_day_and_texts_stay() {
        let mut value = serde_json::json!({ "a": ["T0-1", "x T0"], "b": { "c": "T0" } });
        put_dates(&mut value, "2024-03-01".parse().unwrap());
        assert_eq!(value, serde_json::json!({ "a": ["2024-02-29", "x T0"], "b": { "c": "2024-03-01" } }));
    }
}
