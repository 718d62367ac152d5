//! The product by keyboard alone: nothing is pressed with a pointer, no focus is set by script, and at every stop one
//! can see where one is.

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    driver::{Browser, CONTROL, DOWN, ENTER, ESCAPE, SHIFT, TAB},
    people::ADA,
    program::{PASSWORD, Server},
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
const hidden = el !== document.body && !(top && (el.contains(top) || top.contains(el) || top.closest("label")?.contains(el)));
if (!window.stops) window.stops = new Map();
if (!window.stops.has(el)) window.stops.set(el, window.stops.size);
return { body: el === document.body, name: name(el), alike, hidden, number: window.stops.get(el) };
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
