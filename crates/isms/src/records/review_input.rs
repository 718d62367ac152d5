//! Inputs of management reviews, one a code (9.3.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{ManagementReview, Person},
    value::{Source, Text},
    words::opening,
};

choice!(
    /// Inputs of a management review (9.3.2).
    InputCode {
        A = "a",
        B = "b",
        C = "c",
        D1 = "d1",
        D2 = "d2",
        D3 = "d3",
        D4 = "d4",
        E = "e",
        F = "f",
        G = "g",
    }
);

/// One of the ten things a management review has to look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewInput {
    /// Which review.
    pub review_id: Option<Ref<ManagementReview>>,
    /// Which input: a earlier decisions, b issues, c requirements of parties, d1 nonconformities, d2 measurements, d3 audits, d4 objectives, e feedback, f risks and treatment, g improvement.
    pub code: Option<InputCode>,
    /// What it comes to. If there is nothing, say so.
    pub summary: Text,
    /// The records it rests on.
    pub source_refs: Vec<Source>,
    /// Who prepared it.
    pub prepared_by: Option<Ref<Person>>,
    /// The day it was prepared.
    pub prepared_at: Option<Date>,
    /// The figures as they stood, one a line: name, colon, value; for example open minor: 3.
    pub figures: Text,
    /// The same figures of the period before, written alike, so that the trend shows.
    pub previous_figures: Text,
}

impl Record for ReviewInput {
    const DECL: Decl = Decl {
        name: "review_input",
        prefix: "RI",
        one: "Review input",
        many: "Review inputs",
        group: Group::Reviews,
        clause: "9.3.2",
        about: "What a management review looks at: earlier decisions, issues, requirements, performance, feedback, risks, improvements. Begin with a review: it needs one input for each of the ten codes.",
        required: &["review_id", "code"],
        columns: &["review_id", "code", "source_refs", "prepared_by", "prepared_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let code = self.code.map_or("", InputCode::as_str);
        let summary = opening(&[&self.summary], "no summary");
        if code.is_empty() { summary } else { format!("{code}: {summary}") }
    }
}

/// Reads figures written one a line as name, colon, value. Lines of another shape are left out.
pub fn figures(text: &str) -> impl Iterator<Item = (&str, f64)> {
    text.lines().filter_map(|line| {
        let (name, value) = line.rsplit_once(':')?;
        Some((name.trim(), value.trim().parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_figures_and_leaves_out_prose() {
        let text = "open minor: 3\n\nratio 7:30: 91.25\nas last year\nunknown: many";
        assert_eq!(figures(text).collect::<Vec<_>>(), [("open minor", 3.0), ("ratio 7:30", 91.25)]);
    }
}
