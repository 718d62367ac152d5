//! The Statement of Applicability: from drivers to a published version, its comparisons and its files.

use axum::http::{StatusCode, header};
use isms::{
    Ref,
    records::{ApplicabilityDecision, ApplicabilityDecisionState, SoaVersion, SoaVersionState},
};

use crate::{
    browser::{Browser, Site},
    form::Form,
    method::{approved, site},
    risks::{planned, risk},
};

/// A site whose risk R-1 has a proposed plan with the controls A.8.24 and A.8.1.
async fn with_plan() -> (Site, Browser, Browser) {
    let site = site().await;
    let (mut mia, mut tess, mut cleo) =
        (site.signed_in("mia").await, site.signed_in("tess").await, site.signed_in("cleo").await);
    approved(&mut mia, &mut tess).await;
    risk(&site, &mut mia, &mut cleo).await;
    planned(&site, &mut mia).await;
    (site, mia, tess)
}

/// Decides everything in the draft: what is needed, one exclusion, the rest as baseline.
async fn decide_all(mia: &mut Browser) {
    let done = mia.post("/soa/propose-all", &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/soa"), "{}", done.body);
    let page = mia.get("/soa/rest").await;
    let form = Form::of(&page.body, "/soa/propose-all");
    let mut pairs: Vec<(String, String)> =
        form.pairs().into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    for (name, value) in &mut pairs {
        match name.as_str() {
            "d-A.8.30" => *value = "exclude".to_owned(),
            "j-A.8.30" => {
                *value = "Nobody outside develops for us; would change with a contractor".to_owned()
            }
            "baseline-sentence" => *value = "Usual practice for a company that runs a service".to_owned(),
            decision if decision.starts_with("d-") => *value = "baseline".to_owned(),
            _ => {}
        }
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let done = mia.post("/soa/propose-all", &pairs).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/soa"), "{}", done.body);
}

async fn approve_and_publish(mia: &mut Browser, tess: &mut Browser) {
    let page = tess.get("/soa").await;
    let form = Form::of(&page.body, "/soa/step/approve");
    let done = tess.post(&form.action, &form.pairs()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = mia.get("/soa").await;
    let form = Form::of(&page.body, "/soa/step/publish");
    let done = mia.post(&form.action, &form.pairs()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

#[tokio::test]
async fn drivers_show_before_anything_is_decided() {
    let (_site, mut mia, _) = with_plan().await;
    let page = mia.get("/soa").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.body.matches("data-label=\"Applicable\">Undecided").count(), 93);
    assert!(page.body.contains("No version yet") && page.body.contains("Begin the first version"));
    assert_eq!(page.body.matches("<li>Risk <a href=\"/risk/R-1\"").count(), 2, "{}", page.body);
    let control = mia.get("/soa/A.8.24").await;
    assert!(
        control.body.contains("through plan") && control.body.contains("none is in work"),
        "{}",
        control.body
    );
    assert!(control.body.contains("What auditors are typically shown"));
    assert_eq!(mia.get("/soa/A.9.1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(mia.get("/soa?compare=published").await.status, StatusCode::NOT_FOUND);
    assert_eq!(mia.get("/soa/rest").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn from_drivers_to_a_published_version() {
    let (site, mut mia, mut tess) = with_plan().await;
    assert_eq!(mia.post("/soa/new", &[]).await.status, StatusCode::SEE_OTHER);
    let draft = mia.get("/soa").await;
    assert!(draft.body.contains("Propose the 2 undecided that records need"), "{}", draft.body);
    assert!(draft.body.contains("Decide the 91 that no record needs"));
    assert!(draft.body.contains("data-refused"), "nothing is approved while controls are undecided");
    // What records need is proposed with a justification that names them, and people can change it.
    mia.post("/soa/propose-all", &[]).await;
    let page = mia.get("/soa/A.8.24").await;
    let form = Form::of(&page.body, "/soa/A.8.24");
    assert_eq!(form.value("applicable"), Some("yes"));
    assert_eq!(form.all("linked_risk_ids").last(), Some(&"R-1"));
    assert!(
        form.value("justification").unwrap().contains("R-1 (Laptop lost or stolen on the road; plan TP-1)"),
        "{:?}",
        form.value("justification")
    );
    let mine = form.set("justification", "Disks are encrypted; <R-1>");
    assert_eq!(mia.post(&mine.action, &mine.pairs()).await.status, StatusCode::SEE_OTHER);
    // What a plan needs cannot be left out.
    let page = mia.get("/soa/A.8.1").await;
    let out = Form::of(&page.body, "/soa/A.8.1").set("applicable", "no").set("justification", "Not wanted");
    let refused = mia.post(&out.action, &out.pairs()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(
        refused.body.contains("cannot be left out while it is needed by TP-1")
            && refused.body.contains("Not wanted")
    );
    // An exclusion needs its own sentence; nothing is proposed while one lacks it.
    let rest = [
        ("_what", "rest"),
        ("d-A.8.30", "exclude"),
        ("d-A.5.1", "baseline"),
        ("baseline-sentence", "Usual practice"),
    ];
    let refused = mia.post("/soa/propose-all", &rest).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("say why no risk and no requirement needs A.8.30")
            || refused.body.contains("Say why no risk and no requirement needs A.8.30"),
        "{}",
        refused.body
    );
    assert_eq!(Form::of(&refused.body, "/soa/propose-all").value("d-A.5.1"), Some("baseline"));
    decide_all(&mut mia).await;
    // The author does not approve.
    let page = mia.get("/soa").await;
    assert!(
        page.body.contains("the author of the SoA does not approve it")
            || page.body.contains("The author of the SoA does not approve it"),
        "{}",
        page.body
    );
    let refused = mia.post("/soa/step/approve", &[("next_review_at", "2027-03-01")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("SOD-4"), "{}", refused.body);
    approve_and_publish(&mut mia, &mut tess).await;
    let isms = site.org.snapshot();
    let version = isms.get(Ref::<SoaVersion>::new(1)).unwrap();
    assert_eq!((version.state, version.number.as_str()), (SoaVersionState::Published, "1.0"));
    let published = isms
        .all::<ApplicabilityDecision>()
        .iter()
        .filter(|d| d.state == ApplicabilityDecisionState::Published);
    assert_eq!(published.count(), 93);
    let page = mia.get("/soa").await;
    assert!(page.body.contains("92 applicable, 1 excluded, 0 undecided"), "{}", page.body);
    assert!(page.body.contains("Disks are encrypted; &#60;R-1&#62;"));
    for (show, rows) in [("excluded", 1), ("applicable", 92), ("undecided", 0)] {
        let filtered = mia.get(&format!("/soa?show={show}")).await;
        assert_eq!(filtered.body.matches("data-label=\"Applicable\"").count(), rows, "{show}");
    }
    let people = mia.get("/soa?theme=People").await;
    assert_eq!(people.body.matches("data-label=\"Applicable\"").count(), 8);
}

#[tokio::test]
async fn the_baseline_is_chosen_for_all_that_are_open_and_proposed_in_one_go() {
    let (site, mut mia, _) = with_plan().await;
    mia.post("/soa/new", &[]).await;
    mia.post("/soa/propose-all", &[]).await;
    let page = mia.get("/soa/rest").await;
    let typed = Form::of(&page.body, "/soa/propose-all")
        .set("d-A.8.30", "exclude")
        .set("j-A.8.30", "Nobody outside develops for us")
        .set("d-A.5.1", "baseline")
        .set("j-A.5.1", "We have a policy");
    let before = site.org.snapshot().size();
    // It fills in what is open, leaves what was chosen alone, says how many, and changes nothing yet.
    let filling = typed.set("_fill", "baseline");
    let filled = mia.post(&filling.action, &filling.pairs()).await;
    assert_eq!((filled.status, site.org.snapshot().size()), (StatusCode::OK, before), "{}", filled.body);
    assert!(filled.body.contains("89 controls that were open are now chosen as baseline"), "{}", filled.body);
    let form = Form::of(&filled.body, "/soa/propose-all");
    assert_eq!((form.value("d-A.8.30"), form.value("d-A.8.4")), (Some("exclude"), Some("baseline")));
    assert_eq!(form.value("j-A.5.1"), Some("We have a policy"));
    // Without a sentence it is refused once, not 89 times.
    let refused = mia.post(&form.action, &form.pairs()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("One thing needs another look"), "{}", refused.body);
    assert!(refused.body.contains("why 89 controls are part of the baseline"), "{}", refused.body);
    let said = Form::of(&refused.body, "/soa/propose-all").set("baseline-sentence", "Usual practice");
    let done = mia.post(&said.action, &said.pairs()).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/soa"), "{}", done.body);
    assert_eq!(site.org.snapshot().size(), before + 1, "one entry of the ledger");
    let page = mia.get("/soa").await;
    assert!(page.body.contains("91 decisions are proposed."), "{}", page.body);
    assert!(page.body.contains("92 applicable, 1 excluded, 0 undecided"), "{}", page.body);
}

#[tokio::test]
async fn versions_and_days_stand_side_by_side() {
    let (site, mut mia, mut tess) = with_plan().await;
    mia.post("/soa/new", &[]).await;
    decide_all(&mut mia).await;
    approve_and_publish(&mut mia, &mut tess).await;
    site.wait(86_400);
    let mut mia = site.signed_in("mia").await;
    mia.post("/soa/new", &[]).await;
    let same = mia.get("/soa?compare=published").await;
    assert!(same.body.contains("0 controls differ"), "{}", same.body);
    // What is handed to others is what was approved, unless the draft is asked for.
    for (asked, version) in [
        ("", "1.0 (published)"),
        ("&version=draft", "1.1 (draft)"),
        ("&version=1.1", "1.1 (draft)"),
        ("&version=SOA-1", "1.0 (published)"),
    ] {
        let file = mia.get(&format!("/export/soa?format=json{asked}")).await.json();
        assert_eq!(file["document"]["version"], version, "{asked}");
    }
    assert!(same.body.contains("version=SOA-1") && same.body.contains("1.0, published"), "{}", same.body);
    assert!(same.body.contains("version=SOA-2") && same.body.contains("1.1, draft"), "{}", same.body);
    let page = mia.get("/soa/A.5.7").await;
    let form = Form::of(&page.body, "/soa/A.5.7").set("justification", "We read two feeds a week now");
    assert_eq!(mia.post(&form.action, &form.pairs()).await.status, StatusCode::SEE_OTHER);
    let page = mia.get("/soa/A.5.7").await;
    assert!(
        page.body.contains("class=\"compare\"") && page.body.contains("We read two feeds a week now"),
        "{}",
        page.body
    );
    let differs = mia.get("/soa?compare=published").await;
    assert!(differs.body.contains("1 control differs"), "{}", differs.body);
    assert!(
        differs.body.contains("<del>Usual practice") && differs.body.contains("<ins>We read two feeds"),
        "{}",
        differs.body
    );
    assert!(mia.get("/soa?show=changed").await.body.contains("other justification"));
    // Two days: as it stood when it was published, and now.
    let days = mia.get("/soa?compare=2026-03-01").await;
    assert!(
        days.body.contains("1 control differs")
            && days.body.contains("Version 1.0, published, on 1 March 2026"),
        "{}",
        days.body
    );
    let between = mia.get("/at/2026-03-01/soa?compare=2026-03-02").await;
    assert!(between.body.contains("1 control differs"), "{}", between.body);
    assert!(!between.body.contains("method=\"post\" action=\"/soa"), "another day is for reading");
    // A day before the ledger begins has nothing to compare with.
    let before = mia.get("/soa?compare=2026-02-01").await;
    assert!(
        before.body.contains("nothing was recorded before") && !before.body.contains("controls differ"),
        "{}",
        before.body
    );
    assert!(
        before.body.contains("href=\"/soa?compare=2026-03-01&#38;version=SOA-2\">Compare with 1 March 2026")
    );
    let first = mia.get("/at/2026-03-01/soa?compare=2026-02-01").await;
    assert!(
        first.body.contains("nothing was recorded before") && !first.body.contains("Compare with 1 March")
    );
    assert_eq!(mia.get("/soa?version=SOA-9").await.status, StatusCode::NOT_FOUND);
    assert_eq!(mia.get("/soa?compare=nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_carry_company_version_and_day() {
    let (_site, mut mia, _) = with_plan().await;
    mia.post("/soa/new", &[]).await;
    for (format, kind, start) in [
        ("pdf", "application/pdf", "%PDF"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"),
        ("csv", "text/csv; charset=utf-8", ""),
        ("json", "application/json", "{"),
    ] {
        let file = mia.get(&format!("/export/soa?format={format}")).await;
        assert_eq!(
            (file.status, file.header(header::CONTENT_TYPE)),
            (StatusCode::OK, kind),
            "{format}: {}",
            file.body
        );
        assert!(file.body.starts_with(start), "{format}");
        let name = format!("attachment; filename=\"soa-v1.0-draft-2026-03-01.{format}\";");
        assert!(file.header(header::CONTENT_DISPOSITION).starts_with(&name));
    }
    let draft = mia.get("/export/soa?format=csv").await;
    assert!(draft.body.contains(",1.0 (draft)\r\n"), "{}", draft.body);
    let risks = mia.get("/export/risks?format=csv").await;
    assert!(
        risks.body.contains("Laptop lost or stolen")
            && risks.header(header::CONTENT_DISPOSITION).contains("risks-2026-03-01.csv")
    );
    let then = mia.get("/at/2026-02-01/export/risks?format=csv").await;
    assert!(
        !then.body.contains("Laptop lost")
            && then.header(header::CONTENT_DISPOSITION).contains("risks-2026-02-01.csv")
    );
    assert_eq!(mia.get("/export/soa?format=exe").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mia.get("/export/everything").await.status, StatusCode::NOT_FOUND);
    assert_eq!(mia.get("/export/soa?version=SOA-9").await.status, StatusCode::NOT_FOUND);
}
