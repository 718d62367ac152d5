//! Types of the two tables of ISO/IEC 27001:2022: the requirements of clauses 4 to 10 and the controls of Annex A.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// How far records can show that a requirement is met.
    Class {
        /// Records decide.
        Derivable = "D", "derivable from records";
        /// Records show that it happened, not how good it is; somebody has to judge.
        Performed = "P", "performance shows in records, quality does not";
        /// Mainly a matter of judgement.
        Judgement = "J", "mainly judgement";
    }
}

words! {
    /// Whether the standard asks for documented information.
    DocumentedInformation {
        /// Asked for literally in this place.
        Yes = "yes", "yes";
        /// Asked for literally in the places named in [`Requirement::via`].
        Via = "via", "in another place";
        /// To the extent that the organisation needs it.
        AsNeeded = "as needed", "as needed";
        /// Not asked for, and hard to show without a record.
        Implied = "implied", "implied";
        /// Not asked for.
        No = "no", "no";
    }
}

/// One row of clauses 4 to 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `6.1.2a1`; a suffix such as `-doc` splits a clause that has no letters, `-A1` is Amendment 1:2024.
    pub id: String,
    /// Clause number, 4 to 10; the head of the file gives it.
    #[serde(default)]
    pub clause: u8,
    /// Title of the clause; the head of the file gives it.
    #[serde(default)]
    pub clause_title: String,
    /// What is required, in our own words.
    pub paraphrase: String,
    /// Whether documented information is asked for.
    pub documented_information: DocumentedInformation,
    /// Where it is asked for when not here; filled exactly for [`DocumentedInformation::Via`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// How far records can show it.
    pub class: Class,
    /// Shown, and kept out of scores and gates.
    pub advisory: bool,
    /// What has to exist before the row can be anything but unmet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precondition: Option<String>,
    /// What auditors ask to see at Stage 1; empty: nothing separate.
    pub stage1: String,
    /// What they ask to see at Stage 2; empty: nothing separate.
    pub stage2: String,
    /// What they ask to see at a surveillance audit; empty: nothing separate.
    pub surveillance: String,
    /// When the row is unmet (U), partly met (P) or stale (S); none true means met. Documentation of the rules, not the rules.
    pub conditions: Vec<Condition>,
    /// How conditions are read where their text leaves it open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// What the message of a verdict cites.
    pub cite: String,
}

impl Requirement {
    /// `Clause 4 — Context of the organization`.
    pub fn clause_heading(&self) -> String {
        format!("Clause {} — {}", self.clause, self.clause_title)
    }

    /// The condition with this label.
    pub fn condition(&self, label: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.label == label)
    }
}

/// One condition of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// `U1`: unmet, `P1`: partly, `S1`: stale; controls also have `EXCL`.
    pub label: String,
    /// What is true when it holds; fields and parameters stand in backticks.
    pub text: String,
}

/// How conditions are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The conditions it speaks about; empty: the whole row.
    pub labels: Vec<String>,
    /// The reading.
    pub text: String,
}

words! {
    /// Theme of a control of Annex A.
    Theme {
        /// A.5
        Organizational = "Organizational", "Organizational";
        /// A.6
        People = "People", "People";
        /// A.7
        Physical = "Physical", "Physical";
        /// A.8
        Technological = "Technological", "Technological";
    }
}

impl Theme {
    /// Number of the theme in identifiers: 5 in `A.5.9`.
    pub const fn number(self) -> u8 {
        match self {
            Self::Organizational => 5,
            Self::People => 6,
            Self::Physical => 7,
            Self::Technological => 8,
        }
    }
}

words! {
    /// When a control acts on a risk.
    ControlType {
        /// Before it happens.
        Preventive = "preventive", "Preventive";
        /// While it happens.
        Detective = "detective", "Detective";
        /// After it happened.
        Corrective = "corrective", "Corrective";
    }
}

words! {
    /// Property of information that a control keeps or a scenario harms.
    Cia {
        /// Only the right people see it.
        Confidentiality = "confidentiality", "Confidentiality";
        /// It is right and complete.
        Integrity = "integrity", "Integrity";
        /// It is there when needed.
        Availability = "availability", "Availability";
    }
}

