//! That the risk that remains is taken on, by whom and until when (6.1.3 f).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref, Stored,
    access::Actor,
    commands::{Command, Reason},
    flow::{ensure, follow, name_of, same},
    id::Id,
    parameters::Parameters,
    record::{Decl, Group, HandCx, Record},
    records::{
        Person, Risk, RiskScore, RiskState, RoleAssignment, ScoreType, TreatmentOption, TreatmentPlan,
    },
    states,
    steps::{Duty, Guard, Step, StepCx},
    value::{Line, Text},
    views::scores,
    words::months_in,
};

states!(
    /// Whether an acceptance still holds.
    RiskAcceptanceState { Active = "active", Expired = "expired", Revoked = "revoked" }
);

/// A risk taken on knowingly by its owner or a higher authority, for a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RiskAcceptance {
    /// The risk.
    pub risk_id: Option<Ref<Risk>>,
    /// The score of what remains.
    pub residual_score_id: Option<Ref<RiskScore>>,
    /// Who takes it on: the risk owner, or the authority the criteria name for its level.
    pub accepted_by: Option<Ref<Person>>,
    /// The day it was taken on.
    pub accepted_at: Option<Date>,
    /// The last day it holds.
    pub expires_at: Option<Date>,
    /// Why it is taken on rather than treated further.
    pub rationale: Text,
    /// Conditions under which it holds.
    pub conditions: Text,
    /// Whether it still holds.
    pub state: RiskAcceptanceState,
}

