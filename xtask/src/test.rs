//! `cargo xtask test`: every test there is.

use crate::{run, system};

pub(crate) fn test(args: &[String]) -> anyhow::Result<()> {
    system::prepare()?;
    let mut words = vec!["test", "--workspace"];
    words.extend(args.iter().map(String::as_str));
    run::cargo(&words)
}
