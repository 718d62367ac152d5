//! Accounts, for administrators: who can sign in and with which roles.

mod forms;

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
};
use isms::{Command, Isms, Kind, Problem, Ref, Refusal, access::Role, records::Person};
use serde_json::json;
use store::{Account, AccountChange, AccountError, Accounts, NewAccount};

use self::forms::{Handed, PersonChoice, RoleChoice, Typed};
use super::account::roles_of;
use crate::{
    entry::Entry,
    error::WebError,
    fault::Fault,
    forms::Pairs,
    gate::{Viewer, Writer},
    page::Page,
    parts::{Markup, RecordLink},
    words,
};

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct ListPage {
    page: Page,
    fault: Fault,
    handed: Markup,
    rows: Vec<Row>,
    name: Entry,
    email: Entry,
    roles: RoleChoice,
    person: PersonChoice,
}

struct Row {
    id: String,
    name: String,
    email: String,
    roles: String,
    person: Option<RecordLink>,
    state: &'static str,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "accounts/one.html")]
struct OnePage {
    page: Page,
    fault: Fault,
    handed: Markup,
    id: String,
    name: String,
    state: &'static str,
    tone: &'static str,
    name_entry: Entry,
    email: Entry,
    roles: RoleChoice,
    person: PersonChoice,
    created: String,
    password_set: String,
    has_password: bool,
    disabled: bool,
    keep: Option<String>,
}

/// Whether an account can be used, and how that is drawn.
fn state(account: &Account) -> (&'static str, &'static str) {
    match (account.disabled, account.password_set_at) {
        (true, _) => ("Shut out", "over"),
        (false, None) => ("Invited", "draft"),
        (false, Some(_)) => ("Active", "settled"),
    }
}

fn list_page(viewer: &Viewer, typed: &Typed, fault: Fault, handed: Markup) -> Result<Response, WebError> {
    let accounts = viewer.app.org.accounts();
    // A person may just have been added with an account: what stands now, not when the request began.
    let isms = viewer.app.org.snapshot();
    let mut rows: Vec<Row> = accounts
        .iter()
        .map(|account| {
            let (state, tone) = state(account);
            Row {
                id: account.id.clone(),
                name: account.name.clone(),
                email: account.email.clone(),
                roles: roles_of(account),
                person: account.person.map(|p| RecordLink::new(&isms, &viewer.base, p.id())),
                state,
                tone,
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.state == "Shut out", row.name.to_lowercase()));
    let page = ListPage {
        page: Page::new(viewer, "Accounts"),
        handed,
        rows,
        name: Entry::text("name", "Name", &typed.name, &fault).complete("off"),
        email: Entry::mail("email", "E-mail", &typed.email, &fault).complete("off"),
        roles: RoleChoice::new(&typed.roles, &fault),
        person: PersonChoice::new(&isms, &accounts, &typed.person, None, &fault),
        fault,
    };
    Ok((page.fault.status(), Html(page.render()?)).into_response())
}

fn one_page(
    viewer: &Viewer,
    account: &Account,
    typed: &Typed,
    fault: Fault,
    handed: Markup,
) -> Result<Response, WebError> {
    let zone = viewer.isms.timezone();
    let accounts = viewer.app.org.accounts();
    let (state, tone) = state(account);
    let page = OnePage {
        page: Page::new(viewer, account.name.clone()),
        handed,
        id: account.id.clone(),
        name: account.name.clone(),
        state,
        tone,
        name_entry: Entry::text("name", "Name", &typed.name, &fault).complete("off"),
        email: Entry::mail("email", "E-mail", &typed.email, &fault).complete("off"),
        roles: RoleChoice::new(&typed.roles, &fault),
        person: PersonChoice::new(&viewer.isms, &accounts, &typed.person, Some(account), &fault),
        created: words::time(account.created_at, zone),
        password_set: account.password_set_at.map_or_else(String::new, |at| words::time(at, zone)),
        has_password: account.password_set_at.is_some(),
        disabled: account.disabled,
        keep: last_administrator(&accounts, account).then(|| LAST.to_owned()),
        fault,
    };
    Ok((page.fault.status(), Html(page.render()?)).into_response())
}

const LAST: &str =
    "This is the last administrator who can sign in. Make somebody else an administrator first.";

/// Whether nobody else could manage accounts without this one.
fn last_administrator(accounts: &Accounts, account: &Account) -> bool {
    let acts = |a: &Account| a.acts_as(Role::Administrator) && a.password_set_at.is_some();
    acts(account) && !accounts.iter().any(|a| a.id != account.id && acts(a))
}

/// The list.
pub(crate) async fn list(viewer: Viewer) -> Result<Response, WebError> {
    list_page(&viewer, &Typed::invitation(), Fault::default(), Markup::default())
}

/// One account.
pub(crate) async fn show(viewer: Viewer, Path(id): Path<String>) -> Result<Response, WebError> {
    let account = find(&viewer, &id)?;
    one_page(&viewer, &account, &Typed::of(&account), Fault::default(), Markup::default())
}

fn find(viewer: &Viewer, id: &str) -> Result<Account, WebError> {
    let found = viewer.app.org.accounts().get(id).cloned();
    found.ok_or_else(|| WebError::NotFound("There is no such account.".to_owned()))
}

/// Makes an account, and the person behind it if asked, and shows the link to hand over.
pub(crate) async fn invite(writer: Writer, headers: HeaderMap, pairs: Pairs) -> Result<Response, WebError> {
    let typed = Typed::read(&pairs)?;
    match make(&writer, &typed).await {
        Ok((account, token)) => {
            let handed = hand_over(&headers, &account, &token)?;
            list_page(&writer.viewer, &Typed::invitation(), Fault::default(), handed)
        }
        Err(error) => list_page(&writer.viewer, &typed, Fault::of(error)?, Markup::default()),
    }
}

async fn make(writer: &Writer, typed: &Typed) -> Result<(Account, String), WebError> {
    let viewer = &writer.viewer;
    let org = &viewer.app.org;
    let mut problems = typed.check();
    if org.accounts().by_email(&typed.email).is_some() {
        problems.push(Problem::new("email", "has an account already"));
    }
    if !problems.is_empty() {
        return Err(WebError::Invalid(problems));
    }
    let person = match typed.person.as_str() {
        "new" => Some(add_person(writer, &typed.name).await?),
        other => chosen_person(&viewer.isms, other)?,
    };
    let new = NewAccount {
        email: typed.email.clone(),
        name: typed.name.clone(),
        roles: typed.roles.clone(),
        person,
    };
    let account = org.create_account(&viewer.actor, new, None).await.map_err(refused)?;
    let token = org.link_token(&viewer.actor, &account.id).await.map_err(refused)?;
    Ok((account, token))
}

async fn add_person(writer: &Writer, name: &str) -> Result<Ref<Person>, WebError> {
    let fields = [("name", json!(name)), ("in_scope", json!(true))];
    let outcome = writer.execute(Command::create(Kind::Person, fields)).await?;
    let made = outcome.created.first().and_then(|id| (*id).try_into().ok());
    made.ok_or_else(|| WebError::internal("a person was made and is not there"))
}

fn chosen_person(isms: &Isms, text: &str) -> Result<Option<Ref<Person>>, WebError> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text.parse::<isms::Id>().ok().and_then(|id| Ref::<Person>::try_from(id).ok());
    match id.filter(|id| isms.get(*id).is_some()) {
        Some(person) => Ok(Some(person)),
        None => Err(WebError::invalid("person", "is not in the list of people")),
    }
}

fn refused(error: AccountError) -> WebError {
    match error {
        AccountError::Refused(refusal) => WebError::Refused(refusal),
        AccountError::Link => WebError::NotFound("There is no such account.".to_owned()),
        AccountError::Wrong => WebError::Forbidden("The password is not right.".to_owned()),
        error @ (AccountError::Failed(_) | AccountError::Throttled { .. }) => {
            WebError::Unavailable(error.to_string())
        }
    }
}

/// The link as the administrator hands it over, on the address under which this server was reached.
fn hand_over(headers: &HeaderMap, account: &Account, token: &str) -> Result<Markup, WebError> {
    let text = |name| headers.get(name).and_then(|v: &header::HeaderValue| v.to_str().ok());
    let origin = match (text(header::ORIGIN).filter(|o| o.starts_with("http")), text(header::HOST)) {
        (Some(origin), _) => origin.to_owned(),
        (None, Some(host)) => format!("http://{host}"),
        (None, None) => String::new(),
    };
    let link = format!("{origin}/invitation?token={}", urlencoding::encode(token));
    Ok(Markup::of(&Handed { name: account.name.clone(), link })?)
}

/// Changes an account: what, the field `action` says.
pub(crate) async fn change(
    writer: Writer,
    Path(id): Path<String>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let org = &viewer.app.org;
    let account = find(viewer, &id)?;
    let typed = Typed::read(&pairs)?;
    let path = format!("/accounts/{id}");
    let update = async |change: AccountChange| {
        keeps_an_administrator(&org.accounts(), &account, &change)?;
        org.update_account(&viewer.actor, &id, change).await.map_err(refused)
    };
    let done = match typed.action.as_str() {
        "change" => match saved(viewer, &account, &typed) {
            Ok(change) => update(change).await.map(|_| writer.done(&path, "Saved.")),
            Err(error) => Err(error),
        },
        "disable" => {
            let change = AccountChange { disabled: Some(true), ..AccountChange::default() };
            update(change)
                .await
                .map(|_| writer.done(&path, "The account is shut out; its sessions have ended."))
        }
        "enable" => {
            let change = AccountChange { disabled: Some(false), ..AccountChange::default() };
            update(change).await.map(|_| writer.done(&path, "The account may sign in again."))
        }
        "link" => {
            let token = org.link_token(&viewer.actor, &id).await.map_err(refused)?;
            let handed = hand_over(&headers, &account, &token)?;
            return one_page(viewer, &account, &Typed::of(&account), Fault::default(), handed);
        }
        "end-sessions" => {
            org.end_sessions(&id).await.map_err(|error| WebError::Unavailable(error.to_string()))?;
            Ok(writer.done(&path, "All sessions of the account have ended."))
        }
        _ => Err(WebError::invalid("", "nothing that can be done with an account was named")),
    };
    done.or_else(|error| {
        let typed = if typed.action == "change" { typed } else { Typed::of(&account) };
        one_page(viewer, &account, &typed, Fault::of(error)?, Markup::default())
    })
}

/// What the form changes.
fn saved(viewer: &Viewer, account: &Account, typed: &Typed) -> Result<AccountChange, WebError> {
    let mut problems = typed.check();
    if viewer.app.org.accounts().by_email(&typed.email).is_some_and(|other| other.id != account.id) {
        problems.push(Problem::new("email", "belongs to another account"));
    }
    if !problems.is_empty() {
        return Err(WebError::Invalid(problems));
    }
    Ok(AccountChange {
        name: Some(typed.name.clone()),
        email: Some(typed.email.clone()),
        roles: Some(typed.roles.clone()),
        person: Some(chosen_person(&viewer.isms, &typed.person)?),
        disabled: None,
    })
}

/// Refuses a change after which nobody could manage accounts.
fn keeps_an_administrator(
    accounts: &Accounts,
    account: &Account,
    change: &AccountChange,
) -> Result<(), WebError> {
    let loses = change.disabled == Some(true)
        || change.roles.as_ref().is_some_and(|roles| !roles.contains(&Role::Administrator));
    if loses && last_administrator(accounts, account) {
        return Err(WebError::Refused(Refusal::invalid("roles", LAST)));
    }
    Ok(())
}
