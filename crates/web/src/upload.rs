//! Forms that bring files: each file streams straight to the store, hashed on its way, and is never held in memory.
//! What was typed and what was stored already survive when something else is wrong.

use axum::extract::{Multipart, multipart::Field};
use isms::Problem;
use store::{FileError, FileMeta};

use crate::{error::WebError, forms::Pairs, gate::Viewer};

/// Longest name kept of a file, in characters.
const NAME_MAX: usize = 150;
/// Largest text field beside files, in bytes.
const TEXT_MAX: usize = 1024 * 1024;
/// Most files in one form.
const MOST: usize = 100;
/// Most text of all fields together, in bytes.
const ALL_TEXT_MAX: usize = 4 * TEXT_MAX;
/// Most text fields in one form.
const MOST_FIELDS: usize = 10_000;

/// What a form with files brought.
#[derive(Default)]
pub(crate) struct Received {
    /// What was typed.
    pub(crate) typed: Pairs,
    /// The files, stored but not yet attached to anything.
    pub(crate) files: Vec<FileMeta>,
    /// What is wrong with the files.
    pub(crate) problems: Vec<Problem>,
}

/// Reads a form, file by file. Inputs named `files` are files; `_kept` names files that an earlier try has stored.
pub(crate) async fn receive(viewer: &Viewer, mut form: Multipart) -> Result<Received, WebError> {
    let mut received = Received::default();
    let mut length = 0;
    let broken = || WebError::invalid("form", "did not arrive whole; send it again");
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "files" {
            let given = field.file_name().unwrap_or_default().to_owned();
            if given.is_empty() {
                continue;
            }
            if received.files.len() >= MOST {
                received
                    .problems
                    .push(Problem::new("files", format!("are too many: at most {MOST} go in one form")));
                break;
            }
            if !take(viewer, field, clean_name(&given), &mut received).await? {
                break;
            }
        } else {
            let text = text(field).await?;
            length += text.len();
            if length > ALL_TEXT_MAX || received.typed.0.len() >= MOST_FIELDS {
                return Err(WebError::invalid("form", "holds more text than may be sent at once"));
            }
            match (name.as_str(), kept(&text)) {
                ("_kept", Some(file)) => received.files.push(file),
                ("_kept", None) => received.problems.push(Problem::new(
                    "files",
                    "one that had arrived is not known any more; choose it again",
                )),
                _ => received.typed.0.push((name, text)),
            }
        }
    }
    let mut seen = Vec::new();
    received.files.retain(|f| {
        let first = !seen.contains(&f.hash);
        seen.push(f.hash);
        first
    });
    Ok(received)
}

/// Stores one file. False if reading on makes no sense, because more comes than may.
async fn take(
    viewer: &Viewer,
    mut field: Field<'_>,
    name: String,
    received: &mut Received,
) -> Result<bool, WebError> {
    let limit = viewer.app.config.upload_limit;
    let media_type = media_type(field.content_type());
    let failed = |error: FileError| match error {
        FileError::TooLarge { limit } => {
            Err(Problem::new("files", format!("“{name}” is larger than {}", size_words(limit))))
        }
        other => Ok(WebError::Unavailable(other.to_string())),
    };
    let mut upload = viewer.app.org.upload(limit).await.map_err(|e| WebError::Unavailable(e.to_string()))?;
    let mut refused = None;
    let mut over: u64 = 0;
    loop {
        let chunk = field
            .chunk()
            .await
            .map_err(|_| WebError::invalid("files", "did not arrive whole; send them again"))?;
        let Some(chunk) = chunk else { break };
        if refused.is_some() {
            // Read on a while, so that the browser is there to see why, but not for ever.
            over = over.saturating_add(chunk.len() as u64);
            if over > limit {
                break;
            }
            continue;
        }
        if let Err(error) = upload.write(&chunk).await {
            match failed(error) {
                Err(problem) => refused = Some(problem),
                Ok(error) => return Err(error),
            }
        }
    }
    if let Some(problem) = refused {
        received.problems.push(problem);
        return Ok(over <= limit);
    }
    let stored = match upload.finish().await.map_err(failed) {
        Ok(stored) => stored,
        Err(Err(problem)) => {
            received.problems.push(problem);
            return Ok(true);
        }
        Err(Ok(error)) => return Err(error),
    };
    if stored.size == 0 {
        received.problems.push(Problem::new("files", format!("“{name}” is empty")));
        return Ok(true);
    }
    received.files.push(FileMeta { hash: stored.hash, size: stored.size, name, media_type });
    Ok(true)
}

