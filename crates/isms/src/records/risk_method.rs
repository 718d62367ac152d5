//! How risks are assessed and treated, and which may be accepted by whom (6.1.2, 6.1.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Problem, Ref,
    access::Actor,
    commands::{Command, Reason},
    flow::{default_person, default_value, ensure, follow, next_number, none_of, same},
    record::{Decl, Group, HandCx, Record},
    records::{Change, Person},
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::{AcceptanceRule, Line, MatrixCell, Number, ScaleStep, Text},
};

states!(
    /// Where a version of the method stands.
    RiskMethodState { Draft = "draft", Approved = "approved", Superseded = "superseded" }
);

/// One version of the method. The approved one is in force.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RiskMethod {
    /// Number of the version.
    pub version: Number,
    /// Who wrote it.
    pub author_id: Option<Ref<Person>>,
    /// Who approved it: somebody of top management, not the author.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// The day it was made known.
    pub published_at: Option<Date>,
    /// By when it is to be looked at again.
    pub next_review_at: Option<Date>,
    /// For each level: whether such risks are acceptable as they are, and who may accept them otherwise.
    pub acceptance_criteria: Vec<AcceptanceRule>,
    /// When assessments are made and by which yardsticks.
    pub assessment_criteria: Text,
    /// What leads to an assessment out of turn: significant changes, major incidents, new critical suppliers.
    pub triggers: Text,
    /// Steps of likelihood, each described so that two people score alike.
    pub likelihood_scale: Vec<ScaleStep>,
    /// Steps of impact, each described in words or money.
    pub impact_scale: Vec<ScaleStep>,
    /// The level that follows from each pair of likelihood and impact.
    pub level_matrix: Vec<MatrixCell>,
    /// How options and controls are chosen, compared with Annex A, planned and approved (6.1.3).
    pub treatment_process: Text,
    /// The planned change that brought this version (6.3); the first needs none.
    pub change_id: Option<Ref<Change>>,
    /// Where it stands.
    pub state: RiskMethodState,
}

