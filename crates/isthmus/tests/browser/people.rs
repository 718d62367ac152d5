//! Who uses the browser, and what everybody does: come in, leave, add records.

use crate::{driver::Browser, program::PASSWORD};

/// Somebody with an account.
pub(crate) struct Someone {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
}

/// Sets the company up: administrator and ISMS manager.
pub(crate) const ADA: Someone = Someone { name: "Ada Lindqvist", email: "ada@acme.example" };
/// Of top management.
pub(crate) const TESS: Someone = Someone { name: "Tess Okafor", email: "tess@acme.example" };

impl Someone {
    /// Opens the set-up link and sets up Acme Rosters with this account.
    pub(crate) async fn set_up(&self, browser: &Browser, link: &str) {
        browser.goto(link).await;
        browser.fill("company", "Acme Rosters").await;
        browser.fill("timezone", "Europe/Berlin").await;
        browser.fill("name", self.name).await;
        browser.fill("email", self.email).await;
        browser.fill("password", PASSWORD).await;
        browser.press("Set up").await;
    }

    /// Opens an invitation and chooses a password, which signs in.
    pub(crate) async fn choose_a_password(&self, browser: &Browser, link: &str) {
        browser.goto(link).await;
        browser.sees(self.email).await;
        browser.fill("password", PASSWORD).await;
        browser.press("Choose and sign in").await;
        browser.sees(self.name).await;
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, browser: &Browser) {
        browser.goto("/sign-in").await;
        browser.fill("email", self.email).await;
        browser.fill("password", PASSWORD).await;
        browser.press("Sign in").await;
        browser.is_at("/").await;
    }

    /// Signs out by the menu in the header.
    pub(crate) async fn sign_out(&self, browser: &Browser) {
        browser.press_here(self.name).await;
        browser.press("Sign out").await;
        browser.is_at("/sign-in").await;
    }
}

impl Browser {
    /// Adds a record of a kind by its form.
    pub(crate) async fn add(&self, kind: &str, fields: &[(&str, &str)]) {
        self.goto(&format!("/{kind}/new")).await;
        for (name, value) in fields {
            self.fill(name, value).await;
        }
        self.press("Add").await;
        self.sees("Added").await;
    }
}
