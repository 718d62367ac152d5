//! What a handler is given once the gate has let its caller in.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use isms::{Command, Date, Isms, access::Actor};

use super::{Caller, local_path, take_flash, with_flash};
use crate::{App, asof::AskedDate, error::WebError};

/// Somebody who may read: the one snapshot the caller may see, and the day to show it on.
pub(crate) struct Viewer {
    pub(crate) app: App,
    pub(crate) account: Arc<store::Account>,
    pub(crate) actor: Actor,
    pub(crate) session: String,
    /// The records: as they stand, or as they stood at the end of the day asked for.
    pub(crate) isms: Arc<Isms>,
    /// The real today of the organisation.
    pub(crate) today: Date,
    /// The day asked for, if the address names one.
    pub(crate) at: Option<Date>,
    /// The day everything is judged on: the one asked for, else today.
    pub(crate) day: Date,
    /// The day on which the ledger begins, if the day asked for lies before it.
    pub(crate) begins: Option<Date>,
    /// Prefix of links: empty, or `/at/DATE`.
    pub(crate) base: String,
    /// Path asked for, without the date.
    pub(crate) path: String,
    pub(crate) flash: Option<String>,
}

impl FromRequestParts<App> for Viewer {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let caller = parts
            .extensions
            .get::<Caller>()
            .cloned()
            .ok_or_else(|| WebError::internal("a handler that reads stands behind no gate"))?;
        let current = app.org.snapshot();
        let today = app.org.now().today;
        let at = parts.extensions.get::<AskedDate>().map(|d| d.0).filter(|d| *d != today);
        let isms = match at {
            Some(date) if date < today => app.org.snapshot_at(date).await.map_err(WebError::internal)?,
            _ => current,
        };
        let begins = ledger_begins(app, &isms).await?;
        Ok(Self {
            app: app.clone(),
            account: caller.account,
            actor: caller.actor,
            session: caller.session,
            isms,
            today,
            at,
            day: at.unwrap_or(today),
            begins,
            base: at.map_or_else(String::new, |d| format!("/at/{d}")),
            // What stands behind `/at/DATE` may begin with two slashes, and would lead elsewhere as a link.
            path: local_path(parts.uri.path()).unwrap_or("/").to_owned(),
            flash: take_flash(&parts.headers),
        })
    }
}

impl Viewer {
    /// Whether the page offers changes: only about today.
    pub(crate) fn edits(&self) -> bool {
        self.at.is_none()
    }

    /// How people call an actor of the ledger, as the beginning of a sentence.
    pub(crate) fn who(&self, actor: &str) -> String {
        crate::words::capital(&self.app.org.accounts().actor_name(actor))
    }
}

/// The day on which the ledger begins, if a snapshot is of a day before it.
pub(crate) async fn ledger_begins(app: &App, then: &Isms) -> Result<Option<Date>, WebError> {
    if then.size() > 0 {
        return Ok(None);
    }
    app.org.begins().await.map_err(WebError::internal)
}

/// Somebody who may give commands. What they may change is decided by the core.
pub(crate) struct Writer {
    pub(crate) viewer: Viewer,
}

impl FromRequestParts<App> for Writer {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let viewer = Viewer::from_request_parts(parts, app).await?;
        crate::asked::today_only(&viewer)?;
        Ok(Self { viewer })
    }
}

impl Writer {
    /// Gives a command and waits until it is durable.
    pub(crate) async fn execute(&self, command: Command) -> Result<store::Outcome, WebError> {
        self.attach(command, Vec::new()).await
    }

    /// Gives a command that attaches stored files for the first time.
    pub(crate) async fn attach(
        &self,
        command: Command,
        files: Vec<store::FileMeta>,
    ) -> Result<store::Outcome, WebError> {
        let actor = self.viewer.actor.clone();
        let write = store::Write { attach: files, ..store::Write::by(actor) };
        self.viewer.app.org.execute_with(write, move |_, _| Ok(command)).await.map_err(|error| match error {
            store::WriteError::Refused(refusal) => WebError::Refused(refusal),
            store::WriteError::Failed(error) => WebError::Unavailable(error.to_string()),
        })
    }
    /// Sends the browser on, with a sentence for the page it comes to.
    pub(crate) fn done(&self, to: &str, flash: &str) -> Response {
        go(to, flash, self.viewer.app.config.secure_cookies)
    }
}

/// Sends the browser on to a path of this application, with a sentence for the page it comes to.
pub(crate) fn go(to: &str, flash: &str, secure: bool) -> Response {
    let mut response = Redirect::to(local_path(to).unwrap_or("/")).into_response();
    if let Some(cookie) = with_flash(flash, secure) {
        response.headers_mut().append(axum::http::header::SET_COOKIE, cookie);
    }
    response
}

/// Takes the sentence away once a page has shown it.
pub(crate) async fn forget_flash(secure: bool, request: Request, next: Next) -> Response {
    let shown = request.headers().contains_key("cookie") && take_flash(request.headers()).is_some();
    let mut response = next.run(request).await;
    let kind = response.headers().get(axum::http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let is_page = kind.is_some_and(|k| k.starts_with("text/html"));
    if shown
        && is_page
        && response.status().is_success()
        && let Some(cookie) = with_flash("", secure)
    {
        response.headers_mut().append(axum::http::header::SET_COOKIE, cookie);
    }
    response
}
