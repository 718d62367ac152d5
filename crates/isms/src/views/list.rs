//! Lists of any kind: the same filters, sort order and paging for pages, JSON and exports.
//!
//! In an address, `?state=identified,analysed` keeps records whose field is one of these, `field.from=` and
//! `field.to=` bound dates and numbers (both ends included), `field.empty=yes|no` asks whether anything is there,
//! `q=` searches ids, titles and texts, `sort=-level,title` orders (minus: descending), `archived=yes` adds what was
//! put aside. A parameter given several times is as one with all the values: any of them may hold; different parameters
//! all hold.

use std::cmp::Ordering;

use serde_json::Value;

use super::derived::{self, Derived};
use crate::{
    AnyRecord, Id, Isms, Problem,
    records::Kind,
    schema::{self, Shape},
    time::Date,
};

/// Rows on a page.
pub const PER_PAGE: usize = 100;

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// The field (or one of its items) is one of these.
    OneOf(Vec<String>),
    /// Not before, or not below.
    From(String),
    /// Not after, or not above.
    To(String),
    /// Nothing is there, or something is.
    Empty(bool),
}

/// A question to a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListQuery {
    /// Field and test; of the same test of one field any must hold, and so for all fields and tests.
    pub filters: Vec<(String, Test)>,
    /// Words that must all occur in id, title or texts, in lower case.
    pub words: Vec<String>,
    /// Fields to order by, each with whether descending; the id decides ties.
    pub sort: Vec<(String, bool)>,
    /// Whether archived records are listed too.
    pub archived: bool,
    /// Page, from 1.
    pub page: usize,
}

impl ListQuery {
    /// Reads the parameters of an address. Unknown fields and values that cannot be are reported by name;
    /// parameters in `other` belong to somebody else.
    ///
    /// # Errors
    /// All problems.
    pub fn parse<'a>(
        kind: Kind,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        other: &[&str],
    ) -> Result<Self, Vec<Problem>> {
        let mut query = Self { page: 1, ..Self::default() };
        let mut problems = Vec::new();
        for (name, value) in pairs {
            let value = value.trim();
            if other.contains(&name) || (value.is_empty() && name != "page") {
                continue;
            }
            match name {
                "q" => query.words.extend(value.to_lowercase().split_whitespace().map(str::to_owned)),
                "archived" => match value {
                    "yes" | "true" | "1" => query.archived = true,
                    "no" | "false" | "0" => query.archived = false,
                    _ => problems.push(Problem::new("archived", "must be yes or no")),
                },
                "page" => match value.parse() {
                    Ok(page @ 1..) => query.page = page,
                    _ => problems.push(Problem::new("page", "must be a whole number from 1")),
                },
                "sort" => {
                    for part in value.split(',').filter(|p| !p.is_empty()) {
                        let (field, down) = part.strip_prefix('-').map_or((part, false), |f| (f, true));
                        if is_column(kind, field) {
                            // Said again, a column orders nothing any more.
                            if query.sort.iter().all(|(said, _)| said != field) {
                                query.sort.push((field.to_owned(), down));
                            }
                        } else {
                            problems.push(Problem::new("sort", unknown(kind, field)));
                        }
                    }
                }
                _ => {
                    let (field, test) = name.split_once('.').unwrap_or((name, ""));
                    if !is_column(kind, field) {
                        problems.push(Problem::new(schema::shorten(name), unknown(kind, field)));
                        continue;
                    }
                    match test_of(kind, field, test, value) {
                        Ok(test) => query.add(field, test),
                        Err(message) => problems.push(Problem::new(schema::shorten(name), message)),
                    }
                }
            }
        }
        if problems.is_empty() { Ok(query) } else { Err(problems) }
    }

    /// Adds a test; the values of one that is asked for already join its values.
    fn add(&mut self, field: &str, test: Test) {
        let known = self.filters.iter_mut().find_map(|(name, test)| match test {
            Test::OneOf(values) if name == field => Some(values),
            _ => None,
        });
        match (test, known) {
            (Test::OneOf(more), Some(values)) => {
                for value in more {
                    if !values.contains(&value) {
                        values.push(value);
                    }
                }
            }
            (test, _) => self.filters.push((field.to_owned(), test)),
        }
    }

    /// The tests by field and sort of test: any of each must hold.
    fn tests(&self, kind: Kind) -> Vec<(Column<'_>, Vec<&Test>)> {
        let mut groups: Vec<(&str, Vec<&Test>)> = Vec::new();
        let alike = |a: &Test, b: &Test| std::mem::discriminant(a) == std::mem::discriminant(b);
        for (field, test) in &self.filters {
            let same = |(name, tests): &&mut (&str, Vec<&Test>)| {
                *name == field && tests.iter().all(|t| alike(t, test))
            };
            match groups.iter_mut().find(same) {
                Some((_, tests)) => tests.push(test),
                None => groups.push((field, vec![test])),
            }
        }
        groups.into_iter().map(|(field, tests)| (Column::of(kind, field), tests)).collect()
    }

    /// What the list shows in order, without regard to paging.
    #[must_use]
    pub fn run(&self, isms: &Isms, kind: Kind, today: Date) -> Vec<u32> {
        let tests = self.tests(kind);
        let passes = |record: &dyn AnyRecord| {
            tests.iter().all(|(column, tests)| {
                let value = column.value(&derived::Cx { isms, today }, record);
                tests.iter().any(|test| holds(test, value.as_ref()))
            })
        };
        let sort: Vec<(Column, bool)> = self.sort.iter().map(|(f, d)| (Column::of(kind, f), *d)).collect();
        let cx = derived::Cx { isms, today };
        let mut rows: Vec<(Vec<Key>, u32)> = isms
            .table(kind)
            .all()
            .filter(|r| self.archived || !r.meta().archived)
            .filter(|r| passes(*r))
            .filter(|r| self.words.is_empty() || matches(isms, *r, &self.words))
            .map(|r| (sort.iter().map(|(column, _)| column.key(&cx, r)).collect(), r.id().n))
            .collect();
        if !sort.is_empty() {
            rows.sort_by(|(a, m), (b, n)| {
                for ((x, y), (_, down)) in a.iter().zip(b).zip(&sort) {
                    let order = x.compare(y, *down);
                    if order != Ordering::Equal {
                        return order;
                    }
                }
                m.cmp(n)
            });
        }
        rows.into_iter().map(|(_, n)| n).collect()
    }
}

