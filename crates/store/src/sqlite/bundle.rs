//! Reading many rows at once. Handing a row over from SQLite costs more than checking it, so where whole tables are
//! read (opening, verifying, rebuilding) SQLite joins some hundred rows into one: a line of small columns for each, and
//! the large columns one after another.

use ledger::Hash;
use sqlx::sqlite::SqliteRow;

use super::{
    RecordRow, place,
    read::{Database, IndexRow, get},
};
use crate::StoreError;

/// Rows joined into one.
const ROWS: u64 = 256;

/// Consecutive entries: number, header and bodies of each.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    lines: String,
    headers: Vec<u8>,
    bodies: Vec<u8>,
}

impl Entries {
    /// The entries, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<(u64, &[u8], &[u8]), StoreError>> {
        let (mut headers, mut bodies) = (self.headers.as_slice(), self.bodies.as_slice());
        self.lines.lines().map(move |line| {
            let mut numbers = line.split(' ').map(str::parse::<u64>);
            let mut number = || numbers.next().and_then(Result::ok).ok_or_else(|| garbled("entries"));
            Ok((number()?, take(&mut headers, number()?)?, take(&mut bodies, number()?)?))
        })
    }
}

impl Entries {
    /// The number of the last of them.
    pub(crate) fn last(&self) -> Result<u64, StoreError> {
        let line = self.lines.lines().next_back().and_then(|line| line.split(' ').next());
        line.and_then(|number| number.parse().ok()).ok_or_else(|| garbled("entries"))
    }
}

fn garbled(table: &str) -> StoreError {
    StoreError::Damaged(format!("the table {table} holds a value of the wrong kind"))
}

/// The next `n` bytes.
fn take<'a>(from: &mut &'a [u8], n: u64) -> Result<&'a [u8], StoreError> {
    let (taken, rest) =
        usize::try_from(n).ok().and_then(|n| from.split_at_checked(n)).ok_or_else(|| garbled("entries"))?;
    *from = rest;
    Ok(taken)
}

/// A column that is NULL when there were no rows.
fn text(row: &SqliteRow, i: usize, table: &str) -> Result<String, StoreError> {
    let bytes = get::<Option<&[u8]>>(row, i)?.unwrap_or_default().to_vec();
    String::from_utf8(bytes).map_err(|_| garbled(table))
}

impl Database {
    /// Entries from `seq` on, some hundred; `None` when there are no more.
    pub(crate) async fn entry_bundle(&self, org: i64, seq: u64) -> Result<Option<Entries>, StoreError> {
        let sql = "SELECT group_concat((place & 1099511627775) || ' ' || length(header) || ' ' || length(bodies), char(10)), \
                   group_concat(header, ''), group_concat(bodies, '') \
                   FROM (SELECT place, header, bodies FROM entries WHERE place >= ? AND place < ? ORDER BY place LIMIT ?)";
        let query = sqlx::query(sql).bind(place(org, seq)).bind(place(org + 1, 0)).bind(super::signed(ROWS));
        let row = query.fetch_one(&self.pool).await?;
        let lines = text(&row, 0, "entries")?;
        let bytes = |i| get::<Option<&[u8]>>(&row, i).map(|bytes| bytes.unwrap_or_default().to_vec());
        if lines.is_empty() {
            Ok(None)
        } else {
            Ok(Some(Entries { headers: bytes(1)?, bodies: bytes(2)?, lines }))
        }
    }

    /// Records after the row `after`, removed ones included, some hundred, in the order in which they were made; and
    /// the row to go on from. None at the end.
    pub(crate) async fn record_bundle(
        &self,
        org: i64,
        after: i64,
    ) -> Result<(Vec<RecordRow>, i64), StoreError> {
        // The plus keeps SQLite from going by the index over ids, and sorting all of it each time.
        let sql = "SELECT group_concat(rev || ' ' || seq || ' ' || idx || ' ' || at || ' ' || iif(commitment IS NULL, '-', lower(hex(commitment))) \
                   || ' ' || coalesce(length(CAST(body AS BLOB)), '-') || ' ' || kind || ' ' || id, char(10)), \
                   group_concat(body, ''), max(rowid), count(*) \
                   FROM (SELECT rowid, * FROM records WHERE +org = ? AND rowid > ? ORDER BY rowid LIMIT ?)";
        let query = sqlx::query(sql).bind(org).bind(after).bind(super::signed(ROWS));
        let row = query.fetch_one(&self.pool).await?;
        let (lines, bodies) = (text(&row, 0, "records")?, text(&row, 1, "records")?);
        let mut bodies = bodies.as_str();
        let rows = lines.lines().map(|line| record(org, line, &mut bodies).ok_or_else(|| garbled("records")));
        let rows: Vec<RecordRow> = rows.collect::<Result<_, _>>()?;
        one_line_each(rows.len(), get(&row, 3)?, "records")?;
        Ok((rows, get::<Option<i64>>(&row, 2)?.unwrap_or(after)))
    }

    /// Revisions after one of a record, some hundred, by record and revision. None at the end.
    pub(crate) async fn index_bundle(
        &self,
        org: i64,
        id: &str,
        rev: u32,
    ) -> Result<Vec<IndexRow>, StoreError> {
        let sql = "SELECT group_concat(rev || ' ' || seq || ' ' || idx || ' ' || id, char(10)), count(*) \
                   FROM (SELECT id, rev, seq, idx FROM entry_records WHERE org = ? AND (id, rev) > (?, ?) ORDER BY id, rev LIMIT ?)";
        let query = sqlx::query(sql).bind(org).bind(id).bind(rev).bind(super::signed(ROWS * 8));
        let row = query.fetch_one(&self.pool).await?;
        let lines = text(&row, 0, "entry_records")?;
        let read = |line: &str| {
            let mut parts = line.splitn(4, ' ');
            Some(IndexRow {
                org,
                rev: parts.next()?.parse().ok()?,
                seq: parts.next()?.parse().ok()?,
                idx: parts.next()?.parse().ok()?,
                id: parts.next()?.to_owned(),
            })
        };
        let rows = lines.lines().map(|line| read(line).ok_or_else(|| garbled("entry_records")));
        let rows: Vec<IndexRow> = rows.collect::<Result<_, _>>()?;
        one_line_each(rows.len(), get(&row, 1)?, "entry_records")?;
        Ok(rows)
    }
}

/// A value with a line break in it would pass for two rows.
fn one_line_each(lines: usize, rows: i64, table: &str) -> Result<(), StoreError> {
    if i64::try_from(lines) == Ok(rows) { Ok(()) } else { Err(garbled(table)) }
}

fn record(org: i64, line: &str, bodies: &mut &str) -> Option<RecordRow> {
    let mut parts = line.splitn(8, ' ');
    let (rev, seq, idx, at) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let commitment: Option<Hash> = match parts.next()? {
        "-" => None,
        hash => Some(hash.parse().ok()?),
    };
    let body = match parts.next()? {
        "-" => None,
        length => {
            let (body, rest) = bodies.split_at_checked(length.parse().ok()?)?;
            *bodies = rest;
            Some(body.to_owned())
        }
    };
    Some(RecordRow {
        org,
        rev: rev.parse().ok()?,
        seq: seq.parse().ok()?,
        idx: idx.parse().ok()?,
        at: at.parse().ok()?,
        commitment,
        body,
        kind: parts.next()?.to_owned(),
        id: parts.next()?.to_owned(),
    })
}
