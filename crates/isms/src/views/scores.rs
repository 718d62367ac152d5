//! The newest scores of a risk, by type, and the columns of the risk register that follow from them.

use serde_json::Value;

use super::derived::{Cx, Derived};
use crate::{
    AnyRecord, Date, Id, Isms, Ref, Stored,
    records::{Kind, Risk, RiskEvaluation, RiskMethod, RiskMethodState, RiskScore, ScoreType, TreatmentPlan},
};

/// The method in force: approved, the newest if there are several.
#[must_use]
pub fn method(isms: &Isms) -> Option<&Stored<RiskMethod>> {
    isms.all::<RiskMethod>()
        .live()
        .filter(|m| m.state == RiskMethodState::Approved)
        .max_by_key(|m| (m.published_at.or(m.approved_at), m.meta.id.n))
}

/// The records of kind `T` that refer to `risk`.
pub fn about<T: crate::Filed>(isms: &Isms, risk: Id) -> impl Iterator<Item = &Stored<T>> {
    isms.backrefs_of(T::KIND, risk)
        .filter_map(|b| isms.get::<T>(Ref::new(b.source.n)))
        .filter(|r| !r.meta.archived)
}

/// The newest score of one type for a risk.
#[must_use]
pub fn newest(isms: &Isms, risk: Id, of: ScoreType) -> Option<&Stored<RiskScore>> {
    about::<RiskScore>(isms, risk).filter(|s| s.r#type == Some(of)).max_by_key(|s| (s.scored_at, s.meta.id.n))
}

/// The newest evaluation of a risk.
#[must_use]
pub fn evaluation(isms: &Isms, risk: Id) -> Option<&Stored<RiskEvaluation>> {
    about::<RiskEvaluation>(isms, risk).max_by_key(|e| (e.evaluated_at, e.meta.id.n))
}

/// The plan of a risk that counts: the newest that is not cancelled.
#[must_use]
pub fn plan(isms: &Isms, risk: Id) -> Option<&Stored<TreatmentPlan>> {
    about::<TreatmentPlan>(isms, risk).filter(|p| p.live()).max_by_key(|p| p.meta.id.n)
}

/// Whether a risk is above the line: its newest evaluation says it is not acceptable.
#[must_use]
pub fn above_the_line(isms: &Isms, risk: &Stored<Risk>) -> bool {
    evaluation(isms, risk.meta.id).is_some_and(|e| e.acceptable == Some(false))
}

/// The place of a level in the order of severity, from 1 for the lowest: in the matrix in force; by name where there is no
/// matrix, or the level is not in it.
#[must_use]
pub fn rank(isms: &Isms, level: &str) -> u32 {
    let place = method(isms).and_then(|m| m.levels().iter().position(|of| *of == level));
    let named = || ["low", "medium", "high", "critical"].iter().position(|of| *of == level);
    place.or_else(named).and_then(|n| u32::try_from(n + 1).ok()).unwrap_or(0)
}

macro_rules! score_columns {
    ($($of:ident, $level:literal, $level_label:literal, $likelihood:literal, $likelihood_label:literal, $impact:literal, $impact_label:literal;)*) => {
        /// The derived columns of a risk.
        pub const COLUMNS: &[Derived] = &[
            $(Derived {
                name: $level,
                label: $level_label,
                value: |cx, record| newest(cx.isms, record.id(), ScoreType::$of).filter(|s| !s.level.is_empty()).map(|s| Value::String(s.level.to_string())),
                rank: Some(|cx, value| f64::from(rank(cx.isms, value.as_str().unwrap_or_default()))),
                depends: READS,
            },
            Derived {
                name: $likelihood,
                label: $likelihood_label,
                value: |cx, record| newest(cx.isms, record.id(), ScoreType::$of).and_then(|s| s.likelihood).map(Value::from),
                rank: None,
                depends: READS,
            },
            Derived {
                name: $impact,
                label: $impact_label,
                value: |cx, record| newest(cx.isms, record.id(), ScoreType::$of).and_then(|s| s.impact).map(Value::from),
                rank: None,
                depends: READS,
            },)*
            Derived { name: "above_the_line", label: "Above the line", value: above, rank: None, depends: READS },
            Derived { name: "plan_state", label: "Plan", value: plan_state, rank: None, depends: READS },
            Derived { name: "plan_due_at", label: "Plan due", value: plan_due, rank: None, depends: READS },
        ];
    };
}

const READS: &[Kind] = &[Kind::RiskScore, Kind::RiskEvaluation, Kind::TreatmentPlan, Kind::RiskMethod];

score_columns! {
    Current, "current_level", "Current level", "current_likelihood", "Current likelihood", "current_impact", "Current impact";
    Inherent, "inherent_level", "Inherent level", "inherent_likelihood", "Inherent likelihood", "inherent_impact", "Inherent impact";
    Target, "target_level", "Target level", "target_likelihood", "Target likelihood", "target_impact", "Target impact";
    Residual, "residual_level", "Residual level", "residual_likelihood", "Residual likelihood", "residual_impact", "Residual impact";
}

fn above(cx: &Cx<'_>, record: &dyn AnyRecord) -> Option<Value> {
    evaluation(cx.isms, record.id()).and_then(|e| e.acceptable).map(|ok| Value::Bool(!ok))
}

fn plan_state(cx: &Cx<'_>, record: &dyn AnyRecord) -> Option<Value> {
    plan(cx.isms, record.id()).map(|p| Value::String(p.state.as_str().to_owned()))
}

fn plan_due(cx: &Cx<'_>, record: &dyn AnyRecord) -> Option<Value> {
    plan(cx.isms, record.id()).and_then(|p| p.due_at).map(|d: Date| Value::String(d.to_string()))
}
