//! Checks that what is kept is still there, whole and only for those who may see it (7.5.3, ruling 9.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, choice,
    record::{Decl, Group, Record},
    value::{Source, Text},
    words::label,
};

choice!(
    /// What a check of the store is about.
    StoreCheckKind {
        Integrity = "integrity",
        RestoreTest = "restore_test",
        RetentionRun = "retention_run",
        AccessReview = "access_review",
        Other = "other",
    }
);

choice!(
    /// Whether a check went well.
    CheckOutcome { Pass = "pass", Fail = "fail" }
);

/// A check of the store of records and files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreCheck {
    /// What was checked.
    pub kind: Option<StoreCheckKind>,
    /// The day of the check.
    #[schemars(title = "Checked")]
    pub at: Option<Date>,
    /// Whether all was well.
    pub result: Option<CheckOutcome>,
    /// Records that the check was about or found wrong.
    #[schemars(title = "Records")]
    pub refs: Vec<Source>,
    /// What was done and what was found.
    pub note: Text,
}

impl Record for StoreCheck {
    const DECL: Decl = Decl {
        name: "store_check",
        prefix: "STC",
        one: "Check of the store",
        many: "Checks of the store",
        group: Group::Documents,
        clause: "7.5.3",
        about: "Checks that documents and records are still whole and readable: integrity, restore, retention, access. Begin with a restore test.",
        required: &["kind", "at", "result"],
        columns: &["kind", "at", "result", "refs"],
        events: &["at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let kind = self.kind.map_or_else(|| "Check".to_owned(), |k| label(k.as_str()));
        let day = self.at.map(|day| format!(", {day}")).unwrap_or_default();
        let result = self.result.map(|r| format!(": {r}")).unwrap_or_default();
        format!("{kind}{day}{result}")
    }
}
