//! Writing: the rows of one commit, and the one transaction that makes them durable.

use std::fmt::Write as _;

use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type, sqlite::SqliteArguments};

use super::{
    CheckpointRow, EntryRow, FileRow, HeadRow, IndexRow, LinkRow, MessageRow, RecordRow, SessionRow, place,
    signed,
};
use crate::StoreError;

/// Everything one commit writes.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<EntryRow>,
    /// In order: of several rows of one record, the last stays.
    pub(crate) records: Vec<RecordRow>,
    pub(crate) index: Vec<IndexRow>,
    pub(crate) checkpoints: Vec<CheckpointRow>,
    pub(crate) files: Vec<FileRow>,
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) heads: Vec<HeadRow>,
    pub(crate) sides: Vec<(i64, Side)>,
}

/// What is kept beside the ledger because it is secret or fleeting.
#[derive(Clone, Debug)]
pub(crate) enum Side {
    /// The hash of an account's password.
    Password { account: String, hash: String },
    /// A one-time link.
    Link(LinkRow),
    /// All links of an account, or all set-up links, end.
    LinksEnd(Option<String>),
    /// A session begins.
    Session(SessionRow),
    /// A session was used.
    SessionSeen { token: [u8; 32], at: i64 },
    /// A session ends.
    SessionEnd([u8; 32]),
    /// All sessions of an account end but one.
    SessionsEnd { account: String, but: Option<[u8; 32]> },
    /// Sessions last used or begun before these times end.
    SessionsExpire { seen: i64, created: i64 },
    /// A message was sent.
    MessageDone { n: i64, at: i64 },
}

impl Batch {
    /// Whether nothing would be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.sides.is_empty()
    }

    /// Takes in the rows of another batch that comes after this one.
    pub(crate) fn append(&mut self, other: Batch) {
        self.entries.extend(other.entries);
        self.records.extend(other.records);
        self.index.extend(other.index);
        self.checkpoints.extend(other.checkpoints);
        self.files.extend(other.files);
        self.messages.extend(other.messages);
        self.heads.extend(other.heads);
        self.sides.extend(other.sides);
    }

    fn rows(&self) -> usize {
        self.entries.len() + self.records.len() + self.index.len() + self.sides.len()
    }
}

/// Statements with their arguments. SQLite takes several at once, each with the next of the arguments.
#[derive(Default)]
struct Script {
    text: String,
    arguments: SqliteArguments,
}

impl Script {
    fn bind<'q, T: Encode<'q, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> Result<(), sqlx::Error> {
        self.arguments.add(value).map_err(sqlx::Error::Encode)
    }

    async fn run(self, connection: &mut SqliteConnection, keep: bool) -> Result<(), sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(self.text), self.arguments).persistent(keep);
        query.execute(connection).await.map(drop)
    }
}

/// A table's rows, written many at a time.
struct Insert<R> {
    head: &'static str,
    row: &'static str,
    tail: &'static str,
    bind: fn(&mut Script, R) -> Result<(), sqlx::Error>,
}

impl<R> Insert<R> {
    fn write(&self, script: &mut Script, rows: Vec<R>) -> Result<(), sqlx::Error> {
        script.text.push_str(self.head);
        for (i, row) in rows.into_iter().enumerate() {
            let _ = write!(script.text, "{}{}", if i > 0 { "," } else { "" }, self.row);
            (self.bind)(script, row)?;
        }
        script.text.push_str(self.tail);
        Ok(())
    }

    /// Appends rows in groups whose sizes are powers of two, so that few different statements are ever prepared.
    fn add(&self, script: &mut Script, rows: Vec<R>) -> Result<(), sqlx::Error> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let count = (1 << rows.len().ilog2()).min(GROUP);
            self.write(script, rows.by_ref().take(count).collect())?;
        }
        Ok(())
    }

    /// Runs rows in groups, a call each.
    async fn run(&self, connection: &mut SqliteConnection, rows: Vec<R>) -> Result<(), sqlx::Error> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let count = (1 << rows.len().ilog2()).min(GROUP);
            let mut script = Script::default();
            self.write(&mut script, rows.by_ref().take(count).collect())?;
            script.run(connection, true).await?;
        }
        Ok(())
    }
}

/// Rows in one statement at most.
const GROUP: usize = 64;
/// Commits of up to so many rows go to SQLite in one call.
const ONE_CALL: usize = 256;

const ENTRIES: Insert<EntryRow> = Insert {
    head: "INSERT INTO entries (place, header, bodies) VALUES ",
    row: "(?,?,?)",
    tail: ";",
    bind: |script, row| {
        script.bind(place(row.org, row.seq))?;
        script.bind(row.header)?;
        script.bind(row.bodies)
    },
};

