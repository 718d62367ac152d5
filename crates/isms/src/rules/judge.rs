//! From a row's conditions to its status over time: worst label, attestation gate, finding cap (0.1), and the
//! verdict for one day read off from it.

use serde::Serialize;

use super::{Condition, Count, Row, When, row::Items};
use crate::time::Date;

/// How far ahead a change of status is looked for, in months (ruling 9.3: five years).
pub(super) const HORIZON: i64 = 60;

/// The status of a requirement or control, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A control that the organisation left out with a reason that holds.
    Excluded,
    /// Everything asked for is there, complete and in date.
    Met,
    /// It was there and complete, but its date has run out or something it depends on has changed.
    Stale,
    /// Present but incomplete.
    Partly,
    /// Missing, never done, or so late or empty that an auditor would treat it as not done.
    Unmet,
}

impl Status {
    /// The statuses that requirements can have, worst first.
    pub const ALL: [Status; 4] = [Status::Unmet, Status::Partly, Status::Stale, Status::Met];

    /// The word used in JSON and on pages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Status::Excluded => "excluded",
            Status::Met => "met",
            Status::Stale => "stale",
            Status::Partly => "partly",
            Status::Unmet => "unmet",
        }
    }

    /// The status a label stands for: the first letter of the label; reason codes have their own rules.
    fn of_label(label: &str) -> Option<Status> {
        match label.as_bytes().first()? {
            b'E' if label == "EXCL" => Some(Status::Partly),
            b'U' => Some(Status::Unmet),
            b'P' if label != "PRE" => Some(Status::Partly),
            b'S' => Some(Status::Stale),
            _ => None,
        }
    }
}

/// What judgement by people and findings add to a row's conditions.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Days on which somebody's judgement of the row holds (ATT_OK); `None` for class D, which needs none.
    pub attested: Option<When>,
    /// Whether an unattested row may not even be stale: class P (ruling 9.2).
    pub gate_stale: bool,
    /// What is said where no judgement holds, with the newest one if there is any.
    pub unattested: Option<Condition>,
    /// Open findings that cap the row at unmet, one condition a finding.
    pub unmet_findings: Vec<Condition>,
    /// Open findings that cap the row at partly.
    pub partly_findings: Vec<Condition>,
    /// Open findings that are reported and cap nothing.
    pub other_findings: Vec<Condition>,
}

/// A row with its status on every day.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Id of the row or control.
    pub id: String,
    /// All conditions that count toward the status or are reported: each with the status it stands for.
    reasons: Vec<(Option<Status>, Condition, When)>,
    excluded: When,
    unmet: When,
    partly: When,
    stale: When,
}

/// The verdict on one day.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// The status.
    pub status: Status,
    /// First day of the reason that decides; `None` if it held before every recorded date.
    pub since: Option<Date>,
    /// The next day on which the status is another with no new record; `None` if none within five years.
    pub next_change_at: Option<Date>,
    /// All conditions true on the day, worst first, in the order of the row.
    pub reasons: Vec<&'a Condition>,
}

/// A condition that is true on a day.
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    /// The status it stands for by itself; `None` for a finding that is reported and caps nothing.
    pub status: Option<Status>,
    /// First day on which it has held without a gap; `None` if it held before every recorded date.
    pub since: Option<Date>,
    /// The condition.
    pub condition: &'a Condition,
}

