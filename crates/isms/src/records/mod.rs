//! The kinds of record, one file each. To add one: write its file, and add one line to the list below; pages, API,
//! history, search, import and export follow.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::{
    Isms,
    access::Actor,
    record::{Decl, Filed, Record},
    schema::{KindInfo, Shape},
    steps::Step,
    table::{AnyTable, Table},
    time::Date,
};

macro_rules! kinds {
    ($($module:ident :: $Type:ident),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::*;)*

        /// A kind of record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each kind is documented where its struct is declared")]
        pub enum Kind { $($Type),* }

        impl Kind {
            /// All kinds, in the order of the list.
            pub const ALL: &'static [Kind] = &[$(Kind::$Type),*];

            /// The declaration of the kind.
            #[must_use]
            pub fn decl(self) -> &'static Decl {
                match self { $(Kind::$Type => &<$Type as Record>::DECL),* }
            }

            /// The description of the kind: its fields, states and schema.
            #[must_use]
            pub fn info(self) -> &'static KindInfo {
                match self {
                    $(Kind::$Type => {
                        static INFO: LazyLock<KindInfo> = LazyLock::new(|| KindInfo::of::<$Type>(Kind::$Type));
                        &INFO
                    })*
                }
            }

            /// The steps of the kind's workflow.
            #[must_use]
            pub fn steps(self) -> &'static [Step] {
                match self { $(Kind::$Type => <$Type as Record>::steps()),* }
            }
        }

        impl Kind {
            /// Fills in what follows from the rest; see [`Record::complete`].
            pub fn complete(self, fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, today: Date) {
                match self { $(Kind::$Type => <$Type as Record>::complete(fields, isms, actor, today)),* }
            }
        }

        impl Kind {
            /// Fills in what a load document left out; see [`Record::loaded`].
            pub fn loaded(self, fields: &mut Map<String, Value>) {
                match self { $(Kind::$Type => <$Type as Record>::loaded(fields)),* }
            }
        }

        /// The tables of a snapshot, one a kind.
        #[derive(Clone, Default)]
        pub struct Tables { $($module: Table<$Type>),* }

        impl Tables {
            /// The table of a kind.
            #[must_use]
            pub fn table(&self, kind: Kind) -> &dyn AnyTable {
                match kind { $(Kind::$Type => &self.$module),* }
            }
            /// The table of a kind, to write to.
            pub fn table_mut(&mut self, kind: Kind) -> &mut dyn AnyTable {
                match kind { $(Kind::$Type => &mut self.$module),* }
            }
        }

        $(impl Filed for $Type {
            const KIND: Kind = Kind::$Type;
            fn table(tables: &Tables) -> &Table<Self> {
                &tables.$module
            }
        })*
    };
}

kinds! {
    org_profile::OrgProfile,
    person::Person,
    context_issue::ContextIssue,
    climate_determination::ClimateDetermination,
    interested_party::InterestedParty,
    party_requirement::PartyRequirement,
    scope_item::ScopeItem,
    isms_process::IsmsProcess,
    document::Document,
    document_version::DocumentVersion,
    ack_campaign::AckCampaign,
    acknowledgement::Acknowledgement,
    role::Role,
    role_assignment::RoleAssignment,
    competence_requirement::CompetenceRequirement,
    competence_record::CompetenceRecord,
    training_course::TrainingCourse,
    training_record::TrainingRecord,
    resource_allocation::ResourceAllocation,
    communication_item::CommunicationItem,
    communication_log::CommunicationLog,
    planning_item::PlanningItem,
    objective::Objective,
    metric::Metric,
    measurement::Measurement,
    metric_analysis::MetricAnalysis,
    asset::Asset,
    risk_method::RiskMethod,
    risk_assessment::RiskAssessment,
    risk::Risk,
    risk_score::RiskScore,
    risk_evaluation::RiskEvaluation,
    treatment_plan::TreatmentPlan,
    risk_acceptance::RiskAcceptance,
    control::Control,
    soa_version::SoaVersion,
    applicability_decision::ApplicabilityDecision,
    evidence_requirement::EvidenceRequirement,
    evidence::Evidence,
    task::Task,
    supplier::Supplier,
    supplier_assessment::SupplierAssessment,
    incident::Incident,
    change::Change,
    audit_programme::AuditProgramme,
    audit::Audit,
    audit_check::AuditCheck,
    nonconformity::Nonconformity,
    corrective_action::CorrectiveAction,
    management_review::ManagementReview,
    review_input::ReviewInput,
    review_decision::ReviewDecision,
    party_feedback::PartyFeedback,
    improvement::Improvement,
    sod_waiver::SodWaiver,
    exception::Exception,
    certification::Certification,
    attestation::Attestation,
    parameter_setting::ParameterSetting,
    licensed_text::LicensedText,
    store_check::StoreCheck,
}

impl Kind {
    /// The first kind of the list, for ranges over ids.
    pub const FIRST: Kind = Kind::OrgProfile;

    /// The kind of a name such as `risk`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.decl().name == name)
    }

    /// The kind of an id prefix such as `R`.
    #[must_use]
    pub fn by_prefix(prefix: &str) -> Option<Kind> {
        static PREFIXES: LazyLock<std::collections::HashMap<&'static str, Kind>> =
            LazyLock::new(|| Kind::ALL.iter().map(|k| (k.decl().prefix, *k)).collect());
        PREFIXES.get(prefix).copied()
    }

    /// The kinds a list of this kind reads: itself, what its fields refer to, what its derived columns are computed
    /// from.
    #[must_use]
    pub fn reads(self) -> &'static [Kind] {
        static READS: LazyLock<std::collections::HashMap<Kind, Vec<Kind>>> = LazyLock::new(|| {
            let of = |kind: Kind| {
                let mut reads = vec![kind];
                for field in &kind.info().fields {
                    match field.shape.item() {
                        Shape::Ref(Some(other)) => reads.push(*other),
                        Shape::Ref(None) => reads.extend(Kind::ALL),
                        _ => {}
                    }
                }
                reads.extend(crate::views::derived::of(kind).iter().flat_map(|d| d.depends));
                reads.sort_unstable();
                reads.dedup();
                reads
            };
            Kind::ALL.iter().map(|k| (*k, of(*k))).collect()
        });
        READS.get(&self).map_or(&[], Vec::as_slice)
    }

    /// The name in JSON, addresses and the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.decl().name
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
