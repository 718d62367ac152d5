//! Truth over time. With the records fixed, whether a condition holds depends on the date alone, and changes only on
//! a few dates that the records name. [`When`] is the set of days on which something holds; conditions are put
//! together from such sets, so "since" and "next change" are read off and never searched for.

use smallvec::{SmallVec, smallvec};

use crate::time::Date;

/// Dates at which something turns. Nearly always there are few, and these need no memory of their own.
type Turns = SmallVec<[Date; 4]>;

/// The days on which something holds: ascending dates at which it turns, beginning with "does not hold" before the
/// first. So `[a, b]` is from `a` to the day before `b`, `[a]` from `a` on, and `[Date::MIN]` always.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct When(Turns);

impl Clone for When {
    // A slice of dates is copied in one go, where a derived clone goes date by date.
    fn clone(&self) -> Self {
        Self(Turns::from_slice(&self.0))
    }
}

impl When {
    /// On no day.
    #[must_use]
    pub fn never() -> Self {
        Self(Turns::new())
    }

    /// On every day.
    #[must_use]
    pub fn always() -> Self {
        Self(smallvec![Date::MIN])
    }

    /// Always or never.
    #[must_use]
    pub fn fixed(holds: bool) -> Self {
        if holds { Self::always() } else { Self::never() }
    }

    /// From a day on, that day included.
    #[must_use]
    pub fn from(day: Date) -> Self {
        Self(smallvec![day])
    }

    /// From the day after `day` on.
    #[must_use]
    pub fn after(day: Date) -> Self {
        if day == Date::MAX { Self::never() } else { Self(smallvec![day.plus_days(1)]) }
    }

    /// Up to a day, that day included.
    #[must_use]
    pub fn until(day: Date) -> Self {
        Self::after(day).not()
    }

    /// Before a day, that day not included.
    #[must_use]
    pub fn before(day: Date) -> Self {
        Self::from(day).not()
    }

    /// From one day to another, both included; never if the second is earlier.
    #[must_use]
    pub fn between(first: Date, last: Date) -> Self {
        if last < first {
            Self::never()
        } else if last == Date::MAX {
            Self::from(first)
        } else {
            Self(smallvec![first, last.plus_days(1)])
        }
    }

