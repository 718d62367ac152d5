//! Measures Isthmus: `cargo xtask bench`. Each figure stands beside a bare equivalent measured in the same run, in
//! turns, so that the ratio says something even where the machine does not. `docs/performance.md` says what each row
//! means.

mod bare;
mod client;
mod clock;
mod data;
mod finding;
mod options;
mod rows;
mod server;
mod site;
mod spread;

use clap::Parser;

use crate::{
    options::{Inner, Options, Section},
    site::Site,
};

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &options.inner {
            Some(Inner::Bare { listen, folder }) => bare::serve(*listen, folder).await,
            Some(Inner::Reports { data, rounds }) => rows::reports::measure_here(data, *rounds).await,
            None => measure(options).await,
        }
    })
}

async fn measure(options: Options) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    let site = Site::new(&options)?;
    for section in Section::ALL.into_iter().filter(|s| options.wants(*s)) {
        eprintln!("bench: {}", section.name());
        findings.extend(match section {
            Section::List => rows::list::measure(&site).await?,
            Section::Growth => rows::growth::measure(&site).await?,
            Section::Writes => rows::writes::measure(&site).await?,
            Section::Start => rows::start::measure(&site).await?,
            Section::Reports => rows::reports::measure(&site).await?,
            Section::Verify => rows::verify::measure(&site).await?,
            Section::Build => rows::build::measure(&site)?,
        });
    }
    println!("{}", site.about());
    println!("{}", finding::table(&findings));
    if let Some(file) = &options.json {
        std::fs::write(file, finding::json(&site.about(), &findings))?;
        eprintln!("bench: written to {}", file.display());
    }
    Ok(())
}
