//! Risks on their way from identified to closed (4.2), with scores, evaluations, the method and the assessment.

use isms::{Kind, commands::Refusal};
use serde_json::{Value, json};

use crate::world::{Given, TODAY, Who::*, attempt, check, grounds, method};

/// A risk of medium level, scored and evaluated in an open assessment, with an approved plan and its control in place.
pub(crate) fn base() -> Given {
    let mut given = Given::people();
    given
        .add("asset", json!({"id": "AST-1", "name": "Customer data"}))
        .add("control", json!({"id": "A.8.1", "implementation_status": "implemented", "owner_id": "P-3"}))
        .add("evidence", json!({
            "id": "EV-1", "title": "Export", "control_ids": ["A.8.1"], "state": "accepted", "valid_until": "2026-12-31"
        }))
        .add("risk_method", method())
        .add("risk_assessment", json!({"id": "RAS-1", "kind": "planned", "method_id": "RM-1", "state": "open"}))
        .add("risk", json!({
            "id": "R-1", "title": "Laptop lost", "scenario": "A laptop with customer data is lost", "asset_ids": ["AST-1"],
            "threat": "loss", "vulnerability": "no encryption", "cia_affected": ["confidentiality"], "owner_id": "P-3",
            "owner_accepted_at": "2026-02-01", "state": "identified"
        }))
        .add("risk_score", score("RS-1", "current", 1, 2, "medium", "2026-02-10"))
        .add("risk_score", score("RS-2", "target", 1, 1, "low", "2026-02-10"))
        .add("risk_evaluation", json!({
            "id": "RE-1", "risk_id": "R-1", "assessment_id": "RAS-1", "method_id": "RM-1", "acceptable": false,
            "priority_rank": 1, "evaluated_by": "P-2", "evaluated_at": "2026-02-11"
        }))
        .add("task", json!({"id": "T-1", "title": "Encrypt", "assignee_id": "P-4"}))
        .add("treatment_plan", json!({
            "id": "TP-1", "risk_id": "R-1", "option": "modify", "rationale": "cheap", "control_ids": ["A.8.1"],
            "action_task_ids": ["T-1"], "resources": "two days", "responsible_id": "P-4", "due_at": "2026-05-01",
            "target_score_id": "RS-2", "approved_by": "P-3", "approved_at": "2026-02-12", "state": "approved"
        }));
    given
}

pub(crate) fn score(id: &str, of: &str, likelihood: u8, impact: u8, level: &str, at: &str) -> Value {
    json!({
        "id": id, "risk_id": "R-1", "assessment_id": "RAS-1", "method_id": "RM-1", "type": of, "likelihood": likelihood,
        "impact": impact, "level": level, "rationale": "as agreed", "scored_by": "P-2", "scored_at": at
    })
}

pub(crate) fn acceptance() -> Value {
    json!({
        "id": "ACC-1", "risk_id": "R-1", "accepted_by": "P-3", "accepted_at": "2026-02-20", "expires_at": "2026-08-20",
        "rationale": "too costly", "state": "active"
    })
}

/// The plan done, and what remains scored at `level`.
fn treated(given: &mut Given, likelihood: u8, impact: u8, level: &str) {
    given.add("risk_score", score("RS-3", "residual", likelihood, impact, level, "2026-02-25"));
    given.set("TP-1", json!({
        "state": "done", "completed_at": "2026-02-25", "result_note": "disks encrypted", "residual_score_id": "RS-3"
    }));
}

