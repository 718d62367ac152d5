//! The inputs of a form as HTML. Everything can be used by keyboard and without script.

use std::fmt::Write;

use isms::{
    Id, Isms, Kind,
    schema::{Field, Shape},
};
use serde_json::{Map, Value};

use super::inputs::{Form, input_id};
use crate::{
    parts::{Markup, escape, path_of},
    words,
};

/// Most records offered one by one; beyond, ids are typed and a list of suggestions helps.
const OFFERED: usize = 200;
/// Most check boxes shown without folding them away.
const BOXES: usize = 30;
/// Most suggestions under a typed reference.
const SUGGESTED: usize = 1_000;
/// Most suggestions of each kind where a record of any kind may be named.
const SUGGESTED_EACH: usize = 20;
/// Empty rows after those of a table.
const SPARE_ROWS: usize = 3;

/// The inputs of a form, one after another.
pub(crate) fn draw(form: &Form<'_>) -> Markup {
    let mut out = String::with_capacity(8 * 1024);
    for field in &form.fields {
        Input { form, field, out: &mut out }.draw();
    }
    Markup::written(out)
}

struct Input<'a, 'f> {
    form: &'a Form<'f>,
    field: &'a Field,
    out: &'a mut String,
}

impl Input<'_, '_> {
    fn draw(&mut self) {
        match &self.field.shape {
            Shape::List(item) => match &**item {
                Shape::Table(columns) => self.rows(columns),
                Shape::Choice(choices) => {
                    let options: Vec<_> = choices.iter().map(|c| (c.clone(), words::words(c))).collect();
                    self.boxes(&options, false);
                }
                Shape::Ref(kind) => self.several(*kind),
                item => self.lines(item),
            },
            Shape::Flags(known) => self.flags(known),
            Shape::Choice(choices) => {
                let options: Vec<_> = choices.iter().map(|c| (c.clone(), words::words(c))).collect();
                self.select(&options);
            }
            Shape::Bool => {
                self.select(&[("yes".to_owned(), "Yes".to_owned()), ("no".to_owned(), "No".to_owned())])
            }
            Shape::Ref(kind) => self.reference(*kind),
            Shape::File => self.file(),
            Shape::Text(max) => self.text(*max),
            Shape::Date => self.input("date", None, ""),
            Shape::Int(min, max) => {
                self.input("number", None, &format!(" min=\"{min}\" max=\"{max}\" step=\"1\""))
            }
            Shape::Decimal => self.input("text", None, " inputmode=\"decimal\""),
            Shape::Line(max)
            | Shape::Source(max)
            | Shape::Url(max)
            | Shape::Row(max)
            | Shape::Tag(max)
            | Shape::Number(max) => {
                self.input("text", Some(*max), "");
            }
            Shape::Table(_) => {}
        }
    }

    fn value(&self) -> Option<&Value> {
        self.form.typed.get(&self.field.name)
    }

    /// What stands in a field of one value.
    fn typed(&self) -> String {
        self.value().map(text_of).unwrap_or_default()
    }

    /// What stands in a field of several values.
    fn items(&self) -> Vec<String> {
        match self.value() {
            Some(Value::Array(items)) => items.iter().map(text_of).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(value) => vec![text_of(value)],
        }
    }

    fn required(&self) -> bool {
        self.field.required || self.form.required.contains(&self.field.name.as_str())
    }

