//! The later steps of the path: what the verdicts say of support, operation, audit, review and certification.

use super::{Need, Progress, begin, need};
use crate::{
    Date, Isms, Kind,
    records::{Audit, AuditState, Certification, CertificationState, Grade, Nonconformity},
    rules::{Assessment, Status},
    views::place::Place,
    words::counted,
};

/// What a step after the first three needs.
pub(super) fn needs(isms: &Isms, judged: &Assessment, day: Date, step: u32) -> Vec<Need> {
    match step {
        4 => vec![
            rows(judged, day, "7", "Support", "7"),
            rows(judged, day, "8.1", "Operation", "8"),
            rows(judged, day, "9.1", "Measurement", "9"),
            evidence(judged, day),
        ],
        5 => vec![
            rows(judged, day, "9.2", "The internal audit", "9"),
            rows(judged, day, "9.3", "The management review", "9"),
            no_major(isms),
        ],
        6 => vec![gate(judged, day, "stage1"), gate(judged, day, "stage2"), certified(isms)],
        _ => Vec::new(),
    }
}

fn share(done: usize, all: usize) -> Progress {
    match done {
        _ if done == all => Progress::Done,
        0 => Progress::Open,
        _ => Progress::Begun,
    }
}

/// The rows under a part of the standard: none may be unmet.
fn rows(judged: &Assessment, day: Date, part: &str, what: &str, clause: &'static str) -> Need {
    let under =
        |id: &str| id.strip_prefix(part).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    let subjects: Vec<_> =
        judged.subjects().iter().filter(|s| s.control.is_none() && under(&s.requirement)).collect();
    let all = subjects.len();
    let good = subjects.iter().filter(|s| s.judged.status(day) != Status::Unmet).count();
    let unmet = if good == all { "none".to_owned() } else { (all - good).to_string() };
    let words = format!("{what}: {unmet} unmet among the {all} requirements of {part}");
    need(words, share(good, all), Place::Requirements(clause), "See what is unmet")
}

/// The evidence for controls: 8.1-doc is better than unmet when enough of them have some.
fn evidence(judged: &Assessment, day: Date) -> Need {
    let status = judged.subject("8.1-doc").map_or(Status::Unmet, |s| s.judged.status(day));
    let progress = match status {
        Status::Unmet => Progress::Open,
        Status::Partly => Progress::Begun,
        Status::Met | Status::Stale | Status::Excluded => Progress::Done,
    };
    begin(
        "Evidence in date stands behind the controls",
        progress,
        Place::list(Kind::Evidence),
        "Collect evidence",
    )
}

fn no_major(isms: &Isms) -> Need {
    let open = isms.all::<Nonconformity>().live().filter(|n| n.grade == Some(Grade::Major)).count();
    // Before the first audit is closed nobody has looked, so that none is open says nothing.
    let looked = isms.all::<Audit>().live().any(|a| a.state == AuditState::Closed);
    let words = match open {
        0 => "An audit is closed, and no major nonconformity is open".to_owned(),
        n => format!("Major nonconformities open: {n}"),
    };
    let progress = if open == 0 && looked { Progress::Done } else { Progress::Open };
    need(words, progress, Place::list(Kind::Nonconformity), "Close findings")
}

fn gate(judged: &Assessment, day: Date, name: &str) -> Need {
    let gate = judged.gates_on(day).into_iter().find(|g| g.gate == name);
    let (title, open, blocks) = gate.map_or(("Gate", false, 0), |g| (g.title, g.open, g.blocked_by.len()));
    let words = match open {
        true => format!("{title}: open"),
        false => format!("{title}: {}", counted(blocks, "thing blocks it", "things block it")),
    };
    let progress = if open { Progress::Done } else { Progress::Open };
    need(words, progress, Place::Today, "See the gates")
}

fn certified(isms: &Isms) -> Need {
    use CertificationState::{
        Certified, FindingsOpen, RecertificationDue, Recertified, Surveillance1Done, Surveillance1Due,
        Surveillance2Done, Surveillance2Due,
    };
    let certified = isms.all::<Certification>().live().any(|c| {
        matches!(
            c.state,
            Certified
                | Surveillance1Due
                | Surveillance1Done
                | Surveillance2Due
                | Surveillance2Done
                | RecertificationDue
                | Recertified
                | FindingsOpen
        )
    });
    let progress = if certified { Progress::Done } else { Progress::Open };
    need("The certificate is issued", progress, Place::list(Kind::Certification), "Record the certification")
}
