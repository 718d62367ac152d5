//! What was really told to whom (7.4, 5.1 d).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::{CommunicationItem, CommunicationTopic, Evidence, Person},
    value::Tag,
    words::label,
};

/// A message that was sent or a talk that was held.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommunicationLog {
    /// The line of the plan it carries out.
    pub item_id: Option<Ref<CommunicationItem>>,
    /// What it was about.
    pub topic: Option<CommunicationTopic>,
    /// Who sent or said it.
    pub sender_id: Option<Ref<Person>>,
    /// Groups of people it reached, as tags such as g-all. Empty: everybody.
    pub audience_group_ids: Vec<Tag>,
    /// The day it was sent or said.
    pub sent_at: Option<Date>,
    /// The message itself, slides, or a list of who was there.
    pub evidence_id: Option<Ref<Evidence>>,
}

impl Record for CommunicationLog {
    const DECL: Decl = Decl {
        name: "communication_log",
        prefix: "CL",
        one: "Message sent",
        many: "Messages sent",
        group: Group::People,
        clause: "7.4",
        about: "What was really said, when, by whom and to whom. Begin with the last message of top management about information security.",
        required: &["sent_at"],
        columns: &["topic", "sender_id", "audience_group_ids", "sent_at", "item_id"],
        events: &["sent_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let topic = self.topic.map_or_else(|| "Message".to_owned(), |t| label(t.as_str()));
        self.sent_at.map_or_else(|| topic.clone(), |day| format!("{topic}, {day}"))
    }
}
