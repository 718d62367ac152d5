//! A server in a process of its own, and somebody who talks to it without a browser.

use std::path::Path;

pub(crate) use crate::program::{ISTHMUS, PASSWORD, Server, isthmus, succeeds};

/// Runs the program, which must fail with `code`, and gives what it said.
pub(crate) fn fails(data: &Path, args: &[&str], code: i32) -> String {
    let output = isthmus(data, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

impl Server {
    /// SIGKILL: nothing is flushed, nothing is closed.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited for");
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
