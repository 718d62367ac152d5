//! Opening the database: one connection that writes, several that read, and the migrations.

use std::{collections::BTreeMap, fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{DataDir, StoreError};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// How many connections read at once.
const READERS: u32 = 4;

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

/// The connection that writes, with all migrations run. `page_limit` bounds the database's size; 0 does not.
pub(crate) async fn writer(dir: &DataDir, page_limit: u32) -> Result<SqliteConnection, StoreError> {
    let path = dir.database();
    // Made here rather than by SQLite, so that it is its owner's alone from the first moment; the files SQLite puts
    // beside it take over its permissions.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(StoreError::io(&path))?;
    let mut options = options(&path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Fewer, larger checkpoints of the write-ahead log: 16 MB of it at most.
        .pragma("wal_autocheckpoint", "4000")
        // In KB. A write touches few pages of many: with the default of 2 MB it would read most of them again.
        .pragma("cache_size", "-16000");
    if page_limit > 0 {
        options = options.pragma("max_page_count", page_limit.to_string());
    }
    let mut connection = options.connect().await?;
    // Not `run`, with which the compiler cannot see that the future may move between threads.
    MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(|error| refused(&error))?;
    Ok(connection)
}

/// Connections that read the newest state.
pub(crate) async fn readers(path: &Path) -> Result<SqlitePool, StoreError> {
    connect(path, READERS).await
}

/// One connection that reads the state of this moment, whatever is written meanwhile.
pub(crate) async fn snapshot(path: &Path) -> Result<SqlitePool, StoreError> {
    let pool = connect(path, 1).await?;
    // The pool keeps its one connection for ever, and with it the transaction. Its first read fixes the moment.
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM sqlite_schema").execute(&pool).await?;
    Ok(pool)
}

async fn connect(path: &Path, count: u32) -> Result<SqlitePool, StoreError> {
    let pool = |options| {
        let pool = SqlitePoolOptions::new().max_connections(count).min_connections(1);
        pool.idle_timeout(None).max_lifetime(None).connect_with(options)
    };
    let plain = options(path).read_only(true).row_buffer_size(512).pragma("mmap_size", "1073741824");
    match pool(plain.clone()).await {
        Ok(readers) => Ok(readers),
        // On a medium where nothing can be written, SQLite cannot make the files beside the database; without a
        // write-ahead log the database file alone is the whole truth.
        Err(_) if !path.with_extension("db-wal").exists() => Ok(pool(plain.immutable(true)).await?),
        Err(error) => Err(error.into()),
    }
}

/// Whether the database has exactly the migrations of this program: for those who only read and may not run them.
pub(crate) async fn check_migrations(pool: &SqlitePool) -> Result<(), StoreError> {
    let rows =
        sqlx::query_as::<_, (i64, bool, Vec<u8>)>("SELECT version, success, checksum FROM _sqlx_migrations");
    let rows = rows.fetch_all(pool).await.map_err(|error| match error {
        sqlx::Error::Database(e) if e.message().contains("no such table") => {
            StoreError::Migration("the database has never been set up by this program".to_owned())
        }
        other => other.into(),
    })?;
    let mut applied: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
    for (version, success, checksum) in rows {
        if !success {
            return Err(refused(&MigrateError::Dirty(version)));
        }
        applied.insert(version, checksum);
    }
    for migration in MIGRATIONS.iter() {
        match applied.remove(&migration.version) {
            None => {
                return Err(StoreError::Migration(format!(
                    "the database lacks migration {}: start the server with this version of Isthmus once",
                    migration.version
                )));
            }
            Some(checksum) if checksum != *migration.checksum => {
                return Err(refused(&MigrateError::VersionMismatch(migration.version)));
            }
            Some(_) => {}
        }
    }
    applied
        .first_key_value()
        .map_or(Ok(()), |(version, _)| Err(refused(&MigrateError::VersionMissing(*version))))
}

fn refused(error: &MigrateError) -> StoreError {
    StoreError::Migration(match error {
        MigrateError::VersionMissing(version) => format!(
            "the database has migration {version}, which this version of Isthmus does not know: use the newer version that made it"
        ),
        MigrateError::VersionMismatch(version) => format!(
            "migration {version} of the database differs from this program's: it was made by another build of Isthmus"
        ),
        MigrateError::Dirty(version) | MigrateError::ExecuteMigration(_, version) => format!(
            "migration {version} failed ({error}): restore the backup taken before the update, or free disk space and try again"
        ),
        MigrateError::Execute(cause) => return StoreError::from_ref(cause),
        other => format!("the database could not be brought up to date: {other}"),
    })
}

/// Writes a consistent copy of a database into a file that was made for it and is empty; others may go on writing. What
/// nobody should find in a copy (sessions, one-time links) is left out.
pub(crate) async fn vacuum_into(pool: &SqlitePool, copy: &Path) -> Result<(), StoreError> {
    let name = copy.to_str().ok_or_else(|| StoreError::Io {
        path: copy.to_owned(),
        problem: "the name of the temporary directory is not UTF-8".to_owned(),
    })?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(pool).await?;
    let mut connection = options(copy).connect().await?;
    sqlx::raw_sql("DELETE FROM sessions; DELETE FROM links; VACUUM").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
