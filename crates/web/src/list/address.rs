//! The address of a list: which records, in which order, which columns, which page; and addresses that differ from it
//! in one of these.

use isms::{
    Kind, Problem,
    views::list::{ListQuery, PER_PAGE},
};

use super::columns::{self, Column};
use crate::{error::WebError, forms::pairs_of, pager::Pager};

/// What an address asks of a list.
pub(crate) struct Asked {
    /// The kind.
    pub(crate) kind: Kind,
    /// Which records in which order.
    pub(crate) query: ListQuery,
    /// The columns after id and title.
    pub(crate) columns: Vec<Column>,
    /// The parameters that say something, as they stand in the address.
    pub(crate) pairs: Vec<(String, String)>,
}

/// Parameters that are no question to the records.
const OTHER: &[&str] = &["columns", "at"];

impl Asked {
    /// Reads the query part of an address.
    ///
    /// # Errors
    /// Unknown columns and impossible values, by name.
    pub(crate) fn read(kind: Kind, query: Option<&str>) -> Result<Self, WebError> {
        let pairs = pairs_of(query.unwrap_or_default().as_bytes())?;
        let found = ListQuery::parse(kind, pairs.0.iter().map(|(n, v)| (n.as_str(), v.as_str())), OTHER)
            .map_err(WebError::Invalid)?;
        let names: Vec<&str> = pairs
            .all("columns")
            .flat_map(|v| v.split(','))
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .collect();
        let columns = if names.is_empty() { columns::usual(kind) } else { chosen(kind, &names)? };
        let pairs = pairs.0.into_iter().filter(|(_, v)| !v.trim().is_empty()).collect();
        Ok(Self { kind, query: found, columns, pairs })
    }

    /// The address with one parameter set anew, or without it; paging begins again.
    pub(crate) fn with(&self, base: &str, name: &str, value: Option<&str>) -> String {
        let mut address = format!("{base}/{}", self.kind.name());
        address.push_str(&self.question(&[name], value.map(|v| (name, v))));
        address
    }

    /// The question mark and what follows, without some parameters and with one more. The page is always left out
    /// unless it is the one added.
    pub(crate) fn question(&self, without: &[&str], more: Option<(&str, &str)>) -> String {
        let kept = self.pairs.iter().filter(|(n, _)| n != "page" && !without.contains(&n.as_str()));
        let mut out = String::new();
        for (name, value) in kept.map(|(n, v)| (n.as_str(), v.as_str())).chain(more) {
            out.push(if out.is_empty() { '?' } else { '&' });
            out.push_str(&urlencoding::encode(name));
            out.push('=');
            // Commas and dots are common here and mean nothing special in the query of an address.
            out.push_str(&urlencoding::encode(value).replace("%2C", ","));
        }
        out
    }

    /// Whether anything narrows the list down.
    pub(crate) fn narrowed(&self) -> bool {
        !self.query.filters.is_empty() || !self.query.words.is_empty()
    }

    /// Where the page stands among those of a list so long.
    pub(crate) fn pager(&self, found: usize) -> Pager {
        Pager { page: self.query.page, per_page: PER_PAGE, found }
    }

    /// The part of the numbers found that the page shows.
    pub(crate) fn on_page<'a>(&self, found: &'a [u32]) -> &'a [u32] {
        found.get(self.pager(found.len()).shown()).unwrap_or_default()
    }
}

fn chosen(kind: Kind, names: &[&str]) -> Result<Vec<Column>, WebError> {
    let mut columns = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        match Column::named(kind, name) {
            Some(column) if columns.iter().any(|c: &Column| c.name() == column.name()) => {}
            Some(column) => columns.push(column),
            None => problems.push(Problem::new(
                "columns",
                format!("\"{}\" is not a column of {kind}", isms::schema::shorten(name)),
            )),
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(WebError::Invalid(problems)) }
}
