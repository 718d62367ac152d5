//! The ledger's tests, one binary: facts from the specifications, properties, and a table of tamperings.

mod bodies;
mod company;
mod entry;
mod note;
mod tampering;
mod tree;
