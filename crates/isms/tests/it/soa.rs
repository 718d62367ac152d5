//! Decisions and versions of the Statement of Applicability (4.3).

use isms::{Command, Kind, records::SoaVersion};
use serde_json::{Value, json};

use crate::{
    risks::waiver,
    world::{Given, TODAY, Who::*, World, attempt, check, grounds},
};

/// A draft with every control decided by Ben as a baseline and proposed; A.5.9 is treated with and needed.
fn draft() -> Given {
    let mut given = Given::people();
    given
        .add("risk", json!({"id": "R-1", "title": "Laptop lost", "owner_id": "P-3"}))
        .add("treatment_plan", json!({"id": "TP-1", "risk_id": "R-1", "control_ids": ["A.5.9"], "state": "proposed"}))
        .add("interested_party", json!({"id": "IP-1", "name": "Customers"}))
        .add("party_requirement", json!({
            "id": "PR-1", "party_id": "IP-1", "text": "deletion", "kind": "contractual", "addressed_via_isms": "yes",
            "linked_object_ids": ["A.5.10"]
        }))
        .add("soa_version", json!({"id": "SOA-1", "number": "1", "author_id": "P-2", "next_review_at": "2027-03-01", "state": "draft"}));
    for n in 1..=93 {
        let control = isms::Id { kind: Kind::Control, n };
        given.add("applicability_decision", json!({
            "id": format!("AD-{n}"), "control_id": control, "soa_version_id": "SOA-1", "applicable": true,
            "reason_codes": ["baseline"], "justification": "usual for a company such as ours", "decided_by": "P-2",
            "decided_at": "2026-02-01", "state": "proposed"
        }));
    }
    given
}

fn approved() -> Given {
    let mut given = draft();
    given.set("SOA-1", json!({"state": "approved", "approved_by": "P-1", "approved_at": "2026-02-20"}));
    for n in 1..=93 {
        given.set(&format!("AD-{n}"), json!({"state": "approved", "approved_by": "P-1"}));
    }
    given
}

fn published(world: &mut World) {
    world.step(Ada, "SOA-1", "approve", Value::Null, "").unwrap();
    world.step(Ben, "SOA-1", "publish", Value::Null, "").unwrap();
}

#[test]
fn a_decision_is_reasoned() {
    fn undecided() -> Given {
        let mut given = draft();
        for n in 1..=93 {
            given.set(
                &format!("AD-{n}"),
                json!({"state": "undecided", "decided_by": null, "decided_at": null}),
            );
        }
        given.add("control", json!({"id": "A.5.9", "owner_id": "P-3"}));
        given
    }
    let decide = |applicable: bool, codes: Value| json!({"applicable": applicable, "reason_codes": codes, "justification": "for a reason"});
    check(
        undecided,
        vec![
            attempt("needed for a risk", Ben, "AD-9", "propose", Ok("proposed"))
                .fields(decide(true, json!(["risk"]))),
            attempt("by the control's owner", Cleo, "AD-9", "propose", Ok("proposed"))
                .fields(decide(true, json!(["risk"]))),
            attempt("by others", Dan, "AD-9", "propose", Err("who")).fields(decide(true, json!(["risk"]))),
            attempt("by an account without person", Nobody, "AD-9", "propose", Err("decided_by"))
                .fields(decide(true, json!(["risk"]))),
            attempt("no justification", Ben, "AD-9", "propose", Err("justification"))
                .fields(json!({"justification": ""})),
            attempt("neither yes nor no", Ben, "AD-9", "propose", Err("applicable"))
                .fields(json!({"applicable": null})),
            attempt("no reason code", Ben, "AD-9", "propose", Err("6.1.3d")).fields(decide(true, json!([]))),
            attempt("no law behind it", Ben, "AD-9", "propose", Err("6.1.3d"))
                .fields(decide(true, json!(["legal"]))),
            attempt("no risk behind it", Ben, "AD-11", "propose", Err("6.1.3d"))
                .fields(decide(true, json!(["risk"]))),
            attempt("a contract behind it", Ben, "AD-10", "propose", Ok("proposed"))
                .fields(decide(true, json!(["contractual"]))),
            attempt("linked by hand", Ben, "AD-11", "propose", Ok("proposed"))
                .fields(json!({"reason_codes": ["risk"], "linked_risk_ids": ["R-1"]})),
            attempt("linked to a closed risk", Ben, "AD-11", "propose", Err("6.1.3d"))
                .fields(json!({"reason_codes": ["risk"], "linked_risk_ids": ["R-1"]}))
                .given(|g| _ = g.set("R-1", json!({"state": "closed"}))),
            attempt("left out", Ben, "AD-11", "propose", Ok("proposed")).fields(decide(false, json!([]))),
            attempt("left out, but a plan needs it", Ben, "AD-9", "propose", Err("6.1.3d"))
                .fields(decide(false, json!([]))),
            attempt("left out, the plan is cancelled", Ben, "AD-9", "propose", Ok("proposed"))
                .fields(decide(false, json!([])))
                .given(|g| _ = g.set("TP-1", json!({"state": "cancelled"}))),
            attempt("left out, but a contract needs it", Ben, "AD-10", "propose", Err("6.1.3d"))
                .fields(decide(false, json!([]))),
        ],
    );
}

