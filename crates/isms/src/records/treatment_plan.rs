//! What is done about a risk, by whom and until when (6.1.3 a, b, e, f; 8.3). All plans together are the risk treatment plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, Isms, Ref, Stored, choice,
    commands::{Command, Reason},
    flow::{clear, ensure, follow, name_of, none_of, only_by_step, same},
    id::Id,
    record::{Decl, Group, HandCx, Record},
    records::{
        ApplicabilityDecision, Control, Evidence, ImplementationStatus, Person, Risk, RiskScore, RiskState,
        ScoreType, Task,
    },
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::Text,
    views::scores,
};

choice!(
    /// What can be done about a risk.
    TreatmentOption { Modify = "modify", Avoid = "avoid", Share = "share", Retain = "retain" }
);

states!(
    /// Where a plan stands (4.2).
    TreatmentPlanState {
        Draft = "draft",
        Proposed = "proposed",
        Approved = "approved",
        InProgress = "in_progress",
        Done = "done",
        Cancelled = "cancelled",
    }
);

/// The treatment of one risk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TreatmentPlan {
    /// The risk it treats.
    pub risk_id: Option<Ref<Risk>>,
    /// Change the risk with controls, avoid it, share it, or keep it.
    pub option: Option<TreatmentOption>,
    /// Why this option.
    pub rationale: Text,
    /// Controls it depends on, from Annex A or your own.
    pub control_ids: Vec<Ref<Control>>,
    /// The work to be done.
    pub action_task_ids: Vec<Ref<Task>>,
    /// Money, people and tools it needs.
    pub resources: Text,
    /// Who sees that it is carried out.
    pub responsible_id: Option<Ref<Person>>,
    /// By when it is to be done.
    pub due_at: Option<Date>,
    /// The score that is to be reached.
    pub target_score_id: Option<Ref<RiskScore>>,
    /// The risk owner who approved it.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// The day it was done.
    pub completed_at: Option<Date>,
    /// What came of it.
    pub result_note: Text,
    /// The score that remains.
    pub residual_score_id: Option<Ref<RiskScore>>,
    /// Where it stands.
    pub state: TreatmentPlanState,
}

impl Record for TreatmentPlan {
    const DECL: Decl = Decl {
        name: "treatment_plan",
        prefix: "TP",
        one: "Treatment plan",
        many: "Treatment plans",
        group: Group::Risks,
        clause: "6.1.3",
        about: "What is done about each risk above the line: option, controls, responsible, date. The risk owner approves it.",
        required: &["risk_id"],
        columns: &["risk_id", "option", "state", "control_ids", "responsible_id", "due_at", "approved_by"],
        by_step: &["approved_by", "approved_at", "completed_at"],
        steps_set_state: true,
        frozen: &["done", "cancelled"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("{} {}", name_of(self.risk_id), self.option.map_or("undecided", TreatmentOption::as_str))
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    /// An approved plan is not quietly made another one, and a risk has one plan at a time.
    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if cx.before.is_none_or(|b| b.risk_id != self.risk_id)
            && let Some(other) = self.another(cx)
        {
            let id = other.meta.id;
            let message = format!("{id} is still open for this risk; revise it, or finish or cancel it first");
            reasons.push(Reason::new("6.1.3e", message));
        }
        let approved =
            |b: &&Self| matches!(b.state, TreatmentPlanState::Approved | TreatmentPlanState::InProgress);
        if let Some(before) = cx.before.filter(approved) {
            let how = "the plan is approved; revise it, and the risk owner approves it anew";
            let fields = ["risk_id", "option", "control_ids", "due_at"];
            reasons.extend(only_by_step(before, self, &fields, "SOD-3", how));
        }
        reasons
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl TreatmentPlan {
    /// Another plan for the same risk that is not done or cancelled.
    fn another<'a>(&self, cx: &HandCx<'a, Self>) -> Option<&'a Stored<Self>> {
        scores::about::<Self>(cx.isms, self.risk_id?.id())
            .find(|p| p.meta.id != cx.id && p.risk_id == self.risk_id && p.open())
    }

    /// Whether it still is to be carried out.
    pub(crate) fn open(&self) -> bool {
        !matches!(self.state, TreatmentPlanState::Done | TreatmentPlanState::Cancelled)
    }

    /// What is missing before the plan can be proposed (6.1.3 e). To keep a risk takes a reason and no means.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let keeps = self.option == Some(TreatmentOption::Retain);
        let with_controls = matches!(self.option, Some(TreatmentOption::Modify | TreatmentOption::Share));
        [
            (self.option.is_none(), "no option is chosen"),
            (self.rationale.is_empty(), "the option has no reason"),
            (with_controls && self.control_ids.is_empty(), "no control is named"),
            (!keeps && self.responsible_id.is_none(), "nobody is responsible"),
            (!keeps && self.due_at.is_none(), "there is no date"),
            (!keeps && self.resources.is_empty(), "it does not say what it needs"),
            (!keeps && self.target_score_id.is_none(), "there is no target score"),
        ]
        .into_iter()
        .filter(|(missing, _)| *missing)
        .map(|(_, what)| what.to_owned())
        .collect()
    }

