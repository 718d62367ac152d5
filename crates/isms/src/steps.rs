//! Workflow as data: the steps of a kind say from which states to which, who may take them, what must be there, what
//! is stamped, and which guards hold (specification, section 4). The engine that takes a step is in
//! [`commands`](crate::commands).

use serde_json::{Map, Value};

use crate::{
    Isms,
    access::Actor,
    commands::Command,
    id::Id,
    record::{AnyRecord, Filed, Stored},
    time::Date,
};

/// Who may take a step: the permission roles of 4.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Anybody who may write.
    Anyone,
    /// Top management: an account whose person has `is_top_management`.
    TopManagement,
    /// The ISMS manager: an account of that role.
    IsmsManager,
    /// The owner of the record, or of the record it belongs to (risk, control or document owner).
    Owner,
    /// The author of the record.
    Author,
    /// Who is responsible for carrying it out.
    Responsible,
    /// An approver: top management or its delegate, that is an ISMS manager; segregation rules apply on top.
    Approver,
    /// A reviewer of evidence: an ISMS manager, or the owner of a control the evidence is for.
    EvidenceReviewer,
    /// Who was asked: the assignee or collector.
    Assignee,
    /// The clock. No person can take such a step.
    Clock,
}

impl Duty {
    /// What people read when a step is refused.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Duty::Anyone => "anybody who may write",
            Duty::TopManagement => "top management",
            Duty::IsmsManager => "the ISMS manager",
            Duty::Owner => "the owner",
            Duty::Author => "the author",
            Duty::Responsible => "the person responsible",
            Duty::Approver => "an approver (top management or an ISMS manager)",
            Duty::EvidenceReviewer => "an evidence reviewer (an ISMS manager or the control's owner)",
            Duty::Assignee => "the person asked for it",
            Duty::Clock => "the clock",
        }
    }
}

/// What a step writes into a field by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// The person of the acting account.
    Actor,
    /// The day the step is taken.
    Today,
    /// The day the step is taken, unless a value was given.
    TodayIfEmpty,
}

/// A condition beyond who and what: it blocks the step and says why.
pub struct Guard {
    /// Name of the rule, such as `SOD-1` or the clause it comes from.
    pub rule: &'static str,
    /// Whether a `sod_waiver` for the record lifts it.
    pub waivable: bool,
    /// The condition; the error is the reason, as a sentence.
    pub holds: fn(&StepCx<'_>) -> Result<(), String>,
}

/// One step of a workflow.
pub struct Step {
    /// Name in the API and the ledger, such as `approve`.
    pub name: &'static str,
    /// The words on the button.
    pub label: &'static str,
    /// States it starts from.
    pub from: &'static [&'static str],
    /// State it leads to.
    pub to: &'static str,
    /// Who may take it: any of these.
    pub who: &'static [Duty],
    /// Fields its form offers.
    pub asks: &'static [&'static str],
    /// Fields that must not be empty afterwards.
    pub requires: &'static [&'static str],
    /// Fields it writes by itself.
    pub stamps: &'static [(&'static str, Stamp)],
    /// Whether a comment must be given.
    pub comment: bool,
    /// What else must hold.
    pub guards: &'static [Guard],
    /// What follows on other records, in the same transaction.
    pub effects: fn(&StepCx<'_>) -> Vec<Command>,
    /// Clause it rests on, `derived`, or `practice`.
    pub basis: &'static str,
}

impl Step {
    /// A step with everything optional left out; use with struct update syntax.
    pub const BLANK: Step = Step {
        name: "",
        label: "",
        from: &[],
        to: "",
        who: &[],
        asks: &[],
        requires: &[],
        stamps: &[],
        comment: false,
        guards: &[],
        effects: |_| Vec::new(),
        basis: "practice",
    };
}

/// What a guard sees.
pub struct StepCx<'a> {
    /// The snapshot before the step.
    pub isms: &'a Isms,
    /// Who takes it.
    pub actor: &'a Actor,
    /// The day.
    pub today: Date,
    /// The record.
    pub id: Id,
    /// The record before.
    pub before: &'a dyn AnyRecord,
    /// The record as it will be, typed behind [`StepCx::record`].
    pub after: &'a dyn AnyRecord,
    /// The fields as they will be.
    pub fields: &'a Map<String, Value>,
    /// The comment given; empty if none.
    pub comment: &'a str,
}

impl<'a> StepCx<'a> {
    /// The record as it will be, as one of kind `T`.
    ///
    /// # Errors
    /// If the step was declared on another kind.
    pub fn record<T: Filed>(&self) -> Result<&'a Stored<T>, String> {
        self.after.cast().ok_or_else(|| "this step belongs to another kind of record".to_owned())
    }
}
