//! The kinds of value a field can hold, beyond dates and references: text with limits, hashes of files, references
//! to rows of the standard, and the small tables of the risk method. Each says in its JSON Schema (extensions `x-…`)
//! what forms and lists need to know.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Longest single-line text, in characters.
pub const LINE_MAX: usize = 500;
/// Longest text of several lines, in characters.
pub const TEXT_MAX: usize = 20_000;
/// Most items in one list field.
pub const LIST_MAX: usize = 5_000;

macro_rules! text_type {
    ($(#[$doc:meta])* $Name:ident, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $Name(String);

        impl $Name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// Whether nothing but white space is there ("empty text" of the specification).
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.trim().is_empty()
            }
        }
        impl From<&str> for $Name {
            fn from(s: &str) -> Self {
                Self(s.to_owned())
            }
        }
        impl From<String> for $Name {
            fn from(s: String) -> Self {
                Self(s)
            }
        }
        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::ops::Deref for $Name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl JsonSchema for $Name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($Name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text_type!(
    /// Text of one line, at most [`LINE_MAX`] characters.
    Line, { "type": "string", "maxLength": LINE_MAX }
);
text_type!(
    /// Text of several lines, at most [`TEXT_MAX`] characters. Shown as written; never interpreted as HTML.
    Text, { "type": "string", "maxLength": TEXT_MAX, "x-multiline": true }
);
text_type!(
    /// A version or number as people write it: `3`, `1.2`. A JSON number is accepted and kept as text.
    Number, { "type": "string", "maxLength": 40, "x-number": true }
);
text_type!(
    /// An address or the description of a place. None begins with one of [`RUN`]; only `http` and `https` become links.
    Url, { "type": "string", "maxLength": 2_000, "x-url": true }
);
text_type!(
    /// SHA-256 of a stored file, 64 lowercase hexadecimal digits. The file itself lies in the file store.
    FileHash, { "type": "string", "pattern": "^[0-9a-f]{64}$", "x-file": true }
);
text_type!(
    /// A reference to a row of the standard (`6.1.3d`), its parent (`6.1.3`), or a control (`A.5.9`, `C-1`).
    RowRef, { "type": "string", "maxLength": 40, "x-row": true }
);
text_type!(
    /// Where something came from: the id of a record where there is one, otherwise words.
    Source, { "type": "string", "maxLength": LINE_MAX, "x-loose": true }
);
text_type!(
    /// A free tag, such as the name of a group of people (`g-all`). There is no record behind it.
    Tag, { "type": "string", "maxLength": 80, "x-tag": true }
);

/// What no address begins with: it would run something, or hold itself what it claims to lead to.
pub const RUN: [&str; 4] = ["javascript", "data", "vbscript", "blob"];

impl Url {
    /// Whether it says where something lies.
    #[must_use]
    pub fn leads_somewhere(&self) -> bool {
        !self.is_empty() && running_scheme(self).is_none()
    }
}

/// The scheme of an address (RFC 3986, 3.1) that is one of [`RUN`].
pub(crate) fn running_scheme(text: &str) -> Option<&'static str> {
    let (scheme, _) = text.trim_start().split_once(':')?;
    RUN.into_iter().find(|run| scheme.trim_end().eq_ignore_ascii_case(run))
}

/// Whether a character has no place in a text of one line: it is a control character, or turns the direction of what
/// follows (U+202A to U+202E, U+2066 to U+2069), so that people read something else than what is written.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One step of a scale of the risk method: its value, its name, and what it means in words or money.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScaleStep {
    /// Value on the scale, from 1.
    #[schemars(range(min = 1, max = 10))]
    pub value: u8,
    /// Short name of the step.
    pub label: Line,
    /// What the step means, so that two people score alike.
    pub description: Text,
}

/// One cell of the level matrix.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MatrixCell {
    /// Step of the likelihood scale.
    #[schemars(range(min = 1, max = 10))]
    pub likelihood: u8,
    /// Step of the impact scale.
    #[schemars(range(min = 1, max = 10))]
    pub impact: u8,
    /// The level that follows, such as `high`.
    pub level: Line,
}

/// What may be done with risks of one level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AcceptanceRule {
    /// The level, as in the matrix.
    pub level: Line,
    /// Whether risks of this level are acceptable without treatment.
    pub acceptable: Option<bool>,
    /// Who may accept a risk of this level.
    pub authority: Line,
}

/// Declares an enumeration of a field: snake-case names in JSON, a list of all, and what forms need.
#[macro_export]
macro_rules! choice {
    ($(#[$doc:meta])* $Name:ident { $($(#[$vdoc:meta])* $Variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $Name {
            $($(#[$vdoc])* #[doc = $text] #[serde(rename = $text)] $Variant),*
        }
        impl $Name {
            /// All values, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),*];
            /// The name used in JSON, exports and the ledger.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$Variant => $text),* }
            }
        }
        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl schemars::JsonSchema for $Name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($Name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($text),*] })
            }
        }
    };
}

/// Declares the `state` of a kind: like [`choice!`](crate::choice), with the first value as the state of a new record.
#[macro_export]
macro_rules! states {
    ($(#[$doc:meta])* $Name:ident { $First:ident = $first:literal $(, $Variant:ident = $text:literal)* $(,)? }) => {
        $crate::choice!($(#[$doc])* $Name { $First = $first $(, $Variant = $text)* });
        impl Default for $Name {
            fn default() -> Self {
                Self::$First
            }
        }
    };
}

states!(
    /// Kept in use, or no longer (ruling 9.3: the states of kinds for which the specification names none).
    ActiveState { Active = "active", Retired = "retired" }
);