/// Whether a kind can be filtered and ordered by a name: a field, a derived column, or meta data.
#[must_use]
pub fn is_column(kind: Kind, name: &str) -> bool {
    matches!(name, "id" | "title" | "created_at" | "updated_at")
        || kind.info().field(name).is_some()
        || derived::of(kind).iter().any(|d| d.name == name)
}

fn unknown(kind: Kind, field: &str) -> String {
    format!("\"{}\" is not a column of {kind}", schema::shorten(field))
}

fn test_of(kind: Kind, field: &str, test: &str, value: &str) -> Result<Test, String> {
    let shape = kind.info().field(field).map(|f| f.shape.item());
    match test {
        "" => {
            let values: Vec<String> = value.split(',').map(|v| v.trim().to_owned()).collect();
            if let Some(Shape::Choice(choices)) = shape
                && let Some(bad) = values.iter().find(|v| !choices.contains(v))
            {
                return Err(format!("\"{}\" is not one of {}", schema::shorten(bad), choices.join(", ")));
            }
            Ok(Test::OneOf(values))
        }
        "from" | "to" => {
            match shape {
                Some(Shape::Date) => _ = value.parse::<Date>().map_err(|e| e.to_string())?,
                Some(Shape::Int(..) | Shape::Decimal) => {
                    value.parse::<f64>().map_err(|_| "must be a number".to_owned())?;
                }
                _ => {}
            }
            Ok(if test == "from" { Test::From(value.to_owned()) } else { Test::To(value.to_owned()) })
        }
        "empty" => match value {
            "yes" | "true" => Ok(Test::Empty(true)),
            "no" | "false" => Ok(Test::Empty(false)),
            _ => Err("must be yes or no".to_owned()),
        },
        _ => Err("the tests are .from, .to and .empty".to_owned()),
    }
}

