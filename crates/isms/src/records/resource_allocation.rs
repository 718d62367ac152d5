//! Means asked for and granted for the ISMS: people, money, tools, time (7.1, 5.1 c).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem, Ref, choice,
    id::Id,
    record::{Decl, Group, Record},
    records::Person,
    words::label,
};

choice!(
    /// Sorts of means.
    ResourceKind { People = "people", Budget = "budget", Tool = "tool", Time = "time" }
);

choice!(
    /// What was decided about means asked for.
    ResourceDecision {
        Approved = "approved",
        Reduced = "reduced",
        Rejected = "rejected",
        Pending = "pending",
    }
);

/// Means that were asked for, and what top management decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceAllocation {
    /// What sort of means.
    pub kind: Option<ResourceKind>,
    /// What it is for: treatment plans, objectives, audits. Refusing it calls for a later decision on each.
    pub purpose_ids: Vec<Id>,
    /// First day it is for.
    pub period_start: Option<Date>,
    /// Last day it is for.
    pub period_end: Option<Date>,
    /// The day it was asked for.
    pub requested_at: Option<Date>,
    /// How much was asked for: money in your currency, or hours or heads.
    pub amount_requested: Option<f64>,
    /// How much was granted, in the same unit.
    pub amount_approved: Option<f64>,
    /// What was decided. Pending while nobody has.
    pub decision: Option<ResourceDecision>,
    /// Who decided.
    pub approved_by: Option<Ref<Person>>,
    /// The day of the decision.
    pub approved_at: Option<Date>,
}

impl Record for ResourceAllocation {
    const DECL: Decl = Decl {
        name: "resource_allocation",
        prefix: "RES",
        one: "Resource decision",
        many: "Resources",
        group: Group::Objectives,
        clause: "7.1",
        about: "People, money, tools and time for information security: what was asked for and what was granted. Begin with the budget of this year.",
        required: &["decision"],
        columns: &["kind", "period_start", "period_end", "amount_requested", "amount_approved", "decision"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let kind = self.kind.map_or_else(|| "Resources".to_owned(), |k| label(k.as_str()));
        match (self.period_start, self.period_end) {
            (Some(start), Some(end)) => format!("{kind}, {start} to {end}"),
            (Some(start), None) => format!("{kind} from {start}"),
            (None, Some(end)) => format!("{kind} to {end}"),
            (None, None) => kind,
        }
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        if let (Some(start), Some(end)) = (self.period_start, self.period_end)
            && end < start
        {
            problems.push(Problem::new("period_end", "lies before the first day of the period"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_before_it_begins_is_refused() {
        for (start, end, wrong) in [
            ("2026-03-01", "2026-02-28", true),
            ("2026-03-01", "2026-03-01", false),
            ("2026-03-01", "2027-02-28", false),
        ] {
            let record = ResourceAllocation {
                period_start: start.parse().ok(),
                period_end: end.parse().ok(),
                ..Default::default()
            };
            let mut problems = Vec::new();
            record.check(&Isms::default(), Id { kind: crate::Kind::ResourceAllocation, n: 1 }, &mut problems);
            let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
            assert_eq!(places, if wrong { vec!["period_end"] } else { vec![] }, "{start} to {end}");
        }
    }
}
