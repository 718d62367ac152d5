//! When a change counts as carried out, and as carried out without approval: one reading for 6.3 and 8.1-change (ruling
//! 9.2).

use super::When;
use crate::records::{Change, ChangeState};

/// Working days within which an emergency is approved afterwards (4.12, SOD-10).
const EMERGENCY_DAYS: u32 = 5;

/// The days from which a change is carried out; `None` if it is not. A state without a date counts always; an emergency
/// is carried out first (4.12).
pub(super) fn implemented(change: &Change) -> Option<When> {
    use ChangeState::{Closed, Emergency, Implemented, Reviewed};
    match (change.implemented_at, change.state) {
        (Some(day), _) => Some(When::from(day)),
        (None, Implemented | Reviewed | Closed | Emergency) => Some(When::always()),
        _ => None,
    }
}

/// The days on which a change stands as carried out without approval before that day. What is an emergency by its state
/// may be approved up to five working days later.
pub(super) fn unapproved(change: &Change) -> Option<When> {
    let days = implemented(change)?;
    let Some(done) = change.implemented_at else {
        return change.approved_at.is_none().then_some(days);
    };
    if change.approved_at.is_some_and(|approved| approved < done) {
        return None;
    }
    if change.state != ChangeState::Emergency {
        return Some(days);
    }
    let last = done.plus_working_days(EMERGENCY_DAYS);
    match change.approved_at {
        Some(approved) if approved <= last => None,
        _ => Some(When::after(last)),
    }
}
