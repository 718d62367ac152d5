//! The product by keyboard alone: nothing is pressed with a pointer, no focus is set by script, and at every stop one
//! can see where one is.

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    driver::{Browser, CONTROL, DOWN, ENTER, ESCAPE, RIGHT, SHIFT, TAB},
    people::ADA,
    program::{PASSWORD, Server},
    sample::{MANAGER, Sample},
};

/// More stops than any page has.
const MOST: usize = 400;

/// Tells where the focus is, whether that can be seen, and whether the stop before looked any different without it.
const STOP: &str = r##"
document.getAnimations().forEach((moving) => moving.finish());
const el = document.activeElement;
const look = (of) => {
  const s = getComputedStyle(of);
  const outline = s.outlineStyle === "none" || s.outlineWidth === "0px" ? "" : `${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor}`;
  return [outline, s.boxShadow, s.borderColor, s.backgroundColor].join();
};
const name = (of) => of.tagName.toLowerCase() + (of.id ? "#" + of.id : "") + (of.name ? `[name=${of.name}]` : "") + " “" + of.textContent.trim().slice(0, 30) + "”";
const last = window.lastStop;
const alike = last && last.el !== el && last.el.isConnected && look(last.el) === last.look ? name(last.el) : "";
// A date has stops of its own inside, which keep the element.
if (el === document.body) window.lastStop = null;
else if (last?.el !== el) window.lastStop = { el, look: look(el) };
const box = el.getClientRects()[0] ?? el.getBoundingClientRect();
const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
// What has the focus is ringed: by an outline, or by a shadow where there is no room for one.
const style = getComputedStyle(el);
const bare = el !== document.body && (style.outlineStyle === "none" || style.outlineWidth === "0px") && style.boxShadow === "none";
const hidden = el !== document.body && !(top && (el.contains(top) || top.contains(el) || top.closest("label")?.contains(el)));
if (!window.stops) window.stops = new Map();
if (!window.stops.has(el)) window.stops.set(el, window.stops.size);
return { body: el === document.body, name: name(el), alike, bare, hidden, number: window.stops.get(el) };
"##;

/// Somebody without a mouse.
struct Keyboard<'a>(&'a Browser);

impl Keyboard<'_> {
    /// Presses Tab once, and looks where that leads.
    async fn tab(&self, back: bool) -> Value {
        let keys = if back { format!("{SHIFT}{TAB}") } else { TAB.to_string() };
        self.0.keys(&keys).await;
        let stop = self.0.ask(STOP).await;
        if stop["alike"] != "" {
            self.0.fail(&format!("{} looks the same with and without the focus", stop["alike"])).await;
        }
        if stop["bare"] == true {
            self.0.fail(&format!("nothing rings {}, which has the focus", stop["name"])).await;
        }
        if stop["hidden"] == true {
            self.0.fail(&format!("the focus is on {}, which cannot be seen", stop["name"])).await;
        }
        stop
    }

    /// Presses Tab until the focus is on an element of a selector.
    async fn to(&self, css: &str) {
        for _ in 0..MOST {
            if self.is_on(css).await {
                return;
            }
            self.tab(false).await;
        }
        self.0.fail(&format!("Tab does not lead to {css}")).await;
    }

    async fn is_on(&self, css: &str) -> bool {
        let script = format!("return document.activeElement.matches({})", Value::from(css));
        self.0.ask(&script).await == true
    }

    /// Goes to a field and types over what is there.
    async fn types(&self, css: &str, text: &str) {
        self.to(css).await;
        self.0.keys(&format!("{CONTROL}a")).await;
        self.0.keys(text).await;
    }

    /// Goes to a link or button and follows it.
    async fn enters(&self, css: &str) {
        self.to(css).await;
        self.enter().await;
    }

    /// Presses Enter, which leads to another page.
    async fn enter(&self) {
        self.0.leaving(async || self.0.keys(&ENTER.to_string()).await).await;
    }

    /// Walks through the page once and back a bit: every stop is another, and the way leads out again.
    async fn walks(&self, path: &str) {
        self.0.goto(path).await;
        let mut stops = 0;
        let mut newest = -1;
        loop {
            let stop = self.tab(false).await;
            let number = stop["number"].as_i64().unwrap_or_default();
            if stop["body"] == true || (number < newest && stops > 3) {
                break;
            }
            newest = number;
            stops += 1;
            if stops > MOST {
                self.0.fail(&format!("{path}: Tab leads nowhere else than {}", stop["name"])).await;
            }
        }
        assert!(stops > 3, "{path} has {stops} stops");
        let mut names = Vec::new();
        for _ in 0..4 {
            names.push(self.tab(true).await["number"].clone());
        }
        names.dedup();
        assert!(names.len() >= 3, "{path}: Shift+Tab stays on {names:?}");
    }
}

