//! Proof that something was done, with its dates and its file (specification 4.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    AnyRecord, Date, Isms, Kind, Ref, Stored,
    commands::{Command, Reason},
    flow::{ensure, only_by_step, same},
    id::Id,
    parameters::Parameters,
    record::{Decl, Group, HandCx, Record},
    records::{Control, EvidenceRequirement, Person},
    states,
    steps::{Duty, Guard, Stamp, Step, StepCx},
    value::{FileHash, Line, RowRef, Text, Url},
    views::scores,
};

states!(
    /// Where a piece of evidence stands (4.4).
    EvidenceState {
        Requested = "requested",
        Collected = "collected",
        Accepted = "accepted",
        Rejected = "rejected",
        Expiring = "expiring",
        Expired = "expired",
        Withdrawn = "withdrawn",
    }
);

/// A file or address that shows that a control works or a requirement is met.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Evidence {
    /// What asked for it.
    pub requirement_id: Option<Ref<EvidenceRequirement>>,
    /// Controls it speaks for.
    pub control_ids: Vec<Ref<Control>>,
    /// Requirements it speaks for.
    pub requirement_refs: Vec<RowRef>,
    /// What it is, as people call it.
    pub title: Line,
    /// What kind of proof: export, screenshot, report, minutes.
    pub kind: Line,
    /// The file itself.
    pub file_hash: FileHash,
    /// Where it lies, if it is not kept here as a file.
    pub url: Url,
    /// Who collected it; empty if a connector did.
    pub collected_by: Option<Ref<Person>>,
    /// The day it was collected.
    pub collected_at: Option<Date>,
    /// First day of the time it speaks for.
    pub period_from: Option<Date>,
    /// Last day of the time it speaks for.
    pub period_to: Option<Date>,
    /// Who reviewed it: somebody other than the collector.
    pub reviewed_by: Option<Ref<Person>>,
    /// The day it was reviewed.
    pub reviewed_at: Option<Date>,
    /// What was wrong with it.
    pub reject_reason: Text,
    /// The last day it counts. Empty takes the interval of the requirement, else of the control, else the default.
    pub valid_until: Option<Date>,
    /// Where it stands.
    pub state: EvidenceState,
}

impl Record for Evidence {
    const DECL: Decl = Decl {
        name: "evidence",
        prefix: "EV",
        one: "Evidence",
        many: "Evidence",
        group: Group::Evidence,
        clause: "8.1",
        about: "Files and addresses that prove what you do. Drop a file, say which control it is for; somebody else accepts it.",
        required: &["title"],
        columns: &["state", "control_ids", "kind", "period_to", "valid_until", "collected_by", "reviewed_by"],
        by_step: &["collected_by", "collected_at", "reviewed_by", "reviewed_at", "reject_reason"],
        steps_set_state: true,
        frozen: &["accepted", "rejected", "expiring", "expired", "withdrawn"],
        events: &["collected_at", "reviewed_at"],
        ..Decl::BLANK
    };

    fn title(&self) -> String {
        self.title.to_string()
    }

    fn state(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }

    fn by_hand(&self, cx: &HandCx<'_, Self>) -> Vec<Reason> {
        match cx.before {
            Some(before) if before.state == EvidenceState::Collected => {
                let how = "it awaits review as it was collected; collect it anew";
                let fields = ["file_hash", "url", "period_from", "period_to"];
                only_by_step(before, self, &fields, "SOD-5", how)
            }
            _ => Vec::new(),
        }
    }

    fn steps() -> &'static [Step] {
        STEPS
    }
}

impl Evidence {
    /// The last day it counts: as recorded, else the end of its period plus the interval of the requirement, else of
    /// the control, else `evidence_months`. `None` if nothing says when it was made.
    #[must_use]
    pub fn ends(&self, isms: &Isms) -> Option<Date> {
        if self.valid_until.is_some() {
            return self.valid_until;
        }
        let made = self.period_to.or(self.collected_at)?;
        let requirement = isms.find(self.requirement_id).and_then(|r| r.frequency_months).map(i64::from);
        let control = || self.controls(isms).filter_map(Control::interval_months).min();
        let months = requirement.or_else(control).unwrap_or_else(|| Parameters::of(isms).evidence_months);
        Some(made.plus_months(months))
    }

