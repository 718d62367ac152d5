//! Errors as people and programs see them: a closed set of categories, each with what is wrong and what can be done.
//! What is nobody's business is logged under an id and shown as that id.

mod page;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use isms::{Date, Problem, Refusal};
use serde_json::json;

use self::page::Told;
pub(crate) use self::page::draw;
use crate::fault::{reason, told};

/// Why a request was not answered.
#[derive(Debug)]
pub(crate) enum WebError {
    /// Nobody is signed in.
    SignIn { back: String },
    /// A change was asked for on a page about another day.
    OtherDay(Date),
    /// The gate is shut for this account.
    Forbidden(String),
    /// There is no such thing.
    NotFound(String),
    /// What was sent is not right.
    Invalid(Vec<Problem>),
    /// Something that no form of ours leaves out is missing.
    Incomplete(Problem),
    /// The core refused.
    Refused(Refusal),
    /// Too many, too big, or too fast.
    Limit(StatusCode, String),
    /// The store could not write or read; the reason is in the log.
    Unavailable(String),
    /// A fault of ours; the reason is in the log.
    Internal(String),
}

impl WebError {
    /// A fault that people cannot mend, with its reason for the log.
    pub(crate) fn internal(reason: impl std::fmt::Display) -> Self {
        WebError::Internal(reason.to_string())
    }

    /// One problem with what was sent.
    pub(crate) fn invalid(place: &str, message: impl Into<String>) -> Self {
        WebError::Invalid(vec![Problem::new(place, message)])
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            WebError::SignIn { .. } => StatusCode::UNAUTHORIZED,
            WebError::OtherDay(_) | WebError::Forbidden(_) => StatusCode::FORBIDDEN,
            WebError::NotFound(_) => StatusCode::NOT_FOUND,
            WebError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::Incomplete(_) => StatusCode::BAD_REQUEST,
            WebError::Refused(refusal) => match refusal {
                Refusal::NotFound(_) => StatusCode::NOT_FOUND,
                Refusal::Forbidden { .. } => StatusCode::FORBIDDEN,
                Refusal::Conflict { .. } => StatusCode::CONFLICT,
                Refusal::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Refusal::Step { .. } | Refusal::Frozen { .. } | Refusal::Referred { .. } => {
                    StatusCode::CONFLICT
                }
            },
            WebError::Limit(status, _) => *status,
            WebError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Title, sentence and further lines.
    fn words(&self) -> (&'static str, String, Vec<String>) {
        match self {
            WebError::SignIn { .. } => ("Sign in first", "You are not signed in.".to_owned(), vec![]),
            WebError::OtherDay(day) => (
                "Read-only",
                format!(
                    "You are looking at {}. What is recorded is changed on the pages of today.",
                    crate::words::day(day)
                ),
                vec![],
            ),
            WebError::Forbidden(why) => ("Not for your role", why.clone(), vec![]),
            WebError::NotFound(what) => ("Not found", what.clone(), vec![]),
            WebError::Invalid(problems) => (
                "Something needs another look",
                "Nothing was changed.".to_owned(),
                problems.iter().map(told).collect(),
            ),
            WebError::Incomplete(problem) => {
                ("Something is missing", "Nothing was changed.".to_owned(), vec![problem.to_string()])
            }
            WebError::Refused(refusal) => {
                let (title, lines) = match refusal {
                    Refusal::NotFound(_) => ("Not found", vec![]),
                    Refusal::Forbidden { .. } => ("Not for your role", vec![]),
                    Refusal::Conflict { .. } => ("Changed meanwhile", vec![]),
                    Refusal::Invalid(problems) => {
                        ("Something needs another look", problems.iter().map(told).collect())
                    }
                    Refusal::Step { reasons, .. } => {
                        ("Refused", reasons.iter().map(|r| reason(&r.rule, &r.message)).collect())
                    }
                    Refusal::Frozen { .. } => ("No longer edited", vec![]),
                    Refusal::Referred { .. } => ("Still referred to", vec![]),
                };
                let sentence = match refusal {
                    Refusal::Invalid(_) => "Nothing was changed.".to_owned(),
                    Refusal::Step { step, .. } => format!("{step}: nothing was changed."),
                    other => as_sentence(&other.to_string()),
                };
                (title, sentence, lines)
            }
            WebError::Limit(_, why) => ("Too much", as_sentence(why), vec![]),
            WebError::Unavailable(why) => ("Not carried out", as_sentence(why), vec![]),
            WebError::Internal(_) => ("A fault in Isthmus", "It was logged.".to_owned(), vec![]),
        }
    }

    /// The answer for programs.
    pub(crate) fn json(&self) -> Response {
        let (title, detail, lines) = self.logged();
        let problems: Vec<_> = match self {
            WebError::Invalid(problems) | WebError::Refused(Refusal::Invalid(problems)) => {
                problems.iter().map(|p| json!({ "field": p.place, "message": p.message })).collect()
            }
            _ => lines.iter().map(|l| json!({ "message": l })).collect(),
        };
        (self.status(), Json(body(self.status(), title, &detail, &problems))).into_response()
    }

    fn logged(&self) -> (&'static str, String, Vec<String>) {
        let (title, mut sentence, lines) = self.words();
        if let WebError::Internal(reason) = self {
            let id = fault_id();
            tracing::error!(id, reason, "fault");
            sentence = format!("It was logged as {id}.");
        }
        if let WebError::Unavailable(reason) = self {
            tracing::error!(reason, "store unavailable");
        }
        (title, sentence, lines)
    }
}

/// The body of an error for programs.
fn body(status: StatusCode, title: &str, detail: &str, problems: &[serde_json::Value]) -> serde_json::Value {
    json!({ "error": { "status": status.as_u16(), "title": title, "detail": detail, "problems": problems } })
}

/// A short number that the log and the page share.
fn fault_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("F-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        if let WebError::SignIn { back } = &self {
            let to = format!("/sign-in?back={}", urlencoding::encode(back));
            return (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
        }
        // Whoever draws no page for it still gets the sentence.
        let (title, sentence, lines) = self.logged();
        let mut response = (self.status(), sentence.clone()).into_response();
        response.extensions_mut().insert(Told { title, sentence, lines });
        response
    }
}

impl From<Refusal> for WebError {
    fn from(refusal: Refusal) -> Self {
        WebError::Refused(refusal)
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        WebError::internal(error)
    }
}

/// A message as a sentence: a capital letter to begin with and a full stop to end with.
fn as_sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}