    fn push(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn open(&mut self, wide: bool) {
        let required = if self.required() { " required" } else { "" };
        let wide = if wide { " wide" } else { "" };
        let _ = write!(
            self.out,
            "<div class=\"field{required}{wide}\"><label for=\"{}\">",
            input_id(&self.field.name)
        );
        escape(self.out, &words::label(self.field));
        self.push("</label>");
    }

    fn open_group(&mut self) {
        let required = if self.required() { " required" } else { "" };
        let id = input_id(&self.field.name);
        let _ = write!(
            self.out,
            "<fieldset class=\"field{required} wide\" id=\"{id}\" tabindex=\"-1\"{}><legend>",
            self.described()
        );
        escape(self.out, &words::label(self.field));
        // The field is in the form even if nothing is chosen.
        let _ = write!(
            self.out,
            "</legend><div class=\"field wide\"><input type=\"hidden\" name=\"{}\" value=\"\">",
            self.field.name
        );
        self.notes();
    }

    fn close_group(&mut self) {
        self.push("</div></fieldset>");
    }

    /// The attributes that tie an input to its help and to what is wrong with it.
    fn described(&self) -> String {
        let name = &self.field.name;
        let wrong = !self.form.wrong(name).is_empty();
        let mut ids = Vec::new();
        if wrong {
            ids.push(format!("e-{name}"));
        }
        if !self.field.help.is_empty() {
            ids.push(format!("h-{name}"));
        }
        let invalid = if wrong { " aria-invalid=\"true\"" } else { "" };
        if ids.is_empty() {
            String::new()
        } else {
            format!("{invalid} aria-describedby=\"{}\"", ids.join(" "))
        }
    }

    fn notes(&mut self) {
        let name = &self.field.name;
        let wrong = self.form.wrong(name);
        if !wrong.is_empty() {
            let _ = write!(self.out, "<p class=\"error\" id=\"e-{name}\">");
            escape(self.out, &wrong);
            self.push("</p>");
        }
        if !self.field.help.is_empty() {
            let _ = write!(self.out, "<p class=\"help\" id=\"h-{name}\">");
            escape(self.out, &self.field.help);
            self.push("</p>");
        }
    }

    fn input(&mut self, kind: &str, max: Option<usize>, more: &str) {
        let wide = kind == "text" && max.is_some_and(|m| m > 100);
        self.open(wide);
        let name = &self.field.name;
        let required = if self.required() { " required" } else { "" };
        let max = max.map(|m| format!(" maxlength=\"{m}\"")).unwrap_or_default();
        let typed = self.typed();
        // A browser empties a date or number it cannot read; what was typed wrongly is shown as text instead.
        let readable = match kind {
            "date" => typed.is_empty() || typed.parse::<isms::Date>().is_ok(),
            "number" => typed.is_empty() || typed.parse::<f64>().is_ok(),
            _ => true,
        };
        let kind = if readable { kind } else { "text" };
        let described = self.described();
        let _ = write!(
            self.out,
            "<input id=\"{}\" name=\"{name}\" type=\"{kind}\"{max}{more}{required}{described} value=\"",
            input_id(name)
        );
        escape(self.out, &typed);
        self.push("\">");
        self.notes();
        self.push("</div>");
    }

    fn text(&mut self, max: usize) {
        self.open(true);
        self.textarea(Some(max), &self.typed());
        self.notes();
        self.push("</div>");
    }

    fn textarea(&mut self, max: Option<usize>, content: &str) {
        let name = &self.field.name;
        let required = if self.required() { " required" } else { "" };
        let max = max.map(|m| format!(" maxlength=\"{m}\"")).unwrap_or_default();
        // A line break right after the tag is dropped by browsers, so that one of the content's own stays.
        let _ = writeln!(
            self.out,
            "<textarea id=\"{}\" name=\"{name}\" rows=\"4\"{max}{required}{}>",
            input_id(name),
            self.described()
        );
        escape(self.out, content);
        self.push("</textarea>");
    }

    /// Several values, one a line.
    fn lines(&mut self, item: &Shape) {
        self.open(true);
        let items = self.items();
        if matches!(item, Shape::Tag(_)) {
            let name = &self.field.name;
            let _ = write!(
                self.out,
                "<input id=\"{}\" name=\"{name}\"{} value=\"",
                input_id(name),
                self.described()
            );
            escape(self.out, &items.join(", "));
            self.push("\"><p class=\"help\">Separate with commas.</p>");
        } else {
            self.textarea(None, &items.join("\n"));
            self.push("<p class=\"help\">One a line.</p>");
        }
        self.notes();
        self.push("</div>");
    }

    fn select(&mut self, options: &[(String, String)]) {
        let typed = match self.value() {
            Some(Value::Bool(b)) => if *b { "yes" } else { "no" }.to_owned(),
            _ => self.typed(),
        };
        self.open(false);
        let name = &self.field.name;
        let required = if self.required() { " required" } else { "" };
        let _ = write!(
            self.out,
            "<select id=\"{}\" name=\"{name}\"{required}{}>",
            input_id(name),
            self.described()
        );
        self.push("<option value=\"\">Not said</option>");
        if !typed.is_empty() && !options.iter().any(|(value, _)| *value == typed) {
            self.option(&typed, &typed, true);
        }
        for (value, label) in options {
            self.option(value, label, *value == typed);
        }
        self.push("</select>");
        self.notes();
        self.push("</div>");
    }

    fn option(&mut self, value: &str, label: &str, selected: bool) {
        self.push("<option value=\"");
        escape(self.out, value);
        self.push(if selected { "\" selected>" } else { "\">" });
        escape(self.out, label);
        self.push("</option>");
    }

    fn reference(&mut self, kind: Option<Kind>) {
        if let Some(options) = kind.and_then(|k| offered(self.form.isms, k)) {
            let mut options = options;
            let typed = self.typed();
            if let Ok(id) = typed.parse::<Id>()
                && self.form.isms.record(id).is_some()
                && !options.iter().any(|(value, _)| *value == typed)
            {
                options.insert(0, (typed, named(self.form.isms, id)));
            }
            return self.select(&options);
        }
        self.open(true);
        let name = &self.field.name;
        let typed = self.typed();
        let listed = self.suggestions(kind);
        let required = if self.required() { " required" } else { "" };
        let _ = write!(
            self.out,
            "<input id=\"{}\" name=\"{name}\" autocomplete=\"off\"{listed}{required}{} value=\"",
            input_id(name),
            self.described()
        );
        escape(self.out, &typed);
        self.push("\">");
        self.chosen(&[typed]);
        self.push("<p class=\"help\">Type an id");
        self.look_up(kind);
        self.push("</p>");
        self.notes();
        self.push("</div>");
    }

    /// Where to look up ids.
    fn look_up(&mut self, kind: Option<Kind>) {
        match kind {
            Some(kind) => {
                let _ = write!(
                    self.out,
                    ", such as {}-1, or the whole title. <a href=\"{}/{}\" target=\"_blank\">Look it up in the list of ",
                    kind.decl().prefix,
                    self.form.base,
                    kind.name()
                );
                escape(self.out, &words::many(kind));
                self.push("</a> (new tab).");
            }
            None => self.push(" of any record, such as R-1 or A.5.9."),
        }
    }

    /// The titles of the records named, where ids stand in the input.
    fn chosen(&mut self, ids: &[String]) {
        let known: Vec<Id> = ids
            .iter()
            .filter_map(|s| s.parse().ok())
            .filter(|id| self.form.isms.record(*id).is_some())
            .collect();
        if known.is_empty() {
            return;
        }
        self.push("<ul class=\"tree\">");
        for id in known {
            let _ =
                write!(self.out, "<li><a class=\"id\" href=\"{}{}\">{id}</a> ", self.form.base, path_of(id));
            escape(self.out, &self.form.isms.title(id));
            self.push("</li>");
        }
        self.push("</ul>");
    }

    /// References to several records: boxes to tick where there are few candidates, a list of ids where there are many.
    fn several(&mut self, kind: Option<Kind>) {
        let items = self.items();
        if let Some(mut options) = kind.and_then(|k| offered(self.form.isms, k)) {
            for item in items.iter().rev() {
                if !options.iter().any(|(value, _)| value == item) {
                    let label = item.parse().map_or_else(|_| item.clone(), |id| named(self.form.isms, id));
                    options.insert(0, (item.clone(), label));
                }
            }
            if options.is_empty() {
                self.open_group();
                self.push("<p class=\"muted\">None yet. ");
                if let Some(kind) = kind {
                    let _ = write!(self.out, "<a href=\"{}/{}\">", self.form.base, kind.name());
                    escape(self.out, kind.decl().many);
                    self.push("</a>");
                }
                self.push("</p>");
                return self.close_group();
            }
            return self.boxes(&options, true);
        }
        self.chosen_and_more(kind, &items);
    }

    /// References out of many records: those chosen as boxes to untick, and a box to type or search for more.
    fn chosen_and_more(&mut self, kind: Option<Kind>, items: &[String]) {
        let (known, wrong): (Vec<&String>, Vec<&String>) = items
            .iter()
            .filter(|item| !item.is_empty())
            .partition(|item| item.parse().is_ok_and(|id| self.form.isms.record(id).is_some()));
        self.open_group();
        self.push("<ul class=\"checks\">");
        for item in known {
            let label = item.parse().map_or_else(|_| item.clone(), |id| named(self.form.isms, id));
            self.tick(item, &label, true);
        }
        self.push("</ul>");
        let name = &self.field.name;
        let listed = self.suggestions(kind);
        let _ = write!(
            self.out,
            "<label for=\"n-{name}\">Add</label><input id=\"n-{name}\" name=\"{name}\" autocomplete=\"off\"{listed} aria-describedby=\"t-{name}\" value=\""
        );
        // What names nothing stays where it can be mended.
        let wrong: Vec<&str> = wrong.into_iter().map(String::as_str).collect();
        escape(self.out, &wrong.join(", "));
        let _ = write!(self.out, "\"><p class=\"help\" id=\"t-{name}\">Ids");
        self.look_up(kind);
        self.push(" Blanks or commas between several.");
        self.push("</p>");
        self.close_group();
    }

    /// Suggestions for an input of ids, and the attributes that tie it to them. With script they are searched for among
    /// all records of the kind while somebody types.
    fn suggestions(&mut self, kind: Option<Kind>) -> String {
        let name = &self.field.name;
        let isms = self.form.isms;
        let kinds = match &kind {
            Some(kind) => std::slice::from_ref(kind),
            None => Kind::ALL,
        };
        let each = if kind.is_some() { SUGGESTED } else { SUGGESTED_EACH };
        let _ = write!(self.out, "<datalist id=\"l-{name}\">");
        for kind in kinds {
            // The newest first: what was just made is what is most often referred to.
            let records: Vec<_> = isms.table(*kind).all().filter(|r| !r.meta().archived).collect();
            for record in records.iter().rev().take(each) {
                let _ = write!(self.out, "<option value=\"{}\">", record.id());
                escape(self.out, &record.title());
                self.push("</option>");
            }
        }
        self.push("</datalist>");
        let of = kind.map_or("", |k| k.decl().one);
        format!(" list=\"l-{name}\" data-suggest=\"{}/search.json\" data-of=\"{of}\"", self.form.base)
    }

    /// Boxes to tick. Many of them are folded away, those already ticked first.
    fn boxes(&mut self, options: &[(String, String)], references: bool) {
        let items = self.items();
        self.open_group();
        let (on, off): (Vec<_>, Vec<_>) = options.iter().partition(|(value, _)| items.contains(value));
        let fold = references && options.len() > BOXES;
        if !fold {
            self.push("<ul class=\"checks\">");
            for (value, label) in options {
                self.tick(value, label, items.contains(value));
            }
        } else {
            self.push("<ul class=\"checks\">");
            for (value, label) in on {
                self.tick(value, label, true);
            }
            let _ = write!(
                self.out,
                "</ul><details><summary>Choose from {}</summary><ul class=\"checks\">",
                off.len()
            );
            for (value, label) in off {
                self.tick(value, label, false);
            }
        }
        // What was typed and is no choice stays visible, so that the message beside it makes sense.
        for item in items.iter().filter(|i| !i.is_empty() && !options.iter().any(|(value, _)| value == *i)) {
            self.tick(item, item, true);
        }
        self.push(if fold { "</ul></details>" } else { "</ul>" });
        self.close_group();
    }

    fn tick(&mut self, value: &str, label: &str, on: bool) {
        let _ = write!(self.out, "<li><label><input type=\"checkbox\" name=\"{}\" value=\"", self.field.name);
        escape(self.out, value);
        self.push(if on { "\" checked> " } else { "\"> " });
        escape(self.out, label);
        self.push("</label></li>");
    }

    /// A small table with empty rows to spare.
    fn rows(&mut self, columns: &[Field]) {
        let empty = Vec::new();
        let rows = match self.value() {
            Some(Value::Array(rows)) => rows.clone(),
            _ => empty,
        };
        self.open_group();
        self.push(
            "<div class=\"table-wrap\"><table class=\"list plain\"><thead><tr><th scope=\"col\">Row</th>",
        );
        for column in columns {
            self.push("<th scope=\"col\">");
            escape(self.out, &words::label(column));
            self.push("</th>");
        }
        self.push("</tr></thead><tbody>");
        for n in 0..rows.len() + SPARE_ROWS {
            let row = rows.get(n).and_then(Value::as_object);
            let _ = write!(self.out, "<tr><th scope=\"row\">{}</th>", n + 1);
            for column in columns {
                self.cell(n, column, row);
            }
            self.push("</tr>");
        }
        self.push("</tbody></table></div><p class=\"help\">An emptied row is left out. Save to get more empty rows.</p>");
        self.close_group();
    }

    fn cell(&mut self, n: usize, column: &Field, row: Option<&Map<String, Value>>) {
        let value = row.and_then(|r| r.get(&column.name));
        let name = format!("{}[{n}].{}", self.field.name, column.name);
        let label = format!("{}, row {}", words::label(column), n + 1);
        let _ = write!(self.out, "<td data-label=\"{}\">", words::label(column));
        let text = match value {
            Some(Value::Bool(b)) => if *b { "yes" } else { "no" }.to_owned(),
            Some(value) => text_of(value),
            None => String::new(),
        };
        match &column.shape {
            Shape::Bool => {
                let _ = write!(
                    self.out,
                    "<select name=\"{name}\" aria-label=\"{label}\"><option value=\"\">Not said</option>"
                );
                self.option("yes", "Yes", text == "yes");
                self.option("no", "No", text == "no");
                self.push("</select>");
            }
            Shape::Choice(choices) => {
                let _ = write!(
                    self.out,
                    "<select name=\"{name}\" aria-label=\"{label}\"><option value=\"\">Not said</option>"
                );
                for choice in choices {
                    self.option(choice, &words::words(choice), text == *choice);
                }
                self.push("</select>");
            }
            Shape::Text(_) => {
                let _ = writeln!(self.out, "<textarea name=\"{name}\" aria-label=\"{label}\" rows=\"1\">");
                escape(self.out, &text);
                self.push("</textarea>");
            }
            Shape::Int(min, max) => {
                let _ = write!(
                    self.out,
                    "<input type=\"number\" name=\"{name}\" aria-label=\"{label}\" min=\"{min}\" max=\"{max}\" value=\""
                );
                escape(self.out, &text);
                self.push("\">");
            }
            _ => {
                let _ = write!(self.out, "<input name=\"{name}\" aria-label=\"{label}\" value=\"");
                escape(self.out, &text);
                self.push("\">");
            }
        }
        self.push("</td>");
    }

    /// Named answers as boxes to tick: the known ones with their labels, then others that are there.
    fn flags(&mut self, known: &[(String, String)]) {
        let flags = match self.value() {
            Some(Value::Object(flags)) => flags.clone(),
            _ => Map::new(),
        };
        self.open_group();
        self.push("<ul class=\"checks\">");
        let others = flags.keys().filter(|flag| !known.iter().any(|(name, _)| name == *flag));
        let others: Vec<_> = others.map(|flag| (flag.clone(), words::words(flag))).collect();
        for (flag, label) in known.iter().chain(&others) {
            self.push("<li><label><input type=\"checkbox\" name=\"");
            escape(self.out, &format!("{}.{flag}", self.field.name));
            let on = flags.get(flag).and_then(Value::as_bool) == Some(true);
            self.push(if on { "\" value=\"yes\" checked> " } else { "\" value=\"yes\"> " });
            escape(self.out, label);
            self.push("</label></li>");
        }
        self.push("</ul>");
        let name = &self.field.name;
        let _ = write!(
            self.out,
            "<div class=\"field\"><label for=\"n-{name}\">Further ones that hold</label><input id=\"n-{name}\" name=\"{name}.+\"><p class=\"help\">Separate with commas.</p></div>"
        );
        self.close_group();
    }

    fn file(&mut self) {
        let hash = self.typed();
        self.push("<div class=\"field wide\"><span class=\"label\">");
        escape(self.out, &words::label(self.field));
        self.push("</span>");
        if hash.is_empty() {
            self.push("<p class=\"muted\">No file. Files are added where they are uploaded.</p>");
        } else {
            let _ = write!(self.out, "<input type=\"hidden\" name=\"{}\" value=\"", self.field.name);
            escape(self.out, &hash);
            self.push("\"><p class=\"hash\">");
            escape(self.out, &hash);
            self.push("</p>");
        }
        self.notes();
        self.push("</div>");
    }
}

/// What a value looks like in an input.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// The records of a kind that a reference can name, if they are few: id and what people read, in the order of titles
/// (of ids for controls).
fn offered(isms: &Isms, kind: Kind) -> Option<Vec<(String, String)>> {
    let table = isms.table(kind);
    if table.len() > OFFERED {
        return None;
    }
    let mut found: Vec<(String, Id)> =
        table.all().filter(|r| r.live()).map(|r| (r.title().to_lowercase(), r.id())).collect();
    if kind != Kind::Control {
        found.sort();
    }
    Some(found.into_iter().map(|(_, id)| (id.to_string(), named(isms, id))).collect())
}

fn named(isms: &Isms, id: Id) -> String {
    if id.kind == Kind::Person { isms.title(id) } else { format!("{id} {}", isms.title(id)) }
}
