//! Beginning and ending a session.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

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

/// Whom the throttle counts: the address of the peer. What a proxy says of others is believed only of the one that is
/// trusted.
pub(crate) struct Address(pub(crate) String);

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let proxied = peer.is_some() && peer == app.config.trusted_proxy;
        let address = if proxied { forwarded(&parts.headers).or(peer) } else { peer };
        Ok(Self(address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())))
    }
}

/// The address that the nearest proxy added: the last one. What stands before it anybody may have sent.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// Sends the browser on with a new session. The one it came with ends: a token that was known before signing in, to
/// whomever, is worth nothing afterwards.
pub(crate) async fn begin(app: &App, headers: &HeaderMap, token: &str, to: &str, flash: &str) -> Response {
    if let Some(old) = session_token(headers, &app.config)
        && let Err(error) = app.org.sign_out(&old).await
    {
        tracing::warn!(%error, "an old session could not be ended");
    }
    let mut response = go(to, flash, app.config.secure_cookies);
    if let Some(cookie) = session_cookie(token, &app.config, COOKIE_SECONDS) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_proxy_has_the_last_word() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                let _ = headers.append("x-forwarded-for", line.parse().unwrap());
            }
            forwarded(&headers).map(|address| address.to_string())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(of(&["198.51.100.1, 203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(of(&["203.0.113.9", "2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(of(&["203.0.113.9, somebody"]), None);
    }
}
