//! The bench on which a command is worked out: a copy of the snapshot that already shows the changes made so far,
//! so that later parts of a batch see earlier ones.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{Change, Command, Decision, Now, Refusal, Target};
use crate::{
    Isms, Problem,
    access::{Action, Actor},
    id::Id,
    load::Loaded,
    reads::Read,
    records::Kind,
    schema::{Shape, each_value},
    snapshot::each_ref,
};

pub(crate) struct Work<'a> {
    /// The snapshot before the command.
    pub(crate) before: &'a Isms,
    /// The snapshot with the changes so far.
    pub(crate) isms: Isms,
    pub(crate) actor: &'a Actor,
    pub(crate) now: Now,
    /// Records of a load document that were written.
    pub(crate) loaded: HashMap<Id, Loaded>,
    /// What is wrong with what was handed in, reported together with what the whole shows.
    pub(crate) problems: Vec<Problem>,
    changes: Vec<Change>,
    /// The place of each record in `changes`.
    changed: HashMap<Id, usize>,
    created: Vec<Id>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(isms: &'a Isms, actor: &'a Actor, now: Now) -> Self {
        Self {
            before: isms,
            isms: isms.clone(),
            actor,
            now,
            loaded: HashMap::new(),
            problems: Vec::new(),
            changes: Vec::new(),
            changed: HashMap::new(),
            created: Vec::new(),
        }
    }

    /// Carries out a command. `internal` commands follow from a step already allowed: roles and by-step fields are
    /// not asked about again.
    pub(crate) fn run(&mut self, command: Command, internal: bool) -> Result<(), Refusal> {
        match command {
            Command::Create { kind, fields } => self.create(kind, fields, internal),
            Command::Update { target, rev, fields } => self.update(target, rev, fields, internal),
            Command::Step { target, rev, step, fields, comment } => {
                self.step(target, rev, &step, fields, &comment)
            }
            Command::Archive { id, rev, archived } => self.archive(id, rev, archived),
            Command::Remove { id, rev } => self.remove(id, rev),
            Command::Batch { commands, .. } => {
                for (i, command) in commands.into_iter().enumerate() {
                    self.run(command, internal).map_err(|refusal| match refusal {
                        Refusal::Invalid(problems) if i > 0 => Refusal::Invalid(
                            problems.into_iter().map(|p| p.under(&format!("[{i}]"))).collect(),
                        ),
                        other => other,
                    })?;
                }
                Ok(())
            }
            Command::Load(document) => self.load(document),
            Command::SeedControls => {
                self.allow(Action::Create, Kind::Control)?;
                self.seed_controls()
            }
        }
    }

    /// Whether the actor's roles allow this.
    pub(crate) fn allow(&self, action: Action, kind: Kind) -> Result<(), Refusal> {
        if self.actor.may(action, kind) {
            return Ok(());
        }
        let verb = match action {
            Action::Read => "seeing",
            Action::Create => "adding",
            Action::Edit => "changing",
            Action::Step => "moving",
            Action::Remove => "archiving or deleting",
        };
        let who = crate::access::Role::ALL
            .into_iter()
            .filter(|r| crate::access::role_may(*r, action, kind))
            .map(crate::access::Role::label)
            .collect::<Vec<_>>()
            .join(" or ");
        Err(Refusal::Forbidden {
            what: format!("{verb} {}", kind.decl().many.to_lowercase()),
            who: format!("it needs the role {who}"),
        })
    }

    /// The id a target names.
    pub(crate) fn id_of(&self, target: Target) -> Result<Id, Refusal> {
        match target {
            Target::Id(id) => Ok(id),
            Target::New(n) => self
                .created
                .get(n)
                .copied()
                .ok_or_else(|| Refusal::NotFound(format!("record @{n} in this batch"))),
        }
    }

    /// Replaces `@n` in reference fields by the id of the n-th record made.
    pub(crate) fn fill_in(&self, kind: Kind, fields: &mut Map<String, Value>) {
        for field in &kind.info().fields {
            if !matches!(field.shape.item(), Shape::Ref(_) | Shape::Source(_) | Shape::Row(_)) {
                continue;
            }
            let Some(value) = fields.get_mut(&field.name) else { continue };
            each_value(value, &mut |v| {
                let made = v.as_str().and_then(|s| s.strip_prefix('@')).and_then(|s| s.parse::<usize>().ok());
                if let Some(id) = made.and_then(|n| self.created.get(n)) {
                    *v = Value::String(id.to_string());
                }
            });
        }
    }

    /// Writes one record into the working snapshot and notes the change.
    pub(crate) fn write(&mut self, id: Id, mut after: Option<Map<String, Value>>) -> Result<(), Refusal> {
        // The state a new record begins in is said, so that the ledger and its differences tell it too.
        if let (Some(body), Some(first)) = (&mut after, id.kind.info().states().first()) {
            body.entry("state").or_insert_with(|| Value::String(first.clone()));
        }
        let rev = self.before.record(id).map_or(0, |r| r.meta().rev) + 1;
        if rev == 1 && !self.created.contains_recent(id) && after.is_some() && self.isms.record(id).is_none()
        {
            self.created.push(id);
        }
        let change = Change { id, rev, after };
        self.isms.apply(self.before.size(), self.now.at, &change).map_err(|p| Refusal::Invalid(vec![p]))?;
        match self.changed.get(&id).and_then(|at| self.changes.get_mut(*at)) {
            Some(earlier) => *earlier = change,
            None => {
                self.changed.insert(id, self.changes.len());
                self.changes.push(change);
            }
        }
        Ok(())
    }

    /// Checks what was written as a whole and closes the decision.
    pub(crate) fn finish(mut self, command: String, comment: Option<String>) -> Result<Decision, Refusal> {
        let mut problems = std::mem::take(&mut self.problems);
        let several = self.changes.len() > 1;
        let lacking = self.loaded.iter().filter(|(_, loaded)| loaded.lacking());
        let mut lacking: HashSet<Read> = lacking.map(|(id, _)| Read::Record(*id)).collect();
        for change in &self.changes {
            let before = problems.len();
            let record = self.isms.record(change.id);
            if let Some(body) = &change.after {
                dangling(&self.isms, change.id, body, &mut problems);
                if let Some(loaded) = self.loaded.get(&change.id) {
                    let dangling = problems.split_off(before);
                    problems.extend(loaded.told(record, &self.isms, dangling, &mut lacking));
                    continue;
                }
                if let Some(record) = record {
                    record.check(&self.isms, &mut problems);
                }
            }
            if several {
                let label = self.isms.record(change.id).and_then(|r| r.meta().local_id.clone());
                let label =
                    label.map_or_else(|| change.id.to_string(), |l| format!("{}[{l}]", change.id.kind));
                for p in problems.iter_mut().skip(before) {
                    *p = p.clone().under(&label);
                }
            }
        }
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        self.changes.retain(|c| {
            let before = self.before.record(c.id).map(|r| r.body());
            c.after != before
        });
        if !self.changes.is_empty() {
            self.isms.advance(self.before.size(), self.now.at);
        }
        Ok(Decision { command, comment, changes: self.changes, created: self.created, isms: self.isms })
    }
}

