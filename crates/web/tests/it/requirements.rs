//! What the standard asks for, and an organisation's own licensed text beside it.

use axum::http::StatusCode;
use isms::Kind;

use crate::{form::Form, method::site};

#[tokio::test]
async fn every_row_and_control_has_its_page() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let list = rex.get("/requirements").await;
    assert_eq!(list.body.matches("<td class=\"fit ref\">").count(), 118);
    let controls = rex.get("/requirements?part=annex-a").await;
    assert_eq!(controls.body.matches("<td class=\"fit ref\">").count(), 93);
    let found = rex.get("/requirements?q=climate").await;
    assert!(
        found.body.contains("/requirements/4.1-A1")
            && found.body.matches("<td class=\"fit ref\">").count() < 10
    );
    for row in frameworks::catalogue().requirements() {
        let page = rex.get(&format!("/requirements/{}", row.id)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", row.id);
        assert!(
            page.body.contains("How it is judged") && page.body.contains("What auditors ask"),
            "{}",
            row.id
        );
    }
    for control in frameworks::catalogue().controls() {
        let page = rex.get(&format!("/requirements/{}", control.id)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", control.id);
        assert!(page.body.contains("What auditors are typically shown"), "{}", control.id);
    }
    assert_eq!(rex.get("/requirements/11.1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_requirement_leads_to_the_records_it_rests_on() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let page = rex.get("/requirements/6.1.3d").await;
    assert!(
        page.body.contains("href=\"/soa_version\"") || page.body.contains("href=\"/applicability_decision\""),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("Documents that usually serve it") && page.body.contains("D08"),
        "{}",
        page.body
    );
    site.wait(86_400);
    let then = site.signed_in("rex").await.get("/at/2026-03-01/requirements/6.1.3d").await;
    assert!(then.body.contains("<ol><li><a href=\"/at/2026-03-01/requirements\""), "{}", then.body);
}

#[tokio::test]
async fn licensed_text_stands_beside_the_row_and_can_be_taken_away() {
    let site = site().await;
    let (mut mia, mut rex) = (site.signed_in("mia").await, site.signed_in("rex").await);
    let page = mia.get("/requirements/4.1").await;
    let form = Form::of(&page.body, "/requirements/4.1/licensed").set("text", "Words <of> ours\nsecond line");
    let done = mia.post(&form.action, &form.pairs()).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/requirements/4.1"), "{}", done.body);
    let page = rex.get("/requirements/4.1").await;
    assert!(
        page.body.contains("Words &#60;of&#62; ours</p><p>second line")
            && page.body.contains("exports leave it out"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("/requirements/4.1/licensed\""), "who may not change it is offered no form");
    assert_eq!(rex.post(&form.action, &form.pairs()).await.status, StatusCode::FORBIDDEN);
    assert!(rex.get("/requirements").await.body.contains("Kept"));
    mia.post("/requirements/4.1/licensed", &[("text", "Other words")]).await;
    assert_eq!(site.org.snapshot().table(Kind::LicensedText).len(), 1);
    let long = "x".repeat(20_001);
    let refused = mia.post("/requirements/4.1/licensed", &[("text", &long)]).await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains(&long),
        "{}",
        refused.status
    );
    mia.post("/requirements/4.1/licensed", &[("text", "  ")]).await;
    assert!(site.org.snapshot().table(Kind::LicensedText).is_empty());
    assert_eq!(mia.post("/requirements/none/licensed", &[("text", "x")]).await.status, StatusCode::NOT_FOUND);
    // Files leave it out.
    mia.post("/requirements/4.1/licensed", &[("text", "Never to be exported")]).await;
    assert!(!mia.get("/export/soa?format=json").await.body.contains("Never to be exported"));
}
