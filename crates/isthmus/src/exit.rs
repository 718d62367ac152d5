//! Exit codes, and errors that carry one.

use std::fmt;

/// Something went wrong that is none of the others.
pub(crate) const FAILURE: u8 = 1;
/// The command line is not right.
pub(crate) const USAGE: u8 = 2;
/// A file handed in is not right; every problem was named.
pub(crate) const INPUT: u8 = 3;
/// Verification found something wrong; the first such thing was named.
pub(crate) const ALTERED: u8 = 4;
/// The data directory cannot be used: in use, not empty, not there, not writable, or of an unknown version.
pub(crate) const DATA: u8 = 5;

/// An error with the exit code it leads to.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }

    pub(crate) fn input(message: impl fmt::Display) -> Self {
        Self::new(INPUT, message)
    }

    pub(crate) fn data(message: impl fmt::Display) -> Self {
        Self::new(DATA, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(FAILURE, format!("{error:#}"))
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        Self::data(error)
    }
}

impl From<store::VerifyError> for Failure {
    fn from(error: store::VerifyError) -> Self {
        match error {
            store::VerifyError::Problem(problem) => Self::new(ALTERED, problem),
            store::VerifyError::Store(error) => Self::data(error),
        }
    }
}

impl From<store::WriteError> for Failure {
    fn from(error: store::WriteError) -> Self {
        match error {
            store::WriteError::Refused(isms::Refusal::Invalid(problems)) => {
                let lines: Vec<String> = problems.iter().map(|p| format!("  {p}")).collect();
                let count = match problems.len() {
                    1 => "1 problem".to_owned(),
                    n => format!("{n} problems"),
                };
                Self::input(format!("nothing was written, {count}:\n{}", lines.join("\n")))
            }
            store::WriteError::Refused(refusal) => Self::input(refusal),
            store::WriteError::Failed(error) => Self::data(error),
        }
    }
}
