//! Reading: the rows of each table, and every question that is asked of them.

use futures_util::{Stream, StreamExt};
use ledger::Hash;
use sqlx::{AssertSqlSafe, Row, SqlitePool, sqlite::SqliteRow};

use super::{place, signed};
use crate::StoreError;

/// An organisation.
#[derive(Clone, Debug)]
pub(crate) struct OrgRow {
    pub(crate) n: i64,
    pub(crate) name: String,
}

/// An entry of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct EntryRow {
    pub(crate) org: i64,
    pub(crate) seq: u64,
    pub(crate) header: Vec<u8>,
    pub(crate) bodies: Vec<u8>,
}

/// A record as its newest entry left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordRow {
    pub(crate) org: i64,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) rev: u32,
    pub(crate) seq: u64,
    pub(crate) idx: u32,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) commitment: Option<Hash>,
    pub(crate) body: Option<String>,
}

/// Where a revision lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexRow {
    pub(crate) org: i64,
    pub(crate) id: String,
    pub(crate) rev: u32,
    pub(crate) seq: u64,
    pub(crate) idx: u32,
}

/// The newest state of a ledger.
#[derive(Clone, Debug)]
pub(crate) struct HeadRow {
    pub(crate) org: i64,
    pub(crate) size: u64,
    pub(crate) frontier: Vec<u8>,
    pub(crate) note: String,
}

/// A kept checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointRow {
    pub(crate) org: i64,
    pub(crate) size: u64,
    pub(crate) note: String,
}

/// What is known of a stored file.
#[derive(Clone, Debug)]
pub(crate) struct FileRow {
    pub(crate) org: i64,
    pub(crate) hash: Hash,
    pub(crate) size: u64,
    pub(crate) media_type: String,
    pub(crate) name: String,
    pub(crate) seq: u64,
}

/// A message to send.
#[derive(Clone, Debug)]
pub(crate) struct MessageRow {
    pub(crate) n: i64,
    pub(crate) org: i64,
    pub(crate) seq: u64,
    pub(crate) topic: String,
    pub(crate) payload: String,
}

/// A one-time link.
#[derive(Clone, Debug)]
pub(crate) struct LinkRow {
    /// SHA-256 of the token.
    pub(crate) token: [u8; 32],
    /// Whose; `None` for the set-up link.
    pub(crate) account: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct SessionRow {
    /// SHA-256 of the token.
    pub(crate) token: [u8; 32],
    pub(crate) account: String,
    pub(crate) created_at: i64,
    pub(crate) seen_at: i64,
}

/// The database, for reading.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) pool: SqlitePool,
}

/// A column of a row; a value of the wrong type is damage, not a reason to stop the program.
pub(super) fn get<'r, T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>>(
    row: &'r SqliteRow,
    i: usize,
) -> Result<T, StoreError> {
    row.try_get(i).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn count(row: &SqliteRow, i: usize) -> Result<u64, StoreError> {
    u64::try_from(get::<i64>(row, i)?).map_err(|_| StoreError::Damaged("a count is negative".to_owned()))
}

fn hash<const N: usize>(bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("a hash has the wrong length".to_owned()))
}

impl IndexRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            org: get(row, 0)?,
            id: get(row, 1)?,
            rev: get(row, 2)?,
            seq: count(row, 3)?,
            idx: get(row, 4)?,
        })
    }
}

impl EntryRow {
    fn read(row: &SqliteRow, org: i64) -> Result<Self, StoreError> {
        Ok(Self { org, seq: count(row, 0)?, header: get(row, 1)?, bodies: get(row, 2)? })
    }
}

impl FileRow {
    fn read(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            org: get(row, 0)?,
            hash: Hash(hash(get(row, 1)?)?),
            size: count(row, 2)?,
            media_type: get(row, 3)?,
            name: get(row, 4)?,
            seq: count(row, 5)?,
        })
    }
}

impl Database {
    async fn all<T>(
        &self,
        sql: &'static str,
        org: i64,
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = sqlx::query(sql).bind(org).fetch(&self.pool);
        let mut all = Vec::new();
        while let Some(row) = rows.next().await {
            all.push(read(&row?)?);
        }
        Ok(all)
    }

