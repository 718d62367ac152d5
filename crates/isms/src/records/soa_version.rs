//! Versions of the Statement of Applicability (6.1.3 d; specification 4.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    AnyRecord, Date, Isms, Kind, Ref, Stored,
    access::Actor,
    commands::{Command, Reason, Target},
    flow::{clear, default_person, default_value, ensure, follow, next_number, none_of, same},
    id::ANNEX_A,
    parameters::Parameters,
    record::{Decl, Group, HandCx, Record},
    records::{
        ApplicabilityDecision, ApplicabilityDecisionState, Certification, Control, DocumentVersion,
        DocumentVersionState, ImplementationStatus, Person,
    },
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::Number,
    views::{scores, soa},
};

states!(
    /// Where a version of the SoA stands (4.3).
    SoaVersionState { Draft = "draft", Approved = "approved", Published = "published", Superseded = "superseded" }
);

/// One version of the Statement of Applicability: the decisions made for it, approved and published together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SoaVersion {
    /// The version of the SoA document that goes with it.
    pub document_version_id: Option<Ref<DocumentVersion>>,
    /// Number of the version; stands on the certificate.
    pub number: Number,
    /// Who wrote it.
    pub author_id: Option<Ref<Person>>,
    /// Who approved it: not the author.
    pub approved_by: Option<Ref<Person>>,
    /// The day it was approved.
    pub approved_at: Option<Date>,
    /// The day it came into force.
    pub published_at: Option<Date>,
    /// By when it is to be looked at again.
    pub next_review_at: Option<Date>,
    /// Where it stands.
    pub state: SoaVersionState,
}

