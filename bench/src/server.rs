//! A server as a process of its own: started, waited for, looked at, ended.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};

use crate::{client::Client, clock, site};

/// How long a server may take until it answers before it counts as broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It is ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Seconds from before it was started to its first healthy answer.
    pub(crate) ready: f64,
}

impl Server {
    /// Starts Isthmus on a data directory and waits until it is healthy.
    pub(crate) async fn isthmus(program: &Path, data: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--data").arg(data).arg("--listen").arg(address.to_string());
        Self::start(command, address, "/healthz").await
    }

    /// Starts a bare server of the answers in a folder.
    pub(crate) async fn bare(folder: &Path, path: &str) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(site::here()?);
        command.arg("bare").arg("--listen").arg(address.to_string()).arg(folder);
        Self::start(command, address, path).await
    }

    async fn start(mut command: Command, address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        let start = clock::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn();
        let child = child.with_context(|| format!("cannot run {command:?}"))?;
        let mut server = Self { child, address, ready: 0.0 };
        loop {
            if let Ok(mut client) = Client::connect(address).await
                && let Ok(answer) = client.get(path, None).await
                && answer.status == 200
            {
                server.ready = start.elapsed().as_secs_f64();
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("{command:?} ended: {status}");
            }
            if start.elapsed() > PATIENCE {
                bail!("{command:?} does not answer {path}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Memory it has resident now, in bytes, and the most it ever had.
    pub(crate) fn memory(&self) -> anyhow::Result<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |name: &str| -> anyhow::Result<f64> {
            let line =
                status.lines().find_map(|l| l.strip_prefix(name)).context("no such figure in /proc")?;
            Ok(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
        };
        Ok((kib("VmRSS")?, kib("VmHWM")?))
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        let asked = Command::new("sh").arg("-c").arg("kill -TERM \"$1\"").arg("sh").arg(pid).status()?;
        if !asked.success() {
            bail!("the server cannot be asked to end");
        }
        let start = clock::now();
        while self.child.try_wait()?.is_none() {
            if start.elapsed() > PATIENCE {
                bail!("the server does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address nobody listens on at the moment.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
