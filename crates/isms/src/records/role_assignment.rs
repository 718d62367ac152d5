//! Who holds a role, from when to when (5.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::Actor,
    flow::{default_date, default_person, name_of, same},
    record::{Decl, Group, Record},
    records::{Person, Role, RoleKind},
};

/// A role given to a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleAssignment {
    /// The role.
    pub role_id: Option<Ref<Role>>,
    /// Who holds it.
    pub person_id: Option<Ref<Person>>,
    /// Who gave it: for clause 5.3 somebody of top management.
    pub assigned_by: Option<Ref<Person>>,
    /// The first day.
    pub assigned_at: Option<Date>,
    /// The day the holder took it on.
    pub accepted_at: Option<Date>,
    /// The day it was made known.
    pub communicated_at: Option<Date>,
    /// Who stands in for the holder.
    pub deputy_id: Option<Ref<Person>>,
    /// Share of working time for it, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub allocated_time_pct: Option<u8>,
    /// The last day; empty while there is none.
    pub end_at: Option<Date>,
}

impl Record for RoleAssignment {
    const DECL: Decl = Decl {
        name: "role_assignment",
        prefix: "RA",
        one: "Role assignment",
        many: "Role assignments",
        group: Group::People,
        clause: "5.3",
        about: "Which person holds which role, given by whom and taken on when.",
        required: &["role_id", "person_id"],
        columns: &["role_id", "person_id", "assigned_at", "accepted_at", "deputy_id", "end_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("{} held by {}", name_of(self.role_id), name_of(self.person_id))
    }

    fn complete(fields: &mut Map<String, Value>, _: &Isms, actor: &Actor, today: Date) {
        default_date(fields, "assigned_at", today);
        default_person(fields, "assigned_by", actor);
    }
}

impl RoleAssignment {
    /// Whether a person holds a live role of a kind on a day.
    #[must_use]
    pub fn held(isms: &Isms, person: Option<Ref<Person>>, kind: RoleKind, day: Date) -> bool {
        isms.all::<Self>().iter().any(|a| {
            let role = || isms.find(a.role_id).is_some_and(|r| r.live() && r.kind == Some(kind));
            same(a.person_id, person) && a.holds_on(day) && role()
        })
    }

    /// Whether the assignment is current on a day: begun, and its last day not past (0.2).
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.assigned_at.is_none_or(|d| d <= day) && self.end_at.is_none_or(|d| d >= day)
    }
}