impl Record for SoaVersion {
    const DECL: Decl = Decl {
        name: "soa_version",
        prefix: "SOA",
        one: "SoA version",
        many: "SoA versions",
        group: Group::Controls,
        clause: "6.1.3",
        about: "Each version of the Statement of Applicability. A draft gathers a decision a control; approved by somebody else, then published.",
        required: &["number"],
        columns: &["number", "state", "author_id", "approved_by", "published_at", "next_review_at"],
        by_step: &["approved_by", "approved_at", "published_at"],
        steps_set_state: true,
        frozen: &["approved", "published", "superseded"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        format!("SoA {}", self.number)
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn complete(fields: &mut Map<String, Value>, isms: &Isms, actor: &Actor, _: Date) {
        let number = || next_number(isms.all::<Self>().iter().map(|v| v.number.as_str()));
        default_value(fields, "number", number());
        default_person(fields, "author_id", actor);
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        let others = || cx.isms.all::<Self>().iter().filter(|v| v.meta.id != cx.id);
        let mut reasons = Vec::new();
        if cx.before.is_some_and(|b| b.author_id.is_some() && b.author_id != self.author_id) {
            reasons.push(Reason::new("SOD-4", "who wrote a version is not exchanged afterwards"));
        }
        if cx.before.is_none_or(|b| b.number != self.number) && others().any(|v| v.number == self.number) {
            reasons.push(Reason::new("7.5.3", format!("there is a version {} already", self.number)));
        }
        let in_work =
            |v: &Stored<Self>| matches!(v.state, SoaVersionState::Draft | SoaVersionState::Approved);
        if cx.before.is_none()
            && let Some(other) = others().find(|v| in_work(v))
        {
            reasons.push(Reason::new(
                "6.1.3d",
                format!("{} is in work; publish it before you begin another", other.meta.id),
            ));
        }
        reasons
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl SoaVersion {
    /// The command that begins a new version: a decision for each live control, carried over from the published
    /// version where that has one, else undecided. What is carried over and still reasoned is proposed by whoever
    /// begins; the published version stays in force until the new one is published.
    #[must_use]
    pub fn begin(isms: &Isms, number: &str) -> Command {
        let before = soa::published(isms);
        let decided = before.map(|v| soa::decisions(isms, v)).unwrap_or_default();
        let drivers = soa::drivers(isms);
        let mut commands =
            vec![Command::create(Kind::SoaVersion, [("number", Value::String(number.to_owned()))])];
        for (i, control) in isms.all::<Control>().live().enumerate() {
            let id = control.meta.id;
            let mut fields = Map::new();
            fields.insert("control_id".to_owned(), Value::String(id.to_string()));
            fields.insert("soa_version_id".to_owned(), Value::String("@0".to_owned()));
            if let Some(decision) = decided.get(&id) {
                let old = decision.fields();
                for name in ApplicabilityDecision::DECIDED {
                    if let Some(value) = old.get(name) {
                        fields.insert(name.to_owned(), value.clone());
                    }
                }
            }
            commands.push(Command::Create { kind: Kind::ApplicabilityDecision, fields });
            let needed_by = drivers.get(&id).map_or(&[][..], Vec::as_slice);
            if decided.get(&id).is_some_and(|d| d.gaps(isms, needed_by).is_empty()) {
                commands.push(Command::step(Target::New(i + 1), "propose", []));
            }
        }
        Command::Batch { name: "soa_version.begin".to_owned(), commands }
    }

    /// What keeps the version `id` from being approved: controls without a decision of its own that is proposed or
    /// approved, and decisions that the records contradict (6.1).
    #[must_use]
    pub fn gaps(isms: &Isms, version: &Stored<Self>) -> Vec<String> {
        let decisions = soa::decisions(isms, version);
        let drivers = soa::drivers(isms);
        let mut gaps = Vec::new();
        for control in isms.all::<Control>().live() {
            let id = control.meta.id;
            let needed_by = drivers.get(&id).map_or(&[][..], Vec::as_slice);
            match decisions.get(&id) {
                None => gaps.push(format!("{id} has no decision")),
                Some(d) if d.state == ApplicabilityDecisionState::Undecided => {
                    gaps.push(format!("{id} is not decided"))
                }
                Some(d) => gaps.extend(d.gaps(isms, needed_by).into_iter().map(|gap| format!("{id}: {gap}"))),
            }
        }
        let annex_a = isms.all::<Control>().live().filter(|c| c.meta.id.n <= ANNEX_A).count();
        if annex_a < ANNEX_A as usize {
            gaps.push(format!("only {annex_a} of the {ANNEX_A} controls of Annex A are in the register"));
        }
        gaps
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "approve",
        label: "Approve the SoA",
        from: &["draft"],
        to: "approved",
        who: &[Duty::Approver],
        asks: &["next_review_at"],
        requires: &["author_id", "approved_by", "next_review_at"],
        stamps: &[("approved_by", Stamp::Actor), ("approved_at", Stamp::Today)],
        guards: &[
            // Never waived for the Statement of Applicability itself (specification 8).
            Guard { rule: "SOD-4", waivable: false, holds: not_by_author },
            Guard { rule: "SOD-4", waivable: false, holds: no_own_proposals },
            Guard { rule: "6.1.3d", waivable: false, holds: has_no_gaps },
        ],
        effects: approve_decisions,
        basis: "6.1.3 d, 7.5.2 c",
        ..Step::BLANK
    },
    Step {
        name: "return",
        label: "Take the approval back",
        from: &["approved"],
        to: "draft",
        who: &[Duty::Approver],
        comment: true,
        effects: take_back,
        basis: "practice",
        ..Step::BLANK
    },
    Step {
        name: "publish",
        label: "Publish the SoA",
        from: &["approved"],
        to: "published",
        who: &[Duty::IsmsManager],
        asks: &["document_version_id"],
        stamps: &[("published_at", Stamp::Today)],
        guards: &[
            Guard { rule: "6.1.3d", waivable: false, holds: has_no_gaps },
            Guard { rule: "6.1.3d", waivable: false, holds: all_approved },
            Guard { rule: "7.5.2c", waivable: false, holds: document_is_approved },
        ],
        effects: publish_all,
        basis: "6.1.3 d",
        ..Step::BLANK
    },
    Step {
        name: "supersede",
        label: "Supersede",
        from: &["published"],
        to: "superseded",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "7.5.3", waivable: false, holds: only_by_a_newer }],
        basis: "7.5.3 e",
        ..Step::BLANK
    },
];

fn decisions<'a>(cx: &StepCx<'a>) -> Vec<&'a Stored<ApplicabilityDecision>> {
    let version = cx.isms.get::<SoaVersion>(Ref::new(cx.id.n));
    version.map(|v| soa::decisions(cx.isms, v).into_values().collect()).unwrap_or_default()
}

fn in_state<'a>(
    cx: &StepCx<'a>,
    state: ApplicabilityDecisionState,
) -> Vec<&'a Stored<ApplicabilityDecision>> {
    decisions(cx).into_iter().filter(|d| d.state == state).collect()
}

fn not_by_author(cx: &StepCx<'_>) -> Result<(), String> {
    let version = cx.record::<SoaVersion>()?;
    ensure(!same(version.author_id, cx.actor.person), || {
        "the author of the SoA does not approve it".to_owned()
    })
}

