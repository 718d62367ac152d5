//! Documents, read back by lopdf: what they say, that they are tagged, that nothing typed is taken for markup.

use isms::views::{register::Register, soa::Soa};
use lopdf::{Dictionary, Document, Object};
use reports::Print;

use crate::samples::{self, HOSTILE, day, id, now};

struct Pdf {
    document: Document,
    bytes: Vec<u8>,
}

impl Pdf {
    fn new(bytes: Vec<u8>) -> Self {
        assert!(bytes.starts_with(b"%PDF-1.7"));
        Self { document: Document::load_mem(&bytes).unwrap(), bytes }
    }

    fn soa(soa: &Soa) -> Self {
        Self::new(reports::soa_pdf(soa, &Print::of_soa(soa, now())).unwrap())
    }

    fn risks(register: &Register) -> Self {
        Self::new(reports::risks_pdf(register, &Print::of_register(register, now())).unwrap())
    }

    fn pages(&self) -> u32 {
        self.document.get_pages().len().try_into().unwrap()
    }

    /// The text of a page without spaces, since where a line is broken is not what is tested.
    fn page(&self, n: u32) -> String {
        squeeze(&self.document.extract_text(&[n]).unwrap())
    }

    fn text(&self) -> String {
        (1..=self.pages()).map(|n| self.page(n)).collect()
    }

    fn has(&self, words: &str) -> bool {
        self.text().contains(&squeeze(words))
    }

    fn dictionary(&self, object: &Object) -> Dictionary {
        match object {
            Object::Reference(id) => self.document.get_dictionary(*id).unwrap().clone(),
            other => other.as_dict().unwrap().clone(),
        }
    }

    fn metadata(&self) -> String {
        let stream = self.document.catalog().unwrap().get(b"Metadata").unwrap().as_reference().unwrap();
        let stream = self.document.get_object(stream).unwrap().as_stream().unwrap();
        String::from_utf8(stream.get_plain_content().unwrap()).unwrap()
    }

