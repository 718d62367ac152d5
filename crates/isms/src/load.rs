//! Load documents: a company as one JSON document (specification 9.1). Parsing reads what stands there and notes what is
//! wrong with its form; taking it in resolves the document's own ids, checks everything, and reports all problems
//! together, each with its place.

mod json;
mod take;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{
    Isms, Problem,
    access::Actor,
    commands::{Command, Decision, Now, Refusal},
    records::Kind,
    schema,
    time::Date,
};
use json::Step;
pub(crate) use take::Loaded;

/// A load document, parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadDocument {
    /// The day the document describes, if it says so.
    pub as_of: Option<Date>,
    /// Parameters of the rules that differ from the defaults, as name and value text.
    pub parameters: Vec<(String, String)>,
    /// The records in order: kind, the document's own id, fields. What stands in a list and is no record, or has no
    /// id, is here without id: a problem tells of it.
    pub records: Vec<(Kind, String, Map<String, Value>)>,
    /// What is wrong with the form of the document. It is refused for it, together with all else that is wrong.
    problems: Vec<Problem>,
    /// What the document holds that could not be read.
    unread: Unread,
}

/// Ids that stand in a document whose records could not be read. That they are referred to is no problem of its own.
#[derive(Clone, Debug, Default, PartialEq)]
struct Unread {
    ids: HashSet<String>,
    /// Whether there may be others.
    more: bool,
}

/// Where a record stands in a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    list: String,
    id: String,
}

impl Place {
    fn new(kind: Kind, index: usize, id: &str) -> Self {
        Self { list: format!("load.{kind}[{index}]"), id: schema::shorten(id) }
    }

    /// A problem of the record, under its place and with the record's own id: `load.risk[3].title (r1)`.
    fn of(&self, problem: Problem) -> Problem {
        let mut problem = problem.under(&self.list);
        if !self.id.is_empty() {
            problem.place.push_str(&format!(" ({})", self.id));
        }
        problem
    }
}

