//! What happened: the revisions of one record, and the activity of the whole ledger.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use isms::Id;
use jiff::Timestamp;
use ledger::{Accepted, Body, Door, Hash};
use serde_json::{Map, Value};

use crate::{Org, StoreError, fold::open, sqlite::EntryRow};

/// One revision of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The entry that made it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: the id of an account, `system` or `cli`.
    pub actor: String,
    /// By which door.
    pub door: Door,
    /// With which command.
    pub command: String,
    /// What was said about it.
    pub comment: Option<String>,
    /// Its number, from 1.
    pub rev: u32,
    /// Fields and meta data before; `None` if there was no record, or the body was redacted.
    pub before: Option<Map<String, Value>>,
    /// Fields and meta data afterwards; `None` if the record was removed, or the body was redacted.
    pub after: Option<Map<String, Value>>,
    /// Whether the body afterwards was redacted.
    pub redacted: bool,
}

/// Which entries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityQuery {
    /// Only entries before this one: [`ActivityPage::next`] of the page before.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: usize,
    /// Only those of this actor.
    pub actor: Option<String>,
    /// Only those whose command begins so.
    pub command: Option<String>,
}

/// Entries, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityPage {
    /// The entries.
    pub entries: Vec<Activity>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<u64>,
}

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its number, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: the id of an account, `system` or `cli`.
    pub actor: String,
    /// By which door.
    pub door: Door,
    /// With which command.
    pub command: String,
    /// What was said about it.
    pub comment: Option<String>,
    /// What changed.
    pub changes: Vec<ActivityChange>,
    /// Files attached first by it.
    pub files: Vec<Hash>,
    /// Its leaf in the tree.
    pub leaf: Hash,
}

/// One change of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityChange {
    /// The record, as in `R-12`; or `account:` and the id of an account.
    pub id: String,
    /// The kind of record, or `account`.
    pub kind: String,
    /// The revision reached.
    pub rev: u32,
    /// Whether the record was removed.
    pub removed: bool,
}

/// One entry with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryDetail {
    /// The entry.
    pub activity: Activity,
    /// The leaf's bytes: the entry as canonical JSON.
    pub header: String,
    /// The body each change leaves, in the order of the changes; `None` if removed or redacted.
    pub bodies: Vec<Option<Map<String, Value>>>,
    /// How many bodies were redacted.
    pub redacted: usize,
}

/// Entries read at once while looking for those that match.
const PAGE: u64 = 512;

impl Activity {
    fn of(accepted: &Accepted<'_>) -> Self {
        let entry = &accepted.entry;
        let changes = entry.changes.iter().map(|change| ActivityChange {
            id: change.id.to_string(),
            kind: change.kind.to_string(),
            rev: change.rev,
            removed: change.after.is_none(),
        });
        Self {
            seq: entry.seq,
            at: entry.at,
            actor: entry.actor.to_string(),
            door: entry.door,
            command: entry.command.to_string(),
            comment: comment(accepted),
            changes: changes.collect(),
            files: entry.files.clone(),
            leaf: accepted.leaf,
        }
    }
}

fn comment(accepted: &Accepted<'_>) -> Option<String> {
    accepted.note().and_then(Body::text).map(str::to_owned)
}

fn parse(seq: u64, body: Option<&Body<'_>>) -> Result<Option<Map<String, Value>>, StoreError> {
    let parsed = body.and_then(Body::text).map(serde_json::from_str).transpose();
    parsed.map_err(|e| StoreError::Damaged(format!("a body of entry {seq} cannot be read: {e}")))
}

