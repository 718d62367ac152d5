//! Forms of any kind, drawn from its fields and read back by them. What was typed is kept when something is wrong,
//! and every problem stands at its field.

mod draw;
mod inputs;
mod pairs;
mod read;
mod takes;

pub(crate) use draw::draw;
pub(crate) use inputs::{Form, Typed};
pub(crate) use pairs::{Pairs, pairs_of};
pub(crate) use read::read;
pub(crate) use takes::Takes;
