//! JSON as a value, with every key that an object gives twice: a reader that keeps the last one would load a company
//! that nobody wrote down.

use std::{cell::RefCell, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Into an object, by key.
    Key(String),
    /// Into a list, by position.
    Item(usize),
}

/// A way as people read it: `load.risk[3].title`.
pub(super) fn written(way: &[Step]) -> String {
    let mut text = String::new();
    for step in way {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(&crate::schema::shorten(key)),
            Step::Key(key) => text.extend([".", &crate::schema::shorten(key)]),
            Step::Item(n) => text.push_str(&format!("[{n}]")),
        }
    }
    text
}

/// Reads a text. The ways are those of keys given more than once, each once; the value has the first of them.
///
/// # Errors
/// If the text is not JSON.
pub(super) fn read(text: &str) -> serde_json::Result<(Value, Vec<Vec<Step>>)> {
    let twice = RefCell::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Node { way: None, twice: &twice }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, twice.into_inner()))
}

/// The way to a value while it is read; written out only where something is wrong.
struct Way<'a> {
    above: Option<&'a Way<'a>>,
    step: At<'a>,
}

#[derive(Clone, Copy)]
enum At<'a> {
    Key(&'a str),
    Item(usize),
}

impl Way<'_> {
    fn steps(&self) -> Vec<Step> {
        let mut steps = self.above.map(Way::steps).unwrap_or_default();
        steps.push(match self.step {
            At::Key(key) => Step::Key(key.to_owned()),
            At::Item(n) => Step::Item(n),
        });
        steps
    }
}

#[derive(Clone, Copy)]
struct Node<'a> {
    way: Option<&'a Way<'a>>,
    twice: &'a RefCell<Vec<Vec<Step>>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        Ok(Value::Number(v.into()))
    }
    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        Ok(Number::from_f64(v).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }
    fn visit_string<E: Error>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let way = Way { above: self.way, step: At::Item(items.len()) };
            match seq.next_element_seed(Node { way: Some(&way), twice: self.twice })? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut told = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let way = Way { above: self.way, step: At::Key(&key) };
            let value = map.next_value_seed(Node { way: Some(&way), twice: self.twice })?;
            if !object.contains_key(&key) {
                object.insert(key, value);
            } else if !told.contains(&key) {
                self.twice.borrow_mut().push(way.steps());
                told.insert(key);
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_serde_json_does() {
        for text in [
            "null",
            " [1, -2, 2.5, 1e3, 18446744073709551615, \"\\u00e9\", true, null, {}] ",
            r#"{"b": {"a": [[], {"c": 1}]}, "a": ""}"#,
        ] {
            assert_eq!(read(text).unwrap(), (serde_json::from_str(text).unwrap(), Vec::new()), "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        for text in ["", "{", "[1,]", "1 2", "{\"a\" 1}", &deep] {
            let theirs = serde_json::from_str::<Value>(text).unwrap_err().to_string();
            assert_eq!(read(text).unwrap_err().to_string(), theirs, "{text}");
        }
    }

    #[test]
    fn keys_given_twice_are_told_once_with_their_way_and_the_first_is_kept() {
        let (value, twice) =
            read(r#"{"a": [0, {"b": 1, "b": 2, "b": {"c": 1, "c": 1}}], "a": 3, "d": {"a": 1}}"#).unwrap();
        assert_eq!(value, serde_json::json!({"a": [0, {"b": 1}], "d": {"a": 1}}));
        let ways: Vec<String> = twice.iter().map(|way| written(way)).collect();
        assert_eq!(ways, ["a[1].b", "a[1].b.c", "a"]);
    }
}
