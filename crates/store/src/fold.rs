//! Folding the ledger: an entry's changes into records and accounts, the state at the head and at any earlier entry.

use std::{collections::HashMap, sync::Arc};

use futures_util::StreamExt;
use isms::{Change, Isms};
use jiff::Timestamp;
use ledger::{Accepted, Bodies, Body, EntryView, Frontier, Hash, leaf_hash};

use crate::{
    StoreError,
    account::{self, Account, Accounts},
    files::{self, Described},
    sqlite::{Database, EntryRow, IndexRow, OrgRow},
};

/// One change, ready to be folded in.
#[derive(Clone, Debug)]
pub(crate) enum Folded {
    /// A record of the core.
    Record(Change),
    /// An account.
    Account(String, Option<Account>),
    /// A file that was attached. No record: only the ledger and the table of files know it.
    File(Hash, Option<Described>),
}

/// Reads a change from what the ledger says of it. A body that was redacted counts as removed.
pub(crate) fn read_change(id: &str, kind: &str, rev: u32, body: Option<&str>) -> Result<Folded, StoreError> {
    let bad = |what: &dyn std::fmt::Display| {
        StoreError::Damaged(format!("revision {rev} of {id} cannot be read ({what})"))
    };
    if kind == account::KIND {
        let name = id.split_once(':').map_or(id, |(_, name)| name);
        let account = body.map(serde_json::from_str::<account::Body>).transpose().map_err(|e| bad(&e))?;
        return Ok(Folded::Account(name.to_owned(), account.map(|body| body.account(name))));
    }
    if kind == files::KIND {
        let hash = id.split_once(':').map_or(id, |(_, hash)| hash).parse().map_err(|e| bad(&e))?;
        let described = body.map(serde_json::from_str).transpose().map_err(|e| bad(&e))?;
        return Ok(Folded::File(hash, described));
    }
    let id = id.parse().map_err(|e| bad(&e))?;
    let after = body.map(serde_json::from_str).transpose().map_err(|e| bad(&e))?;
    Ok(Folded::Record(Change { id, rev, after }))
}

/// Folds a change in.
pub(crate) fn fold(
    isms: &mut Isms,
    accounts: &mut Arc<Accounts>,
    seq: u64,
    at: Timestamp,
    change: &Folded,
) -> Result<(), StoreError> {
    match change {
        Folded::Record(change) => {
            isms.apply(seq, at, change).map_err(|p| StoreError::Damaged(format!("entry {seq}: {p}")))
        }
        Folded::Account(id, account) => {
            Arc::make_mut(accounts).put(id, account.clone());
            Ok(())
        }
        Folded::File(..) => Ok(()),
    }
}

/// Takes an entry apart.
pub(crate) fn open(row: &EntryRow) -> Result<Accepted<'_>, StoreError> {
    let bad = |what: String| StoreError::Damaged(format!("entry {} cannot be read: {what}", row.seq));
    let entry = EntryView::parse(&row.header).map_err(|e| bad(e.to_string()))?;
    let bodies = Bodies::parse(&row.bodies).map_err(|e| bad(e.to_string()))?;
    Ok(Accepted { entry, bodies, leaf: leaf_hash(&row.header) })
}

/// What the next revision of a record must follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) rev: u32,
    pub(crate) commitment: Option<Hash>,
}

/// The state after some entry.
#[derive(Clone)]
pub(crate) struct Position {
    pub(crate) isms: Isms,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) frontier: Frontier,
    /// When the last entry was recorded; the epoch if there is none.
    pub(crate) at: Timestamp,
    /// The signed checkpoint over the first `noted` entries, where that is known.
    pub(crate) note: Arc<str>,
    pub(crate) noted: u64,
}

/// An organisation as its tables give it.
pub(crate) struct Loaded {
    pub(crate) position: Position,
    pub(crate) chain: HashMap<String, Link>,
    pub(crate) files: std::collections::HashSet<Hash>,
}

