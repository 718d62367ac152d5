//! Everything judged once: all rows, all controls, the gates. Built from a snapshot, it answers for every day: verdicts,
//! counts, what changes when by itself, and what differs from another assessment.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde::Serialize;

use super::{Cx, Gate, GateState, History, Judged, Memo, Status, When, clauses, controls, findings, gates};
use crate::{Date, Id, Isms, parameters::Parameters};

/// All verdicts on a company, for every day.
#[derive(Clone, Debug)]
pub struct Assessment {
    subjects: Vec<Subject>,
    /// Place of each subject, by every name it goes by.
    place: HashMap<String, usize>,
    gates: Vec<Gate>,
    /// The parameters judged by.
    pub parameters: Parameters,
}

/// A row or control, judged.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What people call it: `6.1.3d`, `A.5.9`, the organisation's own reference of a control, or `C-1`.
    pub requirement: String,
    /// The control, if it is one.
    pub control: Option<Id>,
    /// Whether it is shown only, and kept out of counts and gates.
    pub advisory: bool,
    /// Where it is counted: `4` to `10`, `A.5` to `A.8`, `C` for the organisation's own controls.
    pub group: String,
    /// The status on every day.
    pub judged: Arc<Judged>,
    /// The days on which there is such a thing: always, but for controls of the organisation's own.
    pub there: When,
}

/// The verdict on one row or control on one day, as plain data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// What people call it.
    pub requirement: String,
    /// Whether it is kept out of counts and gates.
    pub advisory: bool,
    /// Where it is counted.
    pub group: String,
    /// The status.
    pub status: Status,
    /// First day of the reason that decides; `None` if it held before every recorded date.
    pub since: Option<Date>,
    /// The next day on which the status is another with no new record.
    pub next_change_at: Option<Date>,
    /// Labels of all true conditions, worst first.
    pub labels: Vec<&'static str>,
}

/// How many stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Met.
    pub met: usize,
    /// Stale.
    pub stale: usize,
    /// Partly met.
    pub partly: usize,
    /// Unmet.
    pub unmet: usize,
    /// Excluded controls.
    pub excluded: usize,
}

impl Counts {
    fn add(&mut self, status: Status) {
        let of = match status {
            Status::Met => &mut self.met,
            Status::Stale => &mut self.stale,
            Status::Partly => &mut self.partly,
            Status::Unmet => &mut self.unmet,
            Status::Excluded => &mut self.excluded,
        };
        *of += 1;
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.met + self.stale + self.partly + self.unmet + self.excluded
    }
}

/// Counts of one day. No percentage: it would hide the one missing audit (0.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requirements of clauses 4 to 10, without advice.
    pub requirements: Counts,
    /// Controls.
    pub controls: Counts,
    /// Each clause and theme: `4` to `10`, `A.5` to `A.8`, `C`.
    pub groups: Vec<(String, Counts)>,
}

/// A change of status that comes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// The day on which the status is another.
    pub on: Date,
    /// The row or control.
    pub requirement: String,
    /// The status before; `None` for a control that begins on that day.
    pub before: Option<Status>,
    /// The status from then on.
    pub after: Status,
    /// Labels true from then on that were not true the day before.
    pub labels: Vec<&'static str>,
}

/// A row or control that stands differently in two assessments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The row or control.
    pub requirement: String,
    /// The status in the first; `None` where there is no such control.
    pub before: Option<Status>,
    /// The status in the second.
    pub after: Option<Status>,
    /// Labels that are true in the second alone.
    pub appeared: Vec<&'static str>,
    /// Labels that were true in the first alone.
    pub gone: Vec<&'static str>,
}

impl Assessment {
    /// Judges a snapshot. `history` is what the ledger knows of single fields; without it a few conditions are not true.
    #[must_use]
    pub fn of(isms: &Isms, history: &History) -> Self {
        Self::judge(&Cx::with(isms, history))
    }

    /// The same, starting from what is kept of the judging before: only what a change concerns is judged anew.
    #[must_use]
    pub fn again(isms: &Isms, history: &History, memo: &mut Memo) -> Self {
        let cx = Cx::after(isms, history, std::mem::take(memo));
        let assessment = Self::judge(&cx);
        *memo = cx.into_memo();
        assessment
    }

