//! The product in a browser that runs no script: whatever can be done can be done with links, forms and buttons alone.

use tempfile::TempDir;

use crate::{
    driver::Browser,
    people::{ADA, TESS},
    program::Server,
    sample::Sample,
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
    browser.press_here("CSV 1.0, draft").await;
    let file = browser.downloaded(".csv").await;
    let text = std::fs::read_to_string(file).expect("the file");
    assert!(text.contains("A.5.1") && text.contains("Usual practice"), "{text}");

    ADA.sign_out(&browser).await;
    browser.goto("/risk").await;
    browser.sees("Sign in").await;
    ADA.sign_in(&browser).await;
    browser.sees("Today").await;
}

/// How many elements of a selector the page has.
async fn count(browser: &Browser, css: &str) -> usize {
    browser.all(css).await.len()
}

#[tokio::test]
async fn verdicts_are_read_without_script() {
    let sample = Sample::serve(None);
    let browser = Browser::without_script(&sample.server.address).await;
    sample.sign_in(&browser).await;

    // Today: the gates with what blocks them, folded and unfolded; a clause of the strip leads to its rows.
    assert_eq!(count(&browser, ".gates > li").await, 3, "Stage 1, Stage 2, surveillance");
    browser.sees("Closed:").await;
    browser.press_here("and 1 more").await;
    browser.until("the fold is open", async || browser.has(".gates details[open]").await).await;
    browser.follow(".strip h3 a[href='/requirements?clause=8']").await;
    browser.sees("Clause 8 — Operation").await;
    assert!(!browser.has("tbody a[href='/requirements/4.1']").await, "other clauses are left out");

    // Requirements: all of them, one part, one status, some words.
    browser.press("Show all").await;
    browser.is_at("/requirements").await;
    assert_eq!(count(&browser, "tbody tr:not(.group)").await, 118, "requirements");
    browser.fill("status", "Unmet").await;
    browser.press("Apply").await;
    let unmet = count(&browser, "tbody [data-status=unmet]").await;
    assert!(unmet > 0, "the sample has requirements that are unmet");
    assert_eq!(count(&browser, "tbody tr:not(.group)").await, unmet, "no others are listed");
    browser.follow("tbody th a[href='/requirements/9.2.1a']").await;

    // One of them: its verdict, why, and what it was judged by.
    assert_eq!(browser.text_of(".status.big").await, "Unmet");
    let reason = "[aria-labelledby=verdict] article .tree a:not(.id)";
    let title = browser.text_of(reason).await;
    browser.press_here("5 conditions; the worst that holds decides").await;
    browser.sees("Does not hold").await;
    browser.follow(reason).await;
    assert_eq!(browser.text_of("h1").await, title, "the record that is the reason");

    // The forecast of a day that was typed, and of a number of months.
    browser.press("Forecast").await;
    let near = browser.text_of("#on-that-day time").await;
    browser.fill_day("until", 500).await;
    browser.follow("main form:has([name=until]) button").await;
    let day = browser.day_after(500).await;
    assert!(browser.path().await.ends_with(&format!("until={day}")), "{}", browser.path().await);
    let far = browser.attr("#on-that-day time", "datetime").await;
    assert_eq!(far, day.to_string());
    assert_ne!(browser.text_of("#on-that-day time").await, near);
    browser.follow("main form:has([name=months]) button").await;
    assert!(browser.path().await.contains("months="), "{}", browser.path().await);

    // The evidence calendar: what needs attention, half a year on.
    browser.press("Evidence calendar").await;
    let all = browser.text_of(".page-head .count").await;
    browser.fill("attention", "What needs attention").await;
    browser.press("Apply").await;
    assert_ne!(browser.text_of(".page-head .count").await, all, "some need attention and some do not");
    assert!(browser.has(".calendar td .mark").await, "marks stand in the calendar");
    let months = browser.text_of(".calendar thead").await;
    browser.press("Six months later").await;
    assert_ne!(browser.text_of(".calendar thead").await, months);

    // The mandatory documents, and where one of them is.
    browser.press("Mandatory documents").await;
    assert_eq!(count(&browser, "tbody tr").await, 16);
    let scope = "tbody tr:first-child [data-label=Records] a:not(.id)";
    let title = browser.text_of(scope).await;
    browser.follow(scope).await;
    assert!(browser.text_of("h1").await.starts_with(title.trim_end_matches('…')), "the scope in force");

    // Other frameworks: the list, one, and what of it nothing here speaks to.
    browser.press("Frameworks").await;
    assert_eq!(count(&browser, "tbody tr").await, 5);
    browser.press("SOC 2").await;
    assert_eq!(browser.text_of("h1").await, "SOC 2");
    browser.follow(".tabs a[href$='show=not_covered']").await;
    assert_eq!(count(&browser, "tbody tr:not(.group)").await, 1);
    browser.sees("Nothing here speaks to it").await;
    browser.press("Requirements").await;
    browser.is_at("/requirements").await;
}
