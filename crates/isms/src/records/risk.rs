//! Information security risks (6.1.2 c) and their way from identified to closed (specification 4.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref, Stored,
    access::Actor,
    choice,
    commands::Command,
    flow::{clear, default_date, ensure, none_of, referred, same},
    parameters::Parameters,
    record::{Decl, Group, Record},
    records::{
        Asset, Control, Person, RiskAcceptance, RiskAssessment, RiskAssessmentState, RiskMethod, RiskScore,
        ScopeItem, ScoreType, TreatmentOption, TreatmentPlan, TreatmentPlanState,
    },
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::{Line, Source, Text},
    views::scores,
    words::in_words,
};

choice!(
    /// What is lost when the risk comes true.
    Cia { Confidentiality = "confidentiality", Integrity = "integrity", Availability = "availability" }
);

states!(
    /// Where a risk stands on its way (4.2).
    RiskState {
        Identified = "identified",
        Analysed = "analysed",
        Evaluated = "evaluated",
        TreatmentDecided = "treatment_decided",
        InTreatment = "in_treatment",
        Treated = "treated",
        Accepted = "accepted",
        Monitored = "monitored",
        Closed = "closed",
    }
);

/// A risk of losing confidentiality, integrity or availability of information inside the scope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Risk {
    /// Short name, as it stands in the register.
    pub title: Line,
    /// What happens, to what, with what consequence.
    pub scenario: Text,
    /// Assets the risk is about.
    pub asset_ids: Vec<Ref<Asset>>,
    /// Parts of the scope the risk is about.
    pub scope_item_ids: Vec<Ref<ScopeItem>>,
    /// Who or what could bring it about.
    pub threat: Text,
    /// What makes it possible.
    pub vulnerability: Text,
    /// Which of confidentiality, integrity and availability are lost.
    pub cia_affected: Vec<Cia>,
    /// The person who answers for the risk.
    pub owner_id: Option<Ref<Person>>,
    /// The day the owner took it on.
    pub owner_accepted_at: Option<Date>,
    /// Controls that already work against it.
    pub existing_control_ids: Vec<Ref<Control>>,
    /// Other records it has to do with.
    pub linked_refs: Vec<Source>,
    /// The day it was last looked at as a whole.
    pub last_reviewed_at: Option<Date>,
    /// Who asked for the risk to be closed; somebody else carries it out (4.2: closing takes two people).
    pub closure_requested_by: Option<Ref<Person>>,
    /// The day that was asked.
    pub closure_requested_at: Option<Date>,
    /// Where it stands.
    pub state: RiskState,
}

