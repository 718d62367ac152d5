//! The processes of which the ISMS consists (4.4, 8.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Ref, choice,
    id::Id,
    record::{Decl, Group, Record},
    records::{Document, Person},
    value::{ActiveState, Text},
    words::{label, opening},
};

choice!(
    /// Processes of an ISMS. All but change and other are its core.
    ProcessKind {
        Context = "context",
        Risk = "risk",
        ControlsSoa = "controls_soa",
        Documents = "documents",
        CompetenceAwareness = "competence_awareness",
        Monitoring = "monitoring",
        InternalAudit = "internal_audit",
        ManagementReview = "management_review",
        NonconformityImprovement = "nonconformity_improvement",
        Supplier = "supplier",
        Incident = "incident",
        Change = "change",
        Other = "other",
    }
);

choice!(
    /// Business processes that security has to be part of (5.1 b).
    BusinessProcess {
        Hiring = "hiring",
        Leaving = "leaving",
        Purchasing = "purchasing",
        Development = "development",
        Change = "change",
        CustomerContracting = "customer_contracting",
    }
);

/// One of the processes that together are the ISMS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IsmsProcess {
    /// Which process it is.
    pub kind: Option<ProcessKind>,
    /// Who runs it.
    pub owner_id: Option<Ref<Person>>,
    /// What it needs: information, decisions, records of other processes.
    pub inputs: Text,
    /// What comes out of it.
    pub outputs: Text,
    /// Processes that feed it or that it feeds.
    pub interacts_with_ids: Vec<Ref<IsmsProcess>>,
    /// Everyday business processes into which it is built, so that security is not a side system.
    #[schemars(title = "Built into")]
    pub business_process_refs: Vec<BusinessProcess>,
    /// By which rules it is carried out and what counts as done well.
    pub criteria: Text,
    /// The document that says how it is done.
    pub procedure_document_id: Option<Ref<Document>>,
    /// How often it has to run, in months, such as 1 or 12. Empty: whenever there is cause.
    #[schemars(range(min = 1, max = 600))]
    pub frequency_months: Option<u32>,
    /// The day it last ran.
    pub last_operated_at: Option<Date>,
    /// Records that show that it ran: audits, reviews, assessments, evidence.
    pub operation_record_ids: Vec<Id>,
    /// The day its description was last looked at.
    pub last_reviewed_at: Option<Date>,
    /// In use, or no longer.
    pub state: ActiveState,
}

impl Record for IsmsProcess {
    const DECL: Decl = Decl {
        name: "isms_process",
        prefix: "PROC",
        one: "ISMS process",
        many: "ISMS processes",
        group: Group::Context,
        clause: "4.4",
        about: "The processes that keep the ISMS going: risk, documents, audits, reviews, incidents and so on, each with an owner and what goes in and comes out. Begin with one of each kind.",
        required: &["kind"],
        columns: &["kind", "owner_id", "frequency_months", "last_operated_at", "last_reviewed_at", "state"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        match self.kind {
            Some(ProcessKind::Other) => opening(&[&self.outputs, &self.inputs], "Other process"),
            Some(kind) => label(kind.as_str()),
            None => "ISMS process".to_owned(),
        }
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}
