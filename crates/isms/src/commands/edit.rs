//! Making and changing records by hand.

use serde_json::{Map, Value};

use super::{Reason, Refusal, Target, work::Work};
use crate::{
    Problem,
    access::{Action, Role},
    id::Id,
    record::{AnyRecord, META_FIELDS},
    records::Kind,
    schema,
};

impl Work<'_> {
    pub(super) fn create(
        &mut self,
        kind: Kind,
        mut fields: Map<String, Value>,
        internal: bool,
    ) -> Result<(), Refusal> {
        if !internal {
            self.allow(Action::Create, kind)?;
        }
        if kind.decl().single && !self.isms.table(kind).is_empty() {
            return Err(Refusal::invalid(
                "",
                format!("there is one {} already; change that", kind.decl().one),
            ));
        }
        self.fill_in(kind, &mut fields);
        let info = kind.info();
        schema::normalise(info, &mut fields);
        let mut problems = Vec::new();
        if !internal {
            by_step(kind, &fields, None, &mut problems);
        }
        kind.complete(&mut fields, &self.isms, self.actor, self.now.today);
        info.check(&fields, &mut problems);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        let id = Id { kind, n: self.isms.table(kind).next() };
        let today = Value::String(self.now.today.to_string());
        // A record that tells of an event counts from the day of the event, however late it is entered; the day on which
        // it was recorded is the ledger's.
        if kind.decl().events.is_empty() {
            fields.insert("created_at".to_owned(), today.clone());
        }
        fields.insert("created_by".to_owned(), Value::String(self.actor.name()));
        fields.insert("updated_at".to_owned(), today);
        self.write(id, Some(fields))?;
        if internal { Ok(()) } else { self.by_hand(id, None) }
    }

    /// Asks a record just written by hand what speaks against it.
    fn by_hand(&self, id: Id, before: Option<&dyn AnyRecord>) -> Result<(), Refusal> {
        let record = self.isms.record(id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        let mut reasons = record.by_hand(before, &self.isms, self.actor, self.now.today);
        reasons.extend(before.and_then(|before| self.handed_on(before, record)));
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Step { step: id.kind.decl().one.to_owned(), reasons })
        }
    }

    /// What belongs to somebody is handed on by that person or an ISMS manager, not taken or given away by others.
    fn handed_on(&self, before: &dyn AnyRecord, after: &dyn AnyRecord) -> Option<Reason> {
        let owner = before.field("owner_id")?;
        let me = self.actor.person.map(|p| Value::String(p.to_string()));
        if after.field("owner_id").as_ref() == Some(&owner)
            || Some(&owner) == me.as_ref()
            || self.actor.has(Role::IsmsManager)
        {
            return None;
        }
        let owner = owner.as_str().and_then(|o| o.parse().ok()).map(|o: Id| self.isms.title(o));
        let owner = owner.unwrap_or_else(|| "somebody else".to_owned());
        Some(Reason::new("who", format!("it belongs to {owner}, who hands it on, or an ISMS manager does")))
    }

    pub(super) fn update(
        &mut self,
        target: Target,
        rev: Option<u32>,
        mut patch: Map<String, Value>,
        internal: bool,
    ) -> Result<(), Refusal> {
        let id = self.id_of(target)?;
        let kind = id.kind;
        if !internal {
            self.allow(Action::Edit, kind)?;
        }
        let record = self.current(id, rev)?;
        if !internal
            && let Some(state) = record.state()
            && kind.decl().frozen.contains(&state)
        {
            return Err(Refusal::Frozen { id, state: state.to_owned() });
        }
        let old = record.fields();
        let before = record.boxed();
        let meta = record.meta().clone();
        self.fill_in(kind, &mut patch);
        let info = kind.info();
        let mut problems = Vec::new();
        for name in patch.keys().filter(|n| info.field(n).is_none()) {
            problems.push(Problem::new(name, format!("is not a field of {kind}")));
        }
        if !internal {
            by_step(kind, &patch, Some(&old), &mut problems);
        }
        let mut fields = old;
        for (name, value) in patch {
            fields.insert(name, value);
        }
        schema::normalise(info, &mut fields);
        if !internal {
            before.on_change(&mut fields);
        }
        kind.complete(&mut fields, &self.isms, self.actor, self.now.today);
        info.check(&fields, &mut problems);
        problems.dedup();
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        if fields_equal(&fields, &self.isms.record(id).map(|r| r.fields()).unwrap_or_default()) {
            return Ok(());
        }
        let meta = crate::Meta { updated_at: Some(self.now.today), ..meta };
        meta.put(&mut fields);
        self.write(id, Some(fields))?;
        if internal { Ok(()) } else { self.by_hand(id, Some(before.as_ref())) }
    }

    /// The record as it stands, if the command was made on its newest revision.
    pub(super) fn current(&self, id: Id, rev: Option<u32>) -> Result<&dyn AnyRecord, Refusal> {
        let record = self.isms.record(id).ok_or_else(|| Refusal::NotFound(id.to_string()))?;
        // Within one command a record may be written twice; the actor's revision is the one before the command.
        let current = self.before.record(id).map_or(record.meta().rev, |r| r.meta().rev);
        match rev {
            Some(yours) if yours != current => Err(Refusal::Conflict { id, yours, current }),
            _ => Ok(record),
        }
    }
}

fn fields_equal(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    a.len() == b.len() && a.iter().all(|(k, v)| b.get(k) == Some(v))
}

/// Refuses values, given by hand, in fields that only a step sets.
fn by_step(
    kind: Kind,
    given: &Map<String, Value>,
    old: Option<&Map<String, Value>>,
    problems: &mut Vec<Problem>,
) {
    for field in kind.info().fields.iter().filter(|f| f.by_step) {
        let Some(value) = given.get(&field.name).filter(|v| !schema::is_empty(v)) else { continue };
        let unchanged = old.is_some_and(|o| o.get(&field.name) == Some(value));
        let first = old.is_none()
            && field.name == "state"
            && kind.info().states().first().map(String::as_str) == value.as_str();
        if !unchanged && !first {
            problems.push(Problem::new(&field.name, "is set by a step of the workflow, not by hand"));
        }
    }
    for name in given.keys().filter(|n| META_FIELDS.contains(&n.as_str())) {
        problems.push(Problem::new(name, "is kept by Isthmus and cannot be set by hand"));
    }
}
