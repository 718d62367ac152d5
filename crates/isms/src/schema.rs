//! The description of a kind at run time, read once from the JSON Schema of its struct. Forms, lists, detail pages,
//! history, JSON, CSV, OpenAPI and the check of anything handed in are all drawn from it.

use serde_json::{Map, Value};

use crate::{
    Problem,
    id::Id,
    record::{Decl, Record},
    records::Kind,
    time::Date,
    value::{LINE_MAX, LIST_MAX, is_hidden, running_scheme},
};

/// What a field can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One line of text of at most so many characters.
    Line(usize),
    /// Several lines of text of at most so many characters.
    Text(usize),
    /// A version or number kept as text.
    Number(usize),
    /// A web address or place.
    Url(usize),
    /// SHA-256 of a stored file.
    File,
    /// A row of the standard, its parent, or a control.
    Row(usize),
    /// The id of a record, or words.
    Source(usize),
    /// A free tag.
    Tag(usize),
    /// A day.
    Date,
    /// Yes or no.
    Bool,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A number.
    Decimal,
    /// One of a fixed list.
    Choice(Vec<String>),
    /// A record of a kind, or of any kind.
    Ref(Option<Kind>),
    /// Rows of a small table.
    Table(Vec<Field>),
    /// Named yes-or-no answers: the names that are known with what people read for them. Others may be there as well.
    Flags(Vec<(String, String)>),
    /// Several of something.
    List(Box<Shape>),
}

impl Shape {
    /// What people read for one of the named answers of a field.
    #[must_use]
    pub fn flag_label(&self, name: &str) -> String {
        let known = if let Shape::Flags(known) = self { known.as_slice() } else { &[] };
        let label = known.iter().find(|(known, _)| known == name).map(|(_, label)| label.clone());
        label.unwrap_or_else(|| label_of(name))
    }

    /// The shape of one item: itself unless it is a list.
    #[must_use]
    pub fn item(&self) -> &Shape {
        if let Shape::List(item) = self { item } else { self }
    }

    /// Whether it holds several values.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self, Shape::List(_))
    }
}

/// One field of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Name in JSON, exports and the ledger.
    pub name: String,
    /// What people read.
    pub label: String,
    /// What the field means, from its doc comment.
    pub help: String,
    /// What it can hold.
    pub shape: Shape,
    /// Whether a record without it is refused.
    pub required: bool,
    /// Whether only a step of the workflow sets it.
    pub by_step: bool,
}

/// A kind of record, described.
#[derive(Debug)]
pub struct KindInfo {
    /// Which kind.
    pub kind: Kind,
    /// Its declaration.
    pub decl: &'static Decl,
    /// Its fields in the order of the declaration; `state` last where there is one.
    pub fields: Vec<Field>,
    /// Its JSON Schema, for the OpenAPI document.
    pub schema: Value,
}

