//! Treatment plans and risk acceptances (4.2).

use isms::{Kind, commands::Refusal};
use serde_json::{Value, json};

use crate::{
    risks::{acceptance, base, score, waiver},
    world::{Given, TODAY, Who::*, World, attempt, check, grounds},
};

fn draft() -> Given {
    let mut given = base();
    given.set("TP-1", json!({"state": "draft", "approved_by": null, "approved_at": null}));
    given
}

fn proposed() -> Given {
    let mut given = draft();
    given.set("TP-1", json!({"state": "proposed"}));
    given
}

fn in_progress() -> Given {
    let mut given = base();
    given.add("risk_score", score("RS-3", "residual", 1, 1, "low", "2026-02-25"));
    given.set("TP-1", json!({"state": "in_progress"})).set("R-1", json!({"state": "in_treatment"}));
    given
}

#[test]
fn a_plan_is_proposed_whole_and_approved_by_the_risk_owner() {
    check(draft, vec![
        attempt("whole", Dan, "TP-1", "propose", Ok("proposed")),
        attempt("no option", Dan, "TP-1", "propose", Err("6.1.3e")).given(|g| _ = g.set("TP-1", json!({"option": null}))),
        attempt("no reason", Dan, "TP-1", "propose", Err("6.1.3e")).given(|g| _ = g.set("TP-1", json!({"rationale": null}))),
        attempt("no control", Dan, "TP-1", "propose", Err("6.1.3e")).given(|g| _ = g.set("TP-1", json!({"control_ids": null}))),
        attempt("avoided without control", Dan, "TP-1", "propose", Ok("proposed"))
            .given(|g| _ = g.set("TP-1", json!({"control_ids": null, "option": "avoid"}))),
        attempt("kept without means", Dan, "TP-1", "propose", Ok("proposed")).given(|g| {
            g.set("TP-1", json!({"option": "retain", "control_ids": null, "resources": null, "target_score_id": null}));
        }),
        attempt("nobody responsible", Dan, "TP-1", "propose", Err("6.1.3e"))
            .given(|g| _ = g.set("TP-1", json!({"responsible_id": null}))),
        attempt("no date", Dan, "TP-1", "propose", Err("6.1.3e")).given(|g| _ = g.set("TP-1", json!({"due_at": null}))),
        attempt("for the day before", Dan, "TP-1", "propose", Err("6.1.3e"))
            .given(|g| _ = g.set("TP-1", json!({"due_at": "2026-02-28"}))),
        attempt("for today", Dan, "TP-1", "propose", Ok("proposed"))
            .given(|g| _ = g.set("TP-1", json!({"due_at": TODAY}))),
        attempt("no means", Dan, "TP-1", "propose", Err("6.1.3e")).given(|g| _ = g.set("TP-1", json!({"resources": null}))),
        attempt("no target", Dan, "TP-1", "propose", Err("6.1.3e"))
            .given(|g| _ = g.set("TP-1", json!({"target_score_id": null}))),
        attempt("control retired", Dan, "TP-1", "propose", Err("6.1.3b"))
            .given(|g| _ = g.set("A.8.1", json!({"state": "retired"}))),
        attempt("control left out of the SoA", Dan, "TP-1", "propose", Err("6.1.3b")).given(|g| {
            g.add("soa_version", json!({"id": "SOA-1", "number": "1", "state": "published", "published_at": "2026-01-01"}));
            g.add("applicability_decision", json!({
                "id": "AD-1", "control_id": "A.8.1", "soa_version_id": "SOA-1", "applicable": false, "state": "published"
            }));
        }),
    ]);
    check(
        proposed,
        vec![
            attempt("by the risk owner", Cleo, "TP-1", "approve", Ok("approved")),
            attempt("by the ISMS manager", Ben, "TP-1", "approve", Err("SOD-3")),
            attempt("by top management", Ada, "TP-1", "approve", Err("SOD-3")),
            attempt("by an account without person", Nobody, "TP-1", "approve", Err("SOD-3")),
            attempt("not taken on yet", Cleo, "TP-1", "approve", Err("SOD-3"))
                .given(|g| _ = g.set("R-1", json!({"owner_accepted_at": null}))),
            attempt("no longer whole", Cleo, "TP-1", "approve", Err("6.1.3e"))
                .given(|g| _ = g.set("TP-1", json!({"due_at": null}))),
            attempt("control retired since", Cleo, "TP-1", "approve", Err("6.1.3b"))
                .given(|g| _ = g.set("A.8.1", json!({"state": "retired"}))),
        ],
    );
}