async fn text(mut field: Field<'_>) -> Result<String, WebError> {
    let name = isms::schema::shorten(field.name().unwrap_or_default());
    let mut bytes = Vec::new();
    while let Some(chunk) =
        field.chunk().await.map_err(|_| WebError::invalid(&name, "did not arrive whole"))?
    {
        if bytes.len() + chunk.len() > TEXT_MAX {
            return Err(WebError::invalid(&name, "is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| WebError::invalid(&name, "is not UTF-8 text"))
}

/// The files among these that no entry has attached yet.
pub(crate) async fn unattached(viewer: &Viewer, files: &[FileMeta]) -> Result<Vec<FileMeta>, WebError> {
    let mut new = Vec::new();
    for file in files {
        if viewer.app.org.file(file.hash).await.map_err(|e| WebError::Unavailable(e.to_string()))?.is_none() {
            new.push(file.clone());
        }
    }
    Ok(new)
}

/// A stored file as a hidden input carries it to the next try.
pub(crate) fn keep(file: &FileMeta) -> String {
    format!("{}|{}|{}|{}", file.hash, file.size, file.media_type, file.name)
}

fn kept(text: &str) -> Option<FileMeta> {
    let mut parts = text.splitn(4, '|');
    let hash = parts.next()?.parse().ok()?;
    let size = parts.next()?.parse().ok()?;
    let media_type = media_type(parts.next());
    Some(FileMeta { hash, size, media_type, name: clean_name(parts.next()?) })
}

/// The last part of a path as a name: no directories, no control characters, not too long.
fn clean_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !isms::value::is_hidden(*c) && !matches!(c, '|' | '"' | '<' | '>' | ':' | '?' | '*'))
        .collect();
    let trimmed = kept.trim().trim_start_matches('.').trim();
    let mut name: String = trimmed.chars().take(NAME_MAX).collect();
    if trimmed.chars().count() > NAME_MAX
        && let Some((_, end)) = trimmed.rsplit_once('.').filter(|(_, end)| end.chars().count() <= 10)
    {
        let head: String = trimmed.chars().take(NAME_MAX - end.chars().count() - 1).collect();
        name = format!("{head}.{end}");
    }
    if name.is_empty() { "file".to_owned() } else { name }
}

/// The type a browser names, if it looks like one.
fn media_type(given: Option<&str>) -> String {
    let given = given.unwrap_or_default();
    let plain = |s: &str| {
        !s.is_empty() && s.len() <= 60 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let essence = given.split(';').next().unwrap_or_default().trim();
    match essence.split_once('/') {
        Some((kind, sub)) if plain(kind) && essence.len() <= 120 && sub.split('.').all(plain) => {
            essence.to_ascii_lowercase()
        }
        _ => "application/octet-stream".to_owned(),
    }
}

/// `4.2 MB`.
pub(crate) fn size_words(bytes: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")];
    for (step, unit) in STEPS {
        if bytes >= step {
            let tenths = bytes.saturating_mul(10) / step;
            return if tenths.is_multiple_of(10) {
                format!("{} {unit}", tenths / 10)
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            };
        }
    }
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere() {
        let long = format!("{}.pdf", "x".repeat(400));
        for (given, expected) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\scan 1.png", "scan 1.png"),
            ("a\r\nb\0.txt", "ab.txt"),
            ("minutes\u{202e}fdp.exe", "minutesfdp.exe"),
            ("..", "file"),
            ("", "file"),
            (".hidden", "hidden"),
            ("Prüfung 2026.pdf", "Prüfung 2026.pdf"),
        ] {
            assert_eq!(clean_name(given), expected, "{given:?}");
        }
        assert_eq!(clean_name(&long).chars().count(), NAME_MAX);
        assert!(clean_name(&long).ends_with(".pdf"));
    }

    #[test]
    fn types_are_plain() {
        for (given, expected) in [
            (Some("image/png"), "image/png"),
            (Some("Text/HTML; charset=utf-8"), "text/html"),
            (
                Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (Some("x\" onload"), "application/octet-stream"),
            (None, "application/octet-stream"),
        ] {
            assert_eq!(media_type(given), expected);
        }
    }

    #[test]
    fn a_kept_file_is_read_back() {
        let hash = "ab".repeat(32);
        let file = kept(&format!("{hash}|12|text/plain|a|b.txt")).unwrap();
        assert_eq!((file.size, file.name.as_str(), file.media_type.as_str()), (12, "ab.txt", "text/plain"));
        assert_eq!(
            kept(&keep(&file)).map(|f| (f.hash, f.size, f.name)),
            Some((file.hash, file.size, file.name))
        );
        assert!(kept("nothing").is_none());
    }

    #[test]
    fn sizes_in_words() {
        for (bytes, expected) in
            [(1, "1 byte"), (999, "999 bytes"), (1024, "1 kB"), (4_404_020, "4.2 MB"), (1 << 30, "1 GB")]
        {
            assert_eq!(size_words(bytes), expected);
        }
    }
}
