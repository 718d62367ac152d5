//! Making and changing accounts. Each change is a ledger entry; the hash of a password and one-time links are written
//! beside it in the same transaction.

use isms::{
    Problem, Ref, Refusal,
    access::{Ability, Actor, Door, Role},
    records::Person,
};
use jiff::SignedDuration;

use crate::{
    Account, Accounts, NewAccount, Org, StoreError,
    draft::{Draft, Plan},
    fold::Folded,
    org::door,
    password::password_problem,
    sessions::token_hash,
    sqlite::{LinkRow, Side},
    writer::Denied,
};

/// How long an invitation or a password link is valid.
const LINK_VALID: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why an account was not made or changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccountError {
    /// Not allowed, or what was handed in is not right.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The link is not valid.
    #[error("this link is not valid: it was used already, has ended, or was replaced by a newer one")]
    Link,
    /// The present password is not the one given.
    #[error("the present password is not right")]
    Wrong,
    /// The present password was wrong too often.
    #[error("too many attempts; try again in {}", isms::words::counted(*seconds, "second", "seconds"))]
    Throttled {
        /// How long.
        seconds: u64,
    },
    /// It could not be saved.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl From<Denied> for AccountError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(refusal) => Self::Refused(refusal),
            Denied::Link => Self::Link,
            Denied::Wrong => Self::Wrong,
            Denied::Failed(error) => Self::Failed(error),
        }
    }
}

/// What to change of an account. What is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Address to sign in with.
    pub email: Option<String>,
    /// Name as people know it.
    pub name: Option<String>,
    /// What the account may do.
    pub roles: Option<Vec<Role>>,
    /// The person behind it, or nobody.
    pub person: Option<Option<Ref<Person>>>,
    /// Whether it is shut out.
    pub disabled: Option<bool>,
}

impl Org {
    /// A fresh one-time token for setting up the first account, as long as there is none; older ones end.
    ///
    /// # Errors
    /// If it cannot be saved.
    pub async fn setup_token(&self) -> Result<Option<String>, StoreError> {
        if !self.accounts().is_empty() {
            return Ok(None);
        }
        let token = self.inner.options.entropy.text::<32>()?;
        let hash = token_hash(&token);
        self.beside(move |now| {
            let link =
                LinkRow { token: hash, account: None, created_at: now.at.as_millisecond(), expires_at: None };
            vec![Side::LinksEnd(None), Side::Link(link)]
        })
        .await?;
        Ok(Some(token))
    }

    /// Whether a set-up token is the valid one.
    #[must_use]
    pub fn setup_token_valid(&self, token: &str) -> bool {
        let state = self.state();
        let link = state.accounts.link(&token_hash(token), (self.inner.options.clock)());
        state.accounts.is_empty() && link.is_some_and(|link| link.account.is_none())
    }

    /// Makes the first account, an administrator, and ends the set-up link.
    ///
    /// # Errors
    /// If the token is not valid, there is an account already, or what was handed in is not right.
    pub async fn set_up(
        &self,
        token: &str,
        mut new: NewAccount,
        password: &str,
    ) -> Result<Account, AccountError> {
        if !self.setup_token_valid(token) {
            return Err(AccountError::Link);
        }
        if !new.roles.contains(&Role::Administrator) {
            new.roles.push(Role::Administrator);
        }
        let hash = self.new_password(password).await?;
        let id = self.new_id()?;
        let link = token_hash(token);
        self.change(id.clone(), move |draft, now| {
            let accounts = &draft.next.accounts;
            if !accounts.is_empty() || accounts.link(&link, now.at).is_none_or(|l| l.account.is_some()) {
                return Err(Denied::Link);
            }
            let mut account = check(draft, new.at(&id, now.at))?;
            account.password_set_at = Some(now.at);
            let sides = vec![Side::LinksEnd(None), Side::Password { account: id.clone(), hash }];
            Ok(plan(id.clone(), Door::Page, "account.set_up", account, sides))
        })
        .await
    }