impl KindInfo {
    /// Describes the kind declared by `T`.
    #[must_use]
    pub fn of<T: Record>(kind: Kind) -> Self {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|s| {
            s.inline_subschemas = true;
            s.meta_schema = None;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>().to_value();
        let fields = fields_of(&schema, &T::DECL);
        Self { kind, decl: &T::DECL, fields, schema }
    }

    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The states of the kind's workflow; empty if it has none.
    #[must_use]
    pub fn states(&self) -> &[String] {
        match self.field("state").map(|f| &f.shape) {
            Some(Shape::Choice(states)) => states,
            _ => &[],
        }
    }

    /// Checks the fields of a record: names, shapes, limits, required ones. References are checked against a
    /// snapshot elsewhere.
    pub fn check(&self, body: &Map<String, Value>, problems: &mut Vec<Problem>) {
        self.check_shapes(body, problems);
        for field in self.fields.iter().filter(|f| f.required) {
            if body.get(&field.name).is_none_or(is_empty) {
                problems.push(Problem::new(&field.name, "is required"));
            }
        }
    }

    /// Checks names, shapes and limits alone. A load document may hold records that are incomplete: saying so is then
    /// for the rules.
    pub fn check_shapes(&self, body: &Map<String, Value>, problems: &mut Vec<Problem>) {
        for (name, value) in body {
            match self.field(name) {
                Some(field) => check_value(&field.shape, value, name, problems),
                None => problems.push(Problem::new(
                    name,
                    format!("is not a field of {}; its fields are {}", self.decl.name, self.names()),
                )),
            }
        }
    }

    fn names(&self) -> String {
        self.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Whether a value says nothing: null, white space, an empty list or object.
#[must_use]
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Brings a body into the form in which it is kept: values that say nothing are left out, numbers of version fields
/// become text, surrounding white space of single lines goes.
pub fn normalise(info: &KindInfo, body: &mut Map<String, Value>) {
    body.retain(|_, v| !is_empty(v));
    for (name, value) in body.iter_mut() {
        let Some(field) = info.field(name) else { continue };
        normalise_value(&field.shape, value);
    }
}

fn normalise_value(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Number(_) | Shape::Line(_) | Shape::Source(_) | Shape::Row(_), v @ Value::Number(_)) => {
            *v = Value::String(v.to_string());
        }
        (
            Shape::Line(_) | Shape::Number(_) | Shape::Url(_) | Shape::Tag(_) | Shape::Source(_),
            Value::String(s),
        ) => {
            // A tab comes with cells copied from a spreadsheet, and is a blank.
            let trimmed = s.trim();
            if trimmed.len() != s.len() || s.contains('\t') {
                *s = trimmed.replace('\t', " ");
            }
        }
        (Shape::Text(_), Value::String(s)) if s.contains('\r') => {
            *s = s.replace("\r\n", "\n").replace('\r', "\n")
        }
        (Shape::Date, Value::String(s)) => {
            if let Ok(date) = s.parse::<Date>() {
                *s = date.to_string();
            }
        }
        (Shape::Text(_), v @ Value::Array(_)) => {
            // Lists of lines are accepted where the specification says "text" (9.1: resources, criteria and so on).
            if let Some(lines) =
                v.as_array().and_then(|a| a.iter().map(|x| x.as_str()).collect::<Option<Vec<_>>>())
            {
                *v = Value::String(lines.join("\n"));
            }
        }
        (Shape::Text(_), v @ Value::Object(_)) => {
            // Figures given as an object are kept as lines of "name: value".
            if let Some(object) = v.as_object() {
                let line = |(name, value): (&String, &Value)| match value {
                    Value::String(s) => Some(format!("{name}: {s}")),
                    Value::Number(n) => Some(format!("{name}: {n}")),
                    _ => None,
                };
                if let Some(lines) = object.iter().map(line).collect::<Option<Vec<_>>>() {
                    *v = Value::String(lines.join("\n"));
                }
            }
        }
        (Shape::List(item), Value::Array(items)) => items.iter_mut().for_each(|v| normalise_value(item, v)),
        (Shape::Table(fields), Value::Object(row)) => {
            for (name, value) in row.iter_mut() {
                if let Some(field) = fields.iter().find(|f| f.name == *name) {
                    normalise_value(&field.shape, value);
                }
            }
        }
        _ => {}
    }
}

fn check_value(shape: &Shape, value: &Value, place: &str, problems: &mut Vec<Problem>) {
    let mut wrong = |message: String| problems.push(Problem::new(place, message));
    match (shape, value) {
        (_, Value::Null) => {}
        (
            Shape::Line(max)
            | Shape::Number(max)
            | Shape::Url(max)
            | Shape::Source(max)
            | Shape::Row(max)
            | Shape::Tag(max),
            Value::String(s),
        ) => {
            too_long(s, *max, &mut wrong);
            if s.contains(['\n', '\r']) {
                wrong("must be one line of text".to_owned());
            } else if let Some((at, c)) = s.chars().enumerate().find(|(_, c)| is_hidden(*c)) {
                let (place, code) = (at + 1, u32::from(c));
                wrong(format!(
                    "holds a character that cannot be seen (U+{code:04X}, at place {place}); take it out, or type the text anew"
                ));
            }
            if let Some(scheme) = running_scheme(s).filter(|_| matches!(shape, Shape::Url(_))) {
                wrong(format!(
                    "begins with “{scheme}:”, which leads nowhere; give an address, or describe the place in words"
                ));
            }
        }
        (Shape::Text(max), Value::String(s)) => {
            too_long(s, *max, &mut wrong);
            if s.contains('\0') {
                wrong("must not hold a NUL character".to_owned());
            }
        }
        (Shape::File, Value::String(s)) => {
            if s.len() != 64 || !s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                wrong("must be the SHA-256 of a stored file: 64 lowercase hexadecimal digits".to_owned());
            }
        }
        (Shape::Date, Value::String(s)) => {
            if let Err(error) = s.parse::<Date>() {
                wrong(error.to_string());
            }
        }
        (Shape::Bool, Value::Bool(_)) | (Shape::Decimal, Value::Number(_)) => {}
        (Shape::Int(min, max), Value::Number(n)) => match n.as_i64() {
            Some(n) if (*min..=*max).contains(&n) => {}
            _ => wrong(format!("must be a whole number from {min} to {max}")),
        },
        (Shape::Choice(choices), Value::String(s)) => {
            if !choices.contains(s) {
                wrong(format!("\"{}\" is not one of {}", shorten(s), choices.join(", ")));
            }
        }
        (Shape::Ref(kind), Value::String(s)) => match s.parse::<Id>() {
            Ok(id) if kind.is_none_or(|k| k == id.kind) => {}
            _ => wrong(match kind {
                Some(kind) => format!(
                    "\"{}\" is not the id of a {}, such as {}-1",
                    shorten(s),
                    kind.decl().one.to_lowercase(),
                    kind.decl().prefix
                ),
                None => format!("\"{}\" is not the id of a record, such as R-12 or A.5.9", shorten(s)),
            }),
        },
        (Shape::List(item), Value::Array(items)) => {
            if items.len() > LIST_MAX {
                wrong(format!("holds {} items; at most {LIST_MAX} are allowed", items.len()));
            }
            for (i, v) in items.iter().take(LIST_MAX).enumerate() {
                check_value(item, v, &format!("{place}[{i}]"), problems);
            }
        }
        (Shape::Table(fields), Value::Object(row)) => {
            for (name, v) in row {
                match fields.iter().find(|f| f.name == *name) {
                    Some(field) => check_value(&field.shape, v, &format!("{place}.{name}"), problems),
                    None => problems.push(Problem::new(format!("{place}.{name}"), "is not known here")),
                }
            }
        }
        (Shape::Flags(_), Value::Object(flags)) => {
            for (name, v) in flags {
                if !v.is_boolean() {
                    problems.push(Problem::new(format!("{place}.{name}"), "must be true or false"));
                }
            }
        }
        (shape, _) => wrong(format!("must be {}", expected(shape))),
    }
}

