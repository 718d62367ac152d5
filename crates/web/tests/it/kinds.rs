//! One declaration is enough: every kind that stands in the list of kinds has its list, forms, pages, history, JSON,
//! files and its place in the OpenAPI document, and none of these knows it by name.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use isms::{
    Id, Kind,
    access::Role,
    schema::{Field, Shape},
};
use serde_json::{Map, Value, json};

use crate::browser::Site;

/// A value that fits a field.
fn sample<'a>(
    site: &'a Site,
    field: &'a Field,
    made: &'a mut BTreeMap<Kind, Id>,
) -> std::pin::Pin<Box<dyn Future<Output = Value> + 'a>> {
    Box::pin(async move {
        match &field.shape {
            Shape::Line(_) if field.name == "timezone" => json!("Europe/Stockholm"),
            Shape::Line(_) | Shape::Text(_) | Shape::Tag(_) | Shape::Source(_) => {
                json!(format!("Sample {}", field.name))
            }
            Shape::Number(_) => json!("1.0"),
            Shape::Url(_) => json!("https://example.org/"),
            Shape::File => json!("0".repeat(64)),
            Shape::Row(_) => json!("4.1"),
            Shape::Date => json!("2026-02-01"),
            Shape::Bool => json!(true),
            Shape::Int(min, _) => json!(min),
            Shape::Decimal => json!(1.5),
            Shape::Choice(choices) => json!(choices[0]),
            Shape::Ref(kind) => json!(make(site, kind.unwrap_or(Kind::Risk), made).await.to_string()),
            Shape::List(item) => {
                let one = Field { shape: (**item).clone(), ..field.clone() };
                json!([sample(site, &one, made).await])
            }
            Shape::Table(_) | Shape::Flags(_) => json!({}),
        }
    })
}

/// A record of a kind with what is required, made once. It is loaded, so that states which only steps lead to can be
/// there.
async fn make(site: &Site, kind: Kind, made: &mut BTreeMap<Kind, Id>) -> Id {
    if let Some(id) = made.get(&kind) {
        return *id;
    }
    if let Some(record) = site.org.snapshot().table(kind).all().next() {
        return record.id();
    }
    let mut fields = Map::new();
    for field in kind.info().fields.iter().filter(|f| f.required && f.name != "state") {
        fields.insert(field.name.clone(), sample(site, field, made).await);
    }
    extra(kind, &mut fields);
    fields.insert("id".to_owned(), json!(format!("sample-{kind}")));
    for _ in 0..4 {
        let document = json!({ "load": { kind.name(): [fields] } });
        let parsed = isms::load::LoadDocument::parse(document.to_string().as_bytes()).unwrap();
        let problems =
            match site.org.execute(isms::access::Actor::operator(), isms::Command::Load(parsed)).await {
                Ok(outcome) => {
                    let id =
                        outcome.created.into_iter().find(|id| id.kind == kind).unwrap_or(Id { kind, n: 1 });
                    made.insert(kind, id);
                    return id;
                }
                Err(store::WriteError::Refused(isms::Refusal::Invalid(problems))) => problems,
                Err(error) => panic!("{document}: {error}"),
            };
        // What is required only sometimes is named by the refusal.
        for problem in &problems {
            let place = problem.place.split(" (").next().unwrap_or_default();
            let name = place.rsplit('.').next().unwrap_or_default();
            let field = kind.info().field(name).filter(|f| !fields.contains_key(&f.name));
            let field = field.unwrap_or_else(|| panic!("{document}: {problem}"));
            fields.insert(field.name.clone(), sample(site, field, made).await);
        }
    }
    panic!("{kind}: no sample fits")
}

/// What checks across fields ask for beyond the required fields.
fn extra(kind: Kind, fields: &mut Map<String, Value>) {
    let more = match kind {
        Kind::DocumentVersion => vec![("state", "published")],
        Kind::ParameterSetting => vec![("name", "policy_months"), ("value", "12")],
        _ => vec![],
    };
    for (name, value) in more {
        fields.insert(name.to_owned(), json!(value));
    }
}