    /// Controls that a plan cannot rest on: retired ones, and those the SoA leaves out.
    #[must_use]
    pub fn unfit_controls(isms: &Isms, controls: &[Ref<Control>]) -> Vec<String> {
        let unfit = |control: &Ref<Control>| {
            let id = control.id();
            match isms.get(*control) {
                None => Some(format!("{id} is not in the register of controls")),
                Some(c) if !c.live() => Some(format!("the control {id} is retired")),
                Some(_) => {
                    let decision = ApplicabilityDecision::in_force(isms, *control)?;
                    let out = decision.applicable == Some(false);
                    out.then(|| format!("the SoA leaves {id} out ({})", decision.meta.id))
                }
            }
        };
        controls.iter().filter_map(unfit).collect()
    }

    /// Whether the work of a plan that changes a risk has been given out.
    pub(crate) fn tasks_opened(&self) -> Result<(), String> {
        ensure(self.option != Some(TreatmentOption::Modify) || !self.action_task_ids.is_empty(), || {
            "no task has been opened for it".to_owned()
        })
    }

    /// What keeps the plan `id` from counting as carried out: no result or residual score, controls that are not in
    /// place or not proven (8.3).
    #[must_use]
    pub fn unproven(&self, isms: &Isms, id: Id, day: Date) -> Vec<String> {
        let mut found = Vec::new();
        if self.result_note.is_empty() {
            found.push(format!("{id} does not say what came of it"));
        }
        match isms.find(self.residual_score_id) {
            None => found.push(format!("{id} has no residual score")),
            Some(score) if score.r#type != Some(ScoreType::Residual) || score.risk_id != self.risk_id => {
                found.push(format!("{} is not a residual score of this risk", score.meta.id));
            }
            Some(score) if score.level.is_empty() => {
                found.push(format!("the residual score {} has no level", score.meta.id))
            }
            Some(_) => {}
        }
        for control in self.control_ids.iter().filter_map(|c| isms.get(*c)) {
            let id = control.meta.id;
            if control.implementation_status != Some(ImplementationStatus::Implemented) {
                found.push(format!("the control {id} is not implemented"));
            }
            if !Evidence::proves(isms, control.reference(), day) {
                found.push(format!("the control {id} has no accepted evidence in date"));
            }
        }
        found
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "propose",
        label: "Propose the plan",
        from: &["draft"],
        to: "proposed",
        who: &[Duty::Anyone],
        guards: &[
            Guard { rule: "6.1.3e", waivable: false, holds: is_complete },
            Guard { rule: "6.1.3b", waivable: false, holds: controls_fit },
        ],
        basis: "6.1.3 e",
        ..Step::BLANK
    },
    Step {
        name: "approve",
        label: "Approve the plan",
        from: &["proposed"],
        to: "approved",
        who: &[Duty::Owner],
        requires: &["approved_by"],
        stamps: &[("approved_by", Stamp::Actor), ("approved_at", Stamp::Today)],
        guards: &[
            Guard { rule: "SOD-3", waivable: false, holds: by_risk_owner },
            Guard { rule: "6.1.3e", waivable: false, holds: is_complete },
            Guard { rule: "6.1.3b", waivable: false, holds: controls_fit },
        ],
        basis: "6.1.3 f",
        ..Step::BLANK
    },
    Step {
        name: "start",
        label: "Start the work",
        from: &["approved"],
        to: "in_progress",
        who: &[Duty::Responsible],
        guards: &[
            Guard { rule: "8.3", waivable: false, holds: treatment_decided },
            Guard { rule: "8.3", waivable: false, holds: tasks_opened },
        ],
        effects: start_risk,
        basis: "8.3",
        ..Step::BLANK
    },
    Step {
        name: "finish",
        label: "Report the plan done",
        from: &["in_progress"],
        to: "done",
        who: &[Duty::Responsible, Duty::Owner],
        asks: &["result_note", "residual_score_id"],
        requires: &["result_note", "residual_score_id"],
        stamps: &[("completed_at", Stamp::Today)],
        guards: &[
            Guard { rule: "8.3", waivable: false, holds: is_proven },
            Guard { rule: "SOD-3", waivable: true, holds: residual_not_by_responsible_alone },
        ],
        basis: "8.3",
        ..Step::BLANK
    },
    Step {
        name: "revise",
        label: "Revise the plan",
        from: &["approved", "in_progress"],
        to: "proposed",
        who: &[Duty::Responsible, Duty::Owner, Duty::IsmsManager],
        asks: &[
            "option",
            "rationale",
            "control_ids",
            "resources",
            "responsible_id",
            "due_at",
            "target_score_id",
        ],
        comment: true,
        guards: &[
            Guard { rule: "6.1.3e", waivable: false, holds: is_complete },
            Guard { rule: "6.1.3b", waivable: false, holds: controls_fit },
        ],
        effects: |cx| vec![clear(cx.id, &["approved_by", "approved_at"])],
        basis: "6.1.3 f",
        ..Step::BLANK
    },
    Step {
        name: "cancel",
        label: "Cancel the plan",
        from: &["draft", "proposed", "approved", "in_progress"],
        to: "cancelled",
        who: &[Duty::Owner, Duty::IsmsManager],
        comment: true,
        basis: "8.3",
        ..Step::BLANK
    },
];

