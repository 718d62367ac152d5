//! What is wrong with something handed in, and where: every problem names its place, and all are reported together.

use serde::Serialize;

/// One thing wrong with input. Shown to people as `field: message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a field name, or a path such as `load.risk[3].owner_id`; empty if it concerns the whole.
    pub place: String,
    /// What is wrong and what would be right, as a clause that follows the place.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }

    /// The same problem with `prefix` before its place.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.place = match (prefix.is_empty(), self.place.is_empty()) {
            (true, _) => self.place,
            (false, true) => prefix.to_owned(),
            (false, false) => format!("{prefix}.{}", self.place),
        };
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.place, self.message)
        }
    }
}
