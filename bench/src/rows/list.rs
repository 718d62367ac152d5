//! The risk list, as JSON and as a page, against a bare handler that returns the same bytes.

use std::sync::{Arc, atomic::AtomicU64};

use anyhow::ensure;

use super::{QUESTION, question_of};
use crate::{
    bare,
    client::{CONNECTIONS, Client, Load},
    finding::{Finding, Target, short},
    server::Server,
    site::Site,
    spread::Spread,
};

/// Rows a page has when there are more.
const ROWS: usize = 100;

pub(crate) async fn measure(site: &Site) -> anyhow::Result<Vec<Finding>> {
    let folder = site.path("answers");
    let ours = Server::isthmus(site.isthmus().await?, site.full().await?).await?;
    let (mut client, cookie) = Client::sign_in(ours.address).await?;
    let cookie = Some(cookie.as_str());

    let json = client.get(&format!("/api/v1/risk?{QUESTION}"), cookie).await?;
    ensure!(json.status == 200, "the list as JSON answers {}", json.status);
    let value: serde_json::Value = serde_json::from_slice(&json.body)?;
    let rows = value.get("records").and_then(|r| r.as_array()).map_or(0, Vec::len);
    ensure!(rows == ROWS, "the list as JSON has {rows} rows, not {ROWS}");
    bare::keep(&folder, "json", &json)?;

    let page = client.get(&format!("/risk?{QUESTION}"), cookie).await?;
    ensure!(page.status == 200, "the list as a page answers {}", page.status);
    bare::keep(&folder, "page", &page)?;

    let bare = Server::bare(&folder, "/json").await?;
    let (json, page) = (json.body.len(), page.body.len());
    let fixed = |path: &str, length| Load::of(ours.address, path, cookie, length);
    let ours_json = fixed(&format!("/api/v1/risk?{QUESTION}"), json);
    let ours_page = fixed(&format!("/risk?{QUESTION}"), page);
    let cold = Load { path: Arc::new(|n| format!("/api/v1/risk?{}", question_of(n))), ..ours_json.clone() };
    let bare_json = Load::of(bare.address, "/json", None, json);
    let bare_page = Load::of(bare.address, "/page", None, page);
    Ok(vec![
        pair(site, "risk list, JSON", Target::AtLeast(0.25), &ours_json, &bare_json).await?,
        pair(site, "risk list, page", Target::AtLeast(0.10), &ours_page, &bare_page).await?,
        pair(site, "risk list, JSON, each question new", Target::Shown, &cold, &bare_json).await?,
    ])
}

async fn pair(site: &Site, name: &str, target: Target, ours: &Load, bare: &Load) -> anyhow::Result<Finding> {
    let asked = Arc::<AtomicU64>::default();
    let (mut us, mut them) = (Vec::new(), Vec::new());
    for _ in 0..site.rounds() {
        us.push(ours.run(site.turn(), &asked).await?);
        them.push(bare.run(site.turn(), &asked).await?);
    }
    let (us, them) = (Spread::of(us), Spread::of(them));
    let detail = format!(
        "{} against {} requests/s of {} bytes, {CONNECTIONS} connections",
        short(us.median),
        short(them.median),
        short(ours.length as f64)
    );
    Ok(Finding::new(name, us.over(&them), "", target).detail(detail))
}