impl Record for Risk {
    const DECL: Decl = Decl {
        name: "risk",
        prefix: "R",
        one: "Risk",
        many: "Risks",
        group: Group::Risks,
        clause: "6.1.2",
        about: "What could go wrong with information in scope. Begin with the starter scenarios or with your most valuable assets.",
        required: &["title"],
        columns: &["state", "owner_id", "asset_ids", "cia_affected", "last_reviewed_at"],
        by_step: &["owner_accepted_at", "closure_requested_by", "closure_requested_at"],
        steps_set_state: true,
        frozen: &["closed"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, _: &Isms, actor: &Actor, today: Date) {
        // Stored records carry their state, so one without is new. Who brings in a risk as its owner has taken it on.
        let is_new = !fields.contains_key("state");
        if is_new && same(referred(fields, "owner_id"), actor.person) {
            default_date(fields, "owner_accepted_at", today);
        }
    }

    /// A new owner has to take the risk on anew.
    fn on_change(before: &Self, fields: &mut Map<String, Value>) {
        if referred(fields, "owner_id") != before.owner_id {
            fields.shift_remove("owner_accepted_at");
        }
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl Risk {
    /// The last day on which its review is in time: the newer of last review and current score, plus
    /// `risk_review_months` for its level. `None` while it was never reviewed or scored.
    #[must_use]
    pub fn review_due(isms: &Isms, risk: &Stored<Self>) -> Option<Date> {
        let score = scores::newest(isms, risk.meta.id, ScoreType::Current);
        let looked_at = risk.last_reviewed_at.max(score.and_then(|s| s.scored_at))?;
        let months = Parameters::of(isms).risk_review_months;
        // A method may name its levels otherwise; their reviews take the middle interval.
        let months = score.and_then(|s| months.of(&s.level)).unwrap_or(months.medium);
        Some(looked_at.plus_months(months))
    }
}

const TAKE_ON: Step = Step {
    name: "take_on",
    label: "Take on the risk",
    who: &[Duty::Owner],
    stamps: &[("owner_accepted_at", Stamp::Today)],
    guards: &[Guard { rule: "6.1.2c2", waivable: false, holds: not_taken_on_yet }],
    basis: "6.1.2 c",
    ..Step::BLANK
};

const REQUEST_CLOSE: Step = Step {
    name: "request_close",
    label: "Ask to close the risk",
    who: &[Duty::Owner, Duty::IsmsManager],
    requires: &["closure_requested_by"],
    stamps: &[("closure_requested_by", Stamp::Actor), ("closure_requested_at", Stamp::Today)],
    comment: true,
    guards: &[Guard { rule: "8.2", waivable: false, holds: no_open_plan }],
    basis: "8.2, 7.5.3",
    ..Step::BLANK
};

const REFUSE_CLOSE: Step = Step {
    name: "refuse_close",
    label: "Do not close the risk",
    who: &[Duty::Owner, Duty::IsmsManager],
    comment: true,
    guards: &[Guard { rule: "8.2", waivable: false, holds: closing_was_asked }],
    effects: |cx| vec![clear(cx.id, &["closure_requested_by", "closure_requested_at"])],
    basis: "practice",
    ..Step::BLANK
};

/// A step that leaves the risk where it is.
macro_rules! stay {
    ($step:ident in $state:literal) => {
        Step { from: &[$state], to: $state, ..$step }
    };
}

const ANALYSED: &[Guard] = &[
    Guard { rule: "6.1.2c1", waivable: false, holds: names_what_it_is_about },
    Guard { rule: "6.1.2c2", waivable: false, holds: owner_took_it_on },
    Guard { rule: "6.1.2d", waivable: false, holds: scored_in_open_assessment },
];

const PLANNED: &[Guard] = &[
    Guard { rule: "6.1.3e", waivable: false, holds: plan_complete },
    Guard { rule: "SOD-3", waivable: false, holds: plan_approved_by_owner },
];

const STEPS: &[Step] = &[
    stay!(TAKE_ON in "identified"),
    stay!(TAKE_ON in "analysed"),
    stay!(TAKE_ON in "evaluated"),
    stay!(TAKE_ON in "treatment_decided"),
    stay!(TAKE_ON in "in_treatment"),
    stay!(TAKE_ON in "treated"),
    stay!(TAKE_ON in "accepted"),
    stay!(TAKE_ON in "monitored"),
    Step {
        name: "analyse",
        label: "Confirm the analysis",
        from: &["identified"],
        to: "analysed",
        who: &[Duty::Owner, Duty::IsmsManager],
        requires: &["scenario", "threat", "vulnerability", "cia_affected", "owner_id"],
        guards: ANALYSED,
        basis: "6.1.2 d",
        ..Step::BLANK
    },
    Step {
        name: "evaluate",
        label: "Confirm the evaluation",
        from: &["analysed"],
        to: "evaluated",
        who: &[Duty::IsmsManager, Duty::Owner],
        guards: &[
            Guard { rule: "6.1.2d", waivable: false, holds: scored_in_open_assessment },
            Guard { rule: "6.1.2e", waivable: false, holds: evaluated_since_scored },
            Guard { rule: "SOD-2", waivable: false, holds: verdict_matches_criteria },
        ],
        basis: "6.1.2 e",
        ..Step::BLANK
    },
    Step {
        name: "decide_treatment",
        label: "Decide the treatment",
        from: &["evaluated"],
        to: "treatment_decided",
        who: &[Duty::Owner],
        guards: PLANNED,
        basis: "6.1.3 a, b, c, e, f",
        ..Step::BLANK
    },
    Step {
        name: "decide_treatment",
        label: "Decide further treatment",
        from: &["treated"],
        to: "treatment_decided",
        who: &[Duty::Owner],
        guards: &[
            Guard { rule: "6.1.3a", waivable: false, holds: residual_above_and_not_accepted },
            Guard { rule: "6.1.3e", waivable: false, holds: plan_complete },
            Guard { rule: "SOD-3", waivable: false, holds: plan_approved_by_owner },
        ],
        basis: "6.1.3 a",
        ..Step::BLANK
    },
    Step {
        name: "monitor",
        label: "Keep as it is and watch",
        from: &["evaluated"],
        to: "monitored",
        who: &[Duty::Owner],
        stamps: &[("last_reviewed_at", Stamp::Today)],
        guards: &[Guard { rule: "6.1.2e", waivable: false, holds: evaluated_acceptable }],
        basis: "6.1.2 e, 8.2",
        ..Step::BLANK
    },
    Step {
        name: "monitor",
        label: "Watch what remains",
        from: &["treated"],
        to: "monitored",
        who: &[Duty::Owner],
        stamps: &[("last_reviewed_at", Stamp::Today)],
        guards: &[Guard { rule: "6.1.2a1", waivable: false, holds: residual_within_criteria }],
        basis: "6.1.2 a, 8.3",
        ..Step::BLANK
    },
    Step {
        name: "accept",
        label: "Accept the risk",
        from: &["evaluated"],
        to: "accepted",
        who: &[Duty::Owner, Duty::TopManagement],
        guards: &[
            Guard { rule: "6.1.3a", waivable: false, holds: option_is_retain },
            Guard { rule: "6.1.3f", waivable: false, holds: acceptance_in_force },
        ],
        basis: "6.1.3 a, f",
        ..Step::BLANK
    },
    Step {
        name: "accept",
        label: "Accept what remains",
        from: &["treated"],
        to: "accepted",
        who: &[Duty::Owner, Duty::TopManagement],
        guards: &[
            Guard { rule: "6.1.3f", waivable: false, holds: residual_above_criteria },
            Guard { rule: "6.1.3f", waivable: false, holds: acceptance_in_force },
        ],
        basis: "6.1.3 f",
        ..Step::BLANK
    },
    Step {
        name: "start_treatment",
        label: "Start the treatment",
        from: &["treatment_decided"],
        to: "in_treatment",
        who: &[Duty::Responsible],
        guards: &[
            Guard { rule: "8.3", waivable: false, holds: plan_is_approved },
            Guard { rule: "8.3", waivable: false, holds: tasks_opened },
        ],
        effects: start_plan,
        basis: "8.3",
        ..Step::BLANK
    },
    Step {
        name: "finish",
        label: "Confirm the treatment",
        from: &["in_treatment"],
        to: "treated",
        who: &[Duty::Owner],
        guards: &[
            Guard { rule: "8.3", waivable: false, holds: plan_done },
            Guard { rule: "SOD-3", waivable: true, holds: not_by_responsible },
        ],
        basis: "8.3",
        ..Step::BLANK
    },
    Step {
        name: "reopen",
        label: "Look at the risk again",
        from: &["accepted", "monitored"],
        to: "analysed",
        who: &[Duty::Owner, Duty::IsmsManager, Duty::Clock],
        comment: true,
        guards: &[Guard { rule: "8.2", waivable: false, holds: clock_only_when_due }],
        basis: "8.2",
        ..Step::BLANK
    },
    stay!(REQUEST_CLOSE in "identified"),
    stay!(REQUEST_CLOSE in "analysed"),
    stay!(REQUEST_CLOSE in "evaluated"),
    stay!(REQUEST_CLOSE in "treatment_decided"),
    stay!(REQUEST_CLOSE in "in_treatment"),
    stay!(REQUEST_CLOSE in "treated"),
    stay!(REQUEST_CLOSE in "accepted"),
    stay!(REQUEST_CLOSE in "monitored"),
    stay!(REFUSE_CLOSE in "identified"),
    stay!(REFUSE_CLOSE in "analysed"),
    stay!(REFUSE_CLOSE in "evaluated"),
    stay!(REFUSE_CLOSE in "treatment_decided"),
    stay!(REFUSE_CLOSE in "in_treatment"),
    stay!(REFUSE_CLOSE in "treated"),
    stay!(REFUSE_CLOSE in "accepted"),
    stay!(REFUSE_CLOSE in "monitored"),
    Step {
        name: "close",
        label: "Close the risk",
        from: &[
            "identified",
            "analysed",
            "evaluated",
            "treatment_decided",
            "in_treatment",
            "treated",
            "accepted",
            "monitored",
        ],
        to: "closed",
        who: &[Duty::Owner, Duty::IsmsManager],
        comment: true,
        stamps: &[("last_reviewed_at", Stamp::Today)],
        guards: &[
            Guard { rule: "8.2", waivable: false, holds: no_open_plan },
            Guard { rule: "8.2", waivable: false, holds: asked_by_the_other },
        ],
        basis: "8.2, 7.5.3",
        ..Step::BLANK
    },
];

fn not_taken_on_yet(cx: &StepCx<'_>) -> Result<(), String> {
    let before = cx.before.field("owner_accepted_at");
    ensure(before.is_none(), || "the owner has taken it on already".to_owned())
}

fn names_what_it_is_about(cx: &StepCx<'_>) -> Result<(), String> {
    let risk = cx.record::<Risk>()?;
    ensure(!risk.asset_ids.is_empty() || !risk.scope_item_ids.is_empty(), || {
        "name an asset or a part of the scope that the risk is about".to_owned()
    })
}

fn owner_took_it_on(cx: &StepCx<'_>) -> Result<(), String> {
    let risk = cx.record::<Risk>()?;
    ensure(risk.owner_id.is_none() || risk.owner_accepted_at.is_some(), || {
        "its owner has not taken it on yet (step \"Take on the risk\")".to_owned()
    })
}

fn method<'a>(cx: &StepCx<'a>) -> Result<&'a Stored<RiskMethod>, String> {
    scores::method(cx.isms).ok_or_else(|| "there is no approved risk method".to_owned())
}

fn current<'a>(cx: &StepCx<'a>) -> Result<&'a Stored<RiskScore>, String> {
    scores::newest(cx.isms, cx.id, ScoreType::Current).ok_or_else(|| "it has no current score".to_owned())
}

