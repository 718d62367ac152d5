//! Values as people read them, in lists and on record pages: ids become titles that are links, choices become words,
//! days become days.

use std::fmt::Write;

use isms::{
    Date, Id, Isms,
    schema::{Field, Shape},
};
use serde_json::Value;

use super::columns::Column;
use crate::{
    parts::{escape, path_of, tone},
    words,
};

/// Longest text in a cell, in characters.
const SHORT: usize = 140;
/// Most items of a list in a cell.
const FEW: usize = 3;

/// Where values are shown.
pub(super) struct Cells<'a> {
    pub(super) isms: &'a Isms,
    /// Prefix of links.
    pub(super) base: &'a str,
    /// Whether there is little room.
    pub(super) narrow: bool,
}

/// A value of a field on a record page.
pub(crate) fn fact(out: &mut String, isms: &Isms, base: &str, field: &Field, value: &Value) {
    Cells { isms, base, narrow: false }.value(out, &field.name, Some(&field.shape), value);
}

/// A value of a derived column on a record page.
pub(crate) fn derived_fact(out: &mut String, isms: &Isms, base: &str, name: &str, value: &Value) {
    Cells { isms, base, narrow: false }.value(out, name, None, value);
}

impl Cells<'_> {
    /// A value of a column.
    pub(super) fn cell(&self, out: &mut String, column: &Column, value: &Value) {
        self.value(out, column.name(), column.shape(), value);
    }

    fn value(&self, out: &mut String, name: &str, shape: Option<&Shape>, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(b) => out.push_str(if *b { "Yes" } else { "No" }),
            Value::Number(n) => _ = write!(out, "{n}"),
            Value::String(s) => self.text(out, name, shape.map(Shape::item), s),
            Value::Array(items) => self.items(out, name, shape.map(Shape::item), items),
            Value::Object(parts) => {
                for (i, (key, value)) in parts.iter().enumerate() {
                    out.push_str(if i > 0 { "; " } else { "" });
                    escape(out, &shape.map_or_else(|| words::words(key), |s| s.flag_label(key)));
                    out.push_str(": ");
                    self.value(out, key, None, value);
                }
            }
        }
    }

    fn items(&self, out: &mut String, name: &str, shape: Option<&Shape>, items: &[Value]) {
        if let Some(Shape::Table(columns)) = shape {
            return self.rows(out, columns, items);
        }
        let references = matches!(
            shape,
            Some(Shape::Ref(_) | Shape::Row(_) | Shape::Source(_) | Shape::Line(_) | Shape::Text(_))
        );
        if !self.narrow && references && items.len() > 1 {
            out.push_str("<ul class=\"tree\">");
            for item in items {
                out.push_str("<li>");
                self.value(out, name, shape, item);
                out.push_str("</li>");
            }
            return out.push_str("</ul>");
        }
        let most = if self.narrow { FEW } else { usize::MAX };
        for (i, item) in items.iter().take(most).enumerate() {
            out.push_str(if i > 0 { ", " } else { "" });
            self.value(out, name, shape, item);
        }
        if items.len() > most {
            let _ = write!(out, " and {} more", items.len() - most);
        }
    }

    fn rows(&self, out: &mut String, columns: &[Field], rows: &[Value]) {
        if self.narrow {
            let _ = write!(out, "{}", words::counted(rows.len(), "row", "rows"));
            return;
        }
        out.push_str("<div class=\"table-wrap\"><table class=\"list plain\"><thead><tr>");
        for column in columns {
            out.push_str("<th scope=\"col\">");
            escape(out, &words::label(column));
            out.push_str("</th>");
        }
        out.push_str("</tr></thead><tbody>");
        for row in rows {
            out.push_str("<tr>");
            for column in columns {
                out.push_str("<td>");
                if let Some(value) = row.get(&column.name) {
                    self.value(out, &column.name, Some(&column.shape), value);
                }
                out.push_str("</td>");
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div>");
    }

    fn text(&self, out: &mut String, name: &str, shape: Option<&Shape>, s: &str) {
        match shape {
            _ if name == "state" || name.ends_with("_state") => {
                out.push_str("<span class=\"state\" data-state=\"");
                escape(out, s);
                let _ = write!(out, "\" data-tone=\"{}\">", tone(s));
                escape(out, &words::words(s));
                out.push_str("</span>");
            }
            _ if name == "level" || name.ends_with("_level") => self.level(out, s),
            Some(Shape::Choice(_)) => escape(out, &words::words(s)),
            Some(Shape::Ref(_)) => match s.parse() {
                Ok(id) => self.record(out, id),
                Err(_) => escape(out, s),
            },
            Some(Shape::Source(_)) => match s.parse::<Id>() {
                Ok(id) if self.isms.record(id).is_some() => self.record(out, id),
                _ => self.plain(out, s),
            },
            Some(Shape::Row(_)) => self.row(out, s),
            Some(Shape::Url(_)) => self.url(out, s),
            Some(Shape::File) => {
                let _ = write!(out, "<a class=\"hash\" href=\"{}/files/", self.base);
                escape(out, s);
                out.push_str("\">");
                escape(out, if self.narrow { s.get(..12).unwrap_or(s) } else { s });
                out.push_str("</a>");
            }
            Some(Shape::Date) => self.day(out, s),
            None if s.len() == 10 && s.parse::<Date>().is_ok() => self.day(out, s),
            None => escape(out, &words::words(s)),
            _ => self.plain(out, s),
        }
    }

    fn level(&self, out: &mut String, s: &str) {
        out.push_str("<span class=\"level\" data-level=\"");
        escape(out, s);
        out.push_str("\">");
        escape(out, &words::words(s));
        out.push_str("</span>");
    }

    fn day(&self, out: &mut String, s: &str) {
        match s.parse::<Date>() {
            Ok(date) => {
                let shown = if self.narrow { words::short_day(date) } else { words::day(date) };
                let _ = write!(out, "<time datetime=\"{date}\">{shown}</time>");
            }
            Err(_) => escape(out, s),
        }
    }

    fn plain(&self, out: &mut String, s: &str) {
        if self.narrow {
            match s.char_indices().nth(SHORT) {
                Some((end, _)) => {
                    escape(out, s.get(..end).unwrap_or(s).trim_end());
                    out.push('…');
                }
                None => escape(out, s),
            }
            return;
        }
        for (i, line) in s.lines().enumerate() {
            out.push_str(if i > 0 { "<br>" } else { "" });
            escape(out, line);
        }
    }

    /// A record: its title as a link; on a record page with its id.
    fn record(&self, out: &mut String, id: Id) {
        let Some(record) = self.isms.record(id) else {
            let _ = write!(out, "{id}");
            return;
        };
        let title = record.title();
        let _ = write!(out, "<a href=\"{}/{}/{id}\"", self.base, id.kind.name());
        if !self.narrow && id.kind != isms::Kind::Person {
            let _ = write!(
                out,
                " class=\"id\" tabindex=\"-1\">{id}</a> <a href=\"{}{}\">",
                self.base,
                path_of(id)
            );
        } else {
            out.push('>');
        }
        escape(out, words::titled(&title));
        out.push_str("</a>");
    }

    fn row(&self, out: &mut String, s: &str) {
        match known_row_path(self.isms, s) {
            Some(path) => {
                let _ = write!(out, "<a class=\"id\" href=\"{}{path}\">", self.base);
                escape(out, s);
                out.push_str("</a>");
            }
            None => escape(out, s),
        }
    }

    /// Only web addresses become links; anything else is words.
    fn url(&self, out: &mut String, s: &str) {
        if s.starts_with("https://") || s.starts_with("http://") {
            out.push_str("<a rel=\"noopener noreferrer nofollow\" href=\"");
            escape(out, s);
            out.push_str("\">");
            self.plain(out, s);
            out.push_str("</a>");
        } else {
            self.plain(out, s);
        }
    }
}

/// The page of a row of the standard or of a control; `None` if it is neither.
fn known_row_path(isms: &Isms, row: &str) -> Option<String> {
    if let Ok(id) = row.parse::<Id>() {
        return isms.record(id).map(|_| path_of(id));
    }
    frameworks::catalogue().requirements().iter().any(|r| r.id == row).then(|| format!("/requirements/{row}"))
}