    /// Makes an account. Without a password, nobody can use it until its holder follows a link
    /// ([`Org::link_token`]).
    ///
    /// # Errors
    /// If the actor may not, or what was handed in is not right.
    pub async fn create_account(
        &self,
        actor: &Actor,
        new: NewAccount,
        password: Option<&str>,
    ) -> Result<Account, AccountError> {
        may_manage(actor)?;
        let hash = match password {
            Some(password) => Some(self.new_password(password).await?),
            None => None,
        };
        let id = self.new_id()?;
        let actor = actor.clone();
        self.change(id.clone(), move |draft, now| {
            let mut account = check(draft, new.at(&id, now.at))?;
            account.password_set_at = hash.as_ref().map(|_| now.at);
            let sides = hash.map(|hash| Side::Password { account: id, hash }).into_iter().collect();
            Ok(plan(actor.account, actor.door, "account.create", account, sides))
        })
        .await
    }

    /// Changes an account.
    ///
    /// # Errors
    /// If the actor may not, there is no such account, it would leave no administrator, or what was handed in is not
    /// right.
    pub async fn update_account(
        &self,
        actor: &Actor,
        id: &str,
        change: AccountChange,
    ) -> Result<Account, AccountError> {
        may_manage(actor)?;
        let actor = actor.clone();
        let id = id.to_owned();
        self.change(id.clone(), move |draft, _| {
            let accounts = &draft.next.accounts;
            let old = accounts.get(&id).ok_or_else(|| Refusal::NotFound(format!("account {id}")))?;
            let AccountChange { email, name, roles, person, disabled } = change;
            let shut = disabled == Some(true);
            let mut account = check(
                draft,
                Account {
                    email: email.unwrap_or_else(|| old.email.clone()),
                    name: name.unwrap_or_else(|| old.name.clone()),
                    roles: roles.unwrap_or_else(|| old.roles.clone()),
                    person: person.unwrap_or(old.person),
                    disabled: disabled.unwrap_or(old.disabled),
                    ..old.clone()
                },
            )?;
            stands_for_one(old, &mut account)?;
            keeps_administrator(accounts, &account)?;
            let mut plan = plan(actor.account, actor.door, "account.update", account.clone(), Vec::new());
            if account == *old {
                plan.changes.clear();
            } else if shut {
                plan.sides.push(Side::SessionsEnd { account: id.clone(), but: None });
                plan.sides.push(Side::LinksEnd(Some(id)));
            }
            Ok(plan)
        })
        .await
    }

    /// A one-time token with which the holder of an account sets a password: an invitation, or a reset. Valid for a
    /// week; an older one of the same account ends.
    ///
    /// # Errors
    /// If the actor may not, or there is no such account that can be used.
    pub async fn link_token(&self, actor: &Actor, id: &str) -> Result<String, AccountError> {
        may_manage(actor)?;
        let token = self.inner.options.entropy.text::<32>()?;
        let hash = token_hash(&token);
        let id = id.to_owned();
        let by = actor.clone();
        self.run(Box::new(move |draft, now| {
            let account = draft.next.accounts.get(&id).filter(|account| !account.disabled);
            let Some(account) = account.cloned() else {
                return Err(Refusal::NotFound(format!("account {id} that can be used")).into());
            };
            let expires_at = now.at.saturating_add(LINK_VALID).map_or(i64::MAX, |end| end.as_millisecond());
            let link = LinkRow {
                token: hash,
                account: Some(id.clone()),
                created_at: now.at.as_millisecond(),
                expires_at: Some(expires_at),
            };
            // Whoever has the link can act as the holder of the account, so the ledger says who issued it.
            let sides = vec![Side::LinksEnd(Some(id)), Side::Link(link)];
            Ok(plan(by.account, by.door, "account.link", account, sides))
        }))
        .await?;
        Ok(token)
    }

