//! `cargo xtask fuzz`: every fuzz target for a bounded time.

use std::process::{Command, Stdio};

use crate::run;

const TARGETS: [&str; 2] = ["load_document", "ledger_entry"];

/// Runs each target for `seconds`. Needs cargo-fuzz, which is installed if it is not there.
pub(crate) fn fuzz(seconds: u32) -> anyhow::Result<()> {
    let installed = Command::new("cargo")
        .args(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !installed.is_ok_and(|s| s.success()) {
        run::cargo(&["install", "cargo-fuzz", "--locked"])?;
    }
    for target in TARGETS {
        // What the fuzzer finds goes into the corpus, which is not kept; the seeds are.
        std::fs::create_dir_all(run::root().join("fuzz/corpus").join(target))?;
        // The coverage flags of libFuzzer are unstable options; this lets the stable toolchain of the project use them.
        run::status(
            Command::new("cargo")
                .args([
                    "fuzz",
                    "run",
                    "--sanitizer",
                    "none",
                    // Built on all cores: with one unit the core alone takes longer than the run.
                    "--codegen-units",
                    "16",
                    target,
                    &format!("fuzz/corpus/{target}"),
                    &format!("fuzz/seeds/{target}"),
                    "--",
                ])
                .args([
                    format!("-max_total_time={seconds}"),
                    "-rss_limit_mb=2048".to_owned(),
                    "-verbosity=0".to_owned(),
                ])
                .env("RUSTC_BOOTSTRAP", "1")
                .current_dir(run::root()),
        )?;
    }
    Ok(())
}
