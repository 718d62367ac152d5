//! What ten times the data costs: the same pages and the same write on two servers, in turns request by request.

use anyhow::ensure;
use isms::{Command, Isms, Kind, access::Actor, commands::Now};
use serde_json::json;
use store::{OpenMode, Options, Store};

use super::{QUESTION, question_of};
use crate::{
    client::Client,
    clock::{timed, timed_async},
    finding::{Finding, Target, short},
    server::Server,
    site::Site,
    spread::Spread,
};

/// A signed-in connection to one of the two servers.
struct Side {
    client: Client,
    cookie: String,
}

impl Side {
    async fn of(server: &Server) -> anyhow::Result<Self> {
        let (client, cookie) = Client::sign_in(server.address).await?;
        Ok(Self { client, cookie })
    }

    async fn get(&mut self, path: &str) -> anyhow::Result<f64> {
        let (seconds, answer) = timed_async(self.client.get(path, Some(&self.cookie))).await;
        let status = answer?.status;
        ensure!(status == 200, "{path} answers {status}");
        Ok(seconds)
    }

    async fn post(&mut self, form: &str) -> anyhow::Result<f64> {
        let (seconds, answer) = timed_async(self.client.post("/risk", form, Some(&self.cookie))).await;
        let status = answer?.status;
        ensure!(status == 303, "adding a risk answers {status}");
        Ok(seconds)
    }
}

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let judged = decisions(site).await?;
    let tenth = Server::isthmus(site.isthmus().await?, site.tenth().await?).await?;
    let full = Server::isthmus(site.isthmus().await?, site.full().await?).await?;
    let (mut small, mut large) = (Side::of(&tenth).await?, Side::of(&full).await?);

    let mut findings = Vec::new();
    let (json, page) = (format!("/api/v1/risk?{QUESTION}"), format!("/risk?{QUESTION}"));
    for (name, path) in [("growth: list, JSON", json), ("growth: list, page", page)] {
        let mut pairs = Pairs::default();
        for _ in 0..site.rounds() {
            for _ in 0..site.either(20, 200) {
                pairs.add(small.get(&path).await?, large.get(&path).await?);
            }
            pairs.round();
        }
        findings.push(pairs.finding(name, Target::AtMost(1.5)));
    }

    let (mut cold, mut n) = (Pairs::default(), 0);
    for _ in 0..site.rounds() {
        for _ in 0..site.either(5, 20) {
            let path = format!("/api/v1/risk?{}", question_of(n));
            n += 1;
            cold.add(small.get(&path).await?, large.get(&path).await?);
        }
        cold.round();
    }
    findings.push(cold.finding("growth: list, JSON, each question new", Target::Shown));

    let (mut writes, mut n) = (Pairs::default(), 0);
    for _ in 0..site.rounds() {
        for _ in 0..site.either(10, 60) {
            n += 1;
            let form = format!(
                "title=Measured+risk+{n}&scenario=Something+happens+to+something.&owner_id=P-2&asset_ids=AST-{}",
                n % 100 + 1
            );
            writes.add(small.post(&form).await?, large.post(&form).await?);
        }
        writes.round();
    }
    findings.push(writes.finding("growth: a write (form to durable)", Target::AtMost(1.5)));
    findings.push(judged);
    full.stop()?;
    tenth.stop()?;
    Ok(findings)
}

/// What judging the write costs by itself: the disk, which takes most of a write, would hide its growth.
async fn decisions(site: &Site) -> anyhow::Result<Finding> {
    let mut snapshots = Vec::new();
    for dir in [site.tenth().await?, site.full().await?] {
        let store = Store::open(dir, OpenMode::Read, Options::default()).await?;
        for org in store.orgs() {
            snapshots.push((org.snapshot(), org.now()));
        }
    }
    let [(small, now), (large, _)] = snapshots.as_slice() else {
        anyhow::bail!("each store has one organisation")
    };
    let mut pairs = Pairs::default();
    for _ in 0..site.rounds() {
        for _ in 0..site.either(20, 500) {
            pairs.add(decide(small, *now)?, decide(large, *now)?);
        }
        pairs.round();
    }
    Ok(pairs.finding("growth: judging a write, without the disk", Target::Shown))
}

fn decide(isms: &Isms, now: Now) -> anyhow::Result<f64> {
    let fields =
        [("title", json!("Measured risk")), ("owner_id", json!("P-2")), ("asset_ids", json!(["AST-1"]))];
    let command = Command::create(Kind::Risk, fields);
    let (seconds, decision) = timed(|| isms::decide(isms, &Actor::operator(), now, command));
    decision?;
    Ok(seconds)
}

/// Times of the same thing on the small and the large side, in seconds.
#[derive(Default)]
struct Pairs {
    round: (Vec<f64>, Vec<f64>),
    small: Vec<f64>,
    large: Vec<f64>,
}

impl Pairs {
    fn add(&mut self, small: f64, large: f64) {
        self.round.0.push(small);
        self.round.1.push(large);
    }

    /// Closes a round: its medians count.
    fn round(&mut self) {
        let (small, large) = std::mem::take(&mut self.round);
        self.small.push(Spread::of(small).median);
        self.large.push(Spread::of(large).median);
    }

    fn finding(self, name: &str, target: Target) -> Finding {
        let (small, large) = (Spread::of(self.small), Spread::of(self.large));
        let detail = format!(
            "{} ms against {} ms with a tenth of the data",
            short(large.median * 1e3),
            short(small.median * 1e3)
        );
        Finding::new(name, large.over(&small), "", target).detail(detail)
    }
}
