//! Who has a stake in the ISMS (4.2 a).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{Person, Relevance},
    value::{ActiveState, Line, Text},
};

choice!(
    /// Sorts of interested party.
    PartyType {
        Customer = "customer",
        Employee = "employee",
        Owner = "owner",
        Regulator = "regulator",
        Supplier = "supplier",
        Partner = "partner",
        Insurer = "insurer",
        Community = "community",
        Other = "other",
    }
);

/// A person, group or body with a stake in the ISMS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InterestedParty {
    /// Name of the party or group, such as Hospital customers.
    pub name: Line,
    /// What sort of party it is.
    pub party_type: Option<PartyType>,
    /// Whether it matters for the ISMS.
    pub relevance: Option<Relevance>,
    /// Why it matters, or why not. Note here too if it was asked about climate and has no such requirement.
    pub relevance_reason: Text,
    /// Who keeps in touch with the party and knows what it wants.
    pub owner_id: Option<Ref<Person>>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for InterestedParty {
    const DECL: Decl = Decl {
        name: "interested_party",
        prefix: "IP",
        one: "Interested party",
        many: "Interested parties",
        group: Group::Context,
        clause: "4.2",
        about: "Who cares how you treat information: customers, employees, owners, regulators, suppliers. Add one of each of these five, or say why it does not matter to you.",
        required: &["name"],
        columns: &["party_type", "relevance", "owner_id", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
