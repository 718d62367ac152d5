//! Every page of the sample company, looked at in light, in dark and on a phone: nothing sticks out, every field has a
//! label, all text can be read, the console stays silent. A picture of each is left in `target/screenshots`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use isms::Kind;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    driver::{Browser, CONTROL},
    people::{ADA, TESS},
    program::Server,
    sample::{MANAGER, Sample},
};

/// The day as of which the sample company is made.
const TODAY: &str = "2026-06-15";

/// The height of the screen.
const HEIGHT: f64 = 800.0;

/// A picture ends here; below, long lists only go on.
const HIGHEST: f64 = 8_000.0;

/// How a page is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Light,
    Dark,
    Phone,
}

impl Look {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Phone => "360",
        }
    }

    fn put_on(self, browser: &Browser) {
        let scheme = if self == Self::Dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.chromium("Emulation.setEmulatedMedia", &json!({"features": features}));
        self.at_height(browser, HEIGHT);
        browser.chromium("Emulation.setTouchEmulationEnabled", &json!({"enabled": self == Self::Phone}));
    }

    fn at_height(self, browser: &Browser, height: f64) {
        let phone = self == Self::Phone;
        let width = if phone { 360 } else { 1280 };
        browser.chromium(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": height.ceil(), "deviceScaleFactor": 1, "mobile": phone}),
        );
    }
}

/// Where pictures go.
fn pictures() -> PathBuf {
    match std::env::var_os("ISTHMUS_SCREENSHOTS") {
        Some(directory) => directory.into(),
        None => Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots"),
    }
}

/// Somebody who walks through the pages and notes what is wrong.
struct Visit<'a> {
    browser: &'a Browser,
    look: Look,
    directory: PathBuf,
    names: BTreeSet<String>,
    paths: BTreeSet<String>,
    wrong: Vec<String>,
}

impl<'a> Visit<'a> {
    fn new(browser: &'a Browser, look: Look) -> Self {
        look.put_on(browser);
        let directory = pictures().join(look.name());
        fs::create_dir_all(&directory).expect("a directory for pictures");
        Self { browser, look, directory, names: BTreeSet::new(), paths: BTreeSet::new(), wrong: Vec::new() }
    }

    /// Looks at a page, which has to be an ordinary one.
    async fn page(&mut self, name: &str, path: &str) {
        self.browser.goto(path).await;
        self.here(name, path).await;
        for line in self.browser.console() {
            self.wrong.push(format!("{name} {path}: console: {line}"));
        }
    }

    /// Looks at a page that tells of a mistake; the console may say so too, and nothing else.
    async fn error(&mut self, name: &str, path: &str) {
        self.browser.goto(path).await;
        self.here(name, path).await;
        for line in self.browser.console() {
            if !line.contains("the server responded with a status of") {
                self.wrong.push(format!("{name} {path}: console: {line}"));
            }
        }
    }

    /// Looks at the page that is open.
    async fn here(&mut self, name: &str, path: &str) {
        assert!(self.names.insert(name.to_owned()), "two pages named {name}");
        self.paths.insert(path.split(['?', '#']).next().unwrap_or_default().to_owned());
        let found = self.browser.ask(include_str!("look.js")).await;
        for line in found.as_array().into_iter().flatten() {
            self.wrong.push(format!("{name} {path}: {}", line.as_str().unwrap_or_default()));
        }
        // The whole page, as on a screen high enough for it: what sticks to an edge then covers nothing.
        // What is as high as the screen grows with it, so that it is measured again.
        for _ in 0..2 {
            let metrics = self.browser.chromium("Page.getLayoutMetrics", &json!({}));
            let height = metrics["cssContentSize"]["height"].as_f64().unwrap_or(HEIGHT);
            self.look.at_height(self.browser, height.clamp(HEIGHT, HIGHEST));
        }
        let shot = self.browser.chromium("Page.captureScreenshot", &json!({"format": "png"}));
        self.look.at_height(self.browser, HEIGHT);
        let picture = STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        fs::write(self.directory.join(format!("{name}.png")), picture).expect("written");
    }

    /// The id of the first record of a kind.
    async fn first(&self, kind: Kind) -> Option<String> {
        let script =
            "const done = arguments[1]; fetch('/api/v1/' + arguments[0]).then((a) => a.json()).then(done)";
        let answer = self.browser.ask_later(script, kind.decl().name).await;
        Some(answer["records"][0]["id"].as_str()?.to_owned())
    }

    fn end(self) {
        assert!(
            self.wrong.is_empty(),
            "{} of {} pages in {}:\n{}",
            self.wrong.len(),
            self.names.len(),
            self.look.name(),
            self.wrong.join("\n")
        );
    }
}