    /// In any of several spans, first and last day included; a span that ends before it begins is none.
    #[must_use]
    pub fn within(mut spans: Vec<(Date, Date)>) -> Self {
        spans.retain(|(first, last)| first <= last);
        spans.sort_unstable();
        let mut turns = Turns::new();
        let mut end = Date::MIN;
        for (first, last) in spans {
            if turns.is_empty() || first > end.plus_days(1) {
                if !turns.is_empty() {
                    turns.push(end.plus_days(1));
                }
                turns.push(first);
                end = last;
            } else {
                end = end.max(last);
            }
        }
        if !turns.is_empty() && end != Date::MAX {
            turns.push(end.plus_days(1));
        }
        Self(turns)
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> bool {
        self.0.partition_point(|turn| *turn <= day) % 2 == 1
    }

    /// The days on which it does not hold.
    #[must_use]
    pub fn not(&self) -> Self {
        match self.0.split_first() {
            Some((&Date::MIN, rest)) => Self(Turns::from_slice(rest)),
            _ => Self(std::iter::once(Date::MIN).chain(self.0.iter().copied()).collect()),
        }
    }

    /// The days on which both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([], _) | (_, []) => Self::never(),
            ([Date::MIN], _) => other.clone(),
            (_, [Date::MIN]) => self.clone(),
            _ => self.with(other, |a, b| a && b),
        }
    }

    /// The days on which at least one holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([], _) | (_, [Date::MIN]) => other.clone(),
            (_, []) | ([Date::MIN], _) => self.clone(),
            _ => self.with(other, |a, b| a || b),
        }
    }

    /// The days on which this holds and the other does not.
    #[must_use]
    pub fn and_not(&self, other: &Self) -> Self {
        self.with(other, |a, b| a && !b)
    }

    /// The days on which a test of both holds.
    fn with(&self, other: &Self, test: impl Fn(bool, bool) -> bool) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let (mut a, mut b) = (false, false);
        let mut turns = Turns::new();
        let mut holds = test(false, false);
        if holds {
            turns.push(Date::MIN);
        }
        while let Some(day) = [left.peek(), right.peek()].into_iter().flatten().copied().min().copied() {
            if left.next_if(|d| **d == day).is_some() {
                a = !a;
            }
            if right.next_if(|d| **d == day).is_some() {
                b = !b;
            }
            if test(a, b) != holds {
                holds = !holds;
                // What begins with the first day there is has no turn before it.
                if turns.last() == Some(&day) { _ = turns.pop() } else { turns.push(day) }
            }
        }
        Self(turns)
    }

    /// The days on which any of several holds.
    #[must_use]
    pub fn any(of: impl IntoIterator<Item = When>) -> Self {
        let mut of = of.into_iter().filter(|w| !w.is_never());
        let Some(mut any) = of.next() else { return Self::never() };
        // A few are put together one by one; more are counted, which takes no longer the more there are.
        for _ in 0..3 {
            let Some(next) = of.next() else { return any };
            any = any.or(&next);
        }
        match of.next() {
            None => any,
            Some(next) => Count::owned([any, next].into_iter().chain(of)).at_least(1),
        }
    }

    /// The days on which all of several hold; always, if there are none.
    #[must_use]
    pub fn all(of: impl IntoIterator<Item = When>) -> Self {
        When::any(of.into_iter().map(|w| w.not())).not()
    }

    /// The days on which it has held without a gap for so many days before: each run begins that much later.
    #[must_use]
    pub fn delayed(&self, days: i64) -> Self {
        let mut turns = Turns::new();
        for run in self.0.chunks(2) {
            let Some(first) = run.first() else { continue };
            let first = if *first == Date::MIN { *first } else { first.plus_days(days) };
            match run.get(1) {
                Some(end) if first >= *end => {}
                Some(end) => turns.extend([first, *end]),
                None => turns.push(first),
            }
        }
        Self(turns)
    }

    /// Whether it holds on no day.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.0.is_empty()
    }

    /// The dates at which it turns.
    #[must_use]
    pub fn turns(&self) -> &[Date] {
        &self.0
    }

    /// The first day of the run of days around `day` on which it has held without a gap; `None` if it does not hold on
    /// `day`.
    #[must_use]
    pub fn since(&self, day: Date) -> Option<Date> {
        let i = self.0.partition_point(|turn| *turn <= day);
        if i % 2 == 1 { self.0.get(i - 1).copied() } else { None }
    }

    /// The next day after `day` on which it turns.
    #[must_use]
    pub fn next_turn(&self, day: Date) -> Option<Date> {
        self.0.get(self.0.partition_point(|turn| *turn <= day)).copied()
    }
}

/// How many of something there are, over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Ascending dates with the number from then on; 0 before the first.
    steps: Vec<(Date, i64)>,
}

impl Count {
    /// How many of several hold on each day.
    #[must_use]
    pub fn owned(of: impl IntoIterator<Item = When>) -> Self {
        let mut turns = Vec::new();
        for when in of {
            push(&mut turns, &when);
        }
        Self::sum(turns)
    }

