//! How likely and how bad a risk is, at one moment (6.1.2 d).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::Actor,
    choice,
    commands::Reason,
    flow::{default_date, default_person, default_value, judged, name_of, only_by_step, referred},
    record::{Decl, Group, HandCx, Record, Stored},
    records::{Person, Risk, RiskAssessment, RiskAssessmentState, RiskMethod, RiskState},
    value::{Line, Text},
    views::scores,
};

choice!(
    /// What is scored: the risk without controls, as it is, as it should become, or as it is after treatment.
    ScoreType { Inherent = "inherent", Current = "current", Target = "target", Residual = "residual" }
);

/// A score of a risk. Scores are kept: a new one is added, an old one stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RiskScore {
    /// The risk.
    pub risk_id: Option<Ref<Risk>>,
    /// The assessment it was made in.
    pub assessment_id: Option<Ref<RiskAssessment>>,
    /// The method whose scales it uses; the approved one if left empty.
    pub method_id: Option<Ref<RiskMethod>>,
    /// Without controls, as it is now, as it should become, or after treatment.
    pub r#type: Option<ScoreType>,
    /// Step of the likelihood scale.
    #[schemars(range(min = 1, max = 10))]
    pub likelihood: Option<u8>,
    /// Step of the impact scale.
    #[schemars(range(min = 1, max = 10))]
    pub impact: Option<u8>,
    /// The level, computed from the matrix of the method.
    pub level: Line,
    /// Why these steps and not the ones beside them.
    pub rationale: Text,
    /// Who scored.
    pub scored_by: Option<Ref<Person>>,
    /// The day it was scored.
    pub scored_at: Option<Date>,
}

impl Record for RiskScore {
    const DECL: Decl = Decl {
        name: "risk_score",
        prefix: "RS",
        one: "Risk score",
        many: "Risk scores",
        group: Group::Risks,
        clause: "6.1.2",
        about: "How likely and how bad each risk is, with the reason. The level follows from the matrix.",
        required: &["risk_id"],
        columns: &["risk_id", "type", "likelihood", "impact", "level", "scored_by", "scored_at"],
        by_step: &["level"],
        events: &["scored_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let pair = match (self.likelihood, self.impact) {
            (Some(likelihood), Some(impact)) => format!(" {likelihood} × {impact}"),
            _ => String::new(),
        };
        let kind = self.r#type.map_or("", ScoreType::as_str);
        format!("{} {kind}{pair} {}", name_of(self.risk_id), self.level).trim_end().to_owned()
    }

    /// The level is computed from the matrix, never typed.
    fn complete(fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, today: Date) {
        if let Some(method) = scores::method(isms) {
            default_value(fields, "method_id", method.meta.id.to_string());
        }
        if let Some(assessment) = RiskAssessment::running(isms) {
            default_value(fields, "assessment_id", assessment.to_string());
        }
        default_value(fields, "type", ScoreType::Current.as_str());
        default_person(fields, "scored_by", actor);
        default_date(fields, "scored_at", today);
        let step = |name: &str| fields.get(name).and_then(Value::as_u64).and_then(|n| u8::try_from(n).ok());
        let level = step("likelihood").zip(step("impact")).and_then(|(likelihood, impact)| {
            isms.find(referred::<RiskMethod>(fields, "method_id"))?
                .level(likelihood, impact)
                .map(ToString::to_string)
        });
        match level {
            Some(level) => _ = fields.insert("level".to_owned(), Value::String(level)),
            None => _ = fields.shift_remove("level"),
        }
    }

    /// A score is made by one who may judge the risk, in person, whole, and stays as it was made.
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = match cx.before {
            None => judged(cx.isms, cx.actor, cx.today, self.risk_id, ("scored_by", self.scored_by), self.scored_at),
            Some(before) => {
                let how = "a score stays as it was made; score the risk anew";
                only_by_step(before, self, &Self::MADE, "6.1.2d", how)
            }
        };
        if cx.before.is_none() {
            let mut must = |missing: bool, message: &str| {
                if missing {
                    reasons.push(Reason::new("6.1.2d", message));
                }
            };
            must(self.likelihood.is_none() || self.impact.is_none(), "a score has both likelihood and impact");
            must(self.rationale.is_empty(), "a score has a rationale: say why it is these steps");
        }
        if let Some(message) = self.off_scale(cx.isms) {
            reasons.push(Reason::new("6.1.2b", message));
        }
        if cx.isms.find(self.risk_id).is_some_and(|r| r.state == RiskState::Closed) {
            reasons.push(Reason::new("6.1.2d", "the risk is closed"));
        }
        let assessment = cx.isms.find(cx.before.map_or(self.assessment_id, |b| b.assessment_id));
        if assessment.is_some_and(|a| a.state == RiskAssessmentState::Completed)
            && self.r#type == Some(ScoreType::Current)
        {
            reasons.push(Reason::new(
                "8.2",
                "its assessment is completed and its results are kept; score anew in an open one",
            ));
        }
        reasons
    }
}

impl RiskScore {
    /// The fields that make up the judgement.
    const MADE: [&'static str; 8] =
        ["risk_id", "method_id", "type", "likelihood", "impact", "rationale", "scored_by", "scored_at"];

    /// What is wrong with the steps if they are not of the method's scales.
    #[must_use]
    pub fn off_scale(&self, isms: &Isms) -> Option<String> {
        self.off_scale_of(isms.find(self.method_id)?)
    }

    /// What is wrong with the steps if they are not of a method's scales.
    #[must_use]
    pub fn off_scale_of(&self, method: &Stored<RiskMethod>) -> Option<String> {
        for (name, value, scale) in [
            ("likelihood", self.likelihood, &method.likelihood_scale),
            ("impact", self.impact, &method.impact_scale),
        ] {
            if let Some(value) = value
                && !scale.is_empty()
                && !scale.iter().any(|s| s.value == value)
            {
                return Some(format!("{name} {value} is not a step of the scale of {}", method.meta.id));
            }
        }
        None
    }
}
