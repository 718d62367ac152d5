//! The schema as it is, against the one that the migrations of this program make. A trigger or another table could change
//! or hide what is written without touching a row that is there.

use std::collections::BTreeMap;

use sqlx::{Connection, Executor, Sqlite, SqliteConnection, SqlitePool, sqlite::SqliteConnectOptions};

use super::{connect::MIGRATIONS, read::get};
use crate::StoreError;

/// Each table, index, trigger and view by kind and name, with the statement that made it; SQLite's own have none.
type Schema = BTreeMap<(String, String), Option<String>>;

/// What differs in the schema, as a sentence, if anything does.
pub(crate) async fn foreign_schema(pool: &SqlitePool) -> Result<Option<String>, StoreError> {
    let mut fresh = SqliteConnection::connect_with(&SqliteConnectOptions::new().in_memory(true)).await?;
    let migrated = MIGRATIONS.run_direct(None, &mut fresh, false).await;
    migrated.map_err(|error| StoreError::Migration(error.to_string()))?;
    let mut expected = read(&mut fresh).await?;
    fresh.close().await?;
    for ((kind, name), made) in read(pool).await? {
        match expected.remove(&(kind.clone(), name.clone())) {
            Some(expected) if expected == made => {}
            Some(_) => {
                return Ok(Some(format!("the {kind} {name} is not as this version of Isthmus makes it")));
            }
            None => return Ok(Some(format!("the database has the {kind} {name}, which no Isthmus made"))),
        }
    }
    let missing = expected.into_keys().next();
    Ok(missing.map(|(kind, name)| format!("the database lacks the {kind} {name}")))
}

/// The schema, without what the library of migrations and SQLite's own statistics keep for themselves.
async fn read<'c>(from: impl Executor<'c, Database = Sqlite>) -> Result<Schema, StoreError> {
    let sql = "SELECT type, name, sql FROM sqlite_schema \
               WHERE NOT (tbl_name = '_sqlx_migrations' AND type IN ('table', 'index')) AND name NOT LIKE 'sqlite_stat%'";
    let rows = sqlx::query(sql).fetch_all(from).await?;
    rows.iter().map(|row| Ok(((get(row, 0)?, get(row, 1)?), get(row, 2)?))).collect()
}