impl Judged {
    /// Puts a row together with judgement and findings.
    #[must_use]
    pub fn new(row: Row, judgement: Judgement) -> Self {
        let mut reasons = Vec::new();
        let no_subject = row.precondition.not();
        if !no_subject.is_never() {
            let condition = Condition::new("PRE", no_subject.clone(), row.without, Items::default());
            reasons.push((Some(Status::Unmet), condition, no_subject));
        }
        for condition in row.conditions {
            let when = condition.when.clone();
            reasons.push((Status::of_label(condition.label), condition, when));
        }
        let (unmet, partly, stale) = masks(&reasons);
        if let (Some(attested), Some(mut condition)) = (&judgement.attested, judgement.unattested) {
            let silent = attested.not();
            let at_least_partly = unmet.or(&partly);
            let touched =
                if judgement.gate_stale { at_least_partly.not() } else { at_least_partly.or(&stale).not() };
            let when = silent.and(&touched);
            if !when.is_never() {
                // The reason runs from the day the last judgement ran out, though the gate shows only where it acts.
                condition.when = when;
                reasons.push((Some(Status::Partly), condition, silent));
            }
        }
        let findings = [
            (Some(Status::Unmet), judgement.unmet_findings),
            (Some(Status::Partly), judgement.partly_findings),
            (None, judgement.other_findings),
        ];
        for (status, conditions) in findings {
            reasons.extend(conditions.into_iter().map(|c| (status, c.clone(), c.when)));
        }
        let (unmet, partly, stale) = masks(&reasons);
        Self { id: row.id.to_owned(), reasons, excluded: When::never(), unmet, partly, stale }
    }

    /// The same under another id: a control of the organisation's own, which no catalogue names.
    #[must_use]
    pub fn named(self, id: String) -> Self {
        Self { id, ..self }
    }

    /// All conditions true on a day, worst first: each with the status it stands for by itself, and the first day on
    /// which it has held without a gap.
    pub fn reasons(&self, day: Date) -> Vec<Reason<'_>> {
        let mut reasons: Vec<Reason<'_>> = self
            .reasons
            .iter()
            .filter(|(_, condition, _)| condition.when.on(day))
            .map(|(status, condition, run)| Reason {
                status: *status,
                since: run.since(day).filter(|d| *d != Date::MIN),
                condition,
            })
            .collect();
        reasons.sort_by_key(|r| std::cmp::Reverse(r.status));
        reasons
    }

    /// A control that is left out on some days, on which nothing else is said of it.
    #[must_use]
    pub fn excluded(mut self, when: When) -> Self {
        for (_, condition, run) in &mut self.reasons {
            condition.when = condition.when.and_not(&when);
            *run = run.and_not(&when);
        }
        let (unmet, partly, stale) = masks(&self.reasons);
        Self { excluded: when, unmet, partly, stale, ..self }
    }

    /// The status on a day.
    #[must_use]
    pub fn status(&self, day: Date) -> Status {
        if self.excluded.on(day) {
            Status::Excluded
        } else if self.unmet.on(day) {
            Status::Unmet
        } else if self.partly.on(day) {
            Status::Partly
        } else if self.stale.on(day) {
            Status::Stale
        } else {
            Status::Met
        }
    }

    /// The days on which the row is unmet.
    #[must_use]
    pub fn unmet(&self) -> &When {
        &self.unmet
    }

    /// The days on which the row has exactly a status.
    #[must_use]
    pub fn days(&self, status: Status) -> When {
        match status {
            Status::Excluded => self.excluded.clone(),
            Status::Unmet => self.unmet.and_not(&self.excluded),
            Status::Partly => self.partly.and_not(&self.unmet.or(&self.excluded)),
            Status::Stale => self.stale.and_not(&self.partly.or(&self.unmet).or(&self.excluded)),
            Status::Met => self.unmet.or(&self.partly).or(&self.stale).or(&self.excluded).not(),
        }
    }

    /// The verdict on a day.
    #[must_use]
    pub fn verdict(&self, day: Date) -> Verdict<'_> {
        let status = self.status(day);
        let since = match status {
            Status::Met | Status::Excluded => self.days(status).since(day),
            _ => self
                .reasons
                .iter()
                .filter(|(of, condition, _)| *of == Some(status) && condition.when.on(day))
                .filter_map(|(_, _, run)| run.since(day))
                .min(),
        };
        let mut reasons: Vec<(Option<Status>, &Condition)> =
            self.reasons.iter().filter(|(_, c, _)| c.when.on(day)).map(|(s, c, _)| (*s, c)).collect();
        reasons.sort_by_key(|(status, _)| std::cmp::Reverse(*status));
        Verdict {
            status,
            since: since.filter(|d| *d != Date::MIN),
            next_change_at: self.next_change(day),
            reasons: reasons.into_iter().map(|(_, c)| c).collect(),
        }
    }

    /// The next day on which the status is another with no new record; `None` if none within five years.
    #[must_use]
    pub fn next_change(&self, day: Date) -> Option<Date> {
        let now = self.status(day);
        let last = day.plus_months(HORIZON);
        let mut at = day;
        loop {
            let turns = [&self.excluded, &self.unmet, &self.partly, &self.stale];
            at = turns.iter().filter_map(|w| w.next_turn(at)).min().filter(|d| *d <= last)?;
            if self.status(at) != now {
                return Some(at);
            }
        }
    }
}

