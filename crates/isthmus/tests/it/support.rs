//! A server in a process of its own, and somebody who talks to it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// The program under test.
pub(crate) const ISTHMUS: &str = env!("CARGO_BIN_EXE_isthmus");

/// A password that satisfies the rules.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Runs the program to its end.
pub(crate) fn isthmus(data: &Path, args: &[&str]) -> Output {
    Command::new(ISTHMUS)
        .arg("--data")
        .arg(data)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

/// Runs the program, which must succeed, and gives what it printed.
pub(crate) fn succeeds(data: &Path, args: &[&str]) -> String {
    let output = isthmus(data, args);
    assert!(output.status.success(), "{args:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Runs the program, which must fail with `code`, and gives what it said.
pub(crate) fn fails(data: &Path, args: &[&str], code: i32) -> String {
    let output = isthmus(data, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// The one-time link, if the server printed one.
    pub(crate) setup: Option<String>,
}

impl Server {
    /// Starts a server on a free port and waits until it answers.
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = Command::new(ISTHMUS)
            .arg("--data")
            .arg(data)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut address = None;
        let mut setup = None;
        while let Some(Ok(line)) = lines.next() {
            if let Some((_, url)) = line.split_once(" on http://") {
                address = Some(url.trim().to_owned());
            }
            if let Some((_, url)) = line.split_once("once:") {
                setup = Some(url.trim().to_owned());
            }
            if line.starts_with("Ready") {
                break;
            }
        }
        let address = address.expect("the server says where it listens");
        Self { child, address, setup }
    }

    /// SIGKILL: nothing is flushed, nothing is closed.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited for");
    }

    /// Asks the server to stop and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.child.wait().expect("waited for").success());
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sets the company up and signs its first account in.
    pub(crate) fn set_up(&self) -> Client {
        let link = self.setup.as_deref().expect("a set-up link");
        let token = link.split_once("token=").expect("a token").1;
        let client = Client::new(&self.address);
        let answer = client.post(
            "/setup",
            &[
                ("token", token),
                ("company", "Acme"),
                ("timezone", "UTC"),
                ("name", "Ada Lovelace"),
                ("email", "ada@acme.example"),
                ("password", PASSWORD),
                ("top_management", "yes"),
            ],
        );
        assert!(answer.0 == 200 || answer.0 == 303, "{answer:?}");
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody with a cookie jar of their own, without a browser's headers.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    address: String,
    cookies: std::sync::Arc<std::sync::Mutex<Vec<(String, String)>>>,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(std::time::Duration::from_secs(30)))
            .build()
            .into();
        Self { agent, address: address.to_owned(), cookies: Default::default() }
    }

    /// The same somebody at another address.
    pub(crate) fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    fn header(&self) -> String {
        let cookies = self.cookies.lock().expect("cookies");
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, response: &ureq::http::Response<ureq::Body>) {
        let mut cookies = self.cookies.lock().expect("cookies");
        for header in response.headers().get_all("set-cookie") {
            let text = header.to_str().expect("text");
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a cookie");
            cookies.retain(|(n, _)| n != name);
            if !attributes.contains("Max-Age=0") && !value.is_empty() {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// A GET; status and body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let (status, bytes) = self.get_bytes(path);
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A GET; status and raw body.
    pub(crate) fn get_bytes(&self, path: &str) -> (u16, Vec<u8>) {
        let request =
            self.agent.get(format!("http://{}{path}", self.address)).header("cookie", self.header());
        let mut response = request.call().expect("an answer");
        self.keep(&response);
        (
            response.status().as_u16(),
            response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a body"),
        )
    }

    /// A POST of a form; status and body.
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String) {
        self.try_post(path, form).expect("an answer")
    }

    /// A POST of a form that may find the server gone.
    pub(crate) fn try_post(&self, path: &str, form: &[(&str, &str)]) -> Result<(u16, String), ureq::Error> {
        let body = form
            .iter()
            .map(|(name, value)| format!("{}={}", urlencoding::encode(name), urlencoding::encode(value)))
            .collect::<Vec<_>>()
            .join("&");
        let mut response = self
            .agent
            .post(format!("http://{}{path}", self.address))
            .header("cookie", self.header())
            .header("content-type", "application/x-www-form-urlencoded")
            .send(body.as_str())?;
        self.keep(&response);
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_to_string()?))
    }
}

/// A small generator of numbers for tests: the same seed gives the same run.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}
