//! Putting records aside and taking them away.

use serde_json::Value;

use super::{Refusal, work::Work};
use crate::{access::Action, id::Id};

impl Work<'_> {
    pub(super) fn archive(&mut self, id: Id, rev: Option<u32>, archived: bool) -> Result<(), Refusal> {
        self.allow(Action::Remove, id.kind)?;
        let mut body = self.current(id, rev)?.body();
        if archived {
            body.insert("archived".to_owned(), Value::Bool(true));
        } else {
            body.shift_remove("archived");
        }
        self.write(id, Some(body))
    }

    pub(super) fn remove(&mut self, id: Id, rev: Option<u32>) -> Result<(), Refusal> {
        self.allow(Action::Remove, id.kind)?;
        let record = self.current(id, rev)?;
        if let Some(state) = record.state().filter(|s| id.kind.decl().frozen.contains(s)) {
            return Err(Refusal::Frozen { id, state: state.to_owned() });
        }
        let mut by: Vec<Id> = self.isms.backrefs(id).map(|b| b.source).filter(|s| *s != id).collect();
        by.dedup();
        if !by.is_empty() {
            return Err(Refusal::Referred { id, by });
        }
        self.write(id, None)
    }
}
