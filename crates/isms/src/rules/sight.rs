//! What a viewer may see of what single people have or have not done: acknowledged, been trained in, be competent for. One
//! rule for the reasons of verdicts, for lists, records and search.

use std::collections::HashSet;

use super::Cx;
use crate::{
    Date, Id, Isms, Kind,
    access::{Actor, Role},
    records::{Person, RoleKind},
};

/// What a viewer may see of people who have not acknowledged, are not trained, or lack a competence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody: the ISMS manager, whoever holds the role of human resources or of internal auditor, the operator of the
    /// machine.
    Everyone,
    /// Themselves, and those whose line manager they are.
    Some(HashSet<Id>),
}

impl Sight {
    /// What an account may see on a day.
    #[must_use]
    pub fn of(isms: &Isms, actor: &Actor, day: Date) -> Self {
        if actor.has(Role::IsmsManager) {
            return Self::Everyone;
        }
        let Some(me) = actor.person else { return Self::Some(HashSet::new()) };
        let cx = Cx::new(isms);
        let holds = |kind| {
            let held = cx.holders(kind);
            held.iter().any(|(a, when)| a.person_id == Some(me) && when.on(day))
        };
        if [RoleKind::Hr, RoleKind::InternalAuditor].into_iter().any(holds) {
            return Self::Everyone;
        }
        let team = isms.all::<Person>().iter().filter(|p| p.manager_id == Some(me)).map(|p| p.meta.id);
        Self::Some(team.chain([me.id()]).collect())
    }

    /// Whether a record may be seen: one that tells of somebody, only if that is somebody whom the viewer knows.
    #[must_use]
    pub fn sees(&self, isms: &Isms, id: Id) -> bool {
        if !tells_of_people(id.kind) || *self == Self::Everyone {
            return true;
        }
        let person = isms.record(id).and_then(|record| record.field("person_id"));
        self.knows(person.and_then(|person| person.as_str()?.parse().ok()))
    }

    /// Whether what concerns a person may be seen.
    pub(super) fn knows(&self, person: Option<Id>) -> bool {
        match self {
            Self::Everyone => true,
            Self::Some(known) => person.is_some_and(|p| known.contains(&p)),
        }
    }
}

/// Kinds whose records say of single people what they have or have not done. A person's own record says who they are, and
/// may be read by all.
#[must_use]
pub fn tells_of_people(kind: Kind) -> bool {
    matches!(kind, Kind::Acknowledgement | Kind::TrainingRecord | Kind::CompetenceRecord)
}
