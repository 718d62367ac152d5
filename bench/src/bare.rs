//! What ours is compared with: an axum handler that does nothing but return fixed bytes with fixed headers.

use std::{net::SocketAddr, path::Path};

use anyhow::Context;
use axum::{Router, body::Bytes, routing::get};
use hyper::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::client::Answer;

/// Headers that the server itself sets.
const OWN: [HeaderName; 4] =
    [header::DATE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];

/// Keeps an answer in a folder, to be served as `/{name}`.
pub(crate) fn keep(folder: &Path, name: &str, answer: &Answer) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut head = String::new();
    for (name, value) in answer.headers.iter().filter(|(name, _)| !OWN.contains(name)) {
        head.push_str(&format!("{name}: {}\n", value.to_str()?));
    }
    std::fs::write(folder.join(format!("{name}.head")), head)?;
    std::fs::write(folder.join(format!("{name}.body")), &answer.body)?;
    Ok(())
}

/// Serves the answers of a folder until the process is ended.
pub(crate) async fn serve(listen: SocketAddr, folder: &Path) -> anyhow::Result<()> {
    let mut router = Router::new();
    for file in std::fs::read_dir(folder)? {
        let head = file?.path();
        if head.extension().is_none_or(|e| e != "head") {
            continue;
        }
        let name = head.file_stem().and_then(|n| n.to_str()).context("an answer without a name")?;
        let mut headers = HeaderMap::new();
        for line in std::fs::read_to_string(&head)?.lines() {
            let (name, value) = line.split_once(": ").context("a header without a value")?;
            headers.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
        let body = Bytes::from(std::fs::read(head.with_extension("body"))?);
        let handler = move || {
            let answer = (headers.clone(), body.clone());
            async move { answer }
        };
        router = router.route(&format!("/{name}"), get(handler));
    }
    axum::serve(tokio::net::TcpListener::bind(listen).await?, router).await?;
    Ok(())
}
