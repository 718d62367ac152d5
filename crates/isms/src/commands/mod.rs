//! Commands and their one judge, [`decide`]: snapshot, actor, time and command in; changes or a refusal out. Pages,
//! API, command line and jobs all change records through it and no other way.

pub mod clock;
mod duty;
mod edit;
mod remove;
mod step;
pub(crate) mod work;
pub(crate) use work::Work;

pub use crate::flow::may_judge;
pub use duty::holds as holds_duty;
pub use step::{Offer, offers, waived};

use serde_json::{Map, Value};

use crate::{Isms, Problem, access::Actor, id::Id, load::LoadDocument, records::Kind, time::Date};

/// One record after a change. Together with the record before, this is what the ledger keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which record.
    pub id: Id,
    /// Its revision after the change: 1 for a new record.
    pub rev: u32,
    /// Its whole body afterwards, fields and meta data; `None` if it was removed.
    pub after: Option<Map<String, Value>>,
}

/// Which record a command is about: one that exists, or one made earlier in the same batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A record that exists.
    Id(Id),
    /// The record made by the n-th creation of the batch, counted from 0. In field values the same is written `@n`.
    New(usize),
}

impl From<Id> for Target {
    fn from(id: Id) -> Self {
        Target::Id(id)
    }
}

/// Something somebody wants done.
#[derive(Clone, Debug)]
pub enum Command {
    /// Make a record.
    Create {
        /// Of what kind.
        kind: Kind,
        /// Its fields.
        fields: Map<String, Value>,
    },
    /// Change fields of a record. Fields not named stay; an empty value clears.
    Update {
        /// Which.
        target: Target,
        /// The revision the change was made on; a newer one is a conflict. `None` takes what is there.
        rev: Option<u32>,
        /// The fields.
        fields: Map<String, Value>,
    },
    /// Take a step of the record's workflow.
    Step {
        /// Which.
        target: Target,
        /// As for `Update`.
        rev: Option<u32>,
        /// Name of the step.
        step: String,
        /// Fields the step asks for.
        fields: Map<String, Value>,
        /// What the actor says about it.
        comment: String,
    },
    /// Put a record aside, or bring it back.
    Archive {
        /// Which.
        id: Id,
        /// As for `Update`.
        rev: Option<u32>,
        /// Aside or back.
        archived: bool,
    },
    /// Take a record away. Refused if others refer to it: archive it then.
    Remove {
        /// Which.
        id: Id,
        /// As for `Update`.
        rev: Option<u32>,
    },
    /// Several, all or none, as one entry.
    Batch {
        /// Name of the whole in the ledger, such as `risk.adopt_scenarios`.
        name: String,
        /// In order.
        commands: Vec<Command>,
    },
    /// A whole load document, all or none.
    Load(LoadDocument),
    /// Make the 93 controls of Annex A, as the catalogue has them, where they are missing.
    SeedControls,
}

impl Command {
    /// A creation from pairs of field and value.
    pub fn create(kind: Kind, fields: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Command::Create { kind, fields: fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect() }
    }

    /// A change of fields, whatever the revision.
    pub fn update(
        target: impl Into<Target>,
        fields: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        Command::Update { target: target.into(), rev: None, fields }
    }

    /// A step, whatever the revision, without a comment.
    pub fn step(
        target: impl Into<Target>,
        step: &str,
        fields: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        Command::Step {
            target: target.into(),
            rev: None,
            step: step.to_owned(),
            fields,
            comment: String::new(),
        }
    }
}

/// When a command is judged. The shell reads the clock; the core is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant, for the ledger.
    pub at: jiff::Timestamp,
    /// The day of the organisation, for records and rules.
    pub today: Date,
}

/// What a command comes to: the changes, and the snapshot with them folded in.
#[derive(Clone)]
pub struct Decision {
    /// Name of the command in the ledger, such as `risk.create` or `risk.step.evaluate`.
    pub command: String,
    /// What the actor said about it.
    pub comment: Option<String>,
    /// The changes, one a record, in the order in which the records were first touched. Empty if nothing changed.
    pub changes: Vec<Change>,
    /// The records made, in order.
    pub created: Vec<Id>,
    /// The snapshot afterwards.
    pub isms: Isms,
}

/// Why a step is refused: one reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Reason {
    /// The rule: `SOD-1`, a clause, or `required`.
    pub rule: String,
    /// What it says here, as a sentence.
    pub message: String,
}

impl Reason {
    /// A reason that rests on a rule.
    pub fn new(rule: &str, message: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), message: message.into() }
    }
}

/// Why a command was not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is no such record.
    #[error("there is no {0}")]
    NotFound(String),
    /// The actor's roles do not allow it.
    #[error("{what} is not allowed for your role; {who}")]
    Forbidden {
        /// What was wanted.
        what: String,
        /// Who could do it, as a clause.
        who: String,
    },
    /// Somebody else changed the record meanwhile.
    #[error("{id} was changed meanwhile: you worked on revision {yours}, it is now at {current}")]
    Conflict {
        /// Which record.
        id: Id,
        /// The revision the command was made on.
        yours: u32,
        /// The revision now.
        current: u32,
    },
    /// What was handed in is not right.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
    /// The workflow does not allow the step.
    #[error("{step}: {}", reasons.iter().map(|r| r.message.as_str()).collect::<Vec<_>>().join("; "))]
    Step {
        /// The words on the button.
        step: String,
        /// All reasons.
        reasons: Vec<Reason>,
    },
    /// The record is in a state in which nothing is edited.
    #[error(
        "{id} is {} and can no longer be edited; make a new version or reopen it",
        crate::words::in_words(state)
    )]
    Frozen {
        /// Which record.
        id: Id,
        /// Its state.
        state: String,
    },
    /// Other records refer to it.
    #[error("{id} cannot be deleted because {} refer to it; archive it instead", by.iter().map(Id::to_string).collect::<Vec<_>>().join(", "))]
    Referred {
        /// Which record.
        id: Id,
        /// What refers to it.
        by: Vec<Id>,
    },
}

impl Refusal {
    /// A refusal for one problem.
    pub fn invalid(place: &str, message: impl Into<String>) -> Self {
        Refusal::Invalid(vec![Problem::new(place, message)])
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
}

/// Judges a command against a snapshot.
///
/// # Errors
/// A [`Refusal`] that says what is wrong; nothing is changed then.
pub fn decide(isms: &Isms, actor: &Actor, now: Now, command: Command) -> Result<Decision, Refusal> {
    let mut work = work::Work::new(isms, actor, now);
    let name = name_of(isms, &command);
    let comment = match &command {
        Command::Step { comment, .. } if !comment.trim().is_empty() => Some(comment.trim().to_owned()),
        _ => None,
    };
    work.run(command, false)?;
    work.finish(name, comment)
}

fn name_of(_isms: &Isms, command: &Command) -> String {
    let kind_of = |target: &Target| match target {
        Target::Id(id) => id.kind.name(),
        Target::New(_) => "record",
    };
    match command {
        Command::Create { kind, .. } => format!("{kind}.create"),
        Command::Update { target, .. } => format!("{}.update", kind_of(target)),
        Command::Step { target, step, .. } => format!("{}.step.{step}", kind_of(target)),
        Command::Archive { id, archived, .. } => {
            format!("{}.{}", id.kind, if *archived { "archive" } else { "restore" })
        }
        Command::Remove { id, .. } => format!("{}.remove", id.kind),
        Command::Batch { name, .. } => name.clone(),
        Command::Load(_) => "load".to_owned(),
        Command::SeedControls => "control.seed".to_owned(),
    }
}
