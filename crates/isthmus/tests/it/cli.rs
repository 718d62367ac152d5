//! The command line: what it prints, writes and refuses, and its exit codes.

use std::{fs, path::Path};

use crate::support::{Server, fails, succeeds};

fn directory() -> (tempfile::TempDir, std::path::PathBuf) {
    let holder = tempfile::tempdir().expect("a directory");
    let dir = holder.path().join("data");
    (holder, dir)
}

fn write(path: &Path, text: &str) -> String {
    fs::write(path, text).expect("written");
    path.display().to_string()
}

#[test]
fn demo_fills_an_empty_directory_and_only_that() {
    let (_holder, dir) = directory();
    let said = succeeds(&dir, &["demo", "--today", "2026-03-01"]);
    assert!(said.contains("tomas@tarnwick-rota.example"), "{said}");
    assert!(fails(&dir, &["demo"], 5).contains("not empty"));
    assert!(succeeds(&dir, &["verify"]).contains("verified"));
}

#[test]
fn the_data_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("keys/ledger.key")), 0o600);
    assert_eq!(mode(&dir.join("isthmus.db")), 0o600);
}

#[test]
fn exports_every_format_also_while_serving() {
    let (holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let server = Server::start(&dir);
    for what in ["soa", "risks"] {
        for (format, begins) in [("pdf", &b"%PDF-"[..]), ("xlsx", b"PK"), ("csv", b""), ("json", b"{")] {
            let out = holder.path().join(format!("{what}.{format}"));
            succeeds(&dir, &["export", what, "--format", format, "--out", &out.display().to_string()]);
            let bytes = fs::read(&out).expect("a file");
            assert!(bytes.starts_with(begins), "{what} {format}");
            assert!(bytes.len() > 1_000, "{what} {format}: {} bytes", bytes.len());
        }
    }
    server.stop();
}

#[test]
fn what_leaves_the_house_is_the_published_statement_unless_another_is_asked_for() {
    let (holder, dir) = directory();
    succeeds(&dir, &["demo", "--today", "2026-03-01"]);
    let out = holder.path().join("soa.json").display().to_string();
    let version = |more: &[&str]| {
        let said =
            succeeds(&dir, &[&["export", "soa", "--format", "json", "--out", &out][..], more].concat());
        let made: serde_json::Value = serde_json::from_slice(&fs::read(&out).expect("a file")).expect("JSON");
        let version = made["document"]["version"].as_str().expect("a version").to_owned();
        assert!(said.contains(&format!("Statement of Applicability {version}")), "{said}");
        version
    };
    let published = version(&[]);
    assert!(published.ends_with("(published)"), "{published}");
    assert!(version(&["--version", "draft"]).ends_with("(draft)"));
    assert_eq!(version(&["--version", published.split(' ').next().expect("a number")]), published);
    let other = ["--format", "csv", "--out", &out, "--version"];
    assert!(fails(&dir, &[&["export", "soa"][..], &other, &["99"]].concat(), 3).contains("no version 99"));
    fails(&dir, &[&["export", "risks"][..], &other, &["draft"]].concat(), 2);
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let (holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let server = Server::start(&dir);
    let document = write(&holder.path().join("a.json"), r#"{"load":{}}"#);
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["load", &document], &["rebuild"]] {
        let said = fails(&dir, command, 5);
        assert!(said.contains("in use"), "{command:?}: {said}");
    }
    assert!(succeeds(&dir, &["checkpoint"]).contains("— "));
    assert!(succeeds(&dir, &["verify"]).contains("verified"));
    server.stop();
}

#[test]
fn load_takes_all_or_nothing_and_names_every_problem() {
    let (holder, dir) = directory();
    let bad = write(
        &holder.path().join("bad.json"),
        r#"{"load": {"person": [{"id": "p1", "name": 7}, {"id": "p1", "name": "B"}],
            "risk": [{"id": "r1", "title": "R", "owner_id": "nobody", "colour": "red"}],
            "unicorn": [{"id": "u"}]}}"#,
    );
    let said = fails(&dir, &["load", &bad], 3);
    for expected in
        ["load.unicorn", "load.person[1].id (p1)", "load.risk[0].owner_id (r1)", "load.risk[0].colour (r1)"]
    {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    let good = write(
        &holder.path().join("good.json"),
        r#"{"load": {"org_profile": [{"id": "o", "name": "Acme"}], "person": [{"id": "p1", "name": "A"}],
            "risk": [{"id": "r1", "title": "R", "owner_id": "p1"}],
            "control": [{"id": "A.5.9", "owner_id": "p1"}]}}"#,
    );
    assert!(succeeds(&dir, &["load", &good]).contains("4 records"));
    let elsewhere = format!(
        r#"{{"load": {{"evidence": [{{"id": "e", "title": "E", "file_hash": "{}"}}]}}}}"#,
        "ab".repeat(32)
    );
    let elsewhere = write(&holder.path().join("elsewhere.json"), &elsewhere);
    let said = succeeds(&dir, &["load", &elsewhere]);
    assert!(said.contains("1 record names a file not kept here") && said.contains("EV-1"), "{said}");
    assert!(fails(&dir, &["load", "/no/such/file"], 3).contains("/no/such/file"));
}

#[test]
fn backup_while_serving_restores_elsewhere_and_verifies() {
    let (holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let kept = holder.path().join("checkpoint.txt").display().to_string();
    succeeds(&dir, &["checkpoint", "--out", &kept]);
    let server = Server::start(&dir);
    let file = holder.path().join("backup.tar").display().to_string();
    succeeds(&dir, &["backup", &file]);
    server.stop();
    let other = holder.path().join("other");
    succeeds(&other, &["restore", &file]);
    assert!(succeeds(&other, &["verify", "--checkpoint", &kept]).contains("continues the checkpoint"));
    fails(&other, &["restore", &file], 5);
    assert!(succeeds(&other, &["rebuild"]).contains("rebuilt"));
}

#[test]
fn verify_names_what_is_wrong_and_exits_with_4() {
    let (holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let other = holder.path().join("other");
    succeeds(&other, &["demo"]);
    let foreign = holder.path().join("foreign.txt").display().to_string();
    succeeds(&other, &["checkpoint", "--out", &foreign]);
    let said = fails(&dir, &["verify", "--checkpoint", &foreign], 4);
    assert!(said.contains("checkpoint") || said.contains("key") || said.contains("signature"), "{said}");
}

#[test]
fn wrong_usage_is_told_apart() {
    let (_holder, dir) = directory();
    fails(&dir, &["export", "soa", "--format", "docx", "--out", "x"], 2);
    fails(&dir, &["no-such-command"], 2);
    assert!(fails(&dir, &["verify"], 5).contains("data"));
    assert!(succeeds(&dir, &["--help"]).contains("Exit codes"));
}