#[test]
fn analysis_takes_a_described_owned_and_scored_risk() {
    check(
        base,
        vec![
            attempt("all there", Cleo, "R-1", "analyse", Ok("analysed")),
            attempt("by the ISMS manager", Ben, "R-1", "analyse", Ok("analysed")),
            attempt("by somebody else", Dan, "R-1", "analyse", Err("who")),
            attempt("no scenario", Cleo, "R-1", "analyse", Err("scenario"))
                .given(|g| _ = g.set("R-1", json!({"scenario": null}))),
            attempt("no threat", Cleo, "R-1", "analyse", Err("threat"))
                .given(|g| _ = g.set("R-1", json!({"threat": null}))),
            attempt("no weakness", Cleo, "R-1", "analyse", Err("vulnerability"))
                .given(|g| _ = g.set("R-1", json!({"vulnerability": null}))),
            attempt("nothing lost", Cleo, "R-1", "analyse", Err("cia_affected"))
                .given(|g| _ = g.set("R-1", json!({"cia_affected": null}))),
            attempt("no owner", Ben, "R-1", "analyse", Err("owner_id"))
                .given(|g| _ = g.set("R-1", json!({"owner_id": null}))),
            attempt("about nothing", Cleo, "R-1", "analyse", Err("6.1.2c1"))
                .given(|g| _ = g.set("R-1", json!({"asset_ids": null}))),
            attempt("not taken on", Cleo, "R-1", "analyse", Err("6.1.2c2"))
                .given(|g| _ = g.set("R-1", json!({"owner_accepted_at": null}))),
            attempt("no score", Cleo, "R-1", "analyse", Err("6.1.2d")).given(|g| _ = g.drop("RS-1")),
            attempt("score without reason", Cleo, "R-1", "analyse", Err("6.1.2d"))
                .given(|g| _ = g.set("RS-1", json!({"rationale": null}))),
            attempt("off the scale", Cleo, "R-1", "analyse", Err("6.1.2d"))
                .given(|g| _ = g.set("RS-1", json!({"likelihood": 4}))),
            attempt("level not from the matrix", Cleo, "R-1", "analyse", Err("6.1.2d"))
                .given(|g| _ = g.set("RS-1", json!({"level": "low"}))),
            attempt("assessment over", Cleo, "R-1", "analyse", Err("6.1.2d"))
                .given(|g| _ = g.set("RAS-1", json!({"state": "completed"}))),
            attempt("method not approved", Cleo, "R-1", "analyse", Err("6.1.2d"))
                .given(|g| _ = g.set("RM-1", json!({"state": "draft"}))),
            attempt("not from here", Cleo, "R-1", "evaluate", Err("state")),
        ],
    );
}

#[test]
fn evaluation_follows_the_criteria() {
    fn analysed() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "analysed"}));
        given
    }
    check(
        analysed,
        vec![
            attempt("all there", Ben, "R-1", "evaluate", Ok("evaluated")),
            attempt("by the owner", Cleo, "R-1", "evaluate", Ok("evaluated")),
            attempt("not evaluated", Ben, "R-1", "evaluate", Err("6.1.2e")).given(|g| _ = g.drop("RE-1")),
            attempt("evaluated before it was scored", Ben, "R-1", "evaluate", Err("6.1.2e"))
                .given(|g| _ = g.set("RE-1", json!({"evaluated_at": "2026-02-09"}))),
            attempt("no verdict", Ben, "R-1", "evaluate", Err("6.1.2e"))
                .given(|g| _ = g.set("RE-1", json!({"acceptable": null}))),
            attempt("no rank", Ben, "R-1", "evaluate", Err("6.1.2e"))
                .given(|g| _ = g.set("RE-1", json!({"priority_rank": null}))),
            attempt("against the criteria", Ben, "R-1", "evaluate", Err("SOD-2"))
                .given(|g| _ = g.set("RE-1", json!({"acceptable": true}))),
            attempt("against the criteria, accepted", Ben, "R-1", "evaluate", Ok("evaluated")).given(|g| {
                _ = g.set("RE-1", json!({"acceptable": true})).add("risk_acceptance", acceptance())
            }),
            attempt("against the criteria, acceptance over", Ben, "R-1", "evaluate", Err("SOD-2")).given(
                |g| {
                    g.set("RE-1", json!({"acceptable": true})).add("risk_acceptance", acceptance());
                    g.set("ACC-1", json!({"expires_at": "2026-02-28"}));
                },
            ),
            attempt("rescored in an assessment that is over", Ben, "R-1", "evaluate", Err("6.1.2d"))
                .given(|g| _ = g.set("RAS-1", json!({"state": "completed"}))),
        ],
    );
}

