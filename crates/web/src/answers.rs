//! Answers kept until something is written. What a list shows is a pure function of the snapshot, the day and the
//! question, and the number of folded entries names the snapshot, so an answer never has to be taken back: after the
//! next write nobody asks for it any more.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::body::Bytes;
use isms::{Date, Isms, Kind};

/// What an answer depends on. Who asks is none of it: the gate has let them in before, and what not everybody who is let
/// in may see is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    form: Form,
    kind: Kind,
    size: u64,
    day: Date,
    /// Prefix of links.
    base: String,
    /// The query part of the address.
    query: String,
}

/// In which form an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// A whole JSON document.
    Json,
    /// The rows of a page.
    Rows,
}

impl Question {
    /// A question to a snapshot on a day.
    pub(crate) fn new(
        form: Form,
        kind: Kind,
        isms: &Isms,
        day: Date,
        base: &str,
        query: Option<&str>,
    ) -> Self {
        let query = query.unwrap_or_default();
        Self { form, kind, size: isms.size(), day, base: base.to_owned(), query: query.to_owned() }
    }
}

/// Answers by question.
#[derive(Default)]
pub(crate) struct Answers {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_question: HashMap<Question, Bytes>,
    bytes: usize,
}

/// All answers are dropped beyond so many bytes; a single one is kept only if it is a small part of that.
const MOST: usize = 16 * 1024 * 1024;
const EACH: usize = MOST / 16;
/// What a question costs besides its texts, roughly.
const OVERHEAD: usize = 256;

impl Answers {
    /// The answer given before, if it is still kept.
    pub(crate) fn get(&self, question: &Question) -> Option<Bytes> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).by_question.get(question).cloned()
    }

    /// Keeps an answer.
    pub(crate) fn keep(&self, question: Question, answer: &Bytes) {
        let cost = answer.len() + question.query.len() + question.base.len() + OVERHEAD;
        if cost > EACH {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + cost > MOST {
            *kept = Kept::default();
        }
        if kept.by_question.insert(question, answer.clone()).is_none() {
            kept.bytes += cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(query: &str) -> Question {
        let day = Date::new(2026, 3, 1).unwrap();
        Question::new(Form::Json, Kind::Risk, &Isms::default(), day, "", Some(query))
    }

    #[test]
    fn keeps_what_fits_and_no_more() {
        let answers = Answers::default();
        let small = Bytes::from(vec![b'a'; 100_000]);
        answers.keep(question("q=a"), &small);
        assert_eq!(answers.get(&question("q=a")), Some(small.clone()));
        assert_eq!(answers.get(&question("q=b")), None);
        answers.keep(question("q=big"), &Bytes::from(vec![b'a'; EACH + 1]));
        assert_eq!(answers.get(&question("q=big")), None);
        for n in 0..500 {
            answers.keep(question(&format!("q={n}")), &small);
            assert!(answers.kept.lock().unwrap().bytes <= MOST);
        }
        assert_eq!(answers.get(&question("q=499")), Some(small));
    }
}
