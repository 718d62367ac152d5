//! What lies inside the ISMS and what does not, and where its edges touch others (4.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{PartyRequirement, Supplier},
    value::{ActiveState, Line, Text},
};

choice!(
    /// What kind of thing a part of the scope is.
    ScopeKind {
        OrgUnit = "org_unit",
        Site = "site",
        Product = "product",
        Process = "process",
        Information = "information",
        Technology = "technology",
        Interface = "interface",
        Dependency = "dependency",
    }
);

/// A unit, site, product, process, kind of information, technology, interface or dependency, inside the scope or outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScopeItem {
    /// What kind of thing it is. Interfaces and dependencies are where work is shared with others.
    pub kind: Option<ScopeKind>,
    /// Whether it lies inside the ISMS.
    pub in_scope: Option<bool>,
    /// Name of the unit, site, product or link.
    pub name: Line,
    /// Why it is in or out. Leaving something out needs a reason an auditor can follow.
    pub justification: Text,
    /// The other side of an interface or dependency, if it is a supplier.
    pub external_party_id: Option<Ref<Supplier>>,
    /// How the edge is controlled: contract, monitoring, separation.
    pub control_description: Text,
    /// Requirements of interested parties it serves.
    pub linked_requirement_ids: Vec<Ref<PartyRequirement>>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for ScopeItem {
    const DECL: Decl = Decl {
        name: "scope_item",
        prefix: "SC",
        one: "Scope item",
        many: "Scope items",
        group: Group::Context,
        clause: "4.3",
        about: "What the ISMS covers: units, sites, products, processes, technology, and where they depend on others. Begin with your product and the teams that build and run it.",
        required: &["name"],
        columns: &["kind", "in_scope", "external_party_id", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