fn scored_in_open_assessment(cx: &StepCx<'_>) -> Result<(), String> {
    let (method, score) = (method(cx)?, current(cx)?);
    let id = score.meta.id;
    let (Some(likelihood), Some(impact)) = (score.likelihood, score.impact) else {
        return Err(format!("the score {id} lacks likelihood or impact"));
    };
    ensure(score.method_id == Some(method.reference()), || {
        format!("the score {id} was not made by the method in force")
    })?;
    score.off_scale(cx.isms).map_or(Ok(()), Err)?;
    match method.level(likelihood, impact) {
        None => {
            return Err(format!("the matrix of {} has no level for {likelihood} × {impact}", method.meta.id));
        }
        Some(level) => ensure(*level == score.level, || {
            format!(
                "the score {id} says {}, the matrix says {level} for {likelihood} × {impact}",
                score.level
            )
        })?,
    }
    ensure(!score.rationale.is_empty(), || format!("the score {id} gives no rationale"))?;
    let open = |a: &Stored<RiskAssessment>| a.state == RiskAssessmentState::Open;
    ensure(cx.isms.find(score.assessment_id).is_some_and(open), || {
        format!("the current score {id} was not made in an assessment that is open; score the risk in one")
    })
}

fn evaluated_since_scored(cx: &StepCx<'_>) -> Result<(), String> {
    let score = current(cx)?;
    let evaluation = scores::evaluation(cx.isms, cx.id).ok_or("it has not been evaluated")?;
    let id = evaluation.meta.id;
    ensure(evaluation.evaluated_at >= score.scored_at, || {
        format!("the evaluation {id} is older than the score {}", score.meta.id)
    })?;
    let acceptable = evaluation
        .acceptable
        .ok_or_else(|| format!("the evaluation {id} does not say whether it is acceptable"))?;
    ensure(acceptable || evaluation.priority_rank.is_some(), || {
        format!("the evaluation {id} gives no rank in the order of treatment")
    })
}

