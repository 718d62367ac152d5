//! CSV as RFC 4180 has it: comma, CRLF, quotes doubled, a line of headings. UTF-8 with a byte order mark, because
//! without one the most used spreadsheet reads the file in the machine's old code page and spoils every accent; a
//! reader that does not expect the mark drops its first three bytes.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

use crate::{Cell, ReportError, Table};

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The table as CSV: days as `YYYY-MM-DD`, yes and no as `true` and `false`.
///
/// Text that a spreadsheet might take for a formula (it begins with `=`, `+`, `-`, `@`, tab, carriage return or line
/// feed, or a full-width form of the signs) gets an apostrophe in front; a real number keeps its sign.
///
/// # Errors
/// Does not fail on any content; the writer's own error is handed on.
pub fn table_csv(table: &Table) -> Result<Vec<u8>, ReportError> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(MARK.to_vec());
    writer.write_record(table.columns.iter().map(|c| inert(&c.title).into_owned()))?;
    for row in &table.rows {
        let cells = row.iter().chain(std::iter::repeat(&Cell::Empty)).take(table.columns.len());
        writer.write_record(cells.map(|cell| field(cell).into_owned()))?;
    }
    writer.into_inner().map_err(|e| ReportError::Csv(e.into_error().into()))
}

fn field(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => inert(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Text that no spreadsheet takes for a formula.
fn inert(text: &str) -> Cow<'_, str> {
    const STARTS: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(STARTS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}
