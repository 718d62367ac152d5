//! The JSON interface.

use axum::http::{StatusCode, header};
use isms::{
    Command, Kind,
    access::{Actor, Role},
};
use serde_json::{Value, json};

use crate::browser::Site;

async fn site() -> Site {
    let site = Site::with(&[("rex", &[Role::Reader])]).await;
    let asset = site.make(Kind::Asset, &[("name", json!("Laptops"))]).await;
    for n in 1..=3 {
        let fields = [
            ("title", json!(format!("Risk {n}"))),
            ("asset_ids", json!([asset])),
            ("owner_id", json!("P-1")),
            ("linked_refs", json!(["A.5.1", "a letter"])),
        ];
        site.make(Kind::Risk, &fields).await;
    }
    site
}

#[tokio::test]
async fn a_list_carries_records_titles_and_paging() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let answer = rex.get("/api/v1/risk?sort=-title&state=identified").await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    let list = answer.json();
    for (name, expected) in [
        ("kind", json!("risk")),
        ("as_of", json!("2026-03-01")),
        ("total", json!(3)),
        ("page", json!(1)),
        ("pages", json!(1)),
        ("per_page", json!(100)),
    ] {
        assert_eq!(list[name], expected, "{name}");
    }
    let first = &list["records"][0];
    let expected = json!({
        "id": "R-3", "kind": "risk", "rev": 1, "created_at": "2026-03-01", "created_by": "cli", "updated_at": "2026-03-01",
        "recorded_at": "2026-03-01T12:00:00Z", "title": "Risk 3", "asset_ids": ["AST-1"], "owner_id": "P-1",
        "linked_refs": ["A.5.1", "a letter"], "state": "identified", "derived": {},
    });
    assert_eq!(*first, expected);
    assert_eq!(list["titles"], json!({ "P-1": "rex", "AST-1": "Laptops" }));
    assert_eq!(rex.get("/api/v1/risk?page=9").await.json()["records"], json!([]));
}

