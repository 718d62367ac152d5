//! Writes each report of a made-up company into a folder and prints how long each took (the first of each kind loads the fonts):
//! `cargo run --release -p reports --example figures -- FOLDER`.

#[path = "../tests/it/samples.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the tests")]
mod samples;

use std::{fs, path::PathBuf};

use reports::{Print, ReportError};

type Make<'a> = Box<dyn Fn() -> Result<Vec<u8>, ReportError> + 'a>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder to write to")?);
    fs::create_dir_all(&folder)?;
    let soa = samples::soa();
    let mut draft = soa.clone();
    if let Some(version) = &mut draft.version {
        version.state = "draft".to_owned();
        (version.approver, version.approved_at, version.published_at) = (String::new(), None, None);
    }
    let (register, large) = (samples::register(40), samples::register(1_000));
    let print = Print::of_soa(&soa, samples::now());
    let draft_print = Print::of_soa(&draft, samples::now());
    let risks = Print::of_register(&register, samples::now());
    let reports: [(&str, Make<'_>); 10] = [
        ("soa.pdf", Box::new(|| reports::soa_pdf(&soa, &print))),
        ("soa-draft.pdf", Box::new(|| reports::soa_pdf(&draft, &draft_print))),
        ("soa.xlsx", Box::new(|| reports::soa_xlsx(&soa, &print))),
        ("soa.csv", Box::new(|| reports::soa_csv(&soa))),
        ("soa.json", Box::new(|| reports::soa_json(&soa, &print))),
        ("risks.pdf", Box::new(|| reports::risks_pdf(&register, &risks))),
        ("risks.xlsx", Box::new(|| reports::risks_xlsx(&register, &risks))),
        ("risks.csv", Box::new(|| reports::risks_csv(&register))),
        ("risks-1000.pdf", Box::new(|| reports::risks_pdf(&large, &risks))),
        ("risks-1000.xlsx", Box::new(|| reports::risks_xlsx(&large, &risks))),
    ];
    for (name, make) in reports {
        let (first, bytes) = timed(&make)?;
        let mut again = first;
        for _ in 0..5 {
            again = timed(&make)?.0.min(again);
        }
        println!("{name:16} first {first:>7.1} ms   best of six {again:>7.1} ms   {:>8} bytes", bytes.len());
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this program measures")]
fn timed(make: &Make<'_>) -> Result<(f64, Vec<u8>), ReportError> {
    let start = std::time::Instant::now();
    let bytes = make()?;
    Ok((start.elapsed().as_secs_f64() * 1000.0, bytes))
}
