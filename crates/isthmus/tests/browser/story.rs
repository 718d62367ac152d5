//! The whole story, as people do it: from the set-up link of an empty directory to a published Statement of
//! Applicability as PDF, and a checkpoint against which everything verifies.

use std::process::Command;

use tempfile::TempDir;

use crate::{
    driver::Browser,
    people::{ADA, Someone, TESS},
    program::{Server, succeeds},
};

#[tokio::test]
async fn from_nothing_to_a_published_statement_and_a_verified_checkpoint() {
    let data = TempDir::new().expect("a directory");
    let server = Server::start(data.path());
    let browser = Browser::open(&server.address).await;
    let link = server.setup.as_deref().expect("a set-up link").to_owned();

    // The company, the first account.
    ADA.set_up(&browser, &link).await;
    browser.is_at("/path").await;
    browser.sees("Isthmus is set up").await;
    context(&browser).await;
    let tess = invite(&browser, &TESS).await;
    method(&browser).await;
    let risk = risk_from_a_starter(&browser).await;

    // Somebody of top management approves the method and takes the risk on.
    ADA.sign_out(&browser).await;
    TESS.choose_a_password(&browser, &tess).await;
    browser.goto("/method").await;
    browser.press("Approve the method").await;
    browser.sees("RM-1 is now approved").await;
    browser.goto(&risk).await;
    browser.press("Take on the risk").await;
    browser.sees("What can happen next").await;
    TESS.sign_out(&browser).await;

    // Score, evaluate, plan; propose the Statement of Applicability.
    ADA.sign_in(&browser).await;
    judge(&browser, &risk).await;
    propose(&browser).await;
    browser.sees("The author of the SoA does not approve it").await;
    ADA.sign_out(&browser).await;

    // The owner approves the plan, somebody other than the author the Statement.
    TESS.sign_in(&browser).await;
    browser.goto(&risk).await;
    browser.press("Approve the plan…").await;
    browser.press("Approve the plan").await;
    browser.goto(&risk).await;
    browser.press("Decide the treatment").await;
    browser.goto("/soa").await;
    browser.press("Approve the SoA").await;
    TESS.sign_out(&browser).await;

    ADA.sign_in(&browser).await;
    browser.goto("/soa").await;
    browser.press("Publish the SoA").await;
    browser.sees("Published").await;
    browser.sees("92 applicable, 1 excluded, 0 undecided").await;
    browser.press_here("Export").await;
    browser.press_here("PDF 1.0, published").await;
    let pdf = browser.downloaded(".pdf").await;
    assert!(std::fs::read(&pdf).expect("the file").starts_with(b"%PDF"));
    let said = Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output().expect(
        "cannot run pdftotext: `cargo xtask test` installs it, or take the package poppler-utils of your system",
    );
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    for words in ["Acme Rosters", "A.5.1", "A.8.30", "Nobody outside develops for us"] {
        assert!(text.contains(words), "the PDF does not say {words}:\n{text}");
    }

    // The checkpoint, kept elsewhere.
    browser.press("Activity").await;
    browser.press_here("Download checkpoint").await;
    let checkpoint = browser.downloaded(".txt").await;
    server.stop();
    let said = succeeds(data.path(), &["verify", "--checkpoint", checkpoint.to_str().expect("a path")]);
    assert!(!said.trim().is_empty());
    assert_eq!(browser.console(), Vec::<String>::new(), "the console has something to say");
}

/// Context, interested parties, scope, assets.
async fn context(browser: &Browser) {
    browser
        .add(
            "context_issue",
            &[
                ("kind", "External"),
                ("category", "law"),
                ("description", "Rosters of nurses hold health data of third persons"),
                ("relevance", "Relevant"),
            ],
        )
        .await;
    browser
        .add("interested_party", &[("name", "Data protection authority"), ("relevance", "Relevant")])
        .await;
    browser
        .add(
            "party_requirement",
            &[
                ("party_id", "IP-1"),
                ("text", "Protect personal data with measures that fit the risk"),
                ("kind", "Legal"),
                ("source_ref", "GDPR Art. 32"),
                ("addressed_via_isms", "Yes"),
                ("linked_object_ids", "A.5.34"),
            ],
        )
        .await;
    browser
        .add(
            "scope_item",
            &[
                ("kind", "Product"),
                ("in_scope", "Yes"),
                ("name", "Roster service"),
                ("justification", "What customers pay for"),
            ],
        )
        .await;
    browser.add("asset", &[("name", "Laptops of the team"), ("in_scope", "Yes")]).await;
}