    /// Whether it was accepted and is in date; the date decides, not the state the clock has reached (9.3).
    #[must_use]
    pub fn counts_on(&self, isms: &Isms, day: Date) -> bool {
        matches!(self.state, EvidenceState::Accepted | EvidenceState::Expiring)
            && self.ends(isms).is_some_and(|end| end >= day)
    }

    /// Whether any accepted evidence in date speaks for a control.
    #[must_use]
    pub fn proves(isms: &Isms, control: Ref<Control>, day: Date) -> bool {
        let named = scores::about::<Self>(isms, control.id());
        let asked = scores::about::<EvidenceRequirement>(isms, control.id())
            .flat_map(|r| scores::about::<Self>(isms, r.meta.id));
        named.chain(asked).any(|e| e.counts_on(isms, day))
    }

    /// The controls it speaks for: those it names, and that of its requirement.
    fn controls<'a>(&'a self, isms: &'a Isms) -> impl Iterator<Item = &'a Stored<Control>> {
        let asked = isms.find(self.requirement_id).and_then(|r| r.control_id);
        self.control_ids.iter().copied().chain(asked).filter_map(|c| isms.get(c))
    }

    /// Opens a request for evidence like this one, with a task for who sees to it, unless one is open or newer evidence
    /// is there already.
    pub(crate) fn request_again(isms: &Isms, old: &Stored<Self>, due: Date) -> Vec<Command> {
        let awaited = |e: &Stored<Self>| {
            let same_need = if old.requirement_id.is_some() {
                e.requirement_id == old.requirement_id
            } else {
                e.title == old.title && e.control_ids == old.control_ids
            };
            let newer = || e.ends(isms) > old.ends(isms);
            let in_hand = match e.state {
                EvidenceState::Requested | EvidenceState::Collected => true,
                EvidenceState::Accepted | EvidenceState::Expiring => newer(),
                EvidenceState::Rejected | EvidenceState::Expired | EvidenceState::Withdrawn => false,
            };
            e.meta.id != old.meta.id && same_need && in_hand
        };
        if isms.all::<Self>().iter().any(awaited) {
            return Vec::new();
        }
        let fields = old.fields();
        let kept = ["requirement_id", "control_ids", "requirement_refs", "title", "kind"];
        let fields = kept.iter().filter_map(|n| Some(((*n).to_owned(), fields.get(*n)?.clone()))).collect();
        let requirement = isms.find(old.requirement_id).and_then(|r| r.owner_id);
        let owner = requirement.or_else(|| old.controls(isms).find_map(|c| c.owner_id)).or(old.collected_by);
        // The new record is the next of its kind: the task is made in the same transaction and can name it.
        let id = Id { kind: Kind::Evidence, n: isms.table(Kind::Evidence).next() };
        request(fields, &old.title, id, owner, due)
    }

    /// The first request that a requirement makes.
    pub(crate) fn request_first(requirement: &Stored<EvidenceRequirement>, due: Date) -> Vec<Command> {
        let title = requirement.title();
        let mut fields = Map::new();
        fields.insert("title".to_owned(), Value::String(title.clone()));
        fields.insert("requirement_id".to_owned(), Value::String(requirement.meta.id.to_string()));
        if let Some(control) = requirement.control_id {
            fields.insert("control_ids".to_owned(), Value::Array(vec![Value::String(control.to_string())]));
        }
        if !requirement.requirement_ref.is_empty() {
            let row = Value::String(requirement.requirement_ref.to_string());
            fields.insert("requirement_refs".to_owned(), Value::Array(vec![row]));
        }
        request(fields, &title, requirement.meta.id, requirement.owner_id, due)
    }
}

