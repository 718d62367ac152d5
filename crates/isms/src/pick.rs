//! The fields of a typed record one by one, without turning the whole record into JSON: what lists sort and filter
//! by, and what the JSON interface writes.

use serde::{
    Serialize, Serializer,
    ser::{Error as _, Impossible, SerializeStruct},
};
use serde_json::{Error, Value};

/// The value of field `name`; `None` if there is no such field or it says nothing.
pub(crate) fn pick<T: Serialize>(body: &T, name: &str) -> Option<Value> {
    let found = body.serialize(Each(Pick { name, found: None })).ok()?.found;
    found.filter(|v| !crate::schema::is_empty(v))
}

/// Writes every field that says something as `,"name":value`, in the order of the declaration.
pub(crate) fn write<T: Serialize>(body: &T, out: &mut Vec<u8>) {
    let start = out.len();
    if body.serialize(Each(Write { out })).is_err() {
        out.truncate(start);
    }
}

/// What is done with each field of a struct.
trait Visit {
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error>;
}

struct Pick<'a> {
    name: &'a str,
    found: Option<Value>,
}

impl Visit for Pick<'_> {
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if name == self.name {
            self.found = Some(serde_json::to_value(value)?);
        }
        Ok(())
    }
}

struct Write<'a> {
    out: &'a mut Vec<u8>,
}

impl Visit for Write<'_> {
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        let start = self.out.len();
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        let at = self.out.len();
        serde_json::to_writer(&mut *self.out, value)?;
        let written = self.out.get(at..).unwrap_or_default();
        if says_nothing(written) {
            self.out.truncate(start);
        }
        Ok(())
    }
}

/// As [`crate::schema::is_empty`], of written JSON.
fn says_nothing(json: &[u8]) -> bool {
    match json {
        b"null" | b"[]" | b"{}" => true,
        [b'"', text @ .., b'"'] => {
            // Only text that begins with white space or an escape can be white space as a whole.
            text.first().is_none_or(|b| *b == b' ' || *b == b'\\' || !b.is_ascii())
                && serde_json::from_slice::<String>(json).is_ok_and(|s| s.trim().is_empty())
        }
        _ => false,
    }
}

struct Each<V>(V);

impl<V: Visit> SerializeStruct for Each<V> {
    type Ok = V;
    type Error = Error;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.0.field(key, value)
    }

    fn end(self) -> Result<V, Error> {
        Ok(self.0)
    }
}

fn no<T>() -> Result<T, Error> {
    Err(Error::custom("only structs have fields"))
}

macro_rules! refuse {
    ($($method:ident($($arg:ty),*)),* $(,)?) => {
        $(fn $method(self, $(_: $arg),*) -> Result<Self::Ok, Error> { no() })*
    };
}

impl<V: Visit> Serializer for Each<V> {
    type Ok = V;
    type Error = Error;
    type SerializeSeq = Impossible<V, Error>;
    type SerializeTuple = Impossible<V, Error>;
    type SerializeTupleStruct = Impossible<V, Error>;
    type SerializeTupleVariant = Impossible<V, Error>;
    type SerializeMap = Impossible<V, Error>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<V, Error>;

    refuse! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64), serialize_f32(f32),
        serialize_f64(f64), serialize_char(char), serialize_str(&str), serialize_bytes(&[u8]), serialize_none(),
        serialize_unit(), serialize_unit_struct(&'static str), serialize_unit_variant(&'static str, u32, &'static str),
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<Self::Ok, Error> {
        value.serialize(self)
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        v: &T,
    ) -> Result<Self::Ok, Error> {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, Error> {
        no()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        no()
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        no()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Error> {
        no()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        no()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Error> {
        no()
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        no()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Person;

    #[test]
    fn picks_one_field_and_leaves_out_what_says_nothing() {
        let person = Person { name: "Ada".into(), in_scope: Some(false), ..Person::default() };
        assert_eq!(pick(&person, "name"), Some(Value::String("Ada".into())));
        assert_eq!(pick(&person, "in_scope"), Some(Value::Bool(false)));
        assert_eq!(pick(&person, "end_date"), None);
        assert_eq!(pick(&person, "no_such"), None);
    }

    #[test]
    fn writes_what_says_something() {
        let person = Person { name: "A \"d\" é".into(), in_scope: Some(false), ..Person::default() };
        let mut out = b"{\"id\":1".to_vec();
        write(&person, &mut out);
        out.push(b'}');
        let value: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value, serde_json::json!({ "id": 1, "name": "A \"d\" é", "in_scope": false }));
        for (json, nothing) in [
            ("\"\"", true),
            ("\" \\n\"", true),
            ("\"\u{a0}\"", true),
            ("\"é\"", false),
            ("false", false),
            ("0", false),
        ] {
            assert_eq!(says_nothing(json.as_bytes()), nothing, "{json}");
        }
    }
}
