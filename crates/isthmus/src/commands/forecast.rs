//! `forecast`: what changes by itself up to a day, with today's records.

use std::{fmt::Write as _, path::Path};

use isms::{
    Date,
    rules::{Reporter, Sight},
};
use serde_json::json;

use super::judged::{judged, print, print_json};
use crate::{
    cli::{Judge, TextOrJson},
    exit::Failure,
};

pub(crate) async fn forecast(
    dir: &Path,
    until: Date,
    format: TextOrJson,
    from: &Judge,
) -> Result<(), Failure> {
    let judged = judged(dir, from).await?;
    let day = judged.day;
    if until < day {
        return Err(Failure::new(crate::exit::USAGE, format!("--until {until} lies before {day}")));
    }
    let turns = judged.assessment.changes(day, until);
    let gates: Vec<_> = judged
        .assessment
        .gates()
        .iter()
        .flat_map(|gate| {
            let turns = gate.open().turns().iter().filter(|d| **d > day && **d <= until);
            turns.map(|d| (*d, gate.title, gate.on(*d)))
        })
        .collect();
    if format == TextOrJson::Json {
        let gates: Vec<_> = gates
            .iter()
            .map(|(on, _, state)| json!({ "on": on, "gate": state.gate, "open": state.open, "blocked_by": state.blocked_by }))
            .collect();
        return print_json(&json!({ "from": day, "until": until, "changes": turns, "gates": gates }));
    }
    let mut out = format!("What changes by itself from {day} to {until}, with the records as they are\n");
    let mut last = None;
    for turn in &turns {
        if last != Some(turn.on) {
            let _ = writeln!(out, "\n{}", turn.on);
            for (_, title, state) in gates.iter().filter(|(on, _, _)| *on == turn.on) {
                let _ = writeln!(out, "  {title}: {}", if state.open { "opens" } else { "closes" });
            }
            last = Some(turn.on);
        }
        let before = turn.before.map_or("new", |s| s.word());
        let _ = writeln!(out, "  {}  {before} -> {}", turn.requirement, turn.after.word());
        let sight = Sight::Everyone;
        let reporter = Reporter::new(&judged.isms, &judged.assessment, turn.on, &sight);
        let Some(subject) = judged.assessment.subject(&turn.requirement) else { continue };
        for finding in reporter.findings(subject).iter().filter(|f| turn.labels.contains(&f.label)) {
            let _ = write!(out, "      {}: {}", finding.label, finding.message);
            if let Some(action) = &finding.action {
                let owner = action.owner.as_ref().map(|o| format!(", {o}")).unwrap_or_default();
                let _ = write!(out, " -> {} {}{owner}", action.verb, action.target);
            }
            out.push('\n');
        }
    }
    if turns.is_empty() {
        out.push_str("\nNothing.\n");
    }
    print(&out)
}