/// A second account, handed out as a link, for a person of top management.
pub(crate) async fn invite(browser: &Browser, who: &Someone) -> String {
    browser.goto("/accounts").await;
    browser.fill("name", who.name).await;
    browser.fill("email", who.email).await;
    browser.tick("role", "contributor").await;
    browser.fill("person", "new").await;
    browser.press("Invite").await;
    let link = browser.attr("#handed", "value").await;
    browser.goto("/person/P-2/edit").await;
    browser.fill("is_top_management", "Yes").await;
    browser.press("Save").await;
    browser.is_at("/person/P-2").await;
    link
}

pub(crate) async fn method(browser: &Browser) {
    browser.press("Risk method").await;
    browser.press("Start from the recommended method").await;
    browser.press("Save the draft").await;
    browser.is_at("/method").await;
    browser.sees("Draft 1").await;
}

/// A risk from the starter scenarios, with asset and owner; its path.
pub(crate) async fn risk_from_a_starter(browser: &Browser) -> String {
    browser.goto("/starters/scenarios").await;
    browser.tick("id", "R13").await;
    browser.press("Add the selected to the register").await;
    browser.goto("/risk/R-1/edit").await;
    browser.tick("asset_ids", "AST-1").await;
    browser.fill("owner_id", "P-2").await;
    browser.press("Save").await;
    browser.is_at("/risk/R-1").await;
    "/risk/R-1".to_owned()
}

async fn judge(browser: &Browser, risk: &str) {
    browser.goto(&format!("{risk}/score")).await;
    browser.tick("type", "current").await;
    browser.tick("likelihood", "4").await;
    browser.tick("impact", "3").await;
    browser.fill("rationale", "Two were lost last year").await;
    browser.press("Record the score").await;
    browser.sees("Scored 4 × 3: high").await;
    browser.press("Evaluate").await;
    browser.tick("acceptable", "no").await;
    browser.fill("priority_rank", "1").await;
    browser.press("Record the evaluation").await;
    browser.is_at(risk).await;
    browser.press("New plan").await;
    browser.tick("option", "modify").await;
    browser.fill("rationale", "Encryption takes the sting out").await;
    browser.tick("control_ids", "A.8.24").await;
    browser.tick("control_ids", "A.8.1").await;
    browser.fill("responsible_id", "P-1").await;
    browser.fill_day("due_at", 90).await;
    browser.fill("resources", "Two days of IT").await;
    browser.tick("_likelihood", "4").await;
    browser.tick("_impact", "1").await;
    browser.fill("_target_rationale", "A lost laptop says nothing").await;
    browser.press("Propose to the risk owner").await;
    browser.is_at(risk).await;
}

/// A new version with a decision on every control.
async fn propose(browser: &Browser) {
    browser.press("Statement of Applicability").await;
    browser.press("Begin the first version").await;
    browser.press("Propose the 3 undecided that records need").await;
    browser.press("Decide the 90 that no record needs").await;
    browser.fill("baseline-sentence", "Usual practice for a company that runs a service").await;
    browser.fill("d-A.8.30", "exclude").await;
    browser.fill("j-A.8.30", "Nobody outside develops for us; a contractor would change that").await;
    browser.press("Choose the baseline for all that are open").await;
    browser.sees("89 controls that were open are now chosen as baseline; nothing is proposed yet").await;
    browser.press("Propose what is chosen").await;
    browser.is_at("/soa").await;
    browser.sees("92 applicable, 1 excluded, 0 undecided").await;
}
