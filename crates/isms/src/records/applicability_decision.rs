//! Whether a control is needed, and why: one line of the Statement of Applicability (6.1.3 c, d; specification 4.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Date, Isms, Ref, Stored, choice,
    commands::Reason,
    flow::{clear, default_value, ensure, name_of, none_of, only_by_step, same},
    record::{Decl, Group, HandCx, Record},
    records::{Control, ImplementationStatus, PartyRequirement, Person, Risk, SoaVersion, SoaVersionState},
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::Text,
    views::{
        scores,
        soa::{self, Driver},
    },
};

choice!(
    /// Why a control is needed.
    ReasonCode {
        Risk = "risk",
        Legal = "legal",
        Contractual = "contractual",
        Business = "business",
        Baseline = "baseline",
    }
);

states!(
    /// Where a decision stands (4.3).
    ApplicabilityDecisionState {
        Undecided = "undecided",
        Proposed = "proposed",
        Approved = "approved",
        Published = "published",
        Superseded = "superseded",
    }
);

/// The decision on one control in one version of the SoA.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicabilityDecision {
    /// The control.
    pub control_id: Option<Ref<Control>>,
    /// The version of the SoA it belongs to.
    pub soa_version_id: Option<Ref<SoaVersion>>,
    /// Whether the control is needed.
    pub applicable: Option<bool>,
    /// Why it is needed. A baseline needs a sentence, the others a risk or requirement.
    pub reason_codes: Vec<ReasonCode>,
    /// The reason in words. Leaving a control out needs one about scope or risk, never "not needed".
    pub justification: Text,
    /// Risks it treats.
    pub linked_risk_ids: Vec<Ref<Risk>>,
    /// Laws, contracts and expectations it serves.
    pub linked_requirement_ids: Vec<Ref<PartyRequirement>>,
    /// How far the control was in place when the version was published.
    pub implementation_status_at_version: Option<ImplementationStatus>,
    /// Who decided.
    pub decided_by: Option<Ref<Person>>,
    /// The day of the decision.
    pub decided_at: Option<Date>,
    /// Who approved it: somebody else.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// Where it stands.
    pub state: ApplicabilityDecisionState,
}

impl Record for ApplicabilityDecision {
    const DECL: Decl = Decl {
        name: "applicability_decision",
        prefix: "AD",
        one: "Applicability decision",
        many: "Applicability decisions",
        group: Group::Controls,
        clause: "6.1.3",
        about: "A decision for each control: needed or not, and why. Together they are the Statement of Applicability.",
        required: &["control_id"],
        columns: &[
            "control_id",
            "soa_version_id",
            "applicable",
            "reason_codes",
            "state",
            "decided_by",
            "approved_by",
        ],
        by_step: &[
            "implementation_status_at_version",
            "decided_by",
            "decided_at",
            "approved_by",
            "approved_at",
        ],
        steps_set_state: true,
        frozen: &["published", "superseded"],
        events: &["decided_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        let verdict = match self.applicable {
            Some(true) => "applicable",
            Some(false) => "excluded",
            None => "undecided",
        };
        format!("{} {verdict}", name_of(self.control_id))
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(before) = cx.before
            && before.state != ApplicabilityDecisionState::Undecided
        {
            let how = "it has been proposed; propose it anew, so that the approver sees who decided";
            let mut fields = Self::DECIDED.to_vec();
            fields.extend(["control_id", "soa_version_id"]);
            reasons.extend(only_by_step(before, self, &fields, "SOD-4", how));
        }
        let moved = cx
            .before
            .is_none_or(|b| b.soa_version_id != self.soa_version_id || b.control_id != self.control_id);
        if moved && let Some(version) = cx.isms.find(self.soa_version_id) {
            if version.state != SoaVersionState::Draft {
                reasons.push(Reason::new(
                    "6.1.3d",
                    format!("{} is {}, not a draft", version.meta.id, version.state),
                ));
            }
            let twice = scores::about::<Self>(cx.isms, version.meta.id)
                .find(|d| d.meta.id != cx.id && d.control_id == self.control_id);
            if let Some(other) = twice {
                reasons.push(Reason::new(
                    "6.1.3d",
                    format!("{} has a decision on this control already", other.meta.id),
                ));
            }
        }
        reasons
    }

