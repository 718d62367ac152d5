//! `load`: a company from one JSON document.

use std::path::Path;

use anyhow::Context;
use isms::{Command, access::Actor, load::LoadDocument, words::counted};
use store::{OpenMode, Options, Store};

use crate::{exit::Failure, progress};

pub(crate) async fn load(dir: &Path, file: &Path) -> Result<(), Failure> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(|e| Failure::input(format!("{e:#}")))?;
    let document = parse(&bytes, file)?;
    let count = document.records.len();
    let store = Store::open(dir, OpenMode::Write, Options::default()).await?;
    let spinner = progress::spinner("Loading");
    let outcome = store.org()?.execute(Actor::operator(), Command::Load(document)).await;
    spinner.finish_and_clear();
    outcome?;
    store.close().await;
    println!("{} loaded into {}.", counted(count, "record", "records"), dir.display());
    Ok(())
}

/// Reads a load document, naming every problem.
pub(crate) fn parse(bytes: &[u8], file: &Path) -> Result<LoadDocument, Failure> {
    LoadDocument::parse(bytes).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|p| format!("  {p}")).collect();
        Failure::input(format!("{} is not a load document:\n{}", file.display(), lines.join("\n")))
    })
}
