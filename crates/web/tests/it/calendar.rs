//! The evidence calendar: months of facts, what runs out, what is expected.

use axum::http::StatusCode;
use isms::{
    Command, Id,
    access::{Actor, Role},
    load::LoadDocument,
};
use serde_json::json;

use crate::{
    browser::Site,
    verdicts::{judged, site, today},
};

/// The cells of a row, in order.
fn cells(body: &str, control: &str) -> Vec<String> {
    let head = format!(">{control}</a>");
    let row =
        body.split("<tr>").find(|row| row.contains(&head)).unwrap_or_else(|| panic!("{control}: {body}"));
    let row = row.split("</tr>").next().unwrap();
    row.split("<td").skip(1).map(str::to_owned).collect()
}

async fn small() -> Site {
    let site = Site::with(&[("mia", &[Role::IsmsManager])]).await;
    let document = json!({ "load": {
        "person": [{ "id": "ann", "name": "Ann Ode" }, { "id": "bo", "name": "Bo Ek" }],
        "control": [{ "id": "A.8.13", "owner_id": "ann" }, { "id": "A.8.17", "owner_id": "bo" }],
        "evidence_requirement": [
            { "id": "er1", "control_id": "A.8.13", "kind": "restore test", "frequency_months": 3 },
            { "id": "er2", "control_id": "A.8.17", "kind": "clock report", "frequency_months": 6 },
        ],
        "evidence": [
            { "id": "e1", "requirement_id": "er1", "control_ids": ["A.8.13"], "title": "Restore test",
              "collected_at": "2026-01-10", "period_to": "2026-01-10", "created_at": "2026-02-20", "state": "accepted" },
            { "id": "e2", "control_ids": ["A.8.16"], "title": "Monitoring", "collected_at": "2024-01-05",
              "valid_until": "2026-01-05", "state": "accepted" },
            { "id": "e3", "control_ids": ["A.8.15"], "title": "Withdrawn log", "collected_at": "2026-01-05", "state": "withdrawn" },
        ],
    }});
    let document = LoadDocument::parse(document.to_string().as_bytes()).unwrap();
    site.org.execute(Actor::operator(), Command::Load(document)).await.unwrap();
    site
}

#[tokio::test]
async fn evidence_stands_in_the_month_it_was_collected_and_says_when_it_was_recorded() {
    let site = small().await;
    let mut mia = site.signed_in("mia").await;
    let page = mia.get("/calendar?from=2026-01").await;
    assert_eq!(page.status, StatusCode::OK);
    let restore = cells(&page.body, "A.8.13");
    assert_eq!(restore.len(), 12);
    let january = "Restore test: collected 10 January 2026, recorded in February 2026";
    assert!(restore[0].contains(january) && restore[0].contains("data-status=\"met\""), "{}", restore[0]);
    assert!(!restore[1].contains("collected"));
    // Three months later it runs out, and every three months the next is expected.
    assert!(
        restore[3].contains("EV-1 runs out on 10 April 2026") && restore[3].contains("data-status=\"stale\"")
    );
    assert!(
        restore[6].contains("Expected by 10 July 2026") && restore[9].contains("Expected by 10 October 2026")
    );
    assert!(!restore[4].contains("mark") && restore[2].contains("class=\"now\""));
    // Asked for and never accepted; ran out.
    let clock = cells(&page.body, "A.8.17");
    assert!(
        clock[2].contains("never accepted") && clock[2].contains("data-status=\"unmet\""),
        "{}",
        clock[2]
    );
    let monitoring = cells(&page.body, "A.8.16");
    assert!(monitoring[0].contains("EV-2 ran out on 5 January 2026"));
    assert!(monitoring[2].contains("None in date since 5 January 2026"));
    assert!(!page.body.contains("Withdrawn log") && !page.body.contains(">A.8.15</a>"));
    let later = mia.get("/calendar?from=2026-06").await.body;
    assert!(cells(&later, "A.8.13")[1].contains("Expected by 10 July 2026"));
}

#[tokio::test]
async fn it_can_be_narrowed_to_an_owner_and_to_what_needs_attention() {
    let site = small().await;
    let mut mia = site.signed_in("mia").await;
    let ann: Id = {
        let isms = site.org.snapshot();
        let people = isms.all::<isms::records::Person>();
        people.iter().find(|p| p.name.as_str() == "Ann Ode").unwrap().meta.id
    };
    let body = mia.get(&format!("/calendar?owner={ann}")).await.body;
    assert!(body.contains(">A.8.13</a>") && !body.contains(">A.8.17</a>"));
    assert!(body.contains(&format!("value=\"{ann}\" selected")));
    let body = mia.get("/calendar?attention=yes").await.body;
    assert!(body.contains(">A.8.17</a>") && body.contains(">A.8.16</a>") && !body.contains(">A.8.13</a>"));
    // On a day to come the rest has run out too.
    let then = mia.get("/at/2026-05-01/calendar?attention=yes").await.body;
    assert!(then.contains(">A.8.13</a>"));
}

#[tokio::test]
async fn controls_the_rules_find_without_evidence_need_attention() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let assessment = judged(&site);
    let body = rex.get("/calendar?attention=yes").await.body;
    let mut seen = 0;
    for subject in assessment.subjects().iter().filter(|s| s.control.is_some()) {
        let labels = subject.labels(today());
        if labels.contains(&"P2") || labels.contains(&"S2") {
            assert!(body.contains(&format!(">{}</a>", subject.requirement)), "{}", subject.requirement);
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
    let empty = Site::with(&[("mia", &[Role::IsmsManager])]).await;
    let body = empty.signed_in("mia").await.get("/calendar").await.body;
    assert!(body.contains("No evidence is kept yet") && body.contains("/evidence_requirement/new"));
}
