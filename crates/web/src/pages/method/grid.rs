//! The level matrix as a coloured table: likelihood upward, impact to the right.

use askama::{Template, filters::HtmlSafe};
use isms::{records::RiskMethod, value::ScaleStep};

use crate::words;

/// The matrix of a method, to look at.
#[derive(Template)]
#[template(path = "method/grid.html")]
pub(crate) struct Grid {
    pub(super) impact: Vec<ScaleStep>,
    pub(super) rows: Vec<(ScaleStep, Vec<Cell>)>,
}

/// One cell.
pub(super) struct Cell {
    /// Name of its input in the editor.
    pub(super) name: String,
    pub(super) level: String,
    pub(super) words: String,
    pub(super) label: String,
}

impl HtmlSafe for Grid {}

impl Grid {
    /// The matrix of a method: highest likelihood first.
    pub(crate) fn of(method: &RiskMethod) -> Self {
        let sorted = |scale: &[ScaleStep]| {
            let mut steps = scale.to_vec();
            steps.sort_by_key(|s| s.value);
            steps
        };
        let impact = sorted(&method.impact_scale);
        let rows = sorted(&method.likelihood_scale)
            .into_iter()
            .rev()
            .map(|l| {
                let cells = impact.iter().map(|i| cell(method, l.value, i.value)).collect();
                (l, cells)
            })
            .collect();
        Self { impact, rows }
    }
}

fn cell(method: &RiskMethod, likelihood: u8, impact: u8) -> Cell {
    let level = method.level(likelihood, impact).map(ToString::to_string).unwrap_or_default();
    Cell {
        name: format!("m-{likelihood}-{impact}"),
        words: words::words(&level),
        label: format!("Level for likelihood {likelihood}, impact {impact}"),
        level,
    }
}
