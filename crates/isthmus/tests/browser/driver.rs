//! A browser of a test's own, and waiting for what should be there.

use std::{
    cell::RefCell,
    fmt::Display,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    error::CmdError,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long to wait for something before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often to look.
const LOOK: Duration = Duration::from_millis(25);

/// The keys without a character of their own, as WebDriver numbers them.
pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const SHIFT: char = '\u{e008}';
pub(crate) const CONTROL: char = '\u{e009}';
pub(crate) const ESCAPE: char = '\u{e00c}';
pub(crate) const RIGHT: char = '\u{e014}';
pub(crate) const DOWN: char = '\u{e015}';

/// `chromedriver` on a free port. It ends with its browsers when dropped, also when the test failed.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "cannot run chromedriver: {error}. These tests need Chromium and its driver: `cargo xtask test` \
                     installs them, or take the packages chromium and chromium-driver of your system"
                )
            });
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let Some(port) = port else {
            let _ = child.kill();
            panic!("chromedriver did not say on which port it listens");
        };
        // What it says later is read away, so that it never waits for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .build()
            .into()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browsers; killed at once it would leave them behind.
        let asked = Self::agent().get(format!("{}/shutdown", self.url)).call();
        for _ in 0..200 {
            if asked.is_err() || !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(LOOK);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One Chromium with a profile of its own.
pub(crate) struct Browser {
    client: Client,
    session: String,
    base: String,
    downloads: PathBuf,
    // Dropped in this order: the browser ends before its directory goes.
    driver: Driver,
    _home: TempDir,
}

impl Browser {
    /// Opens a browser that looks at the server of an address, such as `127.0.0.1:4711`.
    pub(crate) async fn open(address: &str) -> Self {
        Self::with(address, json!({})).await
    }

    /// Opens a browser in which pages run no script.
    pub(crate) async fn without_script(address: &str) -> Self {
        Self::with(address, json!({"profile.managed_default_content_settings.javascript": 2})).await
    }

    async fn with(address: &str, more: Value) -> Self {
        let driver = Driver::start();
        let home = TempDir::new().expect("a directory");
        let downloads = home.path().join("downloads");
        std::fs::create_dir(&downloads).expect("a directory");
        let mut prefs = json!({
            "download.default_directory": downloads,
            "download.prompt_for_download": false,
            "plugins.always_open_pdf_externally": true,
            "credentials_enable_service": false,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            prefs[name] = value.clone();
        }
        let profile = format!("--user-data-dir={}", home.path().join("profile").display());
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-US", "--window-size=1280,900", profile,
                ],
                "prefs": prefs,
            },
        });
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities.as_object().expect("an object").clone())
            .connect(&driver.url)
            .await
            .unwrap_or_else(|error| panic!("chromedriver cannot start Chromium: {error}"));
        let session = client.session_id().await.expect("a session").expect("an id");
        Self { client, session, base: format!("http://{address}"), downloads, driver, _home: home }
    }

    /// The same browser, looking at another server from now on.
    pub(crate) fn turn_to(&mut self, address: &str) {
        self.base = format!("http://{address}");
    }

    // ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Goes to a path, or to a whole address.
    pub(crate) async fn goto(&self, path: &str) {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        if let Err(error) = self.client.goto(&url).await {
            self.fail(&format!("cannot go to {url}: {error}")).await;
        }
    }

    /// Path and query of the page.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.map(String::from).unwrap_or_default();
        url.strip_prefix(&self.base).map_or(url.clone(), str::to_owned)
    }

    /// All text that can be seen.
    pub(crate) async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Ends the test, saying where the browser is and what it shows.
    pub(crate) async fn fail(&self, what: &str) -> ! {
        let (path, text) = (self.path().await, self.text().await);
        panic!("{what}\n\nThe page is {path} and says:\n{text}")
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, what: impl Display, mut holds: impl AsyncFnMut() -> bool) {
        let look = async {
            while !holds().await {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(PATIENCE, look).await.is_err() {
            self.fail(&format!("waited in vain until {what}")).await;
        }
    }

    /// Waits until the page shows some words.
    pub(crate) async fn sees(&self, words: &str) {
        self.until(format_args!("the page shows “{words}”"), async || {
            self.text().await.to_lowercase().contains(&words.to_lowercase())
        })
        .await;
    }

    /// Waits until the path of the page is this one.
    pub(crate) async fn is_at(&self, path: &str) {
        self.until(format_args!("the page is {path}"), async || self.path().await == path).await;
    }

    /// Goes back to the page before, as the browser's own key does.
    pub(crate) async fn back(&self) {
        self.leaving(async || {
            if let Err(error) = self.client.back().await {
                self.fail(&format!("cannot go back: {error}")).await;
            }
        })
        .await;
    }

    /// Does something that leads to another page, and waits for that page.
    pub(crate) async fn leaving(&self, act: impl AsyncFnOnce()) {
        let before = self.find("html").await;
        act().await;
        self.until("another page comes", async || {
            matches!(before.tag_name().await, Err(error) if gone(&error))
                && self.client.find(Locator::Css("main, pre")).await.is_ok()
        })
        .await;
    }

    // ── Elements ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// The first element of a selector, waited for.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let mut found = None;
        self.until(format_args!("{css} is there"), async || {
            found = self.client.find(Locator::Css(css)).await.ok();
            found.is_some()
        })
        .await;
        found.expect("just found")
    }

    /// Whether an element is there now.
    pub(crate) async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// The elements of a selector that are there now.
    pub(crate) async fn all(&self, css: &str) -> Vec<Element> {
        self.client.find_all(Locator::Css(css)).await.unwrap_or_default()
    }

    /// An attribute of the first element of a selector.
    pub(crate) async fn attr(&self, css: &str, name: &str) -> String {
        let value = self.find(css).await.attr(name).await.expect("an attribute");
        value.unwrap_or_default()
    }

    /// Types into the field of a name, or chooses what is called so in its list.
    pub(crate) async fn fill(&self, name: &str, value: &str) {
        let css = format!("main [name=\"{name}\"]:not([type=hidden])");
        let field = self.find(&css).await;
        let filled = match field.tag_name().await.unwrap_or_default().as_str() {
            "select" => match field.select_by_label(value).await {
                Ok(()) => Ok(()),
                Err(_) => field.select_by_value(value).await,
            },
            _ => match field.clear().await {
                Ok(()) => field.send_keys(value).await,
                Err(error) => Err(error),
            },
        };
        if let Err(error) = filled {
            self.fail(&format!("cannot fill {name} with “{value}”: {error}")).await;
        }
    }

    /// Fills a date field with the day so many days after the one the page is about.
    pub(crate) async fn fill_day(&self, name: &str, days: i64) {
        let day = self.day_after(days).await;
        // Chromium takes a date as people type it in English.
        self.fill(name, &day.strftime("%m%d%Y").to_string()).await;
        let css = format!("main [name=\"{name}\"]");
        let typed = self.find(&css).await.prop("value").await.expect("a value");
        assert_eq!(typed, Some(day.to_string()), "the date field {name}");
    }

    /// The day so many days after the one the page is about.
    pub(crate) async fn day_after(&self, days: i64) -> jiff::civil::Date {
        let today: jiff::civil::Date = self.attr("#as-of", "value").await.parse().expect("a day");
        today.saturating_add(jiff::Span::new().days(days))
    }

    /// The text of the first element of a selector.
    pub(crate) async fn text_of(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap_or_default()
    }

    /// Chooses a radio button or ticks a box, opening what it is folded into.
    pub(crate) async fn tick(&self, name: &str, value: &str) {
        let css = format!("main input[name=\"{name}\"][value=\"{value}\"]");
        let field = self.find(&css).await;
        if field.is_selected().await.unwrap_or(false) {
            return;
        }
        if !field.is_displayed().await.unwrap_or(false) {
            let fold =
                format!("//details[not(@open)][.//input[@name='{name}' and @value='{value}']]/summary");
            self.click(Locator::XPath(&fold)).await;
        }
        if let Err(error) = self.press_on(&field).await {
            self.fail(&format!("cannot tick {name}={value}: {error}")).await;
        }
    }

    /// Scrolls an element away from what sticks to the edges, and clicks it.
    async fn press_on(&self, element: &Element) -> Result<(), CmdError> {
        let reference = serde_json::to_value(element).expect("JSON");
        self.client.execute("arguments[0].scrollIntoView({block: 'center'})", vec![reference]).await?;
        element.click().await
    }

    async fn click(&self, locator: Locator<'_>) {
        let trouble = RefCell::new(String::new());
        let pressed = async || {
            for element in self.client.find_all(locator).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    match self.press_on(&element).await {
                        Ok(()) => return true,
                        Err(error) => *trouble.borrow_mut() = format!(" ({error})"),
                    }
                }
            }
            false
        };
        let what = std::fmt::from_fn(|f| write!(f, "{locator:?} can be pressed{}", trouble.borrow()));
        self.until(what, pressed).await;
    }

    /// Presses the first button, link or summary with exactly these words, which stays on the page.
    pub(crate) async fn press_here(&self, words: &str) {
        self.click(Locator::XPath(&pressable(words))).await;
    }

    /// Presses the first button or link with exactly these words, and waits for the page it leads to.
    pub(crate) async fn press(&self, words: &str) {
        self.leaving(async || self.press_here(words).await).await;
    }

    /// Presses the first element of a selector, and waits for the page it leads to.
    pub(crate) async fn follow(&self, css: &str) {
        self.leaving(async || self.click(Locator::Css(css)).await).await;
    }

    // ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// Presses keys one after another, wherever the focus is. Control, Shift and Alt are held until the last.
    pub(crate) async fn keys(&self, keys: &str) {
        let held = |key: &char| [CONTROL, SHIFT].contains(key);
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            actions = actions.then(KeyAction::Down { value });
            if !held(&value) {
                actions = actions.then(KeyAction::Up { value });
            }
        }
        for value in keys.chars().filter(held) {
            actions = actions.then(KeyAction::Up { value });
        }
        if let Err(error) = self.client.perform_actions(actions).await {
            self.fail(&format!("cannot press keys: {error}")).await;
        }
    }

    // ── Script, files, the driver's own commands ─────────────────────────────────────────────────────────────────────

    /// What a script of the test's own finds in the page.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        match self.client.execute(script, Vec::new()).await {
            Ok(answer) => answer,
            Err(error) => self.fail(&format!("a script of the test failed: {error}")).await,
        }
    }

    /// What a script of the test's own gives after a while: it calls its last argument.
    pub(crate) async fn ask_later(&self, script: &str, argument: &str) -> Value {
        match self.client.execute_async(script, vec![json!(argument)]).await {
            Ok(answer) => answer,
            Err(error) => self.fail(&format!("a script of the test failed: {error}")).await,
        }
    }

    /// Waits until a file has been downloaded whose name ends so, and gives its path. Chromium takes the name with an
    /// empty file first and fills another one beside it: as long as that is so, nothing has been downloaded yet.
    pub(crate) async fn downloaded(&self, end: &str) -> PathBuf {
        let mut file = None;
        self.until(format_args!("a file …{end} is downloaded"), async || {
            file = files(&self.downloads)
                .into_iter()
                .filter(|file| std::fs::metadata(file).is_ok_and(|file| file.len() > 0))
                .find(|file| file.to_string_lossy().ends_with(end));
            file.is_some()
        })
        .await;
        file.expect("just found")
    }

    /// What the console got since it was asked last: errors of scripts, what the content policy refused, what did not load.
    pub(crate) fn console(&self) -> Vec<String> {
        let log = self.command("se/log", &json!({"type": "browser"}));
        let lines = log.as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .filter(|line| line["level"] != "INFO" && line["level"] != "DEBUG")
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn chromium(&self, name: &str, parameters: &Value) -> Value {
        self.command("goog/cdp/execute", &json!({"cmd": name, "params": parameters}))
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/session/{}/{path}", self.driver.url, self.session);
        let answer = Driver::agent()
            .post(url)
            .header("content-type", "application/json")
            .send(body.to_string())
            .and_then(|mut answer| answer.body_mut().with_config().limit(1 << 28).read_to_string())
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].take()
    }
}

fn gone(error: &CmdError) -> bool {
    error.is_stale_element_reference() || error.is_no_such_element() || error.is_no_such_window()
}

fn pressable(words: &str) -> String {
    format!("//*[self::button or self::a or self::summary][normalize-space(.)=\"{words}\"]")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
