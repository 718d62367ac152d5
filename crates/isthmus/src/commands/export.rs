//! `export`: registers as files.

use std::path::Path;

use anyhow::Context;
use isms::{Date, views};
use store::{OpenMode, Options, Store};

use crate::{
    cli::{Format, What},
    exit::{Failure, USAGE},
};

pub(crate) async fn export(
    dir: &Path,
    what: What,
    format: Format,
    at: Option<Date>,
    version: Option<&str>,
    out: &Path,
) -> Result<(), Failure> {
    if version.is_some() && matches!(what, What::Risks) {
        return Err(Failure::new(USAGE, "the risk register has no versions; --version is for soa"));
    }
    let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
    let org = store.org()?;
    let now = org.now();
    let isms = match at {
        Some(date) if date < now.today => org.snapshot_at(date).await?,
        _ => org.snapshot(),
    };
    let day = at.unwrap_or(now.today);
    let mut name = "Risk register".to_owned();
    let bytes = match what {
        What::Soa => {
            let version =
                views::soa::chosen(&isms, version.unwrap_or_default(), day).map_err(Failure::input)?;
            let soa = views::soa::soa(&isms, version, day);
            name = match &soa.version {
                Some(v) => format!("Statement of Applicability {} ({})", v.number, v.state),
                None => "Statement of Applicability, of which there is no version yet".to_owned(),
            };
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
    println!("{name}: {} bytes written to {}.", bytes.len(), out.display());
    Ok(())
}
