//! Who gets in where: every route for every role, and every command for every role, against tables written by hand.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use isms::{
    Command, Kind, Refusal,
    access::{Actor, Door, Role},
};
use serde_json::json;
use store::WriteError;
use web::ROUTES;

use crate::browser::{Answer, Browser, Site};

/// Whom a row speaks of, in the order of its marks.
const WHO: [&str; 5] = ["anonymous", "reader", "contributor", "manager", "administrator"];

/// Marks: `+` is let in, `-` is not.
const OPEN: &str = "+++++";
const SIGNED_IN: &str = "-++++";
const WRITERS: &str = "--++-";
const MANAGER: &str = "---+-";
const KEEPERS: &str = "---++";
const ADMINISTRATOR: &str = "----+";

/// Method, route, an address of it that leads to nothing which a form could change by accident, marks.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("get", "/healthz", "/healthz", OPEN),
    ("get", "/assets/{name}", "/assets/isthmus.css", OPEN),
    ("get", "/setup", "/setup?token=x", OPEN),
    ("post", "/setup", "/setup", OPEN),
    ("get", "/sign-in", "/sign-in", OPEN),
    ("post", "/sign-in", "/sign-in", OPEN),
    ("get", "/invitation", "/invitation?token=x", OPEN),
    ("post", "/invitation", "/invitation", OPEN),
    ("get", "/", "/", SIGNED_IN),
    ("get", "/go-to-date", "/go-to-date?date=2026-03-01&path=/risk", SIGNED_IN),
    ("get", "/path", "/path", SIGNED_IN),
    ("get", "/search", "/search?q=a", SIGNED_IN),
    ("get", "/search.json", "/search.json?q=a", SIGNED_IN),
    ("get", "/account", "/account", SIGNED_IN),
    ("post", "/account/password", "/account/password", SIGNED_IN),
    (
        "get",
        "/files/{hash}",
        "/files/0000000000000000000000000000000000000000000000000000000000000000",
        SIGNED_IN,
    ),
    ("get", "/group/{group}", "/group/people", SIGNED_IN),
    ("get", "/matrix", "/matrix", SIGNED_IN),
    ("get", "/requirements", "/requirements", SIGNED_IN),
    ("get", "/requirements/{row}", "/requirements/4.1", SIGNED_IN),
    ("post", "/requirements/{row}/licensed", "/requirements/none/licensed", MANAGER),
    ("get", "/calendar", "/calendar", SIGNED_IN),
    ("get", "/coverage", "/coverage", SIGNED_IN),
    ("get", "/forecast", "/forecast", SIGNED_IN),
    ("get", "/frameworks", "/frameworks", SIGNED_IN),
    ("get", "/frameworks/{name}", "/frameworks/gdpr", SIGNED_IN),
    ("get", "/settings", "/settings", SIGNED_IN),
    ("post", "/settings/parameters", "/settings/parameters", MANAGER),
    ("get", "/accounts", "/accounts", ADMINISTRATOR),
    ("post", "/accounts", "/accounts", ADMINISTRATOR),
    ("get", "/accounts/{id}", "/accounts/nobody", ADMINISTRATOR),
    ("post", "/accounts/{id}", "/accounts/nobody", ADMINISTRATOR),
    ("get", "/activity", "/activity", KEEPERS),
    ("get", "/activity/{seq}", "/activity/0", KEEPERS),
    ("get", "/activity/{seq}/proof.json", "/activity/0/proof.json", KEEPERS),
    ("get", "/checkpoint", "/checkpoint", SIGNED_IN),
    ("get", "/method", "/method", SIGNED_IN),
    ("get", "/method/edit", "/method/edit", MANAGER),
    ("post", "/method", "/method", MANAGER),
    ("get", "/starters/scenarios", "/starters/scenarios", WRITERS),
    ("post", "/starters/scenarios", "/starters/scenarios", WRITERS),
    ("get", "/starters/documents", "/starters/documents", WRITERS),
    ("post", "/starters/documents", "/starters/documents", WRITERS),
    ("get", "/risk/{id}/score", "/risk/R-999/score", WRITERS),
    ("post", "/risk/{id}/score", "/risk/R-999/score", WRITERS),
    ("get", "/risk/{id}/evaluate", "/risk/R-999/evaluate", WRITERS),
    ("post", "/risk/{id}/evaluate", "/risk/R-999/evaluate", WRITERS),
    ("get", "/risk/{id}/plan", "/risk/R-999/plan", WRITERS),
    ("post", "/risk/{id}/plan", "/risk/R-999/plan", WRITERS),
    ("get", "/risk/{id}/accept", "/risk/R-999/accept", WRITERS),
    ("post", "/risk/{id}/accept", "/risk/R-999/accept", WRITERS),
    ("get", "/soa", "/soa", SIGNED_IN),
    ("post", "/soa/new", "/soa/new", MANAGER),
    ("get", "/soa/rest", "/soa/rest", WRITERS),
    ("get", "/soa/{control}", "/soa/A.5.1", SIGNED_IN),
    ("post", "/soa/{control}", "/soa/A.5.1", WRITERS),
    ("post", "/soa/propose-all", "/soa/propose-all", WRITERS),
    ("post", "/soa/step/{step}", "/soa/step/none", WRITERS),
    ("get", "/evidence/upload", "/evidence/upload", WRITERS),
    ("post", "/evidence/upload", "/evidence/upload", WRITERS),
    ("get", "/document/{id}/upload", "/document/DOC-999/upload", WRITERS),
    ("post", "/document/{id}/upload", "/document/DOC-999/upload", WRITERS),
    ("get", "/export/{what}", "/export/none", SIGNED_IN),
    ("get", "/api/v1/openapi.json", "/api/v1/openapi.json", SIGNED_IN),
    ("get", "/api/v1/readiness", "/api/v1/readiness", SIGNED_IN),
    ("get", "/api/v1/explain/{row}", "/api/v1/explain/4.1", SIGNED_IN),
    ("get", "/api/v1/{kind}", "/api/v1/risk", SIGNED_IN),
    ("get", "/api/v1/{kind}", "/api/v1/risk_method", SIGNED_IN),
    ("get", "/api/v1/{kind}/{id}", "/api/v1/risk/R-1", SIGNED_IN),
    ("get", "/api/v1/{kind}/{id}/history", "/api/v1/risk/R-1/history", SIGNED_IN),
    ("get", "/api/v1/{kind}/{id}/backrefs", "/api/v1/risk/R-1/backrefs", SIGNED_IN),
    ("get", "/{kind}", "/risk", SIGNED_IN),
    ("get", "/{kind}", "/parameter_setting", SIGNED_IN),
    ("get", "/{kind}", "/at/2026-02-01/risk", SIGNED_IN),
    ("get", "/{kind}/new", "/risk/new", WRITERS),
    ("get", "/{kind}/new", "/evidence/new", WRITERS),
    ("get", "/{kind}/new", "/risk_method/new", MANAGER),
    ("get", "/{kind}/new", "/role/new", MANAGER),
    ("get", "/{kind}/new", "/parameter_setting/new", MANAGER),
    ("get", "/{kind}/new", "/person/new", KEEPERS),
    ("post", "/{kind}", "/risk", WRITERS),
    ("post", "/{kind}", "/risk_method", MANAGER),
    ("post", "/{kind}", "/scope_item", MANAGER),
    ("post", "/{kind}", "/person", KEEPERS),
    ("get", "/{kind}/{id}", "/risk/R-1", SIGNED_IN),
    ("get", "/{kind}/{id}/edit", "/risk/R-1/edit", WRITERS),
    ("get", "/{kind}/{id}/edit", "/risk_method/RM-999/edit", MANAGER),
    ("get", "/{kind}/{id}/edit", "/org_profile/ORG-1/edit", KEEPERS),
    ("post", "/{kind}/{id}", "/risk/R-999", WRITERS),
    ("post", "/{kind}/{id}", "/person/P-999", KEEPERS),
    ("post", "/{kind}/{id}", "/sod_waiver/SW-999", WRITERS),
    ("post", "/{kind}/{id}", "/context_issue/CI-999", MANAGER),
    ("get", "/{kind}/{id}/history", "/risk/R-1/history", SIGNED_IN),
    ("get", "/{kind}/{id}/step/{step}", "/risk/R-999/step/close", WRITERS),
    ("get", "/{kind}/{id}/step/{step}", "/risk_method/RM-999/step/approve", WRITERS),
    ("post", "/{kind}/{id}/step/{step}", "/risk/R-999/step/close", WRITERS),
    ("post", "/{kind}/{id}/step/{step}", "/soa_version/SOA-999/step/approve", WRITERS),
    ("post", "/{kind}/{id}/step/{step}", "/certification/CERT-999/step/none", MANAGER),
    ("post", "/{kind}/{id}/archive", "/risk/R-999/archive", MANAGER),
    ("post", "/{kind}/{id}/restore", "/risk/R-999/restore", MANAGER),
    ("post", "/{kind}/{id}/delete", "/risk/R-999/delete", MANAGER),
    ("post", "/{kind}/{id}/delete", "/person/P-999/delete", MANAGER),
    ("get", "/{kind}/export/{format}", "/risk/export/csv", SIGNED_IN),
    // These end sessions, so they come last.
    ("post", "/account/sessions", "/account/sessions", SIGNED_IN),
    ("post", "/sign-out", "/sign-out", OPEN),
];