/// The days on which some reason stands for each of unmet, partly and stale.
fn masks(reasons: &[(Option<Status>, Condition, When)]) -> (When, When, When) {
    let of = |status| {
        let of: Vec<&When> =
            reasons.iter().filter(|(s, _, _)| *s == Some(status)).map(|(_, c, _)| &c.when).collect();
        match of[..] {
            [] => When::never(),
            [one] => one.clone(),
            [one, other] => one.or(other),
            _ => Count::of(of).at_least(1),
        }
    };
    (of(Status::Unmet), of(Status::Partly), of(Status::Stale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Date {
        Date::new(2026, 1, 1).unwrap().plus_days(n)
    }

    #[test]
    fn only_conditions_stand_for_a_status_by_their_label() {
        let of = Status::of_label;
        assert_eq!((of("U0"), of("U2")), (Some(Status::Unmet), Some(Status::Unmet)));
        assert_eq!(
            (of("P1"), of("EXCL"), of("S3")),
            (Some(Status::Partly), Some(Status::Partly), Some(Status::Stale))
        );
        assert_eq!(["PRE", "ATT", "NC", "E1", ""].map(of), [None; 5]);
    }

    #[test]
    fn nothing_is_said_of_what_is_left_out() {
        let row = Row::new("A.5.1").when("U1", When::always(), "never begun", vec![]).when(
            "S1",
            When::from(day(3)),
            "old",
            vec![],
        );
        let judged = Judged::new(row, Judgement::default()).excluded(When::from(day(5)));
        assert_eq!((judged.status(day(4)), judged.status(day(5))), (Status::Unmet, Status::Excluded));
        assert!(judged.unmet().on(day(4)) && !judged.unmet().on(day(5)));
        assert!(judged.reasons(day(5)).is_empty() && judged.verdict(day(5)).reasons.is_empty());
        let before: Vec<_> = judged.reasons(day(4)).iter().map(|r| (r.condition.label, r.since)).collect();
        assert_eq!(before, [("U1", None), ("S1", Some(day(3)))], "worst first; always is since no day");
        assert_eq!(judged.verdict(day(4)).next_change_at, Some(day(5)));
        assert_eq!(judged.verdict(day(9)).since, Some(day(5)));
        for (label, status) in [("U1", Status::Unmet), ("P1", Status::Partly), ("S1", Status::Stale)] {
            let row = Row::new("A.5.1").when(label, When::always(), "", vec![]);
            let judged = Judged::new(row, Judgement::default()).excluded(When::from(day(5)));
            for each in Status::ALL {
                assert_eq!(judged.days(each).on(day(4)), each == status);
                assert!(!judged.days(each).on(day(5)));
            }
        }
    }

    #[test]
    fn a_change_is_foretold_for_five_years() {
        let on = |date: Date| {
            let row = Row::new("4.1").when("S1", When::from(date), "old", vec![]);
            Judged::new(row, Judgement::default()).next_change(day(0))
        };
        let last = day(0).plus_months(60);
        assert_eq!((on(last), on(last.plus_days(1))), (Some(last), None));
    }
}
