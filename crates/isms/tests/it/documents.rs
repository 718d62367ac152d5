//! Document versions, acknowledgement campaigns (4.1) and attestations.

use isms::Kind;
use serde_json::{Value, json};

use crate::{
    risks::waiver,
    world::{Given, TODAY, Try, Who::*, attempt, check, grounds},
};

const FILE: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

/// A procedure of Cleo's, version 1 published, version 2 written by Dan in the given state.
fn with_version(state: &str) -> Given {
    let mut given = Given::people();
    given
        .add("context_issue", json!({"id": "CI-1", "description": "growth"}))
        .add("interested_party", json!({"id": "IP-1", "name": "Customers"}))
        .add("party_requirement", json!({"id": "PR-1", "party_id": "IP-1", "text": "encryption"}))
        .add("scope_item", json!({"id": "SC-1", "name": "Hosting", "kind": "dependency"}))
        .add("document", json!({
            "id": "DOC-1", "title": "Access procedure", "kind": "procedure", "owner_id": "P-3", "retention_months": 36
        }))
        .add("document_version", json!({
            "id": "DV-1", "document_id": "DOC-1", "number": "1", "author_id": "P-4", "approver_id": "P-1",
            "published_at": "2025-01-01", "effective_from": "2025-01-01", "next_review_at": "2026-01-01", "state": "published"
        }))
        .add("document_version", json!({
            "id": "DV-2", "document_id": "DOC-1", "number": "2", "author_id": "P-4", "reviewer_ids": ["P-3"],
            "file_hash": FILE, "change_summary": "roles renamed", "next_review_at": "2027-03-01", "state": state
        }));
    given
}

fn draft() -> Given {
    with_version("draft")
}

fn in_review() -> Given {
    with_version("in_review")
}

fn approved() -> Given {
    with_version("approved")
}

#[test]
fn a_version_is_read_by_somebody_else() {
    check(
        draft,
        vec![
            attempt("whole", Dan, "DV-2", "submit", Ok("in_review")),
            attempt("not by its author", Ben, "DV-2", "submit", Err("who")),
            attempt("no reviewer", Dan, "DV-2", "submit", Err("reviewer_ids"))
                .given(|g| _ = g.set("DV-2", json!({"reviewer_ids": null}))),
            attempt("read by the author alone", Dan, "DV-2", "submit", Err("7.5.2c"))
                .given(|g| _ = g.set("DV-2", json!({"reviewer_ids": ["P-4"]}))),
            attempt("no file", Dan, "DV-2", "submit", Err("file_hash"))
                .given(|g| _ = g.set("DV-2", json!({"file_hash": null}))),
            attempt("not said what is new", Dan, "DV-2", "submit", Err("7.5.3"))
                .given(|g| _ = g.set("DV-2", json!({"change_summary": null}))),
        ],
    );
    check(
        in_review,
        vec![
            attempt("by a reviewer", Cleo, "DV-2", "return", Ok("draft")).comment(),
            attempt("by an approver", Ben, "DV-2", "return", Ok("draft")).comment(),
            attempt("by the author", Dan, "DV-2", "return", Err("7.5.2c")).comment(),
            attempt("without reason", Cleo, "DV-2", "return", Err("comment")),
        ],
    );
    let mut world = in_review().world();
    for change in
        [json!({"file_hash": FILE.replace('a', "b")}), json!({"author_id": "P-2"}), json!({"number": "3"})]
    {
        assert_eq!(grounds(&world.update(Ben, "DV-2", change).err().unwrap()), ["7.5.2c"]);
    }
}

