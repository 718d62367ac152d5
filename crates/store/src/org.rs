//! One organisation: its snapshots, and the one way to change it. Whoever holds an [`Org`] reaches that organisation's
//! data and no other's.

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use isms::{
    Command, Date, Id, Isms, Refusal,
    access::{Actor, Door},
    commands::Now,
};

use crate::{
    Accounts, FileMeta, StoreError, WriteError,
    draft::Plan,
    files::check_stored,
    fold::{self, Folded},
    store::{Inner, Shared, State},
    writer::{Build, Denied, Done, Weight, Writer},
};

/// How many past snapshots are kept at hand.
const PAST: usize = 3;

/// One organisation of a store. Clones are the same.
#[derive(Clone)]
pub struct Org {
    pub(crate) inner: Arc<Inner>,
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Org({})", self.shared.name)
    }
}

/// What surrounds a command.
#[derive(Clone, Debug)]
pub struct Write {
    /// Who gives it.
    pub actor: Actor,
    /// Stored files that it refers to.
    pub attach: Vec<FileMeta>,
    /// Messages to send once it is durable.
    pub messages: Vec<Message>,
}

impl Write {
    /// A command by somebody, without files or messages.
    #[must_use]
    pub fn by(actor: Actor) -> Self {
        Self { actor, attach: Vec::new(), messages: Vec::new() }
    }
}

/// A message to send, written in the same transaction as the entry that causes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What kind of message.
    pub topic: String,
    /// What it says.
    pub payload: serde_json::Value,
}

/// A message waiting to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its number, for [`Org::message_sent`].
    pub n: i64,
    /// The entry that caused it.
    pub seq: u64,
    /// The message.
    pub message: Message,
}

/// What became of a command.
#[derive(Clone)]
pub struct Outcome {
    /// Its name in the ledger.
    pub command: String,
    /// The records made, in order.
    pub created: Vec<Id>,
    /// The records changed, with the revision each has now.
    pub changed: Vec<(Id, u32)>,
    /// The first ledger entry of the command; `None` if nothing changed.
    pub seq: Option<u64>,
    /// The snapshot afterwards; later commands may be in it already.
    pub isms: Arc<Isms>,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcome({} at {:?}: {:?})", self.command, self.seq, self.changed)
    }
}

impl Org {
    pub(crate) fn new(inner: Arc<Inner>, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    pub(crate) fn state(&self) -> Arc<State> {
        self.shared.state()
    }

    /// The organisation's name in the ledger.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The time, and the organisation's day.
    #[must_use]
    pub fn now(&self) -> Now {
        let at = (self.inner.options.clock)();
        Now { at, today: self.state().isms.day(at) }
    }

    /// The newest records. Never waits.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Isms> {
        self.state().isms.clone()
    }

    /// All accounts. Never waits.
    #[must_use]
    pub fn accounts(&self) -> Arc<Accounts> {
        self.state().accounts.clone()
    }

