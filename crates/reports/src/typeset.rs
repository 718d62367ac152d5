//! Typst as a function from data to PDF: fixed templates, three built-in fonts, no files, no network, no clock.
//!
//! What people typed reaches a template only as `data.json`, read by Typst's `json` function as strings, so markup in
//! it stays text. Typst changes its interface with each minor version; only this module knows it.

use std::{collections::BTreeSet, sync::LazyLock};

use serde::Serialize;
use typst::{
    Library, LibraryExt, World, comemo,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::{
    Print, ReportError, STATEMENT,
    words::{label, paper},
};

/// Built in, so that a document looks the same wherever it is produced. The first two are what documents are set in; the
/// last has signs and other alphabets that they lack: Arabic, Armenian, Georgian, Hebrew. None has Chinese, Japanese,
/// Korean or the Indic alphabets, which would add more than ten megabytes.
fn built_in() -> [&'static [u8]; 3] {
    [notosans::REGULAR_TTF, notosans::BOLD_TTF, dejavu::sans::regular()]
}

/// A document to be laid out.
#[derive(Clone, Copy)]
pub(crate) enum Template {
    Soa,
    Risks,
}

/// What the frame of every document shows: the fields of `Print` fit for paper.
#[derive(Serialize)]
pub(crate) struct Frame {
    company: String,
    title: String,
    version: String,
    classification: String,
    statement: &'static str,
    as_of: String,
    hash: String,
    /// What is written across a document that is not in force; empty if it is.
    stamp: &'static str,
    /// Characters of the content that no font has; they show as boxes.
    unprintable: String,
}

impl Frame {
    pub(crate) fn new(print: &Print, hash: &str, stamp: &'static str) -> Self {
        Self {
            company: paper(&print.company),
            title: paper(&print.title),
            version: paper(&label(&print.version)),
            classification: paper(&print.classification.to_string()),
            statement: STATEMENT,
            as_of: print.as_of.to_string(),
            hash: hash.to_owned(),
            stamp,
            unprintable: String::new(),
        }
    }
}

/// Lays out `data` (an object with a [`Frame`] under `frame`) and writes it as PDF/UA-1, or, where a character is in
/// no font and the standard therefore cannot be met, as a tagged PDF that says so on its front page.
pub(crate) fn pdf(
    template: Template,
    data: &impl Serialize,
    print: &Print,
    hash: &str,
) -> Result<Vec<u8>, ReportError> {
    let mut data = serde_json::to_value(data)?;
    let missing = unprintable(&data);
    if let Some(place) = data.pointer_mut("/frame/unprintable") {
        *place = code_points(&missing).into();
    }
    let paper = Paper {
        main: Shelf::get().main(template),
        data: Bytes::new(serde_json::to_vec(&data)?),
        today: datetime(print.as_of.to_string().parse().unwrap_or_default()),
    };
    let document = typst::compile::<PagedDocument>(&paper).output.map_err(|e| failure(&e));
    let bytes = document.and_then(|document| {
        let options = |standards| PdfOptions {
            // The identifier depends on the content and on nothing else, so equal input gives equal bytes.
            ident: Smart::Custom(format!("{}\n{hash}\n{}", print.title, print.generated)),
            creator: Smart::Custom(Some("Isthmus".to_owned())),
            timestamp: datetime(jiff::tz::TimeZone::UTC.to_datetime(print.generated)).map(Timestamp::new_utc),
            standards,
            ..PdfOptions::default()
        };
        let accessible = PdfStandards::new(&[PdfStandard::Ua_1]).unwrap_or_default();
        match typst_pdf::pdf(&document, &options(accessible)) {
            Err(_) if !missing.is_empty() => typst_pdf::pdf(&document, &options(PdfStandards::default())),
            other => other,
        }
        .map_err(|e| failure(&e))
    });
    // Typst keeps what it laid out for the next time; nobody edits here, so that would only hold memory.
    comemo::evict(0);
    bytes
}

fn failure(errors: &[SourceDiagnostic]) -> ReportError {
    let messages: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
    ReportError::Typeset(messages.join("; "))
}

fn datetime(at: jiff::civil::DateTime) -> Option<Datetime> {
    let small = |n: i8| u8::try_from(n).ok();
    Datetime::from_ymd_hms(
        at.year().into(),
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )
}

/// Characters of the data that no font has, in order of their numbers.
fn unprintable(data: &serde_json::Value) -> Vec<char> {
    let used: BTreeSet<char> = data.to_string().chars().filter(|c| !c.is_ascii()).collect();
    used.into_iter().filter(|c| !invisible(*c) && !Shelf::get().has(*c)).collect()
}

/// Characters that steer the setting of others and have no shape of their own.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The characters by number, since by themselves they could not be shown.
fn code_points(chars: &[char]) -> String {
    const SHOWN: usize = 12;
    let mut text = crate::words::list(chars.iter().take(SHOWN).map(|c| format!("U+{:04X}", u32::from(*c))));
    if chars.len() > SHOWN {
        text.push_str(&format!(" and {} more", chars.len() - SHOWN));
    }
    text
}

/// What every document needs and none changes.
struct Shelf {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: Vec<Source>,
    data: FileId,
}

impl Shelf {
    fn get() -> &'static Self {
        static SHELF: LazyLock<Shelf> = LazyLock::new(Shelf::new);
        &SHELF
    }

    fn new() -> Self {
        let fonts: Vec<Font> =
            built_in().into_iter().flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect();
        let source = |name: &str, text: &str| Source::new(file(name), text.to_owned());
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            sources: vec![
                source("frame.typ", include_str!("../templates/frame.typ")),
                source("soa.typ", include_str!("../templates/soa.typ")),
                source("risks.typ", include_str!("../templates/risks.typ")),
            ],
            data: file("data.json"),
        }
    }

    fn main(&self, template: Template) -> FileId {
        match template {
            Template::Soa => file("soa.typ"),
            Template::Risks => file("risks.typ"),
        }
    }

    fn has(&self, c: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(c.into()))
    }
}

fn file(name: &str) -> FileId {
    // The names are the few above; one that were no path would be found missing when the template is compiled.
    let path = VirtualPath::new(name).or_else(|_| VirtualPath::new("none"));
    path.map_or_else(
        |_| Source::detached("").id(),
        |path| RootedPath::new(VirtualRoot::Project, path).intern(),
    )
}

/// The world of one document.
struct Paper {
    main: FileId,
    data: Bytes,
    today: Option<Datetime>,
}

impl World for Paper {
    fn library(&self) -> &LazyHash<Library> {
        &Shelf::get().library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &Shelf::get().book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let source = Shelf::get().sources.iter().find(|source| source.id() == id);
        source.cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == Shelf::get().data { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        Shelf::get().fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}
