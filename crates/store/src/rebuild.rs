//! Rebuilding the caches (records, index of revisions, head) from the ledger.

use std::path::Path;

use ledger::{Body, Frontier, Verifier};

use crate::{
    DataDir, StoreError, VerifyError,
    draft::sign,
    files,
    sqlite::{self, Database, HeadRow, IndexRow, OrgRow, RecordRow},
};

/// What was rebuilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// Entries read.
    pub entries: u64,
    /// Records and accounts there are, as [`verify`](crate::verify()) counts them.
    pub records: u64,
}

/// Recomputes the caches of a data directory. The ledger itself and its signatures are checked first: what was
/// altered is not made to look right.
///
/// # Errors
/// If another process writes there, the ledger is not sound, or the disk fails. Nothing is changed then.
pub async fn rebuild(dir: impl AsRef<Path>) -> Result<RebuildReport, VerifyError> {
    let dir = DataDir::at(dir);
    if !dir.has_data() {
        return Err(StoreError::NoData(dir.path().to_owned()).into());
    }
    let _lock = dir.lock()?;
    let mut connection = sqlite::writer(&dir, 0).await?;
    let db = Database { pool: sqlite::readers(&dir.database()).await? };
    let mut report = RebuildReport::default();
    for org in db.orgs().await? {
        let (records, index, head) = compute(&dir, &db, &org).await?;
        report.entries += head.as_ref().map_or(0, |head| head.size);
        let there = records.iter().filter(|row| row.commitment.is_some() && row.kind != files::KIND);
        report.records += there.count() as u64;
        sqlite::replace_caches(&mut connection, org.n, records, index, head).await?;
    }
    db.pool.close().await;
    sqlx::Connection::close(connection).await.map_err(StoreError::from)?;
    Ok(report)
}

type Caches = (Vec<RecordRow>, Vec<IndexRow>, Option<HeadRow>);

async fn compute(dir: &DataDir, db: &Database, org: &OrgRow) -> Result<Caches, VerifyError> {
    let signer = dir.signer(&org.name)?;
    let mut verifier = Verifier::new(&org.name, signer.verifier_key().clone());
    for row in db.checkpoints(org.n).await? {
        verifier = verifier.with_note(&row.note)?;
    }
    // The head as signed: the entries must still be those. Without one, nothing says that they are all there and as they
    // were, and a new signature would make right whatever was done to them.
    match db.head(org.n).await? {
        Some(head) => verifier = verifier.with_note(&head.note)?,
        None if db.size(org.n).await? > 0 => {
            return Err(VerifyError::Problem(
                "the signed head of the ledger is missing, so nothing vouches for its entries; restore a backup"
                    .to_owned(),
            ));
        }
        None => {}
    }
    let mut frontier = Frontier::new();
    let mut index = Vec::new();
    let mut records: std::collections::HashMap<String, RecordRow> = std::collections::HashMap::new();
    let mut from = 0;
    while let Some(entries) = db.entry_bundle(org.n, from).await? {
        for entry in entries.iter() {
            let (seq, header, bodies) = entry?;
            from = seq + 1;
            let accepted = verifier.entry(seq, header, bodies)?;
            frontier.push(accepted.leaf);
            for (idx, (change, body)) in (0..).zip(accepted.changes()) {
                let id = change.id.to_string();
                index.push(IndexRow { org: org.n, id: id.clone(), rev: change.rev, seq, idx });
                let record = RecordRow {
                    org: org.n,
                    id: id.clone(),
                    kind: change.kind.to_string(),
                    rev: change.rev,
                    seq,
                    idx,
                    at: accepted.entry.at.as_millisecond(),
                    commitment: change.after,
                    body: body.and_then(Body::text).map(str::to_owned),
                };
                records.insert(id, record);
            }
        }
    }
    let summary = verifier.finish()?;
    let head = match summary.last {
        None => None,
        Some(at) => {
            let note = sign(&signer, summary.root, summary.size, at)?;
            Some(HeadRow { org: org.n, size: summary.size, frontier: frontier.to_bytes(), note })
        }
    };
    let mut records: Vec<RecordRow> = records.into_values().collect();
    records.sort_by_key(|row| (row.seq, row.idx));
    Ok((records, index, head))
}
