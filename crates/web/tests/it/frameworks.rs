//! Other frameworks: what speaks to each requirement, how it stands, and what nothing speaks to.

use axum::http::StatusCode;
use frameworks::{Framework, Strength, crosswalks};
use isms::rules::Status;

use crate::verdicts::{judged, site, today};

#[tokio::test]
async fn every_framework_is_told_honestly() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let list = rex.get("/frameworks").await.body;
    for (framework, target) in crosswalks().targets() {
        assert!(list.contains(framework.label()));
        let path = format!("/frameworks/{}", framework.word());
        let page = rex.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let rows = |body: &str| body.matches("<td class=\"fit ref\">").count();
        assert_eq!(rows(&page.body), target.requirements.len());
        assert!(page.body.contains("Supports, does not satisfy"));
        let missing = crosswalks().not_covered(framework).count();
        assert_eq!(page.body.matches("Nothing here speaks to it").count(), missing);
        let only = rex.get(&format!("{path}?show=not_covered")).await.body;
        assert_eq!(rows(&only), missing);
        let link = format!("href=\"{path}?show=not_covered\">{missing}</a>");
        assert!(list.contains(&link), "{link} in {list}");
        let strong = target
            .requirements
            .iter()
            .filter(|r| crosswalks().best(framework, &r.id) == Some(Strength::Strong))
            .count();
        assert_eq!(rows(&rex.get(&format!("{path}?show=strong")).await.body), strong);
    }
    assert_eq!(rex.get("/frameworks/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn verdicts_stand_beside_what_speaks_to_a_requirement() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    let status = assessment.subject("A.8.11").unwrap().judged.status(today());
    assert_eq!(status, Status::Unmet);
    let linked = crosswalks().links_from("A.8.11").find(|l| l.framework == Framework::Soc2Of2017).unwrap();
    let body = rex.get("/frameworks/soc2_2017").await.body;
    let row = body.split(&format!("<span class=\"id\">{}</span>", linked.reference)).nth(1).unwrap();
    let row = row.split("</tr>").next().unwrap();
    let chip = format!(
        ">A.8.11</a> <span class=\"muted\">{}</span> <span class=\"status\" data-status=\"unmet\">",
        linked.strength.label()
    );
    assert!(row.contains(&chip), "{row}");
}
