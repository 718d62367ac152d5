//! A table of typed cells: what a list shows, on its way to a spreadsheet or a CSV file.

use std::fmt;

use isms::Date;

/// A table with a title.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    /// Its title; names the sheet.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows. A row shorter than the columns ends in empty cells; what a longer one has beyond them is left out.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table of the given columns and rows.
    #[must_use]
    pub fn new(title: &str, columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        Self { title: title.to_owned(), columns, rows }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// Width in a spreadsheet, in characters; taken from the content if not given.
    pub width: Option<f64>,
}

impl Column {
    /// A column as wide as its content asks.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), width: None }
    }

    /// A column of a given width.
    pub(crate) fn wide(title: &str, width: f64) -> Self {
        Self { title: title.to_owned(), width: Some(width) }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, whatever it looks like: never a formula, a number or a link.
    Text(String),
    /// A number. One that is not finite is shown as an empty cell.
    Number(f64),
    /// A day.
    Date(Date),
    /// Yes or no.
    Bool(bool),
    /// Nothing.
    Empty,
}

impl Cell {
    /// Text, or nothing if it is empty.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl fmt::Display for Cell {
    /// The value as people and CSV readers read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(n) if n.is_finite() => n.fmt(f),
            Self::Date(day) => day.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Number(_) | Self::Empty => Ok(()),
        }
    }
}

impl From<usize> for Cell {
    #[expect(clippy::cast_precision_loss, reason = "counts of records stay far below 2^53")]
    fn from(n: usize) -> Self {
        Self::Number(n as f64)
    }
}

impl From<Option<Date>> for Cell {
    fn from(day: Option<Date>) -> Self {
        day.map_or(Self::Empty, Self::Date)
    }
}

impl From<Option<bool>> for Cell {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Empty, Self::Bool)
    }
}

impl From<Option<u32>> for Cell {
    fn from(value: Option<u32>) -> Self {
        value.map_or(Self::Empty, |n| Self::Number(f64::from(n)))
    }
}
