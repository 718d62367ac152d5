//! The risk method: from the proposal to a version in force.

use axum::http::StatusCode;
use isms::{
    Command, Id,
    access::{Actor, Role},
    records::{RiskMethod, RiskMethodState},
    views::scores,
};
use serde_json::json;

use crate::{
    browser::{Browser, Site},
    form::Form,
};

/// A site with an ISMS manager, top management, a contributor and a reader.
pub(crate) async fn site() -> Site {
    let site = Site::with(&[
        ("mia", &[Role::IsmsManager]),
        ("tess", &[Role::IsmsManager]),
        ("cleo", &[Role::Contributor]),
        ("rex", &[Role::Reader]),
    ])
    .await;
    let tess: Id = "P-2".parse().unwrap();
    site.org
        .execute(Actor::operator(), Command::update(tess, [("is_top_management", json!(true))]))
        .await
        .unwrap();
    site.org.execute(Actor::operator(), Command::SeedControls).await.unwrap();
    site
}

/// Takes the recommended method and has it approved.
pub(crate) async fn approved(mia: &mut Browser, tess: &mut Browser) {
    let page = mia.get("/method/edit?from=recommended").await;
    let form = Form::of(&page.body, "/method");
    let saved = mia.post("/method", &form.pairs()).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, "/method"), "{}", saved.body);
    let page = tess.get("/method").await;
    let form = Form::of(&page.body, "/risk_method/RM-1/step/approve");
    assert_eq!(form.value("next_review_at"), Some("2027-03-01"));
    let done = tess.post(&form.action, &form.pairs()).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/method"), "{}", done.body);
}

#[tokio::test]
async fn from_the_proposal_to_a_version_in_force() {
    let site = site().await;
    let (mut mia, mut tess) = (site.signed_in("mia").await, site.signed_in("tess").await);
    let empty = mia.get("/method").await;
    assert!(empty.body.contains("No method yet") && empty.body.contains("Start from the recommended method"));
    approved(&mut mia, &mut tess).await;
    let isms = site.org.snapshot();
    let method = scores::method(&isms).unwrap();
    assert_eq!((method.version.as_str(), method.level_matrix.len()), ("1", 25));
    assert_eq!(method.level(4, 4).map(|l| l.as_str()), Some("critical"));
    let page = mia.get("/method").await;
    assert!(
        page.body.contains("In force: 1") && page.body.contains("data-level=\"critical\">Critical</td>"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn the_author_does_not_approve_and_gaps_are_named() {
    let site = site().await;
    let (mut mia, mut tess) = (site.signed_in("mia").await, site.signed_in("tess").await);
    let page = tess.get("/method/edit?from=recommended").await;
    let form = Form::of(&page.body, "/method").set("m-4-4", "").set("a-high", "");
    assert_eq!(tess.post("/method", &form.pairs()).await.status, StatusCode::SEE_OTHER);
    let page = tess.get("/method").await;
    assert!(page.body.contains("approved by somebody other than its author"), "{}", page.body);
    assert!(page.body.contains("the matrix has no level for likelihood 4, impact 4"), "{}", page.body);
    let refused =
        tess.post("/risk_method/RM-1/step/approve", &[("_rev", "1"), ("next_review_at", "2027-03-01")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    // The draft is mended; two people at once are told.
    let page = mia.get("/method/edit").await;
    let form = Form::of(&page.body, "/method");
    assert_eq!((form.value("_id"), form.value("_rev")), (Some("RM-1"), Some("1")));
    assert_eq!(form.value("l-3-label"), Some("Possible"));
    let form = form.set("m-4-4", "critical").set("a-high", "no").set("l-3-label", "Now and <then>");
    assert_eq!(mia.post("/method", &form.pairs()).await.status, StatusCode::SEE_OTHER);
    let late = tess.post("/method", &form.pairs()).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert!(
        late.body.contains("Now and &#60;then&#62;") && late.body.contains("name=\"_rev\" value=\"2\""),
        "{}",
        late.body
    );
    let isms = site.org.snapshot();
    assert!(
        isms.all::<RiskMethod>().iter().all(|m| m.state == RiskMethodState::Draft && m.gaps().is_empty())
    );
}

#[tokio::test]
async fn scales_can_have_other_numbers_of_steps_and_readers_only_read() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let page = mia.get("/method/edit?from=recommended&likelihood=3&impact=6").await;
    let form = Form::of(&page.body, "/method");
    assert_eq!((form.value("l-3-label"), form.value("l-4-label")), (Some("Possible"), None));
    assert_eq!(
        (form.value("i-6-label"), form.value("m-3-6"), form.value("m-3-5")),
        (Some(""), Some(""), Some("critical"))
    );
    let mut rex = site.signed_in("rex").await;
    assert_eq!(rex.get("/method").await.status, StatusCode::OK);
    assert_eq!(rex.get("/method/edit").await.status, StatusCode::FORBIDDEN);
    assert_eq!(mia.get("/at/2026-02-01/method/edit").await.status, StatusCode::FORBIDDEN);
    assert_eq!(mia.get("/method/edit?from=RM-9").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_step_without_a_name_keeps_a_method_from_approval_and_the_editor_says_where() {
    let site = site().await;
    let (mut mia, mut tess) = (site.signed_in("mia").await, site.signed_in("tess").await);
    let page = mia.get("/method/edit?from=recommended").await;
    let form = Form::of(&page.body, "/method").set("i-2-label", " ");
    assert_eq!(mia.post("/method", &form.pairs()).await.status, StatusCode::SEE_OTHER);
    let gap = "Step 2 of the impact scale has no name.";
    let editor = mia.get("/method/edit").await;
    let (_, impact) = editor.body.split_once("id=\"f-impact_scale\"").unwrap();
    assert!(impact.contains(gap) && editor.body.matches(gap).count() == 1, "{}", editor.body);
    assert!(tess.get("/method").await.body.contains("step 2 of the impact scale has no name"));
    let approve = "/risk_method/RM-1/step/approve";
    let refused = tess.post(approve, &[("next_review_at", "2027-03-01")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(refused.body.contains(gap), "{}", refused.body);
}
