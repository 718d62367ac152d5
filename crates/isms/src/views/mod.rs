//! What people look at, as plain structs computed from a snapshot and a day: pages, exports and the API show the
//! same view and compute nothing themselves.

pub mod derived;
pub mod diff;
pub mod list;
pub mod matrix;
pub mod path;
pub mod place;
pub mod register;
pub mod scores;
pub mod search;
pub mod soa;
pub mod today;
