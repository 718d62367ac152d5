//! The pages: one module each, with the handlers that the table of routes names.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod calendar;
pub(crate) mod coverage;
pub(crate) mod crosswalk;
pub(crate) mod evidence;
pub(crate) mod export;
pub(crate) mod files;
pub(crate) mod forecast;
pub(crate) mod group;
pub(crate) mod health;
pub(crate) mod invitation;
pub(crate) mod matrix;
pub(crate) mod method;
pub(crate) mod panels;
pub(crate) mod path;
pub(crate) mod records;
pub(crate) mod requirements;
pub(crate) mod risk;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod sign_in;
pub(crate) mod soa;
pub(crate) mod starters;
pub(crate) mod today;

use crate::error::WebError;

/// What is at no known address.
pub(crate) async fn not_found() -> WebError {
    WebError::NotFound("There is no such page.".to_owned())
}