#[test]
fn an_evaluated_risk_is_treated_watched_or_accepted() {
    fn evaluated() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "evaluated"}));
        given
    }
    check(
        evaluated,
        vec![
            attempt("plan approved", Cleo, "R-1", "decide_treatment", Ok("treatment_decided")),
            attempt("by the ISMS manager", Ben, "R-1", "decide_treatment", Err("who")),
            attempt("no plan", Cleo, "R-1", "decide_treatment", Err("6.1.3e")).given(|g| _ = g.drop("TP-1")),
            attempt("plan only proposed", Cleo, "R-1", "decide_treatment", Err("SOD-3"))
                .given(|g| _ = g.set("TP-1", json!({"state": "proposed"}))),
            attempt("plan approved by another", Cleo, "R-1", "decide_treatment", Err("SOD-3"))
                .given(|g| _ = g.set("TP-1", json!({"approved_by": "P-2"}))),
            attempt("plan without means", Cleo, "R-1", "decide_treatment", Err("6.1.3e"))
                .given(|g| _ = g.set("TP-1", json!({"resources": null}))),
            attempt("plan without target", Cleo, "R-1", "decide_treatment", Err("6.1.3e"))
                .given(|g| _ = g.set("TP-1", json!({"target_score_id": null}))),
            attempt("control retired", Cleo, "R-1", "decide_treatment", Err("6.1.3e"))
                .given(|g| _ = g.set("A.8.1", json!({"state": "retired"}))),
            attempt("not acceptable", Cleo, "R-1", "monitor", Err("6.1.2e")),
            attempt("acceptable", Cleo, "R-1", "monitor", Ok("monitored"))
                .given(|g| _ = g.set("RE-1", json!({"acceptable": true}))),
            attempt("nobody accepted", Cleo, "R-1", "accept", Err("6.1.3f"))
                .given(|g| _ = g.set("TP-1", json!({"option": "retain"}))),
            attempt("option is not to keep it", Cleo, "R-1", "accept", Err("6.1.3a"))
                .given(|g| _ = g.add("risk_acceptance", acceptance())),
            attempt("kept and accepted", Cleo, "R-1", "accept", Ok("accepted")).given(|g| {
                _ = g.set("TP-1", json!({"option": "retain"})).add("risk_acceptance", acceptance())
            }),
            attempt("by who merely writes", Dan, "R-1", "accept", Err("who")).given(|g| {
                _ = g.set("TP-1", json!({"option": "retain"})).add("risk_acceptance", acceptance())
            }),
        ],
    );
}

#[test]
fn treatment_is_started_by_who_carries_it_out_and_confirmed_by_the_owner() {
    fn decided() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "treatment_decided"}));
        given
    }
    fn in_treatment() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "in_treatment"}));
        treated(&mut given, 1, 1, "low");
        given
    }
    check(
        decided,
        vec![
            attempt("plan approved", Dan, "R-1", "start_treatment", Ok("in_treatment")),
            attempt("by the owner", Cleo, "R-1", "start_treatment", Err("who")),
            attempt("plan back to proposed", Dan, "R-1", "start_treatment", Err("8.3"))
                .given(|g| _ = g.set("TP-1", json!({"state": "proposed"}))),
            attempt("no task", Dan, "R-1", "start_treatment", Err("8.3"))
                .given(|g| _ = g.set("TP-1", json!({"action_task_ids": null}))),
        ],
    );
    check(
        in_treatment,
        vec![
            attempt("all proven", Cleo, "R-1", "finish", Ok("treated")),
            attempt("by who carried it out", Dan, "R-1", "finish", Err("who")),
            attempt("owner carried it out", Cleo, "R-1", "finish", Err("SOD-3"))
                .given(|g| _ = g.set("TP-1", json!({"responsible_id": "P-3"}))),
            attempt("owner carried it out, waived", Cleo, "R-1", "finish", Ok("treated")).given(|g| {
                g.set("TP-1", json!({"responsible_id": "P-3"}));
                g.add("sod_waiver", waiver("SOD-3", "R-1"));
            }),
            attempt("plan not done", Cleo, "R-1", "finish", Err("8.3"))
                .given(|g| _ = g.set("TP-1", json!({"state": "in_progress"}))),
            attempt("no residual score", Cleo, "R-1", "finish", Err("8.3"))
                .given(|g| _ = g.set("TP-1", json!({"residual_score_id": null}))),
            attempt("no evidence", Cleo, "R-1", "finish", Err("8.3")).given(|g| _ = g.drop("EV-1")),
            attempt("evidence out of date", Cleo, "R-1", "finish", Err("8.3"))
                .given(|g| _ = g.set("EV-1", json!({"valid_until": "2026-02-28"}))),
            attempt("control not in place", Cleo, "R-1", "finish", Err("8.3"))
                .given(|g| _ = g.set("A.8.1", json!({"implementation_status": "partly"}))),
        ],
    );
}

