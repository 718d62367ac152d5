//! Runs of the risk assessment (8.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::Actor,
    choice,
    flow::{default_date, default_person, default_value, ensure, none_of, same},
    record::{Decl, Group, Record},
    records::{Person, RiskMethod, RiskScore, ScopeItem, ScopeKind, ScoreType},
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::{Source, Text},
    views::scores,
};

choice!(
    /// Why an assessment is made.
    AssessmentKind { Planned = "planned", Triggered = "triggered" }
);

states!(
    /// Whether a run still goes on.
    RiskAssessmentState { Open = "open", Completed = "completed" }
);

/// One run of the risk assessment: who looked at what, by which method.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RiskAssessment {
    /// Made on schedule, or because something happened.
    pub kind: Option<AssessmentKind>,
    /// What led to it: a change, an incident, a new supplier.
    pub trigger_ref: Source,
    /// The method it follows.
    pub method_id: Option<Ref<RiskMethod>>,
    /// Parts of the scope it looks at. A planned one names every product, process and site in scope.
    pub scope_item_ids: Vec<Ref<ScopeItem>>,
    /// The day it began.
    pub started_at: Option<Date>,
    /// The day it was finished.
    pub completed_at: Option<Date>,
    /// Who led it.
    pub performed_by: Option<Ref<Person>>,
    /// Who took part.
    pub participant_ids: Vec<Ref<Person>>,
    /// How scores were made comparable: which risks were scored by two people, what differed, what was agreed.
    pub calibration_note: Text,
    /// Who approved its results.
    pub approved_by: Option<Ref<Person>>,
    /// The day they were approved.
    pub approved_at: Option<Date>,
    /// Whether it still goes on.
    pub state: RiskAssessmentState,
}

impl Record for RiskAssessment {
    const DECL: Decl = Decl {
        name: "risk_assessment",
        prefix: "RAS",
        one: "Risk assessment",
        many: "Risk assessments",
        group: Group::Risks,
        clause: "8.2",
        about: "Each run of the assessment, planned or triggered. Risks are scored and evaluated within one.",
        columns: &["kind", "state", "method_id", "started_at", "completed_at", "performed_by"],
        by_step: &["completed_at", "approved_by", "approved_at"],
        steps_set_state: true,
        frozen: &["completed"],
        events: &["started_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!(
            "{} risk assessment",
            self.kind.map_or("Open", |k| match k {
                AssessmentKind::Planned => "Planned",
                AssessmentKind::Triggered => "Triggered",
            })
        ) + &self.started_at.map(|d| format!(" of {d}")).unwrap_or_default()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, today: Date) {
        if let Some(method) = scores::method(isms) {
            default_value(fields, "method_id", method.meta.id.to_string());
        }
        default_date(fields, "started_at", today);
        default_person(fields, "performed_by", actor);
        // A planned one is about the whole scope, and has to name it (8.2 P3); what a triggered one is about follows from
        // what led to it.
        if fields.get("kind").and_then(Value::as_str) == Some(AssessmentKind::Planned.as_str()) {
            let scope = Self::whole_scope(isms);
            if !scope.is_empty() {
                default_value(fields, "scope_item_ids", scope);
            }
        }
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl RiskAssessment {
    /// The ids of the units, sites, products and processes in scope.
    fn whole_scope(isms: &Isms) -> Vec<String> {
        use ScopeKind::{OrgUnit, Process, Product, Site};
        let items = isms.all::<ScopeItem>().live().filter(|i| {
            i.in_scope == Some(true) && matches!(i.kind, Some(OrgUnit | Site | Product | Process))
        });
        items.map(|i| i.meta.id.to_string()).collect()
    }

    /// The assessment a new score or evaluation belongs to if none is named: the open one, if there is one alone.
    #[must_use]
    pub fn running(isms: &Isms) -> Option<Ref<Self>> {
        let mut open = isms.all::<Self>().iter().filter(|a| a.state == RiskAssessmentState::Open);
        let first = open.next()?;
        open.next().is_none().then(|| first.reference())
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "complete",
        label: "Complete the assessment",
        from: &["open"],
        to: "completed",
        who: &[Duty::IsmsManager],
        asks: &["scope_item_ids", "performed_by", "participant_ids", "calibration_note"],
        requires: &["method_id", "performed_by", "calibration_note"],
        stamps: &[("completed_at", Stamp::Today)],
        guards: &[Guard { rule: "6.1.2e", waivable: false, holds: all_evaluated }],
        basis: "8.2, 6.1.2 b",
        ..Step::BLANK
    },
    Step {
        name: "approve",
        label: "Approve the results",
        from: &["completed"],
        to: "completed",
        who: &[Duty::Approver],
        requires: &["approved_by"],
        stamps: &[("approved_by", Stamp::Actor), ("approved_at", Stamp::Today)],
        guards: &[Guard { rule: "8.2", waivable: false, holds: not_by_performer }],
        basis: "practice",
        ..Step::BLANK
    },
];

/// An assessment ends with each risk scored in it held against the criteria; a closed risk needs no verdict any more.
fn all_evaluated(cx: &StepCx<'_>) -> Result<(), String> {
    let scored = scores::about::<RiskScore>(cx.isms, cx.id).filter(|s| s.r#type == Some(ScoreType::Current));
    let mut open: Vec<String> = scored
        .filter_map(|s| cx.isms.find(s.risk_id))
        .filter(|risk| risk.live())
        .filter(|risk| {
            let score = scores::newest(cx.isms, risk.meta.id, ScoreType::Current).and_then(|s| s.scored_at);
            scores::evaluation(cx.isms, risk.meta.id).is_none_or(|e| e.evaluated_at < score)
        })
        .map(|risk| format!("{} was scored and is not evaluated yet", risk.meta.id))
        .collect();
    open.dedup();
    none_of(open)
}

fn not_by_performer(cx: &StepCx<'_>) -> Result<(), String> {
    let assessment = cx.record::<RiskAssessment>()?;
    ensure(!same(assessment.performed_by, cx.actor.person), || {
        "the results are approved by somebody other than who led the assessment".to_owned()
    })
}
