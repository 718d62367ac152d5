//! All rows of clauses 4 to 10 put together: first those that speak of records alone, then those that ask how others
//! stand, last 4.4, which counts them all.

use std::collections::HashMap;

use super::{
    Cx, Judged, Judgement, Row, When, context, improvement, leadership, operation, performance, planning,
    support,
};

/// How the rows judged so far stand.
pub struct Known<'j>(HashMap<&'j str, &'j Judged>);

impl Known<'_> {
    /// The days on which a row is unmet; never for one that is not known.
    #[must_use]
    pub fn unmet(&self, row: &str) -> When {
        self.0.get(row).map_or_else(When::never, |j| j.unmet().clone())
    }

    /// The days on which a row is stale.
    #[must_use]
    pub fn stale(&self, row: &str) -> When {
        self.0.get(row).map_or_else(When::never, |j| j.days(super::Status::Stale))
    }
}

/// Judges all rows, in the order of the catalogue; `judgement` says what people and findings add to a row.
#[must_use]
pub fn judge(cx: &Cx<'_>, judgement: impl Fn(&str) -> Judgement) -> Vec<Judged> {
    let judged = |row: Row| {
        let added = judgement(row.id);
        Judged::new(row.settled(), added)
    };
    let own = [
        context::rows(cx),
        leadership::rows(cx),
        planning::rows(cx),
        support::rows(cx),
        operation::rows(cx),
        performance::rows(cx),
        improvement::rows(cx),
    ];
    let mut all: Vec<Judged> = own.into_iter().flatten().map(judged).collect();
    let known = Known(all.iter().map(|j| (j.id.as_str(), j)).collect());
    let others = [
        leadership::after(cx, &known),
        planning::after(cx, &known),
        support::after(cx, &known),
        operation::after(cx, &known),
        performance::after(cx, &known),
        improvement::after(cx, &known),
    ];
    let others: Vec<Judged> = others.into_iter().flatten().map(judged).collect();
    all.extend(others);
    let system = {
        let scored = all.iter().filter(|j| !is_advisory(&j.id));
        let unmet: Vec<(&str, &When)> = scored.map(|j| (j.id.as_str(), j.unmet())).collect();
        judged(context::system(cx, &unmet))
    };
    all.push(system);
    let place: HashMap<&str, usize> =
        frameworks::catalogue().requirements().iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    all.sort_by_key(|j| place.get(j.id.as_str()).copied());
    all
}

/// Whether a row is advice only: shown, and left out of counts and gates.
fn is_advisory(row: &str) -> bool {
    frameworks::catalogue().requirement(row).is_some_and(|r| r.advisory)
}
