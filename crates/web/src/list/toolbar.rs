//! The bar of filters above a list: words, the most useful fields, further ones and the columns folded away, and the
//! filters in use as chips. One plain form: it works by pressing "Apply".

use std::fmt::Write;

use isms::{
    Date, Id, Isms, Kind,
    schema::{Field, Shape},
    views::{diff, list::Test},
};
use serde_json::Value;

use super::{
    address::Asked,
    columns::{self, Column},
};
use crate::{gate::Viewer, parts::escape, words};

/// Filters shown without unfolding, besides words, state and owner.
const USEFUL: usize = 4;
/// Most records offered in a filter; beyond, an id is typed.
const OFFERED: usize = 100;

pub(super) fn draw(out: &mut String, viewer: &Viewer, asked: &Asked) {
    let _ = write!(
        out,
        "<form class=\"toolbar\" method=\"get\" action=\"{}/{}\" data-autosubmit aria-label=\"Filter\">",
        viewer.base, asked.kind
    );
    out.push_str("<label>Contains <input name=\"q\" type=\"search\" value=\"");
    escape(out, &values_of(asked, "q").join(" "));
    out.push_str("\"></label>");
    let (first, further) = filters(asked.kind);
    for field in &first {
        filter(out, &viewer.isms, asked, field);
    }
    sort(out, asked);
    let drawn: Vec<&str> = first.iter().chain(&further).map(|f| f.name.as_str()).collect();
    out.push_str("<details class=\"menu\"><summary class=\"btn\">More filters</summary><div>");
    for field in &further {
        filter(out, &viewer.isms, asked, field);
    }
    let archived = asked.query.archived;
    let _ = write!(
        out,
        "<label>Archived <select name=\"archived\"><option value=\"\">Left out</option><option value=\"yes\"{}>Shown too</option></select></label></div></details>",
        if archived { " selected" } else { "" }
    );
    columns_menu(out, asked);
    kept(out, asked, &drawn);
    out.push_str("<div class=\"end\"><button class=\"btn\">Apply</button></div></form>");
    chips(out, viewer, asked);
}

/// The fields offered as filters: the most useful ones, the rest.
fn filters(kind: Kind) -> (Vec<&'static Field>, Vec<&'static Field>) {
    let info = kind.info();
    let can =
        |f: &&Field| matches!(f.shape.item(), Shape::Choice(_) | Shape::Ref(_) | Shape::Bool | Shape::Date);
    let listed = |f: &&Field| info.decl.columns.contains(&f.name.as_str());
    let chief = |f: &&Field| f.name == "state" || f.name == "owner_id";
    let mut first: Vec<&Field> = info.fields.iter().filter(can).filter(chief).collect();
    first.sort_by_key(|f| f.name != "state");
    let useful = info
        .fields
        .iter()
        .filter(can)
        .filter(listed)
        .filter(|f| !chief(f))
        .filter(|f| f.shape != Shape::Date);
    first.extend(useful.take(USEFUL));
    let further =
        info.fields.iter().filter(can).filter(|f| !first.iter().any(|g| g.name == f.name)).collect();
    (first, further)
}

fn value_of<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
}

/// All values of a parameter, which may be given several times.
fn values_of<'a>(asked: &'a Asked, name: &str) -> Vec<&'a str> {
    asked.pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
}

fn filter(out: &mut String, isms: &Isms, asked: &Asked, field: &Field) {
    let name = &field.name;
    let mut label = String::new();
    escape(&mut label, &words::label(field));
    let now = &values_of(asked, name).join(",");
    match field.shape.item() {
        Shape::Choice(choices) => {
            let options: Vec<_> = choices.iter().map(|c| (c.clone(), words::words(c))).collect();
            select(out, isms, field, &label, &options, now);
        }
        Shape::Bool => {
            let options = [("yes".to_owned(), "Yes".to_owned()), ("no".to_owned(), "No".to_owned())];
            select(out, isms, field, &label, &options, now);
        }
        Shape::Ref(Some(kind)) if isms.table(*kind).len() <= OFFERED => {
            let mut options: Vec<(String, String)> = isms
                .table(*kind)
                .all()
                .filter(|r| r.live())
                .map(|r| (r.id().to_string(), r.title()))
                .collect();
            if *kind != Kind::Control {
                options.sort_by_key(|(_, title)| title.to_lowercase());
            }
            select(out, isms, field, &label, &options, now);
        }
        Shape::Ref(kind) => {
            let example = kind.map_or("Id".to_owned(), |k| format!("{}-1", k.decl().prefix));
            let _ = write!(out, "<label>{label} <input name=\"{name}\" placeholder=\"{example}\" value=\"");
            escape(out, now);
            out.push_str("\"></label>");
        }
        Shape::Date => {
            for (test, word) in [("from", "from"), ("to", "to")] {
                let _ =
                    write!(out, "<label>{label} {word} <input type=\"date\" name=\"{name}.{test}\" value=\"");
                escape(out, value_of(asked, &format!("{name}.{test}")));
                out.push_str("\"></label>");
            }
        }
        _ => {}
    }
}

fn select(
    out: &mut String,
    isms: &Isms,
    field: &Field,
    label: &str,
    options: &[(String, String)],
    now: &str,
) {
    let _ = write!(out, "<label>{label} <select name=\"{}\"><option value=\"\">Any</option>", field.name);
    if !now.is_empty() && !options.iter().any(|(value, _)| value == now) {
        out.push_str("<option selected value=\"");
        escape(out, now);
        out.push_str("\">");
        escape(out, &one_of(isms, Some(field), now.split(',')));
        out.push_str("</option>");
    }
    for (value, words) in options {
        out.push_str("<option value=\"");
        escape(out, value);
        out.push_str(if value == now { "\" selected>" } else { "\">" });
        escape(out, words);
        out.push_str("</option>");
    }
    out.push_str("</select></label>");
}

