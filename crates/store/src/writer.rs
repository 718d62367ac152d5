//! The one writer: a task that takes commands in order, judges each against the newest state, writes all that wait in
//! one transaction, and only then publishes and answers. A refusal concerns its caller alone; a commit that fails
//! concerns all callers of that commit, changes nothing, and the next one starts afresh.
//!
//! A task rather than a thread of its own: the runtime then goes from caller to writer and back without waking another
//! thread, which takes longer than judging a command.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
};

use isms::{Refusal, commands::Now};
use ledger::whole_millis;
use sqlx::{Connection, SqliteConnection};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Notify, mpsc, oneshot},
    task::{JoinHandle, block_in_place},
};

use crate::{
    DataDir, Options, StoreError,
    datadir::Lock,
    draft::{Added, Draft, Plan},
    fold::load,
    sessions::Sessions,
    sqlite::{self, Batch, Database, OrgRow, Side},
    store::{Shared, State},
};

/// Why a job was not done.
#[derive(Clone, Debug)]
pub(crate) enum Denied {
    /// The core, or a rule about accounts, refused.
    Refused(Refusal),
    /// The one-time link is not valid, or no longer.
    Link,
    /// The present password is not the one given.
    Wrong,
    /// It could not be saved.
    Failed(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What became of a job: what was added, and the state published with it.
pub(crate) type Done = (Added, Arc<State>);
/// Makes a plan from the newest state. Runs in the writer's task.
pub(crate) type Build = Box<dyn FnOnce(&Draft, Now) -> Result<Plan, Denied> + Send>;

pub(crate) struct Job {
    org: i64,
    weight: Weight,
    build: Build,
    reply: Option<oneshot::Sender<Result<Done, Denied>>>,
}

/// How long judging a command may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Well under a millisecond.
    Light,
    /// Perhaps seconds: a whole document.
    Heavy,
}

/// Commands that may wait before callers are held back.
const QUEUE: usize = 1_024;
/// Commands in one transaction at most.
const GROUP: usize = 256;

/// The way to the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    stop: Arc<Notify>,
}

impl Writer {
    pub(crate) async fn run(&self, org: i64, weight: Weight, build: Build) -> Result<Done, Denied> {
        let (reply, answer) = oneshot::channel();
        let job = Job { org, weight, build, reply: Some(reply) };
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Asks the writer to end once it has done what was handed in; clones of this are of no use afterwards.
    pub(crate) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Hands in a job whose outcome nobody waits for. Dropped if the queue is full.
    pub(crate) fn run_later(&self, org: i64, build: Build) {
        let _ = self.jobs.try_send(Job { org, weight: Weight::Light, build, reply: None });
    }
}

/// What the writer owns.
pub(crate) struct Workshop {
    pub(crate) dir: DataDir,
    pub(crate) options: Options,
    pub(crate) db: Database,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) orgs: HashMap<i64, (Arc<Shared>, Draft)>,
    /// `None` after a failed commit, until a fresh connection is made.
    pub(crate) connection: Option<SqliteConnection>,
    pub(crate) _lock: Lock,
}

/// Starts the writer. It ends, closing the database, when it is asked to or the last [`Writer`] is dropped.
pub(crate) fn start(mut workshop: Workshop) -> (Writer, JoinHandle<()>) {
    let (jobs, mut queue) = mpsc::channel(QUEUE);
    let stop = Arc::new(Notify::new());
    let asked = stop.clone();
    let run = async move {
        loop {
            let job = tokio::select! {
                job = queue.recv() => job,
                () = asked.clone().notified_owned() => {
                    // What was handed in is still done; nothing more is taken.
                    queue.close();
                    continue;
                }
            };
            let Some(job) = job else { break };
            let mut jobs = vec![job];
            while jobs.len() < GROUP
                && let Ok(job) = queue.try_recv()
            {
                jobs.push(job);
            }
            workshop.serve(jobs).await;
        }
        workshop.close().await;
    };
    (Writer { jobs, stop }, tokio::spawn(run))
}

/// Does something long in a way that leaves the runtime's other tasks running, where it has other threads.
fn beside_others<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}

