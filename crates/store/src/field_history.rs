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
        self.complete(&mut history, isms).await?;
        Ok(history)
    }

    /// Adds to a history of this organisation what it does not know yet of the records of a snapshot.
    ///
    /// # Errors
    /// If the database fails; what was added by then is right.
    pub async fn complete(&self, history: &mut History, isms: &Isms) -> Result<(), StoreError> {
        for kind in History::kinds() {
            // A record written once has no field that changed.
            let revised = isms.table(kind).all().map(|r| (r.id(), r.meta().rev)).filter(|(_, rev)| *rev > 1);
            let unknown: Vec<_> = revised.filter(|(id, rev)| history.known(*id) < *rev).collect();
            for (id, rev) in unknown {
                let revisions = self.history(id).await?;
                history.begin(id, revisions.iter().map(|r| r.rev).max().unwrap_or(rev));
                for revision in revisions.iter().rev() {
                    let empty = Map::new();
                    // A redacted body says nothing: neither that a field changed nor that it did not.
                    let (Some(before), Some(after)) = (&revision.before, &revision.after) else { continue };
                    let before = if revision.rev == 1 { &empty } else { before };
                    history.note(id, revision.rev, isms.day(revision.at), before, after);
                }
            }
        }
        Ok(())
    }
}
