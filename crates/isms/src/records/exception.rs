//! Deviations from a policy or control, allowed until a day (A.5.36; states 4.11).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{Control, Document, Person, Risk},
    states,
    value::Text,
    words::opening,
};

states!(
    /// Where an exception stands (4.11).
    ExceptionState {
        Requested = "requested",
        Assessed = "assessed",
        Approved = "approved",
        Active = "active",
        Expiring = "expiring",
        Expired = "expired",
        Revoked = "revoked",
        Rejected = "rejected",
    }
);

/// Leave to deviate from a policy or control, with its reason, what makes up for it, and an end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Exception {
    /// The control that is deviated from.
    pub control_id: Option<Ref<Control>>,
    /// The policy or procedure that is deviated from.
    pub document_id: Option<Ref<Document>>,
    /// Why it cannot be kept.
    pub reason: Text,
    /// What makes up for it meanwhile.
    pub compensating: Text,
    /// The risk that is taken.
    pub risk_id: Option<Ref<Risk>>,
    /// Who asked for it.
    pub requested_by: Option<Ref<Person>>,
    /// Who allowed it: somebody else, who may accept that risk.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was allowed.
    pub approved_at: Option<Date>,
    /// Its last day.
    pub expires_at: Option<Date>,
    /// Where it stands.
    pub state: ExceptionState,
}

impl Record for Exception {
    const DECL: Decl = Decl {
        name: "exception",
        prefix: "EX",
        one: "Exception",
        many: "Exceptions",
        group: Group::Controls,
        clause: "A.5.36",
        about: "Where a rule cannot be kept for now: why, what makes up for it, who allowed it and until when. Begin with the deviations everybody knows of.",
        required: &["reason"],
        columns: &["state", "control_id", "document_id", "requested_by", "approved_by", "expires_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.reason], "Exception")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
