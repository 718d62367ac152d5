//! The files every page needs: style sheet, script, pictures. They are part of the program, named by the hash of
//! their content, and kept by browsers until that changes.

use std::sync::LazyLock;

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::error::WebError;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    /// Beginning of the SHA-256 of the content, in hexadecimal digits.
    hash: String,
}

macro_rules! assets {
    ($($name:literal $media_type:literal),* $(,)?) => {
        static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| vec![$({
            let bytes: &'static [u8] = include_bytes!(concat!("../assets/", $name));
            let hash = hex::encode(Sha256::digest(bytes)).get(..16).unwrap_or_default().to_owned();
            Asset { name: $name, media_type: $media_type, bytes, hash }
        }),*]);
    };
}

assets! {
    "isthmus.css" "text/css; charset=utf-8",
    "isthmus.js" "text/javascript; charset=utf-8",
    "favicon.svg" "image/svg+xml",
    "logo.svg" "image/svg+xml",
}

/// The address of a file, with the hash of its content so that it may be kept for ever.
pub(crate) fn url(name: &str) -> String {
    match ASSETS.iter().find(|a| a.name == name) {
        Some(asset) => format!("/assets/{name}?v={}", asset.hash),
        None => format!("/assets/{name}"),
    }
}

/// `GET /assets/{name}`.
pub(crate) async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let Some(asset) = ASSETS.iter().find(|a| a.name == name) else {
        return Err(WebError::NotFound("There is no such file.".to_owned()));
    };
    let etag = format!("\"{}\"", asset.hash);
    let named_by_hash = query.is_some_and(|q| q.strip_prefix("v=") == Some(asset.hash.as_str()));
    let keep = if named_by_hash { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    // A proxy that compresses may have made the tag a weak one; the content is the same.
    let unchanged = known
        .flat_map(|v| v.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag);
    let common = [(header::ETAG, etag), (header::CACHE_CONTROL, keep.to_owned())];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, [(header::CONTENT_TYPE, asset.media_type)], asset.bytes).into_response())
}