/// Reads the newest state of an organisation from its tables.
pub(crate) async fn load(db: &Database, org: &OrgRow) -> Result<Loaded, StoreError> {
    let head = db.head(org.n).await?;
    let size = db.size(org.n).await?;
    if head.as_ref().map_or(0, |head| head.size) != size {
        return Err(StoreError::Damaged(format!("the head is not that of the {size} entries there are")));
    }
    let mut isms = Isms::default();
    let mut accounts = Arc::new(Accounts::default());
    let mut chain = HashMap::new();
    let mut after = i64::MIN;
    loop {
        let (rows, last) = db.record_bundle(org.n, after).await?;
        if rows.is_empty() {
            break;
        }
        after = last;
        for row in rows {
            let at = Timestamp::from_millisecond(row.at).unwrap_or_default();
            let change = read_change(&row.id, &row.kind, row.rev, row.body.as_deref())?;
            fold(&mut isms, &mut accounts, row.seq, at, &change)?;
            chain.insert(row.id, Link { rev: row.rev, commitment: row.commitment });
        }
    }
    Arc::make_mut(&mut accounts).keep(db.credentials(org.n).await?, db.links(org.n).await?);
    let files = db.files(org.n).await?.into_iter().map(|file| file.hash).collect();
    let mut position = Position {
        isms,
        accounts,
        frontier: Frontier::new(),
        at: Timestamp::UNIX_EPOCH,
        note: Arc::from(""),
        noted: 0,
    };
    if let Some(head) = head {
        position.frontier =
            Frontier::from_bytes(&head.frontier).map_err(|e| StoreError::Damaged(e.to_string()))?;
        position.at = recorded(db, org.n, size).await?;
        position.isms.advance(size.saturating_sub(1), position.at);
        position.note = head.note.into();
        position.noted = size;
    }
    Ok(Loaded { position, chain, files })
}

/// When the last of the first `size` entries was recorded; the epoch if there is none.
pub(crate) async fn recorded(db: &Database, org: i64, size: u64) -> Result<Timestamp, StoreError> {
    let Some(last) = size.checked_sub(1) else { return Ok(Timestamp::UNIX_EPOCH) };
    let header =
        db.header(org, last).await?.ok_or_else(|| StoreError::Damaged(format!("entry {last} is missing")))?;
    let entry = EntryView::parse(&header).map_err(|e| StoreError::Damaged(format!("entry {last}: {e}")))?;
    Ok(entry.at)
}

/// How many entries had been recorded before a time. Times never go back in a ledger, so halving finds it.
pub(crate) async fn size_before(
    db: &Database,
    org: i64,
    size: u64,
    end: Timestamp,
) -> Result<u64, StoreError> {
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        if recorded(db, org, middle + 1).await? < end {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Entries in one query when their bodies are looked up.
const CHUNK: usize = 500;

/// The records as they stood after the first `size` entries. Of each record only the newest body is read.
pub(crate) async fn snapshot(db: &Database, org: i64, size: u64) -> Result<Isms, StoreError> {
    let newest = db.newest_before(org, size).await?;
    let mut isms = Isms::default();
    let mut accounts = Arc::default();
    let groups: Vec<&[IndexRow]> = newest.chunk_by(|a, b| a.seq == b.seq).collect();
    for groups in groups.chunks(CHUNK) {
        let seqs: Vec<u64> = groups.iter().filter_map(|group| group.first()).map(|row| row.seq).collect();
        let mut entries = std::pin::pin!(db.chosen(org, &seqs));
        let mut groups = groups.iter();
        while let (Some(entry), Some(group)) = (entries.next().await, groups.next()) {
            let row = entry?;
            let entry = open(&row)?;
            let changes: Vec<_> = entry.changes().collect();
            for IndexRow { id, rev, idx, .. } in group.iter() {
                let (change, body) = changes
                    .get(*idx as usize)
                    .filter(|(change, _)| {
                        change.id == *id && change.rev == *rev && group.iter().all(|g| g.seq == row.seq)
                    })
                    .ok_or_else(|| {
                        StoreError::Damaged(format!("revision {rev} of {id} is not where it should be"))
                    })?;
                if change.kind != account::KIND {
                    let folded = read_change(id, &change.kind, *rev, body.and_then(Body::text))?;
                    fold(&mut isms, &mut accounts, row.seq, entry.entry.at, &folded)?;
                }
            }
        }
    }
    if let Some(last) = size.checked_sub(1) {
        isms.advance(last, recorded(db, org, size).await?);
    }
    Ok(isms)
}
