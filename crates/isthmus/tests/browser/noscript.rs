//! The product in a browser that runs no script: whatever can be done can be done with links, forms and buttons alone.

use tempfile::TempDir;

use crate::{
    driver::Browser,
    people::{ADA, TESS},
    program::Server,
    story::{invite, method, risk_from_a_starter},
};

#[tokio::test]
async fn everything_works_without_script() {
    let data = TempDir::new().expect("a directory");
    let server = Server::start(data.path());
    let browser = Browser::without_script(&server.address).await;
    let link = server.setup.as_deref().expect("a set-up link").to_owned();
    ADA.set_up(&browser, &link).await;
    browser.is_at("/path").await;
    // The button that opens the palette arrives hidden, and a script would have shown it.
    assert!(browser.has("[data-open-palette][hidden]").await, "a script ran");

    browser.add("asset", &[("name", "Laptops of the team"), ("in_scope", "Yes")]).await;
    let tess = invite(&browser, &TESS).await;
    method(&browser).await;
    let risk = risk_from_a_starter(&browser).await;
    ADA.sign_out(&browser).await;
    TESS.choose_a_password(&browser, &tess).await;
    browser.goto("/method").await;
    browser.press("Approve the method").await;
    browser.goto(&risk).await;
    browser.press("Take on the risk").await;
    TESS.sign_out(&browser).await;

    ADA.sign_in(&browser).await;
    browser.goto(&format!("{risk}/score")).await;
    browser.tick("type", "current").await;
    browser.tick("likelihood", "4").await;
    browser.tick("impact", "3").await;
    // A mistake comes back with what was typed.
    browser.fill("rationale", " ").await;
    browser.press("Record the score").await;
    browser.sees("say why it is these steps").await;
    browser.fill("rationale", "Two were lost last year").await;
    browser.press("Record the score").await;
    browser.sees("Scored 4 × 3: high").await;

    // Finding: a filter, the search, another day.
    browser.goto("/risk").await;
    browser.fill("q", "laptop").await;
    browser.press("Apply").await;
    browser.follow("tbody a.id").await;
    browser.is_at(&risk).await;
    browser.goto("/search").await;
    browser.fill("q", "laptop").await;
    browser.press("Search").await;
    browser.follow("tbody a.id").await;
    browser.follow(".tabs a[href$='/history']").await;
    browser.sees("revision").await;
    browser.press("Show").await;

    // A decision, a file.
    browser.press("Statement of Applicability").await;
    browser.press("Begin the first version").await;
    browser.press("A.5.1").await;
    browser.tick("applicable", "yes").await;
    browser.tick("reason_codes", "baseline").await;
    browser.fill("justification", "Usual practice for a company that runs a service").await;
    browser.press("Propose").await;
    browser.goto("/soa").await;
    browser.sees("1 applicable, 0 excluded, 92 undecided").await;
    browser.press_here("Export").await;
    browser.press_here("CSV").await;
    let file = browser.downloaded(".csv").await;
    let text = std::fs::read_to_string(file).expect("the file");
    assert!(text.contains("A.5.1") && text.contains("Usual practice"), "{text}");

    ADA.sign_out(&browser).await;
    browser.goto("/risk").await;
    browser.sees("Sign in").await;
    ADA.sign_in(&browser).await;
    browser.sees("Today").await;
}
