//! What the commands that judge have in common: where the records come from, and on which day they are judged.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use isms::{
    Command, Date, Isms, Refusal,
    access::Actor,
    commands::Now,
    rules::{Assessment, History},
};
use store::{OpenMode, Options, Org, Store};

use super::load;
use crate::{cli::Judge, exit::Failure};

/// Records, judged.
pub(crate) struct Judged {
    pub(crate) isms: Arc<Isms>,
    pub(crate) assessment: Assessment,
    /// The day asked for: `--at`, else the day the file describes, else today.
    pub(crate) day: Date,
}

/// Judges a file, or what the data directory holds: as it stood on a past day, or today's records on a day to come.
pub(crate) async fn judged(dir: &Path, from: &Judge) -> Result<Judged, Failure> {
    if let Some(file) = &from.file {
        return of_file(file, from.at);
    }
    let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
    let org = store.org()?;
    let day = from.at.unwrap_or(org.now().today);
    of_org(&org, day).await
}

/// Judges an organisation on a day.
pub(crate) async fn of_org(org: &Org, day: Date) -> Result<Judged, Failure> {
    let isms = if day < org.now().today { org.snapshot_at(day).await? } else { org.snapshot() };
    let history = org.field_history(&isms).await?;
    let assessment = Assessment::of(&isms, &history);
    Ok(Judged { isms, assessment, day })
}

fn of_file(file: &Path, at: Option<Date>) -> Result<Judged, Failure> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(|e| Failure::input(format!("{e:#}")))?;
    let document = load::parse(&bytes, file)?;
    let now = store::clock::system()();
    let day = at.or(document.as_of).unwrap_or(Date::of(now, "UTC"));
    let loaded = isms::decide(
        &Isms::default(),
        &Actor::operator(),
        Now { at: now, today: day },
        Command::Load(document),
    );
    let isms = match loaded {
        Ok(decision) => decision.isms,
        Err(Refusal::Invalid(problems)) => {
            let lines: Vec<String> = problems.iter().map(|p| format!("  {p}")).collect();
            return Err(Failure::input(format!(
                "{} cannot be judged:\n{}",
                file.display(),
                lines.join("\n")
            )));
        }
        Err(refusal) => return Err(Failure::input(refusal)),
    };
    let assessment = Assessment::of(&isms, &History::default());
    Ok(Judged { isms: Arc::new(isms), assessment, day })
}

/// Prints a value as JSON, indented.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).context("the result cannot be written as JSON")?;
    print(&(text + "\n"))
}

/// Prints to standard output. Whoever reads may stop reading.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::from(anyhow::Error::from(error))),
        _ => Ok(()),
    }
}

/// The dates of a verdict, for people: ` since 2026-03-01, until 2026-05-01`.
pub(crate) fn dates(since: Option<Date>, next: Option<Date>) -> String {
    let since = since.map(|d| format!(" since {d}")).unwrap_or_default();
    let next = next.map(|d| format!(", changes by itself on {d}")).unwrap_or_default();
    since + &next
}
