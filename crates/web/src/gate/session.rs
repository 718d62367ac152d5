//! Beginning and ending a session.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
    response::Response,
};

use super::{go, session_cookie, session_token};
use crate::App;

/// How long browsers keep the cookie, in seconds. When a session ends is for the store to say: after a time without
/// use, and at the latest after a week.
const COOKIE_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Whom the throttle counts: the address of the peer. What a proxy says of others is not believed.
pub(crate) struct Address(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string())))
    }
}

/// Sends the browser on with a new session. The one it came with ends: a token that was known before signing in, to
/// whomever, is worth nothing afterwards.
pub(crate) async fn begin(app: &App, headers: &HeaderMap, token: &str, to: &str, flash: &str) -> Response {
    if let Some(old) = session_token(headers)
        && let Err(error) = app.org.sign_out(&old).await
    {
        tracing::warn!(%error, "an old session could not be ended");
    }
    let mut response = go(to, flash, app.config.secure_cookies);
    if let Some(cookie) = session_cookie(token, app.config.secure_cookies, COOKIE_SECONDS) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
