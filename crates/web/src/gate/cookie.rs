//! Cookies: the session, and the one sentence that the next page shows.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::Config;

const SESSION: &str = "isthmus_session";
/// The session where browsers come by TLS: with this prefix they take the cookie from nobody but this very host, by TLS.
const HOST_SESSION: &str = "__Host-isthmus_session";
const FLASH: &str = "isthmus_flash";
const VISIT: &str = "isthmus_visit";

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value)
}

/// What the session's cookie is called. Browsers differ in whether they take the prefix over plain HTTP from this
/// machine, so it is for installations behind a proxy, where TLS ends.
fn session_name(config: &Config) -> &'static str {
    if config.secure_cookies && config.trusted_proxy.is_some() { HOST_SESSION } else { SESSION }
}

/// The session token a request carries.
pub(crate) fn session_token(headers: &HeaderMap, config: &Config) -> Option<String> {
    cookie(headers, session_name(config)).filter(|t| !t.is_empty()).map(str::to_owned)
}

/// The header that sets a session.
pub(crate) fn session_cookie(token: &str, config: &Config, max_age_seconds: i64) -> Option<HeaderValue> {
    set(session_name(config), token, config.secure_cookies, max_age_seconds)
}

/// The header that ends a session.
pub(crate) fn clear_session(config: &Config) -> Option<HeaderValue> {
    set(session_name(config), "", config.secure_cookies, 0)
}

/// The sentence left by the request before.
pub(crate) fn take_flash(headers: &HeaderMap) -> Option<String> {
    let text = urlencoding::decode(cookie(headers, FLASH)?).ok()?.into_owned();
    (!text.is_empty() && text.chars().count() <= 300).then_some(text)
}

/// The header that leaves a sentence for the next page; an empty one takes it away.
pub(crate) fn with_flash(text: &str, secure: bool) -> Option<HeaderValue> {
    let age = if text.is_empty() { 0 } else { 20 };
    set(FLASH, &urlencoding::encode(text), secure, age)
}

/// What this browser noted of the visits to Today.
pub(crate) fn visit_noted(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, VISIT)
}

/// The header that notes a visit to Today. The note is made of digits and letters.
pub(crate) fn note_visit(note: &str, secure: bool) -> Option<HeaderValue> {
    set(VISIT, note, secure, 400 * 24 * 60 * 60)
}

fn set(name: &str, value: &str, secure: bool, max_age: i64) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}"
    ))
    .ok()
}
