//! Workbooks. A cell has the type its value has; text is written as a string whatever it looks like, so no content
//! becomes a formula or a link.

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError,
};

use crate::{Cell, Print, ReportError, STATEMENT, Table, print::Fact, words::label};

/// What fits in a cell, in UTF-16 units.
const MAX_TEXT: usize = 32_767;
const MAX_SHEET_NAME: usize = 31;
const A4: u8 = 9;
const INK: Color = Color::RGB(0x001F_3A5F);
const LINE: Color = Color::RGB(0x00D5_DBE3);

/// A list export: a front sheet and the table, exactly as given.
///
/// # Errors
/// If the workbook cannot be written, such as with more rows than a sheet holds (1,048,576).
pub fn table_xlsx(print: &Print, table: &Table) -> Result<Vec<u8>, ReportError> {
    let mut front = print.standing();
    front.extend(print.facts());
    front.push(("Rows", table.rows.len().into()));
    let mut book = Workbook::new(print);
    book.front(&front, &crate::content_hash(&hashable(table))?)?;
    book.sheet(table)?;
    book.finish()
}

/// A table as JSON, for its hash: the headings, then the rows.
fn hashable(table: &Table) -> serde_json::Value {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => serde_json::Value::from(text.as_str()),
        Cell::Number(n) => serde_json::Value::from(*n),
        Cell::Date(day) => serde_json::Value::from(day.to_string()),
        Cell::Bool(value) => serde_json::Value::from(*value),
        Cell::Empty => serde_json::Value::Null,
    };
    let rows = table.rows.iter().map(|row| row.iter().map(cell).collect());
    let head: serde_json::Value =
        table.columns.iter().map(|c| serde_json::Value::from(c.title.as_str())).collect();
    std::iter::once(head).chain(rows).collect()
}

/// A workbook being written.
pub(crate) struct Workbook<'a> {
    book: rust_xlsxwriter::Workbook,
    print: &'a Print,
    formats: Formats,
    names: Vec<String>,
}

struct Formats {
    title: Format,
    company: Format,
    name: Format,
    quiet: Format,
    head: Format,
    text: Format,
    number: Format,
    date: Format,
    fact: Format,
    fact_date: Format,
}

impl Formats {
    fn new() -> Self {
        let cell = Format::new()
            .set_align(FormatAlign::Top)
            .set_border_bottom(FormatBorder::Thin)
            .set_border_color(LINE);
        let date = cell.clone().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left);
        let plain = Format::new().set_align(FormatAlign::Top);
        let fact = plain.clone().set_text_wrap().set_align(FormatAlign::Left);
        Self {
            title: Format::new().set_bold().set_font_size(18).set_font_color(INK),
            company: Format::new().set_bold().set_font_size(12),
            name: plain.clone().set_font_color(Color::RGB(0x005B_6673)),
            quiet: plain.set_italic().set_font_color(Color::RGB(0x005B_6673)),
            head: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_font_color(Color::White)
                .set_background_color(INK),
            text: cell.clone().set_text_wrap(),
            number: cell,
            date,
            fact_date: fact.clone().set_num_format("yyyy-mm-dd"),
            fact,
        }
    }
}

impl<'a> Workbook<'a> {
    pub(crate) fn new(print: &'a Print) -> Self {
        let mut book = rust_xlsxwriter::Workbook::new();
        let mut properties = DocProperties::new()
            .set_title(legal(&print.title, 255))
            .set_company(legal(&print.company, 255))
            .set_author(legal(&print.company, 255))
            .set_category(legal(&print.classification.to_string(), 255))
            .set_comment(STATEMENT);
        // Without a time of its own the writer would put the clock's into the file.
        if let Ok(at) = ExcelDateTime::from_timestamp(print.generated.as_second()) {
            properties = properties.set_creation_datetime(&at);
        }
        book.set_properties(&properties);
        Self { book, print, formats: Formats::new(), names: Vec::new() }
    }

    /// The front sheet: whose, what, the given facts, and the hash of the content.
    pub(crate) fn front(&mut self, facts: &[Fact], hash: &str) -> Result<(), ReportError> {
        let name = self.name("Front");
        let Self { book, print, formats, .. } = self;
        let sheet = page(book.add_worksheet(), print, &name)?;
        sheet.set_screen_gridlines(false).set_column_width(0, 32)?.set_column_width(1, 90)?;
        sheet.write_string_with_format(0, 0, legal(&print.company, MAX_TEXT), &formats.company)?;
        sheet.write_string_with_format(1, 0, legal(&print.title, MAX_TEXT), &formats.title)?;
        let mut y = 3;
        let hash = ("SHA-256 of the content", Cell::text(hash));
        for (name, fact) in facts.iter().chain([&hash]) {
            sheet.write_string_with_format(y, 0, *name, &formats.name)?;
            write(sheet, y, 1, fact, &formats.fact, &formats.fact, &formats.fact_date)?;
            y += 1;
        }
        sheet.write_string_with_format(y + 1, 0, STATEMENT, &formats.quiet)?;
        Ok(())
    }