    /// How many of several hold on each day.
    #[must_use]
    pub fn of<'a>(of: impl IntoIterator<Item = &'a When>) -> Self {
        let mut turns = Vec::new();
        for when in of {
            push(&mut turns, when);
        }
        Self::sum(turns)
    }

    /// The sum of several counts.
    #[must_use]
    pub fn total<'c>(of: impl IntoIterator<Item = &'c Count>) -> Self {
        let mut turns = Vec::new();
        for count in of {
            let mut before = 0;
            turns.extend(count.steps.iter().map(|(day, n)| (*day, n - std::mem::replace(&mut before, *n))));
        }
        Self::sum(turns)
    }

    fn sum(mut turns: Vec<(Date, i64)>) -> Self {
        // Sums of sums come in runs that are in order, and a stable sort makes use of that.
        turns.sort_by_key(|(day, _)| *day);
        let mut steps: Vec<(Date, i64)> = Vec::new();
        let mut sum = 0;
        for (day, change) in turns {
            sum += change;
            match steps.last_mut() {
                Some(last) if last.0 == day => last.1 = sum,
                _ => steps.push((day, sum)),
            }
        }
        Self { steps }
    }

    /// The number on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> i64 {
        let i = self.steps.partition_point(|(from, _)| *from <= day);
        i.checked_sub(1).and_then(|i| self.steps.get(i)).map_or(0, |(_, n)| *n)
    }

    /// The days on which a test of the number holds.
    #[must_use]
    pub fn is(&self, test: impl Fn(i64) -> bool) -> When {
        let mut turns = Turns::new();
        let mut holds = false;
        for (day, n) in std::iter::once((Date::MIN, 0))
            .chain(self.steps.iter().copied())
            .skip(usize::from(self.begins_at_min()))
        {
            if test(n) != holds {
                holds = !holds;
                turns.push(day);
            }
        }
        When(turns)
    }

    fn begins_at_min(&self) -> bool {
        self.steps.first().is_some_and(|(day, _)| *day == Date::MIN)
    }

    /// The days on which there are at least `n`.
    #[must_use]
    pub fn at_least(&self, n: i64) -> When {
        self.is(|have| have >= n)
    }

    /// The days on which a test of two numbers holds: this one and another.
    #[must_use]
    pub fn with(&self, other: &Count, test: impl Fn(i64, i64) -> bool) -> When {
        let mut days: Vec<Date> = std::iter::once(Date::MIN)
            .chain(self.steps.iter().chain(&other.steps).map(|(day, _)| *day))
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut turns = Turns::new();
        let mut holds = false;
        for day in days {
            if test(self.on(day), other.on(day)) != holds {
                holds = !holds;
                turns.push(day);
            }
        }
        When(turns)
    }

    /// The days on which fewer than `pct` percent of `whole` are counted here. Never true of an empty whole; computed
    /// exactly, without rounding (0.2).
    #[must_use]
    pub fn fewer_than_pct(&self, whole: &Count, pct: u32) -> When {
        self.with(whole, |part, all| all > 0 && part * 100 < all * i64::from(pct))
    }

    /// The days on which those counted here are missing from `whole` and leave fewer than `pct` percent of it. Never true
    /// of an empty whole.
    #[must_use]
    pub fn leaves_fewer_than_pct(&self, whole: &Count, pct: u32) -> When {
        self.with(whole, |missing, all| all > 0 && (all - missing) * 100 < all * i64::from(pct))
    }

    /// The days on which more than `pct` percent of `whole` are counted here. Never true of an empty whole.
    #[must_use]
    pub fn more_than_pct(&self, whole: &Count, pct: u32) -> When {
        self.with(whole, |part, all| all > 0 && part * 100 > all * i64::from(pct))
    }
}

