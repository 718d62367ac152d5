//! A one-time link, handed over by an administrator: whoever opens it chooses the password of the account.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};
use store::{Account, AccountError, SignInError};

use super::{setup::ClosedPage, sign_in::organisation};
use crate::{
    App,
    entry::Entry,
    error::WebError,
    fault::{Fault, query},
    forms::Pairs,
    gate::{Address, begin, go},
};

#[derive(Template)]
#[template(path = "session/invitation.html")]
struct InvitationPage {
    organisation: String,
    fault: Fault,
    token: String,
    name: String,
    email: String,
    password: Entry,
}

fn closed() -> Result<Response, WebError> {
    let page = ClosedPage {
        title: "This link has ended",
        sentence: "A link works once and for seven days, and a newer one replaces it. Ask an administrator for a new one.",
    };
    Ok((StatusCode::GONE, Html(page.render()?)).into_response())
}

fn draw(app: &App, account: &Account, token: &str, fault: Fault) -> Result<Response, WebError> {
    let page = InvitationPage {
        organisation: organisation(app),
        token: token.to_owned(),
        name: account.name.clone(),
        email: account.email.clone(),
        password: Entry::new_password("password", "Password", &fault).focus(),
        fault,
    };
    let status = page.fault.status();
    Ok((status, Html(page.render()?)).into_response())
}

/// The form.
pub(crate) async fn form(State(app): State<App>, RawQuery(asked): RawQuery) -> Result<Response, WebError> {
    let asked = query(asked)?;
    let token = asked.text("token");
    match app.org.link(token) {
        Some(account) => draw(&app, &account, token, Fault::default()),
        None => closed(),
    }
}

/// Sets the password, and signs in.
pub(crate) async fn submit(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let (token, password) = (pairs.text("token"), pairs.get("password").unwrap_or_default());
    let Some(account) = app.org.link(token) else { return closed() };
    match app.org.accept_link(token, password).await {
        Ok(_) => {}
        Err(AccountError::Link | AccountError::Wrong) => return closed(),
        Err(AccountError::Refused(refusal)) => {
            return draw(&app, &account, token, Fault::of(WebError::Refused(refusal))?);
        }
        Err(error @ (AccountError::Failed(_) | AccountError::Throttled { .. })) => {
            return Err(WebError::Unavailable(error.to_string()));
        }
    }
    match app.org.sign_in(&account.email, password, &address).await {
        Ok(signed_in) => Ok(begin(&app, &headers, &signed_in.token, "/", "Your password is set.").await),
        Err(SignInError::Failed(error)) => Err(WebError::Unavailable(error.to_string())),
        // Throttled because of attempts before: the new password is set all the same.
        Err(_) => Ok(go("/sign-in", "Your password is set. Sign in with it.", app.config.secure_cookies)),
    }
}