/// Pages of a shape of their own: name of the picture, path.
const PAGES: [(&str, &str); 55] = [
    ("today", "/"),
    ("path", "/path"),
    ("group-context", "/group/context-and-scope"),
    ("group-documents", "/group/documents"),
    ("search", "/search"),
    ("search-found", "/search?q=backup"),
    ("search-nothing", "/search?q=xyzzy"),
    ("account", "/account"),
    ("accounts", "/accounts"),
    ("settings", "/settings"),
    ("activity", "/activity"),
    ("activity-entry", "/activity/5"),
    ("activity-load", "/activity/0"),
    ("matrix", "/matrix"),
    ("method", "/method"),
    ("method-edit", "/method/edit?from=recommended"),
    ("starters-scenarios", "/starters/scenarios"),
    ("starters-documents", "/starters/documents"),
    ("risk-score", "/risk/R-1/score"),
    ("risk-evaluate", "/risk/R-1/evaluate"),
    ("risk-plan", "/risk/R-1/plan"),
    ("risk-accept", "/risk/R-1/accept"),
    ("requirements", "/requirements"),
    ("requirements-annex-a", "/requirements?part=annex-a"),
    ("requirement", "/requirements/6.1.2a1"),
    ("requirement-control", "/requirements/A.5.9"),
    ("requirements-unmet", "/requirements?status=unmet"),
    ("requirement-unmet", "/requirements/9.2.1a"),
    ("requirement-recorded", "/requirements/4.1?recorded=1"),
    ("forecast", "/forecast"),
    ("forecast-far", "/forecast?until=2028-01-31"),
    ("calendar", "/calendar"),
    ("coverage", "/coverage"),
    ("frameworks", "/frameworks"),
    ("framework-soc2", "/frameworks/soc2_2017"),
    ("to-come-requirement", "/at/2027-12-31/requirements/8.2"),
    ("soa", "/soa"),
    ("soa-undecided", "/soa?show=undecided"),
    ("soa-compare-published", "/soa?compare=published"),
    ("soa-compare-day", "/soa?compare=2026-03-01"),
    ("soa-rest", "/soa/rest"),
    ("soa-control", "/soa/A.8.13"),
    ("evidence-upload", "/evidence/upload"),
    ("document-upload", "/document/DOC-1/upload"),
    ("risk-filtered", "/risk?q=laptop&sort=-current_level"),
    ("risk-none", "/risk?q=xyzzy"),
    ("new-asset", "/asset/new"),
    ("new-risk", "/risk/new"),
    ("new-party_requirement", "/party_requirement/new"),
    ("edit-risk", "/risk/R-1/edit"),
    ("edit-org_profile", "/org_profile/ORG-1/edit"),
    ("history-risk", "/risk/R-1/history"),
    ("history-soa_version", "/soa_version/SOA-3/history"),
    ("step-task-cancel", "/task/T-2/step/cancel"),
    ("step-treatment_plan-revise", "/treatment_plan/TP-1/step/revise"),
];

/// Kinds whose lists are looked at; the lists of all are drawn alike.
const LISTS: [Kind; 14] = [
    Kind::Risk,
    Kind::Control,
    Kind::Asset,
    Kind::Evidence,
    Kind::Task,
    Kind::Person,
    Kind::PartyRequirement,
    Kind::ScopeItem,
    Kind::Document,
    Kind::TreatmentPlan,
    Kind::RiskMethod,
    Kind::ApplicabilityDecision,
    Kind::LicensedText,
    Kind::SodWaiver,
];

/// Pages about another day: the sample was not there yet; or it is judged on a day to come.
const OTHER_DAYS: [(&str, &str); 9] = [
    ("then-today", "/at/2026-03-01/"),
    ("then-path", "/at/2026-03-01/path"),
    ("then-risk", "/at/2026-03-01/risk"),
    ("then-soa", "/at/2026-03-01/soa"),
    ("then-matrix", "/at/2026-03-01/matrix"),
    ("to-come-today", "/at/2027-12-31/"),
    ("to-come-task", "/at/2027-12-31/task"),
    ("to-come-risk-record", "/at/2027-12-31/risk/R-1"),
    ("to-come-soa", "/at/2027-12-31/soa"),
];

/// Pages about mistakes.
const ERRORS: [(&str, &str); 6] = [
    ("error-not-yet", "/at/2026-03-01/risk/R-1"),
    ("error-no-page", "/nothing/here"),
    ("error-no-record", "/risk/R-999"),
    ("error-filter", "/risk?sort=nonsense"),
    ("error-invitation", "/invitation?token=wrong"),
    ("error-set-up", "/setup?token=wrong"),
];

/// Routes that give no page.
const NO_PAGES: [&str; 9] = [
    "/healthz",
    "/assets/",
    "/go-to-date",
    "/search.json",
    "/files/",
    "/proof.json",
    "/checkpoint",
    "/export/",
    "/api/",
];