fn too_long(s: &str, max: usize, wrong: &mut impl FnMut(String)) {
    if s.len() > max {
        let count = s.chars().count();
        if count > max {
            wrong(format!("is {count} characters long; at most {max} are allowed"));
        }
    }
}

/// The beginning of a text, for messages that quote what was handed in.
#[must_use]
pub fn shorten(s: &str) -> String {
    match s.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", s.get(..end).unwrap_or_default()),
        None => s.to_owned(),
    }
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Line(_) | Shape::Number(_) | Shape::Source(_) | Shape::Tag(_) | Shape::Row(_) => "text".into(),
        Shape::Text(_) => "text".into(),
        Shape::Url(_) => "a web address or other text".into(),
        Shape::File => "the SHA-256 of a stored file".into(),
        Shape::Date => "a date, YYYY-MM-DD".into(),
        Shape::Bool => "true or false".into(),
        Shape::Int(min, max) => format!("a whole number from {min} to {max}"),
        Shape::Decimal => "a number".into(),
        Shape::Choice(choices) => format!("one of {}", choices.join(", ")),
        Shape::Ref(_) => "the id of a record".into(),
        Shape::Table(_) => "an object".into(),
        Shape::Flags(_) => "an object of true and false".into(),
        Shape::List(item) => format!("a list, each item {}", expected(item)),
    }
}

