//! Text of the customer's own licensed copy of the standard, pasted next to a row. Never part of exports by default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Isms, Problem,
    id::Id,
    record::{Decl, Group, Record},
    value::{RowRef, Text},
};

/// Words of a row or control, from the organisation's own licensed copy of the standard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LicensedText {
    /// The row, clause or control, such as 6.1.3d or A.5.9.
    pub row: RowRef,
    /// Its words, from your own copy.
    pub text: Text,
}

impl Record for LicensedText {
    const DECL: Decl = Decl {
        name: "licensed_text",
        prefix: "TXT",
        one: "Licensed text",
        many: "Licensed texts",
        group: Group::Settings,
        about: "Isthmus describes each requirement in its own words. If you hold a licensed copy of the standard, you can keep its words beside them here; exports leave them out.",
        required: &["row", "text"],
        columns: &["text"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.row.to_string()
    }

    fn check(&self, isms: &Isms, id: Id, problems: &mut Vec<Problem>) {
        if isms.all::<Self>().iter().any(|t| t.meta.id != id && t.row == self.row) {
            problems.push(Problem::new("row", "has its text already; change that record"));
        }
    }
}
