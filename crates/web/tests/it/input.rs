//! Bad input: always a 4xx that names the field, nothing written, nothing of it alive in the page.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use isms::{Kind, access::Role};
use serde_json::json;

use crate::browser::{Answer, Browser, Site};

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
    let (_site, mut mia) = site().await;
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
        (form, b"_rev=1&title=x&title[0]=y".to_vec(), StatusCode::SEE_OTHER, ""),
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
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
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
