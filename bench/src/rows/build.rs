//! A release build of the program from nothing: every crate, downloads excepted.

use crate::{
    clock::timed,
    finding::{Finding, Target},
    site::{self, Site},
    spread::Spread,
};

pub(crate) fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    site::cargo(&["fetch", "--locked"], None)?;
    let target = site.path("target");
    let (seconds, built) =
        timed(|| site::cargo(&["build", "--release", "--locked", "--package", "isthmus"], Some(&target)));
    built?;
    let spread = Spread::of(vec![seconds / 60.0]);
    Ok(vec![
        Finding::new("build from nothing", spread, "min", Target::Under(10.0))
            .detail("cargo build --release --package isthmus"),
    ])
}
