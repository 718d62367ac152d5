//! Roles with duties in the ISMS (5.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, choice,
    record::{Decl, Group, Record},
    value::{ActiveState, Line, Text},
};

choice!(
    /// What a role is for.
    RoleKind {
        IsmsConformity = "isms_conformity",
        IsmsReporting = "isms_reporting",
        InternalAuditor = "internal_auditor",
        RiskOwner = "risk_owner",
        IncidentManager = "incident_manager",
        PrivacyLead = "privacy_lead",
        SupplierManager = "supplier_manager",
        ContinuityLead = "continuity_lead",
        SecurityLead = "security_lead",
        PlatformLead = "platform_lead",
        EngineeringLead = "engineering_lead",
        ItLead = "it_lead",
        Hr = "hr",
        Facilities = "facilities",
        Legal = "legal",
        Other = "other",
    }
);

/// A role with responsibility and authority for information security.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Role {
    /// What the role is for. Every ISMS needs one for conformity and one for reporting to top management.
    pub kind: Option<RoleKind>,
    /// Name of the role in your organisation.
    pub title: Line,
    /// What its holder has to see to.
    pub responsibilities: Text,
    /// What its holder may decide alone.
    pub authorities: Text,
    /// Whether somebody must hold it at all times.
    pub mandatory: Option<bool>,
    /// Whether its work affects how well information is protected, so that competence must be shown (7.2).
    pub affects_isms: Option<bool>,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for Role {
    const DECL: Decl = Decl {
        name: "role",
        prefix: "ROLE",
        one: "Role",
        many: "Roles",
        group: Group::People,
        clause: "5.3",
        about: "Who has to see to what. Begin with the two the standard names: one who makes the ISMS conform, one who reports on it to top management.",
        required: &["title"],
        columns: &["kind", "mandatory", "affects_isms", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
