//! The functional core of Isthmus: the records of an information security management system, the commands that
//! change them, the rules that judge them and the views drawn from them.
//!
//! Nothing here does I/O, reads a clock or draws randomness: dates, times and salts are arguments. Everything is a
//! pure function of a snapshot ([`Isms`]) and a date, so the same code answers for today, for any past day (a
//! snapshot folded from the ledger), for a day to come, and for the difference between two days.

pub mod access;
pub mod commands;
mod flow;
pub mod id;
pub mod load;
pub mod parameters;
mod pick;
pub mod problem;
pub mod reads;
pub mod record;
pub mod records;
pub mod rows;
pub mod rules;
pub mod sample;
pub mod schema;
pub mod snapshot;
pub mod steps;
pub mod table;
mod texts;
pub mod time;
pub mod value;
pub mod views;
pub mod words;

pub use commands::{Change, Command, Decision, Refusal, decide};
pub use id::{Id, Ref};
pub use problem::Problem;
pub use record::{AnyRecord, Filed, Meta, Record, Stored};
pub use records::Kind;
pub use snapshot::Isms;
pub use time::Date;
