//! `export`: registers as files.

use std::path::Path;

use anyhow::Context;
use isms::{Date, views};
use store::{OpenMode, Options, Store};

use crate::{
    cli::{Format, What},
    exit::Failure,
};

pub(crate) async fn export(
    dir: &Path,
    what: What,
    format: Format,
    at: Option<Date>,
    out: &Path,
) -> Result<(), Failure> {
    let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
    let org = store.org()?;
    let now = org.now();
    let isms = match at {
        Some(date) if date < now.today => org.snapshot_at(date).await?,
        _ => org.snapshot(),
    };
    let day = at.unwrap_or(now.today);
    let bytes = match what {
        What::Soa => {
            let soa = views::soa::soa(&isms, None, day);
            let print = reports::Print::of_soa(&soa, now.at);
            match format {
                Format::Pdf => reports::soa_pdf(&soa, &print),
                Format::Xlsx => reports::soa_xlsx(&soa, &print),
                Format::Csv => reports::soa_csv(&soa),
                Format::Json => reports::soa_json(&soa, &print),
            }
        }
        What::Risks => {
            let register = views::register::register(&isms, day);
            let print = reports::Print::of_register(&register, now.at);
            match format {
                Format::Pdf => reports::risks_pdf(&register, &print),
                Format::Xlsx => reports::risks_xlsx(&register, &print),
                Format::Csv => reports::risks_csv(&register),
                Format::Json => reports::risks_json(&register, &print),
            }
        }
    }
    .context("the export could not be made")?;
    std::fs::write(out, &bytes).with_context(|| format!("cannot write {}", out.display()))?;
    println!("{} bytes written to {}.", bytes.len(), out.display());
    Ok(())
}