#[test]
fn a_version_is_approved_by_somebody_else() {
    fn of_ben(given: &mut Given) {
        given.set("DV-2", json!({"author_id": "P-2"}));
    }
    fn waived(given: &mut Given) {
        of_ben(given);
        given.set("org", json!({"headcount": 25})).add("sod_waiver", waiver("SOD-1", "DV-2"));
    }
    check(
        in_review,
        vec![
            attempt("by an approver", Ben, "DV-2", "approve", Ok("approved")),
            attempt("by a contributor", Cleo, "DV-2", "approve", Err("who")),
            attempt("by the author", Ben, "DV-2", "approve", Err("SOD-1")).given(of_ben),
            attempt("by the author, waived, small", Ben, "DV-2", "approve", Ok("approved")).given(waived),
            attempt("by the author, waived, not small", Ben, "DV-2", "approve", Err("SOD-1")).given(|g| {
                waived(g);
                g.set("org", json!({"headcount": 26}));
            }),
            attempt("by the author, waiver over", Ben, "DV-2", "approve", Err("SOD-1")).given(|g| {
                waived(g);
                g.set("SOD-1", json!({"expires_at": "2026-02-28"}));
            }),
            attempt("by the author, waived, but the SoA", Ben, "DV-2", "approve", Err("SOD-1")).given(|g| {
                waived(g);
                g.set("DOC-1", json!({"kind": "soa"}));
            }),
            attempt("by an account without person", Nobody, "DV-2", "approve", Err("approver_id")),
            attempt("no review date", Ben, "DV-2", "approve", Err("next_review_at"))
                .given(|g| _ = g.set("DV-2", json!({"next_review_at": null}))),
        ],
    );
}

#[test]
fn policy_and_scope_are_whole_and_approved_by_top_management() {
    fn policy() -> Given {
        let mut given = in_review();
        let checklist = json!({
            "purpose_fit": true, "objectives_or_framework": true, "commit_requirements": true, "commit_improvement": true
        });
        given.set("DOC-1", json!({"kind": "policy"})).set("DV-2", json!({"content_checklist": checklist}));
        given
    }
    fn scope() -> Given {
        let mut given = in_review();
        given.set("DOC-1", json!({"kind": "scope"})).set("DV-2", json!({
            "considered_issue_ids": ["CI-1"], "considered_requirement_ids": ["PR-1"], "considered_interface_ids": ["SC-1"]
        }));
        given
    }
    check(
        policy,
        vec![
            attempt("whole", Ada, "DV-2", "approve", Ok("approved")),
            attempt("by the ISMS manager", Ben, "DV-2", "approve", Err("5.2")),
            attempt("not all ticked", Ada, "DV-2", "approve", Err("5.2")).given(|g| {
                _ = g.set(
                    "DV-2",
                    json!({"content_checklist": {"purpose_fit": true, "commit_requirements": false}}),
                )
            }),
            attempt("by the author, waived, small", Ada, "DV-2", "approve", Err("SOD-1")).given(|g| {
                g.set("DV-2", json!({"author_id": "P-1"})).set("org", json!({"headcount": 5}));
                g.add("sod_waiver", waiver("SOD-1", "DV-2"));
            }),
        ],
    );
    check(
        scope,
        vec![
            attempt("whole", Ada, "DV-2", "approve", Ok("approved")),
            attempt("by the ISMS manager", Ben, "DV-2", "approve", Err("5.2")),
            attempt("no issues", Ada, "DV-2", "approve", Err("4.3"))
                .given(|g| _ = g.set("DV-2", json!({"considered_issue_ids": null}))),
            attempt("no requirements", Ada, "DV-2", "approve", Err("4.3"))
                .given(|g| _ = g.set("DV-2", json!({"considered_requirement_ids": null}))),
            attempt("no interfaces", Ada, "DV-2", "approve", Err("4.3"))
                .given(|g| _ = g.set("DV-2", json!({"considered_interface_ids": null}))),
        ],
    );
}

#[test]
fn publishing_a_version_ends_the_one_before() {
    check(
        approved,
        vec![
            attempt("by the owner", Cleo, "DV-2", "publish", Ok("published")),
            attempt("by the ISMS manager", Ben, "DV-2", "publish", Ok("published")),
            attempt("by its author", Dan, "DV-2", "publish", Err("who")),
            attempt("kept for how long?", Ben, "DV-2", "publish", Err("7.5.3"))
                .given(|g| _ = g.set("DOC-1", json!({"retention_months": null}))),
            attempt("superseded by hand", Ben, "DV-1", "supersede", Err("who")),
            attempt("superseded by the clock", Clock, "DV-1", "supersede", Err("7.5.3")),
        ],
    );
    let mut world = approved().world();
    let decision = world.step(Ben, "DV-2", "publish", Value::Null, "").unwrap();
    assert_eq!(decision.changes.len(), 2, "one transaction");
    assert_eq!((world.state("DV-1"), world.state("DV-2")), ("superseded", "published"));
    assert_eq!(
        (world.field("DV-2", "published_at"), world.field("DV-2", "effective_from")),
        (json!(TODAY), json!(TODAY))
    );
    assert_eq!(
        grounds(&world.update(Ben, "DV-2", json!({"change_summary": "x"})).err().unwrap()),
        ["frozen"]
    );
}