fn verdict_matches_criteria(cx: &StepCx<'_>) -> Result<(), String> {
    let Some(verdict) = scores::evaluation(cx.isms, cx.id).and_then(|e| e.acceptable) else { return Ok(()) };
    let score = current(cx)?;
    let criterion = method(cx)?.rule(&score.level).and_then(|r| r.acceptable);
    let criterion = criterion
        .ok_or_else(|| format!("the method has no acceptance criterion for the level {}", score.level))?;
    ensure(verdict == criterion || RiskAcceptance::in_force(cx.isms, cx.id, cx.today).is_some(), || {
        let words = |acceptable| if acceptable { "acceptable" } else { "not acceptable" };
        format!(
            "the evaluation says {}, the criteria say {} for the level {}; a deviation needs an acceptance by the owner or \
             the authority for that level",
            words(verdict),
            words(criterion),
            score.level
        )
    })
}

fn evaluated_acceptable(cx: &StepCx<'_>) -> Result<(), String> {
    let evaluation = scores::evaluation(cx.isms, cx.id);
    ensure(evaluation.is_some_and(|e| e.acceptable == Some(true)), || {
        "it is not evaluated as acceptable: treat it or accept it".to_owned()
    })
}

fn plan<'a>(cx: &StepCx<'a>) -> Result<&'a Stored<TreatmentPlan>, String> {
    scores::plan(cx.isms, cx.id).ok_or_else(|| "it has no treatment plan".to_owned())
}