    /// The day on which the ledger begins, in the organisation's present timezone; `None` if nothing is recorded yet.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begins(&self) -> Result<Option<Date>, StoreError> {
        let state = self.state();
        if state.size == 0 {
            return Ok(None);
        }
        let first = fold::recorded(&self.inner.db, self.shared.n, 1).await?;
        Ok(Some(state.isms.day(first)))
    }

    /// The records as they stood at the end of a day in the organisation's present timezone.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn snapshot_at(&self, date: Date) -> Result<Arc<Isms>, StoreError> {
        let state = self.state();
        let end = date.end(state.isms.timezone());
        if state.at < end {
            return Ok(state.isms.clone());
        }
        let size = fold::size_before(&self.inner.db, self.shared.n, state.size, end).await?;
        self.snapshot_before(size).await
    }

    /// The records as they stood before entry `seq`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn snapshot_before(&self, seq: u64) -> Result<Arc<Isms>, StoreError> {
        let state = self.state();
        if seq >= state.size {
            return Ok(state.isms.clone());
        }
        let past = || self.shared.past.lock().unwrap_or_else(PoisonError::into_inner);
        let held = {
            let mut past = past();
            let held = past.iter().position(|(size, _)| *size == seq).map(|i| past.remove(i));
            past.extend(held.clone());
            held
        };
        if let Some((_, isms)) = held {
            return Ok(isms);
        }
        let isms = Arc::new(fold::snapshot(&self.inner.db, self.shared.n, seq).await?);
        let mut past = past();
        if past.len() >= PAST {
            past.remove(0);
        }
        past.push((seq, isms.clone()));
        Ok(isms)
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// If the core refuses it, or it cannot be saved. Nothing is changed then.
    pub async fn execute(&self, actor: Actor, command: Command) -> Result<Outcome, WriteError> {
        let light = matches!(
            command,
            Command::Create { .. }
                | Command::Update { .. }
                | Command::Step { .. }
                | Command::Archive { .. }
                | Command::Remove { .. }
        );
        let weight = if light { Weight::Light } else { Weight::Heavy };
        self.carry_out(Write::by(actor), weight, |_, _| Ok(command)).await
    }

    /// Carries out a command that is made from the very snapshot it will be judged against. Making it should not take
    /// long: other commands wait meanwhile.
    ///
    /// # Errors
    /// As [`Org::execute`]; and if a file to attach was never stored.
    pub async fn execute_with(
        &self,
        write: Write,
        command: impl FnOnce(&Isms, Now) -> Result<Command, Refusal> + Send + 'static,
    ) -> Result<Outcome, WriteError> {
        self.carry_out(write, Weight::Light, command).await
    }

    async fn carry_out(
        &self,
        write: Write,
        weight: Weight,
        command: impl FnOnce(&Isms, Now) -> Result<Command, Refusal> + Send + 'static,
    ) -> Result<Outcome, WriteError> {
        let Write { actor, attach, messages } = write;
        let dir = self.inner.dir.clone();
        let build: Build = Box::new(move |draft, now| {
            attach.iter().try_for_each(|file| check_stored(&dir, &draft.name, file))?;
            let isms = &draft.next.isms;
            let command = command(isms, now)?;
            // A document may describe files that lie elsewhere; people may not.
            let loading = matches!(command, Command::Load(_));
            let decision = isms::decide(isms, &actor, now, command)?;
            let missing = if loading { Vec::new() } else { draft.missing_files(&decision.changes, &attach) };
            if !missing.is_empty() {
                return Err(Refusal::Invalid(missing).into());
            }
            Ok(Plan {
                door: door(actor.door),
                actor: actor.account,
                command: decision.command,
                comment: decision.comment,
                changes: decision.changes.into_iter().map(Folded::Record).collect(),
                created: decision.created,
                files: attach,
                messages,
                sides: Vec::new(),
            })
        });
        match self.run_as(weight, build).await {
            Ok((added, state)) => Ok(Outcome {
                command: added.command,
                created: added.created,
                changed: added.changed,
                seq: added.seq,
                isms: state.isms.clone(),
            }),
            Err(Denied::Refused(refusal)) => Err(refusal.into()),
            Err(Denied::Failed(error)) => Err(error.into()),
            Err(Denied::Link | Denied::Wrong) => Err(StoreError::Internal.into()),
        }
    }

    /// Messages that wait to be sent, oldest first, a thousand at most.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn messages(&self) -> Result<Vec<Waiting>, StoreError> {
        let rows = self.inner.db.waiting(self.shared.n).await?;
        let message = |row: crate::sqlite::MessageRow| {
            let payload =
                serde_json::from_str(&row.payload).unwrap_or(serde_json::Value::String(row.payload));
            Waiting { n: row.n, seq: row.seq, message: Message { topic: row.topic, payload } }
        };
        Ok(rows.into_iter().map(message).collect())
    }

    /// Marks a message as sent.
    ///
    /// # Errors
    /// If that cannot be saved.
    pub async fn message_sent(&self, n: i64) -> Result<(), StoreError> {
        self.beside(move |now| vec![crate::sqlite::Side::MessageDone { n, at: now.at.as_millisecond() }])
            .await
    }

    pub(crate) fn writer(&self) -> Result<&Writer, StoreError> {
        self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)
    }

    pub(crate) async fn run(&self, build: Build) -> Result<Done, Denied> {
        self.run_as(Weight::Light, build).await
    }

    async fn run_as(&self, weight: Weight, build: Build) -> Result<Done, Denied> {
        self.writer()?.run(self.shared.n, weight, build).await
    }

    /// Writes something that is not part of the ledger.
    pub(crate) async fn beside(
        &self,
        sides: impl FnOnce(Now) -> Vec<crate::sqlite::Side> + Send + 'static,
    ) -> Result<(), StoreError> {
        match self.run(Box::new(move |_, now| Ok(Plan::beside(sides(now))))).await {
            Ok(_) => Ok(()),
            Err(Denied::Failed(error)) => Err(error),
            Err(_) => Err(StoreError::Internal),
        }
    }
}

/// The core's door as the ledger writes it.
pub(crate) fn door(door: Door) -> ledger::Door {
    match door {
        Door::Page => ledger::Door::Page,
        Door::Api => ledger::Door::Api,
        Door::Cli => ledger::Door::Cli,
        Door::Import => ledger::Door::Import,
        Door::Job => ledger::Door::Job,
    }
}
