//! Workbooks, read back by calamine.

use std::io::Cursor;

use calamine::{Data, DataType, Range, Reader, Xlsx};
use reports::{Cell, Column, Print, Table};

use crate::samples::{self, HOSTILE, day, now};

type Book = Xlsx<Cursor<Vec<u8>>>;

fn open(bytes: Vec<u8>) -> Book {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

fn sheet(book: &mut Book, name: &str) -> Range<Data> {
    book.worksheet_range(name).unwrap()
}

fn column(range: &Range<Data>, title: &str) -> usize {
    let head = range.rows().next().unwrap();
    head.iter().position(|c| c.get_string() == Some(title)).unwrap_or_else(|| panic!("no column {title}"))
}

/// The day a date cell stands for: days since the end of 1899.
fn date(cell: &Data) -> String {
    let days = cell.get_datetime().unwrap_or_else(|| panic!("{cell:?} is not a date")).as_f64();
    assert!(days.fract() == 0.0);
    day("1899-12-30").plus_days(days as i64).to_string()
}

fn fact(range: &Range<Data>, name: &str) -> Data {
    let row = range.rows().find(|row| row[0].get_string() == Some(name));
    row.unwrap_or_else(|| panic!("no fact {name}"))[1].clone()
}

#[test]
fn statement_has_typed_cells() {
    let soa = samples::soa();
    let mut book = open(reports::soa_xlsx(&soa, &Print::of_soa(&soa, now())).unwrap());
    assert_eq!(book.sheet_names(), ["Front", "Statement of Applicability", "Open points"]);

    let front = sheet(&mut book, "Front");
    assert_eq!(front.get_value((0, 0)).unwrap().get_string(), Some("Tarnwick Rota GmbH & Co. KG"));
    assert_eq!(front.get_value((1, 0)).unwrap().get_string(), Some("Statement of Applicability"));
    assert_eq!(fact(&front, "Version"), Data::String("1.2 (published)".into()));
    assert_eq!(fact(&front, "Approved by"), Data::String("Dr. Ines Okafor, 2026-02-18".into()));
    assert_eq!(fact(&front, "Classification"), Data::String("Internal".into()));
    assert_eq!(date(&fact(&front, "Describes the records as of")), "2026-03-01");
    assert_eq!(fact(&front, "Controls"), Data::Float(95.0));
    assert_eq!(fact(&front, "Excluded"), Data::Float(5.0));

    let rows = sheet(&mut book, "Statement of Applicability");
    assert_eq!(rows.height(), 96);
    let at = |row: usize, title: &str| rows.get((row, column(&rows, title))).unwrap().clone();
    assert_eq!(at(1, "Applicable"), Data::Bool(true));
    assert_eq!(at(19, "Applicable"), Data::Bool(false));
    assert_eq!(date(&at(5, "Target date")), "2026-09-30");
    assert!(at(5, "Target date").is_datetime());
    assert!(at(1, "Target date").is_empty());
    assert_eq!(at(5, "Risks"), Data::String("R-3, R-5".into()));
    assert_eq!(at(5, "Status"), Data::String("Partly".into()));
    assert_eq!(at(95, "Version of the statement"), Data::String("1.2 (published)".into()));

    let open_points = sheet(&mut book, "Open points");
    assert_eq!(open_points.height(), 3);
    assert_eq!(open_points.get_value((2, 0)).unwrap().get_string(), Some("A.8.18"));
    assert_eq!(open_points.get_value((2, 3)).unwrap(), &Data::Bool(true));
}

#[test]
fn register_has_typed_cells() {
    let register = samples::register(30);
    let mut book = open(reports::risks_xlsx(&register, &Print::of_register(&register, now())).unwrap());
    assert_eq!(book.sheet_names(), ["Front", "Risk register", "Open points"]);
    let rows = sheet(&mut book, "Risk register");
    assert_eq!(rows.height(), 31);
    let at = |row: usize, title: &str| rows.get((row, column(&rows, title))).unwrap().clone();
    assert_eq!(at(1, "Current likelihood"), Data::Float(4.0));
    assert_eq!(at(1, "Current level"), Data::String("High".into()));
    assert_eq!(date(&at(1, "Due")), "2026-06-30");
    assert_eq!(at(4, "Overdue"), Data::Bool(true));
    assert_eq!(at(1, "Overdue"), Data::Bool(false));
    assert!(at(3, "Overdue").is_empty(), "no plan, no answer");
    assert!(at(11, "Owner").is_empty());
}

#[test]
fn no_text_becomes_a_formula_a_link_or_a_number() {
    let long = "ü".repeat(40_000);
    let texts =
        HOSTILE.into_iter().chain(["12", "https://example.com", "a\u{0}b\u{7}c", "日本語 العربية", &long]);
    let rows: Vec<Vec<Cell>> = texts.map(|text| vec![Cell::Text(text.into())]).collect();
    let count = rows.len();
    let table = Table::new("R&D: list/of [all]? things that are far too long", vec![Column::new("=x")], rows);
    let mut print = Print::new("=1+1 & Söhne", "All things", day("2026-03-01"), now());
    print.filter = "-owner".into();
    let mut book = open(reports::table_xlsx(&print, &table).unwrap());
    let names = book.sheet_names();
    assert!(names[1].encode_utf16().count() <= 31 && names[1].starts_with("R&D  list of"), "{names:?}");
    let formulas = book.worksheet_formula(&names[1]).unwrap();
    assert!(formulas.used_cells().next().is_none());
    let back = sheet(&mut book, &names[1]);
    assert_eq!(back.height(), count + 1);
    let text = |y: usize| {
        back.get((y, 0)).unwrap().get_string().unwrap_or_else(|| panic!("row {y} is not text")).to_owned()
    };
    for (y, hostile) in HOSTILE.iter().enumerate() {
        assert_eq!(text(y + 1), hostile.replace('\r', ""));
    }
    assert_eq!(text(HOSTILE.len() + 1), "12");
    assert_eq!(text(HOSTILE.len() + 3), "abc");
    assert_eq!(text(HOSTILE.len() + 4), "日本語 العربية");
    assert_eq!(text(HOSTILE.len() + 5).chars().count(), 32_767);
    assert!(text(HOSTILE.len() + 5).ends_with('…'));
    let front = sheet(&mut book, "Front");
    assert_eq!(fact(&front, "Filter"), Data::String("-owner".into()));
    assert_eq!(front.get_value((0, 0)).unwrap().get_string(), Some("=1+1 & Söhne"));
}

#[test]
fn awkward_tables_are_written_all_the_same() {
    let print = Print::new("", "", day("2026-03-01"), now());
    for title in ["", "'", "History", "Front", "////", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"]
    {
        let ragged = vec![vec![], vec![Cell::Number(1.0), Cell::Number(2.0), Cell::Number(f64::INFINITY)]];
        let table = Table::new(title, vec![Column::new("a"), Column::new("b")], ragged);
        let mut book = open(reports::table_xlsx(&print, &table).unwrap());
        let name = book.sheet_names()[1].clone();
        assert_eq!(sheet(&mut book, &name).width(), 2, "{title}: what is beyond the columns is left out");
        open(reports::table_xlsx(&print, &Table::new(title, vec![], vec![vec![Cell::Bool(true)]])).unwrap());
    }
}

#[test]
fn head_stays_in_view_and_filters() {
    let soa = samples::soa();
    let bytes = reports::soa_xlsx(&soa, &Print::of_soa(&soa, now())).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let xml = std::io::read_to_string(archive.by_name("xl/worksheets/sheet2.xml").unwrap()).unwrap();
    for expected in [
        "state=\"frozen\"",
        "<autoFilter ref=\"A1:V96\"",
        "orientation=\"landscape\"",
        "Internal",
        "Page &amp;P of &amp;N",
        // In headings an ampersand is doubled, and each is an entity of XML.
        "Tarnwick Rota GmbH &amp;&amp; Co. KG",
    ] {
        assert!(xml.contains(expected), "{expected}");
    }
}

#[test]
fn same_input_same_bytes() {
    let (soa, register) = (samples::soa(), samples::register(10));
    let (print, risks) = (Print::of_soa(&soa, now()), Print::of_register(&register, now()));
    assert_eq!(reports::soa_xlsx(&soa, &print).unwrap(), reports::soa_xlsx(&soa, &print).unwrap());
    assert_eq!(
        reports::risks_xlsx(&register, &risks).unwrap(),
        reports::risks_xlsx(&register, &risks).unwrap()
    );
}