trait ContainsRecent {
    fn contains_recent(&self, id: Id) -> bool;
}

impl ContainsRecent for Vec<Id> {
    fn contains_recent(&self, id: Id) -> bool {
        self.iter().rev().take(64).any(|i| *i == id)
    }
}

/// Reports references to records that are not there, and rows the standard does not have.
fn dangling(isms: &Isms, id: Id, body: &Map<String, Value>, problems: &mut Vec<Problem>) {
    for field in &id.kind.info().fields {
        let Some(value) = body.get(&field.name) else { continue };
        match field.shape.item() {
            Shape::Ref(_) => each_ref(field, value, &mut |target| {
                if isms.record(target).is_none() {
                    problems
                        .push(Problem::new(&field.name, format!("refers to {target}, which does not exist")));
                }
            }),
            Shape::Row(_) => {
                let mut value = value.clone();
                each_value(&mut value, &mut |v| {
                    let Some(row) = v.as_str() else { return };
                    let control = row.parse::<Id>().is_ok_and(|id| {
                        id.kind == Kind::Control && (id.n <= crate::id::ANNEX_A || isms.record(id).is_some())
                    });
                    if !control && !crate::rows::is_row_or_parent(row) {
                        problems.push(Problem::new(
                            &field.name,
                            format!(
                                "\"{row}\" is neither a row of clauses 4-10, such as 6.1.3d, nor a control"
                            ),
                        ));
                    }
                });
            }
            _ => {}
        }
    }
}