    fn judge(cx: &Cx<'_>) -> Self {
        let rows = clauses::judge(cx, |row| findings::judgement(cx, row));
        let controls = controls::judge(cx);
        let gates = gates::gates(cx, &rows, &controls);
        let mut references: HashMap<&str, usize> = HashMap::new();
        for reference in controls.iter().filter_map(|c| c.reference.as_deref()) {
            *references.entry(reference).or_default() += 1;
        }
        let mut subjects: Vec<Subject> = Vec::with_capacity(rows.len() + controls.len());
        let mut place = HashMap::with_capacity(rows.len() + 2 * controls.len());
        for judged in rows {
            let of = frameworks::catalogue().requirement(&judged.id);
            place.insert(judged.id.clone(), subjects.len());
            subjects.push(Subject {
                requirement: judged.id.clone(),
                control: None,
                advisory: of.is_some_and(|r| r.advisory),
                group: of.map_or_else(String::new, |r| r.clause.to_string()),
                judged: Arc::new(judged),
                there: When::always(),
            });
        }
        for control in &controls {
            // By its own reference where no two share it.
            let own = control.reference.clone().filter(|r| references.get(r.as_str()) == Some(&1));
            let requirement = own.unwrap_or_else(|| control.judged.id.clone());
            place.insert(requirement.clone(), subjects.len());
            if requirement != control.judged.id {
                place.insert(control.judged.id.clone(), subjects.len());
            }
            let theme = frameworks::catalogue().control_by_number(control.id.n).map(|c| c.theme.number());
            subjects.push(Subject {
                requirement,
                control: Some(control.id),
                advisory: false,
                group: theme.map_or_else(|| "C".to_owned(), |theme| format!("A.{theme}")),
                judged: control.judged.clone(),
                there: control.there.clone(),
            });
        }
        Self { subjects, place, gates, parameters: cx.p.clone() }
    }

    /// All rows in the order of the standard, then the controls.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// A row or control by what people call it, or by the id of the control.
    #[must_use]
    pub fn subject(&self, name: &str) -> Option<&Subject> {
        self.subjects.get(*self.place.get(name)?)
    }

    /// The gates.
    #[must_use]
    pub fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// The gates on a day.
    #[must_use]
    pub fn gates_on(&self, day: Date) -> Vec<GateState> {
        self.gates.iter().map(|g| g.on(day)).collect()
    }

    /// What is there on a day.
    fn there(&self, day: Date) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().filter(move |s| s.there.on(day))
    }

    /// All verdicts of a day.
    #[must_use]
    pub fn on(&self, day: Date) -> Vec<Standing> {
        self.there(day).map(|s| s.on(day)).collect()
    }

    /// How many stand how on a day.
    #[must_use]
    pub fn counts(&self, day: Date) -> Summary {
        let mut summary = Summary::default();
        for subject in self.there(day).filter(|s| !s.advisory) {
            let status = subject.judged.status(day);
            let whole =
                if subject.control.is_some() { &mut summary.controls } else { &mut summary.requirements };
            whole.add(status);
            match summary.groups.last_mut() {
                Some((group, counts)) if *group == subject.group => counts.add(status),
                _ => {
                    let mut counts = Counts::default();
                    counts.add(status);
                    summary.groups.push((subject.group.clone(), counts));
                }
            }
        }
        summary
    }

    /// Every change of status after one day and up to another, the first one first.
    #[must_use]
    pub fn changes(&self, after: Date, until: Date) -> Vec<Turn> {
        let mut turns = Vec::new();
        for subject in &self.subjects {
            let mut at = after;
            if !subject.there.on(at) {
                match subject.there.next_turn(at).filter(|d| *d <= until) {
                    Some(begins) => {
                        turns.push(subject.turn(begins, None));
                        at = begins;
                    }
                    None => continue,
                }
            }
            while let Some(on) = subject.judged.next_change(at).filter(|d| *d <= until) {
                turns.push(subject.turn(on, Some(subject.judged.status(at))));
                at = on;
            }
        }
        turns.sort_by_key(|t| t.on);
        turns
    }

    /// What stands differently in another assessment: this one on a day, the other one on another.
    #[must_use]
    pub fn difference(&self, day: Date, other: &Assessment, on: Date) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut add = |name: &str, before: Option<&Subject>, after: Option<&Subject>| {
            let stands = |s: Option<&Subject>, day| s.map(|s| s.judged.status(day));
            let (was, is) = (stands(before, day), stands(after, on));
            if was == is {
                return;
            }
            let labels = |s: Option<&Subject>, day| -> BTreeSet<&'static str> {
                s.map(|s| s.labels(day).into_iter().collect()).unwrap_or_default()
            };
            let (old, new) = (labels(before, day), labels(after, on));
            differences.push(Difference {
                requirement: name.to_owned(),
                before: was,
                after: is,
                appeared: new.difference(&old).copied().collect(),
                gone: old.difference(&new).copied().collect(),
            });
        };
        for subject in self.there(day) {
            let after = other.subject(&subject.judged.id).filter(|s| s.there.on(on));
            add(&subject.requirement, Some(subject), after);
        }
        for subject in other.there(on) {
            if self.subject(&subject.judged.id).is_none_or(|s| !s.there.on(day)) {
                add(&subject.requirement, None, Some(subject));
            }
        }
        differences
    }
}

