//! A row of Table A as a rule writes it: labelled conditions over time, each with the records it speaks of.

use std::sync::Arc;

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

/// Records that a condition speaks of, in the order of the rule. They are held in parts, so that a condition about very
/// many records is put together from conditions about some without copying one.
#[derive(Clone, Debug, Default)]
pub struct Items(Vec<Arc<[Item]>>);

impl Items {
    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.0.iter().flat_map(|part| part.iter())
    }

    fn extend(&mut self, more: Items) {
        self.0.extend(more.0);
    }
}

impl From<Vec<Item>> for Items {
    fn from(mut items: Vec<Item>) -> Self {
        // What a condition never speaks of need not be kept.
        items.retain(|item| !item.when.is_never());
        Self(if items.is_empty() { Vec::new() } else { vec![items.into()] })
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
    pub items: Items,
    /// Out of how many, where that is said.
    pub of: Option<Arc<Count>>,
    /// What it speaks of besides records, such as rows or topics, with the days on which it does: `{names}`.
    pub names: Vec<(String, When)>,
    /// How its days follow from those of its parts, when it is about more records than one part holds.
    joins: Joins,
}

/// How the days of a condition follow from what is found in each part of the records.
#[derive(Clone, Debug)]
enum Joins {
    /// True while it is true of any part.
    Any,
    /// True while there is `some` in any part, and `enough` in none.
    Lacking { some: When, enough: When },
    /// True while the share of all parts together is such.
    Share { part: Count, share: Share },
}

/// Which share of a whole makes a condition true. Of an empty whole none does.
#[derive(Clone, Copy, Debug)]
enum Share {
    /// All of it.
    Every,
    /// More than so many percent.
    Over(u32),
    /// So much that fewer than so many percent are left.
    LeavesFewer(u32),
}

impl Share {
    fn days(self, part: &Count, whole: &Count) -> When {
        match self {
            Share::Every => part.with(whole, |part, all| all > 0 && part >= all),
            Share::Over(pct) => part.more_than_pct(whole, pct),
            Share::LeavesFewer(pct) => part.leaves_fewer_than_pct(whole, pct),
        }
    }
}

impl Condition {
    /// A condition about the whole.
    #[must_use]
    pub fn new(label: &'static str, when: When, what: impl Into<String>, items: impl Into<Items>) -> Self {
        Self {
            label,
            when,
            what: what.into(),
            items: items.into(),
            of: None,
            names: Vec::new(),
            joins: Joins::Any,
        }
    }

    /// The names of a day, in their order.
    pub fn names_on(&self, day: Date) -> impl Iterator<Item = &str> {
        self.names.iter().filter(move |(_, when)| when.on(day)).map(|(name, _)| name.as_str())
    }

    /// The condition about all records, from the same about each part of them.
    fn joined(parts: &[&Condition]) -> Option<Condition> {
        let (first, more) = parts.split_first()?;
        let mut whole = (*first).clone();
        if more.is_empty() {
            return Some(whole);
        }
        for part in more {
            whole.items.extend(part.items.clone());
            whole.names.extend_from_slice(&part.names);
        }
        let of = parts.iter().filter_map(|c| c.of.as_deref());
        whole.of = first.of.as_ref().map(|_| Arc::new(Count::total(of)));
        whole.joins = Joins::Any;
        whole.when = match &first.joins {
            Joins::Any => When::any(parts.iter().map(|c| c.when.clone())),
            Joins::Lacking { .. } => {
                let sides = parts.iter().filter_map(|c| match &c.joins {
                    Joins::Lacking { some, enough } => Some((some, enough)),
                    _ => None,
                });
                let (some, enough): (Vec<_>, Vec<_>) = sides.unzip();
                let any = |of: Vec<&When>| When::any(of.into_iter().cloned());
                any(some).and_not(&any(enough))
            }
            Joins::Share { share, .. } => {
                let found = parts.iter().filter_map(|c| match &c.joins {
                    Joins::Share { part, .. } => Some(part),
                    _ => None,
                });
                share.days(&Count::total(found), whole.of.as_deref().unwrap_or(&Count::default()))
            }
        };
        Some(whole)
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
        items: Vec<Item>,
    ) -> Self {
        self.conditions.push(Condition::new(label, when, what, items));
        self
    }

