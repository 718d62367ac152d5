//! A parameter of the rules that the organisation has set itself (0.3). One record a parameter: every change is a
//! ledger entry with its before and after.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Isms, Problem,
    id::Id,
    parameters,
    record::{Decl, Group, Record},
    value::{Line, Text},
};

/// A parameter with the organisation's own value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ParameterSetting {
    /// Name of the parameter, such as audit_months.
    pub name: Line,
    /// Its value: a whole number, or one a level such as `critical 3, high 6, medium 12, low 12`.
    pub value: Line,
    /// Why it differs from the default. To make a rule weaker is itself a change to the ISMS.
    pub reason: Text,
}

impl Record for ParameterSetting {
    const DECL: Decl = Decl {
        name: "parameter_setting",
        prefix: "PAR",
        one: "Parameter",
        many: "Parameters",
        group: Group::Settings,
        about: "Intervals and thresholds of the rules that differ from the defaults, each with its reason.",
        required: &["name", "value"],
        columns: &["name", "value", "reason"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.name.to_string()
    }

    fn check(&self, isms: &Isms, id: Id, problems: &mut Vec<Problem>) {
        if let Err(message) = parameters::check(&self.name, &self.value) {
            let field = if parameters::exists(&self.name) { "value" } else { "name" };
            problems.push(Problem::new(field, message));
        }
        if isms.all::<Self>().iter().any(|p| p.meta.id != id && p.name == self.name) {
            problems.push(Problem::new("name", "is set already; change that record"));
        }
    }
}
