//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use isms::Date;

/// Run an information security management system.
///
/// Exit codes: 0 done · 1 failure · 2 wrong usage · 3 a file handed in is not right · 4 verification found something
/// wrong · 5 the data directory cannot be used.
#[derive(Debug, Parser)]
#[command(name = "isthmus", version, max_term_width = 110)]
pub(crate) struct Cli {
    /// Where everything is kept: database, files, signing key.
    #[arg(long, global = true, value_name = "DIR", default_value = "./isthmus-data")]
    pub(crate) data: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve pages and JSON (also what happens without a command).
    Serve(Serve),
    /// Fill an empty data directory with the sample company Tarnwick Rota.
    Demo {
        /// The day the sample company lives on; its dates are set around it.
        #[arg(long, value_name = "DATE")]
        today: Option<Date>,
    },
    /// Load a company from one JSON document; all of it or nothing.
    Load {
        /// The document.
        file: PathBuf,
    },
    /// Write the Statement of Applicability or the risk register to a file.
    Export {
        /// What to export.
        what: What,
        /// The format.
        #[arg(long)]
        format: Format,
        /// As it stood at the end of this day.
        #[arg(long, value_name = "DATE")]
        at: Option<Date>,
        /// Which version of the Statement of Applicability: its number, or draft for the one in work. Without it, the
        /// published one; with nothing published, the draft.
        #[arg(long, value_name = "NUMBER|draft")]
        version: Option<String>,
        /// Where to; an existing file is replaced.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// How every requirement and control stands, judged from the records.
    Readiness {
        /// The format.
        #[arg(long, default_value = "text")]
        format: Shown,
        #[command(flatten)]
        from: Judge,
    },
    /// Why one requirement or control stands as it does, in full.
    Explain {
        /// A row such as 6.1.3d, or a control such as A.5.9.
        #[arg(value_name = "ROW OR CONTROL")]
        what: String,
        #[command(flatten)]
        from: Judge,
    },
    /// What changes by itself up to a day, if nothing is recorded until then.
    Forecast {
        /// The last day looked at.
        #[arg(long, value_name = "DATE")]
        until: Date,
        /// The format.
        #[arg(long, default_value = "text")]
        format: TextOrJson,
        #[command(flatten)]
        from: Judge,
    },
    /// Which requirements and controls changed between two days, by which entries of the ledger, by whom.
    Diff {
        /// The first day; records as they stood at its end.
        #[arg(value_name = "FROM")]
        from: Date,
        /// The second day; one to come judges today's records.
        #[arg(value_name = "TO")]
        to: Date,
        /// The format.
        #[arg(long, default_value = "text")]
        format: TextOrJson,
    },
    /// Re-derive everything from the raw ledger and name the first thing that is wrong.
    Verify {
        /// A checkpoint kept earlier: nothing before it may have changed or gone.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print a signed checkpoint of the ledger, to keep elsewhere.
    Checkpoint {
        /// Where to, instead of standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Compute the current-state tables anew from the ledger.
    Rebuild,
    /// Write everything into one file, also while serving.
    Backup {
        /// The file; must not exist.
        file: PathBuf,
    },
    /// Restore a backup into an empty data directory and verify it.
    Restore {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Largest file that may be uploaded, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=102_400))]
    pub(crate) max_upload: u64,
    /// Most connections at once; whoever comes then waits. One that sends no request, no more of one, or takes no more of
    /// an answer is closed after a minute or less, so that a few idle ones do not keep everybody out.
    #[arg(long, value_name = "N", default_value_t = web::Limits::default().connections, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub(crate) max_connections: usize,
    /// Send cookies without TLS. Only for a network you trust: put a TLS proxy in front instead.
    #[arg(long)]
    pub(crate) insecure_cookies: bool,
    /// The address of the proxy in front, whose X-Forwarded-For says who signs in: guesses then slow down whoever
    /// makes them, and not everybody behind the proxy.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) trusted_proxy: Option<std::net::IpAddr>,
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            max_upload: 100,
            max_connections: web::Limits::default().connections,
            insecure_cookies: false,
            trusted_proxy: None,
        }
    }
}

/// What is judged, and on which day.
#[derive(Debug, Args)]
pub(crate) struct Judge {
    /// Judge on this day: a past one as the records stood then, one to come with today's records.
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<Date>,
    /// Judge a load document instead of a data directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    Text,
    Json,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum What {
    /// Statement of Applicability.
    Soa,
    /// Risk register.
    Risks,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    Pdf,
    Xlsx,
    Csv,
    Json,
}