    /// A sheet with headings that stay in view, a filter, and one row a row.
    pub(crate) fn sheet(&mut self, table: &Table) -> Result<(), ReportError> {
        let name = self.name(&table.title);
        let Self { book, print, formats, .. } = self;
        let sheet = page(book.add_worksheet(), print, &name)?;
        sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?.set_row_height(0, 32)?;
        let last = u16::try_from(table.columns.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
        for (column, x) in table.columns.iter().zip(0u16..) {
            sheet.write_string_with_format(0, x, legal(&column.title, MAX_TEXT), &formats.head)?;
            sheet.set_column_width(x, column.width.unwrap_or_else(|| natural_width(table, x.into())))?;
        }
        let mut y = 0;
        for row in &table.rows {
            y += 1;
            for (cell, x) in row.iter().zip(0..last) {
                write(sheet, y, x, cell, &formats.text, &formats.number, &formats.date)?;
            }
        }
        if last > 0 {
            sheet.autofilter(0, 0, y, last - 1)?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>, ReportError> {
        Ok(self.book.save_to_buffer()?)
    }

    /// A name that a sheet may have, not used yet in this workbook.
    fn name(&mut self, title: &str) -> String {
        let clean: String = title.chars().map(|c| if r"[]:*?/\".contains(c) { ' ' } else { c }).collect();
        let clean = legal(&clean, MAX_SHEET_NAME);
        let clean = clean.trim_matches(['\'', ' ']);
        let base = if clean.is_empty() || clean.eq_ignore_ascii_case("history") { "Table" } else { clean };
        let mut name = base.to_owned();
        let mut n = 1;
        while self.names.iter().any(|used| used.to_lowercase() == name.to_lowercase()) {
            n += 1;
            let end = format!(" {n}");
            name = legal(base, MAX_SHEET_NAME - end.len()) + &end;
        }
        self.names.push(name.clone());
        name
    }
}

/// Sets what every sheet has: name, landscape A4 one page wide, what is printed above and below.
fn page<'s>(sheet: &'s mut Worksheet, print: &Print, name: &str) -> Result<&'s mut Worksheet, XlsxError> {
    // In headers `&` starts a code; doubled it is itself. Together they may have 255 characters.
    let plain = |text: &str| legal(text, 60).replace('&', "&&");
    let version =
        if print.version.is_empty() { String::new() } else { format!(" {}", label(&print.version)) };
    let below = format!("&L{}&C{STATEMENT}&RPage &P of &N", plain(&print.classification.to_string()));
    sheet
        .set_name(name)?
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_header(format!("&L{}&R{}", plain(&print.company), plain(&(print.title.clone() + &version))))
        .set_footer(below);
    Ok(sheet)
}

/// A cell as what it is; a day as text where the spreadsheet's calendar does not reach.
fn write(
    sheet: &mut Worksheet,
    y: u32,
    x: u16,
    cell: &Cell,
    text: &Format,
    number: &Format,
    date: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(words) => sheet.write_string_with_format(y, x, legal(words, MAX_TEXT), text)?,
        Cell::Number(n) if n.is_finite() => sheet.write_number_with_format(y, x, *n, number)?,
        Cell::Date(day) => match ExcelDateTime::parse_from_str(&day.to_string()) {
            Ok(at) => sheet.write_datetime_with_format(y, x, &at, date)?,
            Err(_) => sheet.write_string_with_format(y, x, day.to_string(), text)?,
        },
        Cell::Bool(value) => sheet.write_boolean_with_format(y, x, *value, number)?,
        Cell::Number(_) | Cell::Empty => sheet.write_blank(y, x, number)?,
    };
    Ok(())
}

/// The text without characters that XML cannot hold, cut to `max` UTF-16 units with a mark where it was cut.
fn legal(text: &str, max: usize) -> String {
    // Nearly all text is plain and short.
    if text.len() <= max && text.bytes().all(|b| matches!(b, b'\n' | b'\t' | b' '..=b'~')) {
        return text.to_owned();
    }
    let illegal = |c: char| match c {
        '\n' | '\t' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    };
    let whole = text.chars().filter(|c| !illegal(*c));
    let mut out = String::with_capacity(text.len());
    let mut units = 0;
    for c in whole {
        units += c.len_utf16();
        if units > max {
            while units > max {
                units -= out.pop().map_or(units, char::len_utf16);
            }
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

/// As wide as the longest line of the column, within reason.
fn natural_width(table: &Table, column: usize) -> f64 {
    let width = |cell: &Cell| match cell {
        Cell::Text(text) => text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
        Cell::Number(n) => n.to_string().len(),
        Cell::Date(_) => 10,
        Cell::Bool(_) => 6,
        Cell::Empty => 0,
    };
    let head = table.columns.get(column).map_or(0, |c| c.title.chars().count() + 3);
    let most = table.rows.iter().filter_map(|row| row.get(column)).map(width).fold(head, usize::max);
    u32::try_from(most.clamp(8, 60)).map_or(60.0, f64::from) + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_what_a_cell_holds() {
        for (text, max, cut) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("a😀b", 3, "a…"),
            ("a😀", 3, "a😀"),
            ("a\u{1}b", 9, "ab"),
        ] {
            assert_eq!(legal(text, max), cut, "{text}");
            assert!(legal(text, max).encode_utf16().count() <= max);
        }
    }
}
