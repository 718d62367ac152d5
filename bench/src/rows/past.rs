//! Pages of a day long past: the first time, when its records and verdicts are put together, and afterwards.

use anyhow::ensure;

use crate::{
    client::Client,
    clock::timed_async,
    data,
    finding::{Finding, Target, short},
    server::Server,
    site::Site,
    spread::Spread,
};

/// The page asked for: all verdicts of the day.
const PAGE: &str = "/requirements";

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let (dir, entries) = site.long_ledger().await?;
    let day = data::long_ago();
    let path = format!("/at/{day}{PAGE}");
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..site.rounds() {
        // Each time a new process, which knows nothing of the day.
        let server = Server::isthmus(site.isthmus().await?, dir).await?;
        let (mut client, cookie) = Client::sign_in(server.address).await?;
        let mut seconds = Vec::new();
        for _ in 0..11 {
            let (took, answer) = timed_async(client.get(&path, Some(&cookie))).await;
            let answer = answer?;
            ensure!(answer.status == 200, "{path} answers {}", answer.status);
            let text = String::from_utf8_lossy(&answer.body);
            ensure!(text.contains("/requirements/6.1.3d"), "{path} does not show the verdicts");
            seconds.push(took);
        }
        first.push(seconds.remove(0));
        again.push(Spread::of(seconds).median);
        server.stop()?;
    }
    let detail = format!("{path} of the sample company, {} entries later", short(entries as f64));
    let row = |name, seconds, target| {
        Finding::new(name, Spread::of(seconds), "s", Target::Under(target)).detail(detail.clone())
    };
    Ok(vec![row("a past day, first", first, 1.0), row("a past day, again", again, 0.02)])
}
