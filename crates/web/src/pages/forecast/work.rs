//! The work that a day to come implies: for each thing to be done who has to do it, by when, and which requirements and
//! controls it keeps or mends.

use std::collections::BTreeMap;

use isms::{
    Date, Id, Isms,
    rules::{Action, Assessment, Finding, Reporter, Sight, Status, Turn},
};

use crate::subjects;

/// One thing to be done.
pub(super) struct Work {
    /// What, on what, by whom.
    pub(super) action: Action,
    /// How many more records of the same reason need the same.
    pub(super) more: usize,
    /// The day before which it keeps the status; nothing if it is too late for that already.
    pub(super) by: Option<Date>,
    /// Rows and controls it serves, each with the status it has or would fall to.
    pub(super) serves: Vec<(String, Status)>,
}

/// All that one person has to do.
#[derive(Default)]
pub(super) struct Owner {
    pub(super) id: Option<Id>,
    pub(super) name: String,
    /// To be done before a status falls by itself, the most urgent first.
    pub(super) ahead: Vec<Work>,
    /// What is not as it should be already.
    pub(super) open: Vec<Work>,
}

impl Owner {
    /// The first day on which something falls.
    pub(super) fn first(&self) -> Option<Date> {
        self.ahead.iter().filter_map(|w| w.by).min()
    }
}

/// What has to be done between two days, by owner: who has most to do first.
pub(super) fn work(
    isms: &Isms,
    assessment: &Assessment,
    sight: &Sight,
    day: Date,
    turns: &[Turn],
) -> Vec<Owner> {
    let mut all = Gathered::default();
    let now = Reporter::new(isms, assessment, day, sight);
    for subject in assessment.subjects().iter().filter(|s| s.there.on(day) && !s.advisory) {
        for finding in now.findings(subject) {
            all.add(finding, None);
        }
    }
    let mut reporter: Option<(Date, Reporter<'_>)> = None;
    for turn in turns.iter().filter(|t| subjects::worsens(t)) {
        let Some(subject) = assessment.subject(&turn.requirement).filter(|s| !s.advisory) else { continue };
        if reporter.as_ref().is_none_or(|(on, _)| *on != turn.on) {
            reporter = Some((turn.on, Reporter::new(isms, assessment, turn.on, sight)));
        }
        let findings = reporter.as_ref().map(|(_, r)| r.findings(subject)).unwrap_or_default();
        for finding in findings.into_iter().filter(|f| turn.labels.contains(&f.label)) {
            all.add(finding, Some(turn.on));
        }
    }
    all.by_owner()
}

/// Work by owner, what is to be done, and on what.
#[derive(Default)]
struct Gathered(BTreeMap<(Option<Id>, String, String), Work>);

impl Gathered {
    fn add(&mut self, finding: Finding, by: Option<Date>) {
        let Some(action) = finding.action else { return };
        let key = (action.owner_id, action.verb.clone(), action.target.clone());
        let more = (finding.facts.len() + finding.withheld).saturating_sub(1);
        let work = self.0.entry(key).or_insert(Work { action, more: 0, by, serves: Vec::new() });
        work.more = work.more.max(more);
        // What is late already stays so, whatever else it will cost.
        work.by = work.by.and_then(|day| by.map(|b| b.min(day)));
        match work.serves.iter_mut().find(|(name, _)| *name == finding.requirement) {
            Some((_, status)) => *status = (*status).max(finding.status),
            None => work.serves.push((finding.requirement, finding.status)),
        }
    }

    fn by_owner(self) -> Vec<Owner> {
        let mut owners: Vec<Owner> = Vec::new();
        for ((id, ..), work) in self.0 {
            if owners.last().is_none_or(|o| o.id != id) {
                let name = work.action.owner.clone().unwrap_or_default();
                owners.push(Owner { id, name, ..Owner::default() });
            }
            if let Some(owner) = owners.last_mut() {
                let list = if work.by.is_some() { &mut owner.ahead } else { &mut owner.open };
                list.push(work);
            }
        }
        for owner in &mut owners {
            owner.ahead.sort_by_key(|w| w.by);
            owner.open.sort_by_key(|w| std::cmp::Reverse(w.serves.iter().map(|(_, s)| *s).max()));
        }
        let todo = |o: &Owner| (o.ahead.len() + o.open.len(), o.ahead.len());
        owners.sort_by(|a, b| todo(b).cmp(&todo(a)).then_with(|| a.name.cmp(&b.name)));
        owners
    }
}
