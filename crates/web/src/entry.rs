//! One labelled input of a form of its own shape, with its help and what is wrong with it. Forms of records are drawn
//! from their declaration instead.

use askama::{Template, filters::HtmlSafe};

use crate::fault::Fault;

/// An input.
#[derive(Template)]
#[template(path = "parts/entry.html")]
pub(crate) struct Entry {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    value: String,
    help: &'static str,
    error: Option<String>,
    required: bool,
    wide: bool,
    complete: &'static str,
    min: Option<usize>,
    max: usize,
    list: &'static str,
    focus: bool,
}

impl HtmlSafe for Entry {}

impl Entry {
    /// A required line of text holding what was typed before, if anything.
    pub(crate) fn text(name: &'static str, label: &'static str, value: &str, fault: &Fault) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value: value.to_owned(),
            help: "",
            error: fault.at(name).map(str::to_owned),
            required: true,
            wide: false,
            complete: "",
            min: None,
            max: 500,
            list: "",
            focus: false,
        }
    }

    /// A mail address.
    pub(crate) fn mail(name: &'static str, label: &'static str, value: &str, fault: &Fault) -> Self {
        Self { kind: "email", complete: "username", max: 320, ..Self::text(name, label, value, fault) }
    }

    /// A password that exists. What was typed is never sent back.
    pub(crate) fn password(name: &'static str, label: &'static str, fault: &Fault) -> Self {
        Self {
            kind: "password",
            complete: "current-password",
            max: 1_000,
            ..Self::text(name, label, "", fault)
        }
    }

    /// A password to be chosen.
    pub(crate) fn new_password(name: &'static str, label: &'static str, fault: &Fault) -> Self {
        Self {
            complete: "new-password",
            min: Some(PASSWORD_MIN),
            help: "At least 12 characters. Four or five words that have nothing to do with each other are easy to remember and hard to guess.",
            ..Self::password(name, label, fault)
        }
    }

    /// The same, with a sentence of help.
    pub(crate) fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }
    /// The same, with what browsers may fill in.
    pub(crate) fn complete(self, complete: &'static str) -> Self {
        Self { complete, ..self }
    }

    /// The same, with a list of suggestions elsewhere on the page.
    pub(crate) fn list(self, list: &'static str) -> Self {
        Self { list, ..self }
    }

    /// The same over the whole width.
    pub(crate) fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// The same, where the page begins.
    pub(crate) fn focus(self) -> Self {
        Self { focus: true, ..self }
    }
}

/// Fewest characters of a password.
pub(crate) const PASSWORD_MIN: usize = 12;
