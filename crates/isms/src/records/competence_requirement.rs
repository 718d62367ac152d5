//! What somebody in a role has to be able to do (7.2 a).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::Role,
    value::{ActiveState, Line},
    words::opening,
};

/// A competence that a role calls for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompetenceRequirement {
    /// The role that calls for it.
    pub role_id: Option<Ref<Role>>,
    /// What somebody in the role has to be able to do, such as leading an internal audit.
    pub competence: Line,
    /// How well: aware, practised, expert, or the certificate that is asked for.
    pub level: Line,
    /// The day it was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for CompetenceRequirement {
    const DECL: Decl = Decl {
        name: "competence_requirement",
        prefix: "CR",
        one: "Competence requirement",
        many: "Competence requirements",
        group: Group::People,
        clause: "7.2",
        about: "What people in each security role have to know and be able to do. Begin with the roles that affect information security most.",
        required: &["role_id"],
        columns: &["role_id", "competence", "level", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        opening(&[&self.competence, &self.level], "Competence requirement")
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
