//! Files: handed in as evidence and as versions of documents.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use isms::{
    Kind, Ref,
    records::{DocumentVersion, Evidence, EvidenceState},
};
use serde_json::json;

use crate::{
    browser::{Answer, Browser},
    form::Form,
    method::site,
};

/// Sends a form with files: name and content each.
async fn send(browser: &mut Browser, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let mut body: Vec<u8> = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--line\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for (name, content) in files {
        let head = format!(
            "--line\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{name}\"\r\ncontent-type: text/plain\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--line--\r\n");
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=line")
        .body(Body::from(body))
        .unwrap();
    browser.send(request).await
}

const PERIOD: [(&str, &str); 3] =
    [("control_ids", "A.8.13"), ("period_from", "2026-02-01"), ("period_to", "2026-02-28")];

#[tokio::test]
async fn a_file_becomes_collected_evidence() {
    let site = site().await;
    let mut cleo = site.signed_in("cleo").await;
    let page = cleo.get("/evidence/upload?control_ids=A.8.13").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        Form::of(&page.body, "/evidence/upload").all("control_ids").last(),
        Some(&"A.8.13"),
        "{}",
        page.body
    );
    let done =
        send(&mut cleo, "/evidence/upload", &PERIOD, &[("..\\..\\restore <test>.txt", b"all restored")])
            .await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/evidence/EV-1"), "{}", done.body);
    let isms = site.org.snapshot();
    let evidence = isms.get(Ref::<Evidence>::new(1)).unwrap();
    assert_eq!((evidence.state, evidence.title.as_str()), (EvidenceState::Collected, "restore test.txt"));
    assert_eq!(evidence.collected_by.map(|p| p.n()), Some(3));
    let page = cleo.get("/evidence/EV-1").await;
    assert!(page.body.contains("restore test.txt") && page.body.contains("12 bytes"), "{}", page.body);
    assert!(page.body.contains(evidence.file_hash.as_str()));
    let file = cleo.get(&format!("/files/{}", evidence.file_hash.as_str())).await;
    assert_eq!(file.body, "all restored");
    // The control's page shows it, and that it does not count yet.
    let control = cleo.get("/control/A.8.13").await;
    assert!(control.body.contains("EV-1") && control.body.contains("does not count"), "{}", control.body);
    // The collector does not accept it; somebody else does.
    let refused = cleo.post("/evidence/EV-1/step/accept", &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    let mut mia = site.signed_in("mia").await;
    let done = mia.post("/evidence/EV-1/step/accept", &[("valid_until", "2027-02-28")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(mia.get("/control/A.8.13").await.body.contains("datetime=\"2027-02-28\""));
}

#[tokio::test]
async fn several_files_become_several_records() {
    let site = site().await;
    let mut cleo = site.signed_in("cleo").await;
    let files: [(&str, &[u8]); 3] = [("a.txt", b"one"), ("b.txt", b"two"), ("again.txt", b"one")];
    let done = send(&mut cleo, "/evidence/upload", &PERIOD, &files).await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/evidence?state=collected"),
        "{}",
        done.body
    );
    let isms = site.org.snapshot();
    let titles: Vec<String> = isms.all::<Evidence>().iter().map(|e| e.title.to_string()).collect();
    assert_eq!(titles, ["a.txt", "b.txt"], "the same file twice is one");
    // The same file again, for another control, needs no second copy.
    let other = [
        ("control_ids", "A.8.14"),
        ("period_from", "2026-02-01"),
        ("period_to", "2026-02-28"),
        ("title", "Restore"),
    ];
    let done = send(&mut cleo, "/evidence/upload", &other, &[("c.txt", b"one")]).await;
    assert_eq!(done.location(), "/evidence/EV-3", "{}", done.body);
    assert_eq!(site.org.files().await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_requested_is_handed_in() {
    let site = site().await;
    let mut cleo = site.signed_in("cleo").await;
    let request = [("title", json!("Restore test")), ("control_ids", json!(["A.8.13"]))];
    site.make(Kind::Evidence, &request).await;
    assert!(cleo.get("/evidence/EV-1").await.body.contains("/evidence/upload?_evidence=EV-1"));
    let page = cleo.get("/evidence/upload?_evidence=EV-1").await;
    let form = Form::of(&page.body, "/evidence/upload");
    assert_eq!((form.value("_evidence"), form.value("title")), (Some("EV-1"), Some("Restore test")));
    let form = form.set("period_from", "2026-02-01").set("period_to", "2026-02-28");
    let done = send(&mut cleo, "/evidence/upload", &form.pairs(), &[("log.txt", b"fine")]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/evidence/EV-1"), "{}", done.body);
    let isms = site.org.snapshot();
    let evidence = isms.get(Ref::<Evidence>::new(1)).unwrap();
    assert_eq!((evidence.state, evidence.title.as_str()), (EvidenceState::Collected, "Restore test"));
    assert_eq!(isms.table(Kind::Evidence).len(), 1);
    assert_eq!(cleo.get("/evidence/upload?_evidence=EV-9").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_typed_or_sent_is_lost_when_something_is_wrong() {
    let site = site().await;
    let mut cleo = site.signed_in("cleo").await;
    let none =
        send(&mut cleo, "/evidence/upload", &[("title", "A <title>"), ("kind", "log")], &[("", b"")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("id=\"e-files\""), "{}", none.body);
    assert_eq!(Form::of(&none.body, "/evidence/upload").value("title"), Some("A <title>"));
    let empty = send(&mut cleo, "/evidence/upload", &PERIOD, &[("empty.txt", b"")]).await;
    assert!(
        empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.body.contains("“empty.txt” is empty"),
        "{}",
        empty.body
    );
    // No period: the file has arrived and is not asked for again.
    let late =
        send(&mut cleo, "/evidence/upload", &[("control_ids", "A.8.13")], &[("log.txt", b"fine")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", late.body);
    assert!(late.body.contains("arrived already") && late.body.contains("log.txt, 4 bytes"), "{}", late.body);
    assert!(site.org.snapshot().table(Kind::Evidence).is_empty());
    let form = Form::of(&late.body, "/evidence/upload")
        .set("period_from", "2026-02-01")
        .set("period_to", "2026-02-28");
    let done = send(&mut cleo, "/evidence/upload", &form.pairs(), &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/evidence/EV-1"), "{}", done.body);
    // A file that was never sent cannot be named.
    let hash = "ab".repeat(32);
    let forged = format!("{hash}|12|text/plain|x.txt");
    let mut fields = PERIOD.to_vec();
    fields.push(("_kept", &forged));
    let refused = send(&mut cleo, "/evidence/upload", &fields, &[]).await;
    assert!(refused.status.is_client_error() && refused.body.contains("was not stored"), "{}", refused.body);
}

#[tokio::test]
async fn a_document_gets_a_version_with_its_file() {
    let site = site().await;
    let (mut cleo, mut rex) = (site.signed_in("cleo").await, site.signed_in("rex").await);
    site.make(Kind::Document, &[("title", json!("Backup policy"))]).await;
    assert!(cleo.get("/document/DOC-1").await.body.contains("/document/DOC-1/upload"));
    assert!(!rex.get("/document/DOC-1").await.body.contains("/document/DOC-1/upload"));
    let none = send(&mut cleo, "/document/DOC-1/upload", &[("number", "1.0")], &[]).await;
    assert!(
        none.status == StatusCode::UNPROCESSABLE_ENTITY && none.body.contains("value=\"1.0\""),
        "{}",
        none.body
    );
    let two = send(&mut cleo, "/document/DOC-1/upload", &[], &[("a.txt", b"a"), ("b.txt", b"b")]).await;
    assert!(
        two.status == StatusCode::UNPROCESSABLE_ENTITY && two.body.contains("a version has one file"),
        "{}",
        two.body
    );
    let done =
        send(&mut cleo, "/document/DOC-1/upload", &[("number", "1.0")], &[("policy.txt", b"back up")]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/document/DOC-1"), "{}", done.body);
    let isms = site.org.snapshot();
    let version = isms.get(Ref::<DocumentVersion>::new(1)).unwrap();
    assert_eq!((version.number.as_str(), version.state.as_str()), ("1.0", "draft"));
    let page = cleo.get("/document/DOC-1").await;
    assert!(page.body.contains("policy.txt, 7 bytes"), "{}", page.body);
    let low = send(&mut cleo, "/document/DOC-1/upload", &[("number", "0.9")], &[("p.txt", b"older")]).await;
    assert!(
        low.status.is_client_error() && low.body.contains("numbers rise")
            || low.body.contains("Numbers rise"),
        "{}",
        low.body
    );
    assert_eq!(send(&mut cleo, "/document/DOC-9/upload", &[], &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_an_upload_does_not_ask_for_is_named_and_the_file_is_kept() {
    let site = site().await;
    let mut cleo = site.signed_in("cleo").await;
    let mut with = PERIOD.to_vec();
    with.push(("title", "Restore test"));
    for (more, named) in [
        (("control_id", "A.8.13"), "“control_id”"),
        (("title", "Another"), "#f-title"),
        (("period_to", "2026-02-27"), "#f-period_to"),
        (("url", "javascript:alert(1)"), "#f-url"),
        (("_kept", "something"), "choose it again"),
    ] {
        let sent: Vec<_> = with.iter().copied().chain([more]).collect();
        let again = send(&mut cleo, "/evidence/upload", &sent, &[("log.txt", b"all restored")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}: {}", again.body);
        assert!(again.body.contains(named), "{more:?}: {}", again.body);
        let form = Form::of(&again.body, "/evidence/upload");
        assert_eq!(form.value("title"), Some("Restore test"), "{more:?}");
        assert_eq!(form.all("_kept").len(), 1, "{more:?}: {}", again.body);
    }
    assert!(site.org.snapshot().table(Kind::Evidence).is_empty());
    site.make(Kind::Document, &[("title", json!("Policy"))]).await;
    let again =
        send(&mut cleo, "/document/DOC-1/upload", &[("numbr", "2")], &[("policy.txt", b"We protect")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
    assert!(again.body.contains("“numbr”"), "{}", again.body);
}

#[tokio::test]
async fn the_checklist_of_a_policy_is_ticked_by_its_words() {
    let site = site().await;
    let mut mia = site.signed_in("mia").await;
    site.make(Kind::Document, &[("title", json!("Policy")), ("kind", json!("policy"))]).await;
    let checklist = json!({ "purpose_fit": true, "house_style": true });
    let fields = [("document_id", json!("DOC-1")), ("content_checklist", checklist)];
    site.make(Kind::DocumentVersion, &fields).await;
    let page = mia.get("/document_version/DV-1/edit").await;
    let ticked = |name: &str, mark: &str| {
        page.body
            .contains(&format!("type=\"checkbox\" name=\"content_checklist.{name}\" value=\"yes\"{mark}> "))
    };
    assert!(ticked("purpose_fit", " checked") && ticked("house_style", " checked"), "{}", page.body);
    assert!(
        ticked("commit_improvement", "") && page.body.contains("suits what the organisation is for (5.2 a)")
    );
    let form = Form::of(&page.body, "/document_version/DV-1");
    let mut sent = form.pairs();
    sent.retain(|(name, _)| *name != "content_checklist.purpose_fit");
    sent.push(("content_checklist.commit_improvement", "yes"));
    let saved = mia.post("/document_version/DV-1", &sent).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let isms = site.org.snapshot();
    let kept = &isms.get(Ref::<DocumentVersion>::new(1)).unwrap().content_checklist;
    assert_eq!(
        kept.iter().map(|(n, on)| (n.as_str(), *on)).collect::<Vec<_>>(),
        [("commit_improvement", true), ("house_style", true)]
    );
    let page = mia.get("/document_version/DV-1").await;
    assert!(
        page.body.contains("It commits to improving the ISMS continually (5.2 d): Yes; House style: Yes"),
        "{}",
        page.body
    );
}
