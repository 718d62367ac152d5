//! Whether a risk may stay as it is, and how urgent it is if not (6.1.2 e).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref,
    access::{Actor, Role},
    commands::Reason,
    flow::{changed, default_date, default_person, default_value, judged, name_of, only_by_step, referred, same},
    record::{Decl, Group, HandCx, Record},
    records::{Person, Risk, RiskAssessment, RiskAssessmentState, RiskMethod, ScoreType},
    views::scores,
};

/// A risk held against the acceptance criteria.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RiskEvaluation {
    /// The risk.
    pub risk_id: Option<Ref<Risk>>,
    /// The assessment it was made in.
    pub assessment_id: Option<Ref<RiskAssessment>>,
    /// The method whose criteria it uses; the approved one if left empty.
    pub method_id: Option<Ref<RiskMethod>>,
    /// Whether the risk is acceptable as it is; follows from the criteria for its level.
    pub acceptable: Option<bool>,
    /// Place in the order of treatment, 1 first.
    #[schemars(range(min = 1, max = 100000))]
    pub priority_rank: Option<u32>,
    /// Who evaluated.
    pub evaluated_by: Option<Ref<Person>>,
    /// The day of the evaluation.
    pub evaluated_at: Option<Date>,
}

impl Record for RiskEvaluation {
    const DECL: Decl = Decl {
        name: "risk_evaluation",
        prefix: "RE",
        one: "Risk evaluation",
        many: "Risk evaluations",
        group: Group::Risks,
        clause: "6.1.2",
        about: "Each scored risk held against the acceptance criteria, and the order in which risks are treated.",
        required: &["risk_id"],
        columns: &["risk_id", "acceptable", "priority_rank", "evaluated_by", "evaluated_at"],
        events: &["evaluated_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let verdict = match self.acceptable {
            Some(true) => "acceptable",
            Some(false) => "above the line",
            None => "not judged",
        };
        format!("{} {verdict}", name_of(self.risk_id))
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, today: Date) {
        if let Some(method) = scores::method(isms) {
            default_value(fields, "method_id", method.meta.id.to_string());
        }
        if let Some(assessment) = RiskAssessment::running(isms) {
            default_value(fields, "assessment_id", assessment.to_string());
        }
        default_person(fields, "evaluated_by", actor);
        default_date(fields, "evaluated_at", today);
        let criterion = referred::<Risk>(fields, "risk_id").and_then(|risk| {
            let score = scores::newest(isms, risk.id(), ScoreType::Current)?;
            isms.find(referred::<RiskMethod>(fields, "method_id"))?.rule(&score.level)?.acceptable
        });
        if let Some(acceptable) = criterion {
            default_value(fields, "acceptable", acceptable);
        }
    }

    /// An evaluation is made by one who may judge the risk, in person, and stays as it was made; its place in the order
    /// of treatment moves as other risks come and go.
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = match cx.before {
            None => judged(
                cx.isms,
                cx.actor,
                cx.today,
                self.risk_id,
                ("evaluated_by", self.evaluated_by),
                self.evaluated_at,
            ),
            Some(before) => {
                let how = "an evaluation stays as it was made; evaluate the risk anew";
                only_by_step(before, self, &Self::MADE, "6.1.2e", how)
            }
        };
        if cx.before.is_none() && self.acceptable.is_none() {
            reasons.push(Reason::new("6.1.2e", "an evaluation says whether the risk is acceptable as it is"));
        }
        if cx.before.is_some_and(|b| !changed(b, self, &["priority_rank"]).is_empty())
            && !cx.actor.has(Role::IsmsManager)
            && !same(self.evaluated_by, cx.actor.person)
        {
            reasons.push(Reason::new("6.1.2e", "the place in the order is moved by who evaluated or by an ISMS manager"));
        }
        let assessment = cx.isms.find(cx.before.map_or(self.assessment_id, |b| b.assessment_id));
        if assessment.is_some_and(|a| a.state == RiskAssessmentState::Completed) {
            reasons.push(Reason::new(
                "8.2",
                "its assessment is completed and its results are kept; evaluate anew in an open one",
            ));
        }
        reasons
    }
}

impl RiskEvaluation {
    /// The fields that make up the judgement.
    const MADE: [&'static str; 5] = ["risk_id", "method_id", "acceptable", "evaluated_by", "evaluated_at"];
}
