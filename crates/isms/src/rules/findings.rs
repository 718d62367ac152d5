//! What people add to a row: the gate of judgement (0.1 step 2) and the cap that open findings put on it (step 3).

use std::collections::HashMap;

use frameworks::Class;

use super::{Condition, Cx, Item, Judgement, When, cx::seen};
use crate::{
    Id, Stored,
    records::{Grade, Nonconformity, NonconformityState},
    rows,
};

/// An open finding against a row, a control, or a parent of them.
#[derive(Clone, Debug)]
pub(super) struct Open {
    id: Id,
    cap: Cap,
    there: When,
    what: String,
}

/// How far an open finding lets a status rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cap {
    Unmet,
    Partly,
    /// Reported, and the status stays as it is.
    Shown,
}

/// Open findings by what they name as criterion, in the order of their numbers.
pub(super) fn open<'a>(cx: &Cx<'a>) -> HashMap<&'a str, Vec<Open>> {
    let mut open: HashMap<&str, Vec<Open>> = HashMap::new();
    for finding in cx.isms.all::<Nonconformity>().live() {
        let criterion = finding.criterion_ref.trim();
        let Some(cap) = cap(finding).filter(|_| !criterion.is_empty()) else { continue };
        open.entry(criterion).or_default().push(Open {
            id: finding.meta.id,
            cap,
            there: seen(finding).there,
            what: in_words(finding),
        });
    }
    open
}

/// What a live finding does to the status; `None` for the lesser grades, which are no nonconformities.
fn cap(finding: &Nonconformity) -> Option<Cap> {
    let checking = finding.state == NonconformityState::EffectivenessCheck;
    match finding.grade {
        Some(Grade::Major) => Some(if checking { Cap::Partly } else { Cap::Unmet }),
        Some(Grade::Minor) => Some(if checking { Cap::Shown } else { Cap::Partly }),
        Some(Grade::Ofi | Grade::Observation | Grade::Strength) => None,
        // Nobody has said how grave it is: that is no reason to keep quiet about it.
        None => Some(Cap::Shown),
    }
}

fn in_words(finding: &Stored<Nonconformity>) -> String {
    let id = finding.meta.id;
    let grade = match finding.grade {
        Some(grade) => format!("{grade} nonconformity"),
        None => "nonconformity without a grade".to_owned(),
    };
    match finding.state {
        NonconformityState::EffectivenessCheck => {
            format!("{id}, a {grade}, waits for the check that its actions worked")
        }
        state => format!("{id} is an open {grade}, in state {}", state.as_str().replace('_', " ")),
    }
}

/// What judgement and findings add to a row of clauses 4 to 10.
#[must_use]
pub fn judgement(cx: &Cx<'_>, row: &str) -> Judgement {
    let mut judgement = capped(cx, &[row]);
    let class = frameworks::catalogue().requirement(row).map(|r| r.class);
    if let Some(class @ (Class::Performed | Class::Judgement)) = class {
        judgement.attested = Some(cx.attested(row));
        judgement.gate_stale = class == Class::Performed;
        judgement.unattested = Some(unattested(cx, row));
    }
    judgement
}

/// What open findings add to a row or control that goes by any of some names.
pub(super) fn capped(cx: &Cx<'_>, names: &[&str]) -> Judgement {
    let mut judgement = Judgement::default();
    let open = cx.findings.get(|| open(cx));
    if open.is_empty() {
        return judgement;
    }
    for name in names {
        for finding in rows::covering(name).filter_map(|criterion| open.get(criterion)).flatten() {
            let items = vec![Item::new(finding.id, "state", finding.there.clone())];
            let condition = Condition::new("NC", finding.there.clone(), finding.what.clone(), items);
            match finding.cap {
                Cap::Unmet => judgement.unmet_findings.push(condition),
                Cap::Partly => judgement.partly_findings.push(condition),
                Cap::Shown => judgement.other_findings.push(condition),
            }
        }
    }
    judgement
}

/// What is said where no judgement holds. The newest judgement of each day is named: by its date where it has run out,
/// by what it came to where it was not conform.
fn unattested(cx: &Cx<'_>, row: &str) -> Condition {
    let given = cx.judgements(row);
    let newest = given.iter().enumerate().map(|(i, g)| {
        let next = given.get(i + 1).map_or_else(When::always, |n| When::before(n.at));
        let (field, silent) = match (g.conform, g.attested) {
            (true, _) => (g.field, When::after(g.last)),
            (false, true) => ("verdict", When::always()),
            (false, false) => ("result", When::always()),
        };
        Item::new(g.id, field, When::from(g.at).and(&next).and(&silent))
    });
    let what = if given.is_empty() {
        "nobody has judged yet whether this is met; records alone do not show how well it is done"
    } else {
        "no judgement in force says that this is met; records alone do not show how well it is done"
    };
    Condition::new("ATT", When::always(), what, newest.collect::<Vec<_>>())
}
