//! The tables' version, and the way from each to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::rows::storage;
use crate::ledger::LedgerError;

/// Migrations, in order; the file's `user_version` counts those that it has. One that was ever
/// released is not edited: files are out there that it made.
const MIGRATIONS: [&str; 2] = [include_str!("schema-1.sql"), include_str!("schema-2.sql")];

/// Brings a file up to date, whole or not at all: whoever ends in the middle leaves the file as it
/// was, in the version that it had.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), LedgerError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(storage)?;
    let found: i64 = transaction
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(storage)?;
    if found > known {
        return Err(LedgerError::TooNew { found, known });
    }
    if found == known {
        return Ok(());
    }
    for (version, sql) in (1..).zip(MIGRATIONS) {
        if version > found {
            transaction.execute_batch(sql).map_err(storage)?;
        }
    }
    transaction
        .execute_batch(&format!("PRAGMA user_version = {known}"))
        .map_err(storage)?;
    transaction.commit().map_err(storage)
}
