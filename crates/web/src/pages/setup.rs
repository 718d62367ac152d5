//! First-run set-up: the company and the first account in one go, opened by the one-time link that the server prints.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use isms::{
    Command, Id, Isms, Kind, Problem, Ref,
    access::{Door, Role},
    records::{OrgProfile, Person},
};
use serde_json::{Value, json};
use store::{Account, AccountChange, AccountError, NewAccount, SignInError, WriteError};

use crate::{
    App,
    entry::Entry,
    error::WebError,
    fault::{Fault, query},
    forms::Pairs,
    gate::{Address, begin},
};

#[derive(Template)]
#[template(path = "session/setup.html")]
struct SetupPage {
    fault: Fault,
    token: String,
    company: Entry,
    timezone: Entry,
    name: Entry,
    email: Entry,
    password: Entry,
    top_management: bool,
    zones: Vec<String>,
}

/// A page about a door that is shut.
#[derive(Template)]
#[template(path = "session/closed.html")]
pub(super) struct ClosedPage {
    pub(super) title: &'static str,
    pub(super) sentence: &'static str,
}

/// What was typed.
#[derive(Default)]
struct Typed {
    token: String,
    company: String,
    timezone: String,
    name: String,
    email: String,
    password: String,
    top_management: bool,
}

impl Typed {
    fn read(pairs: &Pairs) -> Self {
        let text = |name: &str| pairs.text(name).to_owned();
        Self {
            token: text("token"),
            company: text("company"),
            timezone: text("timezone"),
            name: text("name"),
            email: text("email"),
            password: pairs.get("password").unwrap_or_default().to_owned(),
            top_management: pairs.text("top_management") == "yes",
        }
    }
}

fn closed(status: StatusCode, title: &'static str, sentence: &'static str) -> Result<Response, WebError> {
    Ok((status, Html(ClosedPage { title, sentence }.render()?)).into_response())
}

fn already() -> Result<Response, WebError> {
    closed(
        StatusCode::GONE,
        "Isthmus is set up",
        "There is an account already, so the set-up link does nothing any more. Sign in, or ask an administrator for an account.",
    )
}

fn no_link() -> Result<Response, WebError> {
    closed(
        StatusCode::FORBIDDEN,
        "The set-up link is needed",
        "Open the one-time link that Isthmus printed when it started. It ends when it was used, and when Isthmus is started again: then use the newest.",
    )
}

fn draw(typed: &Typed, fault: Fault) -> Result<Response, WebError> {
    let status = fault.status();
    let page = SetupPage {
        company: Entry::text("company", "Name", &typed.company, &fault)
            .complete("organization")
            .help("As it stands on documents and on the certificate."),
        timezone: Entry::text("timezone", "Timezone", &typed.timezone, &fault)
            .list("zones")
            .help("Where its days begin and end, such as Europe/Stockholm. Type to choose from the list."),
        name: Entry::text("name", "Your name", &typed.name, &fault).complete("name"),
        email: Entry::mail("email", "E-mail", &typed.email, &fault),
        password: Entry::new_password("password", "Password", &fault).wide(),
        top_management: typed.top_management,
        zones: zones(),
        token: typed.token.clone(),
        fault,
    };
    Ok((status, Html(page.render()?)).into_response())
}

/// The form.
pub(crate) async fn form(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(asked): RawQuery,
) -> Result<Response, WebError> {
    let token = query(asked)?.text("token").to_owned();
    if !app.org.accounts().is_empty() {
        return already();
    }
    if !app.org.setup_token_valid(&token) {
        return no_link();
    }
    let isms = app.org.snapshot();
    let profile = isms.single::<OrgProfile>();
    let zone = profile.map(|o| o.timezone.to_string()).filter(|z| !z.is_empty());
    let typed = Typed {
        token,
        company: profile.map_or_else(String::new, |o| o.name.to_string()),
        timezone: zone.unwrap_or_else(|| usual_zone(&headers).to_owned()),
        ..Typed::default()
    };
    draw(&typed, Fault::default())
}