    /// The account that a link is for, while the link is valid.
    #[must_use]
    pub fn link(&self, token: &str) -> Option<Account> {
        let state = self.state();
        let link = state.accounts.link(&token_hash(token), (self.inner.options.clock)())?;
        state.accounts.get(link.account.as_deref()?).filter(|account| !account.disabled).cloned()
    }

    /// Sets the password of the account that a link is for; ends the link and the account's sessions.
    ///
    /// # Errors
    /// If the link is not valid or the password not acceptable.
    pub async fn accept_link(&self, token: &str, password: &str) -> Result<Account, AccountError> {
        let id = self.link(token).ok_or(AccountError::Link)?.id;
        let hash = self.new_password(password).await?;
        let link = token_hash(token);
        self.change(id.clone(), move |draft, now| {
            let valid =
                draft.next.accounts.link(&link, now.at).is_some_and(|l| l.account.as_ref() == Some(&id));
            if !valid {
                return Err(Denied::Link);
            }
            set_password(draft, now.at, &id, hash, None, "account.accept_link")
        })
        .await
    }

    /// Changes one's own password. Ends all other sessions of the account; the one of the token `keep` goes on.
    ///
    /// # Errors
    /// If the old password is not right, was not too often, or the new one is not acceptable.
    pub async fn change_password(
        &self,
        id: &str,
        old: &str,
        new: &str,
        keep: Option<&str>,
    ) -> Result<Account, AccountError> {
        let accounts = self.accounts();
        let throttle = &self.inner.password_throttle;
        let now = (self.inner.options.clock)();
        throttle.attempt(id, None, now).map_err(|seconds| AccountError::Throttled { seconds })?;
        if !self.check_password(old, accounts.secret(id)).await? {
            return Err(AccountError::Wrong);
        }
        throttle.succeeded(id, None);
        let secret = accounts.secret(id).map(str::to_owned);
        let hash = self.new_password(new).await?;
        let keep = keep.map(token_hash);
        let id = id.to_owned();
        self.change(id.clone(), move |draft, now| {
            if draft.next.accounts.secret(&id) != secret.as_deref() {
                return Err(Denied::Wrong);
            }
            set_password(draft, now.at, &id, hash, keep, "account.set_password")
        })
        .await
    }

    /// Carries out a change of one account, and says how it is afterwards.
    async fn change(
        &self,
        id: String,
        build: impl FnOnce(&Draft, isms::commands::Now) -> Result<Plan, Denied> + Send + 'static,
    ) -> Result<Account, AccountError> {
        let (_, state) = self.run(Box::new(build)).await?;
        Ok(state.accounts.get(&id).cloned().ok_or(StoreError::Internal)?)
    }

    async fn new_password(&self, password: &str) -> Result<String, AccountError> {
        if let Some(problem) = password_problem(password) {
            return Err(Refusal::invalid("password", problem).into());
        }
        Ok(self.hash_password(password).await?)
    }

    fn new_id(&self) -> Result<String, StoreError> {
        Ok(format!("a-{}", self.inner.options.entropy.text::<10>()?))
    }
}

impl NewAccount {
    fn at(self, id: &str, at: jiff::Timestamp) -> Account {
        let NewAccount { email, name, roles, person } = self;
        Account {
            id: id.to_owned(),
            email,
            name,
            roles,
            person,
            stood_for: None,
            disabled: false,
            password_set_at: None,
            created_at: at,
        }
    }
}

/// Administrators may; and whoever has the command line of the machine has the data anyway.
fn may_manage(actor: &Actor) -> Result<(), Refusal> {
    if actor.can(Ability::ManageAccounts) || actor.door == Door::Cli {
        return Ok(());
    }
    Err(Refusal::Forbidden {
        what: "managing accounts".to_owned(),
        who: format!("it needs the role {}", Role::Administrator.label()),
    })
}