const RECORDS: Insert<RecordRow> = Insert {
    head: "INSERT INTO records (org, id, kind, rev, seq, idx, at, commitment, body) VALUES ",
    row: "(?,?,?,?,?,?,?,?,?)",
    tail: " ON CONFLICT (org, id) DO UPDATE SET rev = excluded.rev, seq = excluded.seq, idx = excluded.idx, \
           at = excluded.at, commitment = excluded.commitment, body = excluded.body;",
    bind: |script, row| {
        script.bind(row.org)?;
        script.bind(row.id)?;
        script.bind(row.kind)?;
        script.bind(row.rev)?;
        script.bind(signed(row.seq))?;
        script.bind(row.idx)?;
        script.bind(row.at)?;
        script.bind(row.commitment.map(|c| c.0.to_vec()))?;
        script.bind(row.body)
    },
};

const INDEX: Insert<IndexRow> = Insert {
    head: "INSERT INTO entry_records (org, id, rev, seq, idx) VALUES ",
    row: "(?,?,?,?,?)",
    tail: ";",
    bind: |script, row| {
        script.bind(row.org)?;
        script.bind(row.id)?;
        script.bind(row.rev)?;
        script.bind(signed(row.seq))?;
        script.bind(row.idx)
    },
};

const CHECKPOINTS: Insert<CheckpointRow> = Insert {
    head: "INSERT INTO checkpoints (org, size, note) VALUES ",
    row: "(?,?,?)",
    tail: " ON CONFLICT (org, size) DO NOTHING;",
    bind: |script, row| {
        script.bind(row.org)?;
        script.bind(signed(row.size))?;
        script.bind(row.note)
    },
};

const FILES: Insert<FileRow> = Insert {
    head: "INSERT INTO files (org, hash, size, media_type, name, seq) VALUES ",
    row: "(?,?,?,?,?,?)",
    tail: ";",
    bind: |script, row| {
        script.bind(row.org)?;
        script.bind(row.hash.0.to_vec())?;
        script.bind(signed(row.size))?;
        script.bind(row.media_type)?;
        script.bind(row.name)?;
        script.bind(signed(row.seq))
    },
};

const MESSAGES: Insert<MessageRow> = Insert {
    head: "INSERT INTO outbox (org, seq, topic, payload) VALUES ",
    row: "(?,?,?,?)",
    tail: ";",
    bind: |script, row| {
        script.bind(row.org)?;
        script.bind(signed(row.seq))?;
        script.bind(row.topic)?;
        script.bind(row.payload)
    },
};

const HEADS: Insert<HeadRow> = Insert {
    head: "INSERT INTO heads (org, size, frontier, note) VALUES ",
    row: "(?,?,?,?)",
    tail: " ON CONFLICT (org) DO UPDATE SET size = excluded.size, frontier = excluded.frontier, note = excluded.note;",
    bind: |script, row| {
        script.bind(row.org)?;
        script.bind(signed(row.size))?;
        script.bind(row.frontier)?;
        script.bind(row.note)
    },
};

/// Makes a batch durable: all of it or nothing.
pub(crate) async fn commit(connection: &mut SqliteConnection, batch: Batch) -> Result<(), StoreError> {
    let done = if batch.rows() <= ONE_CALL {
        small(connection, batch).await
    } else {
        large(connection, batch).await
    };
    if let Err(error) = done {
        // SQLite may have rolled back by itself, and says so.
        let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
        return Err(error.into());
    }
    Ok(())
}

async fn small(connection: &mut SqliteConnection, batch: Batch) -> Result<(), sqlx::Error> {
    let mut script = Script::default();
    // Commits with sides are rare and of many shapes: not worth keeping prepared.
    let keep = batch.sides.is_empty() && batch.messages.is_empty() && batch.files.is_empty();
    script.text.push_str("BEGIN IMMEDIATE;");
    ENTRIES.add(&mut script, batch.entries)?;
    INDEX.add(&mut script, batch.index)?;
    RECORDS.add(&mut script, batch.records)?;
    rest(&mut script, batch.checkpoints, batch.files, batch.messages, batch.heads, batch.sides)?;
    script.text.push_str("COMMIT");
    script.run(connection, keep).await
}

async fn large(connection: &mut SqliteConnection, batch: Batch) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    ENTRIES.run(connection, batch.entries).await?;
    INDEX.run(connection, batch.index).await?;
    RECORDS.run(connection, batch.records).await?;
    let mut script = Script::default();
    rest(&mut script, batch.checkpoints, batch.files, batch.messages, batch.heads, batch.sides)?;
    script.text.push_str("COMMIT");
    script.run(connection, false).await
}

