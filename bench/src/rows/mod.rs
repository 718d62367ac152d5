//! The rows of the table, a module a family.

pub(crate) mod build;
pub(crate) mod growth;
pub(crate) mod judging;
pub(crate) mod list;
pub(crate) mod past;
pub(crate) mod reports;
pub(crate) mod start;
pub(crate) mod verify;
pub(crate) mod writes;

use isms::Date;

/// The question every list is asked: two filters, two sort keys, a full page of rows.
pub(crate) const QUESTION: &str = "state=identified,analysed,treatment_decided,in_treatment&current_level=high,critical&sort=-current_level,owner_id";

/// The same question made new for its `n`-th asker: with a bound that every row is within, and that nobody gave before.
pub(crate) fn question_of(n: u64) -> String {
    let first = Date::new(1, 1, 1).unwrap_or(Date::MIN);
    let day = first.plus_days(i64::try_from(n % 700_000).unwrap_or_default());
    format!("{QUESTION}&last_reviewed_at.from={day}")
}
