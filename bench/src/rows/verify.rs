//! Verification: a ledger of many small entries, and that of the large set.

use std::path::Path;

use anyhow::{Context, ensure};
use store::{Report, VerifyOptions};

use crate::{
    clock::timed_async,
    data,
    finding::{Finding, Target, short},
    site::Site,
    spread::Spread,
};

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let (small, entries) = site.long_ledger().await?;
    let (mut rates, mut seconds) = (Vec::new(), Vec::new());
    let mut of_full = None;
    let full = site.full().await?;
    for _ in 0..site.rounds().min(5) {
        let (took, report) = verify(small).await?;
        let size = report.orgs.iter().map(|o| o.size).sum::<u64>();
        ensure!(size >= entries as u64, "only {size} entries were verified");
        rates.push(size as f64 / took);
        let (took, report) = verify(full).await?;
        seconds.push(took);
        of_full = report.orgs.into_iter().next();
    }
    let rate = Spread::of(rates);
    let took = entries as f64 / rate.median;
    let detail = format!(
        "{} entries, each record made once and changed {} times, in {} s",
        short(entries as f64),
        data::REVISIONS - 1,
        short(took)
    );
    let of_full = of_full.context("a store without an organisation")?;
    let large = format!("{} entries, {} records", short(of_full.size as f64), short(of_full.records as f64));
    Ok(vec![
        Finding::new("verify, small entries", rate, "entries/s", Target::AtLeast(200_000.0)).detail(detail),
        Finding::new("verify, large set", Spread::of(seconds), "s", Target::Shown).detail(large),
    ])
}

async fn verify(dir: &Path) -> anyhow::Result<(f64, Report)> {
    let (took, report) = timed_async(store::verify(dir, &VerifyOptions::default())).await;
    Ok((took, report?))
}
