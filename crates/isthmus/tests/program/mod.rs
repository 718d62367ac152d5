//! The program as a process of its own, for every test that runs it.

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

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
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

    /// Asks the server to stop and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.child.wait().expect("waited for").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
