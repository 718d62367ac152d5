//! `cargo xtask update`: files that are generated and committed, so that a change in them is seen in review. What they
//! hold is written by the example `reference` of the crate `web`, which can see routes, kinds and roles.

use std::process::Command;

use crate::run;

/// Writes the generated files, or with `check` fails if one is not current.
pub(crate) fn update(check: bool) -> anyhow::Result<()> {
    // Built for the whole workspace, as the tests are: for one package alone, features of dependencies are others, and
    // half of them would be built twice.
    run::cargo(&["build", "--quiet", "--workspace", "--example", "reference"])?;
    let mut reference = Command::new(run::target().join("debug/examples/reference"));
    reference.arg("docs").current_dir(run::root());
    if check {
        reference.arg("--check");
    }
    run::status(&mut reference)
}