#[tokio::test]
async fn every_kind_has_its_pages_and_files_and_json() {
    let site = Site::with(&[("mia", &[Role::IsmsManager])]).await;
    let mut mia = site.signed_in("mia").await;
    let mut made = BTreeMap::new();
    let openapi = mia.get("/api/v1/openapi.json").await.json();
    for kind in Kind::ALL {
        let decl = kind.decl();
        let empty = mia.get(&format!("/{kind}")).await;
        assert_eq!(empty.status, StatusCode::OK, "{kind}: {}", empty.body);
        if site.org.snapshot().table(*kind).is_empty() {
            assert!(
                empty.body.contains(&format!("href=\"/{kind}/new\"")),
                "{kind}: the empty list offers the first step"
            );
        }
        let new = mia.get(&format!("/{kind}/new")).await;
        if new.status != StatusCode::SEE_OTHER {
            assert_eq!(new.status, StatusCode::OK, "{kind}: {}", new.body);
            for field in kind.info().fields.iter().filter(|f| !f.by_step && f.shape != Shape::File) {
                assert!(
                    new.body.contains(&format!("id=\"f-{}\"", field.name)),
                    "{kind}: no input for {}",
                    field.name
                );
            }
        }
        let id = make(&site, *kind, &mut made).await;
        let title = html(&site.org.snapshot().title(id));
        let list = mia.get(&format!("/{kind}")).await;
        assert!(
            list.body.contains(&format!("/{kind}/{id}\"")) && list.body.contains(&title),
            "{kind}: {}",
            list.body
        );
        let show = mia.get(&format!("/{kind}/{id}")).await;
        assert_eq!(show.status, StatusCode::OK, "{kind}: {}", show.body);
        assert!(show.body.contains(&title), "{kind}");
        let edit = mia.get(&format!("/{kind}/{id}/edit")).await;
        let frozen =
            site.org.snapshot().record(id).and_then(|r| r.state()).is_some_and(|s| decl.frozen.contains(&s));
        assert_eq!(
            edit.status,
            if frozen { StatusCode::CONFLICT } else { StatusCode::OK },
            "{kind}: {}",
            edit.body
        );
        let history = mia.get(&format!("/{kind}/{id}/history")).await;
        assert!(
            history.body.contains("loaded it")
                || history.body.contains("created it")
                || history.body.contains("brought"),
            "{kind}: {}",
            history.body
        );

        let api = mia.get(&format!("/api/v1/{kind}")).await.json();
        assert_eq!(api["kind"], json!(kind.name()));
        let first = api["records"].as_array().unwrap().iter().find(|r| r["id"] == json!(id)).cloned();
        assert!(first.is_some(), "{kind}: {api}");
        let one = mia.get(&format!("/api/v1/{kind}/{id}")).await;
        assert_eq!(one.json()["id"], json!(id));
        let revisions = mia.get(&format!("/api/v1/{kind}/{id}/history")).await.json();
        assert_eq!(
            revisions["revisions"][0]["after"].as_object().map(|m| m.is_empty()),
            Some(false),
            "{kind}"
        );
        assert!(mia.get(&format!("/api/v1/{kind}/{id}/backrefs")).await.json()["backrefs"].is_array());
        for path in ["", "/{id}", "/{id}/history", "/{id}/backrefs"] {
            let path = format!("/api/v1/{kind}{path}");
            assert!(openapi["paths"][&path]["get"].is_object(), "{path} is not in the OpenAPI document");
        }
        for format in ["csv", "xlsx", "json"] {
            let file = mia.get(&format!("/{kind}/export/{format}")).await;
            // Text from the organisation's own copy of the standard is not taken away.
            let expected =
                if matches!(kind, Kind::LicensedText) { StatusCode::FORBIDDEN } else { StatusCode::OK };
            assert_eq!(file.status, expected, "{kind} as {format}: {}", file.body);
            assert!(!file.body.is_empty());
        }
        let every: Vec<&str> = kind.info().fields.iter().map(|f| f.name.as_str()).collect();
        let wide = mia.get(&format!("/{kind}?columns={}&sort=-{}", every.join(","), every[0])).await;
        assert_eq!(wide.status, StatusCode::OK, "{kind}: {}", wide.body);
        let group = format!("/group/{}", decl.group.label().to_lowercase().replace(' ', "-"));
        assert!(
            mia.get(&group).await.body.contains(&format!("href=\"/{kind}\"")),
            "{kind} is not on {group}"
        );
    }
}

/// Members of JSON records beside the fields are told apart from fields: only these may be both.
#[test]
fn no_field_hides_a_member_of_the_json() {
    for kind in Kind::ALL {
        for field in &kind.info().fields {
            let name = field.name.as_str();
            let taken = ["id", "rev", "created_at", "recorded_at", "archived", "derived", "titles", "as_of"];
            assert!(!taken.contains(&name), "{kind}.{name} has the name of a member that every record has");
            assert!(
                !name.starts_with('_') && !name.contains('.'),
                "{kind}.{name} cannot be told apart in a form"
            );
        }
    }
}

/// Nothing in this crate but the pages of their own shape knows a kind by name.
#[test]
fn a_new_kind_needs_no_change_here() {
    let names: Vec<String> = Kind::ALL.iter().map(|k| format!("{k:?}")).collect();
    let mut found = Vec::new();
    for (path, text) in [
        ("forms/draw.rs", include_str!("../../src/forms/draw.rs")),
        ("forms/read.rs", include_str!("../../src/forms/read.rs")),
        ("list/address.rs", include_str!("../../src/list/address.rs")),
        ("list/columns.rs", include_str!("../../src/list/columns.rs")),
        ("list/export.rs", include_str!("../../src/list/export.rs")),
        ("api/write.rs", include_str!("../../src/api/write.rs")),
        ("api/records.rs", include_str!("../../src/api/records.rs")),
        ("api/openapi.rs", include_str!("../../src/api/openapi.rs")),
        ("pages/records/edit.rs", include_str!("../../src/pages/records/edit.rs")),
        ("pages/records/step.rs", include_str!("../../src/pages/records/step.rs")),
        ("pages/group.rs", include_str!("../../src/pages/group.rs")),
    ] {
        for name in &names {
            // People are called by their names alone, and controls keep the order of Annex A where they are chosen.
            let exception = name == "Person" || (path == "forms/draw.rs" && name == "Control");
            if text.contains(&format!("Kind::{name}")) && !exception {
                found.push(format!("{path}: Kind::{name}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

/// As templates escape.
fn html(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}