/// A requested piece of evidence, and the task to collect it. `source` is what the task names as its origin.
fn request(
    fields: Map<String, Value>,
    title: &str,
    source: Id,
    owner: Option<Ref<Person>>,
    due: Date,
) -> Vec<Command> {
    let mut task = vec![
        ("title", Value::String(crate::schema::shorten(&format!("Collect: {title}")))),
        ("due_at", Value::String(due.to_string())),
        ("source_ref", Value::String(source.to_string())),
    ];
    task.extend(owner.map(|p| ("assignee_id", Value::String(p.to_string()))));
    vec![Command::Create { kind: Kind::Evidence, fields }, Command::create(Kind::Task, task)]
}

const STEPS: &[Step] = &[
    Step {
        name: "collect",
        label: "Hand in",
        from: &["requested", "collected"],
        to: "collected",
        who: &[Duty::Assignee],
        asks: &[
            "title",
            "kind",
            "control_ids",
            "requirement_refs",
            "file_hash",
            "url",
            "period_from",
            "period_to",
        ],
        // By somebody, or nobody could be kept from accepting it as well.
        requires: &["period_from", "period_to", "collected_by"],
        stamps: &[("collected_by", Stamp::Actor), ("collected_at", Stamp::Today)],
        guards: &[
            Guard { rule: "7.5.3", waivable: false, holds: there_is_something },
            Guard { rule: "4.4", waivable: false, holds: speaks_for_something },
            Guard { rule: "4.4", waivable: false, holds: period_fits },
        ],
        basis: "7.5.3 b",
        ..Step::BLANK
    },
    Step {
        name: "accept",
        label: "Accept",
        from: &["collected"],
        to: "accepted",
        who: &[Duty::EvidenceReviewer],
        asks: &["valid_until"],
        requires: &["reviewed_by"],
        stamps: &[("reviewed_by", Stamp::Actor), ("reviewed_at", Stamp::Today)],
        guards: &[
            Guard { rule: "SOD-5", waivable: true, holds: not_by_collector },
            Guard { rule: "4.4", waivable: false, holds: is_in_date },
        ],
        effects: set_validity,
        basis: "8.1, practice",
        ..Step::BLANK
    },
    Step {
        name: "reject",
        label: "Reject",
        from: &["collected"],
        to: "rejected",
        who: &[Duty::EvidenceReviewer],
        asks: &["reject_reason"],
        requires: &["reviewed_by", "reject_reason"],
        stamps: &[("reviewed_by", Stamp::Actor), ("reviewed_at", Stamp::Today)],
        effects: ask_again,
        basis: "practice",
        ..Step::BLANK
    },
    Step {
        name: "withdraw",
        label: "Withdraw: found wrong",
        from: &["accepted", "expiring"],
        to: "withdrawn",
        who: &[Duty::EvidenceReviewer],
        comment: true,
        effects: tell_owners,
        basis: "7.5.3, 10.2",
        ..Step::BLANK
    },
    Step {
        name: "near_end",
        label: "Ends soon",
        from: &["accepted"],
        to: "expiring",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "8.1", waivable: false, holds: end_is_near }],
        effects: ask_again,
        basis: "8.1",
        ..Step::BLANK
    },
    Step {
        name: "expire",
        label: "Expire",
        from: &["accepted", "expiring"],
        to: "expired",
        who: &[Duty::Clock],
        guards: &[Guard { rule: "8.1", waivable: false, holds: has_ended }],
        effects: ask_again,
        basis: "8.1",
        ..Step::BLANK
    },
];

fn there_is_something(cx: &StepCx<'_>) -> Result<(), String> {
    let evidence = cx.record::<Evidence>()?;
    ensure(!evidence.file_hash.is_empty() || evidence.url.leads_somewhere(), || {
        "hand in a file or an address".to_owned()
    })
}