fn plan_complete(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = plan(cx)?;
    none_of(plan.gaps()).map_err(|gaps| format!("{}: {gaps}", plan.meta.id))?;
    none_of(TreatmentPlan::unfit_controls(cx.isms, &plan.control_ids))
}

fn plan_approved_by_owner(cx: &StepCx<'_>) -> Result<(), String> {
    plan_is_approved(cx)?;
    let plan = plan(cx)?;
    ensure(same(plan.approved_by, cx.record::<Risk>()?.owner_id), || {
        format!("the plan {} is not approved by the owner of the risk", plan.meta.id)
    })
}

fn plan_is_approved(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = plan(cx)?;
    ensure(matches!(plan.state, TreatmentPlanState::Approved | TreatmentPlanState::InProgress), || {
        format!("the plan {} is {}, not approved", plan.meta.id, in_words(plan.state.as_str()))
    })
}

fn tasks_opened(cx: &StepCx<'_>) -> Result<(), String> {
    plan(cx)?.tasks_opened()
}

fn start_plan(cx: &StepCx<'_>) -> Vec<Command> {
    let plan = scores::plan(cx.isms, cx.id).filter(|p| p.state == TreatmentPlanState::Approved);
    plan.map(|p| crate::flow::follow(p.meta.id, "start")).into_iter().collect()
}

fn plan_done(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = plan(cx)?;
    ensure(plan.state == TreatmentPlanState::Done, || {
        format!("the plan {} is {}, not done", plan.meta.id, in_words(plan.state.as_str()))
    })?;
    none_of(plan.unproven(cx.isms, plan.meta.id, cx.today))
}

fn not_by_responsible(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = plan(cx)?;
    ensure(!same(plan.responsible_id, cx.actor.person), || {
        "the person responsible for the plan does not confirm what remains alone; somebody else has to"
            .to_owned()
    })
}

fn residual<'a>(cx: &StepCx<'a>) -> Result<&'a Stored<RiskScore>, String> {
    let of_plan = scores::plan(cx.isms, cx.id).and_then(|p| cx.isms.find(p.residual_score_id));
    let newest = scores::newest(cx.isms, cx.id, ScoreType::Residual);
    let newer = |a: &&Stored<RiskScore>| (a.scored_at, a.meta.id.n);
    of_plan.into_iter().chain(newest).max_by_key(newer).ok_or_else(|| "it has no residual score".to_owned())
}

