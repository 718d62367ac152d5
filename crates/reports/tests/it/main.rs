//! Reports as files: each is read back by a reader of its own kind.

mod files;
mod pdf;
mod samples;
mod sheets;