#[test]
fn a_decision_is_approved_by_somebody_else() {
    check(
        draft,
        vec![
            attempt("by another", Ada, "AD-11", "approve", Ok("approved")),
            attempt("by who decided", Ben, "AD-11", "approve", Err("SOD-4")),
            attempt("by who decided, waived", Ben, "AD-11", "approve", Ok("approved"))
                .given(|g| _ = g.add("sod_waiver", waiver("SOD-4", "AD-11"))),
            attempt("by a contributor", Cleo, "AD-11", "approve", Err("who")),
            attempt("returned for a reason", Ada, "AD-11", "return", Ok("undecided")).comment(),
            attempt("returned without", Ada, "AD-11", "return", Err("comment")),
            attempt("decided anew", Ada, "AD-11", "propose", Ok("proposed")),
            attempt("published alone", Ben, "AD-11", "publish", Err("state")),
        ],
    );
    let mut world = draft().world();
    for change in
        [json!({"applicable": false}), json!({"justification": "other"}), json!({"linked_risk_ids": ["R-1"]})]
    {
        assert_eq!(grounds(&world.update(Ada, "AD-11", change).err().unwrap()), ["SOD-4"]);
    }
    assert_eq!(
        grounds(&world.update(Ada, "AD-11", json!({"decided_by": "P-3"})).err().unwrap()),
        ["decided_by"]
    );
    world.step(Ada, "AD-11", "propose", json!({"justification": "other"}), "").unwrap();
    assert_eq!(world.field("AD-11", "decided_by"), "P-1");
    assert_eq!(grounds(&world.step(Ada, "AD-11", "approve", Value::Null, "").err().unwrap()), ["SOD-4"]);
    world.step(Ben, "AD-11", "approve", Value::Null, "").unwrap();
    world.step(Ben, "AD-11", "propose", json!({"applicable": false}), "left out").unwrap();
    assert_eq!((world.state("AD-11"), world.field("AD-11", "approved_by")), ("proposed", Value::Null));
    let twice = json!({"control_id": "A.5.9", "soa_version_id": "SOA-1"});
    assert_eq!(grounds(&world.create(Ben, Kind::ApplicabilityDecision, twice).err().unwrap()), ["6.1.3d"]);
}

