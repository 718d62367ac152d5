//! Lists, record pages and forms over one installation.

use axum::http::{StatusCode, header};
use isms::{
    Command, Id, Kind,
    access::{Actor, Role},
};
use serde_json::json;

use crate::browser::{Browser, Site};

async fn site() -> Site {
    Site::with(&[("mia", &[Role::IsmsManager]), ("cleo", &[Role::Contributor]), ("rex", &[Role::Reader])])
        .await
}

async fn update(site: &Site, id: Id, fields: &[(&'static str, serde_json::Value)]) {
    site.org.execute(Actor::operator(), Command::update(id, fields.iter().cloned())).await.unwrap();
}

/// Ids in the order in which a list shows them.
fn ids(body: &str) -> Vec<&str> {
    let rows = body.split("<tr><td class=\"fit ref\">").skip(1);
    rows.filter_map(|row| row.split("\">").nth(1)?.split('<').next()).collect()
}

#[tokio::test]
async fn a_list_is_filtered_sorted_and_paged() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let asset = site.make(Kind::Asset, &[("name", json!("Laptops <all>"))]).await;
    for n in 1..=120 {
        let mut fields = vec![("title", json!(format!("Risk number {n}")))];
        if n % 2 == 0 {
            fields.push(("owner_id", json!("P-1")));
        }
        if n > 110 {
            fields.push(("asset_ids", json!([asset])));
        }
        site.make(Kind::Risk, &fields).await;
    }
    let first = mia.get("/risk").await;
    assert_eq!((ids(&first.body).len(), ids(&first.body)[0]), (100, "R-1"));
    assert!(first.body.contains("1 to 100 of 120") && first.body.contains("rel=\"next\""));
    let second = mia.get("/risk?page=2").await;
    assert_eq!((ids(&second.body).len(), ids(&second.body)[0]), (20, "R-101"));
    // Numbers in titles count as numbers.
    let sorted = mia.get("/risk?sort=-title").await;
    assert_eq!(ids(&sorted.body)[..2], ["R-120", "R-119"]);
    assert!(sorted.body.contains("aria-sort=\"descending\""));
    let owned = mia.get("/risk?owner_id=P-1&asset_ids=AST-1&sort=-title").await;
    assert_eq!(ids(&owned.body), ["R-120", "R-118", "R-116", "R-114", "R-112"]);
    assert!(
        owned.body.contains("5 of 120") && owned.body.contains("Remove filter: Owner: Mia"),
        "{}",
        owned.body
    );
    assert!(
        owned.body.contains("Assets: Laptops &lt;all&gt;")
            || owned.body.contains("Asset: Laptops &lt;all&gt;")
    );
    // References are titles that lead to the record.
    assert!(owned.body.contains("<a href=\"/asset/AST-1\">Laptops &lt;all&gt;</a>"));
    let words = mia.get("/risk?q=number%2077").await;
    assert_eq!(ids(&words.body), ["R-77"]);
    let none = mia.get("/risk?q=nothing").await;
    assert!(none.body.contains("Nothing matches") && none.body.contains("Show all"));
    let empty = mia.get("/risk?asset_ids.empty=no&columns=threat").await;
    assert_eq!(ids(&empty.body).len(), 10);
    assert!(
        empty.body.contains("<td class=\"\" data-label=\"Threat\">")
            && !empty.body.contains("data-label=\"Owner\"")
    );
    // Exports take every row found and the columns shown.
    let csv = mia.get("/risk/export/csv?owner_id=P-1&columns=owner_id").await;
    assert_eq!(csv.body.lines().count(), 61);
    assert!(csv.body.contains("R-2,Risk number 2,mia"), "{}", csv.body);
    assert!(csv.header(header::CONTENT_DISPOSITION).contains("risk-2026-03-01.csv"));
    let json = mia.get("/risk/export/json").await.json();
    assert_eq!(json["records"].as_array().map(Vec::len), Some(120));
}

#[tokio::test]
async fn wrong_questions_are_named() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    for (query, named) in [
        ("state=imagined", "state"),
        ("no_such=1", "no_such"),
        ("sort=nothing", "sort"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("last_reviewed_at.from=yesterday", "last_reviewed_at.from"),
        ("columns=nothing", "columns"),
        ("archived=perhaps", "archived"),
        ("title=%ff", "title"),
    ] {
        let page = mia.get(&format!("/risk?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        // People read the label, programs the name.
        let label = isms::schema::label_of(named.split('.').next().unwrap());
        assert!(page.body.contains(&format!("<li>{label}: ")), "{query}: {}", page.body);
        let api = mia.get(&format!("/api/v1/risk?{query}")).await;
        assert_eq!(api.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(api.json()["error"]["problems"][0]["field"], json!(named), "{query}");
    }
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_says_what_is_wrong() {
    let site = site().await;
    let mut cleo = site.signed_in("cleo").await;
    site.make(Kind::Asset, &[("name", json!("Laptops"))]).await;
    let form = cleo.get("/risk/new?asset_ids=AST-1&threat=Thieves&nothing=1").await;
    assert!(
        form.body.contains("value=\"AST-1\" checked") && form.body.contains(">\nThieves</textarea>"),
        "{}",
        form.body
    );
    assert!(form.body.contains("What happens, to what, with what consequence"));
    assert!(!form.body.contains("name=\"state\""), "what steps set is not offered");
    let typed = [
        ("title", ""),
        ("scenario", "A laptop <is> lost"),
        ("last_reviewed_at", "yesterday"),
        ("owner_id", "P-77"),
        ("cia_affected", "integrity"),
    ];
    let wrong = cleo.post("/risk", &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "href=\"#f-title\"",
        "id=\"e-last_reviewed_at\"",
        "A laptop &lt;is&gt; lost",
        "value=\"yesterday\"",
        "value=\"integrity\" checked",
    ] {
        assert!(wrong.body.contains(part), "{part}: {}", wrong.body);
    }
    assert!(site.org.snapshot().table(Kind::Risk).is_empty());
    let typed = [
        ("title", "Laptop lost"),
        ("owner_id", "cleo"),
        ("asset_ids", ""),
        ("asset_ids", "AST-1"),
        ("cia_affected", "integrity"),
    ];
    let done = cleo.post("/risk", &typed).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/risk/R-1"), "{}", done.body);
    let page = cleo.get("/risk/R-1").await;
    assert!(
        page.body.contains("Added R-1 Laptop lost.") && page.body.contains("href=\"/asset/AST-1\""),
        "{}",
        page.body
    );
    let isms = site.org.snapshot();
    let fields = isms.record("R-1".parse().unwrap()).unwrap().fields();
    assert_eq!(fields["asset_ids"], json!(["AST-1"]));
    assert_eq!(fields["owner_id"], json!("P-2"), "a title that only one record has stands for it");
    let again = cleo.post("/risk", &[("title", "Another"), ("_then", "new")]).await;
    assert_eq!(again.location(), "/risk/new");
    // Emptying clears, and the boxes can all be taken away.
    let change =
        [("_rev", "1"), ("title", "Laptop lost"), ("owner_id", ""), ("asset_ids", ""), ("cia_affected", "")];
    assert_eq!(cleo.post("/risk/R-1", &change).await.status, StatusCode::SEE_OTHER);
    let isms = site.org.snapshot();
    let fields = isms.record("R-1".parse().unwrap()).unwrap().fields();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["title", "state"]);
    let history = cleo.get("/risk/R-1/history").await;
    assert!(
        history.body.contains("changed it") && history.body.contains("<del>AST-1 Laptops</del>"),
        "{}",
        history.body
    );
    assert!(!history.body.contains("href=\"/activity/"), "a contributor does not read the ledger");
}

#[tokio::test]
async fn a_change_says_on_what_it_was_made() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    site.make(Kind::Risk, &[("title", json!("Old title"))]).await;
    let blind = mia.post("/risk/R-1", &[("title", "Typed with care"), ("threat", "Thieves")]).await;
    assert_eq!(blind.status, StatusCode::BAD_REQUEST);
    for part in ["(_rev) is missing", "Typed with care", ">\nThieves</textarea>", "name=\"_rev\" value=\"1\""]
    {
        assert!(blind.body.contains(part), "{part}: {}", blind.body);
    }
    for path in ["/risk/R-1/archive", "/risk/R-1/restore", "/risk/R-1/delete"] {
        let blind = mia.post(path, &[]).await;
        assert_eq!(blind.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(blind.body.contains("(_rev) is missing"), "{path}: {}", blind.body);
    }
    let record = site.org.snapshot();
    let record = record.record("R-1".parse().unwrap()).unwrap();
    assert_eq!((record.title().as_str(), record.meta().rev), ("Old title", 1));
}

#[tokio::test]
async fn a_filter_given_twice_means_any_of_these() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    for (title, state) in [("One", "identified"), ("Two", "analysed"), ("Three", "evaluated")] {
        let document = json!({"load": {"risk": [{
            "id": title, "title": title, "state": state, "last_reviewed_at": format!("2026-01-0{}", title.len())
        }]}});
        let document = isms::load::LoadDocument::parse(document.to_string().as_bytes()).unwrap();
        let command = isms::Command::Load(document);
        site.org.execute(isms::access::Actor::operator(), command).await.unwrap();
    }
    for (query, found) in [
        ("state=identified&state=analysed", 2),
        ("state=identified,analysed&state=evaluated", 3),
        ("state=identified&state=analysed&title=Two", 1),
        ("state=identified&owner_id.empty=no", 0),
        ("last_reviewed_at.from=2026-01-05&last_reviewed_at.from=2026-01-04", 1),
        ("last_reviewed_at.from=2026-01-03&last_reviewed_at.to=2026-01-03", 2),
        ("owner_id.empty=yes&owner_id.empty=no", 3),
        ("q=t&q=w", 1),
    ] {
        let api = mia.get(&format!("/api/v1/risk?{query}")).await.json();
        assert_eq!(api["total"], json!(found), "{query}");
        let file = mia.get(&format!("/risk/export/json?{query}")).await.json();
        assert_eq!(file["total"], json!(found), "{query}");
        let page = mia.get(&format!("/risk?{query}")).await;
        assert_eq!(page.body.matches("<th scope=\"row\" class=\"title\">").count(), found, "{query}");
    }
    let page = mia.get("/risk?state=identified&state=analysed").await;
    for part in [
        "State: Identified or analysed",
        // The form sends both again, and so do the links.
        "<option selected value=\"identified,analysed\">",
        "/risk?state=identified&amp;state=analysed&amp;sort=title",
        "/risk/export/csv?state=identified&amp;state=analysed",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn two_people_at_one_record_can_merge() {
    let site = site().await;
    let (mut mia, mut cleo) = (site.signed_in("mia").await, site.signed_in("cleo").await);
    site.make(Kind::Risk, &[("title", json!("Old title")), ("threat", json!("Old threat"))]).await;
    assert_eq!(
        mia.post(
            "/risk/R-1",
            &[
                ("_rev", "1"),
                ("title", "Title of Mia"),
                ("vulnerability", "Weak locks"),
                ("threat", "Old threat")
            ]
        )
        .await
        .status,
        StatusCode::SEE_OTHER
    );
    let mine = [("_rev", "1"), ("title", "Title of Cleo"), ("vulnerability", ""), ("threat", "Thieves")];
    let conflict = cleo.post("/risk/R-1", &mine).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    for part in [
        "Changed meanwhile by Mia",
        "Title of Mia",
        "Title of Cleo",
        "<del>Old title</del>",
        "name=\"_rev\" value=\"2\"",
        ">\nWeak locks</textarea>",
        ">\nThieves</textarea>",
    ] {
        assert!(conflict.body.contains(part), "{part}: {}", conflict.body);
    }
    let merged =
        [("_rev", "2"), ("title", "Title of both"), ("vulnerability", "Weak locks"), ("threat", "Thieves")];
    assert_eq!(cleo.post("/risk/R-1", &merged).await.status, StatusCode::SEE_OTHER);
    let isms = site.org.snapshot();
    let record = isms.record("R-1".parse().unwrap()).unwrap();
    assert_eq!((record.title().as_str(), record.meta().rev), ("Title of both", 3));
    // Saving what is there already writes nothing.
    assert_eq!(
        cleo.post("/risk/R-1", &[("_rev", "3"), ("title", "Title of both")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(cleo.get("/risk/R-1").await.body.contains("Nothing was different"));
    assert_eq!(site.org.snapshot().record("R-1".parse().unwrap()).unwrap().meta().rev, 3);
}

#[tokio::test]
async fn what_is_referred_to_is_archived_not_deleted() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let asset = site.make(Kind::Asset, &[("name", json!("Laptops"))]).await;
    let risk = site.make(Kind::Risk, &[("title", json!("Laptop lost")), ("asset_ids", json!([asset]))]).await;
    let shown = mia.get("/asset/AST-1").await;
    assert!(shown.body.contains("Referred to by") && shown.body.contains("href=\"/risk/R-1\""));
    let refused = mia.post("/asset/AST-1/delete", &[("_rev", "1")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.body.contains("cannot be deleted because records refer to it")
            && refused.body.contains("Laptop lost")
    );
    assert_eq!(mia.post("/asset/AST-1/archive", &[("_rev", "9")]).await.status, StatusCode::CONFLICT);
    assert_eq!(mia.post("/asset/AST-1/archive", &[("_rev", "1")]).await.location(), "/asset/AST-1");
    assert!(!mia.get("/asset").await.body.contains("href=\"/asset/AST-1\""));
    let all = mia.get("/asset?archived=yes").await;
    assert!(all.body.contains("href=\"/asset/AST-1\"") && all.body.contains(">Archived</span>"));
    assert_eq!(mia.post("/asset/AST-1/restore", &[("_rev", "2")]).await.status, StatusCode::SEE_OTHER);
    assert!(mia.get("/asset").await.body.contains("href=\"/asset/AST-1\""));
    update(&site, risk, &[("asset_ids", json!([]))]).await;
    let gone = mia.post("/asset/AST-1/delete", &[("_rev", "3")]).await;
    assert_eq!(gone.location(), "/asset");
    assert_eq!(mia.get("/asset/AST-1").await.status, StatusCode::NOT_FOUND);
    let history = mia.get("/asset/AST-1/history").await;
    assert!(
        history.body.contains("deleted it") && history.body.contains("its history is"),
        "{}",
        history.body
    );
}

#[tokio::test]
async fn steps_say_what_is_possible_and_why_the_rest_is_not() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let risk = site.make(Kind::Risk, &[("title", json!("Laptop lost")), ("owner_id", json!("P-1"))]).await;
    let page = mia.get(&format!("/risk/{risk}")).await;
    assert!(page.body.contains("What can happen next"), "{}", page.body);
    let mut rex = site.signed_in("rex").await;
    let read = rex.get(&format!("/risk/{risk}")).await;
    assert!(
        read.body.contains("data-refused") && !read.body.contains("<form method=\"post\" action=\"/risk"),
        "{}",
        read.body
    );
    assert!(!read.body.contains("/edit\"") && !read.body.contains("Archive or delete"));
    for (step, status) in [("no_such_step", StatusCode::NOT_FOUND), ("reopen", StatusCode::NOT_FOUND)] {
        let answer = mia.post(&format!("/risk/{risk}/step/{step}"), &[]).await;
        assert!(
            answer.status == status || answer.status == StatusCode::CONFLICT,
            "{step}: {}",
            answer.status
        );
    }
}

async fn past(browser: &mut Browser, path: &str) -> String {
    browser.get(&format!("/at/2026-03-01{path}")).await.body
}

#[tokio::test]
async fn an_earlier_day_shows_what_stood_then_and_offers_no_edits() {
    let site = site().await;
    let risk = site.make(Kind::Risk, &[("title", json!("First words"))]).await;
    site.wait(3 * 24 * 3600);
    update(&site, risk, &[("title", json!("Second words"))]).await;
    site.make(Kind::Risk, &[("title", json!("Later"))]).await;
    let mut mia = site.signed_in("mia").await;
    let list = past(&mut mia, "/risk").await;
    assert!(
        list.contains("First words")
            && !list.contains("Later")
            && list.contains("href=\"/at/2026-03-01/risk/R-1\""),
        "{list}"
    );
    assert!(!list.contains("/risk/new"));
    let page = past(&mut mia, "/risk/R-1").await;
    assert!(
        page.contains("First words")
            && page.contains("1 March 2026")
            && !page.contains("/edit\"")
            && !page.contains("What can happen next")
    );
    assert!(past(&mut mia, "/risk/R-2").await.contains("There is no risk R-2 on 1 March 2026."));
    let history = past(&mut mia, "/risk/R-1/history").await;
    assert!(!history.contains("Second words"));
    assert!(mia.get("/risk/R-1/history").await.body.contains("<ins>Second words</ins>"));
    let api = mia.get("/api/v1/risk?at=2026-03-01").await.json();
    assert_eq!((api["total"].clone(), api["as_of"].clone()), (json!(1), json!("2026-03-01")));
    assert_eq!(api, mia.get("/at/2026-03-01/api/v1/risk").await.json());
    assert_eq!(mia.get("/api/v1/risk?at=someday").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_files_of_every_page_are_kept_until_they_change() {
    let site = Site::empty().await;
    let mut browser = site.browser();
    let page = browser.get("/sign-in").await;
    let at = page.body.find("/assets/isthmus.css?v=").expect("the page names the style by its hash");
    let url = page.body[at..].split('"').next().unwrap();
    let css = browser.get(url).await;
    assert_eq!(css.header(header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert_eq!(css.header(header::CACHE_CONTROL), "public, max-age=31536000, immutable");
    let tag = css.header(header::ETAG).to_owned();
    let request = axum::http::Request::get("/assets/isthmus.css").header(header::IF_NONE_MATCH, &tag);
    let same = browser.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((same.status, same.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(same.header(header::CACHE_CONTROL), "public, no-cache");
    assert_eq!(
        browser.get("/assets/isthmus.css?v=0").await.header(header::CACHE_CONTROL),
        "public, no-cache"
    );
    for path in ["/assets/..%2fCargo.toml", "/assets/none.css"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        browser.get("/assets/isthmus.js").await.header(header::CONTENT_TYPE),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(browser.get("/assets/logo.svg").await.header(header::CONTENT_TYPE), "image/svg+xml");
}
