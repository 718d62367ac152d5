//! When the disk says no: a clear error, no half-written record, and recovery without a restart.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::support::{ISTHMUS, Server, fails, succeeds};

/// Whether this process may ignore permissions, as root may.
fn permissions_are_ignored(dir: &Path) -> bool {
    let probe = dir.join("probe");
    fs::create_dir(&probe).expect("made");
    fs::set_permissions(&probe, fs::Permissions::from_mode(0o500)).expect("set");
    fs::write(probe.join("x"), "x").is_ok()
}

#[test]
fn a_full_disk_refuses_clearly_and_recovers() {
    let holder = tempfile::tempdir().expect("a directory");
    let dir = holder.path().join("data");
    let server = Server::start(&dir);
    let client = server.set_up();
    let limit = |bytes: &str| {
        let pid = server.pid().to_string();
        let set =
            Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]).status();
        assert!(set.expect("prlimit").success());
    };
    let (status, _) = client.post("/asset", &[("name", "before")]);
    assert_eq!(status, 303);
    // No file of the process may grow any further: to the program this is what a full disk is.
    limit("1");
    let mut refused = 0;
    for n in 0..5 {
        let (status, body) = client.post("/asset", &[("name", &format!("during {n}"))]);
        assert_eq!(status, 503, "{body}");
        assert!(body.contains("nothing was saved"), "{body}");
        refused += 1;
    }
    assert_eq!(refused, 5);
    let (status, _) = client.get("/asset");
    assert_eq!(status, 200, "reading goes on");
    limit("unlimited");
    let (status, body) = client.post("/asset", &[("name", "after")]);
    assert_eq!(status, 303, "{body}");
    let (_, list) = client.get("/api/v1/asset");
    assert!(list.contains("before") && list.contains("after") && !list.contains("during"), "{list}");
    server.stop();
    succeeds(&dir, &["verify"]);
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let holder = tempfile::tempdir().expect("a directory");
    // A file where the directory should be is refused for everybody, root included.
    let file = holder.path().join("file");
    fs::write(&file, "x").expect("written");
    let said = fails(&file, &["serve", "--listen", "127.0.0.1:0"], 5);
    assert!(said.contains("file"), "{said}");
    if permissions_are_ignored(holder.path()) {
        // Root ignores permissions: ask as a user who does not, with a program it can reach.
        let parent = holder.path().join("locked");
        fs::create_dir(&parent).expect("made");
        fs::set_permissions(holder.path(), fs::Permissions::from_mode(0o755)).expect("set");
        fs::set_permissions(&parent, fs::Permissions::from_mode(0o555)).expect("set");
        let copy = holder.path().join("isthmus");
        fs::copy(ISTHMUS, &copy).expect("copied");
        let output = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&copy)
            .arg("--data")
            .arg(parent.join("data"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .output()
            .expect("setpriv");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains("locked"), "{said}");
    } else {
        let parent = holder.path().join("locked");
        fs::create_dir(&parent).expect("made");
        fs::set_permissions(&parent, fs::Permissions::from_mode(0o500)).expect("set");
        let said = fails(&parent.join("data"), &["serve", "--listen", "127.0.0.1:0"], 5);
        assert!(said.contains("locked"), "{said}");
    }
}