fn is_complete(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = cx.record::<TreatmentPlan>()?;
    let mut gaps = plan.gaps();
    if let Some(due) = plan.due_at.filter(|due| *due < cx.today) {
        gaps.push(format!("its date, {due}, has passed already"));
    }
    none_of(gaps)
}

fn controls_fit(cx: &StepCx<'_>) -> Result<(), String> {
    none_of(TreatmentPlan::unfit_controls(cx.isms, &cx.record::<TreatmentPlan>()?.control_ids))
}

fn risk<'a>(cx: &StepCx<'a>) -> Result<&'a Stored<Risk>, String> {
    cx.isms.find(cx.record::<TreatmentPlan>()?.risk_id).ok_or_else(|| "it names no risk".to_owned())
}

fn by_risk_owner(cx: &StepCx<'_>) -> Result<(), String> {
    let risk = risk(cx)?;
    ensure(same(risk.owner_id, cx.actor.person), || {
        format!("the plan is approved by the owner of {}", risk.meta.id)
    })?;
    ensure(risk.owner_accepted_at.is_some(), || {
        format!("take on {} first; its plan is approved by who answers for it", risk.meta.id)
    })
}

fn treatment_decided(cx: &StepCx<'_>) -> Result<(), String> {
    let risk = risk(cx)?;
    ensure(matches!(risk.state, RiskState::TreatmentDecided | RiskState::InTreatment), || {
        format!("{} is {}; its owner has to decide the treatment first", risk.meta.id, risk.state)
    })
}

fn tasks_opened(cx: &StepCx<'_>) -> Result<(), String> {
    cx.record::<TreatmentPlan>()?.tasks_opened()
}

fn start_risk(cx: &StepCx<'_>) -> Vec<Command> {
    let risk = risk(cx).ok().filter(|r| r.state == RiskState::TreatmentDecided);
    risk.map(|r| follow(r.meta.id, "start_treatment")).into_iter().collect()
}

fn is_proven(cx: &StepCx<'_>) -> Result<(), String> {
    none_of(cx.record::<TreatmentPlan>()?.unproven(cx.isms, cx.id, cx.today))
}

/// The residual score, or the report that the plan is done, comes from somebody other than the person responsible.
fn residual_not_by_responsible_alone(cx: &StepCx<'_>) -> Result<(), String> {
    let plan = cx.record::<TreatmentPlan>()?;
    let Some(score) = cx.isms.find(plan.residual_score_id) else { return Ok(()) };
    let alone = same(score.scored_by, plan.responsible_id) && same(cx.actor.person, plan.responsible_id);
    ensure(!alone, || {
        format!(
            "the person responsible does not confirm the residual score alone; somebody else scores {}",
            score.meta.id
        )
    })
}