#[test]
fn a_risk_has_one_open_plan() {
    let another = |risk: &str| json!({"risk_id": risk, "option": "avoid"});
    for (state, allowed) in
        [("draft", false), ("proposed", false), ("in_progress", false), ("done", true), ("cancelled", true)]
    {
        let mut given = base();
        given.set("TP-1", json!({"state": state}));
        let made = given.world().create(Ben, Kind::TreatmentPlan, another("R-1"));
        assert_eq!(
            made.as_ref().err().map(grounds),
            (!allowed).then(|| vec!["6.1.3e".to_owned()]),
            "{state}"
        );
    }
    let mut given = draft();
    given.add("risk", json!({"id": "R-2", "title": "Fire"}));
    let mut world = given.world();
    let plan = world.create(Ben, Kind::TreatmentPlan, another("R-2")).unwrap().to_string();
    let moved = world.update(Ben, &plan, json!({"risk_id": "R-1"})).err().unwrap();
    assert_eq!(grounds(&moved), ["6.1.3e"]);
    world.update(Ben, &plan, json!({"option": "share"})).unwrap();
}

#[test]
fn a_plan_starts_with_its_risk() {
    fn decided() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "treatment_decided"}));
        given
    }
    check(
        decided,
        vec![
            attempt("tasks opened", Dan, "TP-1", "start", Ok("in_progress")),
            attempt("by the owner", Cleo, "TP-1", "start", Err("who")),
            attempt("no task", Dan, "TP-1", "start", Err("8.3"))
                .given(|g| _ = g.set("TP-1", json!({"action_task_ids": null}))),
            attempt("treatment not decided", Dan, "TP-1", "start", Err("8.3"))
                .given(|g| _ = g.set("R-1", json!({"state": "evaluated"}))),
        ],
    );
    for (record, step) in [("TP-1", "start"), ("R-1", "start_treatment")] {
        let mut world = decided().world();
        world.step(Dan, record, step, Value::Null, "").unwrap();
        assert_eq!((world.state("R-1"), world.state("TP-1")), ("in_treatment", "in_progress"), "{step}");
    }
}

#[test]
fn a_plan_is_done_when_it_is_proven() {
    let result = || json!({"result_note": "disks encrypted", "residual_score_id": "RS-3"});
    check(
        in_progress,
        vec![
            attempt("all proven", Dan, "TP-1", "finish", Ok("done")).fields(result()),
            attempt("by others", Ben, "TP-1", "finish", Err("who")).fields(result()),
            attempt("no result", Dan, "TP-1", "finish", Err("result_note"))
                .fields(json!({"residual_score_id": "RS-3"})),
            attempt("no residual score", Dan, "TP-1", "finish", Err("residual_score_id"))
                .fields(json!({"result_note": "done"})),
            attempt("score of another type", Dan, "TP-1", "finish", Err("8.3"))
                .fields(json!({"result_note": "done", "residual_score_id": "RS-1"})),
            attempt("no evidence", Dan, "TP-1", "finish", Err("8.3"))
                .fields(result())
                .given(|g| _ = g.drop("EV-1")),
            attempt("evidence only collected", Dan, "TP-1", "finish", Err("8.3"))
                .fields(result())
                .given(|g| _ = g.set("EV-1", json!({"state": "collected"}))),
            attempt("control not in place", Dan, "TP-1", "finish", Err("8.3"))
                .fields(result())
                .given(|g| _ = g.set("A.8.1", json!({"implementation_status": "planned"}))),
            attempt("scored by oneself", Dan, "TP-1", "finish", Err("SOD-3"))
                .fields(result())
                .given(|g| _ = g.set("RS-3", json!({"scored_by": "P-4"}))),
            attempt("scored by oneself, waived", Dan, "TP-1", "finish", Ok("done")).fields(result()).given(
                |g| {
                    g.set("RS-3", json!({"scored_by": "P-4"})).add("sod_waiver", waiver("SOD-3", "TP-1"));
                },
            ),
            attempt("cancelled for a reason", Cleo, "TP-1", "cancel", Ok("cancelled")).comment(),
            attempt("cancelled without", Cleo, "TP-1", "cancel", Err("comment")),
            attempt("cancelled by others", Dan, "TP-1", "cancel", Err("who")).comment(),
        ],
    );
}

