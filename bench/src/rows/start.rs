//! From starting the process to its first healthy answer, and the memory it has after showing some pages.

use anyhow::ensure;

use crate::{
    client::Client,
    finding::{Finding, Target, short},
    server::Server,
    site::Site,
    spread::Spread,
};

/// The pages shown before memory is read.
const PAGES: &[&str] = &[
    "/",
    "/path",
    "/risk",
    "/risk?sort=-current_level,owner_id",
    "/risk/R-1",
    "/matrix",
    "/control",
    "/control/A.5.9",
    "/soa",
    "/evidence",
    "/asset",
    "/person",
    "/activity",
    "/search?q=backup",
    "/api/v1/risk?sort=-current_level,owner_id",
    "/api/v1/evidence",
];

/// One company, as it starts again and again.
struct Company {
    name: &'static str,
    /// Seconds and bytes that are the targets.
    targets: (f64, f64),
    ready: Vec<f64>,
    memory: Vec<f64>,
    peak: f64,
}

impl Company {
    fn new(name: &'static str, seconds: f64, bytes: f64) -> Self {
        Self { name, targets: (seconds, bytes), ready: Vec::new(), memory: Vec::new(), peak: 0.0 }
    }

    async fn start(&mut self, site: &Site, dir: &std::path::Path) -> anyhow::Result<()> {
        let server = Server::isthmus(site.isthmus().await?, dir).await?;
        self.ready.push(server.ready);
        let (mut client, cookie) = Client::sign_in(server.address).await?;
        for path in PAGES {
            let status = client.get(path, Some(&cookie)).await?.status;
            ensure!(status == 200, "{path} answers {status}");
        }
        let (now, peak) = server.memory()?;
        self.memory.push(now / 1e6);
        self.peak = self.peak.max(peak);
        server.stop()
    }

    fn findings(self) -> Vec<Finding> {
        let (seconds, bytes) = self.targets;
        let detail = "process started to 200 on /healthz; its files are in the page cache";
        let memory = format!(
            "VmRSS after signing in and {} pages; {} MB at most",
            PAGES.len(),
            short(self.peak / 1e6)
        );
        vec![
            Finding::new(
                format!("start, {}", self.name),
                Spread::of(self.ready),
                "s",
                Target::Under(seconds),
            )
            .detail(detail),
            Finding::new(
                format!("memory, {}", self.name),
                Spread::of(self.memory),
                "MB",
                Target::Under(bytes / 1e6),
            )
            .detail(memory),
        ]
    }
}

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let mut sample = Company::new("sample company", 0.3, 60e6);
    let mut full = Company::new("large set", 2.0, 400e6);
    for _ in 0..site.rounds() {
        sample.start(site, site.sample().await?).await?;
        full.start(site, site.full().await?).await?;
    }
    Ok(sample.findings().into_iter().chain(full.findings()).collect())
}
