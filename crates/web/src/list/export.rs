//! The rows of a list as a file: exactly what the list shows, on all its pages.

use isms::{
    Date, Id, Isms,
    schema::Shape,
    views::{derived::Cx, diff},
};
use reports::{Cell, Table};
use serde_json::Value;

use super::{address::Asked, columns::Column};
use crate::words;

/// The rows found, with the columns asked for, as a table for `reports`.
pub(crate) fn file(isms: &Isms, asked: &Asked, found: &[u32], day: Date) -> Table {
    let cx = Cx { isms, today: day };
    let heads =
        ["Id".to_owned(), "Title".to_owned()].into_iter().chain(asked.columns.iter().map(Column::label));
    let columns = heads.map(|h| reports::Column::new(&h)).collect();
    let rows = found
        .iter()
        .filter_map(|n| isms.table(asked.kind).any(*n))
        .map(|record| {
            let mut row = vec![Cell::Text(record.id().to_string()), Cell::text(record.title())];
            for column in &asked.columns {
                row.push(column.value(&cx, record).map_or(Cell::Empty, |v| cell(isms, column, &v)));
            }
            row
        })
        .collect();
    Table::new(asked.kind.decl().many, columns, rows)
}

fn cell(isms: &Isms, column: &Column, value: &Value) -> Cell {
    match (column.shape(), value) {
        (_, Value::Bool(b)) => Cell::Bool(*b),
        (_, Value::Number(n)) => n.as_f64().map_or(Cell::Empty, Cell::Number),
        (Some(Shape::Date) | None, Value::String(s)) if s.len() == 10 => {
            s.parse().map_or_else(|_| Cell::text(s.as_str()), Cell::Date)
        }
        (Some(Shape::Choice(_)) | None, Value::String(s)) => Cell::text(words::words(s)),
        (Some(Shape::Ref(_)), Value::String(s)) => {
            Cell::text(s.parse::<Id>().map_or_else(|_| s.clone(), |id| isms.title(id)))
        }
        (_, value) => {
            let field = match column {
                Column::Field(field) => Some(*field),
                _ => None,
            };
            Cell::text(diff::show(isms, field, value))
        }
    }
}
