//! Accounts as the ledger knows them, and what is kept beside it of each: the hash of its password and its one-time
//! links. Signing in lives in `sign_in`, changing accounts in `manage`.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use isms::{
    Ref,
    access::{Actor, Door, Role},
    records::Person,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sqlite::{LinkRow, Side};

/// The kind under which accounts stand in the ledger. It is no kind of record: the core never sees accounts.
pub(crate) const KIND: &str = "account";

/// The id of an account in the ledger's changes.
pub(crate) fn ledger_id(account: &str) -> String {
    format!("{KIND}:{account}")
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Opaque id, never used again; what the ledger names as actor.
    pub id: String,
    /// Address to sign in with, in lower case.
    pub email: String,
    /// Name as people know it.
    pub name: String,
    /// What the account may do.
    pub roles: Vec<Role>,
    /// The person behind it.
    pub person: Option<Ref<Person>>,
    /// The person it stood for before the link was taken away, if it had been used: it stands for nobody else.
    pub stood_for: Option<Ref<Person>>,
    /// Whether it is shut out.
    pub disabled: bool,
    /// When the password was set; `None` while there is none.
    pub password_set_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

impl Account {
    /// The account as the actor of a command.
    #[must_use]
    pub fn actor(&self, door: Door) -> Actor {
        Actor { account: self.id.clone(), person: self.person, roles: self.roles.clone(), door }
    }

    /// Whether the account has a role and may use it.
    #[must_use]
    pub fn acts_as(&self, role: Role) -> bool {
        !self.disabled && self.roles.contains(&role)
    }

    pub(crate) fn body(&self) -> Body {
        Body {
            created_at: self.created_at,
            disabled: self.disabled,
            email: self.email.clone(),
            name: self.name.clone(),
            password_set_at: self.password_set_at,
            person: self.person,
            roles: self.roles.clone(),
            stood_for: self.stood_for,
        }
    }
}

/// An account to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAccount {
    /// Address to sign in with.
    pub email: String,
    /// Name as people know it.
    pub name: String,
    /// What the account may do.
    pub roles: Vec<Role>,
    /// The person behind it.
    pub person: Option<Ref<Person>>,
}

/// An account's body in the ledger: no secrets, and what is personal can be redacted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    disabled: bool,
    email: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_set_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<Ref<Person>>,
    roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stood_for: Option<Ref<Person>>,
}

impl Body {
    pub(crate) fn account(self, id: &str) -> Account {
        let Body { created_at, disabled, email, name, password_set_at, person, roles, stood_for } = self;
        let id = id.to_owned();
        Account { id, email, name, roles, person, stood_for, disabled, password_set_at, created_at }
    }
}

/// All accounts of an organisation at one moment.
#[derive(Clone, Default)]
pub struct Accounts {
    by_id: BTreeMap<String, Arc<Account>>,
    by_email: HashMap<String, String>,
    secrets: HashMap<String, String>,
    links: HashMap<[u8; 32], LinkRow>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.by_id.values()).finish()
    }
}

impl Accounts {
    /// The account of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Account> {
        self.by_id.get(id).map(Arc::as_ref)
    }

    /// The account of an address, in whatever case it is written.
    #[must_use]
    pub fn by_email(&self, email: &str) -> Option<&Account> {
        self.get(self.by_email.get(&email.trim().to_lowercase())?)
    }

    /// All accounts, disabled ones included.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.by_id.values().map(Arc::as_ref)
    }

    /// Whether there is none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// How people call the actor of a ledger entry.
    #[must_use]
    pub fn actor_name(&self, actor: &str) -> String {
        match (self.get(actor), actor) {
            (Some(account), _) => account.name.clone(),
            (None, "system") => "the clock".to_owned(),
            (None, "cli") => "the command line".to_owned(),
            (None, other) => other.to_owned(),
        }
    }

    pub(crate) fn secret(&self, id: &str) -> Option<&str> {
        self.secrets.get(id).map(String::as_str)
    }

    /// The link of a token that is valid at a time.
    pub(crate) fn link(&self, token: &[u8; 32], at: Timestamp) -> Option<&LinkRow> {
        self.links.get(token).filter(|link| link.expires_at.is_none_or(|end| end > at.as_millisecond()))
    }

    /// Folds an account in; `None` takes it away.
    pub(crate) fn put(&mut self, id: &str, account: Option<Account>) {
        if let Some(old) = self.by_id.remove(id) {
            self.by_email.remove(&old.email);
        }
        if let Some(account) = account {
            self.by_email.insert(account.email.clone(), id.to_owned());
            self.by_id.insert(id.to_owned(), Arc::new(account));
        }
    }

    pub(crate) fn keep(&mut self, secrets: Vec<(String, String)>, links: Vec<LinkRow>) {
        self.secrets = secrets.into_iter().collect();
        self.links = links.into_iter().map(|link| (link.token, link)).collect();
    }

    /// Takes in what was written beside the ledger.
    pub(crate) fn side(&mut self, side: &Side) {
        match side {
            Side::Password { account, hash } => _ = self.secrets.insert(account.clone(), hash.clone()),
            Side::Link(link) => _ = self.links.insert(link.token, link.clone()),
            Side::LinksEnd(account) => self.links.retain(|_, link| link.account != *account),
            _ => {}
        }
    }
}