fn rest(
    script: &mut Script,
    checkpoints: Vec<CheckpointRow>,
    files: Vec<FileRow>,
    messages: Vec<MessageRow>,
    heads: Vec<HeadRow>,
    sides: Vec<(i64, Side)>,
) -> Result<(), sqlx::Error> {
    FILES.add(script, files)?;
    MESSAGES.add(script, messages)?;
    CHECKPOINTS.add(script, checkpoints)?;
    HEADS.add(script, heads)?;
    sides.into_iter().try_for_each(|(org, side)| side.add(script, org))
}

impl Side {
    /// Whether it changes what [`Accounts`](crate::Accounts) holds.
    pub(crate) fn concerns_accounts(&self) -> bool {
        matches!(self, Side::Password { .. } | Side::Link(_) | Side::LinksEnd(_))
    }

    fn add(self, script: &mut Script, org: i64) -> Result<(), sqlx::Error> {
        let mut sql = |text: &str| script.text.push_str(text);
        match self {
            Side::Password { account, hash } => {
                sql("INSERT INTO credentials (org, account, password_hash) VALUES (?,?,?) \
                     ON CONFLICT (org, account) DO UPDATE SET password_hash = excluded.password_hash;");
                script.bind(org)?;
                script.bind(account)?;
                script.bind(hash)
            }
            Side::Link(link) => {
                sql(
                    "INSERT INTO links (token_hash, org, account, created_at, expires_at) VALUES (?,?,?,?,?);",
                );
                script.bind(link.token.to_vec())?;
                script.bind(org)?;
                script.bind(link.account)?;
                script.bind(link.created_at)?;
                script.bind(link.expires_at)
            }
            Side::LinksEnd(account) => {
                sql("DELETE FROM links WHERE org = ? AND account IS ?;");
                script.bind(org)?;
                script.bind(account)
            }
            Side::Session(session) => {
                sql(
                    "INSERT INTO sessions (token_hash, org, account, created_at, seen_at) VALUES (?,?,?,?,?);",
                );
                script.bind(session.token.to_vec())?;
                script.bind(org)?;
                script.bind(session.account)?;
                script.bind(session.created_at)?;
                script.bind(session.seen_at)
            }
            Side::SessionSeen { token, at } => {
                sql("UPDATE sessions SET seen_at = ? WHERE org = ? AND token_hash = ?;");
                script.bind(at)?;
                script.bind(org)?;
                script.bind(token.to_vec())
            }
            Side::SessionEnd(token) => {
                sql("DELETE FROM sessions WHERE org = ? AND token_hash = ?;");
                script.bind(org)?;
                script.bind(token.to_vec())
            }
            Side::SessionsEnd { account, but } => {
                sql("DELETE FROM sessions WHERE org = ? AND account = ? AND token_hash IS NOT ?;");
                script.bind(org)?;
                script.bind(account)?;
                script.bind(but.map(|b| b.to_vec()))
            }
            Side::SessionsExpire { seen, created } => {
                sql("DELETE FROM sessions WHERE org = ? AND (seen_at < ? OR created_at < ?);");
                script.bind(org)?;
                script.bind(seen)?;
                script.bind(created)
            }
            Side::MessageDone { n, at } => {
                sql("UPDATE outbox SET done_at = ? WHERE org = ? AND n = ?;");
                script.bind(at)?;
                script.bind(org)?;
                script.bind(n)
            }
        }
    }
}

/// Makes an organisation, unless there is one of that name.
pub(crate) async fn make_org(
    connection: &mut SqliteConnection,
    name: &str,
    at: i64,
) -> Result<(), StoreError> {
    let insert =
        sqlx::query("INSERT INTO orgs (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
    insert.bind(name).bind(at).execute(connection).await?;
    Ok(())
}

/// Puts freshly computed caches in the place of an organisation's.
pub(crate) async fn replace_caches(
    connection: &mut SqliteConnection,
    org: i64,
    records: Vec<RecordRow>,
    index: Vec<IndexRow>,
    head: Option<HeadRow>,
) -> Result<(), StoreError> {
    let done = async {
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
        for table in ["records", "entry_records", "heads"] {
            let delete = AssertSqlSafe(format!("DELETE FROM {table} WHERE org = ?"));
            sqlx::query(delete).bind(org).execute(&mut *connection).await?;
        }
        RECORDS.run(connection, records).await?;
        INDEX.run(connection, index).await?;
        HEADS.run(connection, head.into_iter().collect()).await?;
        sqlx::raw_sql("COMMIT").execute(&mut *connection).await.map(drop)
    };
    if let Err(error) = done.await {
        let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
        return Err(StoreError::from_ref(&error));
    }
    Ok(())
}