/// Sets up, and signs in.
pub(crate) async fn submit(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let typed = Typed::read(&pairs);
    if !app.org.accounts().is_empty() {
        return already();
    }
    if !app.org.setup_token_valid(&typed.token) {
        return no_link();
    }
    let problems = check(&typed);
    if !problems.is_empty() {
        return draw(&typed, Fault::problems(&problems));
    }
    let new = NewAccount {
        email: typed.email.clone(),
        name: typed.name.clone(),
        roles: vec![Role::Administrator, Role::IsmsManager],
        person: None,
    };
    // The account first: it takes the token, so that nobody without it can write anything.
    let account = match app.org.set_up(&typed.token, new, &typed.password).await {
        Ok(account) => account,
        Err(AccountError::Link | AccountError::Wrong) => return no_link(),
        Err(AccountError::Refused(refusal)) => return draw(&typed, Fault::of(WebError::Refused(refusal))?),
        Err(error @ (AccountError::Failed(_) | AccountError::Throttled { .. })) => {
            return Err(WebError::Unavailable(error.to_string()));
        }
    };
    let outcome = begin_records(&app, &account, &typed).await;
    let signed_in =
        app.org.sign_in(&account.email, &typed.password, &address).await.map_err(|error| match error {
            SignInError::Failed(error) => WebError::Unavailable(error.to_string()),
            _ => WebError::internal("the account that was just made cannot sign in"),
        })?;
    let flash = match outcome {
        Ok(()) => "Isthmus is set up. This is the path to a certificate: begin with step 1.",
        Err(error) => {
            tracing::error!(%error, "the first records could not be written");
            "Your account is there, but the company could not be saved. Step 1 below shows what is missing."
        }
    };
    Ok(begin(&app, &headers, &signed_in.token, "/path", flash).await)
}

/// Characters in a name at most: as of accounts, which take the least.
const LONGEST: usize = 200;

/// What is wrong with what was typed, as far as the form itself can tell.
fn check(typed: &Typed) -> Vec<Problem> {
    let mut problems = Vec::new();
    let filled = [
        ("company", &typed.company),
        ("timezone", &typed.timezone),
        ("name", &typed.name),
        ("email", &typed.email),
        ("password", &typed.password),
    ];
    for (place, _) in filled.iter().filter(|(_, text)| text.trim().is_empty()) {
        problems.push(Problem::new(*place, "is required"));
    }
    // What does not fit is said before the account is made: afterwards the link is used up.
    for (place, text) in [("company", &typed.company), ("name", &typed.name)] {
        if text.chars().count() > LONGEST {
            problems.push(Problem::new(place, format!("is longer than {LONGEST} characters")));
        }
    }
    let zone = typed.timezone.as_str();
    if !zone.is_empty() && jiff::tz::TimeZone::get(zone).is_err() {
        problems
            .push(Problem::new("timezone", "is not a timezone of the list, such as Europe/Stockholm or UTC"));
    }
    problems
}

/// The organisation, the person behind the account and the controls of Annex A, as one entry of the ledger; then the
/// account is linked to the person.
async fn begin_records(app: &App, account: &Account, typed: &Typed) -> Result<(), WriteError> {
    let actor = account.actor(Door::Page);
    let isms = app.org.snapshot();
    let outcome = app.org.execute(actor.clone(), first_records(&isms, typed)).await?;
    let made = outcome.created.iter().copied().find(|id| id.kind == Kind::Person);
    let named = || namesake(&outcome.isms, &typed.name);
    let person: Option<Ref<Person>> = made.or_else(named).and_then(|id| id.try_into().ok());
    let change = AccountChange { person: Some(person), ..AccountChange::default() };
    if let Err(error) = app.org.update_account(&actor, &account.id, change).await {
        // The administrator can link the person by hand.
        tracing::warn!(?error, "the first account could not be linked to its person");
    }
    Ok(())
}

