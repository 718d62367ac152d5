//! Everyone doing work under the organisation's control, contractors included.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref,
    record::{Decl, Group, Record},
    records::ScopeItem,
    value::{Line, Tag},
};


/// A person doing work under the organisation's control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// Name as people know it.
    pub name: Line,
    /// How the person is engaged.
    pub employment_type: Line,
    /// The line manager.
    pub manager_id: Option<Ref<Person>>,
    /// The unit the person belongs to: a scope item of kind org_unit.
    #[schemars(title = "Unit")]
    pub org_unit_id: Option<Ref<ScopeItem>>,
    /// First day of work.
    pub start_date: Option<Date>,
    /// Last day of work; empty while there is none.
    pub end_date: Option<Date>,
    /// Whether the person works inside the scope of the ISMS.
    pub in_scope: Option<bool>,
    /// Whether the person belongs to top management (clause 5).
    pub is_top_management: Option<bool>,
    /// Groups the person belongs to, as tags such as g-all.
    pub group_ids: Vec<Tag>,
}

impl Record for Person {
    const DECL: Decl = Decl {
        name: "person",
        prefix: "P",
        one: "Person",
        many: "People",
        group: Group::People,
        clause: "7.2",
        about: "Everyone who works under your control, contractors included: owners, approvers, auditors are chosen from here.",
        required: &["name"],
        columns: &["employment_type", "manager_id", "start_date", "end_date", "in_scope", "is_top_management"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }
}

impl Person {
    /// Whether the person belongs to PEOPLE of the specification 0.2 on a day: in scope, begun, not gone.
    #[must_use]
    pub fn counts_on(&self, day: Date) -> bool {
        self.in_scope == Some(true)
            && self.start_date.is_none_or(|d| d <= day)
            && self.end_date.is_none_or(|d| d >= day)
    }
}