impl Record for RiskAcceptance {
    const DECL: Decl = Decl {
        name: "risk_acceptance",
        prefix: "ACC",
        one: "Risk acceptance",
        many: "Risk acceptances",
        group: Group::Risks,
        clause: "6.1.3",
        about: "Risks above the line that are taken on for a time, by the owner or top management, with reason and end.",
        required: &["risk_id"],
        columns: &["risk_id", "state", "accepted_by", "accepted_at", "expires_at"],
        by_step: &["accepted_by", "accepted_at"],
        steps_set_state: true,
        frozen: &["active", "expired", "revoked"],
        events: &["accepted_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("Acceptance of {}", name_of(self.risk_id))
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    /// Whoever records an acceptance accepts, on that day: nobody accepts in another's name.
    fn complete(fields: &mut Map<String, Value>, _: &Isms, actor: &Actor, today: Date) {
        match actor.person {
            Some(person) => _ = fields.insert("accepted_by".to_owned(), Value::String(person.to_string())),
            None => _ = fields.shift_remove("accepted_by"),
        }
        fields.insert("accepted_at".to_owned(), Value::String(today.to_string()));
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut must =
            |rule: &str, held: Result<(), String>| reasons.extend(held.err().map(|m| Reason::new(rule, m)));
        must("SOD-2", self.authority(cx.isms));
        must("6.1.3f", ensure(!self.rationale.is_empty(), || "say why the risk is taken on".to_owned()));
        must("6.1.3f", self.life(cx.isms, cx.today));
        must("6.1.3f", self.about_its_risk(cx.isms));
        reasons
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl RiskAcceptance {
    /// The newest acceptance of a risk that holds on a day.
    #[must_use]
    pub fn in_force(isms: &Isms, risk: Id, day: Date) -> Option<&Stored<Self>> {
        scores::about::<Self>(isms, risk)
            .filter(|a| a.state == RiskAcceptanceState::Active && a.expires_at.is_none_or(|end| end >= day))
            .max_by_key(|a| (a.accepted_at, a.meta.id.n))
    }

    /// SOD-2: the risk owner, or the authority the criteria name for the level; for the two highest levels top
    /// management; never who carries out the plan.
    fn authority(&self, isms: &Isms) -> Result<(), String> {
        let Some(person) = isms.find(self.accepted_by) else {
            return Err(
                "your account is not linked to a person, and a risk is accepted by a person".to_owned()
            );
        };
        let Some(risk) = isms.find(self.risk_id) else { return Ok(()) };
        let plans = scores::about::<TreatmentPlan>(isms, risk.meta.id)
            .filter(|p| p.live() && p.option != Some(TreatmentOption::Retain));
        for plan in plans {
            ensure(!same(plan.responsible_id, self.accepted_by), || {
                format!(
                    "you carry out the plan {}, and who does that does not accept what remains",
                    plan.meta.id
                )
            })?;
        }
        let top = person.is_top_management == Some(true);
        let Some(level) = self.level(isms) else { return Err("the risk has no score to accept".to_owned()) };
        let Some(method) = scores::method(isms) else {
            return Err("there is no approved risk method".to_owned());
        };
        if method.is_top_level(&level) {
            return ensure(top, || format!("a risk of the level {level} is accepted by top management only"));
        }
        let authority = method.rule(&level).map(|r| r.authority.to_string()).unwrap_or_default();
        let owner = same(risk.owner_id, self.accepted_by);
        ensure(!owner || risk.owner_accepted_at.is_some(), || {
            format!("take on {} first; a risk is accepted by who answers for it", risk.meta.id)
        })?;
        ensure(top || owner || holds_authority(isms, person, &authority), || {
            format!("a risk of the level {level} is accepted by its owner or by: {authority}")
        })
    }

    /// The level that is accepted: of the score named, else of the newest residual, else of the newest current score.
    fn level(&self, isms: &Isms) -> Option<Line> {
        let risk = self.risk_id?.id();
        let named = isms.find(self.residual_score_id);
        let newest = |of| scores::newest(isms, risk, of);
        let score = named.or_else(|| newest(ScoreType::Residual)).or_else(|| newest(ScoreType::Current))?;
        Some(score.level.clone()).filter(|l| !l.is_empty())
    }

    fn life(&self, isms: &Isms, today: Date) -> Result<(), String> {
        let months = Self::longest_months(isms, self.level(isms).as_deref());
        let longest = today.plus_months(months);
        let end = self.expires_at.ok_or("say until when it holds")?;
        ensure(end >= today, || format!("{end} has passed already"))?;
        ensure(end <= longest, || format!("it holds for {months} months at most, until {longest}"))
    }

    /// For how many months a risk of a level is accepted at most: `accept_months`, or fewer where the criteria of the
    /// method name a time for the level ("top management only, for six months at most").
    #[must_use]
    pub fn longest_months(isms: &Isms, level: Option<&str>) -> i64 {
        let rule = level.and_then(|level| scores::method(isms)?.rule(level));
        let named = rule.and_then(|rule| months_in(&rule.authority));
        let usual = Parameters::of(isms).accept_months;
        named.map_or(usual, |named| named.min(usual))
    }

    fn about_its_risk(&self, isms: &Isms) -> Result<(), String> {
        let other = isms.find(self.residual_score_id).is_some_and(|s| s.risk_id != self.risk_id);
        ensure(!other, || "the score is of another risk".to_owned())
    }
}

/// Whether a person is whom the criteria name: by name, or by the title of a role held now.
fn holds_authority(isms: &Isms, person: &Stored<Person>, authority: &str) -> bool {
    let named = |words: &str| !words.trim().is_empty() && words.trim().eq_ignore_ascii_case(authority.trim());
    let mut roles = scores::about::<RoleAssignment>(isms, person.meta.id)
        .filter(|a| a.person_id == Some(person.reference()) && a.end_at.is_none())
        .filter_map(|a| isms.find(a.role_id));
    named(&person.name) || roles.any(|role| role.live() && named(&role.title))
}

const STEPS: &[Step] = &[
    Step {
        name: "expire",
        label: "Expire",
        from: &["active"],
        to: "expired",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "6.1.3f", waivable: false, holds: has_passed }],
        effects: reopen_risk,
        basis: "6.1.3 f, 8.2",
        ..Step::BLANK
    },
    Step {
        name: "revoke",
        label: "Revoke the acceptance",
        from: &["active"],
        to: "revoked",
        who: &[Duty::Owner, Duty::TopManagement],
        comment: true,
        effects: reopen_risk,
        basis: "6.1.3 f",
        ..Step::BLANK
    },
];

fn has_passed(cx: &StepCx<'_>) -> Result<(), String> {
    let acceptance = cx.record::<RiskAcceptance>()?;
    ensure(acceptance.expires_at.is_some_and(|end| end < cx.today), || {
        "its last day has not passed".to_owned()
    })
}

/// An accepted risk whose acceptance ends is looked at again, unless another acceptance holds.
fn reopen_risk(cx: &StepCx<'_>) -> Vec<Command> {
    let risk = cx.record::<RiskAcceptance>().ok().and_then(|a| cx.isms.find(a.risk_id));
    let Some(risk) = risk.filter(|r| r.state == RiskState::Accepted) else { return Vec::new() };
    let another = scores::about::<RiskAcceptance>(cx.isms, risk.meta.id).any(|a| {
        a.meta.id != cx.id
            && a.state == RiskAcceptanceState::Active
            && a.expires_at.is_none_or(|end| end >= cx.today)
    });
    if another { Vec::new() } else { vec![follow(risk.meta.id, "reopen")] }
}