#[test]
fn what_remains_is_watched_accepted_or_treated_further() {
    fn low() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "treated"}));
        treated(&mut given, 1, 1, "low");
        given
    }
    fn medium() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "treated"}));
        treated(&mut given, 1, 2, "medium");
        given
    }
    fn second_plan(given: &mut Given) {
        given.add("treatment_plan", json!({
            "id": "TP-2", "risk_id": "R-1", "option": "modify", "rationale": "more", "control_ids": ["A.8.1"],
            "resources": "a day", "responsible_id": "P-4", "due_at": "2026-06-01", "target_score_id": "RS-2",
            "approved_by": "P-3", "approved_at": TODAY, "state": "approved"
        }));
    }
    check(
        low,
        vec![
            attempt("within the criteria", Cleo, "R-1", "monitor", Ok("monitored")),
            attempt("nothing to accept", Cleo, "R-1", "accept", Err("6.1.3f"))
                .given(|g| _ = g.add("risk_acceptance", acceptance())),
            attempt("nothing more to do", Cleo, "R-1", "decide_treatment", Err("6.1.3a")).given(second_plan),
        ],
    );
    check(
        medium,
        vec![
            attempt("above the criteria", Cleo, "R-1", "monitor", Err("6.1.2a1")),
            attempt("not accepted", Cleo, "R-1", "accept", Err("6.1.3f")),
            attempt("accepted", Cleo, "R-1", "accept", Ok("accepted"))
                .given(|g| _ = g.add("risk_acceptance", acceptance())),
            attempt("a new plan", Cleo, "R-1", "decide_treatment", Ok("treatment_decided"))
                .given(second_plan),
            attempt("the old plan again", Cleo, "R-1", "decide_treatment", Err("SOD-3")),
            attempt("a new plan, but accepted", Cleo, "R-1", "decide_treatment", Err("6.1.3a")).given(|g| {
                second_plan(g);
                g.add("risk_acceptance", acceptance());
            }),
        ],
    );
}

#[test]
fn a_risk_is_looked_at_again_for_a_reason_or_on_its_day() {
    fn monitored() -> Given {
        let mut given = base();
        given.set("R-1", json!({"state": "monitored", "last_reviewed_at": "2026-02-01"}));
        given
    }
    check(
        monitored,
        vec![
            attempt("a reason", Ben, "R-1", "reopen", Ok("analysed")).comment(),
            attempt("no reason", Ben, "R-1", "reopen", Err("comment")),
            attempt("by who merely writes", Dan, "R-1", "reopen", Err("who")).comment(),
            attempt("clock, before its day", Clock, "R-1", "reopen", Err("8.2")).comment(),
            attempt("clock, on its day", Clock, "R-1", "reopen", Ok("analysed")).comment().given(|g| {
                g.set("R-1", json!({"last_reviewed_at": "2025-02-01"}))
                    .set("RS-1", json!({"scored_at": "2025-02-28"}));
            }),
            attempt("clock, last good day", Clock, "R-1", "reopen", Err("8.2")).comment().given(|g| {
                g.set("R-1", json!({"last_reviewed_at": "2025-02-01"}))
                    .set("RS-1", json!({"scored_at": "2025-03-01"}));
            }),
        ],
    );
}