async fn look_at_everything(look: Look) {
    let sample = Sample::serve(Some(TODAY));
    let empty = TempDir::new().expect("a directory");
    let fresh = Server::start(empty.path());
    let mut browser = Browser::open(&sample.server.address).await;
    {
        let mut visit = Visit::new(&browser, look);
        // Signed out.
        visit.page("sign-in", "/sign-in").await;
        browser.fill("email", MANAGER).await;
        browser.fill("password", "not the password").await;
        browser.press("Sign in").await;
        visit.here("sign-in-refused", "/sign-in").await;
        browser.console();
        // Signed in.
        sample.sign_in(&browser).await;
        for (name, path) in PAGES {
            visit.page(name, path).await;
        }
        for kind in LISTS {
            visit.page(&format!("list-{kind}"), &format!("/{kind}")).await;
        }
        for kind in Kind::ALL.iter().copied() {
            if let Some(id) = visit.first(kind).await {
                visit.page(&format!("record-{kind}"), &format!("/{kind}/{id}")).await;
            }
        }
        for (name, path) in OTHER_DAYS {
            visit.page(name, path).await;
        }
        for (name, path) in ERRORS {
            visit.error(name, path).await;
        }
        // Open on top of a page, or after something was typed.
        browser.goto("/asset/new").await;
        browser.ask("for (const el of document.querySelectorAll('[required]')) el.required = false").await;
        browser.press("Add").await;
        visit.here("new-asset-refused", "/asset/new").await;
        browser.console();
        invite(&browser).await;
        visit.here("accounts-handed", "/accounts").await;
        let link = browser.attr("#handed", "value").await;
        browser.goto("/accounts").await;
        browser.press(TESS.name).await;
        visit.here("account-one", &browser.path().await).await;
        browser.goto(&link).await;
        visit.here("invitation", "/invitation").await;
        browser.goto("/").await;
        browser.keys(&format!("{CONTROL}k")).await;
        browser.until("the palette is open", async || browser.has("dialog.palette[open]").await).await;
        browser.keys("ba").await;
        browser
            .until("the palette shows something", async || browser.has(".palette a[href^='/risk']").await)
            .await;
        visit.here("palette", "/").await;
        if look == Look::Light {
            visit.has_been_everywhere();
        }
        visit.end();
    }
    // Nobody has an account yet.
    browser.turn_to(&fresh.address);
    let mut visit = Visit::new(&browser, look);
    visit.page("sign-in-nobody", "/sign-in").await;
    visit.page("set-up", fresh.setup.as_deref().expect("a set-up link")).await;
    browser.ask("for (const el of document.querySelectorAll('[required]')) el.required = false").await;
    browser.press("Set up").await;
    visit.here("set-up-refused", "/setup").await;
    browser.console();
    ADA.set_up(&browser, fresh.setup.as_deref().expect("a set-up link")).await;
    browser.is_at("/path").await;
    visit.here("fresh-path", "/path").await;
    for (name, path) in FRESH {
        visit.page(name, path).await;
    }
    browser.goto("/soa").await;
    browser.press("Begin the first version").await;
    visit.page("fresh-soa-rest", "/soa/rest").await;
    browser.press("Choose the baseline for all that are open").await;
    visit.here("fresh-soa-rest-filled", "/soa/rest").await;
    visit.end();
}

/// Pages that have something to say before there is anything to show.
const FRESH: [(&str, &str); 10] = [
    ("fresh-today", "/"),
    ("fresh-risk", "/risk"),
    ("fresh-asset", "/asset"),
    ("fresh-method", "/method"),
    ("fresh-matrix", "/matrix"),
    ("fresh-soa", "/soa"),
    ("fresh-control", "/control"),
    ("fresh-score", "/starters/scenarios"),
    ("fresh-activity", "/activity"),
    ("fresh-settings", "/settings"),
];

async fn invite(browser: &Browser) {
    browser.goto("/accounts").await;
    browser.fill("name", TESS.name).await;
    browser.fill("email", TESS.email).await;
    browser.tick("role", "reader").await;
    browser.press("Invite").await;
    browser.sees("Link for").await;
}

impl Visit<'_> {
    /// Every route that gives a page was looked at.
    fn has_been_everywhere(&mut self) {
        let fits = |route: &str, path: &str| {
            let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
            route.len() == path.len() && route.iter().zip(&path).all(|(r, p)| r == p || r.starts_with('{'))
        };
        for route in web::ROUTES.iter().filter(|r| r.method == "get") {
            let page = !NO_PAGES.iter().any(|no| route.path.contains(no));
            if page && !self.paths.iter().any(|path| fits(route.path, path)) {
                self.wrong.push(format!("nobody looked at {}", route.path));
            }
        }
    }
}

#[tokio::test]
async fn pages_in_light() {
    look_at_everything(Look::Light).await;
}

#[tokio::test]
async fn pages_in_dark() {
    look_at_everything(Look::Dark).await;
}

#[tokio::test]
async fn pages_on_a_phone() {
    look_at_everything(Look::Phone).await;
}