fn push(turns: &mut Vec<(Date, i64)>, when: &When) {
    for (i, day) in when.0.iter().enumerate() {
        turns.push((*day, if i % 2 == 0 { 1 } else { -1 }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: i64) -> Date {
        Date::new(2026, 1, 1).unwrap().plus_days(n)
    }

    fn when() -> impl Strategy<Value = When> {
        (proptest::collection::btree_set(0i64..40, 0..6), any::<bool>()).prop_map(|(days, from_start)| {
            let start = from_start.then_some(Date::MIN);
            When(start.into_iter().chain(days.into_iter().map(day)).collect())
        })
    }

    #[test]
    fn turns_of_one_day_that_cancel_out_are_none() {
        let (first, then) = (When::between(day(1), day(4)), When::from(day(5)));
        assert_eq!(Count::of([&first, &then]).at_least(1), When::from(day(1)));
        assert_eq!(Count::of([&then, &first]).steps, [(day(1), 1), (day(5), 1)]);
    }

    proptest! {
        // The seed is set, so that a run fails or passes for the change that is tried and for nothing else.
        #![proptest_config(ProptestConfig {
            rng_seed: proptest::test_runner::RngSeed::Fixed(27001), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn algebra_agrees_with_every_single_day(a in when(), b in when(), c in when()) {
            let all = When::all([a.clone(), b.clone(), c.clone()]);
            let any = When::any([a.clone(), b.clone(), c.clone()]);
            let count = Count::of([&a, &b, &c]);
            for n in -2..42 {
                let d = day(n);
                prop_assert_eq!(a.not().on(d), !a.on(d));
                prop_assert_eq!(a.and(&b).on(d), a.on(d) && b.on(d));
                prop_assert_eq!(a.or(&b).on(d), a.on(d) || b.on(d));
                prop_assert_eq!(a.and_not(&b).on(d), a.on(d) && !b.on(d));
                prop_assert_eq!(all.on(d), a.on(d) && b.on(d) && c.on(d));
                prop_assert_eq!(any.on(d), a.on(d) || b.on(d) || c.on(d));
                let n = i64::from(a.on(d)) + i64::from(b.on(d)) + i64::from(c.on(d));
                prop_assert_eq!(count.on(d), n);
                prop_assert_eq!(count.at_least(2).on(d), n >= 2);
                prop_assert_eq!(count.is(|n| n == 0).on(d), n == 0);
                let whole = Count::of([&a, &b]);
                prop_assert_eq!(count.fewer_than_pct(&whole, 60).on(d), whole.on(d) > 0 && n * 100 < whole.on(d) * 60);
            }
        }

        #[test]
        fn spans_are_the_union_of_their_days(spans in proptest::collection::vec((0i64..40, -1i64..8), 0..8)) {
            let spans: Vec<_> = spans.into_iter().map(|(from, more)| (day(from), day(from + more))).collect();
            let one_by_one = When::any(spans.iter().map(|(first, last)| When::between(*first, *last)));
            prop_assert_eq!(When::within(spans), one_by_one);
        }

        #[test]
        fn since_and_next_turn_are_the_edges_of_the_run(a in when(), n in 0i64..40) {
            let d = day(n);
            match a.since(d) {
                Some(first) => {
                    prop_assert!(a.on(d));
                    prop_assert!(first == Date::MIN || !a.on(first.plus_days(-1)));
                    prop_assert!(a.on(first));
                }
                None => prop_assert!(!a.on(d)),
            }
            if let Some(next) = a.next_turn(d) {
                prop_assert!(next > d && a.on(next) != a.on(next.plus_days(-1)));
                prop_assert_eq!(a.on(next.plus_days(-1)), a.on(d));
            }
        }
    }

    #[test]
    fn delay_shortens_every_run_at_its_beginning() {
        let w = When::between(day(0), day(4)).or(&When::between(day(10), day(11))).or(&When::from(day(20)));
        assert_eq!(w.delayed(3), When::between(day(3), day(4)).or(&When::from(day(23))));
        assert_eq!(w.delayed(0), w);
        assert_eq!(When::always().delayed(30), When::always());
        assert_eq!(When::until(day(2)).delayed(30), When::until(day(2)));
    }

    #[test]
    fn edges_are_inclusive_as_named() {
        let w = When::between(day(2), day(4));
        assert_eq!(
            (0..7).map(|n| w.on(day(n))).collect::<Vec<_>>(),
            [false, false, true, true, true, false, false]
        );
        assert!(When::until(day(1)).on(day(1)) && !When::until(day(1)).on(day(2)));
        assert!(!When::before(day(1)).on(day(1)) && !When::after(day(1)).on(day(1)));
        assert!(When::between(day(4), day(2)).is_never());
        let open = When::within(vec![(day(5), Date::MAX), (day(1), day(2)), (Date::MIN, day(0))]);
        assert_eq!(open, When::until(day(2)).or(&When::from(day(5))));
        assert!(When::always().on(Date::MIN) && When::always().not().is_never());
    }

    #[test]
    fn what_counts_from_the_first_day_there_is() {
        let always = Count::of([&When::always()]);
        assert!(always.is(|n| n == 0).is_never());
        assert_eq!(always.at_least(1), When::always());
        assert_eq!(always.is(|n| n < 5), When::always());
        assert_eq!(Count::default().is(|n| n == 0), When::always());
        assert_eq!((always.on(Date::MIN), Count::default().on(day(0))), (1, 0));
    }

    #[test]
    fn shares_of_a_whole_are_exact() {
        let (two, four) = (Count::of([&When::always(); 2]), Count::of([&When::always(); 4]));
        let held = |w: When| w.on(day(0));
        assert!(!held(two.fewer_than_pct(&four, 50)) && held(two.fewer_than_pct(&four, 51)));
        assert!(!held(two.more_than_pct(&four, 50)) && held(two.more_than_pct(&four, 49)));
        assert!(!held(two.leaves_fewer_than_pct(&four, 50)) && held(two.leaves_fewer_than_pct(&four, 51)));
        let none = Count::default();
        assert!(
            none.fewer_than_pct(&none, 100).is_never() && none.leaves_fewer_than_pct(&none, 100).is_never()
        );
        assert!(none.more_than_pct(&none, 0).is_never());
    }
}