fn first_records(isms: &Isms, typed: &Typed) -> Command {
    let company =
        [("name", Value::String(typed.company.clone())), ("timezone", Value::String(typed.timezone.clone()))];
    let profile = match isms.single::<OrgProfile>() {
        Some(profile) => Command::update(profile.meta.id, company),
        None => Command::create(Kind::OrgProfile, company),
    };
    let top = typed.top_management;
    // Records may have been loaded before anybody had an account: then the person may be there already.
    let person = match namesake(isms, &typed.name) {
        Some(id) if top => Command::update(id, [("is_top_management", json!(true))]),
        Some(id) => Command::update(id, []),
        None => Command::create(
            Kind::Person,
            [("name", json!(&typed.name)), ("in_scope", json!(true)), ("is_top_management", json!(top))],
        ),
    };
    Command::Batch { name: "set_up".to_owned(), commands: vec![profile, person, Command::SeedControls] }
}

fn namesake(isms: &Isms, name: &str) -> Option<Id> {
    isms.all::<Person>().live().find(|p| *p.name == *name).map(|p| p.meta.id)
}

/// All IANA timezones of cities, and UTC.
fn zones() -> Vec<String> {
    let mut zones: Vec<String> = jiff::tz::db().available().map(|z| z.as_str().to_owned()).collect();
    zones.retain(|z| z == "UTC" || z.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area)));
    zones.sort_unstable();
    zones.dedup();
    zones
}

const AREAS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// The most populous timezone of a language, as a guess for an empty form.
const USUAL: &[(&str, &str)] = &[
    ("en-gb", "Europe/London"),
    ("en-ie", "Europe/Dublin"),
    ("en-au", "Australia/Sydney"),
    ("en-nz", "Pacific/Auckland"),
    ("en-in", "Asia/Kolkata"),
    ("en-us", "America/New_York"),
    ("de-at", "Europe/Vienna"),
    ("de-ch", "Europe/Zurich"),
    ("de", "Europe/Berlin"),
    ("fr", "Europe/Paris"),
    ("es", "Europe/Madrid"),
    ("it", "Europe/Rome"),
    ("nl", "Europe/Amsterdam"),
    ("sv", "Europe/Stockholm"),
    ("da", "Europe/Copenhagen"),
    ("nb", "Europe/Oslo"),
    ("no", "Europe/Oslo"),
    ("fi", "Europe/Helsinki"),
    ("pl", "Europe/Warsaw"),
    ("cs", "Europe/Prague"),
    ("pt-br", "America/Sao_Paulo"),
    ("pt", "Europe/Lisbon"),
    ("ja", "Asia/Tokyo"),
];

/// The timezone of the language that the browser names first; UTC if it is not in the list.
fn usual_zone(headers: &HeaderMap) -> &'static str {
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first = language.split([',', ';']).next().unwrap_or_default().trim().to_lowercase();
    let fits =
        |known: &str| first == known || first.strip_prefix(known).is_some_and(|rest| rest.starts_with('-'));
    USUAL.iter().find(|(known, _)| fits(known)).map_or("UTC", |(_, zone)| zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_the_timezone_from_the_language() {
        for (language, zone) in [
            ("sv-SE,sv;q=0.9", "Europe/Stockholm"),
            ("de-AT", "Europe/Vienna"),
            ("de;q=0.5", "Europe/Berlin"),
            ("en", "UTC"),
            ("den", "UTC"),
            ("", "UTC"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, language.parse().unwrap());
            assert_eq!(usual_zone(&headers), zone, "{language}");
        }
    }

    #[test]
    fn every_zone_on_offer_is_one() {
        let zones = zones();
        assert!(zones.len() > 300 && zones.contains(&"Europe/Stockholm".to_owned()));
        for zone in zones.iter().map(String::as_str).chain(USUAL.iter().map(|(_, zone)| *zone)) {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
    }
}