/// Headings order a wide table; on a narrow screen there are none, so the order can be chosen here too.
fn sort(out: &mut String, asked: &Asked) {
    let now = value_of(asked, "sort");
    out.push_str("<label>Sort <select name=\"sort\"><option value=\"\">Id</option>");
    let mut known = now.is_empty();
    let names = [("title".to_owned(), "Title".to_owned())]
        .into_iter()
        .chain(asked.columns.iter().map(|c| (c.name().to_owned(), c.label())));
    for (name, label) in names {
        for (value, suffix) in [(name.clone(), ""), (format!("-{name}"), ", last first")] {
            known = known || value == now;
            let _ = write!(out, "<option value=\"{value}\"{}>", if value == now { " selected" } else { "" });
            escape(out, &label);
            let _ = write!(out, "{suffix}</option>");
        }
    }
    if !known {
        out.push_str("<option selected value=\"");
        escape(out, now);
        out.push_str("\">As in the address</option>");
    }
    out.push_str("</select></label>");
}

fn columns_menu(out: &mut String, asked: &Asked) {
    out.push_str("<details class=\"menu\"><summary class=\"btn\">Columns</summary><ul class=\"checks\">");
    let chosen: Vec<&str> = asked.columns.iter().map(Column::name).collect();
    for column in columns::all(asked.kind) {
        let on = chosen.contains(&column.name());
        let _ = write!(
            out,
            "<li><label class=\"check\"><input type=\"checkbox\" name=\"columns\" value=\"{}\"{}> ",
            column.name(),
            if on { " checked" } else { "" }
        );
        escape(out, &column.label());
        out.push_str("</label></li>");
    }
    out.push_str("</ul></details>");
}

/// Parameters of the address that no input of the bar holds stay as they are.
fn kept(out: &mut String, asked: &Asked, drawn: &[&str]) {
    for (name, value) in &asked.pairs {
        let (field, test) = name.split_once('.').unwrap_or((name, ""));
        let held = matches!(name.as_str(), "q" | "sort" | "page" | "archived" | "columns")
            || (drawn.contains(&field)
                && test != "empty"
                && !(test.is_empty() && is_date(asked.kind, field)));
        if !held {
            out.push_str("<input type=\"hidden\" name=\"");
            escape(out, name);
            out.push_str("\" value=\"");
            escape(out, value);
            out.push_str("\">");
        }
    }
}

fn is_date(kind: Kind, field: &str) -> bool {
    kind.info().field(field).is_some_and(|f| f.shape == Shape::Date)
}

/// What narrows the list down, each with a link to the list without it.
fn chips(out: &mut String, viewer: &Viewer, asked: &Asked) {
    if !asked.narrowed() && !asked.query.archived {
        return;
    }
    out.push_str("<ul class=\"chips\" aria-label=\"Filters in use\">");
    for (name, words) in in_use(&viewer.isms, asked) {
        out.push_str("<li>");
        escape(out, &words);
        out.push_str(" <a href=\"");
        escape(out, &asked.with(&viewer.base, &name, None));
        out.push_str("\" aria-label=\"Remove filter: ");
        escape(out, &words);
        out.push_str("\">×</a></li>");
    }
    let _ =
        write!(out, "<li class=\"plain\"><a href=\"{}/{}\">Clear all</a></li></ul>", viewer.base, asked.kind);
}

/// What narrows the list down: the parameter of the address, and in words.
pub(crate) fn in_use(isms: &Isms, asked: &Asked) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if !asked.query.words.is_empty() {
        found.push(("q".to_owned(), format!("Contains: {}", asked.query.words.join(" "))));
    }
    for (field, test) in &asked.query.filters {
        let label = words::column_label(asked.kind, field);
        let declared = asked.kind.info().field(field);
        let bound = |value: &str| value.parse::<Date>().map_or_else(|_| value.to_owned(), words::short_day);
        found.push(match test {
            Test::OneOf(values) => (
                field.clone(),
                format!("{label}: {}", one_of(isms, declared, values.iter().map(String::as_str))),
            ),
            Test::From(value) => (format!("{field}.from"), format!("{label} from {}", bound(value))),
            Test::To(value) => (format!("{field}.to"), format!("{label} to {}", bound(value))),
            Test::Empty(true) => (format!("{field}.empty"), format!("{label}: nothing there")),
            Test::Empty(false) => (format!("{field}.empty"), format!("{label}: something there")),
        });
    }
    if asked.query.archived {
        found.push(("archived".to_owned(), "Archived ones too".to_owned()));
    }
    found
}

/// Values of a filter in words: "High or critical".
fn one_of<'a>(isms: &Isms, field: Option<&Field>, values: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = values
        .map(|value| match (field.map(|f| f.shape.item()), value.trim()) {
            (Some(Shape::Ref(_)), v) => v.parse::<Id>().map_or_else(|_| v.to_owned(), |id| isms.title(id)),
            (Some(_), v) => diff::show(isms, field, &Value::String(v.to_owned())),
            (None, v) => isms::words::in_words(v),
        })
        .collect();
    words::capital(&words.join(" or "))
}