#[test]
fn closing_takes_two_people_and_no_open_plan() {
    fn done() -> Given {
        let mut given = base();
        treated(&mut given, 1, 1, "low");
        given.set("R-1", json!({"state": "monitored"}));
        given
    }
    check(
        done,
        vec![
            attempt("asked by the owner", Cleo, "R-1", "request_close", Ok("monitored")).comment(),
            attempt("no reason", Cleo, "R-1", "request_close", Err("comment")),
            attempt("asked by others", Dan, "R-1", "request_close", Err("who")).comment(),
            attempt("plan open", Cleo, "R-1", "request_close", Err("8.2"))
                .comment()
                .given(|g| _ = g.set("TP-1", json!({"state": "in_progress"}))),
            attempt("nobody asked", Ben, "R-1", "close", Err("8.2")).comment(),
            attempt("owner asked, manager closes", Ben, "R-1", "close", Ok("closed"))
                .comment()
                .given(|g| _ = g.set("R-1", json!({"closure_requested_by": "P-3"}))),
            attempt("manager asked, owner closes", Cleo, "R-1", "close", Ok("closed"))
                .comment()
                .given(|g| _ = g.set("R-1", json!({"closure_requested_by": "P-2"}))),
            attempt("asked and closed by one", Ben, "R-1", "close", Err("8.2"))
                .comment()
                .given(|g| _ = g.set("R-1", json!({"closure_requested_by": "P-2"}))),
            attempt("two managers without the owner", Ada, "R-1", "close", Err("8.2"))
                .comment()
                .given(|g| _ = g.set("R-1", json!({"closure_requested_by": "P-2"}))),
            attempt("by an account without person", Nobody, "R-1", "close", Err("8.2"))
                .comment()
                .given(|g| _ = g.set("R-1", json!({"closure_requested_by": "P-3"}))),
            attempt("plan open", Ben, "R-1", "close", Err("8.2")).comment().given(|g| {
                g.set("R-1", json!({"closure_requested_by": "P-3"}))
                    .set("TP-1", json!({"state": "approved"}));
            }),
            attempt("not to be closed after all", Ben, "R-1", "refuse_close", Ok("monitored"))
                .comment()
                .given(|g| _ = g.set("R-1", json!({"closure_requested_by": "P-3"}))),
            attempt("nobody asked", Ben, "R-1", "refuse_close", Err("8.2")).comment(),
        ],
    );
    let mut world = done().world();
    world.step(Cleo, "R-1", "request_close", Value::Null, "merged").unwrap();
    assert_eq!(world.field("R-1", "closure_requested_by"), "P-3");
    world.step(Ben, "R-1", "refuse_close", Value::Null, "not yet").unwrap();
    assert_eq!(world.field("R-1", "closure_requested_by"), Value::Null);
    world.step(Ben, "R-1", "request_close", Value::Null, "merged").unwrap();
    world.step(Cleo, "R-1", "close", Value::Null, "agreed").unwrap();
    let refusal = world.update(Ben, "R-1", json!({"title": "Another"})).err().unwrap();
    assert_eq!(grounds(&refusal), ["frozen"]);
}

#[test]
fn an_owner_takes_a_risk_on_and_a_new_owner_anew() {
    let mut world = base().world();
    let mine = world.create(Cleo, Kind::Risk, json!({"title": "Mine", "owner_id": "P-3"})).unwrap();
    assert_eq!(world.field(&mine.to_string(), "owner_accepted_at"), TODAY);
    let theirs =
        world.create(Ben, Kind::Risk, json!({"title": "Theirs", "owner_id": "P-3"})).unwrap().to_string();
    assert_eq!(world.field(&theirs, "owner_accepted_at"), Value::Null);
    assert_eq!(grounds(&world.step(Ben, &theirs, "take_on", Value::Null, "").err().unwrap()), ["who"]);
    world.update(Cleo, &theirs, json!({"threat": "a storm"})).unwrap();
    assert_eq!(world.field(&theirs, "owner_accepted_at"), Value::Null, "an edit is no consent");
    world.step(Cleo, &theirs, "take_on", Value::Null, "").unwrap();
    assert_eq!(world.field(&theirs, "owner_accepted_at"), TODAY);
    assert_eq!(grounds(&world.step(Cleo, &theirs, "take_on", Value::Null, "").err().unwrap()), ["6.1.2c2"]);
    world.update(Ben, &theirs, json!({"owner_id": "P-4"})).unwrap();
    assert_eq!(world.field(&theirs, "owner_accepted_at"), Value::Null);
    let refusal = world.update(Ben, &theirs, json!({"owner_accepted_at": TODAY})).err().unwrap();
    assert_eq!(grounds(&refusal), ["owner_accepted_at"]);
}

