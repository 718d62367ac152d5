//! Evidence from request to its end (4.4), and controls that count as implemented because of it.

use isms::{Kind, commands::Refusal};
use serde_json::{Value, json};

use crate::{
    risks::waiver,
    world::{Given, TODAY, Who::*, attempt, check, grounds},
};

const FILE: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

fn requested() -> Given {
    let mut given = Given::people();
    given
        .add("control", json!({"id": "A.5.18", "owner_id": "P-3"}))
        .add("evidence_requirement", json!({
            "id": "ER-1", "control_id": "A.5.18", "kind": "Access review", "frequency_months": 6, "owner_id": "P-4"
        }))
        .add("evidence", json!({
            "id": "EV-1", "title": "Access review", "requirement_id": "ER-1", "control_ids": ["A.5.18"],
            "period_from": "2026-01-01", "period_to": "2026-06-30", "state": "requested"
        }));
    given
}

fn collected() -> Given {
    let mut given = requested();
    given.set("EV-1", json!({
        "state": "collected", "collected_by": "P-4", "collected_at": "2026-02-20", "file_hash": FILE, "period_from": "2026-01-01",
        "period_to": "2026-02-15"
    }));
    given
}

fn accepted() -> Given {
    let mut given = collected();
    given.set("EV-1", json!({"state": "accepted", "reviewed_by": "P-2", "reviewed_at": "2026-02-21", "valid_until": "2026-08-15"}));
    given
}

#[test]
fn evidence_is_handed_in_with_a_file_and_its_period() {
    let handed_in = || json!({"file_hash": FILE, "period_from": "2026-01-10", "period_to": "2026-02-10"});
    check(
        requested,
        vec![
            attempt("a file", Dan, "EV-1", "collect", Ok("collected")).fields(handed_in()),
            attempt("an address", Dan, "EV-1", "collect", Ok("collected"))
                .fields(json!({"url": "https://tickets.example/77"})),
            attempt("nothing", Dan, "EV-1", "collect", Err("7.5.3")),
            attempt("no period", Dan, "EV-1", "collect", Err("period_to"))
                .fields(json!({"file_hash": FILE, "period_to": null})),
            attempt("ends before it begins", Dan, "EV-1", "collect", Err("4.4"))
                .fields(json!({"file_hash": FILE, "period_from": "2026-03-01", "period_to": "2026-02-01"})),
            attempt("another time than asked", Dan, "EV-1", "collect", Err("4.4"))
                .fields(json!({"file_hash": FILE, "period_from": "2025-01-01", "period_to": "2025-12-31"})),
            attempt("for nothing", Dan, "EV-1", "collect", Err("4.4"))
                .fields(handed_in())
                .given(|g| _ = g.set("EV-1", json!({"requirement_id": null, "control_ids": null}))),
            attempt("not from here", Ben, "EV-1", "accept", Err("state")),
        ],
    );
    let mut world = requested().world();
    world.step(Dan, "EV-1", "collect", handed_in(), "").unwrap();
    assert_eq!(
        (world.field("EV-1", "collected_by"), world.field("EV-1", "collected_at")),
        (json!("P-4"), json!(TODAY))
    );
    for change in [json!({"file_hash": FILE.replace('a', "b")}), json!({"period_to": "2026-02-28"})] {
        assert_eq!(grounds(&world.update(Ben, "EV-1", change).err().unwrap()), ["SOD-5"]);
    }
    assert_eq!(
        grounds(&world.update(Ben, "EV-1", json!({"collected_by": "P-1"})).err().unwrap()),
        ["collected_by"]
    );
}

#[test]
fn evidence_is_accepted_by_somebody_else() {
    check(
        collected,
        vec![
            attempt("by the ISMS manager", Ben, "EV-1", "accept", Ok("accepted")),
            attempt("by the control's owner", Cleo, "EV-1", "accept", Ok("accepted")),
            attempt("by an account without person", Nobody, "EV-1", "accept", Err("reviewed_by")),
            attempt("by the collector", Ben, "EV-1", "accept", Err("SOD-5"))
                .given(|g| _ = g.set("EV-1", json!({"collected_by": "P-2"}))),
            attempt("by the collector, waived", Ben, "EV-1", "accept", Ok("accepted")).given(|g| {
                g.set("EV-1", json!({"collected_by": "P-2"})).add("sod_waiver", waiver("SOD-5", "EV-1"));
            }),
            attempt("collected by a connector", Ben, "EV-1", "accept", Ok("accepted"))
                .given(|g| _ = g.set("EV-1", json!({"collected_by": null}))),
            attempt("out of date", Ben, "EV-1", "accept", Err("4.4")).given(|g| {
                _ = g.set("EV-1", json!({"period_to": "2025-08-31", "period_from": "2025-08-01"}))
            }),
            attempt("by others", Dan, "EV-1", "accept", Err("who"))
                .given(|g| _ = g.set("ER-1", json!({"owner_id": "P-3"}))),
            attempt("rejected for a reason", Ben, "EV-1", "reject", Ok("rejected"))
                .fields(json!({"reject_reason": "wrong system"})),
            attempt("rejected without", Ben, "EV-1", "reject", Err("reject_reason")),
        ],
    );
    for (interval, control, end) in [
        (json!(6), Value::Null, "2026-08-15"),
        (Value::Null, json!(3), "2026-05-15"),
        // The catalogue wants A.5.18 shown every six months.
        (Value::Null, Value::Null, "2026-08-15"),
    ] {
        let mut given = collected();
        given
            .set("ER-1", json!({"frequency_months": interval}))
            .set("A.5.18", json!({"review_interval_months": control}));
        let mut world = given.world();
        world.step(Ben, "EV-1", "accept", Value::Null, "").unwrap();
        assert_eq!(world.field("EV-1", "valid_until"), end, "{interval} {control}");
    }
    let mut unbound = collected();
    unbound
        .set("EV-1", json!({"requirement_id": null, "control_ids": null, "requirement_refs": ["9.2.2-doc"]}));
    let mut world = unbound.world();
    world.step(Ben, "EV-1", "accept", Value::Null, "").unwrap();
    assert_eq!(world.field("EV-1", "valid_until"), "2027-02-15", "evidence_months where nothing else speaks");
    assert!(matches!(world.update(Ben, "EV-1", json!({"title": "x"})), Err(Refusal::Frozen { .. })));
}

