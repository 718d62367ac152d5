//! What the clock does by itself, and that once done nothing more is due.

use isms::{Command, access::Actor, commands::clock};
use serde_json::{Value, json};

use crate::{
    risks::{acceptance, base},
    world::{Given, TODAY, World, day},
};

/// Carries out what is due today, one after the other.
fn run(world: &mut World) -> usize {
    let moves = clock::due(&world.isms, world.today);
    let count = moves.len();
    for command in moves {
        world.run(&Actor::clock(), command).unwrap();
    }
    assert!(clock::due(&world.isms, world.today).is_empty(), "nothing more is due today");
    count
}

#[test]
fn nothing_is_due_before_its_day() {
    let mut world = base().world();
    assert_eq!(run(&mut world), 0);
}

#[test]
fn an_expired_acceptance_takes_its_risk_back_to_analysis() {
    let mut given = base();
    given.add("risk_acceptance", acceptance());
    given.set("R-1", json!({"state": "accepted", "last_reviewed_at": "2026-02-01"}));
    let mut world = given.world();
    world.today = day("2026-08-20");
    assert_eq!(run(&mut world), 0);
    world.today = day("2026-08-21");
    assert_eq!(run(&mut world), 1);
    assert_eq!((world.state("ACC-1"), world.state("R-1")), ("expired", "analysed"));
}

#[test]
fn a_risk_is_looked_at_again_when_its_review_is_due() {
    for (level, likelihood, impact, last_day) in
        [("low", 1, 1, "2027-02-28"), ("high", 2, 2, "2026-08-28"), ("critical", 3, 3, "2026-05-28")]
    {
        let mut given = base();
        given.set("R-1", json!({"state": "monitored", "last_reviewed_at": "2026-02-28"}));
        given.set("RS-1", json!({"level": level, "likelihood": likelihood, "impact": impact}));
        given.drop("EV-1");
        let mut world = given.world();
        world.today = day(last_day);
        assert_eq!(run(&mut world), 0, "{level}");
        world.today = world.today.plus_days(1);
        assert_eq!(run(&mut world), 1, "{level}");
        assert_eq!(world.state("R-1"), "analysed", "{level}");
    }
}

#[test]
fn an_accepted_risk_without_acceptance_does_not_stay_accepted() {
    let mut given = base();
    given.set("R-1", json!({"state": "accepted", "last_reviewed_at": "2026-02-28"}));
    let mut world = given.world();
    assert_eq!(run(&mut world), 1);
    assert_eq!(world.state("R-1"), "analysed");
}

fn evidence() -> Given {
    let mut given = Given::people();
    given
        .add("control", json!({"id": "A.5.18", "owner_id": "P-3"}))
        .add("evidence_requirement", json!({
            "id": "ER-1", "control_id": "A.5.18", "kind": "Access review", "frequency_months": 6, "owner_id": "P-4"
        }))
        .add("evidence", json!({
            "id": "EV-1", "title": "Access review", "requirement_id": "ER-1", "control_ids": ["A.5.18"],
            "period_to": "2026-01-31", "state": "accepted", "valid_until": "2026-07-31"
        }));
    given
}

#[test]
fn evidence_is_asked_for_before_it_ends_and_once() {
    let mut world = evidence().world();
    assert_eq!(run(&mut world), 0);
    world.today = day("2026-07-01");
    assert_eq!(run(&mut world), 1);
    assert_eq!((world.state("EV-1"), world.state("EV-2")), ("expiring", "requested"));
    assert_eq!(world.field("T-1", "due_at"), "2026-07-31");
    world.today = day("2026-08-01");
    assert_eq!(run(&mut world), 1);
    assert_eq!(world.state("EV-1"), "expired");
    assert!(world.isms.record(crate::world::id("EV-3")).is_none(), "one request is open already");
}

#[test]
fn an_end_without_date_follows_from_the_interval() {
    let mut given = evidence();
    given.set("EV-1", json!({"valid_until": null}));
    let mut world = given.world();
    world.today = day("2026-08-01");
    assert_eq!(run(&mut world), 1);
    assert_eq!((world.state("EV-1"), world.state("EV-2")), ("expired", "requested"));
}

