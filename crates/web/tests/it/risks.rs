//! A risk from its first score to its treatment, through the forms.

use axum::http::StatusCode;
use isms::{
    Command, Id, Kind, Ref,
    access::Actor,
    records::{Risk, RiskScore, RiskState, TreatmentPlan, TreatmentPlanState},
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, Site},
    form::Form,
    method::{approved, site},
};

/// A risk from a scenario, owned by Cleo and taken on by her, about an asset.
pub(crate) async fn risk(site: &Site, mia: &mut Browser, cleo: &mut Browser) -> Id {
    mia.post("/starters/scenarios", &[("id", "R13")]).await;
    let asset = site.make(Kind::Asset, &[("name", json!("Laptops"))]).await;
    let id: Id = "R-1".parse().unwrap();
    let fields = [("owner_id", json!("P-3")), ("asset_ids", json!([asset]))];
    site.org.execute(Actor::operator(), Command::update(id, fields)).await.unwrap();
    let taken = cleo.post("/risk/R-1/step/take_on", &[]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    id
}

fn state(site: &Site) -> RiskState {
    site.org.snapshot().get(Ref::<Risk>::new(1)).unwrap().state
}

/// Scores, evaluates and plans, so that the plan waits for its owner.
pub(crate) async fn planned(site: &Site, mia: &mut Browser) {
    let score = [
        ("type", "current"),
        ("likelihood", "4"),
        ("impact", "3"),
        ("rationale", "Two were lost last year"),
        ("_step", "yes"),
    ];
    let done = mia.post("/risk/R-1/score", &score).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let done = mia
        .post("/risk/R-1/evaluate", &[("acceptable", "no"), ("priority_rank", "1"), ("_step", "yes")])
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(state(site), RiskState::Evaluated);
    let plan = [
        ("option", "modify"),
        ("rationale", "Encryption takes the sting out"),
        ("control_ids", "A.8.24"),
        ("control_ids", "A.8.1"),
        ("responsible_id", "P-1"),
        ("due_at", "2026-06-30"),
        ("resources", "Two days of IT"),
        ("_likelihood", "4"),
        ("_impact", "1"),
        ("_target_rationale", "A lost laptop says nothing"),
    ];
    let done = mia.post("/risk/R-1/plan", &plan).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

#[tokio::test]
async fn scoring_opens_an_assessment_and_takes_the_step() {
    let site = site().await;
    let (mut mia, mut tess, mut cleo) =
        (site.signed_in("mia").await, site.signed_in("tess").await, site.signed_in("cleo").await);
    mia.post("/starters/scenarios", &[("id", "R13")]).await;
    assert!(mia.get("/risk/R-1/score").await.body.contains("No risk method is approved"));
    approved(&mut mia, &mut tess).await;
    let early = mia.get("/risk/R-1/score").await;
    assert!(
        early.body.contains("is not taken with it")
            && early.body.contains("The risk does not say yet: owner."),
        "{}",
        early.body
    );
    assert!(early.body.contains("suggests likelihood 4 and impact 3"));
    assert!(cleo.get("/risk/R-1/score").await.body.contains("An ISMS manager opens one"));
    let asset = site.make(Kind::Asset, &[("name", json!("Laptops"))]).await;
    let fields = [("owner_id", json!("P-3")), ("asset_ids", json!([asset]))];
    let id: Id = "R-1".parse().unwrap();
    site.org.execute(Actor::operator(), Command::update(id, fields)).await.unwrap();
    cleo.post("/risk/R-1/step/take_on", &[]).await;
    let page = mia.get("/risk/R-1/score").await;
    assert!(page.body.contains("a planned one is opened together with this score"));
    let form = Form::of(&page.body, "/risk/R-1/score");
    assert_eq!(
        (form.value("type"), form.value("_step"), form.value("likelihood")),
        (Some("current"), Some("yes"), None)
    );
    // What is missing is named at its field, and what was typed is kept.
    let form = form.set("likelihood", "4").set("rationale", "");
    let again = mia.post("/risk/R-1/score", &form.pairs()).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.body.contains("id=\"e-impact\"") && again.body.contains("href=\"#f-rationale\""),
        "{}",
        again.body
    );
    assert_eq!(Form::of(&again.body, "/risk/R-1/score").value("likelihood"), Some("4"));
    let off = mia.post("/risk/R-1/score", &form.set("impact", "9").set("rationale", "x").pairs()).await;
    assert!(
        off.status.is_client_error() && off.body.contains("is not a step of the scale"),
        "{}: {}",
        off.status,
        off.body
    );
    assert!(site.org.snapshot().table(Kind::RiskAssessment).is_empty(), "nothing is half done");
    let form = Form::of(&again.body, "/risk/R-1/score")
        .set("impact", "3")
        .set("rationale", "Two were lost last year");
    let done = mia.post("/risk/R-1/score", &form.pairs()).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/risk/R-1"), "{}", done.body);
    let isms = site.org.snapshot();
    let score = isms.get(Ref::<RiskScore>::new(1)).unwrap();
    assert_eq!((score.level.as_str(), score.assessment_id.map(|a| a.n())), ("high", Some(1)));
    assert_eq!(state(&site), RiskState::Analysed);
    let page = mia.get("/risk/R-1").await;
    assert!(
        page.body.contains("Scored 4 × 3: high.")
            && page.body.contains("4 Likely")
            && page.body.contains("3 Serious"),
        "{}",
        page.body
    );
    // The next score starts from the last one and joins the open assessment.
    let next = mia.get("/risk/R-1/score").await;
    assert_eq!(Form::of(&next.body, "/risk/R-1/score").value("likelihood"), Some("4"));
    assert!(next.body.contains("belongs to the open assessment"));
}

#[tokio::test]
async fn from_evaluation_to_a_decided_treatment() {
    let site = site().await;
    let (mut mia, mut tess, mut cleo) =
        (site.signed_in("mia").await, site.signed_in("tess").await, site.signed_in("cleo").await);
    approved(&mut mia, &mut tess).await;
    risk(&site, &mut mia, &mut cleo).await;
    assert!(mia.get("/risk/R-1/evaluate").await.body.contains("Not scored yet"));
    planned(&site, &mut mia).await;
    let isms = site.org.snapshot();
    let plan = isms.get(Ref::<TreatmentPlan>::new(1)).unwrap();
    assert_eq!((plan.state, plan.control_ids.len()), (TreatmentPlanState::Proposed, 2));
    assert_eq!(isms.find(plan.target_score_id).map(|s| s.level.to_string()).as_deref(), Some("low"));
    // Only the owner of the risk approves; others read why not.
    let seen = mia.get("/risk/R-1").await;
    assert!(seen.body.contains("data-refused") && seen.body.contains("for the owner"), "{}", seen.body);
    let page = cleo.get("/risk/R-1").await;
    assert!(page.body.contains("/treatment_plan/TP-1/step/approve?back=%2Frisk%2FR-1"), "{}", page.body);
    // The step is taken from the risk and leads back to it; an address elsewhere is not followed.
    let step = "/treatment_plan/TP-1/step/approve";
    let astray = cleo.get(&format!("{step}?back=%2F%2Fevil.example")).await;
    assert_eq!(Form::of(&astray.body, step).value("_back"), Some("/treatment_plan/TP-1"));
    let page = cleo.get(&format!("{step}?back=%2Frisk%2FR-1")).await;
    let form = Form::of(&page.body, step);
    let done = cleo.post(step, &form.pairs()).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/risk/R-1"), "{}", done.body);
    let decided = cleo.post("/risk/R-1/step/decide_treatment", &[]).await;
    assert_eq!(decided.status, StatusCode::SEE_OTHER, "{}", decided.body);
    assert_eq!(state(&site), RiskState::TreatmentDecided);
    // The matrix counts it, and its cell opens the list behind it.
    let matrix = mia.get("/matrix").await;
    let cell = "/risk?current_likelihood=4&#38;current_impact=3&#38;state=";
    assert!(
        matrix.body.contains(cell) && matrix.body.contains("1 risk, high, likelihood 4, impact 3"),
        "{}",
        matrix.body
    );
    let list = mia.get("/risk?current_likelihood=4&current_impact=3").await;
    assert!(list.body.contains("Laptop lost"));
    assert!(!mia.get("/risk?current_likelihood=4&current_impact=4").await.body.contains("Laptop lost"));
    // When it is overdue the page says so, also on a day to come.
    assert!(mia.get("/at/2026-07-01/risk/R-1").await.body.contains("Overdue"));
    assert!(!mia.get("/risk/R-1").await.body.contains("Overdue"));
}

#[tokio::test]
async fn a_plan_that_is_not_complete_comes_back_with_what_was_typed() {
    let site = site().await;
    let (mut mia, mut tess, mut cleo) =
        (site.signed_in("mia").await, site.signed_in("tess").await, site.signed_in("cleo").await);
    approved(&mut mia, &mut tess).await;
    risk(&site, &mut mia, &mut cleo).await;
    let page = mia.get("/risk/R-1/plan").await;
    assert!(
        page.body.contains("Suggested for this scenario") && page.body.contains("value=\"A.7.9\""),
        "{}",
        page.body
    );
    // A search shows what it found first and records nothing.
    let found = mia
        .post(
            "/risk/R-1/plan",
            &[("option", "modify"), ("_find", "backup"), ("_then", "find"), ("control_ids", "A.8.1")],
        )
        .await;
    assert_eq!(found.status, StatusCode::OK);
    assert!(found.body.contains("Found for “backup”"));
    let form = Form::of(&found.body, "/risk/R-1/plan");
    assert_eq!((form.all("control_ids"), form.value("option")), (vec!["A.8.1"], Some("modify")));
    let refused = mia.post("/risk/R-1/plan", &[("option", "modify"), ("rationale", "<b>because</b>")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(
        refused.body.contains("&#60;b&#62;because") && !refused.body.contains("<b>because"),
        "{}",
        refused.body
    );
    assert!(site.org.snapshot().table(Kind::TreatmentPlan).is_empty());
    let draft = mia
        .post("/risk/R-1/plan", &[("option", "modify"), ("rationale", "because"), ("_then", "draft")])
        .await;
    assert_eq!(draft.status, StatusCode::SEE_OTHER, "{}", draft.body);
    let wrong =
        mia.post("/risk/R-1/plan", &[("_likelihood", "x"), ("_impact", "2"), ("_then", "draft")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"e-_likelihood\""), "{}", wrong.body);
}

#[tokio::test]
async fn what_remains_is_accepted_by_whom_the_criteria_name() {
    let site = site().await;
    let (mut mia, mut tess, mut cleo) =
        (site.signed_in("mia").await, site.signed_in("tess").await, site.signed_in("cleo").await);
    approved(&mut mia, &mut tess).await;
    risk(&site, &mut mia, &mut cleo).await;
    assert!(cleo.get("/risk/R-1/accept").await.body.contains("Nothing to accept yet"));
    let score =
        [("type", "current"), ("likelihood", "4"), ("impact", "3"), ("rationale", "x"), ("_step", "yes")];
    mia.post("/risk/R-1/score", &score).await;
    mia.post("/risk/R-1/evaluate", &[("acceptable", "no"), ("priority_rank", "1"), ("_step", "yes")]).await;
    let plan: Vec<(&str, Value)> = vec![
        ("risk_id", json!("R-1")),
        ("option", json!("retain")),
        ("rationale", json!("Nothing sensible can be done")),
        ("responsible_id", json!("P-1")),
        ("due_at", json!("2026-06-30")),
    ];
    let plan: Vec<(&'static str, Value)> = plan.into_iter().collect();
    site.make(Kind::TreatmentPlan, &plan).await;
    let page = cleo.get("/risk/R-1/accept").await;
    let form = Form::of(&page.body, "/risk/R-1/accept").set("rationale", "We can live with it");
    assert_eq!(form.value("expires_at"), Some("2027-03-01"));
    let refused = cleo.post("/risk/R-1/accept", &form.pairs()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(
        refused.body.contains("SOD-2") && refused.body.contains("We can live with it"),
        "{}",
        refused.body
    );
    let long = form.set("expires_at", "2029-01-01");
    let refused = tess.post("/risk/R-1/accept", &long.pairs()).await;
    assert!(
        refused.status.is_client_error() && refused.body.contains("12 months at most"),
        "{}",
        refused.body
    );
    let page = tess.get("/risk/R-1/accept").await;
    let form =
        Form::of(&page.body, "/risk/R-1/accept").set("rationale", "We can live with it").set("_step", "yes");
    let done = tess.post("/risk/R-1/accept", &form.pairs()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(state(&site), RiskState::Accepted);
    assert!(mia.get("/risk/R-1").await.body.contains("We can live with it"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_other_days_are_for_reading() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    for form in ["score", "evaluate", "plan", "accept"] {
        for id in ["R-999", "A.5.1", "x", "%3Cscript%3E"] {
            let answer = mia.get(&format!("/risk/{id}/{form}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id} {form}");
            assert!(!answer.body.contains("<script>"));
        }
        assert_eq!(mia.get(&format!("/at/2026-02-01/risk/R-1/{form}")).await.status, StatusCode::FORBIDDEN);
    }
}
