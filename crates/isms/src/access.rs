//! Who may do what: the one matrix of roles, kinds and actions, written by hand, and the actor of a command.

use crate::{
    id::Ref,
    record::Group,
    records::{Kind, Person},
};

/// A role of an account. An account can hold several; administrators hold no business duty by being administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation: accounts and settings. No records, no approvals (SOD-13).
    Administrator,
    /// Runs the ISMS: every record, every step that segregation of duties allows.
    IsmsManager,
    /// Owns risks, controls, assets, tasks; collects evidence; proposes.
    Contributor,
    /// Reads.
    Reader,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [Role::Administrator, Role::IsmsManager, Role::Contributor, Role::Reader];

    /// The name in JSON and the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::IsmsManager => "isms_manager",
            Role::Contributor => "contributor",
            Role::Reader => "reader",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Role::Administrator => "Administrator",
            Role::IsmsManager => "ISMS manager",
            Role::Contributor => "Contributor",
            Role::Reader => "Reader",
        }
    }

    /// The role of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// Something that can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// See records of the kind, their history and files.
    Read,
    /// Make a new record of the kind.
    Create,
    /// Change fields of a record of the kind.
    Edit,
    /// Take steps of the kind's workflow, if the step's duties and guards allow it too.
    Step,
    /// Archive, restore or delete a record of the kind.
    Remove,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 5] = [Action::Read, Action::Create, Action::Edit, Action::Step, Action::Remove];
}

/// Something that can be done with the installation rather than with a kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ability {
    /// Create accounts, give roles, end sessions.
    ManageAccounts,
    /// See the activity of the ledger and its proofs.
    ReadLedger,
    /// Take registers and the SoA away as files.
    Export,
    /// Load many records at once.
    Import,
}

impl Ability {
    /// All abilities.
    pub const ALL: [Ability; 4] =
        [Ability::ManageAccounts, Ability::ReadLedger, Ability::Export, Ability::Import];
}

/// Kinds a contributor may create and edit: what control, risk and asset owners bring in. Approvals, methods, scope
/// and settings are not among them.
const CONTRIBUTOR_WRITES: &[&str] = &[
    "asset",
    "risk",
    "risk_score",
    "risk_evaluation",
    "treatment_plan",
    "risk_acceptance",
    "control",
    "applicability_decision",
    "evidence",
    "evidence_requirement",
    "document",
    "document_version",
    "acknowledgement",
    "task",
    "incident",
    "change",
    "supplier",
    "supplier_assessment",
    "measurement",
    "metric_analysis",
    "improvement",
    "party_feedback",
    "nonconformity",
    "corrective_action",
    "exception",
];

/// Kinds whose steps a contributor may take besides: approvals that the steps' own duties and guards keep for those who
/// hold them, such as top management approving the risk method.
const CONTRIBUTOR_STEPS: &[&str] = &["risk_method", "soa_version"];

/// The matrix. Deny by default.
#[must_use]
pub fn role_may(role: Role, action: Action, kind: Kind) -> bool {
    let settings = kind.decl().group == Group::Settings;
    match (role, action) {
        (Role::Administrator, Action::Read) => true,
        (Role::Administrator, Action::Create | Action::Edit) => {
            matches!(kind.name(), "org_profile" | "person")
        }
        (Role::Administrator, Action::Step | Action::Remove) => false,
        (Role::IsmsManager, _) => true,
        (Role::Contributor, Action::Read) => true,
        // Top management approves waivers in person; the kind itself lets nobody else of this role in.
        (Role::Contributor, Action::Edit) if kind.name() == "sod_waiver" => true,
        (Role::Contributor, Action::Create | Action::Edit) => {
            !settings && CONTRIBUTOR_WRITES.contains(&kind.name())
        }
        (Role::Contributor, Action::Step) => {
            !settings
                && (CONTRIBUTOR_WRITES.contains(&kind.name()) || CONTRIBUTOR_STEPS.contains(&kind.name()))
        }
        (Role::Contributor, Action::Remove) => false,
        (Role::Reader, Action::Read) => true,
        (Role::Reader, _) => false,
    }
}

/// What a role may do with the installation.
#[must_use]
pub fn role_can(role: Role, ability: Ability) -> bool {
    match (role, ability) {
        (Role::Administrator, Ability::ManageAccounts) => true,
        (Role::IsmsManager, Ability::Import) => true,
        (Role::Administrator | Role::IsmsManager, Ability::ReadLedger) => true,
        (Role::Contributor | Role::Reader, Ability::ReadLedger) => false,
        (_, Ability::Export) => true,
        _ => false,
    }
}

/// By which door a command came in; stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// A page.
    Page,
    /// The JSON interface.
    Api,
    /// The command line.
    Cli,
    /// A load document.
    Import,
    /// The clock.
    Job,
}

/// Who gives a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Opaque id of the account; `system` for the clock, `cli` for the command line.
    pub account: String,
    /// The person behind the account, if linked.
    pub person: Option<Ref<Person>>,
    /// The roles of the account.
    pub roles: Vec<Role>,
    /// The door.
    pub door: Door,
}

impl Actor {
    /// The clock: takes only steps that wait for a date.
    #[must_use]
    pub fn clock() -> Self {
        Self { account: "system".to_owned(), person: None, roles: Vec::new(), door: Door::Job }
    }

    /// Somebody at the command line of the machine that holds the data: may load, may not approve.
    #[must_use]
    pub fn operator() -> Self {
        Self { account: "cli".to_owned(), person: None, roles: vec![Role::IsmsManager], door: Door::Cli }
    }

    /// The actor as records name it: the person, else the account.
    #[must_use]
    pub fn name(&self) -> String {
        self.person.map_or_else(|| self.account.clone(), |p| p.to_string())
    }

    /// Whether the actor is the clock.
    #[must_use]
    pub fn is_clock(&self) -> bool {
        self.door == Door::Job
    }

    /// Whether any of the actor's roles may do this.
    #[must_use]
    pub fn may(&self, action: Action, kind: Kind) -> bool {
        self.is_clock() || self.roles.iter().any(|r| role_may(*r, action, kind))
    }

    /// Whether any of the actor's roles can do this.
    #[must_use]
    pub fn can(&self, ability: Ability) -> bool {
        self.roles.iter().any(|r| role_can(*r, ability))
    }

    /// Whether the account has a role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