#[test]
fn newer_evidence_makes_a_request_needless() {
    let mut given = evidence();
    given.add(
        "evidence",
        json!({
            "id": "EV-2", "title": "Access review", "requirement_id": "ER-1", "control_ids": ["A.5.18"],
            "state": "accepted", "valid_until": "2027-01-31"
        }),
    );
    let mut world = given.world();
    world.today = day("2026-08-01");
    assert_eq!(run(&mut world), 1);
    assert_eq!(world.state("EV-1"), "expired");
    assert!(world.isms.record(crate::world::id("EV-3")).is_none());
}

#[test]
fn a_requirement_asks_for_its_first_evidence() {
    let mut given = evidence();
    given.drop("EV-1");
    let mut world = given.world();
    assert_eq!(run(&mut world), 1);
    assert_eq!((world.state("EV-1"), world.field("EV-1", "requirement_id")), ("requested", json!("ER-1")));
    assert_eq!(
        (world.field("T-1", "assignee_id"), world.field("T-1", "due_at")),
        (json!("P-4"), json!("2026-03-31"))
    );

    let mut retired = evidence();
    retired.drop("EV-1").set("ER-1", json!({"state": "retired"}));
    assert_eq!(run(&mut retired.world()), 0);
}

#[test]
fn a_campaign_closes_when_all_have_answered_or_its_version_is_superseded() {
    let mut given = Given::people();
    given
        .add("document", json!({"id": "DOC-1", "title": "Policy"}))
        .add("document_version", json!({"id": "DV-1", "document_id": "DOC-1", "number": "1", "state": "published"}))
        .add("document_version", json!({"id": "DV-2", "document_id": "DOC-1", "number": "2", "state": "draft"}))
        .add("ack_campaign", json!({"id": "AC-1", "document_version_id": "DV-1", "audience_group_ids": ["g-it"], "state": "open"}))
        .add("acknowledgement", json!({"id": "ACK-1", "campaign_id": "AC-1", "person_id": "P-4"}));
    given.set("P-4", json!({"group_ids": ["g-it"]}));
    assert_eq!(run(&mut given.world()), 0, "P-4 is awaited");

    let mut answered = given.clone();
    answered.set("ACK-1", json!({"acknowledged_at": TODAY}));
    let mut world = answered.world();
    assert_eq!(run(&mut world), 1);
    assert_eq!((world.state("AC-1"), world.field("AC-1", "closed_at")), ("closed", json!(TODAY)));

    let mut superseded = given.clone();
    superseded.set("DV-1", json!({"state": "superseded"})).set("DV-2", json!({"state": "published"}));
    superseded.add(
        "ack_campaign",
        json!({"id": "AC-2", "document_version_id": "DV-2", "audience_group_ids": ["g-it"], "state": "open"}),
    );
    let mut world = superseded.world();
    assert_eq!(run(&mut world), 1);
    assert_eq!((world.state("AC-1"), world.state("AC-2")), ("closed", "open"));
    assert_eq!(world.field("ACK-1", "campaign_id"), "AC-2", "what is unfinished moves on");
}

#[test]
fn everything_due_can_be_carried_out_as_one() {
    let mut given = evidence();
    given.add(
        "evidence_requirement",
        json!({"id": "ER-2", "control_id": "A.5.1", "kind": "Policy", "frequency_months": 12}),
    );
    given.add(
        "evidence_requirement",
        json!({"id": "ER-3", "control_id": "A.5.2", "kind": "Roles", "frequency_months": 12}),
    );
    let mut world = given.world();
    world.today = day("2026-08-01");
    let commands = clock::due(&world.isms, world.today);
    assert_eq!(commands.len(), 3);
    world.run(&Actor::clock(), Command::Batch { name: "clock".to_owned(), commands }).unwrap();
    assert_eq!(
        (world.state("EV-1"), world.state("EV-2"), world.state("EV-4")),
        ("expired", "requested", "requested")
    );
    assert_eq!(world.field("T-1", "source_ref"), "EV-2");
    assert_eq!(world.field("EV-4", "requirement_id"), "ER-3");
    assert!(clock::due(&world.isms, world.today).is_empty());
    assert_ne!(world.field("EV-3", "title"), Value::Null);
}
