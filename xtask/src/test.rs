//! `cargo xtask test`: every test there is.

use crate::{run, system};

/// Where proptest looks for a seed.
const SEED: &str = "PROPTEST_RNG_SEED";

pub(crate) fn test(args: &[String]) -> anyhow::Result<()> {
    system::prepare()?;
    let mut words = vec!["test", "--workspace"];
    words.extend(args.iter().map(String::as_str));
    // Property tests draw the same companies on every machine, unless a seed is given.
    if std::env::var_os(SEED).is_none() {
        return run::cargo_with(&words, &[(SEED, "27001")]);
    }
    run::cargo(&words)
}