fn speaks_for_something(cx: &StepCx<'_>) -> Result<(), String> {
    let e = cx.record::<Evidence>()?;
    ensure(e.requirement_id.is_some() || !e.control_ids.is_empty() || !e.requirement_refs.is_empty(), || {
        "say which control or requirement it speaks for".to_owned()
    })
}

fn period_fits(cx: &StepCx<'_>) -> Result<(), String> {
    let evidence = cx.record::<Evidence>()?;
    let (Some(from), Some(to)) = (evidence.period_from, evidence.period_to) else { return Ok(()) };
    ensure(from <= to, || "its period ends before it begins".to_owned())?;
    let Some(asked) =
        cx.isms.get::<Evidence>(Ref::new(cx.id.n)).filter(|e| e.state == EvidenceState::Requested)
    else {
        return Ok(());
    };
    let before = asked.period_from.is_some_and(|begin| to < begin);
    let after = asked.period_to.is_some_and(|end| from > end);
    ensure(!before && !after, || "its period does not touch the one that was asked for".to_owned())
}

fn not_by_collector(cx: &StepCx<'_>) -> Result<(), String> {
    let evidence = cx.record::<Evidence>()?;
    ensure(!same(evidence.collected_by, cx.actor.person), || {
        "who collected it does not accept it; somebody else has to".to_owned()
    })
}

fn is_in_date(cx: &StepCx<'_>) -> Result<(), String> {
    let end = cx.record::<Evidence>()?.ends(cx.isms);
    ensure(end.is_none_or(|end| end >= cx.today), || {
        "it is out of date already; collect newer evidence".to_owned()
    })
}

fn set_validity(cx: &StepCx<'_>) -> Vec<Command> {
    let end = cx.record::<Evidence>().ok().filter(|e| e.valid_until.is_none()).and_then(|e| e.ends(cx.isms));
    end.map(|end| Command::update(cx.id, [("valid_until", Value::String(end.to_string()))]))
        .into_iter()
        .collect()
}

/// The new request is due when this one ends, or within `overdue_days` if that has passed.
fn ask_again(cx: &StepCx<'_>) -> Vec<Command> {
    let Ok(evidence) = cx.record::<Evidence>() else { return Vec::new() };
    let end =
        evidence.ends(cx.isms).filter(|end| *end > cx.today && evidence.state == EvidenceState::Expiring);
    let due = end.unwrap_or_else(|| cx.today.plus_days(Parameters::of(cx.isms).overdue_days));
    Evidence::request_again(cx.isms, evidence, due)
}

/// Owners of controls that rested on it are asked to look at them again.
fn tell_owners(cx: &StepCx<'_>) -> Vec<Command> {
    let Ok(evidence) = cx.record::<Evidence>() else { return Vec::new() };
    let due = cx.today.plus_days(Parameters::of(cx.isms).overdue_days);
    let task = |control: &Stored<Control>| {
        let title = format!("{}: check its status, {} was withdrawn", control.meta.id, cx.id);
        let mut fields = vec![
            ("title", Value::String(title)),
            ("due_at", Value::String(due.to_string())),
            ("source_ref", Value::String(control.meta.id.to_string())),
        ];
        fields.extend(control.owner_id.map(|p| ("assignee_id", Value::String(p.to_string()))));
        Command::create(Kind::Task, fields)
    };
    evidence.controls(cx.isms).map(task).collect()
}

fn end_is_near(cx: &StepCx<'_>) -> Result<(), String> {
    let warn = Parameters::of(cx.isms).evidence_warn_days;
    let end = cx.record::<Evidence>()?.ends(cx.isms);
    ensure(end.is_some_and(|end| end.plus_days(-warn) <= cx.today), || "its last day is not near".to_owned())
}

fn has_ended(cx: &StepCx<'_>) -> Result<(), String> {
    let end = cx.record::<Evidence>()?.ends(cx.isms);
    ensure(end.is_some_and(|end| end < cx.today), || "its last day has not passed".to_owned())
}