/// Brings an account into the form in which it is kept, and checks it.
fn check(draft: &Draft, mut account: Account) -> Result<Account, Refusal> {
    account.email = account.email.trim().to_lowercase();
    account.name = account.name.trim().to_owned();
    account.roles.sort_unstable();
    account.roles.dedup();
    let mut problems = Vec::new();
    let mut wrong = |place: &str, message: &str| problems.push(Problem::new(place, message));
    let (user, host) = account.email.split_once('@').unwrap_or_default();
    let odd =
        |s: &str| s.is_empty() || s.contains('@') || s.chars().any(|c| c.is_whitespace() || c.is_control());
    if odd(user) || odd(host) || account.email.len() > 254 {
        wrong("email", "is not an e-mail address, such as kim@example.com");
    }
    if draft.next.accounts.by_email(&account.email).is_some_and(|other| other.id != account.id) {
        wrong("email", "is the address of another account");
    }
    if account.name.is_empty()
        || account.name.chars().count() > 200
        || account.name.chars().any(char::is_control)
    {
        wrong("name", "must be 1 to 200 characters on one line");
    }
    if account.roles.is_empty() {
        wrong("roles", "must hold at least one role");
    }
    if let Some(person) = account.person {
        if draft.next.isms.get(person).is_none() {
            wrong("person", "refers to a person who does not exist");
        }
        if draft.next.accounts.iter().any(|other| other.id != account.id && other.person == Some(person)) {
            wrong("person", "has another account already");
        }
    }
    if problems.is_empty() { Ok(account) } else { Err(Refusal::Invalid(problems)) }
}

/// Segregation of duties is a matter of persons, so an account that has been used stands for one person for ever: the link
/// can be taken away and given back, and another person gets another account.
fn stands_for_one(old: &Account, account: &mut Account) -> Result<(), Refusal> {
    let used = old.password_set_at.is_some();
    let first = old.person.filter(|_| used).or(old.stood_for);
    if let (Some(first), Some(person)) = (first, account.person)
        && first != person
    {
        let why = format!("cannot be another one: the account has been used by {first}; make a new account");
        return Err(Refusal::invalid("person", why));
    }
    account.stood_for = first.filter(|_| account.person.is_none());
    Ok(())
}

/// Refuses to shut out the last administrator.
fn keeps_administrator(accounts: &Accounts, changed: &Account) -> Result<(), Refusal> {
    let was = accounts.get(&changed.id).is_some_and(|a| a.acts_as(Role::Administrator));
    let others = accounts.iter().any(|a| a.id != changed.id && a.acts_as(Role::Administrator));
    if was && !others && !changed.acts_as(Role::Administrator) {
        return Err(Refusal::invalid(
            "roles",
            "this is the last administrator: give somebody else that role first",
        ));
    }
    Ok(())
}

/// The plan that sets an account's own password.
fn set_password(
    draft: &Draft,
    at: jiff::Timestamp,
    id: &str,
    hash: String,
    keep: Option<[u8; 32]>,
    command: &str,
) -> Result<Plan, Denied> {
    let old = draft.next.accounts.get(id).filter(|account| !account.disabled).ok_or(Denied::Link)?;
    let account = Account { password_set_at: Some(at), ..old.clone() };
    let sides = vec![
        Side::Password { account: id.to_owned(), hash },
        Side::LinksEnd(Some(id.to_owned())),
        Side::SessionsEnd { account: id.to_owned(), but: keep },
    ];
    Ok(plan(id.to_owned(), Door::Page, command, account, sides))
}

fn plan(actor: String, by: Door, command: &str, account: Account, sides: Vec<Side>) -> Plan {
    Plan {
        actor,
        door: door(by),
        command: command.to_owned(),
        changes: vec![Folded::Account(account.id.clone(), Some(account))],
        ..Plan::beside(sides)
    }
}