impl Org {
    /// All revisions of a record, newest first; none if there never was such a record.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn history(&self, id: Id) -> Result<Vec<Revision>, StoreError> {
        self.revisions(&id.to_string()).await
    }

    /// All revisions of an account, newest first. The bodies hold no secrets.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account_history(&self, account: &str) -> Result<Vec<Revision>, StoreError> {
        self.revisions(&crate::account::ledger_id(account)).await
    }

    async fn revisions(&self, id: &str) -> Result<Vec<Revision>, StoreError> {
        let rows = self.inner.db.revisions(self.shared.n, id).await?;
        let seqs: Vec<u64> = rows.iter().map(|row| row.seq).collect();
        let mut entries: BTreeMap<u64, EntryRow> = BTreeMap::new();
        let mut stream = std::pin::pin!(self.inner.db.chosen(self.shared.n, &seqs));
        while let Some(row) = stream.next().await {
            let row = row?;
            entries.insert(row.seq, row);
        }
        let mut revisions = Vec::with_capacity(rows.len());
        let mut before = None;
        for place in rows {
            let lost =
                || StoreError::Damaged(format!("revision {} of {id} is not where it should be", place.rev));
            let row = entries.get(&place.seq).ok_or_else(lost)?;
            let accepted = open(row)?;
            let (_, body) =
                accepted.changes().nth(place.idx as usize).filter(|(c, _)| c.id == id).ok_or_else(lost)?;
            let after = parse(place.seq, body)?;
            let Activity { seq, at, actor, door, command, comment, .. } = Activity::of(&accepted);
            let redacted = matches!(body, Some(Body::Redacted));
            let before = std::mem::replace(&mut before, after.clone());
            revisions.push(Revision {
                seq,
                at,
                actor,
                door,
                command,
                comment,
                rev: place.rev,
                before,
                after,
                redacted,
            });
        }
        revisions.reverse();
        Ok(revisions)
    }

    /// Entries of the ledger, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn activity(&self, query: &ActivityQuery) -> Result<ActivityPage, StoreError> {
        let size = self.state().size;
        let mut end = query.before.unwrap_or(size).min(size);
        let mut entries = Vec::new();
        while end > 0 && entries.len() < query.limit {
            let plain = query.actor.is_none() && query.command.is_none();
            let wanted = (query.limit - entries.len()) as u64;
            let start = end.saturating_sub(if plain { wanted.min(PAGE) } else { PAGE });
            let mut page = Vec::new();
            let mut stream = std::pin::pin!(self.inner.db.entries(self.shared.n, start, end));
            while let Some(row) = stream.next().await {
                let row = row?;
                let accepted = open(&row)?;
                let entry = &accepted.entry;
                if query.actor.as_ref().is_none_or(|actor| entry.actor == *actor)
                    && query
                        .command
                        .as_ref()
                        .is_none_or(|command| entry.command.starts_with(command.as_str()))
                {
                    page.push(Activity::of(&accepted));
                }
            }
            end = start;
            for activity in page.into_iter().rev() {
                if entries.len() == query.limit {
                    // More matched than fit: the next page begins below the last that did.
                    end = entries.last().map_or(end, |last: &Activity| last.seq);
                    break;
                }
                entries.push(activity);
            }
        }
        Ok(ActivityPage { entries, next: (end > 0).then_some(end) })
    }

    /// What stood in the place of each change before it; `None` where nothing did, or where that was redacted. However
    /// many changes there are, each entry that is needed is read once.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bodies_before(
        &self,
        changes: &[ActivityChange],
    ) -> Result<Vec<Option<Map<String, Value>>>, StoreError> {
        // Of each entry, which bodies belong to which change.
        let mut wanted: BTreeMap<u64, Vec<(usize, usize)>> = BTreeMap::new();
        for (n, change) in changes.iter().enumerate().filter(|(_, change)| change.rev > 1) {
            let rows = self.inner.db.revisions(self.shared.n, &change.id).await?;
            if let Some(place) = rows.iter().find(|row| row.rev + 1 == change.rev) {
                wanted.entry(place.seq).or_default().push((place.idx as usize, n));
            }
        }
        let seqs: Vec<u64> = wanted.keys().copied().collect();
        let mut bodies = vec![None; changes.len()];
        let mut stream = std::pin::pin!(self.inner.db.chosen(self.shared.n, &seqs));
        while let Some(row) = stream.next().await {
            let row = row?;
            let accepted = open(&row)?;
            let held: Vec<_> = accepted.changes().map(|(_, body)| body).collect();
            for (at, n) in wanted.get(&row.seq).into_iter().flatten() {
                if let (Some(body), Some(place)) = (held.get(*at), bodies.get_mut(*n)) {
                    *place = parse(row.seq, *body)?;
                }
            }
        }
        Ok(bodies)
    }

    /// One entry with its bodies.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn entry(&self, seq: u64) -> Result<Option<EntryDetail>, StoreError> {
        let Some(row) = self.inner.db.entry(self.shared.n, seq).await? else { return Ok(None) };
        let accepted = open(&row)?;
        let bodies = accepted.changes().map(|(_, body)| parse(seq, body)).collect::<Result<_, _>>()?;
        let redacted = accepted.bodies.0.iter().filter(|body| matches!(body, Body::Redacted)).count();
        let activity = Activity::of(&accepted);
        Ok(Some(EntryDetail {
            activity,
            header: String::from_utf8_lossy(&row.header).into_owned(),
            bodies,
            redacted,
        }))
    }
}
