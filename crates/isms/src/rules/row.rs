//! A row of Table A as a rule writes it: labelled conditions over time, each with the records it speaks of.

use crate::{
    Id,
    rules::when::{Count, When},
    time::Date,
};

/// A record that a condition speaks of, with the days on which it does.
#[derive(Clone, Debug)]
pub struct Item {
    /// The record.
    pub id: Id,
    /// The field that says so; empty if it is the record as a whole.
    pub field: &'static str,
    /// The days on which the condition speaks of it.
    pub when: When,
}

impl Item {
    /// A record on some days.
    #[must_use]
    pub fn new(id: Id, field: &'static str, when: When) -> Self {
        Self { id, field, when }
    }

    /// The same on some days only.
    #[must_use]
    pub fn within(&self, days: &When) -> Self {
        Self { when: self.when.and(days), ..*self }
    }
}

/// One labelled condition of a row.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Label as in Table A: `U1`, `P2`, `S1`; or PRE, ATT, NC, EXCL, U0.
    pub label: &'static str,
    /// The days on which it is true.
    pub when: When,
    /// What is missing, in words; `{n}` and `{m}` stand for the numbers of the day, `{names}` for
    /// its names.
    pub what: String,
    /// The records it speaks of.
    pub items: Vec<Item>,
    /// Out of how many, where that is said.
    pub of: Option<Count>,
    /// What it speaks of besides records, such as rows or topics, with the days on which it does: `{names}`.
    pub names: Vec<(String, When)>,
}

impl Condition {
    /// The names of a day, in their order.
    pub fn names_on(&self, day: Date) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |(_, when)| when.on(day)).map(|(name, _)| name.as_str())
    }
}

/// A row with its conditions.
#[derive(Clone, Debug)]
pub struct Row {
    /// Id of the row, such as `6.1.3d`.
    pub id: &'static str,
    /// The days on which the row has a subject (0.2a).
    pub precondition: When,
    /// What is missing where it has none.
    pub without: &'static str,
    /// All conditions, in the order of the specification.
    pub conditions: Vec<Condition>,
}

impl Row {
    /// A row that always has a subject.
    #[must_use]
    pub fn new(id: &'static str) -> Self {
        Self { id, precondition: When::always(), without: "", conditions: Vec::new() }
    }

    /// Sets the precondition, and what is said where it does not hold.
    #[must_use]
    pub fn needs(mut self, precondition: When, without: &'static str) -> Self {
        self.precondition = precondition;
        self.without = without;
        self
    }

    /// A condition about the whole, with the records that show it.
    #[must_use]
    pub fn when(
        mut self,
        label: &'static str,
        when: When,
        what: impl Into<String>,
        mut items: Vec<Item>,
    ) -> Self {
        // What a condition never speaks of need not be kept.
        items.retain(|item| !item.when.is_never());
        self.conditions.push(Condition {
            label,
            when,
            what: what.into(),
            items,
            of: None,
            names: Vec::new(),
        });
        self
    }

    /// True while any of the items is.
    #[must_use]
    pub fn any(self, label: &'static str, what: impl Into<String>, items: Vec<Item>) -> Self {
        let when = When::any(items.iter().map(|i| i.when.clone()));
        self.when(label, when, what, items)
    }

    /// True while any of the names is: of what there is no record to cite.
    #[must_use]
    pub fn names(mut self, label: &'static str, what: impl Into<String>, names: Vec<(String, When)>) -> Self {
        let when = When::any(names.iter().map(|(_, when)| when.clone()));
        self.conditions.push(Condition {
            label,
            when,
            what: what.into(),
            items: Vec::new(),
            of: None,
            names,
        });
        self
    }

    /// Gives the condition just added records that show it.
    #[must_use]
    pub fn citing(mut self, items: Vec<Item>) -> Self {
        if let Some(condition) = self.conditions.last_mut() {
            condition.items.extend(items);
        }
        self
    }

    /// Says of how many the condition just added speaks.
    #[must_use]
    pub fn out_of(mut self, whole: Count) -> Self {
        if let Some(condition) = self.conditions.last_mut() {
            condition.of = Some(whole);
        }
        self
    }

    /// True while there is something and every one of the items is: `whole` counts what there is.
    #[must_use]
    pub fn every(
        mut self,
        label: &'static str,
        what: impl Into<String>,
        items: Vec<Item>,
        whole: Count,
    ) -> Self {
        let part = Count::of(items.iter().map(|i| &i.when));
        let when = part.with(&whole, |part, all| all > 0 && part >= all);
        self.conditions.push(Condition {
            label,
            when,
            what: what.into(),
            items,
            of: Some(whole),
            names: Vec::new(),
        });
        self
    }

    /// True while the items are more than `pct` percent of the whole.
    #[must_use]
    pub fn over_pct(
        mut self,
        label: &'static str,
        what: impl Into<String>,
        items: Vec<Item>,
        whole: Count,
        pct: u32,
    ) -> Self {
        let when = Count::of(items.iter().map(|i| &i.when)).more_than_pct(&whole, pct);
        self.conditions.push(Condition {
            label,
            when,
            what: what.into(),
            items,
            of: Some(whole),
            names: Vec::new(),
        });
        self
    }

    /// True while fewer than `pct` percent of the whole are in order: the items are those that are not. Never true of an
    /// empty whole.
    #[must_use]
    pub fn below_pct(
        mut self,
        label: &'static str,
        what: impl Into<String>,
        items: Vec<Item>,
        whole: Count,
        pct: u32,
    ) -> Self {
        let when = Count::of(items.iter().map(|i| &i.when)).leaves_fewer_than_pct(&whole, pct);
        self.conditions.push(Condition {
            label,
            when,
            what: what.into(),
            items,
            of: Some(whole),
            names: Vec::new(),
        });
        self
    }
}