#[test]
fn an_approved_plan_is_changed_by_revision_only() {
    for state in ["approved", "in_progress"] {
        let mut given = base();
        given.set("TP-1", json!({"state": state}));
        let mut world = given.world();
        for change in
            [json!({"due_at": "2027-01-01"}), json!({"option": "share"}), json!({"control_ids": []})]
        {
            let refusal = world.update(Dan, "TP-1", change).err().unwrap();
            assert_eq!(grounds(&refusal), ["SOD-3"], "{refusal}");
        }
        world.update(Dan, "TP-1", json!({"result_note": "half done"})).unwrap();
        assert_eq!(world.state("TP-1"), state);
        assert_eq!(
            grounds(&world.step(Dan, "TP-1", "revise", json!({"due_at": "2027-01-01"}), "").err().unwrap()),
            ["comment"]
        );
        world.step(Dan, "TP-1", "revise", json!({"due_at": "2027-01-01"}), "supplier is late").unwrap();
        assert_eq!(world.state("TP-1"), "proposed");
        assert_eq!(world.field("TP-1", "due_at"), "2027-01-01");
        assert_eq!(
            (world.field("TP-1", "approved_by"), world.field("TP-1", "approved_at")),
            (Value::Null, Value::Null)
        );
    }
    let refusal = base().world().update(Ben, "TP-1", json!({"approved_by": "P-2"})).err().unwrap();
    assert_eq!(grounds(&refusal), ["approved_by"]);
}

/// Tries to accept the risk with its residual at the given level.
fn accept(world: &mut World, who: crate::world::Who, until: &str) -> Result<String, Refusal> {
    let fields = json!({"risk_id": "R-1", "expires_at": until, "rationale": "too costly"});
    world.create(who, Kind::RiskAcceptance, fields).map(|id| id.to_string())
}

fn residual(likelihood: u8, impact: u8, level: &str) -> World {
    let mut given = base();
    given.add("risk_score", score("RS-3", "residual", likelihood, impact, level, "2026-02-25"));
    given.add("role", json!({"id": "ROLE-1", "title": "Risk lead", "kind": "other"}));
    given.world()
}

#[test]
fn a_risk_is_accepted_by_its_owner_or_the_authority_and_at_the_top_by_management() {
    let until = "2026-12-31";
    let mut world = residual(1, 2, "medium");
    let id = accept(&mut world, Cleo, until).unwrap();
    assert_eq!(
        (world.field(&id, "accepted_by"), world.field(&id, "accepted_at")),
        (json!("P-3"), json!(TODAY))
    );
    assert_eq!(world.state(&id), "active");

    for (who, likelihood, impact, level, then) in [
        (Ada, 1, 2, "medium", true),
        (Ben, 1, 2, "medium", false),
        (Dan, 1, 2, "medium", false),
        (Nobody, 1, 2, "medium", false),
        (Cleo, 2, 2, "high", false),
        (Ada, 2, 2, "high", true),
        (Cleo, 3, 3, "critical", false),
        (Ada, 3, 3, "critical", true),
    ] {
        match (accept(&mut residual(likelihood, impact, level), who, until), then) {
            (Ok(_), true) => {}
            (Err(refusal), false) => {
                assert!(grounds(&refusal).contains(&"SOD-2".to_owned()), "{who:?} {level}: {refusal}")
            }
            (outcome, _) => panic!("{who:?} {level}: {outcome:?}"),
        }
    }

    let mut world = residual(1, 2, "medium");
    world.create(Ada, Kind::RoleAssignment, json!({"role_id": "ROLE-1", "person_id": "P-2"})).unwrap();
    accept(&mut world, Ben, until).expect("the criteria name the role that Ben holds");

    let mut world = residual(1, 2, "medium");
    world.step(Dan, "TP-1", "revise", json!({"responsible_id": "P-3"}), "moved").unwrap();
    let refusal = accept(&mut world, Cleo, until).err().unwrap();
    assert_eq!(grounds(&refusal), ["SOD-2"], "who carries out the plan does not accept: {refusal}");
}

