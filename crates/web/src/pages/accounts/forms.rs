//! The parts of the forms about accounts: roles, the person behind one, and the link that is handed over.

use askama::{Template, filters::HtmlSafe};
use isms::{Isms, Problem, access::Role, records::Person};
use store::{Account, Accounts};

use crate::{error::WebError, fault::Fault, forms::Pairs};

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Typed {
    pub(super) action: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) roles: Vec<Role>,
    pub(super) person: String,
}

impl Typed {
    /// The empty form: most people own something and bring in evidence.
    pub(super) fn invitation() -> Self {
        Self { roles: vec![Role::Contributor], person: "new".to_owned(), ..Self::default() }
    }

    /// The account as it stands.
    pub(super) fn of(account: &Account) -> Self {
        Self {
            action: "change".to_owned(),
            name: account.name.clone(),
            email: account.email.clone(),
            roles: account.roles.clone(),
            person: account.person.map_or_else(String::new, |p| p.to_string()),
        }
    }

    /// Reads a form. Roles come as several values of one name.
    pub(super) fn read(pairs: &Pairs) -> Result<Self, WebError> {
        let text = |name: &str| pairs.text(name).to_owned();
        let mut roles = Vec::new();
        for name in pairs.all("role") {
            match Role::by_name(name) {
                Some(role) if !roles.contains(&role) => roles.push(role),
                Some(_) => {}
                None => return Err(WebError::invalid("roles", "holds a role that does not exist")),
            }
        }
        Ok(Self {
            action: text("action"),
            name: text("name"),
            email: text("email"),
            roles,
            person: text("person"),
        })
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.name.is_empty() {
            problems.push(Problem::new("name", "is required"));
        }
        if self.email.is_empty() {
            problems.push(Problem::new("email", "is required"));
        }
        if self.roles.is_empty() {
            problems.push(Problem::new(
                "roles",
                "choose at least one; a reader sees everything and changes nothing",
            ));
        }
        problems
    }
}

/// A choice of roles.
#[derive(Template)]
#[template(path = "accounts/roles.html")]
pub(super) struct RoleChoice {
    roles: Vec<RoleOption>,
    error: Option<String>,
}

struct RoleOption {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    chosen: bool,
}

impl HtmlSafe for RoleChoice {}

impl RoleChoice {
    pub(super) fn new(chosen: &[Role], fault: &Fault) -> Self {
        let option = |role: Role| RoleOption {
            name: role.name(),
            label: role.label(),
            help: match role {
                Role::Administrator => "runs accounts and settings; approves nothing by being one",
                Role::IsmsManager => {
                    "runs the ISMS: every record, every step that segregation of duties allows"
                }
                Role::Contributor => "owns risks, controls and tasks; brings in evidence; proposes",
                Role::Reader => "reads everything, changes nothing",
            },
            chosen: chosen.contains(&role),
        };
        Self {
            roles: Role::ALL.into_iter().map(option).collect(),
            error: fault.at("roles").map(str::to_owned),
        }
    }
}

/// A choice of the person behind an account: people without an account, and the one linked now.
#[derive(Template)]
#[template(path = "accounts/person.html")]
pub(super) struct PersonChoice {
    people: Vec<(String, String)>,
    chosen: String,
    offer_new: bool,
    error: Option<String>,
}

impl HtmlSafe for PersonChoice {}

impl PersonChoice {
    pub(super) fn new(
        isms: &Isms,
        accounts: &Accounts,
        chosen: &str,
        of: Option<&Account>,
        fault: &Fault,
    ) -> Self {
        let own = of.and_then(|a| a.person);
        let taken: Vec<_> = accounts.iter().filter_map(|a| a.person).filter(|p| Some(*p) != own).collect();
        let free = isms.all::<Person>().live().filter(|p| !taken.contains(&p.reference()));
        let mut people: Vec<_> = free.map(|p| (p.meta.id.to_string(), p.name.to_string())).collect();
        people.sort_by_key(|(_, name)| name.to_lowercase());
        Self {
            people,
            chosen: chosen.to_owned(),
            offer_new: of.is_none(),
            error: fault.at("person").map(str::to_owned),
        }
    }
}

/// The link to hand over.
#[derive(Template)]
#[template(path = "accounts/handed.html")]
pub(super) struct Handed {
    pub(super) name: String,
    pub(super) link: String,
}
