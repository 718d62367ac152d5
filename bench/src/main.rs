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
    finding::Finding,
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
            // In a task, as requests are: the thread that blocks on this is none of the runtime's workers, and each
            // answer would first have to wake it.
            None => tokio::spawn(measure(options)).await?,
        }
    })
}

async fn measure(options: Options) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    let mut failed = Vec::new();
    let site = Site::new(&options)?;
    for section in Section::ALL.into_iter().filter(|s| options.wants(*s)) {
        eprintln!("bench: {}", section.name());
        // One section that cannot be measured does not take the others' figures with it.
        match section_of(section, &site).await {
            Ok(found) => findings.extend(found),
            Err(error) => {
                eprintln!("bench: {} failed: {error:#}", section.name());
                failed.push(section.name());
            }
        }
    }
    println!("{}", site.about());
    println!("{}", finding::table(&findings));
    if let Some(file) = &options.json {
        std::fs::write(file, finding::json(&site.about(), &findings))?;
        eprintln!("bench: written to {}", file.display());
    }
    anyhow::ensure!(failed.is_empty(), "not measured: {}", failed.join(", "));
    Ok(())
}

async fn section_of(section: Section, site: &Site) -> anyhow::Result<Vec<Finding>> {
    match section {
        Section::List => rows::list::measure(site).await,
        Section::Growth => rows::growth::measure(site).await,
        Section::Writes => rows::writes::measure(site).await,
        Section::Start => rows::start::measure(site).await,
        Section::Reports => rows::reports::measure(site).await,
        Section::Verify => rows::verify::measure(site).await,
        Section::Judging => rows::judging::measure(site),
        Section::Past => rows::past::measure(site).await,
        Section::Build => rows::build::measure(site),
    }
}
