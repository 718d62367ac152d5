//! Judgements on the security of suppliers (A.5.19, A.5.22, 8.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    id::Id,
    record::{Decl, Group, Record},
    records::{Evidence, Person, Supplier},
    value::Text,
};

choice!(
    /// Outcome of assessing a supplier.
    AssessmentResult { Accept = "accept", Conditional = "conditional", Reject = "reject" }
);

/// A look at the security of a supplier, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SupplierAssessment {
    /// Which supplier.
    pub supplier_id: Option<Ref<Supplier>>,
    /// How: questionnaire, certificate and its scope, report of an auditor, visit.
    pub method: Text,
    /// Who judged: somebody other than who wants the supplier.
    pub assessed_by: Option<Ref<Person>>,
    /// The day it was judged.
    pub assessed_at: Option<Date>,
    /// Accept, accept on conditions, or reject.
    pub result: Option<AssessmentResult>,
    /// What was found wanting or is a condition: findings, or tasks with their due dates.
    pub finding_ids: Vec<Id>,
    /// What shows it: the answers, the certificate, the report.
    pub evidence_id: Option<Ref<Evidence>>,
}

impl Record for SupplierAssessment {
    const DECL: Decl = Decl {
        name: "supplier_assessment",
        prefix: "SA",
        one: "Supplier assessment",
        many: "Supplier assessments",
        group: Group::Suppliers,
        clause: "A.5.19",
        about: "How each supplier was looked at and with what result. Begin with the critical ones.",
        required: &["supplier_id"],
        columns: &["supplier_id", "result", "assessed_by", "assessed_at", "finding_ids"],
        events: &["assessed_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let who = self.supplier_id.map_or_else(|| "No supplier".to_owned(), |s| s.to_string());
        let result = self.result.map(|r| format!(": {r}")).unwrap_or_default();
        let day = self.assessed_at.map(|day| format!(", {day}")).unwrap_or_default();
        format!("{who}{result}{day}")
    }
}
