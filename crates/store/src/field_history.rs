//! When single fields changed, for the few conditions of the rules that ask for it.

use isms::{Isms, rules::History};
use serde_json::Map;

use crate::{Org, StoreError};

impl Org {
    /// What the ledger says of the fields whose changes the rules ask for, up to the moment of a snapshot.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn field_history(&self, isms: &Isms) -> Result<History, StoreError> {
        let mut history = History::default();
        for kind in History::kinds() {
            // A record written once has no field that changed.
            let changed: Vec<_> =
                isms.table(kind).all().filter(|r| r.meta().rev > 1).map(|r| (r.id(), r.meta().rev)).collect();
            for (id, rev) in changed {
                let revisions = self.history(id).await?;
                for revision in revisions.iter().rev().filter(|r| r.rev <= rev) {
                    let empty = Map::new();
                    // A redacted body says nothing: neither that a field changed nor that it did not.
                    let (Some(before), Some(after)) = (&revision.before, &revision.after) else { continue };
                    let before = if revision.rev == 1 { &empty } else { before };
                    history.note(id, isms.day(revision.at), before, after);
                }
            }
        }
        Ok(history)
    }
}
