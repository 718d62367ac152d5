//! What stands in the evidence calendar of one control: when evidence was collected, when the newest of each sort runs
//! out or ran out, and when the next is expected. Days are those of the facts; when they were recorded is said beside.

use isms::{
    Date, Id, Isms, Ref, Stored,
    records::{Control, Evidence, EvidenceRequirement, EvidenceState},
    views::scores::about,
};

use crate::words;

/// What happens to evidence on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// There is none in date.
    Missing,
    /// The newest ran out.
    Over,
    /// The newest runs out.
    RunsOut,
    /// Collected and accepted.
    Collected,
    /// Collected, and not reviewed yet.
    Awaiting,
    /// Expected, or asked for.
    Expected,
}

impl Sort {
    /// The shape of its mark.
    pub(super) fn status(self) -> &'static str {
        match self {
            Sort::Missing | Sort::Over => "unmet",
            Sort::RunsOut => "stale",
            Sort::Collected => "met",
            Sort::Awaiting => "partly",
            Sort::Expected => "none",
        }
    }
}

/// One mark of a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) day: Date,
    pub(super) sort: Sort,
    /// The evidence, or the requirement that asks for it.
    pub(super) id: Id,
    /// What is said besides the shape.
    pub(super) words: String,
}

/// Evidence that was accepted once counts as long as its date says.
fn accepted(evidence: &Stored<Evidence>) -> bool {
    matches!(evidence.state, EvidenceState::Accepted | EvidenceState::Expiring | EvidenceState::Expired)
}

/// The marks of a control up to a day, judged on `day`; `usual` is the interval where nothing else is said, in months.
pub(super) fn marks(isms: &Isms, control: Id, usual: i64, day: Date, last: Date) -> Vec<Mark> {
    let asked: Vec<&Stored<EvidenceRequirement>> =
        about::<EvidenceRequirement>(isms, control).filter(|r| r.live()).collect();
    let mut all: Vec<&Stored<Evidence>> = about::<Evidence>(isms, control)
        .filter(|e| e.control_ids.iter().any(|c| c.id() == control))
        .collect();
    for requirement in &asked {
        let of = about::<Evidence>(isms, requirement.meta.id)
            .filter(|e| e.requirement_id == Some(requirement.reference()));
        all.extend(of);
    }
    all.sort_by_key(|e| e.meta.id.n);
    all.dedup_by_key(|e| e.meta.id.n);
    let mut marks: Vec<Mark> = all.iter().filter_map(|e| gathered(e, day)).collect();
    let own: Vec<Ref<EvidenceRequirement>> = asked.iter().map(|r| r.reference()).collect();
    for requirement in &asked {
        let of = |e: &&&Stored<Evidence>| e.requirement_id == Some(requirement.reference());
        let months = requirement.frequency_months.map_or(usual, i64::from);
        let newest = newest(isms, all.iter().filter(of).copied());
        need(&mut marks, requirement.meta.id, newest, months, day, last);
    }
    // What nobody asked for counts as one sort with the interval of the control.
    let loose = |e: &&&Stored<Evidence>| e.requirement_id.is_none_or(|r| !own.contains(&r));
    if let Some((id, end)) = newest(isms, all.iter().filter(loose).copied()) {
        need(&mut marks, id, Some((id, end)), usual, day, last);
    }
    marks.retain(|m| m.day <= last);
    marks.sort_by_key(|m| (m.day, m.sort, m.id));
    marks
}

/// The evidence that counts longest, with the last day on which it does.
fn newest<'a>(isms: &Isms, of: impl Iterator<Item = &'a Stored<Evidence>>) -> Option<(Id, Date)> {
    of.filter(|e| accepted(e))
        .filter_map(|e| Some((e.meta.id, e.ends(isms)?)))
        .max_by_key(|(id, end)| (*end, id.n))
}

/// The mark of one piece of evidence where it was collected or is asked for.
fn gathered(evidence: &Stored<Evidence>, day: Date) -> Option<Mark> {
    let (id, title) = (evidence.meta.id, &evidence.title);
    let collected = evidence.collected_at.or(evidence.period_to).or(evidence.meta.created_at);
    let said = |word: &str, on: Date| {
        let mut said = format!("{title}: {word} {}", words::day(on));
        // When it was recorded is another matter than when it was collected.
        let recorded = evidence.meta.created_at.filter(|r| *r > on && words::month(r) != words::month(on));
        if let Some(recorded) = recorded {
            said += &format!(", recorded in {}", words::month(recorded));
        }
        said
    };
    match evidence.state {
        EvidenceState::Rejected | EvidenceState::Withdrawn => None,
        EvidenceState::Requested => {
            Some(Mark { day, sort: Sort::Expected, id, words: format!("{title}: asked for") })
        }
        EvidenceState::Collected => {
            let on = collected?;
            let words = format!("{}, not reviewed yet", said("collected", on));
            Some(Mark { day: on, sort: Sort::Awaiting, id, words })
        }
        _ => {
            let on = collected?;
            Some(Mark { day: on, sort: Sort::Collected, id, words: said("collected", on) })
        }
    }
}

/// The marks of what is needed every so many months: when the newest runs out, and when the next ones are expected.
fn need(marks: &mut Vec<Mark>, asking: Id, newest: Option<(Id, Date)>, months: i64, day: Date, last: Date) {
    let mut put = |day: Date, sort: Sort, id: Id, words: String| marks.push(Mark { day, sort, id, words });
    let Some((id, end)) = newest else {
        return put(day, Sort::Missing, asking, "Asked for, and never accepted".to_owned());
    };
    if end < day {
        put(end, Sort::Over, id, format!("{id} ran out on {}", words::day(end)));
        return put(day, Sort::Missing, asking, format!("None in date since {}", words::day(end)));
    }
    put(end, Sort::RunsOut, id, format!("{id} runs out on {}", words::day(end)));
    let (mut n, mut before) = (1, end);
    loop {
        let next = end.plus_months(months.saturating_mul(n));
        if months <= 0 || next > last || next <= before {
            break;
        }
        put(next, Sort::Expected, asking, format!("Expected by {}", words::day(next)));
        (n, before) = (n + 1, next);
    }
}

/// Whether a control has any evidence, or a requirement that asks for some.
pub(super) fn concerns(isms: &Isms, control: Id) -> bool {
    about::<EvidenceRequirement>(isms, control).any(|r| r.live())
        || about::<Evidence>(isms, control).any(|e| e.state != EvidenceState::Withdrawn)
}

/// Those who see to the evidence of a control: its owner, and the owners of what asks for it.
pub(super) fn owners(isms: &Isms, control: Id) -> Vec<Id> {
    let owner = Ref::<Control>::try_from(control).ok().and_then(|c| isms.get(c)).and_then(|c| c.owner_id);
    let asking = about::<EvidenceRequirement>(isms, control).filter(|r| r.live()).filter_map(|r| r.owner_id);
    let mut owners: Vec<Id> = owner.into_iter().chain(asking).map(Ref::id).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}
