//! Starter scenarios and usual documents.

use axum::http::StatusCode;
use isms::{
    Kind, Ref,
    records::{Document, Risk, RiskState},
};

use crate::{form::Form, method::site};

#[tokio::test]
async fn scenarios_become_risks_that_wait_for_people() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let page = mia.get("/starters/scenarios").await;
    assert_eq!(page.body.matches("name=\"id\" value=\"R").count(), 40);
    assert!(page.body.contains("not counted anywhere"));
    let done = mia.post("/starters/scenarios", &[("id", "R13"), ("id", "R01")]).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/risk?state=identified"),
        "{}",
        done.body
    );
    let isms = site.org.snapshot();
    let risk = isms.get(Ref::<Risk>::new(1)).unwrap();
    assert_eq!(
        (risk.title.as_str(), risk.state),
        ("Laptop lost or stolen on the road", RiskState::Identified)
    );
    assert_eq!(risk.cia_affected.len(), 1);
    assert!(!risk.threat.is_empty() && !risk.vulnerability.is_empty());
    assert!(isms.table(Kind::RiskScore).is_empty(), "a suggestion is no score");
    let page = mia.get("/starters/scenarios").await;
    assert_eq!(page.body.matches("name=\"id\" value=\"R").count(), 38);
    assert!(
        page.body.contains("In the register: <a class=\"id\" href=\"/risk/R-1\" tabindex=\"-1\">R-1</a>"),
        "{}",
        page.body
    );
    // Asked for again, nothing is made twice.
    assert_eq!(
        mia.post("/starters/scenarios", &[("id", "R13")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(mia.post("/starters/scenarios", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        mia.post("/starters/scenarios", &[("id", "R99")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(site.org.snapshot().table(Kind::Risk).len(), 2);
    let risk = mia.get("/risk/R-1").await;
    assert!(
        risk.body.contains("From starter scenario R13.") && risk.body.contains("counts nowhere"),
        "{}",
        risk.body
    );
}

#[tokio::test]
async fn usual_documents_are_offered_with_what_is_mandatory_ticked() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let page = mia.get("/starters/documents").await;
    let form = Form::of(&page.body, "/starters/documents");
    let mandatory = form.all("id");
    assert!(
        mandatory.contains(&"D01") && mandatory.contains(&"D08") && !mandatory.contains(&"D17"),
        "{mandatory:?}"
    );
    let done = mia.post(&form.action, &form.pairs()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let isms = site.org.snapshot();
    assert_eq!(isms.table(Kind::Document).len(), mandatory.len());
    let scope = isms.all::<Document>().iter().find(|d| d.identifier.as_str() == "D01").unwrap();
    assert_eq!(scope.kind.map(|k| k.as_str()), Some("scope"));
    assert_eq!(scope.required_by.iter().map(|r| r.as_str()).collect::<Vec<_>>(), ["4.3"]);
    let again = mia.get("/starters/documents").await;
    assert_eq!(again.body.matches("In the register:").count(), mandatory.len());
}

#[tokio::test]
async fn a_document_under_a_number_of_ones_own_is_known() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    site.make(Kind::Document, &[("title", "Our policy".into()), ("identifier", "TR-D02".into())]).await;
    site.make(Kind::Document, &[("title", "Another".into()), ("identifier", "XD03".into())]).await;
    let page = mia.get("/starters/documents").await;
    let form = Form::of(&page.body, "/starters/documents");
    assert!(!form.all("id").contains(&"D02") && page.body.contains("value=\"D03\""), "{}", page.body);
    assert!(mia.get("/requirements/5.2a").await.body.contains("Our policy"));
}
