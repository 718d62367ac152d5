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
    /// The day it was recorded.
    pub day: Date,
    /// What the field held before.
    pub before: Value,
    /// What it held afterwards; null if nothing.
    pub after: Value,
}

/// Changes of watched fields, oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    changes: HashMap<(Id, &'static str), Vec<FieldChange>>,
}

impl History {
    /// Kinds whose revisions are worth handing to [`History::note`].
    pub fn kinds() -> impl Iterator<Item = Kind> {
        WATCHED.iter().map(|(kind, _)| *kind)
    }

    /// Takes in one revision of a record: its body before and afterwards, and the day of the ledger entry. Revisions are
    /// handed over oldest first. A first value is no change.
    pub fn note(&mut self, id: Id, day: Date, before: &Map<String, Value>, after: &Map<String, Value>) {
        let Some((_, fields)) = WATCHED.iter().find(|(kind, _)| *kind == id.kind) else { return };
        for field in *fields {
            let Some(old) = before.get(*field) else { continue };
            let new = after.get(*field).unwrap_or(&Value::Null);
            if old != new {
                let change = FieldChange { day, before: old.clone(), after: new.clone() };
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
        history.note(plan, day(1), &Map::new(), &first);
        history.note(plan, day(2), &first, &second);
        history.note(plan, day(3), &second, &third);
        history.note(task, day(3), &second, &third);
        let days: Vec<Date> = history.of(plan, "due_at").iter().map(|c| c.day).collect();
        assert_eq!(days, [day(2), day(3)]);
        assert_eq!(history.of(plan, "due_at")[1].after, Value::Null);
        assert!(history.of(plan, "option").is_empty() && history.of(task, "due_at").is_empty());
        assert!(History::kinds().any(|k| k == Kind::Objective));
    }
}
