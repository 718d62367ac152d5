//! `load`: a company from one JSON document.

use std::path::Path;

use anyhow::Context;
use isms::{Command, Id, access::Actor, load::LoadDocument, schema::Shape, words::counted};
use store::{OpenMode, Options, Org, Outcome, Store};

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
    let outcome = outcome?;
    let absent = absent(&store.org()?, &outcome).await?;
    store.close().await;
    println!("{} loaded into {}.", counted(count, "record", "records"), dir.display());
    if let Some(first) = absent.first() {
        let names = counted(absent.len(), "record names a file", "records name files");
        println!("{names} not kept here, so nobody can look there (the first is {first}).");
    }
    Ok(())
}

/// The records written whose files are not in the store.
async fn absent(org: &Org, outcome: &Outcome) -> Result<Vec<Id>, Failure> {
    let mut absent = Vec::new();
    for (id, _) in &outcome.changed {
        let Some(record) = outcome.isms.record(*id) else { continue };
        let files = id.kind.info().fields.iter().filter(|f| *f.shape.item() == Shape::File);
        for value in files.filter_map(|f| record.field(&f.name)) {
            let Some(Ok(hash)) = value.as_str().map(str::parse) else { continue };
            if org.file(hash).await?.is_none() {
                absent.push(*id);
            }
        }
    }
    Ok(absent)
}

/// Reads a load document. What is wrong within it is told when it is judged, all together.
pub(crate) fn parse(bytes: &[u8], file: &Path) -> Result<LoadDocument, Failure> {
    LoadDocument::parse(bytes).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|p| format!("  {p}")).collect();
        Failure::input(format!("{} is not a load document:\n{}", file.display(), lines.join("\n")))
    })
}
