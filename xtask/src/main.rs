//! What developers run: `cargo xtask test`, `bench`, `update`, `tidy`. Nothing has to be installed by hand first that
//! this cannot install itself or name.

mod fuzz;
mod run;
mod system;
mod test;
mod tidy;
mod update;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "What developers of Isthmus run")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run all tests; installs what they need where it may, and says what to install where it may not.
    Test {
        /// Passed on to `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measure: prints a table of ratios, each pair measured in one run.
    Bench {
        /// Passed on to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Write the generated files anew (OpenAPI document, permission matrix, reference pages).
    Update {
        /// Change nothing; fail if a file is not current.
        #[arg(long)]
        check: bool,
    },
    /// Run every fuzz target for a bounded time.
    Fuzz {
        /// Seconds a target.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Format, lint and check that generated files are current: what CI asks besides the tests.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Test { args } => test::test(&args),
        Command::Bench { args } => run::cargo(
            &[
                &["run", "--release", "--package", "bench", "--"],
                args.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
            ]
            .concat(),
        ),
        Command::Update { check } => update::update(check),
        Command::Fuzz { seconds } => fuzz::fuzz(seconds),
        Command::Tidy => tidy::tidy(),
    }
}