#[test]
fn a_version_is_approved_whole_by_somebody_else() {
    check(
        draft,
        vec![
            attempt("whole", Ada, "SOA-1", "approve", Ok("approved")),
            attempt("by its author", Ben, "SOA-1", "approve", Err("SOD-4")),
            attempt("by a contributor", Cleo, "SOA-1", "approve", Err("who")),
            attempt("with a decision of one's own", Ada, "SOA-1", "approve", Err("SOD-4"))
                .given(|g| _ = g.set("AD-50", json!({"decided_by": "P-1"}))),
            attempt("with one's own, approved by another", Ada, "SOA-1", "approve", Ok("approved")).given(
                |g| {
                    _ = g
                        .set("AD-50", json!({"decided_by": "P-1", "approved_by": "P-2", "state": "approved"}))
                },
            ),
            attempt("one is missing", Ada, "SOA-1", "approve", Err("6.1.3d")).given(|g| _ = g.drop("AD-93")),
            attempt("one is undecided", Ada, "SOA-1", "approve", Err("6.1.3d"))
                .given(|g| _ = g.set("AD-93", json!({"state": "undecided"}))),
            attempt("an own control is missing", Ada, "SOA-1", "approve", Err("6.1.3d"))
                .given(|g| _ = g.add("control", json!({"id": "C-1", "title": "Own", "framework": "custom"}))),
            attempt("a retired own control is not missed", Ada, "SOA-1", "approve", Ok("approved")).given(
                |g| {
                    g.add(
                        "control",
                        json!({"id": "C-1", "title": "Own", "framework": "custom", "state": "retired"}),
                    );
                },
            ),
            attempt("left out, but needed", Ada, "SOA-1", "approve", Err("6.1.3d"))
                .given(|g| _ = g.set("AD-9", json!({"applicable": false}))),
            attempt("needed for no risk", Ada, "SOA-1", "approve", Err("6.1.3d"))
                .given(|g| _ = g.set("AD-11", json!({"reason_codes": ["risk"]}))),
            attempt("no review date", Ada, "SOA-1", "approve", Err("next_review_at"))
                .given(|g| _ = g.set("SOA-1", json!({"next_review_at": null}))),
            attempt("published before it is approved", Ben, "SOA-1", "publish", Err("state")),
        ],
    );
    check(
        approved,
        vec![
            attempt("all approved", Ben, "SOA-1", "publish", Ok("published")),
            attempt("by a contributor", Cleo, "SOA-1", "publish", Err("who")),
            attempt("one decided anew", Ben, "SOA-1", "publish", Err("6.1.3d"))
                .given(|g| _ = g.set("AD-3", json!({"state": "proposed"}))),
            attempt("a plan needs what is left out", Ben, "SOA-1", "publish", Err("6.1.3d"))
                .given(|g| _ = g.set("AD-9", json!({"applicable": false}))),
            attempt("its document is a draft", Ben, "SOA-1", "publish", Err("7.5.2c")).given(|g| {
                g.add("document", json!({"id": "DOC-1", "title": "SoA", "kind": "soa"}));
                g.add(
                    "document_version",
                    json!({"id": "DV-1", "document_id": "DOC-1", "number": "1", "state": "draft"}),
                );
                g.set("SOA-1", json!({"document_version_id": "DV-1"}));
            }),
            attempt("taken back", Ada, "SOA-1", "return", Ok("draft")).comment(),
            attempt("taken back without reason", Ada, "SOA-1", "return", Err("comment")),
            attempt("superseded by hand", Clock, "AD-1", "publish", Err("6.1.3d")),
        ],
    );
}

#[test]
fn publishing_freezes_the_statuses_and_ends_the_version_before() {
    let mut given = draft();
    given
        .add("control", json!({"id": "A.5.9", "implementation_status": "partly"}))
        .add("document", json!({"id": "DOC-1", "title": "SoA", "kind": "soa"}))
        .add("document_version", json!({"id": "DV-1", "document_id": "DOC-1", "number": "1", "state": "published"}))
        .add("document_version", json!({"id": "DV-2", "document_id": "DOC-1", "number": "2", "state": "approved"}))
        .add("certification", json!({"id": "CERT-1", "body": "Nordcert", "standard": "ISO/IEC 27001:2022", "soa_version_id": "SOA-1"}));
    given.set("SOA-1", json!({"document_version_id": "DV-1"}));
    let mut world = given.world();
    published(&mut world);
    assert_eq!(world.state("SOA-1"), "published");
    assert_eq!((world.state("AD-9"), world.field("AD-9", "approved_by")), ("published", json!("P-1")));
    assert_eq!(world.field("AD-9", "implementation_status_at_version"), "partly");
    assert_eq!(world.field("AD-10", "implementation_status_at_version"), "not_started");
    assert_eq!(grounds(&world.update(Ben, "AD-9", json!({"justification": "x"})).err().unwrap()), ["frozen"]);

    world.create(Ben, Kind::Control, json!({"title": "Own"})).unwrap();
    world.run(&Ben.actor(), SoaVersion::begin(&world.isms.clone(), "2")).unwrap();
    assert_eq!(world.state("SOA-2"), "draft");
    assert_eq!(
        (world.state("AD-94"), world.field("AD-94", "decided_by")),
        ("proposed", json!("P-2")),
        "carried over"
    );
    assert_eq!(world.field("AD-102", "justification"), "usual for a company such as ours");
    assert_eq!(world.field("AD-102", "implementation_status_at_version"), Value::Null);
    assert_eq!(
        (world.state("AD-187"), world.field("AD-187", "control_id")),
        ("undecided", json!("C-1")),
        "new control"
    );
    assert_eq!(world.state("SOA-1"), "published", "the old version stays in force");
    let third = world.create(Ben, Kind::SoaVersion, json!({"number": "3"})).err().unwrap();
    assert_eq!(grounds(&third), ["6.1.3d"], "one version is in work at a time");

    let left_out = json!({"applicable": false, "justification": "no such process"});
    world.step(Ben, "AD-187", "propose", left_out, "").unwrap();
    world.step(Ada, "SOA-2", "approve", json!({"next_review_at": "2027-06-01"}), "").unwrap();
    let decision = world.step(Ben, "SOA-2", "publish", json!({"document_version_id": "DV-2"}), "").unwrap();
    for (record, state) in [
        ("SOA-1", "superseded"),
        ("AD-1", "superseded"),
        ("AD-93", "superseded"),
        ("SOA-2", "published"),
        ("AD-94", "published"),
        ("AD-187", "published"),
        ("DV-1", "superseded"),
        ("DV-2", "published"),
    ] {
        assert_eq!(world.state(record), state, "{record}");
    }
    assert_eq!(
        (world.field("DV-2", "published_at"), world.field("SOA-2", "published_at")),
        (json!(TODAY), json!(TODAY))
    );
    let told = decision.created.iter().find(|id| id.kind == Kind::Task).expect("the certifier is to be told");
    assert!(world.record(&told.to_string()).title().contains("Nordcert"));
    let mut ids: Vec<_> = decision.changes.iter().map(|c| c.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "each record changes once in the transaction");
}

