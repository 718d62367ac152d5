//! Imports run downward only: the graph of our crates, read from `cargo metadata`, against the layers written here.

use std::{collections::BTreeMap, process::Command};

/// The crates from the top down; each may use only those below it, and not all of them.
const LAYERS: &[(&str, &[&str])] = &[
    ("isthmus", &["web", "reports", "store", "ledger", "isms", "frameworks"]),
    ("web", &["reports", "store", "ledger", "isms", "frameworks"]),
    ("reports", &["isms", "frameworks"]),
    ("store", &["ledger", "isms"]),
    ("isms", &["frameworks"]),
    ("ledger", &[]),
    ("frameworks", &[]),
];

#[test]
fn crates_import_downward_only() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeMap<&str, Vec<&str>> = packages
        .iter()
        .map(|p| {
            let uses = p["dependencies"].as_array().expect("dependencies").iter();
            let uses = uses.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().expect("a name"));
            (p["name"].as_str().expect("a name"), uses.collect())
        })
        .collect();
    for (name, allowed) in LAYERS {
        let uses = ours.get(name).unwrap_or_else(|| panic!("there is no crate {name}"));
        for used in uses.iter().filter(|u| ours.contains_key(**u)) {
            assert!(allowed.contains(used), "{name} must not use {used}");
        }
    }
    for core in ["isms", "ledger", "frameworks"] {
        for banned in ["tokio", "axum", "sqlx", "ureq", "hyper", "rand", "getrandom"] {
            assert!(
                !ours[core].contains(&banned),
                "{core} does no I/O and draws no randomness, yet uses {banned}"
            );
        }
    }
}
