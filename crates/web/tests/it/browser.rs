//! A small browser over a real store in a temporary directory: keeps cookies, sends forms, moves the clock.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use isms::{
    Command, Id, Kind,
    access::{Actor, Role},
};
use jiff::Timestamp;
use serde_json::Value;
use store::{NewAccount, OpenMode, Options, Org, Store};
use tower::ServiceExt;

/// The password of every account.
pub(crate) const PASSWORD: &str = "otter candle gravel Tuesday";

/// An installation.
pub(crate) struct Site {
    _dir: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) org: Org,
    clock: Arc<AtomicI64>,
    router: Router,
}

impl Site {
    /// An empty installation on 1 March 2026, noon in UTC.
    pub(crate) async fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let clock = Arc::new(AtomicI64::new(start.as_millisecond()));
        let hand = clock.clone();
        let options = Options {
            clock: Arc::new(move || Timestamp::from_millisecond(hand.load(Ordering::Relaxed)).unwrap()),
            entropy: store::Entropy::seeded(7),
            ..Options::default()
        };
        let store = Store::open(dir.path().join("data"), OpenMode::Write, options).await.unwrap();
        let org = store.org().unwrap();
        let app = web::App::new(store.clone(), web::Config::default()).unwrap();
        Self { _dir: dir, org, store, clock, router: web::router(app) }
    }

    /// Lets everybody come through a trusted proxy, at which TLS ends.
    pub(crate) fn behind_a_proxy(&mut self) {
        let config = web::Config { trusted_proxy: Some([192, 0, 2, 1].into()), ..web::Config::default() };
        self.router = web::router(web::App::new(self.store.clone(), config).unwrap());
    }

    /// An installation with one account of each of these roles, each with a person of the same name.
    pub(crate) async fn with(roles: &[(&str, &[Role])]) -> Self {
        let site = Self::empty().await;
        for (name, roles) in roles {
            site.account(name, roles).await;
        }
        site
    }

    /// Makes an account with a person: `ada` signs in as `ada@example.org`.
    pub(crate) async fn account(&self, name: &str, roles: &[Role]) -> store::Account {
        let person = self.make(Kind::Person, &[("name", name.into()), ("in_scope", true.into())]).await;
        let new = NewAccount {
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            roles: roles.to_vec(),
            person: Some(person.try_into().unwrap()),
        };
        let mut operator = Actor::operator();
        operator.roles.push(Role::Administrator);
        self.org.create_account(&operator, new, Some(PASSWORD)).await.unwrap()
    }

    /// Makes a record.
    pub(crate) async fn make(&self, kind: Kind, fields: &[(&'static str, Value)]) -> Id {
        let command = Command::create(kind, fields.iter().cloned());
        self.org.execute(Actor::operator(), command).await.unwrap().created[0]
    }

    /// Moves the clock on.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    /// A browser that has never been here.
    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new(), from: ([192, 0, 2, 1], 4000).into() }
    }

    /// A browser in which somebody is signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let email = format!("{name}@example.org");
        let answer = browser.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) from: SocketAddr,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// A header as text; empty if it is not there.
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.header(header::LOCATION)
    }

    /// The `Set-Cookie` header of a cookie.
    pub(crate) fn set_cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        all.into_iter().find(|c| c.starts_with(&format!("{name}=")))
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(
            path,
            fields,
            &[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8080")],
        )
        .await
    }

    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let pairs = fields.iter().map(|(n, v)| format!("{n}={}", urlencoding::encode(v)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let jar = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        if !jar.is_empty() {
            request.headers_mut().insert(header::COOKIE, jar.parse().unwrap());
        }
        request.headers_mut().entry(header::HOST).or_insert("127.0.0.1:8080".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(self.from));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        for set in parts.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()) {
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}