/// Approving the version approves what is in it, so none of that may be the approver's own, unless somebody else approved
/// it before.
fn no_own_proposals(cx: &StepCx<'_>) -> Result<(), String> {
    let by_another =
        |d: &ApplicabilityDecision| d.approved_by.is_some() && !same(d.approved_by, d.decided_by);
    let own = decisions(cx).into_iter().filter(|d| same(d.decided_by, cx.actor.person) && !by_another(d));
    none_of(own.map(|d| format!("you decided {} yourself; somebody else approves it", d.meta.id)).collect())
}

fn has_no_gaps(cx: &StepCx<'_>) -> Result<(), String> {
    none_of(SoaVersion::gaps(cx.isms, cx.record::<SoaVersion>()?))
}

fn approve_decisions(cx: &StepCx<'_>) -> Vec<Command> {
    in_state(cx, ApplicabilityDecisionState::Proposed)
        .into_iter()
        .map(|d| follow(d.meta.id, "approve"))
        .collect()
}

/// With the approval of the version goes that of the decisions in it: whoever approves next looks at them again.
fn take_back(cx: &StepCx<'_>) -> Vec<Command> {
    let names = ["approved_by", "approved_at"];
    let approved = in_state(cx, ApplicabilityDecisionState::Approved);
    let decisions = approved.into_iter().flat_map(|d| [follow(d.meta.id, "take_back"), clear(d.meta.id, &names)]);
    std::iter::once(clear(cx.id, &names)).chain(decisions).collect()
}

fn all_approved(cx: &StepCx<'_>) -> Result<(), String> {
    let open = decisions(cx).into_iter().filter(|d| d.state != ApplicabilityDecisionState::Approved);
    none_of(open.map(|d| format!("{} is {}, not approved", d.meta.id, d.state)).collect())
}

fn document_is_approved(cx: &StepCx<'_>) -> Result<(), String> {
    let Some(document) = cx.isms.find(cx.record::<SoaVersion>()?.document_version_id) else { return Ok(()) };
    ensure(matches!(document.state, DocumentVersionState::Approved | DocumentVersionState::Published), || {
        format!("its document {} is {}, not approved", document.meta.id, document.state)
    })
}

/// The older version goes, the decisions and the document come into force, and whoever certifies is to be told.
fn publish_all(cx: &StepCx<'_>) -> Vec<Command> {
    let mut moves = Vec::new();
    let older = cx.isms.all::<SoaVersion>().iter();
    for version in older.filter(|v| v.meta.id != cx.id && v.state == SoaVersionState::Published) {
        moves.push(follow(version.meta.id, "supersede"));
        let published = soa::decisions(cx.isms, version).into_values();
        let published = published.filter(|d| d.state == ApplicabilityDecisionState::Published);
        moves.extend(published.map(|d| follow(d.meta.id, "supersede")));
        moves.extend(tell_certifier(cx, version));
    }
    for decision in in_state(cx, ApplicabilityDecisionState::Approved) {
        let status = cx.isms.find(decision.control_id).and_then(|c| c.implementation_status);
        let status = status.unwrap_or(ImplementationStatus::NotStarted);
        let frozen = [("implementation_status_at_version", Value::String(status.to_string()))];
        moves.push(Command::step(decision.meta.id, "publish", frozen));
    }
    let document = cx.record::<SoaVersion>().ok().and_then(|v| cx.isms.find(v.document_version_id));
    if let Some(document) = document.filter(|d| d.state == DocumentVersionState::Approved) {
        moves.extend(DocumentVersion::superseded_by(cx.isms, document));
        moves.push(follow(document.meta.id, "publish"));
    }
    moves
}

/// A certificate names the version of the SoA; its body hears of a new one (6.1.3 d).
fn tell_certifier(cx: &StepCx<'_>, old: &Stored<SoaVersion>) -> Vec<Command> {
    scores::about::<Certification>(cx.isms, old.meta.id)
        .filter(|c| c.live() && c.soa_version_id == Some(old.reference()))
        .map(|c| {
            let title = format!("Tell {} that the SoA on the certificate has a new version", c.body.body);
            let mut fields = vec![
                ("title", Value::String(crate::schema::shorten(&title))),
                ("source_ref", Value::String(cx.id.to_string())),
                (
                    "due_at",
                    Value::String(cx.today.plus_days(Parameters::of(cx.isms).overdue_days).to_string()),
                ),
            ];
            fields.extend(cx.actor.person.map(|p| ("assignee_id", Value::String(p.to_string()))));
            Command::create(Kind::Task, fields)
        })
        .collect()
}

fn only_by_a_newer(_: &StepCx<'_>) -> Result<(), String> {
    Err("a version is superseded by the publication of a newer one, and in no other way".to_owned())
}