async fn site() -> Site {
    let site = Site::with(&[
        ("reader", &[Role::Reader]),
        ("contributor", &[Role::Contributor]),
        ("manager", &[Role::IsmsManager]),
        ("administrator", &[Role::Administrator]),
    ])
    .await;
    site.make(Kind::Risk, &[("title", json!("Laptop lost"))]).await;
    site
}

async fn ask(browser: &mut Browser, method: &str, path: &str) -> Answer {
    match method {
        "get" => browser.get(path).await,
        _ => browser.post(path, &[]).await,
    }
}

/// Whether the gate let the request through.
fn let_in(answer: &Answer) -> bool {
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => false,
        StatusCode::SEE_OTHER => !answer.location().starts_with("/sign-in?"),
        status => {
            assert!(!status.is_server_error(), "{status}: {}", answer.body);
            true
        }
    }
}

#[test]
fn no_route_is_missing_in_the_table() {
    let routes: BTreeSet<_> = ROUTES.iter().map(|r| (r.method, r.path)).collect();
    let rows: BTreeSet<_> = TABLE.iter().map(|(method, route, ..)| (*method, *route)).collect();
    let missing: Vec<_> = routes.difference(&rows).collect();
    let gone: Vec<_> = rows.difference(&routes).collect();
    assert!(missing.is_empty(), "say who may pass: {missing:?}");
    assert!(gone.is_empty(), "there is no such route any more: {gone:?}");
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says() {
    let site = site().await;
    let mut wrong = Vec::new();
    for (n, who) in WHO.into_iter().enumerate() {
        // Sign-ins that fail, as those of the table, slow the next ones down.
        site.wait(600);
        let mut browser = if who == "anonymous" { site.browser() } else { site.signed_in(who).await };
        for (method, route, path, marks) in TABLE {
            if *path == "/sign-out" && who != "anonymous" {
                site.wait(60);
                browser = site.signed_in(who).await;
            }
            let mut one = browser.clone();
            let answer = ask(&mut one, method, path).await;
            let expected = marks.as_bytes()[n] == b'+';
            if let_in(&answer) != expected {
                wrong.push(format!("{who} {method} {path} ({route}): {}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn programs_are_told_as_json() {
    let site = site().await;
    let answer = site.browser().get("/api/v1/risk").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json()["error"]["status"], 401);
    let mut reader = site.signed_in("reader").await;
    let answer = reader.get("/api/v1/no_such_kind").await;
    assert_eq!(
        (answer.status, answer.json()["error"]["status"].clone()),
        (StatusCode::NOT_FOUND, json!(404))
    );
}

#[tokio::test]
async fn nothing_is_changed_on_a_page_about_another_day() {
    let site = site().await;
    let mut manager = site.signed_in("manager").await;
    for (method, route, path, _) in
        TABLE.iter().filter(|(m, route, ..)| *m == "post" && *route != "/sign-out")
    {
        let path = format!("/at/2026-02-01{path}");
        let answer = manager.post(&path, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {route}");
    }
    let request = Request::get("/at/2026-02-01/risk/new").body(Body::empty()).unwrap();
    let answer = manager.send(request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer.body.contains("You are looking at 1 February 2026.")
            && answer.body.contains("href=\"/risk/new\""),
        "{}",
        answer.body
    );
    assert!(!manager.get("/at/2026-02-28/risk").await.body.contains("href=\"/risk/new\""));
    assert_eq!(manager.get("/risk").await.header(header::CACHE_CONTROL), "private, no-store");
}

/// Also what the gate answers in a handler's place.
#[tokio::test]
async fn no_answer_is_kept_by_browsers_and_proxies() {
    let site = site().await;
    let (mut nobody, mut reader) = (site.browser(), site.signed_in("reader").await);
    let elsewhere =
        Request::post("/risk").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    for (answer, status) in [
        (nobody.get("/risk").await, StatusCode::SEE_OTHER),
        (nobody.get("/api/v1/risk").await, StatusCode::UNAUTHORIZED),
        (reader.get("/accounts").await, StatusCode::FORBIDDEN),
        (reader.get("/nothing/here/at/all").await, StatusCode::NOT_FOUND),
        (reader.post("/at/2026-02-01/risk", &[]).await, StatusCode::FORBIDDEN),
        (reader.send(elsewhere).await, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header(header::CACHE_CONTROL), "private, no-store", "{status}: {}", answer.body);
    }
}

/// Every sort of command for every role, through the store: marks in the order of [`WHO`] without the anonymous.
#[tokio::test]
async fn every_command_is_taken_from_whom_the_table_says() {
    let site = site().await;
    let risk = site.make(Kind::Risk, &[("title", json!("Spare"))]).await;
    let person = site.make(Kind::Person, &[("name", json!("Spare"))]).await;
    let fields = |value: serde_json::Value| value.as_object().cloned().unwrap();
    let title = || fields(json!({ "title": "x" }));
    let create = |kind, value| Command::Create { kind, fields: fields(value) };
    let load = || {
        let document = isms::load::LoadDocument::parse(br#"{"load":{"risk":[{"id":"a","title":"Loaded"}]}}"#);
        Command::Load(document.unwrap())
    };
    let batch = |commands| Command::Batch { name: "risk.several".to_owned(), commands };
    let table: Vec<(&str, Command, &str)> = vec![
        ("create risk", create(Kind::Risk, json!({ "title": "New" })), "-++-"),
        ("create person", create(Kind::Person, json!({ "name": "New" })), "--++"),
        ("create setting", create(Kind::ParameterSetting, json!({ "name": "x" })), "--+-"),
        ("update risk", Command::Update { target: risk.into(), rev: None, fields: title() }, "-++-"),
        (
            "update person",
            Command::Update { target: person.into(), rev: None, fields: fields(json!({ "name": "y" })) },
            "--++",
        ),
        (
            "step",
            Command::Step {
                target: risk.into(),
                rev: None,
                step: "none".to_owned(),
                fields: fields(json!({})),
                comment: String::new(),
            },
            "-++-",
        ),
        ("archive", Command::Archive { id: risk, rev: None, archived: true }, "--+-"),
        ("restore", Command::Archive { id: risk, rev: None, archived: false }, "--+-"),
        ("remove", Command::Remove { id: isms::Id { kind: Kind::Risk, n: 999 }, rev: None }, "--+-"),
        ("batch", batch(vec![create(Kind::Risk, json!({ "title": "New" }))]), "-++-"),
        (
            "a batch is judged part by part",
            batch(vec![
                create(Kind::Risk, json!({ "title": "New" })),
                create(Kind::Person, json!({ "name": "New" })),
            ]),
            "--+-",
        ),
        ("load", load(), "--+-"),
        ("seed controls", Command::SeedControls, "-++-"),
    ];
    let mut wrong = Vec::new();
    for (name, command, marks) in table {
        for (n, role) in
            [Role::Reader, Role::Contributor, Role::IsmsManager, Role::Administrator].into_iter().enumerate()
        {
            let actor =
                Actor { account: "test".to_owned(), person: None, roles: vec![role], door: Door::Page };
            let refused = match site.org.execute(actor, command.clone()).await {
                Err(WriteError::Refused(Refusal::Forbidden { .. })) => true,
                Ok(_) | Err(WriteError::Refused(_)) => false,
                Err(error) => panic!("{error}"),
            };
            if refused == (marks.as_bytes()[n] == b'+') {
                wrong.push(format!(
                    "{name} by {}: {}",
                    role.label(),
                    if refused { "refused" } else { "allowed" }
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_people_have_learnt_is_for_those_who_may_know_it() {
    let site = Site::with(&[
        ("mia", &[Role::IsmsManager]),
        ("rex", &[Role::Reader]),
        ("cleo", &[Role::Contributor]),
        ("lena", &[Role::Reader]),
    ])
    .await;
    let course = site.make(Kind::TrainingCourse, &[("title", json!("Awareness"))]).await;
    for person in ["P-2", "P-3"] {
        site.make(Kind::TrainingRecord, &[("person_id", json!(person)), ("course_id", json!(course))]).await;
    }
    // Lena leads Cleo.
    let lead = [("manager_id".to_owned(), json!("P-4"))].into_iter().collect();
    let update =
        Command::Update { target: "P-3".parse::<isms::Id>().unwrap().into(), rev: None, fields: lead };
    site.org.execute(Actor::operator(), update).await.unwrap();
    // The manager asks first: what is kept for the next must not be shown to others.
    for (name, seen) in
        [("mia", vec!["TR-1", "TR-2"]), ("rex", vec!["TR-1"]), ("cleo", vec!["TR-2"]), ("lena", vec!["TR-2"])]
    {
        let mut browser = site.signed_in(name).await;
        let list = browser.get("/api/v1/training_record").await.json();
        let ids = |list: &serde_json::Value, of: &str| -> Vec<String> {
            list[of].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(
            (list["total"].as_u64(), ids(&list, "records")),
            (Some(seen.len() as u64), to(&seen)),
            "{name}"
        );
        let course = browser.get("/api/v1/training_course/TC-1/backrefs").await.json();
        assert_eq!(ids(&course, "backrefs"), to(&seen), "{name}");
        for record in ["TR-1", "TR-2"] {
            let may = seen.contains(&record);
            for page in ["/training_record", "/training_course/TC-1", "/training_record/export/csv"] {
                let shown = browser.get(page).await;
                assert_eq!(
                    (shown.status, shown.body.contains(record)),
                    (StatusCode::OK, may),
                    "{name}: {page}"
                );
            }
            let status = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            for base in ["", "/api/v1", "/at/2026-03-01"] {
                for end in ["", "/history"] {
                    let path = format!("{base}/training_record/{record}{end}");
                    assert_eq!(browser.get(&path).await.status, status, "{name}: {path}");
                }
            }
        }
        let found = browser.get("/search?q=TR-1").await.body;
        assert_eq!(found.contains("/training_record/TR-1"), name == "mia", "{name}");
    }
}

fn to(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}
