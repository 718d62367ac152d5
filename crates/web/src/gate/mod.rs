//! The one gate. Every route states whom it lets in ([`Access`]); the gate finds out who asks, decides, and only then
//! hands the handler a [`Viewer`] (a snapshot to read) or a [`Writer`] (a way to give commands). There is no other way
//! to either.

mod cookie;
mod local;
mod origin;
mod session;
mod viewer;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use isms::{
    Id, Kind,
    access::{Ability, Action, Actor, Door},
    rules::{Sight, tells_of_people},
};

pub(crate) use cookie::{
    clear_session, note_visit, session_cookie, session_token, take_flash, visit_noted, with_flash,
};
pub(crate) use local::{back_to, local_path};
pub(crate) use session::{Address, begin};
pub(crate) use viewer::{Viewer, Writer, forget_flash, go, ledger_begins};

use crate::{App, asof::AskedDate, error::WebError};

/// Whom a route lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: sign-in, set-up, styles, health.
    Public,
    /// Anybody signed in.
    SignedIn,
    /// Whose roles allow an action on the kind that the path names (`{kind}`).
    OnKind(Action),
    /// Whose roles allow an action on a fixed kind.
    On(Kind, Action),
    /// Whose roles have an ability.
    Can(Ability),
}

/// Who asks, as the gate found out.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) account: Arc<store::Account>,
    pub(crate) actor: Actor,
    pub(crate) session: String,
}

/// What the gate needs to know of a route.
#[derive(Clone)]
pub(crate) struct GateState {
    pub(crate) app: App,
    pub(crate) access: Access,
    pub(crate) api: bool,
}

/// Lets a request through to its handler, or answers in its place.
pub(crate) async fn gate(State(state): State<GateState>, mut request: Request, next: Next) -> Response {
    let answer = |error: WebError| if state.api { error.json() } else { error.into_response() };
    if let Err(error) = origin::check(&request) {
        return answer(error);
    }
    if let Some(asked) = request.extensions().get::<AskedDate>()
        && !matches!(*request.method(), Method::GET | Method::HEAD)
    {
        return answer(WebError::OtherDay(asked.0));
    }
    if state.access == Access::Public {
        return next.run(request).await;
    }
    let caller = match caller(&state, &request) {
        Ok(caller) => caller,
        Err(error) => return answer(error),
    };
    let path = request.uri().path();
    if let Err(error) = admit(&state, &caller.actor, path).and_then(|()| known(&state, &caller.actor, path)) {
        return answer(error);
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn caller(state: &GateState, request: &Request) -> Result<Caller, WebError> {
    let sign_in = || {
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let day =
            request.extensions().get::<AskedDate>().map_or_else(String::new, |d| format!("/at/{}", d.0));
        let back = if *request.method() == Method::GET { format!("{day}{path}") } else { "/".to_owned() };
        WebError::SignIn { back: back_to(&back).to_owned() }
    };
    let token = session_token(request.headers(), &state.app.config).ok_or_else(sign_in)?;
    let account = state.app.org.session(&token).ok_or_else(sign_in)?.account;
    let actor = account.actor(if state.api { Door::Api } else { Door::Page });
    Ok(Caller { account: Arc::new(account), actor, session: token })
}

/// Whether an actor may pass; the reason if not.
fn admit(state: &GateState, actor: &Actor, path: &str) -> Result<(), WebError> {
    let access = state.access;
    let allowed = match access {
        Access::Public | Access::SignedIn => true,
        Access::On(kind, action) => actor.may(action, kind),
        Access::Can(ability) => actor.can(ability),
        Access::OnKind(action) => match segments(state, path).next().and_then(Kind::by_name) {
            Some(kind) => actor.may(action, kind),
            None => return Err(WebError::NotFound("There is no such page.".to_owned())),
        },
    };
    if allowed {
        Ok(())
    } else {
        Err(WebError::Forbidden(format!("This needs another role: {}.", needs(access))))
    }
}

/// The segments of a path about records: kind, id and more.
fn segments<'p>(state: &GateState, path: &'p str) -> impl Iterator<Item = &'p str> {
    let path = if state.api { path.strip_prefix("/api/v1").unwrap_or_default() } else { path };
    path.split('/').skip(1)
}

/// Whether an actor may see the record that a path names: one that tells of what somebody has or has not done, only if
/// they may know that.
fn known(state: &GateState, actor: &Actor, path: &str) -> Result<(), WebError> {
    let named = segments(state, path).nth(1).and_then(|id| id.parse::<Id>().ok());
    let Some(id) = named.filter(|id| matches!(state.access, Access::OnKind(_)) && tells_of_people(id.kind))
    else {
        return Ok(());
    };
    let isms = state.app.org.snapshot();
    if Sight::of(&isms, actor, state.app.org.now().today).sees(&isms, id) {
        return Ok(());
    }
    Err(WebError::Forbidden(
        "What somebody has acknowledged, learnt or can do is shown to themselves, their line manager, human resources, internal auditors and the ISMS manager.".to_owned(),
    ))
}

fn needs(access: Access) -> String {
    use isms::access::{Role, role_can, role_may};
    let roles: Vec<&str> = match access {
        Access::Can(ability) => {
            Role::ALL.into_iter().filter(|r| role_can(*r, ability)).map(Role::label).collect()
        }
        Access::On(kind, action) => {
            Role::ALL.into_iter().filter(|r| role_may(*r, action, kind)).map(Role::label).collect()
        }
        _ => vec!["one that may write here"],
    };
    roles.join(" or ")
}
