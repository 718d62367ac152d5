//! What can be asked for on the command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

/// Measure Isthmus against bare equivalents and print one table.
///
/// A target that is missed is said in the table; the exit code stays 0, because this is a measurement and no test.
#[derive(Debug, Parser)]
#[command(name = "bench", max_term_width = 110)]
pub(crate) struct Options {
    /// Measure only this; may be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<Section>,
    /// Few and short rounds: to see that everything runs, not to quote.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Also measure a release build from nothing.
    #[arg(long)]
    build: bool,
    /// Write all findings, with every round, to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Seed of the generated data.
    #[arg(long, default_value_t = 27_001)]
    pub(crate) seed: u64,
    /// Where the generated data directories are made; they are removed afterwards. It should be on the disk whose
    /// writes are to be measured. Default: beside this program.
    #[arg(long, value_name = "DIR")]
    pub(crate) scratch: Option<PathBuf>,
    /// The `isthmus` program to measure. Default: the one of this workspace, built for release first.
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) inner: Option<Inner>,
}

impl Options {
    /// Whether a section is to be measured.
    pub(crate) fn wants(&self, section: Section) -> bool {
        if self.only.is_empty() {
            section != Section::Build || self.build
        } else {
            self.only.contains(&section)
        }
    }
}

/// What this program runs as a process of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum Inner {
    /// Serve fixed answers: what ours is compared with.
    #[command(hide = true)]
    Bare {
        /// Where to listen.
        #[arg(long)]
        listen: SocketAddr,
        /// The folder of the answers.
        folder: PathBuf,
    },
    /// Make reports in a fresh process and print how long each took.
    #[command(hide = true)]
    Reports {
        /// The data directory.
        #[arg(long)]
        data: PathBuf,
        /// How often each is made.
        #[arg(long)]
        rounds: usize,
    },
}

/// A family of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    List,
    Start,
    Reports,
    Verify,
    Judging,
    Past,
    Growth,
    Writes,
    Build,
}

impl Section {
    /// All, in the order of the table. Those that write come last: what they write makes the company larger than the one
    /// that the others are held to.
    pub(crate) const ALL: [Section; 9] = [
        Section::List,
        Section::Start,
        Section::Reports,
        Section::Verify,
        Section::Judging,
        Section::Past,
        Section::Growth,
        Section::Writes,
        Section::Build,
    ];

    /// What is said while it is measured.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Section::List => "lists against a bare handler",
            Section::Growth => "growth from a tenth of the data to all of it",
            Section::Writes => "durable writes against SQLite alone",
            Section::Start => "start and memory",
            Section::Reports => "reports",
            Section::Verify => "verification",
            Section::Judging => "judging",
            Section::Past => "days long past",
            Section::Build => "a build from nothing",
        }
    }
}
