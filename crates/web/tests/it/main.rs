//! Pages and JSON over a real store: each test has an installation of its own with a clock it can move.

mod access;
mod accounts;
mod activity;
mod api;
mod browser;
mod calendar;
mod coverage;
mod evidence;
mod forecast;
mod form;
mod frameworks;
mod input;
mod kinds;
mod method;
mod records;
mod requirements;
mod risks;
mod setup;
mod soa;
mod starters;
mod verdicts;