#[test]
fn the_level_is_computed_and_the_criteria_decide() {
    let mut world = base().world();
    let score = json!({"risk_id": "R-1", "likelihood": 2, "impact": 2, "rationale": "seen twice"});
    let made = world.create(Cleo, Kind::RiskScore, score).unwrap().to_string();
    for (field, value) in [
        ("level", json!("high")),
        ("method_id", json!("RM-1")),
        ("assessment_id", json!("RAS-1")),
        ("type", json!("current")),
        ("scored_by", json!("P-3")),
        ("scored_at", json!(TODAY)),
    ] {
        assert_eq!(world.field(&made, field), value, "{field}");
    }
    let lower = json!({"risk_id": "R-1", "likelihood": 2, "impact": 1, "rationale": "seen once"});
    let made = world.create(Cleo, Kind::RiskScore, lower).unwrap().to_string();
    assert_eq!(world.field(&made, "level"), "medium");
    let typed = json!({"risk_id": "R-1", "likelihood": 3, "impact": 3, "level": "low"});
    assert_eq!(grounds(&world.create(Cleo, Kind::RiskScore, typed).err().unwrap()), ["level"]);
    let off = json!({"risk_id": "R-1", "likelihood": 4, "impact": 1, "rationale": "often"});
    assert_eq!(grounds(&world.create(Cleo, Kind::RiskScore, off).err().unwrap()), ["6.1.2b"]);
    let evaluation = world
        .create(Cleo, Kind::RiskEvaluation, json!({"risk_id": "R-1", "priority_rank": 1}))
        .unwrap()
        .to_string();
    assert_eq!(world.field(&evaluation, "acceptable"), false);
    assert_eq!(world.field(&evaluation, "evaluated_by"), "P-3");
}

/// Judgements are made by those whose risk it is, in their own name, whole and of a day that has come; they stay as they
/// were made.
#[test]
fn a_judgement_on_a_risk_is_made_in_person_and_kept() {
    let mut world = base().world();
    let score = json!({"risk_id": "R-1", "likelihood": 1, "impact": 1, "rationale": "seen"});
    let with = |name: &str, value: Value| {
        let mut fields = score.clone();
        fields[name] = value;
        fields
    };
    for (what, who, fields, allowed) in [
        ("by the owner", Cleo, score.clone(), None),
        ("by who carries out the plan", Dan, score.clone(), None),
        ("by the ISMS manager, of the week before", Ben, with("scored_at", json!("2026-02-22")), None),
        ("in another's name", Cleo, with("scored_by", json!("P-2")), Some("who")),
        ("of tomorrow", Cleo, with("scored_at", json!("2026-03-02")), Some("6.1.2")),
        ("without impact", Cleo, with("impact", Value::Null), Some("6.1.2d")),
        ("without a reason", Cleo, with("rationale", json!(" ")), Some("6.1.2d")),
    ] {
        let made = world.clone().create(who, Kind::RiskScore, fields);
        assert_eq!(made.as_ref().err().map(grounds), allowed.map(|rule| vec![rule.to_owned()]), "{what}");
    }
    let mut others = base();
    others.set("TP-1", json!({"responsible_id": "P-3"}));
    assert_eq!(grounds(&others.world().create(Dan, Kind::RiskScore, score.clone()).err().unwrap()), ["who"]);
    others.set("RAS-1", json!({"performed_by": "P-4"}));
    others.world().create(Dan, Kind::RiskScore, score.clone()).unwrap();
    let mut brought = others.drop("RAS-1").drop("RS-1").drop("RS-2").drop("RE-1").drop("TP-1").world();
    let mine = brought.create(Dan, Kind::Risk, json!({"title": "Mine", "owner_id": "P-3"})).unwrap();
    let evaluation = json!({"risk_id": mine.to_string(), "acceptable": true});
    brought.create(Dan, Kind::RiskEvaluation, evaluation).unwrap();

    for (record, change) in [
        ("RS-1", json!({"impact": 3})),
        ("RS-1", json!({"rationale": "otherwise"})),
        ("RS-1", json!({"scored_by": "P-3"})),
        ("RS-1", json!({"scored_at": "2026-02-11"})),
        ("RS-1", json!({"type": "residual"})),
        ("RE-1", json!({"acceptable": true})),
        ("RE-1", json!({"evaluated_by": "P-3"})),
        ("RE-1", json!({"priority_rank": 2})),
    ] {
        let refusal = world.update(Cleo, record, change.clone()).err();
        let refusal = refusal.unwrap_or_else(|| panic!("{record} {change}"));
        assert!(grounds(&refusal).iter().all(|g| g.starts_with("6.1.2")), "{refusal}");
    }
    world.update(Ben, "RE-1", json!({"priority_rank": 2})).unwrap();
    let open = json!({"risk_id": "R-1", "method_id": "RM-1"});
    let undecided = base().drop("RS-1").world().create(Cleo, Kind::RiskEvaluation, open).err().unwrap();
    assert_eq!(grounds(&undecided), ["6.1.2e"]);
}

