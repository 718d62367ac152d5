//! Lines of the communication plan: what is told to whom, when and how (7.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::Person,
    value::{ActiveState, Line, Text},
    words::{label, opening},
};

choice!(
    /// What communication is about.
    CommunicationTopic {
        IsmsImportance = "isms_importance",
        PolicyChange = "policy_change",
        Incident = "incident",
        IsmsPerformance = "isms_performance",
        SupplierRequirements = "supplier_requirements",
        AuthorityContact = "authority_contact",
        Awareness = "awareness",
        Other = "other",
    }
);

choice!(
    /// Where communication goes.
    CommunicationDirection { Internal = "internal", External = "external" }
);

/// One line of the communication plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommunicationItem {
    /// What it is about.
    pub topic: Option<CommunicationTopic>,
    /// When: yearly in January, within a day of an incident, before a policy takes effect.
    pub timing: Line,
    /// To whom.
    pub audience: Text,
    /// How: all-hands meeting, mail, customer portal, telephone.
    pub channel: Line,
    /// Whether it stays inside the organisation or goes outside.
    pub direction: Option<CommunicationDirection>,
    /// Who sees to it.
    pub owner_id: Option<Ref<Person>>,
    /// How often, in months, if it recurs.
    #[schemars(range(min = 1, max = 600))]
    pub frequency_months: Option<u32>,
    /// The day the line was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for CommunicationItem {
    const DECL: Decl = Decl {
        name: "communication_item",
        prefix: "COM",
        one: "Communication",
        many: "Communication plan",
        group: Group::People,
        clause: "7.4",
        about: "What about information security is told to whom, when, how and by whom. Begin with what top management tells everybody once a year.",
        required: &["topic"],
        columns: &["direction", "timing", "channel", "owner_id", "frequency_months", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let topic = self.topic.map_or_else(|| "Communication".to_owned(), |t| label(t.as_str()));
        let audience = opening(&[&self.audience], "");
        if audience.is_empty() { topic } else { format!("{topic}: {audience}") }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
