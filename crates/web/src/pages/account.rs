//! My account: who I am here, my password, my sessions.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use isms::Problem;
use store::AccountError;

use crate::{
    entry::Entry,
    error::WebError,
    fault::Fault,
    forms::Pairs,
    gate::{Viewer, Writer, clear_session, go},
    page::Page,
    parts::RecordLink,
    words,
};

#[derive(Template)]
#[template(path = "accounts/mine.html")]
struct MyAccount {
    page: Page,
    fault: Fault,
    name: String,
    email: String,
    roles: String,
    person: Option<RecordLink>,
    password_set: String,
    signed_in: String,
    old: Entry,
    new: Entry,
}

/// The roles of an account as people read them.
pub(super) fn roles_of(account: &store::Account) -> String {
    account.roles.iter().map(|r| r.label()).collect::<Vec<_>>().join(", ")
}

fn draw(viewer: &Viewer, fault: Fault) -> Result<Response, WebError> {
    let account = &viewer.account;
    let zone = viewer.isms.timezone();
    let session = viewer.app.org.session(&viewer.session);
    let page = MyAccount {
        page: Page::new(viewer, "My account"),
        name: account.name.clone(),
        email: account.email.clone(),
        roles: roles_of(account),
        person: account.person.map(|p| RecordLink::new(&viewer.isms, &viewer.base, p.id())),
        password_set: account.password_set_at.map_or_else(String::new, |at| words::time(at, zone)),
        signed_in: session.map_or_else(String::new, |s| words::time(s.created_at, zone)),
        old: Entry::password("old", "Password now", &fault),
        new: Entry::new_password("new", "New password", &fault),
        fault,
    };
    Ok((page.fault.status(), Html(page.render()?)).into_response())
}

/// The page.
pub(crate) async fn mine(viewer: Viewer) -> Result<Response, WebError> {
    draw(&viewer, Fault::default())
}

/// Changes the password.
pub(crate) async fn password(writer: Writer, pairs: Pairs) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let text = |name: &str| pairs.get(name).unwrap_or_default();
    let org = &viewer.app.org;
    let changed =
        org.change_password(&viewer.account.id, text("old"), text("new"), Some(&viewer.session)).await;
    let wrong = |place: &str, message: &str| draw(viewer, Fault::problems(&[Problem::new(place, message)]));
    match changed {
        Ok(_) => Ok(writer.done("/account", "The password is changed. Your other sessions have ended.")),
        Err(AccountError::Wrong | AccountError::Link) => wrong("old", "is not your password"),
        Err(AccountError::Refused(isms::Refusal::Invalid(problems))) => {
            // The store speaks of the one password it is asked to keep.
            let problems: Vec<_> = problems.into_iter().map(|p| Problem::new("new", p.message)).collect();
            draw(viewer, Fault::problems(&problems))
        }
        Err(AccountError::Refused(refusal)) => draw(viewer, Fault::of(WebError::Refused(refusal))?),
        Err(AccountError::Throttled { seconds }) => {
            let seconds = seconds.max(1);
            let wait = isms::words::counted(seconds, "second", "seconds");
            let why = format!("The present password was wrong too often. Try again in {wait}.");
            let page = draw(viewer, Fault::of(WebError::Limit(StatusCode::TOO_MANY_REQUESTS, why))?)?;
            Ok(([(header::RETRY_AFTER, HeaderValue::from(seconds))], page).into_response())
        }
        Err(AccountError::Failed(error)) => Err(WebError::Unavailable(error.to_string())),
    }
}

/// Ends all sessions of the account, this one too.
pub(crate) async fn end_sessions(writer: Writer) -> Result<Response, WebError> {
    let viewer = &writer.viewer;
    let ended = viewer.app.org.end_sessions(&viewer.account.id).await;
    ended.map_err(|error| WebError::Unavailable(error.to_string()))?;
    let mut response = go("/sign-in", "You are signed out everywhere.", viewer.app.config.secure_cookies);
    if let Some(cookie) = clear_session(&viewer.app.config) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
