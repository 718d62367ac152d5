//! First-run set-up: once, with the link, all in one go.

use axum::http::{StatusCode, header};
use isms::{
    Kind, Ref,
    access::Role,
    id::ANNEX_A,
    records::{OrgProfile, Person},
};

use crate::browser::{PASSWORD, Site};

fn typed<'a>(token: &'a str, change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("token", token),
        ("company", "Tarnwick Rota"),
        ("timezone", "Europe/Stockholm"),
        ("name", "Tomas Ouma"),
        ("email", "tomas@example.org"),
        ("password", PASSWORD),
        ("top_management", "yes"),
    ];
    for (name, value) in change {
        if let Some(field) = fields.iter_mut().find(|(n, _)| n == name) {
            field.1 = value;
        }
    }
    fields
}

#[tokio::test]
async fn sets_up_everything_in_one_go_and_signs_in() {
    let site = Site::empty().await;
    let token = site.org.setup_token().await.unwrap().unwrap();
    let mut browser = site.browser();
    let form = browser.get(&format!("/setup?token={token}")).await;
    assert_eq!(form.status, StatusCode::OK);
    assert_eq!(form.header(header::REFERRER_POLICY), "same-origin", "the token stays here");
    assert_eq!(form.header(header::CACHE_CONTROL), "private, no-store");
    assert!(form.body.contains("<option value=\"Europe/Stockholm\">"));
    let done = browser.post("/setup", &typed(&token, &[])).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/path"), "{}", done.body);
    let path = browser.get("/path").await;
    assert_eq!(path.status, StatusCode::OK, "{}", path.body);
    assert!(path.body.contains("Isthmus is set up"));
    let isms = site.org.snapshot();
    let profile = isms.single::<OrgProfile>().unwrap();
    assert_eq!((profile.name.as_str(), profile.timezone.as_str()), ("Tarnwick Rota", "Europe/Stockholm"));
    assert_eq!(isms.table(Kind::Control).len(), ANNEX_A as usize);
    let person = isms.get(Ref::<Person>::new(1)).unwrap();
    assert_eq!((person.name.as_str(), person.is_top_management), ("Tomas Ouma", Some(true)));
    let accounts = site.org.accounts();
    let account = accounts.by_email("tomas@example.org").unwrap();
    assert_eq!(account.person, Some(person.reference()));
    assert!(account.acts_as(Role::Administrator) && account.acts_as(Role::IsmsManager));
}

#[tokio::test]
async fn the_link_works_once_and_nothing_works_without_it() {
    let site = Site::empty().await;
    let token = site.org.setup_token().await.unwrap().unwrap();
    let newer = site.org.setup_token().await.unwrap().unwrap();
    let mut browser = site.browser();
    for link in [
        "/setup".to_owned(),
        "/setup?token=".to_owned(),
        "/setup?token=wrong".to_owned(),
        format!("/setup?token={token}"),
    ] {
        assert_eq!(browser.get(&link).await.status, StatusCode::FORBIDDEN, "{link}");
    }
    for token in ["", "wrong", &token] {
        assert_eq!(browser.post("/setup", &typed(token, &[])).await.status, StatusCode::FORBIDDEN);
    }
    assert!(site.store.is_empty(), "a refused set-up writes nothing");
    assert!(browser.get("/sign-in").await.body.contains("Nobody has an account yet"));
    assert_eq!(browser.post("/setup", &typed(&newer, &[])).await.status, StatusCode::SEE_OTHER);
    let mut other = site.browser();
    assert_eq!(other.get(&format!("/setup?token={newer}")).await.status, StatusCode::GONE);
    assert_eq!(other.post("/setup", &typed(&newer, &[])).await.status, StatusCode::GONE);
    assert_eq!(site.org.accounts().iter().count(), 1);
}

#[tokio::test]
async fn says_what_is_wrong_and_keeps_what_was_typed() {
    let site = Site::empty().await;
    let token = site.org.setup_token().await.unwrap().unwrap();
    for (field, value, said) in [
        ("password", "short", "at least 12"),
        ("password", "aaaaaaaaaaaaaaaa", "one character repeated"),
        ("password", "", "Is required"),
        ("timezone", "Mars/Olympus", "Is not a timezone"),
        ("company", " ", "Is required"),
        ("name", "", "Is required"),
        ("email", "nobody", "mail"),
    ] {
        let answer = site.browser().post("/setup", &typed(&token, &[(field, value)])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}: {}", answer.body);
        assert!(answer.body.contains(said), "{field}={value} should say {said}: {}", answer.body);
        assert!(answer.body.contains(&format!("id=\"e-{field}\"")), "{field}: {}", answer.body);
        assert!(!answer.body.contains(PASSWORD), "a password is never sent back");
        if field != "company" {
            assert!(answer.body.contains("value=\"Tarnwick Rota\""));
        }
    }
    assert!(site.store.is_empty());
}

#[tokio::test]
async fn what_is_typed_is_shown_as_text() {
    let site = Site::empty().await;
    let token = site.org.setup_token().await.unwrap().unwrap();
    let nasty = "\"><script>alert(1)</script>";
    let answer =
        site.browser().post("/setup", &typed(&token, &[("company", nasty), ("password", "x")])).await;
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    let done = site.browser().post("/setup", &typed(&token, &[("company", nasty)])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let page = site.browser().get("/sign-in").await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}