    /// Whether it claims PDF/UA-1, which the typesetter checks before it lets a document claim it.
    fn accessible(&self) -> bool {
        self.metadata().contains("pdfuaid:part")
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

#[test]
fn statement_says_all_it_must() {
    let soa = samples::soa();
    let pdf = Pdf::soa(&soa);
    let front = pdf.page(1);
    for words in [
        "Tarnwick Rota GmbH & Co. KG",
        "Statement of Applicability",
        "Version 1.2 (published)",
        "without the hosting provider's data centres",
        "Jonna Feld",
        "Dr. Ines Okafor, 2026-02-18",
        "2026-02-20",
        "ISO/IEC 27001:2022, Annex A",
        "Internal",
        "2026-03-01",
        "2026-03-02 09:30 UTC",
        "90 applicable",
        "5 excluded",
        "72 implemented",
        &reports::content_hash(&soa).unwrap(),
    ] {
        assert!(front.contains(&squeeze(words)), "{words} is not on the front page: {front}");
    }
    let text = pdf.text();
    for row in &soa.rows {
        assert!(text.contains(&row.reference), "{}", row.reference);
    }
    assert_eq!(text.matches("ISO/IEC27001:2022").count(), 1, "the edition is stated once");
    for words in [
        "Risk: R-3, R-5",
        "target 2026-09-30",
        "expired 2026-01-31",
        "Hosting provider (shared)",
        "now: Planned",
        "planned → partly",
    ] {
        assert!(pdf.has(words), "{words}");
    }
    let last = pdf.page(pdf.pages());
    assert!(
        last.contains("Openpoints") && last.contains(&squeeze("the treatment plan of R-7 uses it")),
        "{last}"
    );
    for n in 1..=pdf.pages() {
        let page = pdf.page(n);
        assert!(page.contains(&format!("Page{n}of{}", pdf.pages())), "{page}");
        assert!(page.contains(&squeeze(reports::STATEMENT)) && page.contains("Internal"));
        assert!(page.contains(&squeeze("Tarnwick Rota GmbH & Co. KG")) && page.contains("Version1.2"));
    }
}

#[test]
fn documents_are_tagged_titled_and_in_a_language() {
    for (pdf, title) in [
        (Pdf::soa(&samples::soa()), "Statement of Applicability, Tarnwick Rota GmbH &amp; Co. KG"),
        (
            Pdf::risks(&samples::register(30)),
            "Risk register and treatment plan, Tarnwick Rota GmbH &amp; Co. KG",
        ),
    ] {
        let catalog = pdf.document.catalog().unwrap();
        let mark = pdf.dictionary(catalog.get(b"MarkInfo").unwrap());
        assert!(mark.get(b"Marked").unwrap().as_bool().unwrap());
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
        assert!(catalog.has(b"StructTreeRoot") && catalog.has(b"Outlines"));
        let view = pdf.dictionary(catalog.get(b"ViewerPreferences").unwrap());
        assert!(view.get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
        let metadata = pdf.metadata();
        assert!(metadata.contains(title), "{metadata}");
        assert!(metadata.contains("2026-03-02T09:30:00"), "{metadata}");
        assert!(pdf.accessible(), "{metadata}");
    }
}

#[test]
fn same_input_same_bytes_whatever_was_made_between() {
    let soa = samples::soa();
    let first = Pdf::soa(&soa).bytes;
    Pdf::risks(&samples::register(3));
    assert!(first == Pdf::soa(&soa).bytes);
    let mut other = soa;
    other.rows[0].owner = "Somebody else".into();
    assert!(first != Pdf::soa(&other).bytes);
}

#[test]
fn what_is_not_in_force_says_so_on_every_page() {
    let mut soa = samples::soa();
    assert!(!Pdf::soa(&soa).has("DRAFT"));
    for (state, stamp) in
        [("draft", "DRAFT"), ("approved", "APPROVED, NOT PUBLISHED"), ("superseded", "SUPERSEDED")]
    {
        soa.version.as_mut().unwrap().state = state.into();
        let pdf = Pdf::soa(&soa);
        for n in 1..=pdf.pages() {
            assert!(pdf.page(n).contains(&squeeze(stamp)), "{state}, page {n}");
        }
    }
    soa.version = None;
    let pdf = Pdf::soa(&soa);
    assert!(pdf.has("DRAFT") && pdf.has("No version yet") && pdf.has("Not approved"));
}

#[test]
fn nothing_at_all_is_a_document_too() {
    let soa = Soa {
        organisation: String::new(),
        scope: String::new(),
        as_of: day("2026-03-01"),
        version: None,
        rows: vec![],
        problems: vec![],
    };
    let pdf = Pdf::soa(&soa);
    assert!(pdf.has("No control is recorded") && pdf.has("No scope is recorded") && !pdf.has("Open points"));
    assert!(pdf.accessible());
    let pdf = Pdf::risks(&samples::register(0));
    assert!(pdf.has("No risk is recorded") && pdf.has("No point is open"));
}

#[test]
fn long_texts_run_over_pages_and_long_words_break() {
    let mut soa = samples::soa();
    let short = Pdf::soa(&soa).pages();
    soa.rows[4].justification = format!("{} the very end", "Because of this and of that. ".repeat(2_000));
    soa.rows[7].how = format!("{}the last line", "One step.\n".repeat(200));
    soa.rows[5].owner = format!("x{}x", "y".repeat(300));
    let pdf = Pdf::soa(&soa);
    assert!(pdf.pages() > short + 5);
    assert!(pdf.has("the very end") && pdf.has("the last line"));
    assert!(pdf.has(&soa.rows[5].owner));
}

#[test]
fn markup_in_text_stays_text() {
    let mut soa = samples::soa();
    let mut register = samples::register(HOSTILE.len().try_into().unwrap());
    for (n, text) in HOSTILE.iter().enumerate() {
        soa.rows[n].title = (*text).into();
        soa.rows[n].justification = (*text).into();
        register.rows[n].scenario = (*text).into();
    }
    soa.organisation = HOSTILE[7].into();
    soa.scope = "#include \"/etc/passwd\" $ = [".into();
    soa.problems[0].check = "#{".into();
    for (pdf, where_) in [(Pdf::soa(&soa), "statement"), (Pdf::risks(&register), "register")] {
        for text in HOSTILE {
            assert!(pdf.has(text), "{text} in the {where_}");
        }
    }
    assert!(Pdf::soa(&soa).has("#include \"/etc/passwd\" $ = ["));
}

#[test]
fn other_alphabets_are_set_and_what_cannot_be_is_named() {
    let mut soa = samples::soa();
    for (n, text) in ["Überprüfung für Größe", "Ελληνικά", "Кириллица", "Ärztehaus – naïve façade", "עברית"]
        .iter()
        .enumerate()
    {
        soa.rows[n].owner = (*text).into();
    }
    let pdf = Pdf::soa(&soa);
    assert!(pdf.accessible());
    for text in ["Überprüfung für Größe", "Ελληνικά", "Кириллица", "naïve façade"] {
        assert!(pdf.has(text), "{text}");
    }
    assert!(!pdf.has("Characters not shown"));

    soa.rows[6].owner = "السياسة".into();
    assert!(Pdf::soa(&soa).accessible());

    soa.rows[7].owner = "情報 🔒".into();
    soa.rows[8].owner = "\u{0}\u{1b}\u{ffff}\u{fffd}\u{202e}".into();
    let pdf = Pdf::soa(&soa);
    assert!(pdf.has("Characters not shown") && pdf.has("U+5831") && pdf.has("U+1F512"));
    assert!(!pdf.accessible());
    let mark = pdf.dictionary(pdf.document.catalog().unwrap().get(b"MarkInfo").unwrap());
    assert!(mark.get(b"Marked").unwrap().as_bool().unwrap(), "tagged all the same");
}

#[test]
fn register_says_all_it_must() {
    let register = samples::register(30);
    let pdf = Pdf::risks(&register);
    for words in [
        "Risk register and treatment plan",
        "Risk method Version 2.0",
        "As of 2026-03-01",
        "Critical 30 0 0",
        "18 of 20 risks above the acceptance line have a treatment plan",
        "L4 × I3",
        "Treatment plan",
        "overdue",
        "Dr. Ines Okafor, 2026-01-20",
        "is not acceptable and has no treatment plan",
    ] {
        assert!(pdf.has(words), "{words}");
    }
    let text = pdf.text();
    for row in &register.rows {
        assert!(text.contains(&row.id.to_string()), "{}", row.id);
    }
    assert!(text.contains(&id("control", 64).to_string()));
}
