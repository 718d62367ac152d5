//! Waivers of a segregation-of-duties rule (4.0): a recorded reason, a second look, an end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    access::Role,
    commands::Reason,
    flow::referred,
    Date, Isms, Problem, Ref,
    id::Id,
    record::{Decl, Group, HandCx, Record},
    records::Person,
    value::{Line, Source, Text},
};

/// The rules that nothing lifts; of SOD-3 only the second half can be waived (4.0).
const NEVER: &[&str] = &["SOD-2", "SOD-6", "SOD-9", "SOD-13", "SOD-14", "SOD-16"];

/// Leave to have one person do what otherwise takes two, for one record and at most twelve months.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SodWaiver {
    /// The rule that is waived, such as SOD-5. Rules 2, 6, 9, 13, 14 and 16 cannot be.
    pub rule: Line,
    /// The record it is waived for, such as DV-3.
    pub record_ref: Source,
    /// Why two people are not to be had.
    pub reason: Text,
    /// Who looks at it instead, afterwards.
    pub compensating_review_by: Option<Ref<Person>>,
    /// When that was done.
    pub compensating_review_at: Option<Date>,
    /// Who allowed the waiver: top management.
    pub approved_by: Option<Ref<Person>>,
    /// Its last day, at most twelve months ahead.
    pub expires_at: Option<Date>,
}

impl Record for SodWaiver {
    const DECL: Decl = Decl {
        name: "sod_waiver",
        // Not SOD: the rules that are waived are called SOD-1 and so on.
        prefix: "WV",
        one: "Segregation waiver",
        many: "Segregation waivers",
        group: Group::Settings,
        clause: "A.5.3",
        about: "Where a small company cannot have two people, the reason, the second look and the end are recorded here and shown to auditors.",
        required: &["rule", "record_ref", "reason"],
        columns: &["rule", "record_ref", "approved_by", "expires_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("{} for {}", self.rule, self.record_ref)
    }

    fn check(&self, isms: &Isms, id: Id, problems: &mut Vec<Problem>) {
        if NEVER.contains(&self.rule.as_str()) {
            problems.push(Problem::new("rule", format!("names {}, which cannot be waived (4.0)", self.rule)));
        }
        if let Some(approver) = isms.find(self.approved_by)
            && approver.is_top_management != Some(true)
        {
            problems.push(Problem::new("approved_by", "must belong to top management (4.0)"));
        }
        let begun = isms.record(id).and_then(|r| r.meta().created_at);
        if let (Some(begun), Some(end)) = (begun, self.expires_at)
            && end > begun.plus_months(12)
        {
            problems.push(Problem::new(
                "expires_at",
                format!("must be at most twelve months after {begun} (4.0)"),
            ));
        }
    }

    /// Leave is given for one rule, one record, one reason and up to one day: for others it has to be given anew.
    fn on_change(before: &Self, fields: &mut Map<String, Value>) {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let same = text("rule") == before.rule.to_string()
            && text("record_ref") == before.record_ref.to_string()
            && text("reason") == before.reason.to_string()
            && text("expires_at") == before.expires_at.map_or_else(String::new, |day| day.to_string());
        if !same && referred(fields, "approved_by") == before.approved_by {
            fields.shift_remove("approved_by");
        }
    }

    /// Leave is given in person: nobody enters somebody else's approval. Somebody else looks at it afterwards.
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let approval = cx.before.and_then(|b| b.approved_by);
        if self.approved_by.is_some() && self.approved_by != approval && self.approved_by != cx.actor.person {
            return vec![Reason::new("4.0", "a waiver is approved by top management in person, not on its behalf")];
        }
        let is_top = cx.isms.find(cx.actor.person).is_some_and(|p| p.is_top_management == Some(true));
        if !cx.actor.has(Role::IsmsManager) && !is_top {
            return vec![Reason::new("4.0", "waivers are for the ISMS manager and top management")];
        }
        if self.approved_by.is_some() && self.approved_by != approval {
            if self.compensating_review_by.is_none() {
                return vec![Reason::new("4.0", "before a waiver is approved, it names who looks at the record instead")];
            }
            if self.compensating_review_by == self.approved_by {
                return vec![Reason::new("4.0", "who approves a waiver is not who looks at the record instead")];
            }
        }
        Vec::new()
    }

    /// Others rely on leave once it was given, and auditors are shown it.
    fn stays(&self) -> Option<&'static str> {
        self.approved_by.is_some().then_some("a waiver that was given stays on record; let it end by its last day")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Kind, commands::Change};

    fn isms(records: &[(Kind, u32, serde_json::Value)]) -> Isms {
        let mut isms = Isms::default();
        for (kind, n, body) in records {
            let change = Change { id: Id { kind: *kind, n: *n }, rev: 1, after: body.as_object().cloned() };
            isms.apply(0, jiff::Timestamp::UNIX_EPOCH, &change).unwrap();
        }
        isms
    }

    #[test]
    fn a_waiver_is_for_a_rule_that_can_be_waived_by_top_management_and_for_a_year_at_most() {
        for (rule, approver, expires, places) in [
            ("SOD-1", "P-1", "2027-03-01", vec![]),
            ("SOD-1", "P-1", "2027-03-02", vec!["expires_at"]),
            ("SOD-1", "P-2", "2026-09-01", vec!["approved_by"]),
            ("SOD-6", "P-1", "2026-09-01", vec!["rule"]),
        ] {
            let waiver = json!({ "rule": rule, "record_ref": "DV-3", "reason": "two people only",
                "approved_by": approver, "expires_at": expires, "created_at": "2026-03-01" });
            let isms = isms(&[
                (Kind::Person, 1, json!({ "name": "Chief", "is_top_management": true })),
                (Kind::Person, 2, json!({ "name": "Other" })),
                (Kind::SodWaiver, 1, waiver),
            ]);
            let mut problems = Vec::new();
            isms.record(Id { kind: Kind::SodWaiver, n: 1 }).unwrap().check(&isms, &mut problems);
            assert_eq!(
                problems.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(),
                places,
                "{rule} {approver} {expires}"
            );
        }
    }
}
