//! Record ids: `R-12`, `AST-4`, and the references of Annex A (`A.5.9`). An id is a kind and a number; it is shown
//! with the prefix of its kind and never used again once given.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{record::Filed, records::Kind};

/// The id of any record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// What kind of record.
    pub kind: Kind,
    /// Its number within the kind, from 1.
    pub n: u32,
}

/// How many controls Annex A of ISO/IEC 27001:2022 has; `control` records 1 to 93 are those, in their order.
pub const ANNEX_A: u32 = 93;
/// The themes of Annex A: clause of ISO/IEC 27002 and number of controls.
const THEMES: [(u32, u32); 4] = [(5, 37), (6, 8), (7, 14), (8, 34)];

fn annex_a_ref(n: u32) -> Option<(u32, u32)> {
    let mut left = n.checked_sub(1)?;
    for (theme, count) in THEMES {
        if left < count {
            return Some((theme, left + 1));
        }
        left -= count;
    }
    None
}

fn annex_a_number(s: &str) -> Option<u32> {
    let (theme, item) = s.strip_prefix("A.")?.split_once('.')?;
    let (theme, item): (u32, u32) = (number(theme)?, number(item)?);
    let mut before = 0;
    for (t, count) in THEMES {
        if t == theme {
            return (item <= count).then_some(before + item);
        }
        before += count;
    }
    None
}

/// A positive decimal number without sign or leading zero.
fn number(s: &str) -> Option<u32> {
    if s.is_empty() || s.starts_with('0') || !s.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    s.parse().ok()
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::Control {
            return match annex_a_ref(self.n) {
                Some((theme, item)) => write!(f, "A.{theme}.{item}"),
                None => write!(f, "C-{}", self.n - ANNEX_A),
            };
        }
        write!(f, "{}-{}", self.kind.decl().prefix, self.n)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not the id of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a record, such as R-12 or A.5.9")]
pub struct NotAnId;

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(s: &str) -> Result<Self, NotAnId> {
        if let Some(n) = annex_a_number(s) {
            return Ok(Id { kind: Kind::Control, n });
        }
        let (prefix, n) = s.rsplit_once('-').ok_or(NotAnId)?;
        let kind = Kind::by_prefix(prefix).ok_or(NotAnId)?;
        let n = number(n).ok_or(NotAnId)?;
        let n = if kind == Kind::Control { n.checked_add(ANNEX_A).ok_or(NotAnId)? } else { n };
        Ok(Id { kind, n })
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Id {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-ref": "*" })
    }
}

/// A reference to a record of kind `T`. Written as the id; a reference to nothing is refused when it is written.
pub struct Ref<T> {
    n: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T: Filed> Ref<T> {
    /// The reference to number `n` of the kind.
    #[must_use]
    pub fn new(n: u32) -> Self {
        Self { n, kind: PhantomData }
    }

    /// The number within the kind.
    #[must_use]
    pub fn n(self) -> u32 {
        self.n
    }

    /// The untyped id.
    #[must_use]
    pub fn id(self) -> Id {
        Id { kind: T::KIND, n: self.n }
    }
}

impl<T: Filed> TryFrom<Id> for Ref<T> {
    type Error = NotAnId;
    fn try_from(id: Id) -> Result<Self, NotAnId> {
        if id.kind == T::KIND { Ok(Self::new(id.n)) } else { Err(NotAnId) }
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}
impl<T> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}
impl<T> Eq for Ref<T> {}
impl<T> PartialOrd for Ref<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Ref<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.n.cmp(&other.n)
    }
}
impl<T> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.n.hash(state);
    }
}
impl<T: Filed> fmt::Display for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id().fmt(f)
    }
}
impl<T: Filed> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id().fmt(f)
    }
}
impl<T: Filed> Serialize for Ref<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.id())
    }
}
impl<'de, T: Filed> Deserialize<'de> for Ref<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Id::deserialize(d)?.try_into().map_err(de::Error::custom)
    }
}
impl<T: Filed> JsonSchema for Ref<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Ref_{}", T::DECL.name).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-ref": T::DECL.name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_show() {
        for text in ["R-12", "AST-4", "A.5.1", "A.5.37", "A.6.1", "A.6.8", "A.7.14", "A.8.34", "C-1", "ORG-1"]
        {
            assert_eq!(text.parse::<Id>().unwrap().to_string(), text);
        }
        assert_eq!("A.8.34".parse::<Id>().unwrap().n, ANNEX_A);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "R",
            "R-",
            "R-0",
            "R-01",
            "R--1",
            "X-1",
            "A.5.38",
            "A.9.1",
            "A.5.0",
            "r-1",
            "R-99999999999",
            "A.5.+1",
        ] {
            assert_eq!(text.parse::<Id>(), Err(NotAnId), "{text}");
        }
    }
}
