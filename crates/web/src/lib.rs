//! Pages and JSON: the only crate that knows HTTP. Handlers are thin: they take a view of the snapshot or give a
//! command, both only through the gate, and turn plain structs into HTML or JSON.

mod answers;
mod api;
mod app;
mod asked;
mod asof;
mod assets;
mod deeds;
mod entry;
mod error;
mod fault;
mod forms;
mod gate;
mod list;
mod page;
mod pager;
mod pages;
mod parts;
mod places;
mod routes;
mod serve;
mod subjects;
mod upload;
mod verdicts;
mod words;

pub use api::openapi::openapi;
pub use app::{App, Config};
pub use routes::{Access, ROUTES, Route, router};
pub use serve::{Limits, serve};