fn fields_of(schema: &Value, decl: &Decl) -> Vec<Field> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties
        .iter()
        .map(|(name, schema)| Field {
            name: name.clone(),
            label: schema.get("title").and_then(Value::as_str).map_or_else(|| label_of(name), str::to_owned),
            help: schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " "),
            shape: shape_of(schema),
            required: decl.required.contains(&name.as_str()),
            by_step: decl.by_step.contains(&name.as_str()) || (name == "state" && decl.steps_set_state),
        })
        .collect()
}

/// `last_reviewed_at` as people read it: "Last reviewed"; `asset_ids`: "Assets".
#[must_use]
pub fn label_of(name: &str) -> String {
    let words = match name.strip_suffix("_ids") {
        Some(one) => several(&one.replace('_', " ")),
        None => {
            let base = name.strip_suffix("_id").or_else(|| name.strip_suffix("_at"));
            base.unwrap_or(name).replace('_', " ")
        }
    };
    let words: Vec<&str> = words.split(' ').map(abbreviated).collect();
    let words = words.join(" ");
    let mut chars = words.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// A word as people write it where it is an abbreviation.
fn abbreviated(word: &str) -> &str {
    match word {
        "cia" => "CIA",
        "dpa" => "DPA",
        "isms" => "ISMS",
        "rtp" => "RTP",
        "soa" => "SoA",
        other => other,
    }
}

/// The plural of a name of a field, where it has one: "interacts with" has none.
fn several(one: &str) -> String {
    match one.strip_suffix('y') {
        _ if ["evidence", " with", " to"].iter().any(|end| one.ends_with(end)) => one.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{one}s"),
    }
}

fn shape_of(schema: &Value) -> Shape {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let flag = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
    let number = |key: &str| schema.get(key).and_then(Value::as_i64);
    if let Some(of) = schema.get("anyOf").and_then(Value::as_array) {
        return of.first().map_or(Shape::Line(LINE_MAX), shape_of);
    }
    if let Some(kind) = text("x-ref") {
        return Shape::Ref(Kind::by_name(kind));
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return Shape::Choice(choices.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect());
    }
    let of_type = match schema.get("type") {
        Some(Value::String(t)) => t.as_str(),
        Some(Value::Array(types)) => {
            types.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or("")
        }
        _ => "",
    };
    let max =
        schema.get("maxLength").and_then(Value::as_u64).and_then(|m| m.try_into().ok()).unwrap_or(LINE_MAX);
    match of_type {
        "boolean" => Shape::Bool,
        "integer" => Shape::Int(number("minimum").unwrap_or(0), number("maximum").unwrap_or(1_000_000_000)),
        "number" => Shape::Decimal,
        "array" => Shape::List(Box::new(schema.get("items").map_or(Shape::Line(LINE_MAX), shape_of))),
        "object" => match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => Shape::Table(
                properties
                    .iter()
                    .map(|(name, s)| Field {
                        name: name.clone(),
                        label: label_of(name),
                        help: s
                            .get("description")
                            .and_then(Value::as_str)
                            .unwrap_or_default()
                            .replace('\n', " "),
                        shape: shape_of(s),
                        required: false,
                        by_step: false,
                    })
                    .collect(),
            ),
            None => Shape::Flags(flags_of(schema)),
        },
        _ if text("format") == Some("date") => Shape::Date,
        _ if flag("x-multiline") => Shape::Text(max),
        _ if flag("x-file") => Shape::File,
        _ if flag("x-row") => Shape::Row(max),
        _ if flag("x-loose") => Shape::Source(max),
        _ if flag("x-tag") => Shape::Tag(max),
        _ if flag("x-url") => Shape::Url(max),
        _ if flag("x-number") => Shape::Number(max),
        _ => Shape::Line(max),
    }
}

/// The known names of a field of yes-or-no answers, from its extension `x-flags`: pairs of name and label.
fn flags_of(schema: &Value) -> Vec<(String, String)> {
    let known = schema.get("x-flags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |pair: &Value, at: usize| Some(pair.get(at)?.as_str()?.to_owned());
    known.iter().filter_map(|pair| Some((text(pair, 0)?, text(pair, 1)?))).collect()
}

/// Calls `f` for the value, or for each item if it is a list.
pub fn each_value(value: &mut Value, f: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(f),
        v => f(v),
    }
}
