//! Sessions, sign-in, invitations, accounts; and that requests from elsewhere change nothing.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use isms::access::Role;
use web::{ROUTES, Route};

use crate::browser::{Answer, Browser, PASSWORD, Site};

const SESSION: &str = "isthmus_session";

async fn site() -> Site {
    Site::with(&[
        ("ada", &[Role::Administrator]),
        ("mia", &[Role::IsmsManager]),
        ("cleo", &[Role::Contributor]),
        ("rex", &[Role::Reader]),
    ])
    .await
}

async fn sign_in(browser: &mut Browser, email: &str, password: &str) -> Answer {
    browser.post("/sign-in", &[("email", email), ("password", password)]).await
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == StatusCode::OK
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let site = site().await;
    let mut browser = site.browser();
    let answer = sign_in(&mut browser, "ada@example.org", PASSWORD).await;
    for cookie in
        [answer.set_cookie(SESSION)].into_iter().chain([browser.get("/").await.set_cookie("isthmus_visit")])
    {
        let attributes: BTreeSet<&str> = cookie.unwrap().split("; ").skip(1).collect();
        for wanted in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(wanted), "{wanted} in {cookie:?}");
        }
        assert!(!attributes.iter().any(|a| a.starts_with("Domain")), "{cookie:?}");
    }
    let page = browser.get("/account").await;
    assert_eq!(page.header(header::CACHE_CONTROL), "private, no-store");
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"));
    assert!(!page.header(header::CONTENT_SECURITY_POLICY).contains("unsafe"));
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_ends_the_old_one() {
    let site = site().await;
    // Somebody planted a cookie before.
    let mut browser = site.browser();
    browser.cookies.insert(SESSION.to_owned(), "0".repeat(64));
    assert!(!is_in(&mut browser).await);
    sign_in(&mut browser, "ada@example.org", PASSWORD).await;
    let first = browser.cookies[SESSION].clone();
    assert_ne!(first, "0".repeat(64));
    assert!(is_in(&mut browser).await);
    let mut copy = browser.clone();
    // The same browser signs in again, as somebody else.
    sign_in(&mut browser, "mia@example.org", PASSWORD).await;
    assert_ne!(browser.cookies[SESSION], first);
    assert!(is_in(&mut browser).await);
    assert!(!is_in(&mut copy).await, "the session from before has ended");
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let site = site().await;
    let mut browser = site.signed_in("ada").await;
    let mut copy = browser.clone();
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(!browser.cookies.contains_key(SESSION));
    assert!(!is_in(&mut copy).await);
    assert!(browser.get("/sign-in").await.body.contains("You are signed out."));
}

