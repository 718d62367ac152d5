//! What a form or the question of an address takes: each name, and what may stand behind it. Whatever else is sent is a
//! problem with its name, so that a slip of the pen or of a program is said and not passed over. Forms of every kind and
//! those of a page's own shape are checked here alike; what a value means is for the core.

use std::borrow::Cow;

use isms::{
    Kind, Problem,
    schema::{Field, Shape, shorten},
};

use super::Pairs;
use crate::words;

/// The names that something takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Takes<'a> {
    fields: Vec<&'a Field>,
    inputs: Vec<(Cow<'a, str>, Holds<'a>)>,
    /// Whether it is the question of an address, which people type: what it takes is then said as well.
    address: bool,
}

/// What may stand behind a name that is no field of a kind.
#[derive(Clone, Debug)]
enum Holds<'a> {
    /// Any text, once.
    Text,
    /// One of these or nothing, once.
    OneOf(Vec<Cow<'a, str>>),
    /// Any texts.
    Several,
}

impl<'a> Takes<'a> {
    /// A form with these fields of a kind, and what it holds besides.
    pub(crate) fn fields(fields: &[&'a Field]) -> Self {
        Self { fields: fields.to_vec(), ..Self::default() }
    }

    /// The question of an address.
    pub(crate) fn address() -> Self {
        Self { address: true, ..Self::default() }
    }

    /// And the fields of these names of a kind.
    pub(crate) fn and(mut self, kind: Kind, names: &[&str]) -> Self {
        self.fields.extend(names.iter().filter_map(|name| kind.info().field(name)));
        self
    }

    /// And inputs that hold any text, each once.
    pub(crate) fn text(mut self, names: &[&'a str]) -> Self {
        self.inputs.extend(names.iter().map(|name| (Cow::Borrowed(*name), Holds::Text)));
        self
    }

    /// And an input of a name made on the spot, which holds any text once.
    pub(crate) fn named(mut self, name: String) -> Self {
        self.inputs.push((Cow::Owned(name), Holds::Text));
        self
    }

    /// And inputs that hold any number of texts.
    pub(crate) fn several(mut self, names: &[&'a str]) -> Self {
        self.inputs.extend(names.iter().map(|name| (Cow::Borrowed(*name), Holds::Several)));
        self
    }

    /// And an input that holds one of some choices, or nothing.
    pub(crate) fn one_of<N, C>(mut self, name: N, choices: impl IntoIterator<Item = C>) -> Self
    where
        N: Into<Cow<'a, str>>,
        C: Into<Cow<'a, str>>,
    {
        let choices = choices.into_iter().map(Into::into).collect();
        self.inputs.push((name.into(), Holds::OneOf(choices)));
        self
    }

    /// What is wrong with the names sent, and with choices that are none. Each name is reported once.
    pub(crate) fn check(&self, pairs: &Pairs) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in &pairs.0 {
            let again = seen.contains(&name.as_str());
            if !again {
                seen.push(name);
            }
            let wrong = match self.holds(name) {
                None if again => continue,
                None => {
                    problems.push(Problem::new("", self.unknown(name)));
                    continue;
                }
                Some(Holds::Several) => continue,
                Some(_) if again => "is given more than once; it takes one value".to_owned(),
                Some(Holds::Text) => continue,
                Some(Holds::OneOf(choices)) => {
                    let value = value.trim();
                    if value.is_empty() || choices.iter().any(|c| c == value) {
                        continue;
                    }
                    if choices.is_empty() {
                        let wrong =
                            format!("“{}” says nothing here; it is filled in by its parts", shorten(value));
                        problems.push(at(name, wrong));
                        continue;
                    }
                    let known: Vec<String> = choices.iter().map(|c| words::words(c)).collect();
                    format!("“{}” is not one of: {}", shorten(value), known.join(", "))
                }
            };
            let problem = at(name, wrong);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    /// What stands behind a name; nothing if it is not taken.
    fn holds(&self, name: &str) -> Option<Holds<'a>> {
        let input = self.inputs.iter().find(|(known, _)| known == name).map(|(_, holds)| holds.clone());
        input.or_else(|| self.fields.iter().find_map(|field| of_field(field, name)))
    }

    fn unknown(&self, name: &str) -> String {
        let name = shorten(name);
        if !self.address {
            return format!("“{name}” is not a field of this form");
        }
        let known: Vec<&str> = self.inputs.iter().map(|(known, _)| known.as_ref()).collect();
        match known.as_slice() {
            [] => format!("“{name}” means nothing here; this address takes no question"),
            known => format!("“{name}” means nothing here; this address takes {}", known.join(", ")),
        }
    }
}

/// What a field takes under a name that may be its own: lists take several values, tables `name[0].column`, flags
/// `name.flag`.
fn of_field(field: &Field, name: &str) -> Option<Holds<'static>> {
    let rest = name.strip_prefix(field.name.as_str())?;
    match &field.shape {
        Shape::List(item) => match &**item {
            // By itself the name only says that the form has the field.
            Shape::Table(_) if rest.is_empty() => Some(Holds::OneOf(Vec::new())),
            Shape::Table(columns) => {
                let (index, column) = rest.strip_prefix('[')?.split_once("].")?;
                index.parse::<usize>().ok()?;
                columns.iter().any(|c| c.name == column).then_some(Holds::Text)
            }
            _ => rest.is_empty().then_some(Holds::Several),
        },
        Shape::Flags(_) if rest.is_empty() => Some(Holds::OneOf(Vec::new())),
        Shape::Flags(_) => rest.starts_with('.').then_some(Holds::Text),
        _ => rest.is_empty().then_some(Holds::Text),
    }
}

/// A problem at an input. Names of inputs that a page made up may hold hyphens and dots: places end at a dot, and what is
/// wrong with such an input is said with its name.
fn at(name: &str, wrong: String) -> Problem {
    let known = shorten(name);
    if known.contains('-') {
        return Problem::new(known.replace(['.', '['], "-"), format!("“{known}”: {wrong}"));
    }
    Problem::new(known, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(sent: &[(&str, &str)]) -> Pairs {
        Pairs(sent.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn what_is_not_taken_is_named_once() {
        let takes = Takes::default()
            .and(Kind::RiskMethod, &["version", "likelihood_scale"])
            .and(Kind::Risk, &["asset_ids"])
            .one_of("type", ["current", "residual"])
            .one_of("d-A.5.9".to_owned(), ["baseline"])
            .several(&["control_ids"])
            .text(&["_comment"]);
        let fine = [
            ("version", "1"),
            ("likelihood_scale", ""),
            ("likelihood_scale[2].label", "Rare"),
            ("asset_ids", ""),
            ("asset_ids", "AST-1"),
            ("type", ""),
            ("d-A.5.9", "baseline"),
            ("control_ids", "A.5.1"),
            ("control_ids", "A.5.2"),
            ("_comment", "x"),
        ];
        assert_eq!(takes.check(&pairs(&fine)), []);
        for (sent, place, said) in [
            (vec![("typ", "x"), ("typ", "y")], "", "“typ” is not a field"),
            (vec![("version", "1"), ("version", "2"), ("version", "3")], "version", "more than once"),
            (vec![("version[0]", "1")], "", "“version[0]”"),
            (vec![("likelihood_scale", "all")], "likelihood_scale", "“all” says nothing here"),
            (vec![("likelihood_scale[x].label", "a")], "", "likelihood_scale[x].label"),
            (vec![("likelihood_scale[0].colour", "a")], "", "likelihood_scale[0].colour"),
            (vec![("likelihood_scale[0].label", "a"); 2], "likelihood_scale[0].label", "more than once"),
            (vec![("asset_ids[0]", "AST-1")], "", "asset_ids[0]"),
            (vec![("type", "maybe")], "type", "“maybe” is not one of: Current, Residual"),
            (vec![("d-A.5.9", "no")], "d-A-5-9", "“d-A.5.9”: “no” is not one of: Baseline"),
            (vec![("_Comment", "x")], "", "“_Comment”"),
        ] {
            let problems = takes.check(&pairs(&sent));
            assert_eq!(problems.len(), 1, "{sent:?}: {problems:?}");
            assert_eq!(problems[0].place, place, "{sent:?}");
            assert!(problems[0].message.contains(said), "{sent:?}: {problems:?}");
        }
        let asked = Takes::address().text(&["version"]).check(&pairs(&[("state", "open")]));
        assert_eq!(asked[0].message, "“state” means nothing here; this address takes version");
    }
}
