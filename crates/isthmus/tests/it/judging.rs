//! The commands that judge: what they print for the sample company, for a file, for days past and to come.

use std::fs;

use serde_json::{Value, json};

use crate::support::{fails, succeeds};

fn directory() -> (tempfile::TempDir, std::path::PathBuf) {
    let holder = tempfile::tempdir().expect("a directory");
    let dir = holder.path().join("data");
    (holder, dir)
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn requirement<'a>(readiness: &'a Value, name: &str) -> &'a Value {
    let list = readiness["requirements"].as_array().expect("a list");
    list.iter().find(|r| r["requirement"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn readiness_of_the_sample_company_in_every_format() {
    let (_holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let readiness = json_of(&succeeds(&dir, &["readiness", "--format", "json"]));
    assert!(readiness["as_of"].is_string());
    let control = requirement(&readiness, "A.8.11");
    assert_eq!(control["status"], "unmet");
    let reason = &control["reasons"][0];
    assert_eq!((&reason["label"], &reason["code"]), (&json!("U2"), &json!("A.8.11.U2")));
    let fact = &reason["facts"][0];
    assert_eq!(
        (&fact["kind"], &fact["id"], &fact["local_id"], &fact["field"], &fact["value"]),
        (
            &json!("control"),
            &json!("A.8.11"),
            &json!("A.8.11"),
            &json!("implementation_status"),
            &json!("not_started")
        )
    );
    assert!(fact["title"].as_str().expect("a title").contains("masking"));
    assert_eq!(requirement(&readiness, "A.7.6")["status"], "excluded");
    let finding = &requirement(&readiness, "A.8.8")["reasons"][0];
    assert_eq!((&finding["label"], &finding["facts"][0]["local_id"]), (&json!("NC"), &json!("NC-11")));
    for gate in ["stage1", "stage2", "surveillance"] {
        let gate = &readiness["gates"][gate];
        assert_eq!(gate["open"].as_bool(), Some(gate["blocked_by"].as_array().expect("a list").is_empty()));
    }
    let blocked = readiness["gates"]["stage2"]["blocked_by"].as_array().expect("a list");
    assert!(blocked.contains(&json!("A.8.11")), "{blocked:?}");
    let text = succeeds(&dir, &["readiness"]);
    for part in [
        "Controls: 64 met, 13 stale, 11 partly, 3 unmet, 4 excluded",
        "Ready for surveillance",
        "A.8.11",
        "A.8.8",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let csv = succeeds(&dir, &["readiness", "--format", "csv"]);
    assert!(csv.lines().next().expect("headings").contains("requirement,status,since,next_change_at,label"));
    assert!(csv.contains("A.8.11,unmet,"), "{csv}");
}

#[test]
fn explain_names_the_reasons_and_refuses_what_is_neither_row_nor_control() {
    let (_holder, dir) = directory();
    succeeds(&dir, &["demo", "--today", "2026-03-01"]);
    let text = succeeds(&dir, &["explain", "A.8.8", "--at", "2027-03-01"]);
    for part in ["Management of technical vulnerabilities", "On 2027-03-01", "· A.8.8 · NC:", "NC-"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(succeeds(&dir, &["explain", "4.1"]).contains("Auditors ask to see"));
    assert!(fails(&dir, &["explain", "A.9.9"], 2).contains("neither a row"));
}

#[test]
fn a_file_is_judged_without_a_data_directory() {
    let (holder, dir) = directory();
    let file = holder.path().join("company.json");
    let load = json!({
        "as_of": "2026-06-15",
        "parameters": { "evidence_months": 13 },
        "load": {
            "person": [{ "id": "noor", "name": "Noor", "in_scope": true }],
            "control": [{ "id": "own", "ref": "C.1", "title": "Two people export", "framework": "custom", "owner_id": "noor",
                "implementation_status": "implemented", "last_reviewed_at": "2026-01-10" }],
            "applicability_decision": [{ "id": "d", "control_id": "own", "applicable": true, "justification": "contract",
                "decided_at": "2026-01-05", "state": "approved" }],
            "evidence": [{ "id": "ev", "control_ids": ["own"], "title": "Log", "collected_at": "2026-05-01",
                "valid_until": "2026-06-30", "state": "accepted" }],
        },
    });
    fs::write(&file, load.to_string()).expect("written");
    let path = file.display().to_string();
    let readiness = json_of(&succeeds(&dir, &["readiness", "--format", "json", "--file", &path]));
    assert_eq!(readiness["as_of"], "2026-06-15");
    let own = requirement(&readiness, "C.1");
    assert_eq!(
        (&own["status"], &own["since"], &own["next_change_at"]),
        (&json!("met"), &json!("2026-05-01"), &json!("2026-07-01"))
    );
    let later =
        json_of(&succeeds(&dir, &["readiness", "--format", "json", "--file", &path, "--at", "2026-07-01"]));
    let own = requirement(&later, "C.1");
    assert_eq!((&own["status"], &own["reasons"][0]["facts"][0]["local_id"]), (&json!("stale"), &json!("ev")));
    let forecast =
        json_of(&succeeds(&dir, &["forecast", "--until", "2026-07-01", "--format", "json", "--file", &path]));
    let turn = &forecast["changes"][0];
    assert_eq!(
        (&turn["on"], &turn["requirement"], &turn["after"]),
        (&json!("2026-07-01"), &json!("C.1"), &json!("stale"))
    );
    assert!(
        succeeds(&dir, &["forecast", "--until", "2026-07-01", "--file", &path]).contains("C.1  met -> stale")
    );
    assert!(fails(&dir, &["forecast", "--until", "2026-06-14", "--file", &path], 2).contains("lies before"));
    assert!(!dir.exists(), "no data directory is needed or made");
    fs::write(&file, r#"{"load":{"risk":[{"id":"r","owner_id":"nobody"}]}}"#).expect("written");
    assert!(fails(&dir, &["readiness", "--file", &path], 3).contains("refers to \"nobody\""));
    fs::write(&file, "{").expect("written");
    assert!(fails(&dir, &["readiness", "--file", &path], 3).contains("is not valid JSON"));
}

#[test]
fn diff_names_the_entries_that_changed_a_row() {
    let (holder, dir) = directory();
    succeeds(&dir, &["demo"]);
    let file = holder.path().join("more.json");
    let load = r#"{"load":{"nonconformity":[{"id":"x","grade":"major","criterion_ref":"A.5.9","statement":"no list","state":"raised"}]}}"#;
    fs::write(&file, load).expect("written");
    succeeds(&dir, &["load", &file.display().to_string()]);
    let readiness = json_of(&succeeds(&dir, &["readiness", "--format", "json"]));
    let today = readiness["as_of"].as_str().expect("a day").to_owned();
    // Before the ledger began nothing was there; what the records say today comes from its entries.
    let diff = json_of(&succeeds(&dir, &["diff", "2001-01-01", &today, "--format", "json"]));
    let changed = diff["changed"].as_array().expect("a list");
    let of = |name: &str| changed.iter().find(|c| c["requirement"] == name);
    let loaded = of("A.5.1").expect("the sample changed it");
    assert_eq!(
        (&loaded["before"], &loaded["after"], &loaded["by_date"]),
        (&json!("unmet"), &json!("met"), &json!(false))
    );
    let entry = &loaded["entries"][0];
    assert_eq!((&entry["command"], &entry["by"]), (&json!("load"), &json!("the command line")));
    assert!(entry["seq"].is_u64() && !entry["records"].as_array().expect("a list").is_empty());
    // Unmet before and after: no difference, though it was met in between.
    assert!(of("A.5.9").is_none());
    let text = succeeds(&dir, &["diff", "2001-01-01", &today]);
    assert!(text.contains("A.5.1  unmet -> met") && text.contains("the command line"), "{text}");
    // From today on only the date changes anything.
    let far = succeeds(&dir, &["diff", &today, "2100-01-01"]);
    assert!(far.contains("by the date alone") && !far.contains("entry "), "{far}");
    assert!(fails(&dir, &["diff", &today, "2001-01-01"], 2).contains("earlier day first"));
}
