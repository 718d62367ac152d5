//! Information and what holds or moves it (A.5.9).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::Actor,
    flow::default_date,
    record::{Decl, Group, Record},
    records::Person,
    value::{ActiveState, Line},
};

/// Something of value to protect: information, or what stores, processes or carries it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Asset {
    /// Name by which people know it.
    pub name: Line,
    /// What it is: information, software, hardware, service, people, place.
    pub asset_type: Line,
    /// The person who answers for it.
    pub owner_id: Option<Ref<Person>>,
    /// Class of the information in it, by your own scheme.
    pub classification: Line,
    /// How bad it is if it becomes known to others: 1 hardly, 5 worst.
    #[schemars(title = "Value: confidentiality", range(min = 1, max = 5))]
    pub value_c: Option<u8>,
    /// How bad it is if it is wrong or changed: 1 hardly, 5 worst.
    #[schemars(title = "Value: integrity", range(min = 1, max = 5))]
    pub value_i: Option<u8>,
    /// How bad it is if it cannot be used: 1 hardly, 5 worst.
    #[schemars(title = "Value: availability", range(min = 1, max = 5))]
    pub value_a: Option<u8>,
    /// Whether it lies inside the scope of the ISMS.
    pub in_scope: Option<bool>,
    /// The day it came into use.
    pub added_at: Option<Date>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for Asset {
    const DECL: Decl = Decl {
        name: "asset",
        prefix: "AST",
        one: "Asset",
        many: "Assets",
        group: Group::Assets,
        clause: "A.5.9",
        about: "What is worth protecting. Begin with the ten things whose loss would hurt most: customer data, source code, the production platform, laptops, key people.",
        required: &["name"],
        columns: &[
            "asset_type",
            "owner_id",
            "classification",
            "in_scope",
            "state",
        ],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, _: &Isms, _: &Actor, today: Date) {
        default_date(fields, "added_at", today);
    }
}
