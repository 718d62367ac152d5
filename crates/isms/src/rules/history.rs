//! What the ledger knows and a snapshot does not: what single fields said before, and on which day that was recorded.

use std::collections::HashMap;

use crate::{Id, time::Date};

/// Former values of the few fields whose past the rules ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// What `due_at` of an objective said, oldest first: the day it was recorded, and the date from then on.
    pub due_dates: HashMap<Id, Vec<(Date, Option<Date>)>>,
    /// What the target of an objective said, oldest first: the day it was recorded, and value and unit from then on.
    pub targets: HashMap<Id, Vec<(Date, String)>>,
    /// The days on which option, controls or due date of a treatment plan were made other than they had been.
    pub plan_changes: HashMap<Id, Vec<Date>>,
}

impl History {
    /// The days on which the due date of an objective was moved from one date to another, or taken away.
    #[must_use]
    pub fn moves(&self, objective: Id) -> Vec<Date> {
        let mut moves = changes(self.due_dates.get(&objective), |from| from.is_some());
        moves.sort_unstable();
        moves
    }

    /// The days on which the target or the due date of an objective was made other than it had been.
    #[must_use]
    pub fn revisions(&self, objective: Id) -> Vec<Date> {
        let mut days = changes(self.due_dates.get(&objective), |_| true);
        days.extend(changes(self.targets.get(&objective), |_| true));
        days.sort_unstable();
        days
    }

    /// The days after `day` on which option, controls or due date of a treatment plan were changed.
    pub fn plan_changed_after(&self, plan: Id, day: Date) -> impl Iterator<Item = Date> + '_ {
        self.plan_changes.get(&plan).into_iter().flatten().copied().filter(move |changed| *changed > day)
    }
}

/// The days on which a value became another, where `counts` says so of the value before.
fn changes<T: PartialEq>(values: Option<&Vec<(Date, T)>>, counts: impl Fn(&T) -> bool) -> Vec<Date> {
    let values = values.map(Vec::as_slice).unwrap_or_default();
    values
        .windows(2)
        .filter_map(|pair| match pair {
            [(_, before), (day, after)] if before != after && counts(before) => Some(*day),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn d(s: &str) -> Date {
        s.parse().unwrap()
    }

    #[test]
    fn only_what_became_another_is_a_change() {
        let id = Id { kind: Kind::Objective, n: 1 };
        let mut history = History::default();
        history.due_dates.insert(
            id,
            vec![
                (d("2026-01-01"), None),
                (d("2026-01-05"), Some(d("2026-06-30"))),
                (d("2026-02-01"), Some(d("2026-06-30"))),
                (d("2026-03-01"), Some(d("2026-09-30"))),
                (d("2026-04-01"), None),
            ],
        );
        history
            .targets
            .insert(id, vec![(d("2026-01-01"), "90 %".to_owned()), (d("2026-02-10"), "95 %".to_owned())]);
        assert_eq!(history.moves(id), [d("2026-03-01"), d("2026-04-01")]);
        let revisions = ["2026-01-05", "2026-02-10", "2026-03-01", "2026-04-01"].map(d);
        assert_eq!(history.revisions(id), revisions);
        let other = Id { kind: Kind::Objective, n: 2 };
        assert!(history.moves(other).is_empty() && history.revisions(other).is_empty());
    }

    #[test]
    fn plans_changed_after_a_day() {
        let id = Id { kind: Kind::TreatmentPlan, n: 1 };
        let mut history = History::default();
        history.plan_changes.insert(id, vec![d("2026-02-01"), d("2026-03-01")]);
        assert_eq!(history.plan_changed_after(id, d("2026-02-01")).collect::<Vec<_>>(), [d("2026-03-01")]);
        assert_eq!(history.plan_changed_after(id, d("2026-03-01")).count(), 0);
    }
}
