//! Lines of audit checklists (9.2.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    record::{Decl, Group, Record},
    records::{Audit, Control, Evidence, Person},
    value::{RowRef, Text},
};

choice!(
    /// What a check found.
    CheckResult {
        Conform = "conform",
        Minor = "minor",
        Major = "major",
        Ofi = "ofi",
        NotTested = "not_tested",
    }
);

/// One requirement or control, checked in one audit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditCheck {
    /// Which audit.
    pub audit_id: Option<Ref<Audit>>,
    /// The row or clause that is checked, such as 6.1.3d.
    #[schemars(title = "Requirement")]
    pub requirement_ref: RowRef,
    /// The control that is checked.
    pub control_id: Option<Ref<Control>>,
    /// Who checked: nobody who owns or runs it.
    pub checked_by: Option<Ref<Person>>,
    /// What was found. Not tested calls for a reason in the note.
    pub result: Option<CheckResult>,
    /// What was looked at: records, people, systems, how many of how many.
    pub sample_note: Text,
    /// What shows it.
    pub evidence_ids: Vec<Ref<Evidence>>,
    /// The day of the check.
    pub checked_at: Option<Date>,
}

impl Record for AuditCheck {
    const DECL: Decl = Decl {
        name: "audit_check",
        prefix: "CHK",
        one: "Audit check",
        many: "Audit checks",
        group: Group::Audits,
        clause: "9.2.1",
        about: "What was checked in an audit, by whom, on which sample, with which result. Begin by planning an audit: its scope gives the lines.",
        required: &["audit_id"],
        columns: &["audit_id", "requirement_ref", "control_id", "result", "checked_by", "checked_at"],
        events: &["checked_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let what = match (self.control_id, self.requirement_ref.is_empty()) {
            (_, false) => self.requirement_ref.to_string(),
            (Some(control), true) => control.to_string(),
            (None, true) => "Nothing named".to_owned(),
        };
        let audit = self.audit_id.map(|a| format!(" in {a}")).unwrap_or_default();
        let result = self.result.map(|r| format!(": {}", r.as_str().replace('_', " "))).unwrap_or_default();
        format!("{what}{audit}{result}")
    }
}