#[test]
fn a_published_version_is_reviewed_or_retired() {
    let again = |t: Try| t.comment().fields(json!({"next_review_at": "2027-01-01"}));
    check(
        draft,
        vec![
            again(attempt("unchanged", Ben, "DV-1", "review", Ok("published"))),
            again(attempt("by its author", Ben, "DV-1", "review", Err("SOD-1")))
                .given(|g| _ = g.set("DV-1", json!({"author_id": "P-2"}))),
            again(attempt("by a contributor", Dan, "DV-1", "review", Err("who"))),
            attempt("no note", Ben, "DV-1", "review", Err("comment"))
                .fields(json!({"next_review_at": "2027-01-01"})),
            attempt("not ahead", Ben, "DV-1", "review", Err("7.5.2c")).comment(),
            attempt("nothing rests on it", Ben, "DV-1", "retire", Ok("retired")).comment(),
            attempt("no reason", Ben, "DV-1", "retire", Err("comment")),
            attempt("a control rests on it", Ben, "DV-1", "retire", Err("7.5.3"))
                .comment()
                .given(|g| _ = g.add("control", json!({"id": "A.5.15", "document_ids": ["DOC-1"]}))),
            attempt("a retired control rested on it", Ben, "DV-1", "retire", Ok("retired")).comment().given(
                |g| {
                    _ = g.add(
                        "control",
                        json!({"id": "A.5.15", "document_ids": ["DOC-1"], "state": "retired"}),
                    )
                },
            ),
            attempt("a requirement asks for it", Ben, "DV-1", "retire", Err("7.5.3"))
                .comment()
                .given(|g| _ = g.set("DOC-1", json!({"required_by": ["7.5.3c-f"]}))),
            attempt("the standard asks for it", Ben, "DV-1", "retire", Err("7.5.3"))
                .comment()
                .given(|g| _ = g.set("DOC-1", json!({"kind": "policy"}))),
        ],
    );
    let mut world = draft().world();
    world.step(Ben, "DV-1", "review", json!({"next_review_at": "2027-01-01"}), "still right").unwrap();
    assert_eq!(world.field("DV-1", "last_reviewed_at"), TODAY);
    assert_eq!(world.field("DV-1", "next_review_at"), "2027-01-01");
}

#[test]
fn numbers_of_versions_rise() {
    let mut world = draft().world();
    let third =
        world.create(Dan, Kind::DocumentVersion, json!({"document_id": "DOC-1"})).unwrap().to_string();
    assert_eq!((world.field(&third, "number"), world.field(&third, "author_id")), (json!("3"), json!("P-4")));
    for number in ["2", "1.5", "3"] {
        let fields = json!({"document_id": "DOC-1", "number": number});
        assert_eq!(
            grounds(&world.create(Dan, Kind::DocumentVersion, fields).err().unwrap()),
            ["7.5.3"],
            "{number}"
        );
    }
    world.create(Dan, Kind::DocumentVersion, json!({"document_id": "DOC-1", "number": "3.1"})).unwrap();
}

