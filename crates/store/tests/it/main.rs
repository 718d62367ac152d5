//! The tests of the store: each with a real database in a directory of its own, a clock that the test moves, and
//! seeded randomness. `support` alone chooses the database, so that the same tests drive every database.

mod accounts;
mod backup;
mod failures;
mod files;
mod history;
mod opening;
mod support;
mod tampering;
mod writing;
