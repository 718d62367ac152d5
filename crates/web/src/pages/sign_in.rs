//! Signing in and out. Whether an address has an account cannot be told from the answers.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use isms::records::OrgProfile;
use store::SignInError;

use crate::{
    App,
    entry::Entry,
    error::WebError,
    fault::{Fault, query},
    forms::Pairs,
    gate::{Address, back_to, begin, clear_session, go, session_token, take_flash},
};

#[derive(Template)]
#[template(path = "session/sign_in.html")]
struct SignInPage {
    organisation: String,
    flash: Option<String>,
    message: Option<String>,
    nobody: bool,
    not_kept: bool,
    back: String,
    email: Entry,
    password: Entry,
}

/// What was typed, and where to go afterwards.
struct Typed {
    email: String,
    password: String,
    back: String,
}

impl Typed {
    fn read(pairs: &Pairs) -> Self {
        let password = pairs.get("password").unwrap_or_default().to_owned();
        Self { email: pairs.text("email").to_owned(), password, back: pairs.text("back").to_owned() }
    }
}

/// Name of the organisation, for pages of people who are not signed in; empty until there is one.
pub(super) fn organisation(app: &App) -> String {
    app.org.snapshot().single::<OrgProfile>().map_or_else(String::new, |o| o.name.to_string())
}

fn draw(
    app: &App,
    headers: &HeaderMap,
    typed: &Typed,
    message: Option<String>,
) -> Result<Html<String>, WebError> {
    let none = Fault::default();
    let page = SignInPage {
        organisation: organisation(app),
        flash: take_flash(headers),
        message,
        nobody: app.org.accounts().is_empty(),
        not_kept: not_kept(app, headers),
        back: back_to(&typed.back).to_owned(),
        email: Entry::mail("email", "E-mail", &typed.email, &none).focus(),
        password: Entry::password("password", "Password", &none),
    };
    Ok(Html(page.render()?))
}

/// Whether the browser was just signed in and came back without its cookie: over plain HTTP from another machine
/// browsers do not keep a cookie that is marked secure, and nothing would say why.
fn not_kept(app: &App, headers: &HeaderMap) -> bool {
    let from = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path = from.split('/').nth(3).and_then(|p| p.split('?').next());
    app.config.secure_cookies
        && session_token(headers, &app.config).is_none()
        && path == Some("sign-in")
        && take_flash(headers).is_none()
}

/// The form; who is signed in already is sent on.
pub(crate) async fn form(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(asked): RawQuery,
) -> Result<Response, WebError> {
    let typed =
        Typed { email: String::new(), password: String::new(), back: query(asked)?.text("back").to_owned() };
    if session_token(&headers, &app.config).is_some_and(|t| app.org.session(&t).is_some()) {
        return Ok(Redirect::to(back_to(&typed.back)).into_response());
    }
    Ok(draw(&app, &headers, &typed, None)?.into_response())
}

/// Signs in.
pub(crate) async fn submit(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Response, WebError> {
    let typed = Typed::read(&pairs);
    match app.org.sign_in(&typed.email, &typed.password, &address).await {
        Ok(signed_in) => Ok(begin(&app, &headers, &signed_in.token, back_to(&typed.back), "").await),
        Err(SignInError::Wrong) => {
            let message = "E-mail and password do not match an account.".to_owned();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, draw(&app, &headers, &typed, Some(message))?)
                .into_response())
        }
        Err(SignInError::Throttled { seconds }) => {
            let seconds = seconds.max(1);
            let unit = if seconds == 1 { "second" } else { "seconds" };
            let message = format!("There were too many attempts. Try again in {seconds} {unit}.");
            let page = draw(&app, &headers, &typed, Some(message))?;
            let wait = HeaderValue::from(seconds);
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, wait)], page).into_response())
        }
        Err(SignInError::Failed(error)) => Err(WebError::Unavailable(error.to_string())),
    }
}

/// Signs out: the session ends on the server, whatever the browser keeps.
pub(crate) async fn out(State(app): State<App>, headers: HeaderMap) -> Result<Response, WebError> {
    if let Some(token) = session_token(&headers, &app.config) {
        app.org.sign_out(&token).await.map_err(|error| WebError::Unavailable(error.to_string()))?;
    }
    let mut response = go("/sign-in", "You are signed out.", app.config.secure_cookies);
    if let Some(cookie) = clear_session(&app.config) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