/// What belongs to somebody is not given away by others, and what nobody owns can be taken on.
#[test]
fn an_owner_hands_on_or_the_isms_manager_does() {
    let mut world = base().world();
    let to = |person: Value| json!({"owner_id": person});
    for person in [json!("P-4"), Value::Null] {
        assert_eq!(grounds(&world.update(Dan, "R-1", to(person)).err().unwrap()), ["who"]);
    }
    assert_eq!(grounds(&world.update(Dan, "A.8.1", to(json!("P-4"))).err().unwrap()), ["who"]);
    world.update(Dan, "R-1", json!({"owner_id": "P-3", "threat": "theft"})).unwrap();
    world.update(Cleo, "R-1", to(json!("P-4"))).unwrap();
    world.update(Ben, "R-1", to(Value::Null)).unwrap();
    world.update(Dan, "R-1", to(json!("P-4"))).unwrap();
}

/// An acceptance holds as long as the parameter and the criteria of the method allow, and is for who has taken the risk on.
#[test]
fn an_acceptance_holds_as_long_as_the_criteria_say() {
    let until = |end: &str| json!({"risk_id": "R-1", "rationale": "too costly", "expires_at": end});
    let of = |given: &Given, end: &str| {
        let made = given.world().create(Cleo, Kind::RiskAcceptance, until(end));
        made.err().map(|refusal| grounds(&refusal))
    };
    let six = |authority: &str| {
        let mut given = base();
        let mut criteria = method()["acceptance_criteria"].clone();
        criteria[1]["authority"] = json!(authority);
        given.set("RM-1", json!({"acceptance_criteria": criteria}));
        given
    };
    let refused = Some(vec!["6.1.3f".to_owned()]);
    for (authority, last, beyond) in [
        ("Risk lead", "2027-03-01", "2027-03-02"),
        ("Risk lead, for six months at most", "2026-09-01", "2026-09-02"),
        ("Risk lead, for 30 months", "2027-03-01", "2027-03-02"),
    ] {
        assert_eq!(of(&six(authority), last), None, "{authority}");
        assert_eq!(of(&six(authority), beyond), refused, "{authority}");
    }
    assert_eq!(of(&base(), "2026-02-28"), refused);
    let mut not_taken_on = base();
    not_taken_on.set("R-1", json!({"owner_accepted_at": null}));
    assert_eq!(of(&not_taken_on, "2026-06-01"), Some(vec!["SOD-2".to_owned()]));
}

#[test]
fn results_of_a_completed_assessment_are_kept() {
    let mut given = base();
    given.set("RAS-1", json!({"state": "completed"}));
    let mut world = given.world();
    let score = json!({"risk_id": "R-1", "assessment_id": "RAS-1", "likelihood": 1, "impact": 1, "rationale": "seen"});
    for refusal in [
        world.create(Cleo, Kind::RiskScore, score).err(),
        world.update(Ben, "RS-1", json!({"assessment_id": null})).err(),
        world.update(Ben, "RE-1", json!({"priority_rank": 7})).err(),
    ] {
        assert_eq!(grounds(&refusal.unwrap()), ["8.2"]);
    }
    assert!(matches!(
        world.update(Ben, "RAS-1", json!({"calibration_note": "x"})),
        Err(Refusal::Frozen { .. })
    ));
}

/// What 8.2 P3 asks for is filled in, and left as it is once somebody has said something else.
#[test]
fn a_planned_assessment_names_the_whole_scope() {
    let mut given = base();
    for (id, kind, in_scope, state) in [
        ("SC-1", "product", true, "active"),
        ("SC-2", "org_unit", true, "active"),
        ("SC-3", "site", false, "active"),
        ("SC-4", "technology", true, "active"),
        ("SC-5", "site", true, "retired"),
    ] {
        let item = json!({"id": id, "name": id, "kind": kind, "in_scope": in_scope, "state": state});
        given.add("scope_item", item);
    }
    let mut world = given.world();
    for (fields, named) in [
        (json!({"kind": "planned"}), vec!["SC-1", "SC-2"]),
        (json!({"kind": "planned", "scope_item_ids": ["SC-4"]}), vec!["SC-4"]),
        (json!({"kind": "triggered"}), vec![]),
    ] {
        let made = world.create(Ben, Kind::RiskAssessment, fields.clone()).unwrap().to_string();
        let said = world.field(&made, "scope_item_ids");
        let said: Vec<&str> = said.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(said, named, "{fields}");
    }
}

