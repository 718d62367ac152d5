//! Reviews of the ISMS by top management (9.3; states 4.8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Problem, Ref,
    id::Id,
    record::{Decl, Group, Record},
    records::{DocumentVersion, Person},
    states,
    value::Text,
};

states!(
    /// Where a management review stands (4.8).
    ManagementReviewState {
        Scheduled = "scheduled",
        InputsReady = "inputs_ready",
        Held = "held",
        MinutesDraft = "minutes_draft",
        MinutesApproved = "minutes_approved",
        Closed = "closed",
    }
);

/// A meeting in which top management looks at the whole ISMS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ManagementReview {
    /// The day it is planned for.
    pub scheduled_for: Option<Date>,
    /// The day it was held.
    pub held_at: Option<Date>,
    /// Who chairs it: top management.
    pub chair_id: Option<Ref<Person>>,
    /// Who was there.
    pub attendee_ids: Vec<Ref<Person>>,
    /// First day of the period looked at.
    pub period_from: Option<Date>,
    /// Last day of the period looked at.
    pub period_to: Option<Date>,
    /// What was put before the meeting beyond the inputs a to g, which have records of their own.
    pub inputs: Text,
    /// The minutes.
    #[schemars(title = "Minutes")]
    pub minutes_version_id: Option<Ref<DocumentVersion>>,
    /// Who approved the minutes: the chair.
    pub minutes_approved_by: Option<Ref<Person>>,
    /// The day they were approved.
    pub minutes_approved_at: Option<Date>,
    /// Where it stands.
    pub state: ManagementReviewState,
}

impl Record for ManagementReview {
    const DECL: Decl = Decl {
        name: "management_review",
        prefix: "MR",
        one: "Management review",
        many: "Management reviews",
        group: Group::Reviews,
        clause: "9.3",
        about: "Meetings in which top management looks at the whole ISMS and decides. Begin by setting a date and naming the chair.",
        columns: &["state", "scheduled_for", "held_at", "chair_id", "minutes_approved_at"],
        events: &["held_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        match (self.held_at, self.scheduled_for) {
            (Some(day), _) => format!("Management review of {day}"),
            (None, Some(day)) => format!("Management review planned for {day}"),
            (None, None) => "Management review".to_owned(),
        }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn check(&self, _: &Isms, _: Id, problems: &mut Vec<Problem>) {
        if let (Some(from), Some(to)) = (self.period_from, self.period_to)
            && to < from
        {
            problems.push(Problem::new("period_to", "lies before the first day of the period"));
        }
        if self.held_at.is_none() && self.scheduled_for.is_none() {
            problems.push(Problem::new("scheduled_for", "or held_at must be given"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_has_a_day_and_its_period_an_end_after_its_beginning() {
        let day = |text: &str| text.parse::<Date>().ok();
        for (review, places) in [
            (ManagementReview::default(), vec!["scheduled_for"]),
            (ManagementReview { held_at: day("2026-03-01"), ..Default::default() }, vec![]),
            (ManagementReview { scheduled_for: day("2026-03-01"), ..Default::default() }, vec![]),
            (
                ManagementReview {
                    held_at: day("2026-03-01"),
                    period_from: day("2026-02-01"),
                    period_to: day("2026-01-31"),
                    ..Default::default()
                },
                vec!["period_to"],
            ),
        ] {
            let mut problems = Vec::new();
            review.check(&Isms::default(), Id { kind: crate::Kind::ManagementReview, n: 1 }, &mut problems);
            assert_eq!(problems.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(), places, "{review:?}");
        }
    }
}