#[test]
fn an_acceptance_has_a_reason_an_end_and_its_own_risk() {
    let fields = |until: Value| json!({"risk_id": "R-1", "rationale": "too costly", "expires_at": until});
    for (until, then) in [
        (json!("2027-03-01"), None),
        (json!("2027-03-02"), Some("6.1.3f")),
        (json!("2026-02-28"), Some("6.1.3f")),
        (Value::Null, Some("6.1.3f")),
    ] {
        let outcome = residual(1, 2, "medium").create(Cleo, Kind::RiskAcceptance, fields(until.clone()));
        match (outcome, then) {
            (Ok(_), None) => {}
            (Err(refusal), Some(rule)) => assert_eq!(grounds(&refusal), [rule], "{until}"),
            (outcome, _) => panic!("{until}: {outcome:?}"),
        }
    }
    let mut world = residual(1, 2, "medium");
    let refusal = world
        .create(Cleo, Kind::RiskAcceptance, json!({"risk_id": "R-1", "expires_at": "2026-06-01"}))
        .err()
        .unwrap();
    assert_eq!(grounds(&refusal), ["6.1.3f"]);
    let anothers =
        json!({"risk_id": "R-1", "expires_at": "2026-06-01", "rationale": "x", "accepted_by": "P-1"});
    assert_eq!(grounds(&world.create(Cleo, Kind::RiskAcceptance, anothers).err().unwrap()), ["accepted_by"]);
}

#[test]
fn an_acceptance_ends_with_its_risk_looked_at_again() {
    fn accepted() -> Given {
        let mut given = base();
        given.add("risk_acceptance", acceptance()).set("R-1", json!({"state": "accepted"}));
        given
    }
    check(
        accepted,
        vec![
            attempt("by the owner", Cleo, "ACC-1", "revoke", Ok("revoked")).comment(),
            attempt("by top management", Ada, "ACC-1", "revoke", Ok("revoked")).comment(),
            attempt("without reason", Cleo, "ACC-1", "revoke", Err("comment")),
            attempt("by others", Dan, "ACC-1", "revoke", Err("who")).comment(),
            attempt("by hand", Ben, "ACC-1", "expire", Err("who")),
            attempt("before its end", Clock, "ACC-1", "expire", Err("6.1.3f")),
            attempt("on its last day", Clock, "ACC-1", "expire", Err("6.1.3f"))
                .given(|g| _ = g.set("ACC-1", json!({"expires_at": TODAY}))),
            attempt("after it", Clock, "ACC-1", "expire", Ok("expired"))
                .given(|g| _ = g.set("ACC-1", json!({"expires_at": "2026-02-28"}))),
        ],
    );
    let mut world = accepted().world();
    world.step(Cleo, "ACC-1", "revoke", Value::Null, "things changed").unwrap();
    assert_eq!(world.state("R-1"), "analysed");
    assert!(matches!(world.update(Ben, "ACC-1", json!({"conditions": "x"})), Err(Refusal::Frozen { .. })));

    let mut renewed = accepted();
    let mut second = acceptance();
    second["id"] = json!("ACC-2");
    renewed.add("risk_acceptance", second);
    let mut world = renewed.world();
    world.step(Cleo, "ACC-1", "revoke", Value::Null, "renewed").unwrap();
    assert_eq!(world.state("R-1"), "accepted", "another acceptance holds");
}