words! {
    /// Cybersecurity concept of a control.
    Concept {
        /// Know what there is.
        Identify = "identify", "Identify";
        /// Keep it safe.
        Protect = "protect", "Protect";
        /// Notice events.
        Detect = "detect", "Detect";
        /// Act on events.
        Respond = "respond", "Respond";
        /// Get back to normal.
        Recover = "recover", "Recover";
    }
}

words! {
    /// Operational capability of a control.
    Capability {
        /// Governance.
        Governance = "Governance", "Governance";
        /// Asset management.
        AssetManagement = "Asset_management", "Asset management";
        /// Information protection.
        InformationProtection = "Information_protection", "Information protection";
        /// Human resource security.
        HumanResourceSecurity = "Human_resource_security", "Human resource security";
        /// Physical security.
        PhysicalSecurity = "Physical_security", "Physical security";
        /// System and network security.
        SystemAndNetworkSecurity = "System_and_network_security", "System and network security";
        /// Application security.
        ApplicationSecurity = "Application_security", "Application security";
        /// Secure configuration.
        SecureConfiguration = "Secure_configuration", "Secure configuration";
        /// Identity and access management.
        IdentityAndAccessManagement = "Identity_and_access_management", "Identity and access management";
        /// Threat and vulnerability management.
        ThreatAndVulnerabilityManagement = "Threat_and_vulnerability_management", "Threat and vulnerability management";
        /// Continuity.
        Continuity = "Continuity", "Continuity";
        /// Supplier relationships security.
        SupplierRelationshipsSecurity = "Supplier_relationships_security", "Supplier relationships security";
        /// Legal and compliance.
        LegalAndCompliance = "Legal_and_compliance", "Legal and compliance";
        /// Information security event management.
        InformationSecurityEventManagement = "Information_security_event_management", "Information security event management";
        /// Information security assurance.
        InformationSecurityAssurance = "Information_security_assurance", "Information security assurance";
    }
}

words! {
    /// Security domain of a control.
    Domain {
        /// Governance and ecosystem.
        GovernanceAndEcosystem = "Governance_and_Ecosystem", "Governance and ecosystem";
        /// Protection.
        Protection = "Protection", "Protection";
        /// Defence.
        Defence = "Defence", "Defence";
        /// Resilience.
        Resilience = "Resilience", "Resilience";
    }
}

words! {
    /// Attribute of a control whose value our sources disagree about.
    Attribute {
        /// [`Control::types`]
        Types = "types", "control type";
        /// [`Control::domains`]
        Domains = "domains", "security domain";
    }
}

/// One control of Annex A.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// `A.5.9`
    pub id: String,
    /// Place in Annex A, 1 to 93.
    pub number: u32,
    /// Title in Annex A.
    pub title: String,
    /// Theme: organizational, people, physical or technological.
    pub theme: Theme,
    /// Attribute: control type.
    pub types: Vec<ControlType>,
    /// Attribute: information security properties.
    pub cia: Vec<Cia>,
    /// Attribute: cybersecurity concepts.
    pub concepts: Vec<Concept>,
    /// Attribute: operational capabilities.
    pub capabilities: Vec<Capability>,
    /// Attribute: security domains.
    pub domains: Vec<Domain>,
    /// Attributes to compare with a licensed copy, because sources disagree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<Attribute>,
    /// Evidence that auditors are typically shown.
    pub evidence: Vec<String>,
    /// Default months between reviews, and default validity of evidence.
    pub interval_months: u32,
    /// Default role of the owner.
    pub owner: String,
}

/// How the status of every control is judged; documentation of the rule, not the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlRule {
    /// The conditions, read like those of a [`Requirement`].
    pub conditions: Vec<Condition>,
    /// What the message of a verdict cites.
    pub cite: String,
}

/// A file of one clause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClauseFile {
    pub(crate) clause: u8,
    pub(crate) title: String,
    pub(crate) requirements: Vec<Requirement>,
}

/// The file of Annex A.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnexFile {
    pub(crate) rule: ControlRule,
    pub(crate) controls: Vec<Control>,
}