/// With the approval of the version that of its decisions is taken back, so that nobody approves what is their own later.
#[test]
fn an_approval_that_is_taken_back_is_given_anew() {
    let mut world = draft().world();
    world.step(Ada, "SOA-1", "approve", Value::Null, "").unwrap();
    assert_eq!(world.state("AD-11"), "approved");
    world.step(Ada, "SOA-1", "return", Value::Null, "a mistake").unwrap();
    assert_eq!((world.state("SOA-1"), world.field("SOA-1", "approved_by")), ("draft", Value::Null));
    for name in ["approved_by", "approved_at"] {
        assert_eq!((world.state("AD-11"), world.field("AD-11", name)), ("proposed", Value::Null), "{name}");
    }
    world.step(Ada, "SOA-1", "approve", Value::Null, "").unwrap();
    assert_eq!((world.state("AD-11"), world.field("AD-11", "approved_by")), ("approved", json!("P-1")));
    check(
        approved,
        vec![
            attempt("alone, while the version is approved", Ada, "AD-11", "take_back", Err("6.1.3d"))
                .comment(),
            attempt("alone, in a draft", Ada, "AD-11", "take_back", Ok("proposed"))
                .given(|g| _ = g.set("SOA-1", json!({"state": "draft"})))
                .comment(),
            attempt("own decisions approved by nobody", Ada, "SOA-1", "approve", Err("SOD-4")).given(|g| {
                g.set("SOA-1", json!({"state": "draft"}));
                g.set("AD-11", json!({"decided_by": "P-1", "approved_by": null}));
            }),
            attempt("own decisions approved by oneself", Ada, "SOA-1", "approve", Err("SOD-4")).given(|g| {
                g.set("SOA-1", json!({"state": "draft"}));
                g.set("AD-11", json!({"decided_by": "P-1"}));
            }),
            attempt("own decisions approved by another", Ada, "SOA-1", "approve", Ok("approved")).given(
                |g| {
                    g.set("SOA-1", json!({"state": "draft"}));
                    g.set("AD-11", json!({"decided_by": "P-1", "approved_by": "P-2"}));
                },
            ),
        ],
    );
}

/// Annex A is the standard's: neither pages nor a document make another of it, and no other control takes its numbers.
#[test]
fn controls_of_annex_a_stay_as_the_standard_has_them() {
    let mut world = draft().world();
    for (field, value) in [("title", "Mine"), ("ref", "X"), ("framework", "custom"), ("state", "retired")] {
        assert!(world.update(Ben, "A.5.9", json!({field: value})).is_err(), "{field}");
    }
    let own = world.create(Ben, Kind::Control, json!({"title": "Own", "ref": "A.5.9"})).err().unwrap();
    assert_eq!(grounds(&own), ["ref"]);
    world.create(Ben, Kind::Control, json!({"title": "Own", "ref": "A.9.1"})).unwrap();
    let loaded = json!({"load": {"control": [{"id": "A.5.9", "framework": "custom"}]}});
    let loaded = isms::load::LoadDocument::parse(loaded.to_string().as_bytes()).unwrap();
    let refusal = world.run(&isms::access::Actor::operator(), Command::Load(loaded)).err().unwrap();
    assert!(grounds(&refusal).iter().all(|place| place.contains("framework")), "{refusal}");
}

#[test]
fn a_new_version_does_not_propose_what_no_longer_holds() {
    let mut world = draft().world();
    published(&mut world);
    world.step(Ben, "SOA-1", "publish", Value::Null, "").err().unwrap();
    world.update(Ben, "TP-1", json!({"control_ids": ["A.5.9", "A.5.20"]})).unwrap();
    let mut given = world.clone();
    given.run(&Ben.actor(), SoaVersion::begin(&world.isms, "2")).unwrap();
    assert_eq!(given.state("AD-94"), "proposed");
    assert_eq!(given.state("AD-113"), "proposed", "A.5.20 applies already");
}
