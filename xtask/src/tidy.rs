//! `cargo xtask tidy`: format, lints, generated files.

use crate::{run, update};

pub(crate) fn tidy() -> anyhow::Result<()> {
    run::cargo(&["fmt", "--all", "--check"])?;
    run::cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    update::update(true)
}
