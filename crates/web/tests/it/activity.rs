//! The ledger's pages, files, settings, search and Today over a small company.

use axum::http::{StatusCode, header};
use isms::{
    Command, Id, Kind,
    access::{Actor, Role},
};
use ledger::VerifierKey;
use serde_json::{Value, json};
use store::{FileMeta, InclusionProof, Write};

use crate::browser::{Browser, Site};

async fn site() -> Site {
    let site = Site::with(&[
        ("ada", &[Role::Administrator]),
        ("mia", &[Role::IsmsManager]),
        ("cleo", &[Role::Contributor]),
        ("rex", &[Role::Reader]),
    ])
    .await;
    for n in 1..=3 {
        site.make(Kind::Risk, &[("title", format!("Laptop {n} lost").into())]).await;
    }
    site
}

#[tokio::test]
async fn every_entry_can_be_read_and_its_proof_checked_elsewhere() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let key: VerifierKey = site.org.public_key().parse().unwrap();
    let note = mia.get("/checkpoint").await;
    assert_eq!(note.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert!(
        note.header(header::CONTENT_DISPOSITION).starts_with("attachment; filename=\"isthmus-checkpoint-")
    );
    let size = ledger::open(&note.body, &key).unwrap().size;
    assert!(size >= 11);
    for seq in 0..size {
        let page = mia.get(&format!("/activity/{seq}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("It holds."), "{}", page.body);
        let file = mia.get(&format!("/activity/{seq}/proof.json")).await;
        assert_eq!(file.header(header::CONTENT_TYPE), "application/json");
        let proof: InclusionProof = serde_json::from_str(&file.body).unwrap();
        assert_eq!((proof.seq, proof.verify(&key)), (seq, Ok(())));
    }
    for path in [
        "/activity/9999",
        "/activity/x",
        "/activity/-1",
        "/activity/9999/proof.json",
        "/checkpoint?size=9999",
    ] {
        assert_eq!(mia.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let all = mia.get("/activity").await;
    assert!(all.body.contains("added a risk") && all.body.contains("added an account"), "{}", all.body);
    let risks = mia.get("/activity?kind=risk").await;
    assert!(risks.body.contains("Laptop 1 lost") && !risks.body.contains("added an account"));
    let one = mia.get("/activity?record=r-2").await;
    assert!(one.body.contains("Laptop 2 lost") && !one.body.contains("Laptop 1 lost"));
    for path in ["/activity?kind=nonsense", "/activity?record=nonsense", "/activity?before=x"] {
        assert_eq!(mia.get(path).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    for n in 0..60 {
        site.make(Kind::Task, &[("title", format!("Task {n}").into())]).await;
    }
    let page = mia.get("/activity?kind=task").await;
    assert_eq!(page.body.matches("added a task").count(), 50);
    let older = page.body.split("href=\"").find(|part| part.contains("rel=\"next\"")).unwrap();
    let href = older.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let rest = mia.get(&href).await;
    assert_eq!(rest.body.matches("added a task").count(), 10, "{href}: {}", rest.body);
}

#[tokio::test]
async fn a_large_entry_is_counted_by_kind_and_paged() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let batch = |name: &str, commands| Command::Batch { name: name.to_owned(), commands };
    let title = |text: String| [("title", Value::String(text))];
    let mut commands: Vec<Command> =
        (1..=230).map(|n| Command::create(Kind::Task, title(format!("Task {n}")))).collect();
    commands.extend((1..=2).map(|n| Command::create(Kind::Risk, title(format!("Risk {n}")))));
    let made = site.org.execute(Actor::operator(), batch("made", commands)).await.unwrap();
    let path = format!("/activity/{}", made.seq.unwrap());
    let rows = |body: &str| body.matches("new, revision 1").count();

    let first = mia.get(&path).await.body;
    for said in ["<span class=\"count\">232</span>", ">230 tasks</a>", ">2 risks</a>", "1 to 100 of 232"] {
        assert!(first.contains(said), "{said}: {first}");
    }
    assert_eq!(rows(&first), 100);
    let last = mia.get(&format!("{path}?page=3")).await.body;
    assert!(last.contains("201 to 232 of 232") && last.contains("Task 230"), "{last}");
    assert_eq!(rows(&last), 32);
    let risks = mia.get(&format!("{path}?kind=risk")).await.body;
    assert!(risks.contains("<ins>Risk 2</ins>") && !risks.contains("of 232"), "{risks}");
    assert_eq!(rows(&risks), 2);
    assert!(mia.get(&format!("{path}?kind=risk&page=2")).await.body.contains("There is 1 page only"));
    for wrong in ["kind=asset", "kind=nonsense", "page=0", "page=x"] {
        let answer = mia.get(&format!("{path}?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    // What stood there before comes from many entries, and stands beside what came.
    let update = |id: Id| Command::update(id, title(format!("{id} is another")));
    let updates = vec![update("T-7".parse().unwrap()), update("R-1".parse().unwrap())];
    let changed = site.org.execute(Actor::operator(), batch("changed", updates)).await.unwrap();
    let page = mia.get(&format!("/activity/{}", changed.seq.unwrap())).await.body;
    for (before, after) in [("Task 7", "T-7 is another"), ("Laptop 1 lost", "R-1 is another")] {
        assert!(page.contains(&format!("<del>{before}</del> <ins>{after}</ins>")), "{page}");
    }
}

#[tokio::test]
async fn an_earlier_day_knows_nothing_of_later_entries() {
    let site = site().await;
    let size = site.org.snapshot().size();
    site.wait(3 * 24 * 3_600);
    site.make(Kind::Risk, &[("title", "A later risk".into())]).await;
    let mut mia = site.signed_in("mia").await;
    assert!(mia.get("/activity").await.body.contains("A later risk"));
    let then = mia.get("/at/2026-03-02/activity").await;
    assert!(!then.body.contains("A later risk") && then.body.contains("Laptop 3 lost"), "{}", then.body);
    assert_eq!(mia.get(&format!("/at/2026-03-02/activity/{size}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_day_before_the_ledger_says_so_and_leads_to_its_first_day() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let on_the_first_day = mia.get("/at/2026-02-01/risk").await;
    assert!(on_the_first_day.body.contains("href=\"/risk\">Go to 1 March 2026"), "{}", on_the_first_day.body);
    site.wait(3 * 24 * 3_600);
    let mut mia = site.signed_in("mia").await;
    for path in
        ["/", "/path", "/risk", "/matrix", "/soa", "/requirements", "/calendar", "/activity", "/method"]
    {
        let then = mia.get(&format!("/at/2026-02-28{path}")).await;
        assert_eq!(then.status, StatusCode::OK, "{path}");
        for said in [
            "The ledger begins on <time datetime=\"2026-03-01\">1 March 2026</time>; nothing was recorded before.",
            &format!("href=\"/at/2026-03-01{path}\">Go to 1 March 2026</a>"),
        ] {
            assert!(then.body.contains(said), "{path}: {}", then.body);
        }
        assert!(!then.body.contains("<table"), "{path} shows a table of nothing: {}", then.body);
        let first = mia.get(&format!("/at/2026-03-01{path}")).await;
        assert!(!first.body.contains("The ledger begins"), "{path}: {}", first.body);
    }
    let missing = mia.get("/at/2026-02-28/risk/R-1").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(
        missing.body.contains("R-1 on 28 February 2026: the ledger begins on 1 March 2026"),
        "{}",
        missing.body
    );
}

#[tokio::test]
async fn the_ledger_is_for_those_who_run_things() {
    let site = site().await;
    for (name, status) in [
        ("ada", StatusCode::OK),
        ("mia", StatusCode::OK),
        ("cleo", StatusCode::FORBIDDEN),
        ("rex", StatusCode::FORBIDDEN),
    ] {
        let mut browser = site.signed_in(name).await;
        for path in ["/activity", "/activity/0", "/activity/0/proof.json"] {
            assert_eq!(browser.get(path).await.status, status, "{name} {path}");
        }
        assert_eq!(browser.get("/checkpoint").await.status, StatusCode::OK, "{name}");
    }
    assert_eq!(site.browser().get("/checkpoint").await.status, StatusCode::SEE_OTHER);
}

async fn upload(site: &Site, name: &str, media_type: &str, bytes: &[u8]) -> FileMeta {
    let mut upload = site.org.upload(1_000_000).await.unwrap();
    upload.write(bytes).await.unwrap();
    let stored = upload.finish().await.unwrap();
    FileMeta {
        hash: stored.hash,
        size: stored.size,
        name: name.to_owned(),
        media_type: media_type.to_owned(),
    }
}

#[tokio::test]
async fn files_are_handed_out_with_a_record_and_as_files_only() {
    let site = site().await;
    let mut rex = site.signed_in("rex").await;
    let page = upload(&site, "../<x>.html", "text/html", b"<script>alert(1)</script>").await;
    let path = format!("/files/{}", page.hash);
    assert_eq!(rex.get(&path).await.status, StatusCode::NOT_FOUND, "nothing refers to it");
    let fields = [("title", json!("A page")), ("file_hash", json!(page.hash.to_string()))];
    let write = Write { attach: vec![page], ..Write::by(Actor::operator()) };
    let command = Command::create(Kind::Evidence, fields);
    site.org.execute_with(write, move |_, _| Ok(command)).await.unwrap();
    let file = rex.get(&path).await;
    assert_eq!((file.status, file.body.as_str()), (StatusCode::OK, "<script>alert(1)</script>"));
    assert_eq!(file.header(header::CONTENT_TYPE), "application/octet-stream");
    assert_eq!(
        file.header(header::CONTENT_DISPOSITION),
        "attachment; filename=\"x.html\"; filename*=UTF-8''x.html"
    );
    assert_eq!(file.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(file.header(header::CONTENT_SECURITY_POLICY).contains("sandbox"));
    // A day on which nothing referred to it yet.
    let before = rex.get(&format!("/at/2026-02-01{path}")).await;
    assert_eq!(before.status, StatusCode::NOT_FOUND);
    for path in ["/files/x", "/files/..%2f..%2fisthmus.db", &format!("/files/{}", "0".repeat(64))] {
        assert_eq!(rex.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(site.browser().get(&path).await.status, StatusCode::SEE_OTHER, "nobody is signed in");
}

#[tokio::test]
async fn parameters_are_set_and_put_back() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let set =
        |value: &'static str| [("name", "audit_months"), ("value", value), ("reason", "agreed in March")];
    let done = mia.post("/settings/parameters", &set("9")).await;
    assert_eq!(done.location(), "/settings#parameters", "{}", done.body);
    assert_eq!(isms::parameters::Parameters::of(&site.org.snapshot()).audit_months, 9);
    let page = mia.get("/settings").await;
    assert!(page.body.contains("agreed in March") && page.body.contains("1 of your own"), "{}", page.body);
    let wrong = mia.post("/settings/parameters", &set("nine")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("value=\"nine\""), "what was typed stays: {}", wrong.body);
    assert_eq!(mia.post("/settings/parameters", &set("")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(isms::parameters::Parameters::of(&site.org.snapshot()).audit_months, 12);
    let unknown = mia.post("/settings/parameters", &[("name", "colour"), ("value", "1")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    for name in ["cleo", "rex", "ada"] {
        let mut other = site.signed_in(name).await;
        assert_eq!(
            other.post("/settings/parameters", &set("6")).await.status,
            StatusCode::FORBIDDEN,
            "{name}"
        );
        assert_eq!(other.get("/settings").await.status, StatusCode::OK, "{name}");
    }
}

async fn results(browser: &mut Browser, path: &str) -> Vec<(String, String)> {
    let Value::Array(results) = browser.get(path).await.json()["results"].take() else {
        panic!("no results")
    };
    let text = |v: &Value, name: &str| v[name].as_str().unwrap_or_default().to_owned();
    results.iter().map(|r| (text(r, "title"), text(r, "href"))).collect()
}

#[tokio::test]
async fn the_palette_finds_records_pages_and_actions() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    let found = results(&mut mia, "/search.json?q=r-2").await;
    assert_eq!(found[0], ("Laptop 2 lost".to_owned(), "/risk/R-2".to_owned()));
    let found = results(&mut mia, "/search.json?q=new+asset").await;
    assert!(found.contains(&("New asset".to_owned(), "/asset/new".to_owned())), "{found:?}");
    for (asked, title, href) in
        [("6.1.3d", "6.1.3d ", "/requirements/6.1.3d"), ("7.5.3C-F", "7.5.3c-f ", "/requirements/7.5.3c-f")]
    {
        let found = results(&mut mia, &format!("/search.json?q={asked}")).await;
        assert!(found[0].0.starts_with(title) && found[0].1 == href, "{asked}: {:?}", found[0]);
    }
    for (asked, href) in [("add+a+risk", "/risk/new"), ("climate", "/requirements/4.1-A1")] {
        let found = results(&mut mia, &format!("/search.json?q={asked}")).await;
        assert!(found.iter().any(|(_, to)| to == href), "{asked}: {found:?}");
    }
    let page = mia.get("/search?q=propose+soa").await;
    assert!(page.body.contains("href=\"/soa\">"), "{}", page.body);
    assert_eq!(results(&mut mia, "/search.json?q=").await, []);
    let then = results(&mut mia, "/at/2026-03-02/search.json?q=laptop").await;
    assert!(then.iter().all(|(_, href)| href.starts_with("/at/2026-03-02/")), "{then:?}");
    assert!(then.len() == 3, "another day offers nothing new to make: {then:?}");
    let mut rex = site.signed_in("rex").await;
    let found = results(&mut rex, "/search.json?q=new").await;
    assert!(!found.iter().any(|(title, _)| title.starts_with("New ")), "{found:?}");
    let page = mia.get("/search?q=%3Cscript%3Ealert(1)").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("<script>alert"));
    let page = mia.get("/search?q=laptop").await;
    assert!(page.body.contains("3 records"), "{}", page.body);
}

#[tokio::test]
async fn today_shows_what_waits_and_what_changed_since_the_last_visit() {
    let site = site().await;
    let cleo = site.org.accounts().by_email("cleo@example.org").unwrap().person.unwrap();
    let task = [
        ("title", "Test a restore".into()),
        ("assignee_id", cleo.to_string().into()),
        ("due_at", "2026-02-20".into()),
    ];
    site.make(Kind::Task, &task).await;
    let mut browser = site.signed_in("cleo").await;
    let page = browser.get("/").await;
    assert!(page.body.contains("Test a restore") && page.body.contains("20 Feb 2026, late"), "{}", page.body);
    assert!(page.body.contains("in the last 7 days"));
    assert!(page.body.contains("Next on the path: step 1"));
    site.wait(2 * 3_600);
    site.make(Kind::Risk, &[("title", "Something new".into())]).await;
    let page = browser.get("/").await;
    assert!(page.body.contains("since 1 March 2026, 12:00"), "{}", page.body);
    assert!(page.body.contains("added a risk") && page.body.contains("Something new"));
    assert!(!page.body.contains("added 3 risks"), "that was before the last visit");
    let other_day = browser.get("/at/2026-04-01/").await;
    assert!(!other_day.body.contains("What changed"));
    let mut rex = site.signed_in("rex").await;
    assert!(rex.get("/").await.body.contains("Nothing waits for you."));
}

#[tokio::test]
async fn health_is_open_and_says_so() {
    let site = Site::empty().await;
    let answer = site.browser().get("/healthz").await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({"status": "ok"})));
    assert_eq!(answer.header(header::CACHE_CONTROL), "private, no-store");
}
