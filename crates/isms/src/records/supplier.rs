//! Suppliers and what is agreed with them (A.5.19 to A.5.23, 8.1; states 4.9).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::Person,
    states,
    value::{Line, Text},
};

choice!(
    /// How critical a supplier is, most critical first.
    Criticality { Critical = "critical", High = "high", Medium = "medium", Low = "low" }
);

states!(
    /// Where a supplier stands (4.9).
    SupplierState {
        Proposed = "proposed",
        DueDiligence = "due_diligence",
        Approved = "approved",
        Conditional = "conditional",
        Rejected = "rejected",
        Active = "active",
        UnderReview = "under_review",
        Offboarding = "offboarding",
        Terminated = "terminated",
    }
);

/// An organisation whose products or services can affect the security of your information.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Supplier {
    /// Name of the supplier.
    pub name: Line,
    /// What it supplies.
    pub services: Text,
    /// How badly you would be hit if it failed or leaked; decides how often it is assessed.
    pub criticality: Option<Criticality>,
    /// What information it holds or can reach, and how.
    pub data_access: Text,
    /// Who looks after the supplier.
    pub owner_id: Option<Ref<Person>>,
    /// The day the contract was signed.
    pub contract_signed_at: Option<Date>,
    /// Whether the contract has clauses on information security.
    pub security_clauses: Option<bool>,
    /// The day the data processing agreement was signed, where personal data are processed.
    #[schemars(title = "Data processing agreement signed")]
    pub dpa_signed_at: Option<Date>,
    /// Whether it matters for the ISMS.
    #[schemars(title = "Relevant to the ISMS")]
    pub relevant_to_isms: Option<bool>,
    /// The day it came into the register.
    pub added_at: Option<Date>,
    /// The day it was put to use.
    pub in_use_since: Option<Date>,
    /// The day of the last assessment.
    pub last_assessed_at: Option<Date>,
    /// The day the next one is due.
    pub next_review_at: Option<Date>,
    /// Where it stands.
    pub state: SupplierState,
}

impl Record for Supplier {
    const DECL: Decl = Decl {
        name: "supplier",
        prefix: "SUP",
        one: "Supplier",
        many: "Suppliers",
        group: Group::Suppliers,
        clause: "A.5.19",
        about: "Who supplies what, how critical it is, and what is agreed about security. Begin with your hosting provider and whoever else holds your data.",
        required: &["name"],
        columns: &[
            "criticality",
            "state",
            "owner_id",
            "relevant_to_isms",
            "last_assessed_at",
            "next_review_at",
        ],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