    /// True while there is `some`thing and not `enough` of it: of what is looked at in parts, in all parts together.
    #[must_use]
    pub fn lacking(mut self, label: &'static str, some: When, enough: When, what: impl Into<String>) -> Self {
        let condition = Condition::new(label, some.and_not(&enough), what, Items::default());
        self.conditions.push(Condition { joins: Joins::Lacking { some, enough }, ..condition });
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
        self.conditions.push(Condition { names, ..Condition::new(label, when, what, Items::default()) });
        self
    }

    /// Gives the condition just added records that show it.
    #[must_use]
    pub fn citing(mut self, items: Vec<Item>) -> Self {
        if let Some(condition) = self.conditions.last_mut() {
            condition.items.extend(items.into());
        }
        self
    }

    /// Says of how many the condition just added speaks.
    #[must_use]
    pub fn out_of(mut self, whole: Count) -> Self {
        if let Some(condition) = self.conditions.last_mut() {
            condition.of = Some(Arc::new(whole));
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
        self.conditions.push(Self::share(label, what.into(), items, whole, Share::Every));
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
        self.conditions.push(Self::share(label, what.into(), items, whole, Share::Over(pct)));
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
        self.conditions.push(Self::share(label, what.into(), items, whole, Share::LeavesFewer(pct)));
        self
    }

    fn share(label: &'static str, what: String, items: Vec<Item>, whole: Count, share: Share) -> Condition {
        let part = Count::of(items.iter().map(|i| &i.when));
        let condition = Condition::new(label, share.days(&part, &whole), what, items);
        Condition { of: Some(Arc::new(whole)), joins: Joins::Share { part, share }, ..condition }
    }

    /// Takes in the conditions of another part of the same row; all then stand in the order of the specification. What
    /// both say under one label is one condition, true while either is.
    #[must_use]
    pub fn with(mut self, part: Row) -> Self {
        for condition in part.conditions {
            match self.conditions.iter_mut().find(|c| c.label == condition.label) {
                Some(same) => {
                    same.when = same.when.or(&condition.when);
                    same.items.extend(condition.items);
                }
                None => self.conditions.push(condition),
            }
        }
        let place = |label: &str| {
            let letter = "UPS".find(label.get(..1).unwrap_or_default());
            // U0 says that everything has lapsed, and comes after what is missing.
            (
                letter,
                label.get(1..).and_then(|n| n.parse::<u8>().ok()).map(|n| if n == 0 { u8::MAX } else { n }),
            )
        };
        self.conditions.sort_by_key(|c| place(c.label));
        self
    }

    /// The row once everything is said: what has lapsed altogether is unmet by that, and not aged beside it (0.2:
    /// lapsed ones count as aged if only some are). 7.5.1b is about a share of documents, whose days are its own.
    #[must_use]
    pub fn settled(mut self) -> Self {
        let lapsed = match self.id {
            "4.1" | "4.1-A1" | "4.2a" => "U2",
            "5.1d" | "6.2f" => "U1",
            "7.5.1b" => return self,
            _ => "U0",
        };
        let all = self.conditions.iter().filter(|c| c.label == lapsed).map(|c| c.when.clone());
        let all = When::any(all);
        if !all.is_never() {
            let aged = self.conditions.iter_mut().filter(|c| c.label == "S1");
            aged.for_each(|c| c.when = c.when.and_not(&all));
        }
        self
    }

    /// A row about all records, from the same row about each part of them. Its precondition holds while that of any part
    /// does.
    #[must_use]
    pub fn joined<'r>(parts: impl IntoIterator<Item = &'r Row>) -> Option<Row> {
        let parts: Vec<&Row> = parts.into_iter().collect();
        let first = parts.first()?;
        let conditions = (0..first.conditions.len()).filter_map(|i| {
            let same: Vec<&Condition> = parts.iter().filter_map(|row| row.conditions.get(i)).collect();
            Condition::joined(&same)
        });
        Some(Row {
            id: first.id,
            precondition: When::any(parts.iter().map(|row| row.precondition.clone())),
            without: first.without,
            conditions: conditions.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn day(n: i64) -> Date {
        Date::new(2026, 1, 1).unwrap().plus_days(n)
    }

    fn item(n: u32, when: When) -> Item {
        Item::new(Id { kind: Kind::Risk, n }, "", when)
    }

    fn labels(row: &Row) -> Vec<&'static str> {
        row.conditions.iter().map(|c| c.label).collect()
    }

    #[test]
    fn parts_are_put_in_the_order_of_the_specification() {
        let part = |labels: &[&'static str]| {
            labels.iter().fold(Row::new("x"), |row, label| row.when(label, When::always(), "", vec![]))
        };
        let whole = part(&["U1", "P2", "S1"]).with(part(&["U2", "U0", "P1", "S2"]));
        assert_eq!(labels(&whole), ["U1", "U2", "U0", "P1", "P2", "S1", "S2"]);
    }

    /// What is said of two parts together is what is said of all records at once.
    #[test]
    fn parts_joined_are_the_whole() {
        let (a, b, c) = (When::from(day(0)), When::from(day(2)), When::from(day(4)));
        let row = |wrong: &[(u32, &When)], there: &[&When], some: &When, enough: &When| {
            let items = || wrong.iter().map(|(n, when)| item(*n, (*when).clone())).collect::<Vec<_>>();
            let whole = || Count::of(there.iter().copied());
            Row::new("x")
                .needs(some.clone(), "nothing")
                .lacking("U1", some.clone(), enough.clone(), "no plan")
                .every("U2", "all", items(), whole())
                .over_pct("P1", "many", items(), whole(), 50)
                .below_pct("P2", "few", items(), whole(), 50)
                .any("P3", "any", items())
                .names("S1", "{names}", vec![("a name".to_owned(), some.clone())])
        };
        let never = When::never();
        let parts = [row(&[(1, &a)], &[&a, &a], &a, &never), row(&[(2, &b), (3, &c)], &[&a, &c], &never, &c)];
        let joined = Row::joined(&parts).unwrap();
        let whole = row(&[(1, &a), (2, &b), (3, &c)], &[&a, &a, &a, &c], &a, &c);
        for (joined, whole) in joined.conditions.iter().zip(&whole.conditions) {
            assert_eq!((joined.label, &joined.when), (whole.label, &whole.when), "{}", whole.label);
            assert_eq!(joined.of, whole.of, "{}", whole.label);
            let ids = |c: &Condition| c.items.iter().map(|i| (i.id, i.when.clone())).collect::<Vec<_>>();
            assert_eq!(ids(joined), ids(whole), "{}", whole.label);
        }
        assert_eq!(labels(&joined), labels(&whole));
        assert_eq!(joined.precondition, whole.precondition);
        assert_eq!(joined.conditions[0].when, When::between(day(0), day(3)));
        assert_eq!(joined.conditions[5].names_on(day(0)).collect::<Vec<_>>(), ["a name"]);
        assert_eq!(joined.conditions[5].names_on(day(-1)).count(), 0);
        assert!(Row::joined([]).is_none());
    }

    #[test]
    fn shares_are_exact() {
        let all = [When::always(), When::always(), When::always(), When::always()];
        let row = |wrong: u32, pct: u32| {
            let items = || (1..=wrong).map(|n| item(n, When::always())).collect::<Vec<_>>();
            let row = Row::new("x").every("U1", "", items(), Count::of(&all));
            let row = row.over_pct("P1", "", items(), Count::of(&all), pct);
            let row = row.below_pct("P2", "", items(), Count::of(&all), pct);
            row.conditions.iter().map(|c| c.when.on(day(0))).collect::<Vec<_>>()
        };
        assert_eq!(row(2, 50), [false, false, false], "half is neither more nor fewer than half");
        assert_eq!(row(3, 50), [false, true, true]);
        assert_eq!(row(4, 50), [true, true, true]);
        let none = Row::new("x").every("U1", "", vec![], Count::default());
        assert!(none.conditions[0].when.is_never(), "all of nothing is not said");
    }

    #[test]
    fn what_a_condition_never_speaks_of_is_not_kept() {
        let items: Items = vec![item(1, When::never()), item(2, When::from(day(1)))].into();
        assert_eq!(items.iter().map(|i| i.id.n).collect::<Vec<_>>(), [2]);
        let within = item(3, When::from(day(1))).within(&When::until(day(2)));
        assert_eq!((within.id.n, within.when), (3, When::between(day(1), day(2))));
    }
}
