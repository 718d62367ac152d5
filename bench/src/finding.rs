//! What was found: a row of the table, its target and the verdict.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::spread::Spread;

/// What a row is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// No less.
    AtLeast(f64),
    /// Less.
    Under(f64),
    /// No more.
    AtMost(f64),
    /// Nothing: shown because it explains something.
    Shown,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What was measured.
    pub(crate) name: String,
    /// The figure that counts: usually a ratio.
    pub(crate) figure: Spread,
    /// Its unit; empty for a ratio.
    pub(crate) unit: &'static str,
    /// What it should be.
    pub(crate) target: Target,
    /// The two sides of a ratio, or what else makes the figure understandable.
    pub(crate) detail: String,
}

impl Finding {
    /// A finding.
    pub(crate) fn new(name: impl Into<String>, figure: Spread, unit: &'static str, target: Target) -> Self {
        Self { name: name.into(), figure, unit, target, detail: String::new() }
    }

    /// With what makes the figure understandable.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// `met`, or by how much it was missed.
    pub(crate) fn verdict(&self) -> String {
        let median = self.figure.median;
        let (met, by) = match self.target {
            Target::AtLeast(target) => (median >= target, target / median),
            Target::AtMost(target) => (median <= target, median / target),
            Target::Under(target) => (median < target, median / target),
            Target::Shown => return String::new(),
        };
        if met { "met".to_owned() } else { format!("missed by {by:.2} times") }
    }

    fn target_text(&self) -> String {
        let (sign, target) = match self.target {
            Target::AtLeast(target) => (">=", target),
            Target::AtMost(target) => ("<=", target),
            Target::Under(target) => ("<", target),
            Target::Shown => return "-".to_owned(),
        };
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        format!("{sign} {}{unit}", short(target))
    }
}

/// A figure with three digits that matter, large ones in groups of three.
pub(crate) fn short(figure: f64) -> String {
    if figure >= 1_000.0 {
        let digits = format!("{figure:.0}");
        let mut out = String::new();
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(',');
            }
            out.push(c);
        }
        return out;
    }
    let places = if figure >= 100.0 || figure == 0.0 {
        0
    } else if figure >= 10.0 {
        1
    } else if figure >= 0.1 {
        2
    } else {
        4
    };
    let text = format!("{figure:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// All findings as an aligned table.
pub(crate) fn table(findings: &[Finding]) -> String {
    let heads = ["measured", "figure", "least to greatest", "target", "verdict", "how"].map(str::to_owned);
    let rows = findings.iter().map(|f| {
        let unit = if f.unit.is_empty() { String::new() } else { format!(" {}", f.unit) };
        [
            f.name.clone(),
            format!("{}{unit}", short(f.figure.median)),
            format!("{} to {}", short(f.figure.least), short(f.figure.greatest)),
            f.target_text(),
            f.verdict(),
            f.detail.clone(),
        ]
    });
    let lines: Vec<[String; 6]> = std::iter::once(heads).chain(rows).collect();
    let mut widths = [0; 6];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        let cells: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
        if i == 0 {
            let rules: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
            let _ = writeln!(out, "{}", rules.join("  "));
        }
    }
    let judged = findings.iter().filter(|f| f.target != Target::Shown).count();
    let met = findings.iter().filter(|f| f.verdict() == "met").count();
    let _ = write!(out, "\n{met} of {judged} targets met.");
    out
}

/// All findings with every round, as JSON.
pub(crate) fn json(about: &str, findings: &[Finding]) -> String {
    let findings: Vec<Value> = findings
        .iter()
        .map(|f| {
            json!({
                "name": f.name,
                "median": f.figure.median,
                "least": f.figure.least,
                "greatest": f.figure.greatest,
                "rounds": f.figure.rounds,
                "unit": f.unit,
                "target": f.target_text(),
                "verdict": f.verdict(),
                "detail": f.detail,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "about": about, "findings": findings }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(median: f64, target: Target) -> Finding {
        Finding::new("x", Spread::of(vec![median]), "", target)
    }

    #[test]
    fn a_verdict_says_by_how_much() {
        for (median, target, verdict) in [
            (0.25, Target::AtLeast(0.25), "met"),
            (0.2, Target::AtLeast(0.25), "missed by 1.25 times"),
            (1.5, Target::AtMost(1.5), "met"),
            (3.0, Target::AtMost(1.5), "missed by 2.00 times"),
            (0.3, Target::Under(0.3), "missed by 1.00 times"),
            (9.0, Target::Shown, ""),
        ] {
            assert_eq!(finding(median, target).verdict(), verdict, "{median} {target:?}");
        }
    }

    #[test]
    fn figures_are_short() {
        for (figure, text) in [
            (0.0, "0"),
            (0.0123, "0.0123"),
            (0.25, "0.25"),
            (1.5, "1.5"),
            (12.34, "12.3"),
            (100.0, "100"),
            (999.6, "1000"),
            (200_000.0, "200,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(short(figure), text);
        }
    }

    #[test]
    fn the_table_is_aligned_and_counts() {
        let table = table(&[finding(0.3, Target::AtLeast(0.25)), finding(0.1, Target::AtLeast(0.25))]);
        assert!(table.ends_with("1 of 2 targets met."), "{table}");
        let starts: Vec<_> = table.lines().take(4).map(|l| l.chars().position(|c| c == ' ')).collect();
        assert_eq!(starts[0], Some(8), "{table}");
    }
}
