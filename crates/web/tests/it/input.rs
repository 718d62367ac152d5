//! Bad input: always a 4xx that names the field, nothing written, nothing of it alive in the page.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use isms::{Kind, access::Role};
use serde_json::json;

use crate::{
    browser::{Answer, Browser, Site},
    form::Form,
    method, risks,
};

async fn site() -> (Site, Browser) {
    let site = Site::with(&[("mia", &[Role::IsmsManager])]).await;
    site.make(Kind::Asset, &[("name", json!("Laptops"))]).await;
    let mia = site.signed_in("mia").await;
    (site, mia)
}

async fn raw(browser: &mut Browser, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request =
        Request::post(path).header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn what_cannot_be_is_named_at_its_field() {
    let (site, mut mia) = site().await;
    let long = "x".repeat(501);
    let longer = "x".repeat(20_001);
    for (path, fields, named) in [
        ("/risk", vec![("title", "")], "f-title"),
        ("/risk", vec![("title", "   ")], "f-title"),
        ("/risk", vec![("title", long.as_str())], "f-title"),
        ("/risk", vec![("title", "two\nlines")], "f-title"),
        ("/risk", vec![("title", "a\0b")], "f-title"),
        ("/risk", vec![("title", "x"), ("scenario", longer.as_str())], "f-scenario"),
        ("/risk", vec![("title", "x"), ("scenario", "a\0b")], "f-scenario"),
        ("/risk", vec![("title", "x"), ("owner_id", "AST-1")], "f-owner_id"),
        ("/risk", vec![("title", "x"), ("owner_id", "P-99")], "f-owner_id"),
        ("/risk", vec![("title", "x"), ("owner_id", "nobody at all")], "f-owner_id"),
        ("/risk", vec![("title", "x"), ("asset_ids", "AST-1"), ("asset_ids", "AST-98")], "f-asset_ids"),
        ("/risk", vec![("title", "x"), ("cia_affected", "beauty")], "f-cia_affected"),
        ("/risk", vec![("title", "x"), ("last_reviewed_at", "31.12.2025")], "f-last_reviewed_at"),
        ("/risk", vec![("title", "x"), ("last_reviewed_at", "2025-02-30")], "f-last_reviewed_at"),
        ("/person", vec![("name", "x"), ("in_scope", "perhaps")], "f-in_scope"),
        ("/org_profile", vec![("name", "x"), ("headcount", "many")], "f-headcount"),
        ("/org_profile", vec![("name", "x"), ("headcount", "-1")], "f-headcount"),
        ("/org_profile", vec![("name", "x"), ("timezone", "Mars/Olympus")], "f-timezone"),
        ("/risk", vec![("title", "x"), ("no_such_field", "1")], "no_such_field"),
        ("/risk", vec![("title", "x"), ("state", "closed")], "state"),
        ("/risk", vec![("title", "x"), ("created_at", "2001-01-01")], "created_at"),
        ("/risk", vec![("title", "x"), ("<b>bold</b>", "1")], "&#60;b&#62;"),
    ] {
        let before = site.org.snapshot().size();
        let answer = mia.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {named}: {}", answer.body);
        let errors = answer
            .body
            .split("class=\"errors\"")
            .nth(1)
            .and_then(|rest| rest.split("</div>").next())
            .unwrap_or_default()
            .to_lowercase();
        let label = named.trim_start_matches("f-");
        assert!(errors.contains(&format!("#{named}")) || errors.contains(label), "{path} {named}: {errors}");
        assert_eq!(site.org.snapshot().size(), before, "nothing is written");
    }
    let site_risks = site.org.snapshot().table(Kind::Risk).len();
    assert_eq!(site_risks, 0);
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let (site, mut mia) = site().await;
    site.make(Kind::Risk, &[("title", json!("Laptop lost"))]).await;
    let form = "application/x-www-form-urlencoded";
    let mut huge = b"title=x&scenario=".to_vec();
    huge.resize(3 * 1024 * 1024, b'a');
    let many = "cia_affected=integrity&".repeat(30_000).into_bytes();
    for (kind, body, status, named) in [
        (form, b"title=%ff%fe".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "title"),
        (form, b"title=\xff\xfe".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "title"),
        (form, huge, StatusCode::PAYLOAD_TOO_LARGE, "2 MB"),
        (form, many, StatusCode::PAYLOAD_TOO_LARGE, "values"),
        (form, Vec::new(), StatusCode::UNPROCESSABLE_ENTITY, "title"),
        (form, b"&&&==&".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "title"),
        (form, b"_rev=1&title=x&title[0]=y".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "title[0]"),
        (form, b"title=x&title=y".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "more than once"),
        (form, b"title=x&_revv=1".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "_revv"),
        ("application/json", b"{\"title\":\"x\"}".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "form"),
        ("multipart/form-data; boundary=x", b"--x--".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "form"),
    ] {
        let answer = raw(&mut mia, "/risk", kind, body).await;
        assert_eq!(answer.status, status, "{kind} {named}: {}", answer.body);
        assert!(
            answer.body.to_lowercase().contains(&named.to_lowercase()),
            "{kind} {named}: {}",
            answer.body
        );
    }
    let answer = mia.post("/risk/R-1", &[("_rev", "first"), ("title", "x")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("_rev"));
    for path in [
        "/risk/R-0",
        "/risk/AST-1",
        "/risk/R-99",
        "/risk/%ff",
        "/nothing",
        "/risk/R-1/step/none",
        "/risk/export/exe",
        "/group/none",
    ] {
        let answer = mia.get(path).await;
        assert!(
            matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST),
            "{path}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn html_and_formulas_stay_text() {
    let (site, mut mia) = site().await;
    let nasty = "<script>alert(1)</script>\"'&";
    let done = mia
        .post(
            "/risk",
            &[
                ("title", nasty),
                ("scenario", "=HYPERLINK(\"http://evil.example\")\n<img src=x onerror=y>"),
                ("threat", "</textarea><b>"),
            ],
        )
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    site.make(Kind::Risk, &[("title", json!("=1+1")), ("threat", json!("@SUM(A1)"))]).await;
    for path in [
        "/risk?columns=title,scenario,threat",
        "/risk/R-1",
        "/risk/R-1/edit",
        "/risk/R-1/history",
        "/risk/new?title=%3Cscript%3E&threat=%3C/textarea%3E%3Cscript%3E",
        "/risk?q=%3Cscript%3E",
        "/risk?title=%3Cscript%3E",
        "/asset/AST-1",
    ] {
        let page = mia.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            !page.body.contains("<script>")
                && !page.body.contains("<img src=x")
                && !page.body.contains("</textarea><b>"),
            "{path}: {}",
            page.body
        );
    }
    let csv = mia.get("/risk/export/csv?columns=threat").await.body;
    assert!(csv.contains(",'=1+1,'@SUM(A1)"), "{csv}");
    let api = mia.get("/api/v1/risk/R-1").await;
    assert_eq!(api.json()["title"], json!(nasty));
    assert_eq!(
        (api.header(header::CONTENT_TYPE), api.header(header::X_CONTENT_TYPE_OPTIONS)),
        ("application/json", "nosniff")
    );
}

#[tokio::test]
async fn the_page_of_an_error_offers_what_helps_there() {
    let (site, mut mia) = site().await;
    let (back, search) = ("Use your browser's Back", "href=\"/search\"");
    for (path, status, searches) in [
        ("/risk/R-9", StatusCode::NOT_FOUND, true),
        ("/nothing/here/at/all", StatusCode::NOT_FOUND, true),
        ("/risk?sort=nonsense", StatusCode::UNPROCESSABLE_ENTITY, false),
    ] {
        let page = mia.get(path).await;
        assert_eq!((page.status, page.header(header::CONTENT_TYPE)), (status, "text/html; charset=utf-8"));
        assert!(page.body.contains("class=\"btn\" href=\"/\""), "{path}: {}", page.body);
        assert_eq!(page.body.contains(search), searches, "{path}: {}", page.body);
        assert!(!page.body.contains(back) && !page.body.contains("same page today"), "{path}");
    }
    for path in ["/asset/AST-9/archive", "/nothing/here/at/all"] {
        let page = mia.post(path, &[]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.body.contains(back) && !page.body.contains(search), "{path}: {}", page.body);
    }
    // Programs get no page.
    let told = mia.get("/api/v1/asset/AST-9").await;
    assert_eq!((told.status, told.header(header::CONTENT_TYPE)), (StatusCode::NOT_FOUND, "application/json"));
    site.wait(86_400);
    site.make(Kind::Asset, &[("name", json!("Phones"))]).await;
    let then = site.signed_in("mia").await.get("/at/2026-03-01/asset/AST-2").await;
    assert_eq!(then.status, StatusCode::NOT_FOUND);
    assert!(then.body.contains("href=\"/asset/AST-2\">The same page today"), "{}", then.body);
}

#[tokio::test]
async fn forms_of_a_shape_of_their_own_take_what_they_ask_for_and_nothing_else() {
    let site = method::site().await;
    let (mut mia, mut tess, mut cleo) =
        (site.signed_in("mia").await, site.signed_in("tess").await, site.signed_in("cleo").await);
    method::approved(&mut mia, &mut tess).await;
    risks::risk(&site, &mut mia, &mut cleo).await;
    risks::planned(&site, &mut mia).await;
    let begun = mia.post("/soa/new", &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let score = [("likelihood", "4"), ("impact", "3"), ("rationale", "Two were lost")];
    let with = |fields: &[(&'static str, &'static str)], more: &[(&'static str, &'static str)]| {
        [fields, more].concat()
    };
    for (path, fields, named, kept) in [
        ("/risk/R-1/score", with(&score, &[("type", "currrent")]), "currrent", "Two were lost"),
        ("/risk/R-1/score", with(&score, &[("type", "target"), ("level", "low")]), "level", "Two were lost"),
        (
            "/risk/R-1/score",
            with(&score, &[("type", "target"), ("rationale", "Three")]),
            "#f-rationale",
            "Two were lost",
        ),
        (
            "/risk/R-1/score",
            with(&score, &[("type", "target"), ("_step", "maybe")]),
            "maybe",
            "Two were lost",
        ),
        (
            "/risk/R-1/evaluate",
            vec![("acceptable", "maybe"), ("priority_rank", "7")],
            "#f-acceptable",
            "value=\"7\"",
        ),
        (
            "/risk/R-1/evaluate",
            vec![("acceptable", "yes"), ("priority_rank", "7"), ("rank", "8")],
            "“rank”",
            "value=\"7\"",
        ),
        (
            "/risk/R-1/plan",
            vec![("option", "modfy"), ("rationale", "Encryption"), ("_then", "draft")],
            "#f-option",
            "Encryption",
        ),
        (
            "/risk/R-1/plan",
            vec![("option", "modify"), ("rationale", "Encryption"), ("_then", "drft")],
            "drft",
            "Encryption",
        ),
        (
            "/risk/R-1/plan",
            vec![
                ("option", "modify"),
                ("due", "2026-06-30"),
                ("rationale", "Encryption"),
                ("_then", "draft"),
            ],
            "“due”",
            "Encryption",
        ),
        (
            "/risk/R-1/accept",
            vec![("rationale", "We can live with it"), ("accepted_by", "P-1")],
            "accepted_by",
            "We can live with it",
        ),
        (
            "/method",
            vec![("l-1-label", "Seldom"), ("l-1-name", "x"), ("version", "2")],
            "l-1-name",
            "value=\"Seldom\"",
        ),
        ("/method", vec![("l-1-label", "Seldom"), ("l-11-label", "x")], "l-11-label", "value=\"Seldom\""),
        ("/method", vec![("l-1-label", "Seldom"), ("a-low", "perhaps")], "perhaps", "value=\"Seldom\""),
        ("/method", vec![("l-1-label", "Seldom"), ("m-1-1", "lowest")], "lowest", "value=\"Seldom\""),
        ("/method", vec![("l-1-label", "Seldom"), ("l-1-label", "Rare")], "more than once", "value=\"Rare\""),
        (
            "/soa/propose-all",
            vec![("_what", "rest"), ("d-A.5.9", "keep"), ("j-A.5.9", "We need it")],
            "keep",
            "value=\"We need it\"",
        ),
        (
            "/soa/propose-all",
            vec![("_what", "rest"), ("d-A.5.99", "baseline"), ("j-A.5.9", "We need it")],
            "d-A.5.99",
            "value=\"We need it\"",
        ),
        // A record needs it: it is not among the rest, and what was chosen for it is not passed over.
        (
            "/soa/propose-all",
            vec![("_what", "rest"), ("d-A.8.24", "exclude"), ("j-A.8.24", "x"), ("j-A.5.9", "We need it")],
            "A.8.24 is decided meanwhile",
            "value=\"We need it\"",
        ),
        (
            "/soa/A.5.9",
            vec![("applicable", "perhaps"), ("justification", "We need it")],
            "perhaps",
            "We need it",
        ),
    ] {
        let before = site.org.snapshot().size();
        let browser = if path.ends_with("accept") { &mut tess } else { &mut mia };
        let answer = browser.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {named}: {}", answer.body);
        let (_, errors) = answer.body.split_once("class=\"errors\"").unwrap();
        let (errors, form) = errors.split_once("</div>").unwrap();
        assert!(errors.contains(named), "{path} {named}: {errors}");
        assert!(form.contains(kept), "{path} {named}: what was typed is kept: {form}");
        assert_eq!(site.org.snapshot().size(), before, "{path} {named}: nothing is written");
    }
    for (path, named) in [
        ("/soa?show=undecidde", "undecidde"),
        ("/soa?theme=Other", "Other"),
        ("/soa?shown=undecided", "“shown”"),
        ("/soa?show=excluded&show=applicable", "Show: is given more than once"),
        ("/export/risks?state=open", "state"),
        ("/export/risks?format=docx", "docx"),
        ("/export/soa?format=csv&vresion=SOA-1", "vresion"),
    ] {
        let answer = mia.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.body);
        assert!(answer.body.contains(named), "{path}: {}", answer.body);
    }
    for path in ["/soa?show=&theme=&compare=", "/soa?show=excluded&theme=People", "/export/risks?format=csv"]
    {
        assert_eq!(mia.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn references_to_anything_are_read_whole_and_each_is_checked() {
    let (site, mut mia) = site().await;
    site.make(Kind::Risk, &[("title", json!("Laptop lost, or left behind"))]).await;
    let asset = site.make(Kind::Asset, &[("name", json!("Phones"))]).await;
    site.make(Kind::InterestedParty, &[("name", json!("Customers"))]).await;
    let linked = |id: &str| {
        let record = site.org.snapshot().record(id.parse().unwrap()).unwrap().fields();
        record["linked_object_ids"].clone()
    };
    let all = json!(["AST-1", asset, "R-1"]);
    for (n, typed) in
        ["AST-1 AST-2 R-1", "AST-1,AST-2;R-1", "AST-1\nAST-2\r\nR-1", "AST-1 Laptops AST-2 R-1 "]
            .iter()
            .enumerate()
    {
        let sent = [("party_id", "IP-1"), ("text", "Keep it safe"), ("linked_object_ids", *typed)];
        let done = mia.post("/party_requirement", &sent).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{typed:?}: {}", done.body);
        assert_eq!(linked(&format!("PR-{}", n + 1)), all, "{typed:?}");
    }
    for (typed, named) in
        [("AST-1 AST-99", "AST-99"), ("AST-1 something else", "something else"), ("XX-1", "XX-1")]
    {
        let sent = [("party_id", "IP-1"), ("text", "Keep it safe"), ("linked_object_ids", typed)];
        let answer = mia.post("/party_requirement", &sent).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}: {}", answer.body);
        assert!(
            answer.body.contains("#f-linked_object_ids") && answer.body.contains(named),
            "{typed}: {}",
            answer.body
        );
    }
    // Those chosen are boxes with their titles; more are typed or picked from what is suggested.
    let page = mia.get("/party_requirement/PR-1/edit").await;
    let form = Form::of(&page.body, "/party_requirement/PR-1");
    assert_eq!(form.all("linked_object_ids"), ["", "AST-1", "AST-2", "R-1", ""]);
    assert!(page.body.contains("R-1 Laptop lost, or left behind</label>"), "{}", page.body);
    assert!(
        page.body.contains("list=\"l-linked_object_ids\"")
            && page.body.contains("<option value=\"IP-1\">Customers</option>"),
        "{}",
        page.body
    );
    let again = mia.post("/party_requirement/PR-1", &form.pairs()).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    assert_eq!(linked("PR-1"), all);
}

#[tokio::test]
async fn addresses_lead_somewhere_and_lines_hold_nothing_hidden() {
    let (_site, mut mia) = site().await;
    for (fields, named) in [
        (vec![("title", "x"), ("url", "javascript:alert(1)")], "f-url"),
        (vec![("title", "x"), ("url", " JavaScript:alert(1)")], "f-url"),
        (vec![("title", "x"), ("url", "data:text/html,x")], "f-url"),
        (vec![("title", "pay\u{202e}fdp.exe")], "f-title"),
        (vec![("title", "a\u{2066}b")], "f-title"),
        (vec![("title", "a\u{7f}b")], "f-title"),
        (vec![("title", "a\u{1b}[31mb")], "f-title"),
    ] {
        let answer = mia.post("/evidence", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}: {}", answer.body);
        assert!(answer.body.contains(&format!("href=\"#{named}\"")), "{fields:?}: {}", answer.body);
    }
    for url in
        ["https://records.example/1", "mailto:r@example.org", "Wiki: audits", "s3://bucket/1", "S:\\audit\\1"]
    {
        let done = mia.post("/evidence", &[("title", "a\tb"), ("url", url)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{url}: {}", done.body);
    }
    assert!(mia.get("/evidence/EV-1").await.body.contains("a b"));
}
