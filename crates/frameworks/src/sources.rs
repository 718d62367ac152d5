//! The files of `data/`, compiled in, and the reading of one of them. Nothing is read from disk.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::check::{Fault, Problem};

/// Names and texts of data files.
#[derive(Debug, Clone)]
pub struct Sources {
    files: Vec<(&'static str, Cow<'static, str>)>,
}

macro_rules! embed {
    ($($path:literal),+ $(,)?) => {
        vec![$(($path, Cow::Borrowed(include_str!(concat!("../data/", $path))))),+]
    };
}

impl Sources {
    /// The shipped files.
    pub fn embedded() -> Self {
        Self {
            files: embed![
                "iso27001/clauses-4.toml",
                "iso27001/clauses-5.toml",
                "iso27001/clauses-6.toml",
                "iso27001/clauses-7.toml",
                "iso27001/clauses-8.toml",
                "iso27001/clauses-9.toml",
                "iso27001/clauses-10.toml",
                "iso27001/annex-a.toml",
                "iso27001/documents.toml",
                "iso27001/scenarios.toml",
                "iso27001/parameters.toml",
                "iso27001/mandatory.toml",
                "iso27001/path.toml",
                "crosswalks.toml",
                "targets/iso27001_2013.toml",
                "targets/soc2_2017.toml",
                "targets/gdpr.toml",
                "targets/hipaa.toml",
                "targets/nist_csf_2_0.toml",
            ],
        }
    }

    /// Names of the files.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.files.iter().map(|(name, _)| *name)
    }

    /// Text of a file.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(file, _)| *file == name).map(|(_, text)| text.as_ref())
    }

    /// The same files, one of them with another text; other names change nothing.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        if let Some((_, old)) = self.files.iter_mut().find(|(file, _)| *file == name) {
            *old = Cow::Owned(text.into());
        }
        self
    }

    /// Reads a file; one that is missing or unreadable becomes a problem.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str, problems: &mut Vec<Problem>) -> Option<T> {
        let Some(text) = self.text(name) else {
            problems.push(Problem::new(name, "file", Fault::Missing));
            return None;
        };
        toml::from_str(text)
            .map_err(|error| {
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let place = format!("line {}", before.matches('\n').count() + 1);
                problems.push(Problem::new(name, place, Fault::Unreadable(error.message().to_owned())));
            })
            .ok()
    }
}
