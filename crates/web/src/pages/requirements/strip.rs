//! How a row or control stood and will stand, as a band of one pixel a day: a lane for each status, so that the place
//! says it as well as the colour, and the same as a table.

use askama::{Template, filters::HtmlSafe};
use isms::{
    Date,
    rules::{Status, Subject, When},
};

use crate::{parts::StatusChip, words};

/// Months shown before and after the day.
const MONTHS: i64 = 12;
/// Where the band begins: room for the names of the lanes.
const LEFT: i64 = 84;
const TOP: i64 = 20;
const LANE: i64 = 16;

/// The band of a subject.
#[derive(Template)]
#[template(path = "requirements/strip.html")]
pub(super) struct Strip {
    width: i64,
    height: i64,
    lanes: Vec<(i64, &'static str)>,
    runs: Vec<Run>,
    /// Months: where each begins, and its name where there is room for it.
    months: Vec<(i64, String)>,
    bottom: i64,
    now: i64,
    day: Date,
    words: &'static str,
}

impl HtmlSafe for Strip {}

impl Strip {
    fn top(&self) -> i64 {
        TOP
    }

    fn left(&self) -> i64 {
        LEFT
    }
}

/// A run of days with one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) status: Status,
    pub(super) from: Date,
    /// The last day.
    pub(super) until: Date,
    x: i64,
    y: i64,
    width: i64,
}

impl Run {
    fn chip(&self) -> StatusChip {
        StatusChip::new(self.status)
    }
}

/// Draws the band around a day.
pub(super) fn strip(subject: &Subject, day: Date, today: Date) -> Strip {
    let (first, last) = (day.plus_months(-MONTHS), day.plus_months(MONTHS));
    let mut runs =
        runs(|d| subject.judged.status(d), |d| subject.judged.next_change(d), &subject.there, first, last);
    let mut lanes = vec![Status::Met, Status::Stale, Status::Partly, Status::Unmet];
    if runs.iter().any(|r| r.status == Status::Excluded) {
        lanes.push(Status::Excluded);
    }
    let lane = |status: Status| lanes.iter().position(|s| *s == status).map_or(0, |i| i as i64);
    let x = |d: Date| LEFT + first.days_until(d);
    for run in &mut runs {
        run.x = x(run.from);
        run.y = TOP + lane(run.status) * LANE + 2;
        run.width = run.from.days_until(run.until) + 1;
    }
    let bottom = TOP + lanes.len() as i64 * LANE;
    let mut months = Vec::new();
    let mut month = Date::new(first.year(), first.month(), 1).unwrap_or(first).plus_months(1);
    while month <= last {
        let named = (month.month() - 1) % 3 == 0 && month.days_until(last) > 40;
        months.push((x(month), if named { words::short_month(month) } else { String::new() }));
        let next = month.plus_months(1);
        if next <= month {
            break;
        }
        month = next;
    }
    Strip {
        width: x(last) + 2,
        height: bottom + 18,
        lanes: lanes
            .iter()
            .enumerate()
            .map(|(i, s)| (TOP + i as i64 * LANE + 12, words::status(*s)))
            .collect(),
        runs,
        months,
        bottom,
        now: x(day),
        day,
        words: if day == today { "today" } else { "this day" },
    }
}

/// The runs of one status each between two days, both included, on the days on which there is something to judge.
fn runs(
    status: impl Fn(Date) -> Status,
    next: impl Fn(Date) -> Option<Date>,
    there: &When,
    first: Date,
    last: Date,
) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut from = first;
    while from <= last {
        let turn = there.next_turn(from).unwrap_or(Date::MAX);
        if !there.on(from) {
            if turn <= from {
                break;
            }
            from = turn;
            continue;
        }
        let until = next(from).unwrap_or(Date::MAX).min(turn).plus_days(-1).min(last);
        runs.push(Run { status: status(from), from, until, x: 0, y: 0, width: 0 });
        // The last day there is has none after it.
        let after = until.plus_days(1);
        if after <= from {
            break;
        }
        from = after;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_exact_to_the_day() {
        let day = |n: i8| Date::new(2026, 3, n).unwrap();
        let stale = When::between(day(10), day(12));
        let status = |d: Date| if stale.on(d) { Status::Stale } else { Status::Met };
        let next = |d: Date| stale.next_turn(d);
        let told = |there: &When| {
            runs(status, next, there, day(1), day(20))
                .iter()
                .map(|r| (r.status, r.from, r.until))
                .collect::<Vec<_>>()
        };
        let (met, stale_run) = (Status::Met, (Status::Stale, day(10), day(12)));
        assert_eq!(told(&When::always()), [(met, day(1), day(9)), stale_run, (met, day(13), day(20))]);
        assert_eq!(told(&When::from(day(11))), [(Status::Stale, day(11), day(12)), (met, day(13), day(20))]);
        assert_eq!(told(&When::from(day(21))), []);
    }
}
