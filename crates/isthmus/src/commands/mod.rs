//! One module a command.

mod data;
mod demo;
mod diff;
mod export;
mod forecast;
mod judged;
mod load;
mod readiness;
mod serve;

use crate::{
    cli::{Cli, Command, Serve},
    exit::Failure,
};

/// Runs the command line.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let dir = cli.data;
    match cli.command.unwrap_or(Command::Serve(Serve::default())) {
        Command::Serve(options) => serve::serve(&dir, options).await,
        Command::Demo { today } => demo::demo(&dir, today).await,
        Command::Load { file } => load::load(&dir, &file).await,
        Command::Export { what, format, at, version, out } => {
            export::export(&dir, what, format, at, version.as_deref(), &out).await
        }
        Command::Readiness { format, from } => readiness::readiness_of(&dir, format, &from).await,
        Command::Explain { what, from } => readiness::explain(&dir, &what, &from).await,
        Command::Forecast { until, format, from } => forecast::forecast(&dir, until, format, &from).await,
        Command::Diff { from, to, format } => diff::diff(&dir, from, to, format).await,
        Command::Verify { checkpoint } => data::verify(&dir, checkpoint.as_deref()).await,
        Command::Checkpoint { out } => data::checkpoint(&dir, out.as_deref()).await,
        Command::Rebuild => data::rebuild(&dir).await,
        Command::Backup { file } => data::backup(&dir, &file).await,
        Command::Restore { file } => data::restore(&dir, &file).await,
    }
}