#[tokio::test]
async fn everything_works_by_keyboard() {
    let data = TempDir::new().expect("a directory");
    let server = Server::start(data.path());
    let browser = Browser::open(&server.address).await;
    let keyboard = Keyboard(&browser);

    // Set-up.
    browser.goto(server.setup.as_deref().expect("a set-up link")).await;
    keyboard.types("[name=company]", "Acme Rosters").await;
    keyboard.types("[name=timezone]", "Europe/Berlin").await;
    keyboard.types("[name=name]", ADA.name).await;
    keyboard.types("[name=email]", ADA.email).await;
    keyboard.types("[name=password]", PASSWORD).await;
    keyboard.to("[name=top_management]").await;
    browser.keys(" ").await;
    assert!(browser.has("[name=top_management]:checked").await, "Space ticks the box");
    keyboard.enters("main button.primary").await;
    browser.is_at("/path").await;

    // The skip link leads past the menu.
    keyboard.tab(false).await;
    assert!(keyboard.is_on("a.skip").await, "the skip link comes first");
    browser.keys(&ENTER.to_string()).await;
    browser.until("the content has the focus", async || keyboard.is_on("#main").await).await;
    keyboard.tab(false).await;
    assert!(keyboard.is_on("#main *").await, "after the skip link the content goes on");

    // Assets.
    for name in ["Laptops of the team", "Backups of the database"] {
        keyboard.enters("nav.side a[href='/asset']").await;
        keyboard.enters("main a[href='/asset/new']").await;
        keyboard.types("main [name=name]", name).await;
        keyboard.to("main [name=in_scope]").await;
        browser.keys("y").await;
        keyboard.enters("main button.primary").await;
        browser.sees("Added").await;
    }
    assert!(browser.text().await.contains("In scope"), "the page says what was chosen");

    // The palette, and the way out of it.
    browser.keys(&format!("{CONTROL}k")).await;
    browser.until("the palette is open", async || keyboard.is_on(".palette input").await).await;
    browser.keys(&ESCAPE.to_string()).await;
    browser.until("the palette is closed", async || !browser.has("dialog[open]").await).await;
    browser.keys(&format!("{CONTROL}k")).await;
    browser.keys("laptops").await;
    let found = "[role=option][aria-selected=true] a[href='/asset/AST-1']";
    browser.until("the palette shows the asset", async || browser.has(found).await).await;
    browser.keys(&DOWN.to_string()).await;
    browser.keys("\u{e013}").await;
    browser.until("the arrows lead back", async || browser.has(found).await).await;
    keyboard.enter().await;
    browser.is_at("/asset/AST-1").await;

    // The search field.
    browser.keys("/").await;
    browser.until("the slash leads to the search", async || keyboard.is_on(".search input").await).await;
    browser.keys("backups").await;
    keyboard.enter().await;
    keyboard.enters("tbody a[href='/asset/AST-2']").await;
    browser.is_at("/asset/AST-2").await;

    // A list: filter it, sort it, open a record.
    keyboard.enters("nav.side a[href='/asset']").await;
    keyboard.types("main [name=q]", "laptops").await;
    keyboard.enter().await;
    browser.until("one row is left", async || browser.all("tbody tr").await.len() == 1).await;
    keyboard.enters("nav.side a[href='/asset']").await;
    keyboard.enters("thead th a[href*='sort=title'], thead th a[href*='sort=-title']").await;
    let first = browser.attr("tbody a.id", "href").await;
    keyboard.enters("thead th a[href*='sort=title'], thead th a[href*='sort=-title']").await;
    assert_ne!(browser.attr("tbody a.id", "href").await, first, "the order turns round");
    keyboard.enters("tbody a[href='/asset/AST-1']").await;

    // Edit it, see its history.
    keyboard.enters(".page-head a[href='/asset/AST-1/edit']").await;
    keyboard.types("main [name=name]", "Laptops of everybody").await;
    keyboard.enters("main button.primary").await;
    browser.sees("Saved AST-1").await;
    keyboard.enters(".tabs a[href='/asset/AST-1/history']").await;
    browser.sees("Laptops of the team").await;
    browser.sees("Laptops of everybody").await;

    // Nothing holds the focus for good.
    for path in [
        "/",
        "/asset/new",
        "/asset/AST-1",
        "/risk?archived=yes",
        "/soa/A.5.1",
        "/starters/documents",
        "/settings",
    ] {
        keyboard.walks(path).await;
    }

    // The menu of the account opens, closes on Escape, and leads out.
    browser.goto("/").await;
    keyboard.to("header details.menu summary").await;
    browser.keys(&ENTER.to_string()).await;
    browser.until("the menu is open", async || browser.has("header details.menu[open]").await).await;
    keyboard.to("header details.menu a[href='/account']").await;
    browser.keys(&ESCAPE.to_string()).await;
    browser.until("the menu is closed", async || !browser.has("header details.menu[open]").await).await;
    assert!(keyboard.is_on("header details.menu summary").await, "Escape leads back to what opened the menu");
    browser.keys(&ENTER.to_string()).await;
    keyboard.enters("header details.menu form button").await;
    browser.is_at("/sign-in").await;
    walks_in(&keyboard).await;
}