impl LoadDocument {
    /// Reads a document. What is wrong with a part of it is reported by [`decide`](crate::decide), together with what
    /// else is wrong.
    ///
    /// # Errors
    /// If it is no JSON object at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let text = std::str::from_utf8(bytes)
            .map_err(|e| vec![Problem::new("", format!("is not UTF-8 text (byte {})", e.valid_up_to()))])?;
        let (value, twice) =
            json::read(text).map_err(|e| vec![Problem::new("", format!("is not valid JSON: {e}"))])?;
        let Value::Object(top) = value else {
            return Err(vec![Problem::new("", "must be an object with the key \"load\"")]);
        };
        let mut document = Self::default();
        let twice = document.take_twice(twice);
        if !top.contains_key("load") {
            document.wrong("load", "is missing: records stand under it, one list a kind");
        }
        for (key, value) in top {
            match (key.as_str(), value) {
                ("as_of", Value::String(s)) => match s.parse() {
                    Ok(date) => document.as_of = Some(date),
                    Err(e) => document.wrong("as_of", format!("{e}")),
                },
                ("as_of", Value::Null) => {}
                ("as_of", _) => document.wrong("as_of", "must be a date, YYYY-MM-DD"),
                ("parameters", Value::Object(parameters)) => {
                    document.parameters =
                        parameters.into_iter().map(|(name, value)| (name, parameter_text(&value))).collect();
                }
                ("parameters", _) => document.wrong("parameters", "must be an object of name and value"),
                ("load", Value::Object(kinds)) => document.take_kinds(kinds, &twice),
                ("load", _) => document.wrong("load", "must be an object: a list of records a kind"),
                (other, _) => document.wrong(
                    schema::shorten(other),
                    "is not known here; a load document has as_of, parameters and load",
                ),
            }
        }
        Ok(document)
    }

    fn wrong(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(place, message));
    }

    /// Reports keys given twice; those of records are handed back, by list and position.
    fn take_twice(&mut self, twice: Vec<Vec<Step>>) -> HashMap<(String, usize), Vec<String>> {
        let mut of_records: HashMap<_, Vec<String>> = HashMap::new();
        for way in twice {
            if let [Step::Key(load), Step::Key(kind), Step::Item(n), rest @ ..] = way.as_slice()
                && load == "load"
                && Kind::by_name(kind).is_some()
            {
                self.unread.more |= matches!(rest, [Step::Key(id)] if id == "id");
                of_records.entry((kind.clone(), *n)).or_default().push(json::written(rest));
            } else {
                self.unread.more |= matches!(way.first(), Some(Step::Key(load)) if load == "load");
                self.wrong(json::written(&way), TWICE);
            }
        }
        of_records
    }

    fn take_kinds(&mut self, kinds: Map<String, Value>, twice: &HashMap<(String, usize), Vec<String>>) {
        let mut seen: HashMap<String, (Kind, usize)> = HashMap::new();
        for (name, list) in kinds {
            let Some(kind) = Kind::by_name(&name) else {
                self.wrong(format!("load.{}", schema::shorten(&name)), "is not a kind of record");
                let ids = list.as_array().into_iter().flatten().filter_map(|record| record.get("id"));
                self.unread.ids.extend(ids.filter_map(id_text));
                continue;
            };
            let Value::Array(list) = list else {
                self.wrong(format!("load.{name}"), "must be a list of records");
                self.unread.more = true;
                continue;
            };
            for (i, record) in list.into_iter().enumerate() {
                let mut found = Vec::new();
                let (id, fields) = match record {
                    Value::Object(mut fields) => {
                        let given = fields.shift_remove("id");
                        self.unread.ids.extend(given.as_ref().and_then(id_text).filter(|id| !fits(id)));
                        (id_of(kind, given, &mut found), fields)
                    }
                    _ => {
                        found.push(Problem::new("", "must be an object"));
                        (String::new(), Map::new())
                    }
                };
                if let Some((first, at)) = seen.get(&id) {
                    // A second one of a kind of which there is one is told of as that.
                    if !(kind.decl().single && *first == kind) {
                        self.unread.ids.insert(id.clone());
                        let message = format!(
                            "\"{}\" stands at load.{first}[{at}] already; ids are unique in a document",
                            schema::shorten(&id)
                        );
                        found.push(Problem::new("id", message));
                    }
                } else if !id.is_empty() {
                    seen.insert(id.clone(), (kind, i));
                }
                found.extend(
                    twice.get(&(name.clone(), i)).into_iter().flatten().map(|key| Problem::new(key, TWICE)),
                );
                let place = Place::new(kind, i, &id);
                self.problems.extend(found.into_iter().map(|p| place.of(p)));
                self.records.push((kind, id, fields));
            }
        }
    }
}

const TWICE: &str = "is given twice; a key stands once in an object";

/// The text of an id.
fn id_text(given: &Value) -> Option<String> {
    match given {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// Whether a text can be the id of a record.
fn fits(id: &str) -> bool {
    !id.trim().is_empty() && id.chars().count() <= 200 && !id.contains(char::is_control)
}

/// The own id of a record of a kind; empty if it has none that is right.
fn id_of(kind: Kind, given: Option<Value>, problems: &mut Vec<Problem>) -> String {
    let message = match given {
        None if kind.decl().single => return kind.name().to_owned(),
        None => "is missing",
        Some(given) => match id_text(&given) {
            Some(id) if fits(&id) => return id,
            Some(_) => "must be one line of 1 to 200 characters",
            None => "must be text",
        },
    };
    problems.push(Problem::new("id", message));
    String::new()
}

fn parameter_text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Object(levels) => {
            levels.iter().map(|(k, v)| format!("{k} {v}")).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Judges a load document against a snapshot: [`decide`](crate::decide) for [`Command::Load`].
///
/// # Errors
/// As `decide`.
pub fn decide_load(
    isms: &Isms,
    actor: &Actor,
    now: Now,
    document: LoadDocument,
) -> Result<Decision, Refusal> {
    crate::decide(isms, actor, now, Command::Load(document))
}
