//! Lists of any kind: what an address asks for, which columns it shows, the cells of a row, the bar of filters, and
//! the same rows as a file.

mod address;
mod cells;
mod columns;
mod export;
mod table;
mod toolbar;

pub(crate) use address::Asked;
pub(crate) use cells::{derived_fact, fact};
pub(crate) use export::file;
pub(crate) use table::{beside, draw};
pub(crate) use toolbar::in_use;
