//! The binary as people run it: real processes, real data directories, real files.

mod cli;
mod disk;
mod judging;
mod kill;
mod layers;
mod support;
