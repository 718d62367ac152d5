//! Registers as files, for the day the address is about.

use axum::{
    extract::{Path, RawQuery},
    http::header,
    response::{IntoResponse, Response},
};
use isms::{
    Date,
    views::{register, soa},
};
use reports::{Print, ReportError};

use super::files::disposition;
use crate::{error::WebError, fault::query, forms::Takes, gate::Viewer};

/// `GET /export/{what}?format=pdf|xlsx|csv|json`: `soa` or `risks`. Of the Statement of Applicability the version in
/// force is given, unless `version=` names another by number or id, or asks for the `draft`.
pub(crate) async fn export(
    viewer: Viewer,
    Path(what): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, WebError> {
    let asked = query(raw)?;
    let formats = Takes::address().one_of("format", ["pdf", "xlsx", "csv", "json"]);
    let takes = match what.as_str() {
        "soa" => formats.text(&["version"]),
        _ => formats,
    };
    let problems = takes.check(&asked);
    if !problems.is_empty() {
        return Err(WebError::Invalid(problems));
    }
    let format = match asked.text("format") {
        "" => "pdf",
        format => format,
    }
    .to_owned();
    let made = viewer.app.org.now().at;
    let (isms, day) = (viewer.isms.clone(), viewer.day);
    let (name, bytes) = match what.as_str() {
        "soa" => {
            let version = soa::chosen(&isms, asked.text("version"), day).map_err(WebError::NotFound)?;
            let view = soa::soa(&isms, version, day);
            let number = view.version.as_ref().map_or_else(|| "draft".to_owned(), named);
            let name = file_name(&[&view.organisation, "soa", &number], day, &format);
            (name, made_apart(move || soa_bytes(&view, &Print::of_soa(&view, made), &format)).await?)
        }
        "risks" => {
            let view = register::register(&isms, day);
            let name = file_name(&[&view.organisation, "risks"], day, &format);
            (name, made_apart(move || risk_bytes(&view, &Print::of_register(&view, made), &format)).await?)
        }
        _ => return Err(WebError::NotFound("There is an export of soa and of risks.".to_owned())),
    };
    let headers = [
        (header::CONTENT_TYPE, media_type(&name).to_owned()),
        (header::CONTENT_DISPOSITION, disposition(&name)),
    ];
    Ok((headers, bytes).into_response())
}

/// A version in the name of a file: `v1.2`, and `v1.3-draft` where it is not in force.
fn named(version: &soa::SoaVersionView) -> String {
    match version.state.as_str() {
        "published" => format!("v{}", version.number),
        state => format!("v{}-{state}", version.number),
    }
}

/// Makes a file on a thread of its own: typesetting takes a while, and other requests go on meanwhile.
async fn made_apart(
    make: impl FnOnce() -> Result<Vec<u8>, ReportError> + Send + 'static,
) -> Result<Vec<u8>, WebError> {
    tokio::task::spawn_blocking(make).await.map_err(WebError::internal)?.map_err(WebError::internal)
}

fn soa_bytes(view: &soa::Soa, print: &Print, format: &str) -> Result<Vec<u8>, ReportError> {
    match format {
        "xlsx" => reports::soa_xlsx(view, print),
        "csv" => reports::soa_csv(view),
        "json" => reports::soa_json(view, print),
        _ => reports::soa_pdf(view, print),
    }
}

fn risk_bytes(view: &register::Register, print: &Print, format: &str) -> Result<Vec<u8>, ReportError> {
    match format {
        "xlsx" => reports::risks_xlsx(view, print),
        "csv" => reports::risks_csv(view),
        "json" => reports::risks_json(view, print),
        _ => reports::risks_pdf(view, print),
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("csv") => "text/csv; charset=utf-8",
        _ => "application/json",
    }
}

/// `tarnwick-rota-soa-v1.2-2026-11-23.pdf`: letters of any script, digits, dots and hyphens only, so that every system can
/// keep it.
pub(crate) fn file_name(parts: &[&str], day: Date, format: &str) -> String {
    let mut name = String::new();
    let day = day.to_string();
    for part in parts.iter().copied().chain([day.as_str()]) {
        let mut word = String::new();
        for c in part.to_lowercase().chars() {
            match c {
                c if c.is_alphanumeric() => word.push(c),
                '.' if !word.is_empty() => word.push('.'),
                _ if !word.is_empty() && !word.ends_with('-') => word.push('-'),
                _ => {}
            }
        }
        let word = word.trim_matches(['-', '.']);
        if !word.is_empty() {
            if !name.is_empty() {
                name.push('-');
            }
            name.push_str(word);
        }
    }
    format!("{name}.{format}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        let day: Date = "2026-11-23".parse().unwrap();
        for (parts, expected) in [
            (&["Tarnwick Rota", "soa", "v1.2"][..], "tarnwick-rota-soa-v1.2-2026-11-23.pdf"),
            (&["", "soa", ""], "soa-2026-11-23.pdf"),
            (&["../../etc/p\"w\r\n", "risks"], "etc-p-w-risks-2026-11-23.pdf"),
            (&["Größe & Söhne", "soa"], "größe-söhne-soa-2026-11-23.pdf"),
        ] {
            assert_eq!(file_name(parts, day, "pdf"), expected);
        }
    }
}
