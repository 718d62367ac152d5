//! What a snapshot alone cannot say: on which days single fields of single records changed. A few conditions ask for it
//! (ruling 9.4: 6.1.3f S2, 6.2e S1, 6.2k S1); whoever holds the ledger fills it in. Without it they are not true.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::{Id, Kind, time::Date};

/// The fields whose changes conditions ask for.
const WATCHED: &[(Kind, &[&str])] = &[
    (Kind::TreatmentPlan, &["option", "control_ids", "due_at"]),
    (Kind::Objective, &["target_value", "due_at"]),
];

/// One change of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The revision that brought it.
    pub rev: u32,
    /// The day it was recorded.
    pub day: Date,
    /// What the field held before.
    pub before: Value,
    /// What it held afterwards; null if nothing.
    pub after: Value,
}

/// Changes of watched fields, oldest first. It may know more than a snapshot holds: of each record, what its later
/// revisions changed.
#[derive(Clone, Debug, Default)]
pub struct History {
    changes: HashMap<(Id, &'static str), Vec<FieldChange>>,
    /// Up to which revision each record is known.
    known: HashMap<Id, u32>,
}

impl History {
    /// Kinds whose revisions are worth handing to [`History::note`].
    pub fn kinds() -> impl Iterator<Item = Kind> {
        WATCHED.iter().map(|(kind, _)| *kind)
    }

    /// Up to which revision the changes of a record are known; none are of one that was never asked for.
    #[must_use]
    pub fn known(&self, id: Id) -> u32 {
        self.known.get(&id).copied().unwrap_or_default()
    }

    /// Begins to take in the revisions of a record, of which there are so many, from the first on.
    pub fn begin(&mut self, id: Id, revisions: u32) {
        if self.known.insert(id, revisions).is_some() {
            self.changes.retain(|(of, _), _| *of != id);
        }
    }

    /// Takes in one revision of a record: its body before and afterwards, and the day of the ledger entry. Revisions are
    /// handed over oldest first. A first value is no change.
    pub fn note(
        &mut self,
        id: Id,
        rev: u32,
        day: Date,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) {
        let Some((_, fields)) = WATCHED.iter().find(|(kind, _)| *kind == id.kind) else { return };
        for field in *fields {
            let Some(old) = before.get(*field) else { continue };
            let new = after.get(*field).unwrap_or(&Value::Null);
            if old != new {
                let change = FieldChange { rev, day, before: old.clone(), after: new.clone() };
                self.changes.entry((id, field)).or_default().push(change);
            }
        }
    }

    /// The changes of a field of a record, oldest first.
    #[must_use]
    pub fn of(&self, id: Id, field: &'static str) -> &[FieldChange] {
        self.changes.get(&(id, field)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_changes_of_watched_fields_are_kept() {
        let object = |v: Value| v.as_object().cloned().unwrap();
        let (plan, task) = (Id { kind: Kind::TreatmentPlan, n: 1 }, Id { kind: Kind::Task, n: 1 });
        let day = |n: i8| Date::new(2026, 1, n).unwrap();
        let mut history = History::default();
        let first = object(json!({ "due_at": "2026-03-01", "rationale": "a" }));
        let second = object(json!({ "due_at": "2026-04-01", "rationale": "b", "option": "modify" }));
        let third = object(json!({ "option": "modify" }));
        history.begin(plan, 3);
        history.note(plan, 1, day(1), &Map::new(), &first);
        history.note(plan, 2, day(2), &first, &second);
        history.note(plan, 3, day(3), &second, &third);
        history.note(task, 2, day(3), &second, &third);
        let days: Vec<Date> = history.of(plan, "due_at").iter().map(|c| c.day).collect();
        assert_eq!(days, [day(2), day(3)]);
        assert_eq!(history.of(plan, "due_at")[1].after, Value::Null);
        assert!(history.of(plan, "option").is_empty() && history.of(task, "due_at").is_empty());
        assert!(History::kinds().any(|k| k == Kind::Objective));
        assert_eq!((history.known(plan), history.known(task)), (3, 0));
        history.begin(plan, 4);
        assert!(
            history.of(plan, "due_at").is_empty() && history.known(plan) == 4,
            "told anew from the first on"
        );
    }
}