    pub(crate) async fn orgs(&self) -> Result<Vec<OrgRow>, StoreError> {
        let rows = sqlx::query("SELECT n, name FROM orgs ORDER BY n").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(OrgRow { n: get(row, 0)?, name: get(row, 1)? })).collect()
    }

    /// A table with rows of an organisation that is none of these, if there is one. Goes from organisation to
    /// organisation, not from row to row.
    pub(crate) async fn stray(&self, orgs: &[OrgRow]) -> Result<Option<&'static str>, StoreError> {
        for table in ["entries", "records", "entry_records", "heads", "checkpoints", "files", "credentials"] {
            let (column, org_of) = if table == "entries" { ("place", place(1, 0)) } else { ("org", 1) };
            let sql = format!("SELECT min({column}) FROM {table} WHERE {column} >= ?");
            let mut from = i64::MIN;
            loop {
                let query = sqlx::query_scalar::<_, Option<i64>>(AssertSqlSafe(sql.clone())).bind(from);
                let Some(found) = query.fetch_one(&self.pool).await? else { break };
                let n = found.div_euclid(org_of);
                if !orgs.iter().any(|org| org.n == n) {
                    return Ok(Some(table));
                }
                from = (n + 1).saturating_mul(org_of);
            }
        }
        Ok(None)
    }

    pub(crate) async fn head(&self, org: i64) -> Result<Option<HeadRow>, StoreError> {
        let rows = self.all("SELECT size, frontier, note FROM heads WHERE org = ?", org, |row| {
            Ok(HeadRow { org, size: count(row, 0)?, frontier: get(row, 1)?, note: get(row, 2)? })
        });
        Ok(rows.await?.pop())
    }

    /// The number of entries there are, going by the last of them.
    pub(crate) async fn size(&self, org: i64) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(place) - ?1 + 1, 0) FROM entries WHERE place BETWEEN ?1 AND ?2";
        let row =
            sqlx::query(sql).bind(place(org, 0)).bind(place(org + 1, 0) - 1).fetch_one(&self.pool).await?;
        count(&row, 0)
    }

    /// One entry.
    pub(crate) async fn entry(&self, org: i64, seq: u64) -> Result<Option<EntryRow>, StoreError> {
        let query =
            sqlx::query("SELECT seq, header, bodies FROM entries WHERE place = ?").bind(place(org, seq));
        query.fetch_optional(&self.pool).await?.map(|row| EntryRow::read(&row, org)).transpose()
    }

    /// The header of one entry.
    pub(crate) async fn header(&self, org: i64, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query("SELECT header FROM entries WHERE place = ?").bind(place(org, seq));
        query.fetch_optional(&self.pool).await?.map(|row| get(&row, 0)).transpose()
    }

    /// Entries in order, `from` up to but not `to`.
    pub(crate) fn entries(
        &self,
        org: i64,
        from: u64,
        to: u64,
    ) -> impl Stream<Item = Result<EntryRow, StoreError>> + '_ {
        let sql = "SELECT seq, header, bodies FROM entries WHERE place >= ? AND place < ? ORDER BY place";
        let rows = sqlx::query(sql).bind(place(org, from)).bind(place(org, to)).fetch(&self.pool);
        rows.map(move |row| EntryRow::read(&row?, org))
    }

    /// Headers in order, `from` up to but not `to`.
    pub(crate) fn headers(
        &self,
        org: i64,
        from: u64,
        to: u64,
    ) -> impl Stream<Item = Result<Vec<u8>, StoreError>> + '_ {
        let sql = "SELECT header FROM entries WHERE place >= ? AND place < ? ORDER BY place";
        let rows = sqlx::query(sql).bind(place(org, from)).bind(place(org, to)).fetch(&self.pool);
        rows.map(move |row| get(&row?, 0))
    }

    /// The chosen entries, in order.
    pub(crate) fn chosen(
        &self,
        org: i64,
        seqs: &[u64],
    ) -> impl Stream<Item = Result<EntryRow, StoreError>> + '_ {
        let sql = "SELECT seq, header, bodies FROM entries WHERE place IN (SELECT value FROM json_each(?)) ORDER BY place";
        let places: Vec<String> = seqs.iter().map(|seq| place(org, *seq).to_string()).collect();
        let rows = sqlx::query(sql).bind(format!("[{}]", places.join(","))).fetch(&self.pool);
        rows.map(move |row| EntryRow::read(&row?, org))
    }

    /// The revisions of one record, oldest first.
    pub(crate) async fn revisions(&self, org: i64, id: &str) -> Result<Vec<IndexRow>, StoreError> {
        let sql = "SELECT org, id, rev, seq, idx FROM entry_records WHERE org = ? AND id = ? ORDER BY rev";
        let rows = sqlx::query(sql).bind(org).bind(id).fetch_all(&self.pool).await?;
        rows.iter().map(IndexRow::read).collect()
    }

    /// Where each record lay before entry `seq`: its newest revision then, in ledger order.
    pub(crate) async fn newest_before(&self, org: i64, seq: u64) -> Result<Vec<IndexRow>, StoreError> {
        // SQLite takes the other columns from the row that has the maximum.
        let sql = "SELECT org, id, max(rev), seq, idx FROM entry_records WHERE org = ? AND seq < ? GROUP BY id ORDER BY seq, idx";
        let rows = sqlx::query(sql).bind(org).bind(signed(seq)).fetch_all(&self.pool).await?;
        rows.iter().map(IndexRow::read).collect()
    }

    pub(crate) async fn checkpoints(&self, org: i64) -> Result<Vec<CheckpointRow>, StoreError> {
        self.all("SELECT size, note FROM checkpoints WHERE org = ? ORDER BY size", org, |row| {
            Ok(CheckpointRow { org, size: count(row, 0)?, note: get(row, 1)? })
        })
        .await
    }

    pub(crate) async fn files(&self, org: i64) -> Result<Vec<FileRow>, StoreError> {
        let sql = "SELECT org, hash, size, media_type, name, seq FROM files WHERE org = ? ORDER BY seq, hash";
        self.all(sql, org, FileRow::read).await
    }

    pub(crate) async fn file(&self, org: i64, hash: Hash) -> Result<Option<FileRow>, StoreError> {
        let sql = "SELECT org, hash, size, media_type, name, seq FROM files WHERE org = ? AND hash = ?";
        let row = sqlx::query(sql).bind(org).bind(hash.0.to_vec()).fetch_optional(&self.pool).await?;
        row.map(|row| FileRow::read(&row)).transpose()
    }

    /// Messages not sent yet, oldest first.
    pub(crate) async fn waiting(&self, org: i64) -> Result<Vec<MessageRow>, StoreError> {
        let sql = "SELECT n, org, seq, topic, payload FROM outbox WHERE org = ? AND done_at IS NULL ORDER BY n LIMIT 1000";
        self.all(sql, org, |row| {
            Ok(MessageRow {
                n: get(row, 0)?,
                org: get(row, 1)?,
                seq: count(row, 2)?,
                topic: get(row, 3)?,
                payload: get(row, 4)?,
            })
        })
        .await
    }

    /// Accounts and the hashes of their passwords.
    pub(crate) async fn credentials(&self, org: i64) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT account, password_hash FROM credentials WHERE org = ?";
        self.all(sql, org, |row| Ok((get(row, 0)?, get(row, 1)?))).await
    }

    pub(crate) async fn links(&self, org: i64) -> Result<Vec<LinkRow>, StoreError> {
        let sql = "SELECT token_hash, account, created_at, expires_at FROM links WHERE org = ?";
        self.all(sql, org, |row| {
            Ok(LinkRow {
                token: hash(get(row, 0)?)?,
                account: get(row, 1)?,
                created_at: get(row, 2)?,
                expires_at: get(row, 3)?,
            })
        })
        .await
    }

    pub(crate) async fn sessions(&self, org: i64) -> Result<Vec<SessionRow>, StoreError> {
        let sql = "SELECT token_hash, account, created_at, seen_at FROM sessions WHERE org = ?";
        self.all(sql, org, |row| {
            Ok(SessionRow {
                token: hash(get(row, 0)?)?,
                account: get(row, 1)?,
                created_at: get(row, 2)?,
                seen_at: get(row, 3)?,
            })
        })
        .await
    }
}
