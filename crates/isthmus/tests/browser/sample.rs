//! The sample company, served.

use tempfile::TempDir;

use crate::{
    driver::Browser,
    program::{Server, succeeds},
};

/// The address of the ISMS manager of the sample company.
pub(crate) const MANAGER: &str = "tomas@tarnwick-rota.example";

/// A server with the sample company; its data goes when dropped.
pub(crate) struct Sample {
    pub(crate) server: Server,
    pub(crate) password: String,
    _data: TempDir,
}

impl Sample {
    /// The sample company as of a day, or as of today.
    pub(crate) fn serve(today: Option<&str>) -> Self {
        let data = TempDir::new().expect("a directory");
        let said = match today {
            Some(day) => succeeds(data.path(), &["demo", "--today", day]),
            None => succeeds(data.path(), &["demo"]),
        };
        let password = said.split_once("with password").and_then(|(_, rest)| rest.split_whitespace().next());
        let password = password.expect("a password").to_owned();
        Self { server: Server::start(data.path()), password, _data: data }
    }

    /// Signs the ISMS manager in.
    pub(crate) async fn sign_in(&self, browser: &Browser) {
        browser.goto("/sign-in").await;
        browser.fill("email", MANAGER).await;
        browser.fill("password", &self.password).await;
        browser.press("Sign in").await;
        browser.is_at("/").await;
    }
}
