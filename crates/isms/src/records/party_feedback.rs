//! What interested parties have said about your information security (9.3.2 e).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{InterestedParty, Person},
    value::{Line, Text},
    words::opening,
};

/// Something an interested party said about information security.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PartyFeedback {
    /// Who said it.
    pub party_id: Option<Ref<InterestedParty>>,
    /// The day it was received.
    pub received_at: Option<Date>,
    /// How it came: ticket, survey, visit, letter.
    pub channel: Line,
    /// What was said.
    pub summary: Text,
    /// Who dealt with it.
    pub handled_by: Option<Ref<Person>>,
    /// What came of it.
    pub outcome: Text,
}

impl Record for PartyFeedback {
    const DECL: Decl = Decl {
        name: "party_feedback",
        prefix: "PF",
        one: "Feedback",
        many: "Feedback",
        group: Group::Reviews,
        clause: "9.3.2",
        about: "Complaints, praise, questionnaires, remarks of auditors and authorities. Begin with the last customer questionnaire.",
        required: &["received_at"],
        columns: &["party_id", "received_at", "channel", "handled_by"],
        events: &["received_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.summary, &self.channel], "Feedback")
    }
}