type Waiting = (oneshot::Sender<Result<Done, Denied>>, i64, Result<Added, Denied>);

impl Workshop {
    async fn serve(&mut self, jobs: Vec<Job>) {
        let mut waiting: Vec<Waiting> = Vec::with_capacity(jobs.len());
        let mut batch = Batch::default();
        let ready = self.ready().await;
        for Job { org, weight, build, reply } in jobs {
            let done = match (&ready, weight) {
                (Ok(()), Weight::Light) => self.judge(org, build, &mut batch),
                (Ok(()), Weight::Heavy) => beside_others(|| self.judge(org, build, &mut batch)),
                (Err(error), _) => Err(error.clone().into()),
            };
            waiting.extend(reply.map(|reply| (reply, org, done)));
        }
        let sides: Vec<(i64, Side)> = batch.sides.clone();
        let saved = self.save(batch).await;
        if let Err(error) = &saved {
            tracing::error!(%error, commands = waiting.len(), "a commit failed; nothing of it was saved");
            self.orgs.values_mut().for_each(|(_, draft)| draft.discard());
        } else {
            for (shared, draft) in self.orgs.values_mut() {
                if draft.accept() {
                    shared.publish(State::of(&draft.base));
                }
            }
            sides.iter().for_each(|(org, side)| self.sessions.side(*org, side));
        }
        for (reply, org, done) in waiting {
            let answer = match (&saved, done) {
                // A refusal may rest on what was not saved, so it is not passed on.
                (Err(error), _) => Err(Denied::Failed(error.clone())),
                (Ok(()), Ok(added)) => match self.orgs.get(&org) {
                    Some((shared, _)) => Ok((added, shared.state())),
                    None => Err(StoreError::Internal.into()),
                },
                (Ok(()), Err(denied)) => Err(denied),
            };
            // Whoever asked may have gone; what was written stays.
            let _ = reply.send(answer);
        }
    }

    /// Judges one job and adds what it comes to to the batch.
    fn judge(&mut self, org: i64, build: Build, batch: &mut Batch) -> Result<Added, Denied> {
        let (_, draft) = self.orgs.get_mut(&org).ok_or(StoreError::Internal)?;
        let at = whole_millis((self.options.clock)()).max(draft.next.at);
        let now = Now { at, today: draft.next.isms.day(at) };
        // A command that runs into a bug must not take the writer with it.
        let plan = catch_unwind(AssertUnwindSafe(|| build(draft, now))).map_err(|_| {
            tracing::error!("a command panicked; it was not carried out");
            StoreError::Internal
        })??;
        Ok(draft.add(plan, at, &self.options.entropy, batch)?)
    }

    async fn save(&mut self, mut batch: Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        for (_, draft) in self.orgs.values_mut() {
            draft.finish(&mut batch)?;
        }
        let connection = self.connection.as_mut().ok_or(StoreError::Internal)?;
        let saved = sqlite::commit(connection, batch).await;
        if saved.is_err() {
            self.connection = None;
        }
        saved
    }

    /// Makes sure that there is a connection. After a failed commit there is none: the new one starts from what is
    /// really on disk, as a commit may have failed after it was durable.
    async fn ready(&mut self) -> Result<(), StoreError> {
        if self.connection.is_some() {
            return Ok(());
        }
        let connection = sqlite::writer(&self.dir, self.options.page_limit.load(Ordering::Relaxed)).await?;
        let orgs: Vec<i64> = self.orgs.keys().copied().collect();
        for org in orgs {
            let Some((shared, draft)) = self.orgs.get_mut(&org) else { continue };
            let size = self.db.size(draft.org).await?;
            if size != draft.base.frontier.size() {
                let row = OrgRow { n: draft.org, name: draft.name.clone() };
                let loaded = load(&self.db, &row).await?;
                *draft = Draft::new(draft.org, draft.name.clone(), draft.signer.clone(), loaded);
                shared.publish(State::of(&draft.base));
            }
        }
        self.connection = Some(connection);
        Ok(())
    }

    async fn close(mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
            let _ = connection.close().await;
        }
    }
}