    /// A loaded entry that says whether the control is needed, and no state, has been decided.
    fn loaded(fields: &mut Map<String, Value>) {
        if fields.get("applicable").is_some_and(Value::is_boolean) {
            default_value(fields, "state", ApplicabilityDecisionState::Proposed.to_string());
        }
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl ApplicabilityDecision {
    /// The fields that make up the decision.
    pub(crate) const DECIDED: [&'static str; 5] =
        ["applicable", "justification", "reason_codes", "linked_risk_ids", "linked_requirement_ids"];

    /// The decision on a control that counts: the entry of the published SoA, or, where none is published, the newest
    /// by date of decision (2.2, ruling 9.4).
    #[must_use]
    pub fn in_force(isms: &Isms, control: Ref<Control>) -> Option<&Stored<Self>> {
        let about = || scores::about::<Self>(isms, control.id()).filter(|d| d.control_id == Some(control));
        match soa::published(isms) {
            Some(version) => about().find(|d| d.soa_version_id == Some(version.reference())),
            None => about()
                .filter(|d| d.state != ApplicabilityDecisionState::Superseded)
                .max_by_key(|d| (d.decided_at, d.meta.id.n)),
        }
    }

    /// What is missing before the decision can be proposed. `drivers` are the records that need the control.
    #[must_use]
    pub fn gaps(&self, isms: &Isms, drivers: &[Driver]) -> Vec<String> {
        let mut gaps = Vec::new();
        if self.justification.is_empty() {
            gaps.push("it has no justification".to_owned());
        }
        match self.applicable {
            None => gaps.push("it does not say whether the control is needed".to_owned()),
            Some(true) => {
                if self.reason_codes.is_empty() {
                    gaps.push("it gives no reason code".to_owned());
                }
                let risk = self.linked_risk_ids.iter().any(|r| isms.get(*r).is_some_and(Stored::live));
                let risk = risk || drivers.iter().any(|d| d.code == ReasonCode::Risk.as_str());
                let duty = self.linked_requirement_ids.iter().any(|r| isms.get(*r).is_some_and(Stored::live));
                let duty = duty || drivers.iter().any(|d| d.code != ReasonCode::Risk.as_str());
                for code in &self.reason_codes {
                    let shown = match code {
                        ReasonCode::Risk => risk,
                        ReasonCode::Legal | ReasonCode::Contractual => duty,
                        ReasonCode::Business => risk || duty,
                        ReasonCode::Baseline => true,
                    };
                    if !shown {
                        gaps.push(format!("the reason {code} names no risk or requirement that is live"));
                    }
                }
            }
            Some(false) if !drivers.is_empty() => {
                let by: Vec<String> = drivers.iter().map(|d| d.via.unwrap_or(d.id).to_string()).collect();
                gaps.push(format!("the control cannot be left out while it is needed by {}", by.join(", ")));
            }
            Some(false) => {}
        }
        gaps
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "propose",
        label: "Propose the decision",
        from: &["undecided", "proposed"],
        to: "proposed",
        who: &[Duty::Owner, Duty::IsmsManager],
        asks: &ApplicabilityDecision::DECIDED,
        requires: &["applicable", "justification", "decided_by"],
        stamps: &[("decided_by", Stamp::Actor), ("decided_at", Stamp::Today)],
        guards: &[Guard { rule: "6.1.3d", waivable: false, holds: is_reasoned }],
        basis: "6.1.3 b, c, d",
        ..Step::BLANK
    },
    Step {
        name: "propose",
        label: "Propose another decision",
        from: &["approved"],
        to: "proposed",
        who: &[Duty::Owner, Duty::IsmsManager],
        asks: &ApplicabilityDecision::DECIDED,
        requires: &["applicable", "justification", "decided_by"],
        stamps: &[("decided_by", Stamp::Actor), ("decided_at", Stamp::Today)],
        comment: true,
        guards: &[
            Guard { rule: "6.1.3d", waivable: false, holds: version_is_draft },
            Guard { rule: "6.1.3d", waivable: false, holds: is_reasoned },
        ],
        effects: |cx| vec![clear(cx.id, &["approved_by", "approved_at"])],
        basis: "practice",
    },
    Step {
        name: "approve",
        label: "Approve the decision",
        from: &["proposed"],
        to: "approved",
        who: &[Duty::Approver],
        requires: &["approved_by"],
        stamps: &[("approved_by", Stamp::Actor), ("approved_at", Stamp::Today)],
        guards: &[
            Guard { rule: "SOD-4", waivable: true, holds: not_by_decider },
            Guard { rule: "6.1.3d", waivable: false, holds: is_reasoned },
        ],
        basis: "6.1.3 d, 7.5.2 c",
        ..Step::BLANK
    },
    Step {
        name: "return",
        label: "Return as undecided",
        from: &["proposed"],
        to: "undecided",
        who: &[Duty::Approver],
        comment: true,
        basis: "6.1.3 d",
        ..Step::BLANK
    },
    Step {
        name: "take_back",
        label: "Take the approval back",
        from: &["approved"],
        to: "proposed",
        who: &[Duty::Approver],
        comment: true,
        guards: &[Guard { rule: "6.1.3d", waivable: false, holds: version_is_draft }],
        effects: |cx| vec![clear(cx.id, &["approved_by", "approved_at"])],
        basis: "practice",
        ..Step::BLANK
    },
    Step {
        name: "publish",
        label: "Publish",
        from: &["approved"],
        to: "published",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "6.1.3d", waivable: false, holds: only_with_its_version }],
        basis: "6.1.3 d",
        ..Step::BLANK
    },
    Step {
        name: "supersede",
        label: "Supersede",
        from: &["published"],
        to: "superseded",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "7.5.3", waivable: false, holds: only_with_its_version }],
        basis: "7.5.3 e",
        ..Step::BLANK
    },
];

fn is_reasoned(cx: &StepCx<'_>) -> Result<(), String> {
    let decision = cx.record::<ApplicabilityDecision>()?;
    let drivers = decision.control_id.and_then(|c| soa::drivers(cx.isms).remove(&c.id())).unwrap_or_default();
    none_of(decision.gaps(cx.isms, &drivers))
}

fn version_is_draft(cx: &StepCx<'_>) -> Result<(), String> {
    let version = cx.isms.find(cx.record::<ApplicabilityDecision>()?.soa_version_id);
    ensure(version.is_none_or(|v| v.state == SoaVersionState::Draft), || {
        "its version of the SoA is approved; take that back first, or decide in a new version".to_owned()
    })
}

fn not_by_decider(cx: &StepCx<'_>) -> Result<(), String> {
    let decision = cx.record::<ApplicabilityDecision>()?;
    ensure(!same(decision.decided_by, cx.actor.person), || {
        "who decided does not approve; somebody else has to".to_owned()
    })
}

fn only_with_its_version(_: &StepCx<'_>) -> Result<(), String> {
    Err("a decision is published and superseded together with its version of the SoA, and in no other way"
        .to_owned())
}