impl Record for RiskMethod {
    const DECL: Decl = Decl {
        name: "risk_method",
        prefix: "RM",
        one: "Risk method",
        many: "Risk methods",
        group: Group::Risks,
        clause: "6.1.2",
        about: "Scales, levels and who may accept what. Start from the proposal and change the words until they fit your company; top management approves it.",
        columns: &["version", "state", "author_id", "approved_by", "approved_at", "next_review_at"],
        by_step: &["approved_by", "approved_at", "published_at"],
        steps_set_state: true,
        frozen: &["approved", "superseded"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("Risk method {}", self.version)
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, _: Date) {
        let number = || next_number(isms.all::<Self>().iter().map(|m| m.version.as_str()));
        default_value(fields, "version", number());
        default_person(fields, "author_id", actor);
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let exchanged = cx.before.is_some_and(|b| b.author_id.is_some() && b.author_id != self.author_id);
        let reason = || Reason::new("SOD-4", "who wrote a method is not exchanged afterwards");
        exchanged.then(reason).into_iter().collect()
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl RiskMethod {
    /// The level of a pair of steps; `None` where the matrix has no such cell.
    #[must_use]
    pub fn level(&self, likelihood: u8, impact: u8) -> Option<&Line> {
        let cell = self.level_matrix.iter().find(|c| c.likelihood == likelihood && c.impact == impact);
        cell.map(|c| &c.level)
    }

    /// The acceptance criterion for a level.
    #[must_use]
    pub fn rule(&self, level: &str) -> Option<&AcceptanceRule> {
        self.acceptance_criteria.iter().find(|r| *r.level == *level)
    }

    /// The levels of the matrix, lowest first: by the mean product of the steps that have the level. A matrix need not be
    /// even ("impact 5 is always critical"), so neither the least nor the greatest product would do.
    #[must_use]
    pub fn levels(&self) -> Vec<&str> {
        let mut levels: Vec<(u32, u32, &str)> = Vec::new();
        for cell in &self.level_matrix {
            let product = u32::from(cell.likelihood) * u32::from(cell.impact);
            match levels.iter_mut().find(|(.., level)| *level == cell.level.as_str()) {
                Some((sum, cells, _)) => (*sum, *cells) = (*sum + product, *cells + 1),
                None => levels.push((product, 1, cell.level.as_str())),
            }
        }
        levels.sort_by(|(a, n, left), (b, m, right)| (a * m, left).cmp(&(b * n, right)));
        levels.into_iter().map(|(.., level)| level).collect()
    }

    /// Whether a level is one of the two highest, which only top management may accept (SOD-2).
    #[must_use]
    pub fn is_top_level(&self, level: &str) -> bool {
        self.levels().iter().rev().take(2).any(|l| *l == level)
    }

    /// What keeps the method from being used: gaps in scales, matrix, criteria and process (6.1.2, 6.1.3), each with the
    /// field that has it.
    #[must_use]
    pub fn gaps(&self) -> Vec<Problem> {
        let mut gaps = Vec::new();
        let mut open = |field: &str, message: String| gaps.push(Problem::new(field, message));
        for (field, name, scale) in [
            ("likelihood_scale", "likelihood", &self.likelihood_scale),
            ("impact_scale", "impact", &self.impact_scale),
        ] {
            if scale.is_empty() {
                open(field, format!("the {name} scale has no steps"));
            }
            for step in scale {
                if step.label.is_empty() {
                    open(field, format!("step {} of the {name} scale has no name", step.value));
                }
                if step.description.is_empty() {
                    open(field, format!("step {} of the {name} scale is not described", step.value));
                }
            }
        }
        for likelihood in &self.likelihood_scale {
            for impact in &self.impact_scale {
                let (l, i) = (likelihood.value, impact.value);
                if self.level(l, i).is_none_or(|level| level.is_empty()) {
                    open("level_matrix", format!("the matrix has no level for likelihood {l}, impact {i}"));
                }
            }
        }
        for level in self.levels() {
            match self.rule(level) {
                None => open(
                    "acceptance_criteria",
                    format!("there is no acceptance criterion for the level {level}"),
                ),
                Some(rule) if rule.acceptable.is_none() => {
                    open("acceptance_criteria", format!("it is open whether {level} risks are acceptable"));
                }
                Some(rule) if rule.authority.is_empty() => {
                    open("acceptance_criteria", format!("nobody is named who may accept {level} risks"));
                }
                Some(_) => {}
            }
        }
        for (field, text, name) in [
            ("assessment_criteria", &self.assessment_criteria, "when and how assessments are made"),
            ("triggers", &self.triggers, "what triggers an assessment"),
            ("treatment_process", &self.treatment_process, "how risks are treated"),
        ] {
            if text.is_empty() {
                open(field, format!("it does not say {name}"));
            }
        }
        gaps
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "approve",
        label: "Approve the method",
        from: &["draft"],
        to: "approved",
        who: &[Duty::TopManagement],
        asks: &["next_review_at"],
        requires: &["author_id", "approved_by", "next_review_at"],
        stamps: &[
            ("approved_by", Stamp::Actor),
            ("approved_at", Stamp::Today),
            ("published_at", Stamp::Today),
        ],
        guards: &[
            Guard { rule: "6.1.2", waivable: false, holds: not_by_author },
            Guard { rule: "6.1.2", waivable: false, holds: is_complete },
        ],
        effects: supersede_older,
        basis: "6.1.2, 6.1.3",
        ..Step::BLANK
    },
    Step {
        name: "supersede",
        label: "Supersede",
        from: &["approved"],
        to: "superseded",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "6.1.2", waivable: false, holds: only_by_a_newer }],
        basis: "7.5.3",
        ..Step::BLANK
    },
];

fn not_by_author(cx: &StepCx<'_>) -> Result<(), String> {
    let method = cx.record::<RiskMethod>()?;
    ensure(!same(method.author_id, cx.actor.person), || {
        "the method is approved by somebody other than its author".to_owned()
    })
}

fn is_complete(cx: &StepCx<'_>) -> Result<(), String> {
    none_of(cx.record::<RiskMethod>()?.gaps().into_iter().map(|gap| gap.message).collect())
}

fn only_by_a_newer(_: &StepCx<'_>) -> Result<(), String> {
    Err("a method is superseded by the approval of a newer one, and in no other way".to_owned())
}

fn supersede_older(cx: &StepCx<'_>) -> Vec<Command> {
    let older = cx.isms.all::<RiskMethod>().iter();
    older
        .filter(|m| m.meta.id != cx.id && m.state == RiskMethodState::Approved)
        .map(|m| follow(m.meta.id, "supersede"))
        .collect()
}