/// Whether the residual level is acceptable by the criteria.
fn residual_acceptable(cx: &StepCx<'_>) -> Result<(bool, Line), String> {
    let score = residual(cx)?;
    let rule = method(cx)?.rule(&score.level).and_then(|r| r.acceptable);
    let acceptable =
        rule.ok_or_else(|| format!("the method has no acceptance criterion for the level {}", score.level))?;
    Ok((acceptable, score.level.clone()))
}

fn residual_within_criteria(cx: &StepCx<'_>) -> Result<(), String> {
    let (acceptable, level) = residual_acceptable(cx)?;
    ensure(acceptable, || {
        format!("what remains is {level}, above the criteria: accept it or treat it further")
    })
}

fn residual_above_criteria(cx: &StepCx<'_>) -> Result<(), String> {
    let (acceptable, level) = residual_acceptable(cx)?;
    ensure(!acceptable, || {
        format!("what remains is {level}, within the criteria: it need not be accepted, only watched")
    })
}

fn residual_above_and_not_accepted(cx: &StepCx<'_>) -> Result<(), String> {
    residual_above_criteria(cx)?;
    ensure(RiskAcceptance::in_force(cx.isms, cx.id, cx.today).is_none(), || {
        "what remains has been accepted".to_owned()
    })
}

fn option_is_retain(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = plan(cx)?;
    ensure(plan.option == Some(TreatmentOption::Retain), || {
        format!(
            "the option of {} is not retain; only a risk that is kept is accepted without treatment",
            plan.meta.id
        )
    })
}

fn acceptance_in_force(cx: &StepCx<'_>) -> Result<(), String> {
    let acceptance = RiskAcceptance::in_force(cx.isms, cx.id, cx.today)
        .ok_or("nobody has accepted it; record an acceptance first")?;
    ensure(!acceptance.rationale.is_empty() && acceptance.accepted_by.is_some(), || {
        format!("the acceptance {} lacks a rationale or a person", acceptance.meta.id)
    })
}

fn clock_only_when_due(cx: &StepCx<'_>) -> Result<(), String> {
    if !cx.actor.is_clock() {
        return Ok(());
    }
    let Some(risk) = cx.isms.get::<Risk>(Ref::new(cx.id.n)) else { return Ok(()) };
    let lapsed =
        risk.state == RiskState::Accepted && RiskAcceptance::in_force(cx.isms, cx.id, cx.today).is_none();
    ensure(lapsed || Risk::review_due(cx.isms, risk).is_some_and(|due| due < cx.today), || {
        "its review is not due and its acceptance holds".to_owned()
    })
}

fn no_open_plan(cx: &StepCx<'_>) -> Result<(), String> {
    let open = scores::about::<TreatmentPlan>(cx.isms, cx.id).filter(|p| p.open());
    none_of(
        open.map(|p| format!("the plan {} is still open; finish or cancel it first", p.meta.id)).collect(),
    )
}

fn closing_was_asked(cx: &StepCx<'_>) -> Result<(), String> {
    ensure(cx.record::<Risk>()?.closure_requested_by.is_some(), || "nobody has asked to close it".to_owned())
}

/// Closing takes the owner and an ISMS manager: one asks, the other carries it out.
fn asked_by_the_other(cx: &StepCx<'_>) -> Result<(), String> {
    let risk = cx.record::<Risk>()?;
    let asked = risk.closure_requested_by;
    ensure(asked.is_some(), || {
        "closing takes two people: one asks for it (step \"Ask to close the risk\"), the other does it"
            .to_owned()
    })?;
    ensure(cx.actor.person.is_some() && asked != cx.actor.person, || {
        "closing takes two people: somebody other than who asked for it has to do it".to_owned()
    })?;
    ensure(
        risk.owner_id.is_none() || same(asked, risk.owner_id) || same(cx.actor.person, risk.owner_id),
        || "one of the two who close a risk is its owner".to_owned(),
    )
}