#[tokio::test]
async fn one_has_its_revision_as_tag_and_its_history() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let change = Command::update("R-2".parse::<isms::Id>().unwrap(), [("title", json!("Changed"))]);
    site.org.execute(Actor::operator(), change).await.unwrap();
    let one = rex.get("/api/v1/risk/R-2").await;
    assert_eq!(one.header(header::ETAG), "\"2\"");
    let body = one.json();
    assert_eq!(
        (body["title"].clone(), body["as_of"].clone(), body["titles"]["P-1"].clone()),
        (json!("Changed"), json!("2026-03-01"), json!("rex"))
    );
    let history = rex.get("/api/v1/risk/R-2/history").await.json();
    let revisions = history["revisions"].as_array().unwrap();
    assert_eq!(revisions.len(), 2);
    let newest = &revisions[0];
    assert_eq!(
        (newest["rev"].clone(), newest["actor"].clone(), newest["command"].clone()),
        (json!(2), json!("cli"), json!("risk.update"))
    );
    assert_eq!(newest["actor_name"], json!("the command line"));
    assert_eq!(
        newest["changes"],
        json!([{ "field": "title", "label": "Title", "before": "Risk 2", "after": "Changed" }])
    );
    assert_eq!(revisions[1]["before"], Value::Null);
    let back = rex.get("/api/v1/asset/AST-1/backrefs").await.json();
    assert_eq!(
        back["backrefs"][1],
        json!({ "id": "R-2", "kind": "risk", "field": "asset_ids", "title": "Changed", "state": "identified", "archived": false })
    );
    for path in
        ["/api/v1/risk/R-9", "/api/v1/risk/AST-1", "/api/v1/risk/R-9/history", "/api/v1/risk/R-9/backrefs"]
    {
        let answer = rex.get(path).await;
        assert_eq!(
            (answer.status, answer.json()["error"]["status"].clone()),
            (StatusCode::NOT_FOUND, json!(404)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn who_made_a_record_is_told_by_id_and_name() {
    let site = Site::with(&[("mia", &[Role::IsmsManager])]).await;
    let mut mia = site.signed_in("mia").await;
    mia.post("/asset", &[("name", "Laptops")]).await;
    let one = mia.get("/api/v1/asset/AST-1").await.json();
    assert_eq!((&one["created_by"], &one["titles"]["P-1"]), (&json!("P-1"), &json!("mia")));
    assert_eq!(mia.get("/api/v1/asset").await.json()["records"][0]["created_by"], json!("P-1"));
    let history = mia.get("/api/v1/asset/AST-1/history").await.json();
    assert_eq!(history["revisions"][0]["actor_name"], json!("mia"));
}

#[tokio::test]
async fn errors_are_json_whoever_finds_them() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let mut nobody = site.browser();
    for (answer, status) in [
        (rex.get("/api/v1/unicorn").await, StatusCode::NOT_FOUND),
        (rex.get("/api/v1/risk/R-1/history/more").await, StatusCode::NOT_FOUND),
        (rex.get("/api/v2/risk").await, StatusCode::NOT_FOUND),
        (rex.get("/at/2026-99-01/api/v1/risk").await, StatusCode::NOT_FOUND),
        (rex.get("/api/v1/risk/%ff").await, StatusCode::BAD_REQUEST),
        (rex.get("/api/v1/risk?title=%ff").await, StatusCode::UNPROCESSABLE_ENTITY),
        (rex.get("/api/v1/risk?at=9999-12-31").await, StatusCode::UNPROCESSABLE_ENTITY),
        (rex.post("/api/v1/risk", &[("title", "x")]).await, StatusCode::METHOD_NOT_ALLOWED),
        (rex.post("/at/2026-02-01/api/v1/risk", &[]).await, StatusCode::FORBIDDEN),
        (nobody.get("/api/v1/risk").await, StatusCode::UNAUTHORIZED),
        (nobody.get("/api/v1/risk/R-1/history/more").await, StatusCode::NOT_FOUND),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json", "{}", answer.body);
        assert_eq!(answer.json()["error"]["status"], json!(status.as_u16()));
    }
}

/// Every record comes out with exactly the fields it holds, for every kind of the sample.
#[tokio::test]
async fn what_is_written_is_what_is_held() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let isms = site.org.snapshot();
    for kind in [Kind::Risk, Kind::Person, Kind::Asset] {
        let list = rex.get(&format!("/api/v1/{kind}")).await.json();
        for record in list["records"].as_array().unwrap() {
            let id = record["id"].as_str().unwrap().parse().unwrap();
            for (name, value) in isms.record(id).unwrap().fields() {
                assert_eq!(record[&name], value, "{id}.{name}");
            }
        }
    }
}

#[test]
fn the_openapi_document_holds_together() {
    let document = web::openapi();
    assert_eq!(document["openapi"], json!("3.1.0"));
    let mut refs = Vec::new();
    collect(&document, &mut refs);
    assert!(refs.len() > 4 * Kind::ALL.len());
    for reference in refs {
        let path = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(path).is_some(), "{reference} leads nowhere");
    }
    assert_eq!(document["paths"].as_object().unwrap().len(), 4 * Kind::ALL.len() + 2);
    let risk = &document["components"]["schemas"]["Risk"];
    assert_eq!(
        risk["properties"]["cia_affected"]["items"]["enum"],
        json!(["confidentiality", "integrity", "availability"])
    );
    assert_eq!(
        risk["properties"]["owner_id"]["anyOf"].is_null(),
        risk["properties"]["owner_id"]["x-ref"].is_string()
    );
    let list = document["paths"]["/api/v1/risk"]["get"]["parameters"].as_array().unwrap();
    let state = list.iter().find(|p| p["name"] == "state").unwrap();
    assert_eq!((&state["style"], &state["explode"]), (&json!("form"), &json!(true)));
    // What a struct holds while nothing is said is no value of the interface: 0 on a scale from 1, say.
    let schemas = serde_json::to_string(&document["components"]["schemas"]).unwrap();
    assert!(!schemas.contains("\"default\":"));
    let mut ids: Vec<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|p| p["get"]["operationId"].as_str())
        .collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "operation ids are unique");
}

fn collect<'a>(value: &'a Value, refs: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                refs.push(reference);
            }
            members.values().for_each(|v| collect(v, refs));
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, refs)),
        _ => {}
    }
}