#[test]
fn an_assessment_is_completed_when_all_it_scored_is_evaluated() {
    let note = || json!({"performed_by": "P-2", "calibration_note": "three risks scored by two people"});
    check(
        base,
        vec![
            attempt("all there", Ben, "RAS-1", "complete", Ok("completed")).fields(note()),
            attempt("its scope named at last", Ben, "RAS-1", "complete", Ok("completed"))
                .given(|g| _ = g.add("scope_item", json!({"id": "SC-1", "name": "App", "kind": "product"})))
                .fields(json!({"performed_by": "P-2", "calibration_note": "x", "scope_item_ids": ["SC-1"]})),
            attempt("no calibration", Ben, "RAS-1", "complete", Err("calibration_note"))
                .fields(json!({"performed_by": "P-2"})),
            attempt("by a contributor", Cleo, "RAS-1", "complete", Err("forbidden")).fields(note()),
            attempt("not evaluated", Ben, "RAS-1", "complete", Err("6.1.2e"))
                .fields(note())
                .given(|g| _ = g.drop("RE-1")),
            attempt("approved by who led it", Ben, "RAS-1", "approve", Err("8.2"))
                .given(|g| _ = g.set("RAS-1", json!({"state": "completed", "performed_by": "P-2"}))),
            attempt("approved by another", Ada, "RAS-1", "approve", Ok("completed"))
                .given(|g| _ = g.set("RAS-1", json!({"state": "completed", "performed_by": "P-2"}))),
        ],
    );
}

#[test]
fn the_method_is_approved_whole_by_top_management() {
    fn draft() -> Given {
        let mut given = Given::people();
        given.add("risk_method", method());
        let mut second = method();
        second["id"] = json!("RM-2");
        second["version"] = json!("2");
        for field in ["approved_by", "approved_at", "published_at"] {
            second.as_object_mut().unwrap().remove(field);
        }
        second["state"] = json!("draft");
        given.add("risk_method", second);
        given
    }
    check(
        draft,
        vec![
            attempt("whole", Ada, "RM-2", "approve", Ok("approved")),
            attempt("by the ISMS manager", Ben, "RM-2", "approve", Err("who")),
            attempt("by its author", Ada, "RM-2", "approve", Err("6.1.2"))
                .given(|g| _ = g.set("RM-2", json!({"author_id": "P-1"}))),
            attempt("no review date", Ada, "RM-2", "approve", Err("next_review_at"))
                .given(|g| _ = g.set("RM-2", json!({"next_review_at": null}))),
            attempt("no triggers", Ada, "RM-2", "approve", Err("6.1.2"))
                .given(|g| _ = g.set("RM-2", json!({"triggers": null}))),
            attempt("no treatment process", Ada, "RM-2", "approve", Err("6.1.2"))
                .given(|g| _ = g.set("RM-2", json!({"treatment_process": null}))),
            attempt("a level without criterion", Ada, "RM-2", "approve", Err("6.1.2")).given(|g| {
                let rules = json!([{"level": "low", "acceptable": true, "authority": "owner"}]);
                g.set("RM-2", json!({"acceptance_criteria": rules}));
            }),
            attempt("a pair without level", Ada, "RM-2", "approve", Err("6.1.2")).given(|g| {
                _ = g.set("RM-2", json!({"level_matrix": [{"likelihood": 1, "impact": 1, "level": "low"}]}))
            }),
            attempt("a step not described", Ada, "RM-2", "approve", Err("6.1.2"))
                .given(|g| _ = g.set("RM-2", json!({"impact_scale": [{"value": 1, "label": "small"}]}))),
            attempt("superseded by hand", Ada, "RM-1", "supersede", Err("who")),
            attempt("superseded by the clock", Clock, "RM-1", "supersede", Err("6.1.2")),
        ],
    );
    let mut world = draft().world();
    world.step(Ada, "RM-2", "approve", Value::Null, "").unwrap();
    assert_eq!((world.state("RM-1"), world.state("RM-2")), ("superseded", "approved"));
    assert_eq!(world.field("RM-2", "approved_by"), "P-1");
}

/// A waiver of a segregation rule for one record.
pub(crate) fn waiver(rule: &str, record: &str) -> Value {
    json!({
        "id": "SOD-1", "rule": rule, "record_ref": record, "reason": "too few people", "approved_by": "P-1",
        "expires_at": "2026-12-31"
    })
}
