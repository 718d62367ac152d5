//! What is wrong with what was handed in, as the box above a form and the line under a field show it. Pages with forms
//! of their own shape use it; forms of any kind are drawn in [`forms`](crate::forms).

use askama::{Template, filters::HtmlSafe};
use axum::http::StatusCode;
use isms::{Problem, Refusal};

use crate::{error::WebError, forms::Pairs, words};

/// Why a form comes back; empty the first time it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "parts/fault.html")]
pub(crate) struct Fault {
    title: String,
    lines: Vec<Line>,
    problems: Vec<Problem>,
    status: StatusCode,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    /// The field it concerns; empty if it concerns the whole.
    field: String,
    /// The sentence in the box.
    text: String,
    /// The sentence under the field.
    short: String,
}

impl HtmlSafe for Fault {}

impl Fault {
    /// What a refusal says, if the form can be mended or at least be shown again with it; other errors go on.
    pub(crate) fn of(error: WebError) -> Result<Self, WebError> {
        let status = error.status();
        let (title, lines) = match error {
            WebError::Invalid(problems) | WebError::Refused(Refusal::Invalid(problems)) => {
                return Ok(Self { status, ..Self::problems(&problems) });
            }
            WebError::Incomplete(problem) => {
                return Ok(Self { status, ..Self::problems(&[problem]) });
            }
            WebError::Refused(Refusal::Step { step, reasons }) => {
                let lines = reasons.iter().map(|r| Line::whole(reason(&r.rule, &r.message))).collect();
                (format!("{step}: refused, and nothing was changed"), lines)
            }
            WebError::Refused(refusal @ (Refusal::Conflict { .. } | Refusal::Frozen { .. })) => {
                let again = "Look at what changed, then send this again if it still holds.".to_owned();
                (
                    "Nothing was changed".to_owned(),
                    vec![Line::whole(sentence(&refusal.to_string())), Line::whole(again)],
                )
            }
            WebError::Refused(refusal @ Refusal::Forbidden { .. }) => {
                ("Nothing was changed".to_owned(), vec![Line::whole(sentence(&refusal.to_string()))])
            }
            WebError::Limit(_, why) => ("Nothing was changed".to_owned(), vec![Line::whole(why)]),
            other => return Err(other),
        };
        Ok(Self { title, lines, problems: Vec::new(), status })
    }

    /// What is wrong with single fields.
    pub(crate) fn problems(problems: &[Problem]) -> Self {
        let problems: Vec<Problem> = problems.iter().map(local).collect();
        let lines: Vec<Line> = problems.iter().map(Line::of).collect();
        let title = match lines.len() {
            1 => "One thing needs another look".to_owned(),
            n => format!("{n} things need another look"),
        };
        Self { title, lines, problems, status: StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// The problems, each at its field.
    pub(crate) fn list(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What is wrong with a field, for the line under it.
    pub(crate) fn at(&self, field: &str) -> Option<&str> {
        self.lines.iter().find(|l| l.field == field).map(|l| l.short.as_str())
    }

    /// The status of the page that shows it.
    pub(crate) fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { self.status }
    }
}

impl Line {
    fn whole(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    fn of(problem: &Problem) -> Self {
        let field = problem.place.split(['[', '.']).next().unwrap_or_default().to_owned();
        if field.is_empty() {
            return Self::whole(sentence(&problem.message));
        }
        let message = problem.message.trim_end_matches('.');
        // Names with a hyphen are inputs of a page, not fields: what is wrong with them is said in full.
        let text = match field.contains('-') {
            true => sentence(message),
            false => format!("{}: {message}", words::label_of(field.trim_start_matches('_'))),
        };
        Self { text, short: words::capital(message), field }
    }
}

/// The problem with the place of its field alone: within a batch a place names its record first, as in
/// `RS-4.rationale` and `[1].rationale`.
fn local(problem: &Problem) -> Problem {
    let place = match problem.place.split_once('.') {
        Some((record, rest))
            if record.contains('-')
                || record.starts_with('[')
                || record.ends_with(']') && !is_field(record) =>
        {
            rest
        }
        _ => problem.place.as_str(),
    };
    Problem::new(place, problem.message.clone())
}

/// Whether `name[…]` names an item of a field rather than a record made in a batch, `kind[…]`.
fn is_field(name: &str) -> bool {
    name.split('[').next().is_some_and(|n| isms::Kind::by_name(n).is_none())
}

/// A problem as a sentence that names its field as people read it.
pub(crate) fn told(problem: &Problem) -> String {
    Line::of(&local(problem)).text
}

/// A refusal's rule and what it says, as a sentence.
pub(crate) fn reason(rule: &str, message: &str) -> String {
    match rule {
        "who" | "state" => sentence(message),
        rule => format!("{rule}: {}", sentence(message)),
    }
}

/// Why a step is refused, as sentences with their rules.
pub(crate) fn reasons(reasons: &[isms::commands::Reason]) -> String {
    reasons.iter().map(|r| reason(&r.rule, &r.message)).collect::<Vec<_>>().join(" ")
}

/// The text as a sentence of its own.
pub(crate) fn sentence(text: &str) -> String {
    let text = words::capital(text.trim());
    if text.is_empty() || text.ends_with(['.', '?', '!']) { text } else { text + "." }
}

/// The pairs of an address's query.
pub(crate) fn query(raw: Option<String>) -> Result<Pairs, WebError> {
    crate::forms::pairs_of(raw.unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_lead_to_their_fields() {
        let fault = Fault::problems(&[
            Problem::new("RS-4.rationale", "is required"),
            Problem::new("[1].level_matrix[3].level", "is not a level"),
            Problem::new("", "something else"),
        ]);
        assert_eq!(fault.at("rationale"), Some("Is required"));
        assert_eq!(fault.at("level_matrix"), Some("Is not a level"));
        assert_eq!(fault.at("title"), None);
        let html = fault.to_string();
        assert!(html.contains("href=\"#f-rationale\"") && html.contains("Something else."), "{html}");
        assert_eq!(Fault::default().to_string(), "");
        let told = told(&Problem::new("treatment_plan[1].due_at", "is no day"));
        assert_eq!(told, "Due: is no day");
        assert_eq!(super::told(&Problem::new("url", "is no address")), "URL: is no address");
    }

    #[test]
    fn what_no_form_can_mend_goes_on() {
        assert!(Fault::of(WebError::NotFound("x".to_owned())).is_err());
        let refused = Refusal::Step {
            step: "Approve".to_owned(),
            reasons: vec![isms::commands::Reason {
                rule: "SOD-4".to_owned(),
                message: "the author approves".to_owned(),
            }],
        };
        let fault = Fault::of(WebError::Refused(refused)).unwrap();
        assert_eq!(fault.status(), StatusCode::CONFLICT);
        assert!(fault.to_string().contains("SOD-4: The author approves."));
    }
}