impl Subject {
    /// Labels of all conditions true on a day, worst first.
    #[must_use]
    pub fn labels(&self, day: Date) -> Vec<&'static str> {
        self.judged.reasons(day).into_iter().map(|r| r.condition.label).collect()
    }

    /// The verdict of a day.
    #[must_use]
    pub fn on(&self, day: Date) -> Standing {
        let verdict = self.judged.verdict(day);
        Standing {
            requirement: self.requirement.clone(),
            advisory: self.advisory,
            group: self.group.clone(),
            status: verdict.status,
            since: verdict.since,
            next_change_at: verdict.next_change_at,
            labels: verdict.reasons.iter().map(|c| c.label).collect(),
        }
    }

    fn turn(&self, on: Date, before: Option<Status>) -> Turn {
        let old = if before.is_some() { self.labels(on.plus_days(-1)) } else { Vec::new() };
        let mut labels = self.labels(on);
        labels.retain(|l| !old.contains(l));
        Turn { on, requirement: self.requirement.clone(), before, after: self.judged.status(on), labels }
    }
}

/// Which of several snapshots, each a step further than the one before, changed what: for each step that changed the
/// status of something, its place (from 1) and what it changed, all judged on one day. What goes up and down again
/// between two steps that are looked at is not seen; few of very many snapshots are judged.
#[must_use]
pub fn steps(snapshots: &[Isms], history: &History, day: Date) -> Vec<(usize, Vec<Difference>)> {
    let mut found = Vec::new();
    if let (Some(first), Some(last)) = (snapshots.first(), snapshots.len().checked_sub(1))
        && let Some(end) = snapshots.last()
    {
        let (low, high) = (Assessment::of(first, history), Assessment::of(end, history));
        halve(snapshots, history, day, (0, &low), (last, &high), &mut found);
    }
    found
}

fn halve(
    snapshots: &[Isms],
    history: &History,
    day: Date,
    (from, low): (usize, &Assessment),
    (to, high): (usize, &Assessment),
    found: &mut Vec<(usize, Vec<Difference>)>,
) {
    let differences = low.difference(day, high, day);
    if differences.is_empty() || from >= to {
        return;
    }
    let middle = from + (to - from) / 2;
    match snapshots.get(middle) {
        Some(isms) if middle > from => {
            let assessed = Assessment::of(isms, history);
            halve(snapshots, history, day, (from, low), (middle, &assessed), found);
            halve(snapshots, history, day, (middle, &assessed), (to, high), found);
        }
        _ => found.push((to, differences)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let mut counts = Counts::default();
        let worst_first = [Status::Unmet, Status::Partly, Status::Stale, Status::Met, Status::Excluded];
        for (n, status) in worst_first.into_iter().enumerate() {
            (0..=n).for_each(|_| counts.add(status));
        }
        assert_eq!(counts, Counts { unmet: 1, partly: 2, stale: 3, met: 4, excluded: 5 });
        assert_eq!(counts.total(), 15);
    }
}