/// Signs in again.
async fn walks_in(keyboard: &Keyboard<'_>) {
    keyboard.types("[name=email]", ADA.email).await;
    keyboard.types("[name=password]", PASSWORD).await;
    keyboard.enter().await;
    keyboard.0.is_at("/").await;
}

/// A day as headings say it: `5 August 2025`.
fn in_words(day: jiff::civil::Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

#[tokio::test]
async fn verdicts_are_read_by_keyboard() {
    let sample = Sample::serve(None);
    let browser = Browser::open(&sample.server.address).await;
    let keyboard = Keyboard(&browser);
    browser.goto("/sign-in").await;
    keyboard.types("[name=email]", MANAGER).await;
    keyboard.types("[name=password]", &sample.password).await;
    keyboard.enter().await;
    browser.is_at("/").await;

    // From what blocks a gate, and from the strip of clauses, to the requirements behind them.
    keyboard.to(".gates a[href^='/requirements/']").await;
    let blocking = browser.attr(".gates a[href^='/requirements/']", "href").await;
    keyboard.enter().await;
    browser.is_at(&blocking).await;
    let id = blocking.trim_start_matches("/requirements/");
    assert_eq!(browser.text_of(".page-head .id").await, id, "the page of what blocks the gate");
    keyboard.enters("nav.side a[href='/']").await;
    keyboard.enters(".strip h3 a[href='/requirements?clause=6']").await;
    browser.is_at("/requirements?clause=6").await;
    assert_eq!(browser.text_of("tbody tr.group").await, "Clause 6 — Planning 32");
    assert!(!browser.has("tbody a[href='/requirements/4.1']").await, "other clauses are left out");

    // A requirement, the record that is the reason for its verdict, and back.
    keyboard.enters("tbody th a[href='/requirements/6.1.3d']").await;
    browser.is_at("/requirements/6.1.3d").await;
    let heading = browser.text_of("h1").await;
    assert!(heading.starts_with("Have a Statement of Applicability"), "{heading}");
    let reason = "[aria-labelledby=verdict] article .tree a:not(.id)";
    keyboard.to(reason).await;
    let (record, title) = (browser.attr(reason, "href").await, browser.text_of(reason).await);
    keyboard.enter().await;
    browser.is_at(&record).await;
    assert_eq!(browser.text_of("h1").await, title, "the record that was named");
    browser.back().await;
    browser.is_at("/requirements/6.1.3d").await;
    keyboard.to("details summary").await;
    browser.keys(" ").await;
    browser.until("Space opens the fold", async || browser.has("main details[open]").await).await;

    // The forecast: by the slider, then by the date.
    keyboard.enters("nav.side a[href='/forecast']").await;
    let then = "#on-that-day time";
    let before = browser.text_of(then).await;
    keyboard.to("#f-months").await;
    browser.keys(&RIGHT.to_string()).await;
    let said = browser.text_of("#months-out").await;
    assert_ne!(said, before, "the slider says to which day it was moved");
    keyboard.enters("form:has(#f-months) button").await;
    assert_eq!(browser.text_of(then).await, said);
    let day = browser.day_after(400).await;
    keyboard.to("#f-until").await;
    browser.keys(&day.strftime("%m%d%Y").to_string()).await;
    keyboard.enters("form:has(#f-until) button").await;
    assert!(browser.path().await.ends_with(&format!("until={day}")), "{}", browser.path().await);
    assert_eq!(browser.text_of(then).await, in_words(day));

    for path in ["/requirements", "/requirements/6.1.3d", "/calendar", "/coverage", "/frameworks/soc2_2017"] {
        keyboard.walks(path).await;
    }
}
