//! The sixteen items of mandatory documented information.

use isms::{Kind, access::Role};
use serde_json::json;

use crate::{
    browser::Site,
    verdicts::{judged, site},
};

/// What is said of an item.
fn line(body: &str, number: u32) -> String {
    let start = format!("<td class=\"num ref\">{number}</td>");
    body.split(&start).nth(1).unwrap().split("</tr>").next().unwrap().to_owned()
}

#[tokio::test]
async fn every_item_leads_to_its_records() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let body = rex.get("/coverage").await.body;
    assert_eq!(body.matches("<td class=\"num ref\">").count(), 16);
    for item in frameworks::catalogue().mandatory_items() {
        let line = line(&body, item.number);
        assert!(line.contains(&item.item) && line.contains(&item.clause), "{line}");
        assert!(line.contains("<ul class=\"tree\">"), "the sample has something of each: {line}");
    }
    let competence = line(&body, 7);
    assert!(
        competence.contains("about people you may not see") && !competence.contains("COMP-"),
        "{competence}"
    );
    assert!(line(&body, 3).contains("href=\"/risk_method/"));
    assert!(line(&body, 14).contains("href=\"/management_review/"));
}

#[tokio::test]
async fn an_empty_company_lacks_all_and_later_items_are_not_due_yet() {
    let site = Site::with(&[("mia", &[Role::IsmsManager])]).await;
    let mut mia = site.signed_in("mia").await;
    let planned = [("scheduled_for", json!("2026-09-01"))];
    site.make(Kind::ManagementReview, &planned).await;
    let body = mia.get("/coverage").await.body;
    assert!(line(&body, 1).contains("data-status=\"unmet\">Missing"), "{body}");
    assert!(!line(&body, 1).contains("Not due yet"));
    let review = line(&body, 14);
    assert!(review.contains(">Missing<") && review.contains("Not due yet"), "{review}");
    assert!(review.contains("datetime=\"2026-09-01\""), "{review}");
    let later = mia.get("/at/2026-09-02/coverage").await.body;
    let review = line(&later, 14);
    assert!(review.contains(">Missing<") && !review.contains("Not due yet"), "{review}");
}

#[tokio::test]
async fn what_is_lacking_is_what_the_row_says() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    for day in ["2026-03-01", "2027-03-01", "2029-01-01"] {
        let body = rex.get(&format!("/at/{day}/coverage")).await.body;
        let worst = ["unmet", "partly", "stale"].into_iter().find(|s| {
            (1..=16).any(|n| {
                line(&body, n)
                    .contains(&format!("data-label=\"There\"><span class=\"status\" data-status=\"{s}\""))
            })
        });
        let row = judged(&site).subject("7.5.1a").unwrap().judged.status(day.parse().unwrap());
        assert_eq!(worst.unwrap_or("met"), row.word(), "{day}: {body}");
    }
}