#[test]
fn people_acknowledge_for_themselves() {
    let mut given = draft();
    given.add("role", json!({"id": "ROLE-1", "title": "HR", "kind": "hr"}));
    given.set("P-4", json!({"manager_id": "P-3"}));
    let mut world = given.world();
    let unpublished =
        world.create(Ben, Kind::AckCampaign, json!({"document_version_id": "DV-2"})).err().unwrap();
    assert_eq!(grounds(&unpublished), ["A.5.1"]);
    let campaign =
        world.create(Ben, Kind::AckCampaign, json!({"document_version_id": "DV-1"})).unwrap().to_string();
    assert_eq!(
        (world.field(&campaign, "started_at"), world.field(&campaign, "due_at")),
        (json!(TODAY), json!("2026-03-31"))
    );

    let of = |person: &str| json!({"campaign_id": "AC-1", "person_id": person, "acknowledged_at": TODAY});
    assert_eq!(grounds(&world.create(Ben, Kind::Acknowledgement, of("P-4")).err().unwrap()), ["A.5.1"]);
    world.create(Dan, Kind::Acknowledgement, of("P-4")).unwrap();
    let waived = |by: &str, reason: &str| json!({"campaign_id": "AC-1", "person_id": "P-4", "waived_by": by, "waived_reason": reason});
    assert_eq!(
        grounds(&world.create(Cleo, Kind::Acknowledgement, waived("P-3", "")).err().unwrap()),
        ["A.5.1"]
    );
    assert_eq!(
        grounds(&world.create(Dan, Kind::Acknowledgement, waived("P-3", "leave")).err().unwrap()),
        ["A.5.1"]
    );
    assert_eq!(
        grounds(&world.create(Ben, Kind::Acknowledgement, waived("P-2", "leave")).err().unwrap()),
        ["A.5.1"]
    );
    world.create(Cleo, Kind::Acknowledgement, waived("P-3", "leave")).unwrap();
    world.create(Ada, Kind::RoleAssignment, json!({"role_id": "ROLE-1", "person_id": "P-2"})).unwrap();
    world.create(Ben, Kind::Acknowledgement, waived("P-2", "leave")).unwrap();
}

#[test]
fn people_attest_in_their_own_name_and_not_to_their_own_work() {
    let mut given = Given::people();
    given
        .add("isms_process", json!({"id": "PROC-1", "kind": "context", "owner_id": "P-1"}))
        .add("role", json!({"id": "ROLE-1", "title": "ISMS manager", "kind": "isms_conformity"}))
        .add("role_assignment", json!({"id": "RA-1", "role_id": "ROLE-1", "person_id": "P-2"}));
    let waiver = |row: &str| json!({"rule": "SOD-15", "record_ref": row, "reason": "few", "compensating_review_by": "P-2", "approved_by": "P-1", "expires_at": "2026-12-31"});
    let said = |row: &str| json!({"requirement_ref": row, "statement": "seen", "verdict": "conform"});
    for (what, who, fields, allowed) in [
        ("judged by management", Ada, said("5.1a"), true),
        ("how well, by the ISMS manager", Ben, said("5.1a"), false),
        ("a judgement, by the ISMS manager", Ben, said("5.1b"), true),
        ("the process is Ada's", Ada, said("4.1"), false),
        ("in another's name", Ada, json!({"requirement_ref": "5.1a", "attested_by": "P-2"}), false),
        ("by an account without person", Nobody, said("5.1a"), false),
        (
            "countersigned by oneself",
            Ada,
            json!({"requirement_ref": "5.1a", "countersigned_by": "P-1"}),
            false,
        ),
    ] {
        match given.world().create(who, Kind::Attestation, fields) {
            Ok(_) => assert!(allowed, "{what}"),
            Err(refusal) => {
                assert!(!allowed, "{what}: {refusal}");
                assert!(grounds(&refusal).iter().all(|g| g == "SOD-15"), "{what}: {refusal}");
            }
        }
    }
    let mut world = given.world();
    for second in [Value::Null, json!("P-1")] {
        let mut alone = waiver("4.1");
        alone["compensating_review_by"] = second;
        assert_eq!(grounds(&world.create(Ada, Kind::SodWaiver, alone).err().unwrap()), ["4.0"]);
    }
    let given_leave = world.create(Ada, Kind::SodWaiver, waiver("4.1")).unwrap();
    for archived in [true, false] {
        let command = match archived {
            true => isms::Command::Archive { id: given_leave, rev: None, archived },
            false => isms::Command::Remove { id: given_leave, rev: None },
        };
        assert_eq!(grounds(&world.run(&Ben.actor(), command).err().unwrap()), ["id"], "it stays on record");
    }
    world.create(Ada, Kind::Attestation, said("4.1")).unwrap();
    let by_ben = world.create(Ben, Kind::Attestation, said("5.1b")).unwrap().to_string();
    let countersign = |person: &str| json!({"countersigned_by": person});
    for (who, by) in [(Ben, "P-1"), (Ben, "P-2"), (Cleo, "P-3")] {
        assert!(world.update(who, &by_ben, countersign(by)).is_err(), "{who:?} countersigns as {by}");
    }
    world.update(Ada, &by_ben, countersign("P-1")).unwrap();
}
