//! Putting records aside and taking them away.

use serde_json::Value;

use super::{Refusal, work::Work};
use crate::{
    AnyRecord, Kind,
    access::Action,
    id::{ANNEX_A, Id},
};

impl Work<'_> {
    pub(super) fn archive(&mut self, id: Id, rev: Option<u32>, archived: bool) -> Result<(), Refusal> {
        self.allow(Action::Remove, id.kind)?;
        let record = self.current(id, rev)?;
        let mut body = record.body();
        if archived {
            self.may_go(record)?;
            body.insert("archived".to_owned(), Value::Bool(true));
        } else {
            body.shift_remove("archived");
        }
        self.write(id, Some(body))
    }

    pub(super) fn remove(&mut self, id: Id, rev: Option<u32>) -> Result<(), Refusal> {
        self.allow(Action::Remove, id.kind)?;
        self.may_go(self.current(id, rev)?)?;
        let mut by: Vec<Id> = self.isms.backrefs(id).map(|b| b.source).filter(|s| *s != id).collect();
        by.dedup();
        if !by.is_empty() {
            return Err(Refusal::Referred { id, by });
        }
        self.write(id, None)
    }

    /// Refuses to put aside or take away what the rest stands on: what is approved or published, which only its own steps
    /// may end, and the controls of Annex A, which are left out by a decision.
    fn may_go(&self, record: &dyn AnyRecord) -> Result<(), Refusal> {
        let id = record.id();
        if let Some(state) = record.state().filter(|s| id.kind.decl().frozen.contains(s)) {
            return Err(Refusal::Frozen { id, state: state.to_owned() });
        }
        if let Some(why) = record.stays() {
            return Err(Refusal::invalid("id", why));
        }
        if id.kind == Kind::Control && id.n <= ANNEX_A {
            return Err(Refusal::invalid(
                "id",
                "a control of Annex A stays; leave it out in the Statement of Applicability",
            ));
        }
        Ok(())
    }
}
