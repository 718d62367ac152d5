//! Controls: the 93 of Annex A and the organisation's own (6.1.3 b, c).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Kind, Problem, Ref, Stored,
    access::Actor,
    choice,
    commands::Reason,
    flow::{default_value, only_by_step, same},
    id::{ANNEX_A, Id},
    record::{Decl, Group, HandCx, Record},
    records::{Document, Evidence, Person},
    value::{ActiveState, Line, Text},
};

choice!(
    /// Where a control comes from.
    Framework { AnnexA = "annex_a", Custom = "custom" }
);

choice!(
    /// How far a control is in place.
    ImplementationStatus {
        NotStarted = "not_started",
        Planned = "planned",
        Partly = "partly",
        Implemented = "implemented",
    }
);

choice!(
    /// Whether a control was found to work.
    ReviewResult { Effective = "effective", NotEffective = "not_effective" }
);

/// Something that changes a risk: a rule, a process, a technique.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// Its reference: A.5.1 to A.8.34, or your own number for a control of your own.
    pub r#ref: Line,
    /// Its title.
    pub title: Line,
    /// Annex A, or your own.
    pub framework: Option<Framework>,
    /// The person who answers for it.
    pub owner_id: Option<Ref<Person>>,
    /// How far it is in place. Implemented needs accepted evidence, and is confirmed by somebody other than the owner.
    pub implementation_status: Option<ImplementationStatus>,
    /// How it is done here, in a line or two.
    pub implementation_note: Text,
    /// Policies and procedures that describe it.
    pub document_ids: Vec<Ref<Document>>,
    /// Months between reviews; empty takes the usual interval of the control.
    #[schemars(range(min = 1, max = 120))]
    pub review_interval_months: Option<u32>,
    /// The day it was last reviewed.
    pub last_reviewed_at: Option<Date>,
    /// What the review found.
    pub review_result: Option<ReviewResult>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for Control {
    const DECL: Decl = Decl {
        name: "control",
        prefix: "C",
        one: "Control",
        many: "Controls",
        group: Group::Controls,
        clause: "6.1.3",
        about: "The 93 controls of Annex A are here from the start; add your own where a contract or a risk asks for more.",
        required: &["title"],
        columns: &[
            "implementation_status",
            "owner_id",
            "document_ids",
            "last_reviewed_at",
            "review_result",
            "state",
        ],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        if self.title.is_empty() { self.r#ref.to_string() } else { self.title.to_string() }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn check(&self, _: &Isms, id: Id, problems: &mut Vec<Problem>) {
        let mut wrong = |place: &str, message: &str| problems.push(Problem::new(place, message));
        if id.n <= ANNEX_A {
            if self.framework == Some(Framework::Custom) {
                wrong("framework", "is annex_a for the 93 controls of Annex A");
            }
            if *self.r#ref != *id.to_string() {
                wrong("ref", "of a control of Annex A stays as the standard has it");
            }
            return;
        }
        if self.framework == Some(Framework::AnnexA) {
            wrong("framework", "is custom for every control that is not one of the 93 of Annex A");
        }
        if self.r#ref.trim().parse().is_ok_and(|of: Id| of.kind == Kind::Control && of.n <= ANNEX_A) {
            wrong("ref", "is the number of a control of Annex A; give your own control a number of its own");
        }
    }

    fn complete(fields: &mut Map<String, Value>, _: &Isms, _: &Actor, _: Date) {
        default_value(fields, "framework", Framework::Custom.as_str());
        default_value(fields, "implementation_status", ImplementationStatus::NotStarted.as_str());
    }

    /// Annex A stays as it is; implemented takes evidence and a second person (4.3).
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(before) = cx.before.filter(|_| cx.id.n <= ANNEX_A) {
            let how = "this control is one of Annex A; add one of your own where you need another";
            reasons.extend(only_by_step(before, self, &["ref", "title", "framework"], "6.1.3c", how));
            if self.state == ActiveState::Retired && before.state != ActiveState::Retired {
                let how = "a control of Annex A is not retired; leave it out in the Statement of Applicability";
                reasons.push(Reason::new("6.1.3c", how));
            }
        }
        let implemented = Some(ImplementationStatus::Implemented);
        let was = cx.before.is_some_and(|b| b.implementation_status == implemented);
        if self.implementation_status == implemented && !was {
            let owner = self.owner_id;
            let mut must = |holds: bool, message: &str| {
                if !holds {
                    reasons.push(Reason::new("4.3", message));
                }
            };
            must(owner.is_some(), "before a control counts as implemented, somebody owns it");
            must(
                cx.actor.person.is_some(),
                "your account is not linked to a person, and a person confirms this",
            );
            must(
                !same(owner, cx.actor.person),
                "that a control is implemented is confirmed by somebody other than its owner",
            );
            must(
                Evidence::proves(cx.isms, Ref::new(cx.id.n), cx.today),
                "a control counts as implemented once evidence for it was accepted and is in date",
            );
        }
        reasons
    }
}

impl Control {
    /// Months between reviews, and how long evidence counts by default: its own, else those of the catalogue.
    #[must_use]
    pub fn interval_months(control: &Stored<Self>) -> Option<i64> {
        let usual =
            || frameworks::catalogue().control_by_number(control.meta.id.n).map(|c| c.interval_months);
        control.review_interval_months.or_else(usual).map(i64::from)
    }
}
