//! `cargo xtask update`: files that are generated and committed, so that a change in them is seen in review. What they
//! hold is written by the example `reference` of the crate `web`, which can see routes, kinds and roles.

use crate::run;

/// Writes the generated files, or with `check` fails if one is not current.
pub(crate) fn update(check: bool) -> anyhow::Result<()> {
    let mut words = vec!["run", "--quiet", "--package", "web", "--example", "reference", "--", "docs"];
    if check {
        words.push("--check");
    }
    run::cargo(&words)
}
