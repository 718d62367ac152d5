//! What is to be collected for a control or requirement, and how often (A.5.35, 9.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::Actor,
    commands::Reason,
    flow::{default_value, referred},
    record::{Decl, Group, HandCx, Record},
    records::{Control, Person},
    value::{ActiveState, Line, RowRef},
};

/// Something that has to be shown regularly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceRequirement {
    /// The control it shows to work.
    pub control_id: Option<Ref<Control>>,
    /// The requirement it serves, such as 9.2.2-doc.
    pub requirement_ref: RowRef,
    /// What is to be collected, such as the export of the access review.
    pub kind: Line,
    /// Months from one collection to the next.
    #[schemars(range(min = 1, max = 120))]
    pub frequency_months: Option<u32>,
    /// Who sees to it.
    pub owner_id: Option<Ref<Person>>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for EvidenceRequirement {
    const DECL: Decl = Decl {
        name: "evidence_requirement",
        prefix: "ER",
        one: "Evidence requirement",
        many: "Evidence requirements",
        group: Group::Evidence,
        clause: "8.1",
        about: "What has to be shown, for which control, how often. New requests are opened from it before the last evidence runs out.",
        columns: &["control_id", "requirement_ref", "kind", "frequency_months", "owner_id", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let of = self.control_id.map_or_else(|| self.requirement_ref.to_string(), |c| c.to_string());
        if self.kind.is_empty() { format!("Evidence for {of}") } else { format!("{} for {of}", self.kind) }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, _: &Actor, _: Date) {
        let owner = isms.find(referred::<Control>(fields, "control_id")).and_then(|c| c.owner_id);
        if let Some(owner) = owner {
            default_value(fields, "owner_id", owner.to_string());
        }
    }

    fn by_hand(&self, _: &HandCx<'_, Self>) -> Vec<Reason> {
        if self.control_id.is_none() && self.requirement_ref.is_empty() {
            return vec![Reason::new("4.4", "say which control or requirement it is for")];
        }
        Vec::new()
    }
}