enum Column<'a> {
    Id,
    Title,
    Created,
    Updated,
    Field(&'a str, bool),
    Derived(&'static Derived),
}

impl<'a> Column<'a> {
    fn of(kind: Kind, name: &'a str) -> Self {
        if let Some(field) = kind.info().field(name) {
            return Column::Field(name, matches!(field.shape.item(), Shape::Ref(_)));
        }
        if let Some(derived) = derived::of(kind).iter().find(|d| d.name == name) {
            return Column::Derived(derived);
        }
        match name {
            "title" => Column::Title,
            "created_at" => Column::Created,
            "updated_at" => Column::Updated,
            _ => Column::Id,
        }
    }

    fn value(&self, cx: &derived::Cx<'_>, record: &dyn AnyRecord) -> Option<Value> {
        match self {
            Column::Id => Some(Value::String(record.id().to_string())),
            Column::Title => Some(Value::String(record.title())),
            Column::Created => record.meta().created_at.map(|d| Value::String(d.to_string())),
            Column::Updated => record.meta().updated_at.map(|d| Value::String(d.to_string())),
            Column::Field(name, _) => record.field(name),
            Column::Derived(derived) => (derived.value)(cx, record),
        }
    }

    fn key(&self, cx: &derived::Cx<'_>, record: &dyn AnyRecord) -> Key {
        match self {
            Column::Id => Key::Number(f64::from(record.id().n)),
            Column::Derived(derived) if derived.rank.is_some() => {
                let value = (derived.value)(cx, record);
                match (derived.rank, value) {
                    (Some(rank), Some(value)) => Key::Number(rank(cx, &value)),
                    _ => Key::Nothing,
                }
            }
            Column::Field(name, true) => match record.field(name) {
                Some(Value::String(id)) => {
                    id.parse().map_or(Key::Nothing, |id: Id| Key::text(&cx.isms.title(id)))
                }
                Some(Value::Array(items)) => items
                    .first()
                    .and_then(|v| v.as_str()?.parse().ok())
                    .map_or(Key::Nothing, |id: Id| Key::text(&cx.isms.title(id))),
                _ => Key::Nothing,
            },
            _ => Key::of(self.value(cx, record)),
        }
    }
}

/// What a row is ordered by. Nothing comes last in either direction.
enum Key {
    Number(f64),
    Text(Box<str>),
    Nothing,
}

impl Key {
    fn text(s: &str) -> Key {
        Key::Text(s.to_lowercase().into())
    }

    fn of(value: Option<Value>) -> Key {
        match value {
            None | Some(Value::Null | Value::Object(_)) => Key::Nothing,
            Some(Value::Bool(b)) => Key::Number(f64::from(u8::from(b))),
            Some(Value::Number(n)) => n.as_f64().map_or(Key::Nothing, Key::Number),
            Some(Value::String(s)) => Key::text(&s),
            Some(Value::Array(items)) => Key::of(items.into_iter().next()),
        }
    }

    fn compare(&self, other: &Key, down: bool) -> Ordering {
        let order = match (self, other) {
            (Key::Nothing, Key::Nothing) => return Ordering::Equal,
            (Key::Nothing, _) => return Ordering::Greater,
            (_, Key::Nothing) => return Ordering::Less,
            (Key::Number(a), Key::Number(b)) => a.total_cmp(b),
            (Key::Text(a), Key::Text(b)) => frameworks::natural_cmp(a, b),
            (Key::Number(_), Key::Text(_)) => Ordering::Less,
            (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        };
        if down { order.reverse() } else { order }
    }
}

fn holds(test: &Test, value: Option<&Value>) -> bool {
    match (test, value) {
        (Test::Empty(wanted), value) => value.is_none() == *wanted,
        (_, None) => false,
        (Test::OneOf(wanted), Some(Value::Array(items))) => {
            items.iter().any(|item| wanted.iter().any(|w| same(item, w)))
        }
        (Test::OneOf(wanted), Some(value)) => wanted.iter().any(|w| same(value, w)),
        (Test::From(bound), Some(value)) => against(value, bound).is_some_and(Ordering::is_ge),
        (Test::To(bound), Some(value)) => against(value, bound).is_some_and(Ordering::is_le),
    }
}

fn same(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(s) => s == wanted,
        Value::Bool(b) => matches!((b, wanted), (true, "true" | "yes") | (false, "false" | "no")),
        Value::Number(n) => n.to_string() == wanted,
        _ => false,
    }
}

fn against(value: &Value, bound: &str) -> Option<Ordering> {
    match value {
        Value::String(s) => Some(frameworks::natural_cmp(s, bound)),
        Value::Number(n) => n.as_f64()?.partial_cmp(&bound.parse().ok()?),
        _ => None,
    }
}

/// Whether all words occur in the id, the title or the texts of a record, or in the titles of what it refers to
/// directly by a single reference (the owner, say).
#[must_use]
pub fn matches(isms: &Isms, record: &dyn AnyRecord, words: &[String]) -> bool {
    let mut text = record.id().to_string().to_lowercase();
    text.push(' ');
    text.push_str(&record.title().to_lowercase());
    if words.iter().all(|w| text.contains(w.as_str())) {
        return true;
    }
    let info = record.id().kind.info();
    for (name, value) in record.fields() {
        let reference = info.field(&name).is_some_and(|f| matches!(f.shape, Shape::Ref(_)));
        text.push(' ');
        match value {
            Value::String(s) if reference => {
                if let Ok(id) = s.parse() {
                    text.push_str(&isms.title(id).to_lowercase());
                }
            }
            Value::String(s) => text.push_str(&s.to_lowercase()),
            Value::Array(items) => {
                for item in items.iter().filter_map(Value::as_str) {
                    text.push_str(&item.to_lowercase());
                    text.push(' ');
                }
            }
            Value::Number(n) => text.push_str(&n.to_string()),
            _ => {}
        }
    }
    words.iter().all(|w| text.contains(w.as_str()))
}
