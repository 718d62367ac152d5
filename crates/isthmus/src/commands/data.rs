//! What concerns the data directory as a whole: verify, checkpoint, rebuild, backup, restore.

use std::{io::Write, path::Path};

use anyhow::Context;
use isms::words::counted;
use store::{OpenMode, Options, Store, VerifyOptions};

use crate::{exit::Failure, progress};

pub(crate) async fn verify(dir: &Path, checkpoint: Option<&Path>) -> Result<(), Failure> {
    let checkpoint = match checkpoint {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the checkpoint {}", file.display()))
                .map_err(|e| Failure::input(format!("{e:#}")))?,
        ),
        None => None,
    };
    let kept = checkpoint.is_some();
    let bar = progress::bar("Verifying");
    let options = VerifyOptions { checkpoint, progress: Some(progress::report(&bar)) };
    let report = store::verify(dir, &options).await;
    bar.finish_and_clear();
    for org in report?.orgs {
        println!(
            "{}: {}, {}, {}, {} verified{}.",
            org.name,
            counted(org.size, "entry", "entries"),
            counted(org.records, "record", "records"),
            counted(org.files, "file", "files"),
            counted(org.checkpoints, "checkpoint", "checkpoints"),
            if kept { ", and it continues the checkpoint you kept" } else { "" }
        );
        if org.redacted > 0 {
            let bodies = counted(org.redacted, "body was", "bodies were");
            println!("{bodies} redacted; all proofs hold.");
        }
        println!("Root {} over {}.", org.root, counted(org.size, "entry", "entries"));
    }
    Ok(())
}

pub(crate) async fn checkpoint(dir: &Path, out: Option<&Path>) -> Result<(), Failure> {
    let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
    let org = store.org()?;
    let note =
        org.checkpoint().ok_or_else(|| Failure::data("the ledger is empty: there is nothing to sign yet"))?;
    match out {
        Some(file) => {
            // A kept checkpoint is the one thing that proves anything later: none is ever written over.
            let made = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
            let written = made.and_then(|mut file| file.write_all(note.as_bytes()));
            written.with_context(|| format!("cannot write {}", file.display()))?;
            eprintln!("Written to {}. Public key: {}", file.display(), org.public_key());
        }
        None => print!("{note}"),
    }
    Ok(())
}

pub(crate) async fn rebuild(dir: &Path) -> Result<(), Failure> {
    let spinner = progress::spinner("Rebuilding from the ledger");
    let report = store::rebuild(dir).await;
    spinner.finish_and_clear();
    let report = report?;
    println!(
        "{} rebuilt from {}.",
        counted(report.records, "record", "records"),
        counted(report.entries, "entry", "entries")
    );
    Ok(())
}

pub(crate) async fn backup(dir: &Path, file: &Path) -> Result<(), Failure> {
    let spinner = progress::spinner("Backing up");
    let report = store::backup(dir, file).await;
    spinner.finish_and_clear();
    let report = report?;
    let files = counted(report.files, "file", "files");
    println!("{} bytes, {files} written to {}.", report.bytes, file.display());
    println!("It holds the signing key and everybody's data: keep it as safe as the server.");
    Ok(())
}

pub(crate) async fn restore(dir: &Path, file: &Path) -> Result<(), Failure> {
    let spinner = progress::spinner("Restoring and verifying");
    let report = store::restore(file, dir).await;
    spinner.finish_and_clear();
    for org in report?.orgs {
        println!(
            "{}: {}, {} restored into {} and verified.",
            org.name,
            counted(org.size, "entry", "entries"),
            counted(org.records, "record", "records"),
            dir.display()
        );
    }
    Ok(())
}
