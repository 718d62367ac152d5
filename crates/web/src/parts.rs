//! Small pieces that many pages show: links to records, chips of states and levels, days. Each is a struct with its
//! own template or a function that escapes what it is given; [`Markup`] is the only way to hand finished HTML to a
//! template.

use std::fmt;

use askama::{Template, filters::HtmlSafe};
use isms::{Date, Id, Isms, rules::Status};

use crate::words;

/// Finished HTML, made by a template or by [`escape`]; templates put it in as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Markup(String);

impl Markup {
    /// The HTML of a template.
    pub(crate) fn of(template: &impl Template) -> Result<Self, askama::Error> {
        template.render().map(Self)
    }

    /// HTML written piece by piece. Every piece of text in it must have gone through [`escape`].
    pub(crate) fn written(html: String) -> Self {
        Self(html)
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// Writes text so that it stands for itself inside an element or a quoted attribute.
pub(crate) fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        out.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&#39;",
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// The path of a record, without the date: `/risk/R-12`.
pub(crate) fn path_of(id: Id) -> String {
    format!("/{}/{id}", id.kind.name())
}

/// A record: its id as a chip and its title, both links.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/record_link.html")]
pub(crate) struct RecordLink {
    /// Prefix of links, empty or `/at/DATE`.
    pub(crate) base: String,
    /// Its id.
    pub(crate) id: String,
    /// Its path, without the date.
    pub(crate) path: String,
    /// Its title.
    pub(crate) title: String,
}

impl RecordLink {
    /// The link to a record.
    pub(crate) fn new(isms: &Isms, base: &str, id: Id) -> Self {
        Self { base: base.to_owned(), id: id.to_string(), path: path_of(id), title: isms.title(id) }
    }
}

impl HtmlSafe for RecordLink {}

/// The state of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/state.html")]
pub(crate) struct StateChip {
    /// The state, as in JSON.
    pub(crate) state: String,
}

impl StateChip {
    /// The chip of a state.
    pub(crate) fn new(state: &str) -> Self {
        Self { state: state.to_owned() }
    }

    fn words(&self) -> String {
        words::words(&self.state)
    }

    fn tone(&self) -> &'static str {
        tone(&self.state)
    }
}

impl HtmlSafe for StateChip {}

/// How a state is drawn: being written, moving, settled, gone wrong, over.
pub(crate) fn tone(state: &str) -> &'static str {
    match state {
        "draft" | "identified" | "requested" | "undecided" | "planned" | "open" | "scheduled"
        | "reported" | "new" => "draft",
        "approved" | "published" | "accepted" | "monitored" | "active" | "treated" | "done" | "completed"
        | "verified" | "achieved" | "implemented" | "certified" | "in_use" => "settled",
        "rejected" | "expired" | "revoked" | "overdue" | "ineffective" | "missed" | "suspended" => "wrong",
        "closed" | "retired" | "superseded" | "cancelled" | "withdrawn" | "terminated" | "deleted"
        | "not_incident" => "over",
        _ => "moving",
    }
}

/// The status of a requirement or control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/status.html")]
pub(crate) struct StatusChip {
    /// The status.
    pub(crate) status: Status,
}

impl StatusChip {
    /// The chip of a status.
    pub(crate) fn new(status: Status) -> Self {
        Self { status }
    }
}

impl HtmlSafe for StatusChip {}

/// The level of a risk.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/level.html")]
pub(crate) struct LevelChip {
    /// The level, as the matrix names it.
    pub(crate) level: String,
}

impl LevelChip {
    /// The chip of a level.
    pub(crate) fn new(level: &str) -> Self {
        Self { level: level.to_owned() }
    }

    fn words(&self) -> String {
        words::words(&self.level)
    }
}

impl HtmlSafe for LevelChip {}

/// A day, in words and for machines.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/day.html")]
pub(crate) struct Day {
    /// The day.
    pub(crate) date: Date,
}

impl Day {
    fn words(&self) -> String {
        words::day(self.date)
    }
}

impl HtmlSafe for Day {}

/// What stands in the place of records where a day lies before the ledger's first.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "parts/beginning.html")]
pub(crate) struct Beginning {
    /// What there is nothing of.
    pub(crate) heading: &'static str,
    /// The first day of the ledger.
    pub(crate) begins: Day,
    /// Where that day is shown, and what following the link does: "Go to".
    pub(crate) to: Option<(String, &'static str)>,
}

impl HtmlSafe for Beginning {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_for_itself() {
        let mut out = String::new();
        escape(&mut out, "a<b> & \"c\" 'd' é");
        assert_eq!(out, "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; é");
        assert_eq!(
            LevelChip::new("<high>").to_string(),
            "<span class=\"level\" data-level=\"&#60;high&#62;\">&#60;high&#62;</span>"
        );
    }
}