#[test]
fn a_rejection_asks_again() {
    let mut world = collected().world();
    let decision = world.step(Ben, "EV-1", "reject", json!({"reject_reason": "wrong system"}), "").unwrap();
    assert_eq!(decision.created.iter().map(ToString::to_string).collect::<Vec<_>>(), ["EV-2", "T-1"]);
    assert_eq!(world.state("EV-2"), "requested");
    assert_eq!(world.field("EV-2", "requirement_id"), "ER-1");
    assert_eq!(world.field("EV-2", "file_hash"), Value::Null);
    assert_eq!(
        (world.field("T-1", "assignee_id"), world.field("T-1", "source_ref")),
        (json!("P-4"), json!("EV-2"))
    );
    assert_eq!(world.state("EV-1"), "rejected", "the rejected one is kept");
}

#[test]
fn accepted_evidence_ends_or_is_withdrawn() {
    check(
        accepted,
        vec![
            attempt("found wrong", Ben, "EV-1", "withdraw", Ok("withdrawn")).comment(),
            attempt("without reason", Ben, "EV-1", "withdraw", Err("comment")),
            attempt("not near its end", Clock, "EV-1", "near_end", Err("8.1")),
            attempt("near its end", Clock, "EV-1", "near_end", Ok("expiring"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": "2026-03-31"}))),
            attempt("a day more", Clock, "EV-1", "near_end", Err("8.1"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": "2026-04-01"}))),
            attempt("on its last day", Clock, "EV-1", "expire", Err("8.1"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": TODAY}))),
            attempt("after it", Clock, "EV-1", "expire", Ok("expired"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": "2026-02-28"}))),
            attempt("after it, from expiring", Clock, "EV-1", "expire", Ok("expired"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": "2026-02-28", "state": "expiring"}))),
            attempt("by hand", Ben, "EV-1", "expire", Err("who"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": "2026-02-28"}))),
            attempt("the clock accepts nothing", Clock, "EV-1", "accept", Err("who"))
                .given(|g| _ = g.set("EV-1", json!({"state": "collected"}))),
        ],
    );
    let mut world = accepted().world();
    world.step(Ben, "EV-1", "withdraw", Value::Null, "was of last year").unwrap();
    assert_eq!(
        (world.field("T-1", "assignee_id"), world.field("T-1", "source_ref")),
        (json!("P-3"), json!("A.5.18"))
    );
}

#[test]
fn implemented_takes_evidence_and_a_second_person() {
    let implemented = || json!({"implementation_status": "implemented"});
    for (what, given, who, allowed) in [
        ("proven, by another", accepted(), Ben, true),
        ("by the owner", accepted(), Cleo, false),
        ("not proven", collected(), Ben, false),
        ("by an account without person", accepted(), Nobody, false),
        (
            "proof out of date",
            {
                let mut g = accepted();
                g.set("EV-1", json!({"valid_until": "2026-02-28"}));
                g
            },
            Ben,
            false,
        ),
        (
            "owned by nobody",
            {
                let mut g = accepted();
                g.set("A.5.18", json!({"owner_id": null}));
                g
            },
            Ben,
            false,
        ),
    ] {
        match given.world().update(who, "A.5.18", implemented()) {
            Ok(_) => assert!(allowed, "{what}"),
            Err(refusal) => {
                assert!(!allowed, "{what}: {refusal}");
                assert_eq!(grounds(&refusal), ["4.3"], "{what}");
            }
        }
    }
    let mut world = accepted().world();
    for status in ["planned", "partly"] {
        world.update(Cleo, "A.5.18", json!({"implementation_status": status})).unwrap();
    }
    let own = json!({"title": "Own", "owner_id": "P-3", "implementation_status": "implemented"});
    assert_eq!(grounds(&world.create(Ben, Kind::Control, own).err().unwrap()), ["4.3"]);
    let own = world.create(Ben, Kind::Control, json!({"title": "Own"})).unwrap().to_string();
    assert_eq!((own.as_str(), world.field(&own, "framework")), ("C-1", json!("custom")));
    assert_eq!(grounds(&world.update(Ben, "A.5.18", json!({"title": "Other"})).err().unwrap()), ["6.1.3c"]);
}
