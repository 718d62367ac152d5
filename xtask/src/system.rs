//! Programs from the system's packages that tests need: a browser and its driver, and a reader of PDFs.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::run;

/// A program, and the Debian package it comes from.
const NEEDED: [(&str, &str); 3] =
    [("chromium", "chromium"), ("chromedriver", "chromium-driver"), ("pdftotext", "poppler-utils")];

/// Installs what is missing where it may; otherwise says exactly what to install.
pub(crate) fn prepare() -> anyhow::Result<()> {
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let by_hand = format!(
        "install them and run this again:\n\n    sudo apt-get install {packages}\n\n(or the packages of your system that bring chromium, chromedriver and pdftotext)"
    );
    if !there("apt-get") {
        bail!("the tests need programs that are not here; {by_hand}");
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if sudo_without_password() {
        &["sudo", "-n"]
    } else {
        bail!(
            "the tests need programs that are not here, and installing them needs rights I do not have; {by_hand}"
        );
    };
    eprintln!("Installing {packages} for the tests …");
    let apt = |args: &[&str]| {
        let mut words = prefix.to_vec();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]);
        words.extend(args);
        run::status(Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()))
    };
    apt(&["update"])?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(&missing);
    apt(&install)?;
    match NEEDED.iter().find(|(program, _)| !there(program)) {
        Some((program, package)) => bail!("{package} was installed but brought no {program}; {by_hand}"),
        None => Ok(()),
    }
}

fn there(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

fn sudo_without_password() -> bool {
    there("sudo")
        && Command::new("sudo").args(["-n", "true"]).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}