#[tokio::test]
async fn sessions_end_after_idling_and_after_a_week_in_any_case() {
    let rules = store::SessionRules::default();
    let site = site().await;
    let mut browser = site.signed_in("ada").await;
    site.wait(rules.idle.as_secs() - 1);
    assert!(is_in(&mut browser).await, "used in time");
    site.wait(rules.idle.as_secs() + 1);
    assert!(!is_in(&mut browser).await, "idle too long");
    let mut busy = site.signed_in("ada").await;
    let mut used = 0;
    while used + 3_600 < rules.absolute.as_secs() {
        site.wait(3_600);
        used += 3_600;
        assert!(is_in(&mut busy).await, "after {used} seconds");
    }
    site.wait(rules.absolute.as_secs() - used + 1);
    assert!(!is_in(&mut busy).await, "too old, however busy");
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_address_look_the_same() {
    let site = site().await;
    let mut browser = site.browser();
    let page = |answer: Answer, email: &str| (answer.status, answer.body.replace(email, "EMAIL"));
    let known = page(sign_in(&mut browser, "ada@example.org", "not the password").await, "ada@example.org");
    let unknown = page(sign_in(&mut browser, "bob@example.org", "not the password").await, "bob@example.org");
    assert_eq!(known, unknown);
    assert_eq!(known.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!known.1.contains("not the password"));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_says_for_how_long() {
    let site = site().await;
    let mut browser = site.browser();
    let mut throttled = None;
    for _ in 0..20 {
        let answer = sign_in(&mut browser, "ada@example.org", "a wrong password").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            throttled = Some(answer);
            break;
        }
    }
    let answer = throttled.expect("twenty guesses in no time");
    let seconds: i64 = answer.header(header::RETRY_AFTER).parse().unwrap();
    assert!(
        seconds >= 1 && answer.body.contains(&format!("Try again in {seconds} second")),
        "{}",
        answer.body
    );
    // Even the right password has to wait, so that the wait tells nothing.
    assert_eq!(
        sign_in(&mut browser, "ada@example.org", PASSWORD).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    // Somebody else from elsewhere is not held up.
    let mut other = site.browser();
    other.from = ([198, 51, 100, 7], 4000).into();
    assert_eq!(sign_in(&mut other, "mia@example.org", PASSWORD).await.status, StatusCode::SEE_OTHER);
    site.wait(seconds);
    assert_eq!(sign_in(&mut browser, "ada@example.org", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guessing_the_present_password_is_slowed_down_and_keeps_nobody_from_signing_in() {
    let site = site().await;
    let mut thief = site.signed_in("ada").await;
    let change = async |browser: &mut Browser, old: &str| {
        browser.post("/account/password", &[("old", old), ("new", "badger thimble Wednesday")]).await
    };
    for _ in 0..5 {
        assert_eq!(change(&mut thief, "a wrong password").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let slowed = change(&mut thief, PASSWORD).await;
    assert_eq!(
        slowed.status,
        StatusCode::TOO_MANY_REQUESTS,
        "even the right one, so that the wait tells nothing"
    );
    assert_eq!(slowed.header(header::RETRY_AFTER), "1");
    assert!(slowed.body.contains("Try again in 1 second."), "{}", slowed.body);
    // Whoever the account belongs to signs in as ever.
    let mut owner = site.signed_in("ada").await;
    site.wait(1);
    assert_eq!(change(&mut owner, PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(thief.get("/account").await.status, StatusCode::SEE_OTHER, "the other session has ended");
}

#[tokio::test]
async fn where_tls_ends_at_a_proxy_the_session_is_for_this_host_alone() {
    let mut site = site().await;
    site.behind_a_proxy();
    let mut browser = site.browser();
    let answer = sign_in(&mut browser, "ada@example.org", PASSWORD).await;
    assert!(answer.set_cookie(SESSION).is_none());
    let cookie = answer.set_cookie("__Host-isthmus_session").unwrap();
    assert!(
        cookie.contains("; Path=/;") && cookie.contains("; Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    // A cookie of the plain name may have been planted by a neighbouring host.
    let mut planted = site.browser();
    planted.cookies.insert(SESSION.to_owned(), browser.cookies["__Host-isthmus_session"].clone());
    assert_eq!(planted.get("/account").await.status, StatusCode::SEE_OTHER);
    browser.post("/sign-out", &[]).await;
    assert!(!browser.cookies.contains_key("__Host-isthmus_session"));
}

#[tokio::test]
async fn after_signing_in_only_pages_of_ours_are_come_back_to() {
    let site = site().await;
    for (back, to) in [
        ("/risk?sort=-level", "/risk?sort=-level"),
        ("/at/2026-02-01/risk", "/at/2026-02-01/risk"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-in?back=//evil.example", "/"),
    ] {
        let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("back", back)];
        let mut browser = site.browser();
        assert_eq!(browser.post("/sign-in", &fields).await.location(), to, "{back:?}");
        let again = browser.get(&format!("/sign-in?back={}", urlencoding::encode(back))).await;
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, to), "{back:?}");
    }
    let mut stranger = site.browser();
    let asked = stranger.get("/at/2026-02-01/risk?sort=-level").await;
    assert_eq!(asked.location(), "/sign-in?back=%2Fat%2F2026-02-01%2Frisk%3Fsort%3D-level");
}

#[tokio::test]
async fn going_to_a_date_stays_here() {
    let site = site().await;
    let mut browser = site.signed_in("rex").await;
    for (path, date, to) in [
        ("/risk", "2026-02-01", "/at/2026-02-01/risk"),
        ("/", "2027-02-01", "/at/2027-02-01/"),
        ("/risk", "2026-03-01", "/risk"),
        ("/risk", "", "/risk"),
        ("//evil.example", "2026-02-01", "/at/2026-02-01/"),
        ("//evil.example", "2026-03-01", "/"),
        ("/\\evil.example", "", "/"),
        ("https://evil.example", "", "/"),
        ("/at/2025-01-01/risk", "2026-02-01", "/at/2026-02-01/"),
    ] {
        let encode = urlencoding::encode;
        let answer = browser.get(&format!("/go-to-date?path={}&date={}", encode(path), encode(date))).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, to), "{path} {date}");
    }
    for date in ["yesterday", "2026-02-30", "-1", "2026-02-01/../x"] {
        let answer = browser.get(&format!("/go-to-date?path=/risk&date={}", urlencoding::encode(date))).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{date}");
    }
    // A path that would lead elsewhere as a link is not put into the page.
    let page = browser.get("/at/2026-02-01//evil.example").await;
    assert!(!page.body.contains("href=\"//evil.example"), "{}", page.body);
}

#[tokio::test]
async fn requests_from_other_sites_change_nothing() {
    let site = site().await;
    let mut browser = site.signed_in("ada").await;
    let before = site.org.snapshot().size();
    let elsewhere: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://other.127.0.0.1:8080")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    for Route { path, .. } in ROUTES.iter().filter(|r| r.method == "post") {
        let path = path
            .replace("{kind}", "risk")
            .replace("{id}", "R-1")
            .replace("{control}", "A.5.1")
            .replace("{step}", "close");
        for headers in elsewhere {
            let answer = browser
                .post_with(&path, &[("email", "ada@example.org"), ("password", PASSWORD)], headers)
                .await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert!(answer.set_cookie(SESSION).is_none(), "{path}");
        }
    }
    assert_eq!(site.org.snapshot().size(), before);
    assert!(is_in(&mut browser).await, "not even signing out");
}

#[tokio::test]
async fn pages_about_another_day_take_no_changes() {
    let site = site().await;
    let mut browser = site.signed_in("ada").await;
    for path in ["/at/2026-02-01/account/password", "/at/2026-02-01/sign-out", "/at/2026-03-01/accounts"] {
        assert_eq!(browser.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_reading_request_changes_nothing() {
    let site = site().await;
    let mut browser = site.signed_in("ada").await;
    for path in ["/sign-out", "/account/password", "/account/sessions", "/settings/parameters"] {
        let answer = browser.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_is_told_why() {
    let site = site().await;
    let mut browser = site.browser();
    let page = async |browser: &mut Browser, from: &str| {
        let request = Request::get("/sign-in").header(header::REFERER, from).body(Body::empty()).unwrap();
        browser.send(request).await.body.contains("did not keep the session")
    };
    assert!(page(&mut browser, "http://isthmus.test/sign-in?back=/").await);
    assert!(!page(&mut browser, "http://isthmus.test/risk").await);
    assert!(!page(&mut browser, "").await);
    let mut out = site.signed_in("ada").await;
    out.post("/sign-out", &[]).await;
    assert!(!page(&mut out, "http://isthmus.test/sign-in").await, "who signed out knows why");
}

/// The one-time link on a page.
fn link(answer: &Answer) -> String {
    let at = answer.body.find("/invitation?token=").unwrap_or_else(|| panic!("no link in {}", answer.body));
    answer.body[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_is_handed_over_and_works_once() {
    let site = site().await;
    let mut ada = site.signed_in("ada").await;
    let fields =
        [("name", "Nils Berg"), ("email", "Nils@Example.org"), ("role", "contributor"), ("person", "new")];
    let answer = ada.post("/accounts", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("http://127.0.0.1:8080/invitation?token="));
    let link = link(&answer);
    let isms = site.org.snapshot();
    let accounts = site.org.accounts();
    let nils = accounts.by_email("nils@example.org").unwrap();
    assert_eq!(isms.find(nils.person).map(|p| p.name.as_str()), Some("Nils Berg"));
    let mut browser = site.browser();
    assert_eq!(sign_in(&mut browser, "nils@example.org", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = browser.get(&link).await;
    assert_eq!((form.status, form.header(header::REFERRER_POLICY)), (StatusCode::OK, "same-origin"));
    let token = link.split('=').nth(1).unwrap();
    let short = browser.post("/invitation", &[("token", token), ("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("at least 12"));
    let done = browser.post("/invitation", &[("token", token), ("password", PASSWORD)]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(is_in(&mut browser).await);
    assert_eq!(browser.get(&link).await.status, StatusCode::GONE);
    assert_eq!(
        browser.post("/invitation", &[("token", token), ("password", PASSWORD)]).await.status,
        StatusCode::GONE
    );
    // A link ends by itself, too.
    let again = ada.post(&format!("/accounts/{}", nils.id), &[("action", "link")]).await;
    let reset = self::link(&again);
    site.wait(7 * 24 * 3_600 + 1);
    assert_eq!(site.browser().get(&reset).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn an_invitation_says_what_is_wrong() {
    let site = site().await;
    let mut ada = site.signed_in("ada").await;
    let good = [("name", "Nils"), ("email", "nils@example.org"), ("role", "reader"), ("person", "")];
    for (field, value, said) in [
        ("name", "", "Is required"),
        ("email", "", "Is required"),
        ("email", "ADA@example.org", "Has an account already"),
        ("email", "nobody", "mail"),
        ("role", "superuser", "does not exist"),
        ("person", "P-999", "not in the list"),
        ("person", "R-1", "not in the list"),
    ] {
        let fields = good.map(|(n, v)| if n == field { (n, value) } else { (n, v) });
        let answer = ada.post("/accounts", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}: {}", answer.body);
        assert!(answer.body.contains(said), "{field}={value} should say {said}: {}", answer.body);
    }
    let no_role =
        ada.post("/accounts", &good.map(|(n, v)| if n == "role" { ("x", v) } else { (n, v) })).await;
    assert!(no_role.body.contains("at least one"), "{}", no_role.body);
    assert_eq!(site.org.accounts().iter().count(), 4);
}

#[tokio::test]
async fn the_last_administrator_cannot_be_locked_out() {
    let site = site().await;
    let mut ada = site.signed_in("ada").await;
    let id = site.org.accounts().by_email("ada@example.org").unwrap().id.clone();
    let path = format!("/accounts/{id}");
    let demote = [
        ("action", "change"),
        ("name", "ada"),
        ("email", "ada@example.org"),
        ("role", "reader"),
        ("person", ""),
    ];
    for fields in [&[("action", "disable")] as &[(&str, &str)], &demote] {
        let answer = ada.post(&path, fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert!(answer.body.contains("last administrator"), "{}", answer.body);
    }
    // An administrator who was invited but never came does not count as another.
    let invited =
        [("name", "Nils"), ("email", "nils@example.org"), ("role", "administrator"), ("person", "")];
    let link = link(&ada.post("/accounts", &invited).await);
    assert_eq!(ada.post(&path, &[("action", "disable")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    site.browser()
        .post("/invitation", &[("token", link.split('=').nth(1).unwrap()), ("password", PASSWORD)])
        .await;
    let answer = ada.post(&path, &[("action", "disable")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(!is_in(&mut ada).await, "a shut-out account is out at once");
}

#[tokio::test]
async fn a_change_of_roles_counts_at_once_and_shutting_out_ends_sessions() {
    let site = site().await;
    let mut ada = site.signed_in("ada").await;
    let mut rex = site.signed_in("rex").await;
    assert_eq!(rex.get("/activity").await.status, StatusCode::FORBIDDEN);
    let id = site.org.accounts().by_email("rex@example.org").unwrap().id.clone();
    let path = format!("/accounts/{id}");
    let person = site.org.accounts().get(&id).unwrap().person.unwrap().to_string();
    let promote = [
        ("action", "change"),
        ("name", "Rex Ash"),
        ("email", "rex@example.org"),
        ("role", "isms_manager"),
        ("role", "reader"),
        ("person", person.as_str()),
    ];
    let answer = ada.post(&path, &promote).await;
    assert_eq!(answer.location(), path, "{}", answer.body);
    assert_eq!(rex.get("/activity").await.status, StatusCode::OK);
    assert!(ada.get("/accounts").await.body.contains("Rex Ash"));
    assert_eq!(ada.post(&path, &[("action", "end-sessions")]).await.status, StatusCode::SEE_OTHER);
    assert!(!is_in(&mut rex).await);
    let mut rex = site.signed_in("rex").await;
    ada.post(&path, &[("action", "disable")]).await;
    assert!(!is_in(&mut rex).await);
    assert_eq!(sign_in(&mut rex, "rex@example.org", PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    ada.post(&path, &[("action", "enable")]).await;
    assert_eq!(sign_in(&mut rex, "rex@example.org", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.post(&path, &[("action", "explode")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ada.get("/accounts/a-nobody").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn changing_the_password_keeps_this_session_and_ends_the_others() {
    const NEW: &str = "walnut ferry 9 umbrella";
    let site = site().await;
    let mut here = site.signed_in("cleo").await;
    let mut there = site.signed_in("cleo").await;
    let wrong = here.post("/account/password", &[("old", "not it"), ("new", NEW)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Is not your password"), "{}", wrong.body);
    let short = here.post("/account/password", &[("old", PASSWORD), ("new", "short")]).await;
    assert!(short.body.contains("id=\"e-new\""), "{}", short.body);
    assert!(is_in(&mut there).await);
    let done = here.post("/account/password", &[("old", PASSWORD), ("new", NEW)]).await;
    assert_eq!(done.location(), "/account");
    assert!(is_in(&mut here).await);
    assert!(!is_in(&mut there).await);
    assert_eq!(sign_in(&mut there, "cleo@example.org", NEW).await.status, StatusCode::SEE_OTHER);
    let out = here.post("/account/sessions", &[]).await;
    assert_eq!(out.location(), "/sign-in");
    assert!(!is_in(&mut here).await && !is_in(&mut there).await);
}

#[tokio::test]
async fn bad_forms_get_a_clear_answer() {
    let site = site().await;
    let mut browser = site.signed_in("ada").await;
    for (kind, body, status) in [
        ("application/json", "{}".to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/x-www-form-urlencoded", "name=%ff".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        ("application/x-www-form-urlencoded", "a".repeat(3_000_000), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let request = Request::post("/accounts")
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        assert_eq!(browser.send(request).await.status, status, "{kind}");
    }
}
