//! A ledger in one SQLite file.

mod rows;
mod schema;
mod update;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use access_sync_core::ids::TargetId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use rows::{instant, json, number, signed, storage, text};
use update::update;

use super::{
    CallCount, Fence, Hold, KeptDoor, Leased, Ledger, LedgerError, Made, PersonError, Rollback,
    Run, Seen, Update,
};
use crate::access::UserId;
use crate::journal::{Entry, EntryId, Intent, Outcome};

/// A ledger in one SQLite file, readable with plain SQL.
///
/// The file is made with mode 0600, runs in WAL mode with full synchronisation (an intent is on the
/// disk before its call goes out), and carries the version of its tables; an older file is brought
/// up to date when it is opened, a newer one is refused. Instants are RFC 3339 in UTC, kinds are
/// words, details JSON:
///
/// ```sql
/// SELECT at, kind, subject, outcome FROM journal ORDER BY id DESC LIMIT 20;
/// SELECT operation, sum(calls) FROM calls WHERE vendor = 'brivo' GROUP BY operation;
/// ```
///
/// Several processes may open the same file; the lease decides who writes. Calls into it block for
/// as long as the disk takes.
#[derive(Debug)]
pub struct SqliteLedger(Mutex<Connection>);

impl SqliteLedger {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// Where the file cannot be opened, is no ledger, or was made by a later version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LedgerError> {
        let path = path.as_ref();
        private_file(path)
            .map_err(|error| LedgerError::Storage(format!("{}: {error}", path.display())))?;
        let connection = Connection::open(path).map_err(storage)?;
        let journal: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(storage)?;
        if !journal.eq_ignore_ascii_case("wal") {
            return Err(LedgerError::Storage(format!(
                "{}: the file system does not allow WAL mode",
                path.display()
            )));
        }
        Self::prepared(connection)
    }

    /// A ledger in memory, with the same tables.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub fn in_memory() -> Result<Self, LedgerError> {
        Self::prepared(Connection::open_in_memory().map_err(storage)?)
    }

    fn prepared(mut connection: Connection) -> Result<Self, LedgerError> {
        connection
            .busy_timeout(Duration::from_secs(10))
            .map_err(storage)?;
        connection
            .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
            .map_err(storage)?;
        schema::migrate(&mut connection)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transaction<T>(
        &self,
        fence: Option<&Fence>,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(storage)?;
        if let Some(fence) = fence {
            check(&transaction, fence)?;
        }
        let result = work(&transaction)?;
        transaction.commit().map_err(storage)?;
        Ok(result)
    }

    fn rows<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql).map_err(storage)?;
        let rows = statement.query_map(values, read).map_err(storage)?;
        rows.collect::<Result<_, _>>().map_err(storage)
    }
}

/// Makes the file readable by its owner alone; SQLite gives its companions the same mode.
fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        options.mode(0o600);
        let file = options.open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    options.open(path).map(drop)
}

/// SQLite counts in signed numbers.
fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn check(transaction: &Transaction<'_>, fence: &Fence) -> Result<(), LedgerError> {
    let newest: Option<i64> = transaction
        .query_row(
            "SELECT token FROM leases WHERE name = ? AND until IS NOT NULL",
            [&fence.name],
            |row| row.get(0),
        )
        .optional()
        .map_err(storage)?;
    if newest == i64::try_from(fence.token).ok() {
        Ok(())
    } else {
        Err(LedgerError::Fenced)
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn lease(
        &self,
        name: &str,
        worker: Option<&str>,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Leased, LedgerError> {
        self.transaction(None, |db| {
            let held = db
                .query_row(
                    "SELECT token, worker, until FROM leases WHERE name = ?",
                    [name],
                    |row| {
                        let until: Option<String> = row.get(2)?;
                        let until = until.map(|text| instant(2, &text)).transpose()?;
                        Ok((number(row, 0)?, row.get::<_, Option<String>>(1)?, until))
                    },
                )
                .optional()
                .map_err(storage)?;
            let token = match held {
                None => 1,
                Some((_, holder, Some(until)))
                    if until > now && !(worker.is_some() && holder.as_deref() == worker) =>
                {
                    return Ok(Leased::Busy {
                        until,
                        worker: holder,
                    });
                }
                Some((token, ..)) => token + 1,
            };
            db.execute(
                "INSERT INTO leases (name, token, worker, until) VALUES (?, ?, ?, ?)
                 ON CONFLICT (name) DO UPDATE SET token = excluded.token, worker = excluded.worker, until = excluded.until",
                params![name, signed(token), worker, text(until)],
            )
            .map_err(storage)?;
            Ok(Leased::Granted(Fence {
                name: name.to_owned(),
                token,
            }))
        })
    }

    async fn renew(&self, fence: &Fence, until: DateTime<Utc>) -> Result<(), LedgerError> {
        self.transaction(Some(fence), |db| {
            db.execute(
                "UPDATE leases SET until = ? WHERE name = ?",
                params![text(until), fence.name],
            )
            .map(drop)
            .map_err(storage)
        })
    }

    async fn give_back(&self, fence: &Fence) -> Result<(), LedgerError> {
        self.transaction(None, |db| {
            db.execute(
                "UPDATE leases SET until = NULL WHERE name = ? AND token = ?",
                params![fence.name, signed(fence.token)],
            )
            .map(drop)
            .map_err(storage)
        })
    }

    async fn intent(&self, fence: &Fence, intent: &Intent) -> Result<EntryId, LedgerError> {
        self.transaction(Some(fence), |db| {
            let write = &intent.write;
            db.execute(
                "INSERT INTO journal (at, digest, kind, subject, user, write) VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    text(intent.at),
                    intent.digest,
                    write.kind(),
                    write.subject().as_str(),
                    write.user().map(|user| user.0.as_str()),
                    json(write)?
                ],
            )
            .map_err(storage)?;
            Ok(EntryId(u64::try_from(db.last_insert_rowid()).unwrap_or_default()))
        })
    }

    async fn outcome(
        &self,
        fence: &Fence,
        entry: EntryId,
        at: DateTime<Utc>,
        outcome: &Outcome,
        updates: &[Update],
    ) -> Result<(), LedgerError> {
        self.transaction(Some(fence), |db| {
            let (word, why) = match outcome {
                Outcome::Done => ("done", None),
                Outcome::Failed(why) => ("failed", Some(why.as_str())),
                Outcome::FoundDone => ("found_done", None),
                Outcome::FoundUndone => ("found_undone", None),
            };
            let changed = db
                .execute(
                    "UPDATE journal SET outcome = ?, why = ?, ended = ? WHERE id = ? AND outcome IS NULL",
                    params![word, why, text(at), signed(entry.0)],
                )
                .map_err(storage)?;
            if changed == 0 {
                return Err(LedgerError::NoEntry(entry));
            }
            updates.iter().try_for_each(|it| update(db, it))
        })
    }

    async fn open_intents(&self) -> Result<Vec<Entry>, LedgerError> {
        self.rows(
            "SELECT id, at, digest, write, outcome, why, ended FROM journal WHERE outcome IS NULL ORDER BY id",
            [],
            rows::entry,
        )
    }

    async fn journal(&self, count: usize) -> Result<Vec<Entry>, LedgerError> {
        self.rows(
            "SELECT id, at, digest, write, outcome, why, ended FROM journal ORDER BY id DESC LIMIT ?",
            [limit(count)],
            rows::entry,
        )
    }

    async fn journal_after(&self, entry: EntryId) -> Result<Vec<Entry>, LedgerError> {
        self.rows(
            "SELECT id, at, digest, write, outcome, why, ended FROM journal WHERE id > ? ORDER BY id",
            [signed(entry.0)],
            rows::entry,
        )
    }

    async fn write(&self, fence: Option<&Fence>, updates: &[Update]) -> Result<(), LedgerError> {
        if updates.is_empty() {
            return Ok(());
        }
        self.transaction(fence, |db| updates.iter().try_for_each(|it| update(db, it)))
    }

    async fn made(&self) -> Result<Made, LedgerError> {
        let users = self.rows(
            "SELECT subject, user, how, since, guest, name, email, starts, ends, suspended, owes_revocation FROM users",
            [],
            rows::made_user,
        )?;
        let memberships = self.rows("SELECT user, target FROM memberships", [], |row| {
            Ok((UserId(row.get(0)?), TargetId::new(row.get::<_, String>(1)?)))
        })?;
        let credentials = self.rows(
            "SELECT id, subject, user, since, starts, ends FROM credentials",
            [],
            rows::credential,
        )?;
        let users = users.into_iter().map(|it| (it.subject.clone(), it));
        let credentials = credentials.into_iter().map(|it| (it.id.clone(), it));
        Ok(Made {
            users: users.collect(),
            memberships: memberships.into_iter().collect(),
            credentials: credentials.collect(),
        })
    }

    async fn holds(&self) -> Result<Vec<Hold>, LedgerError> {
        self.rows(
            "SELECT id, kind, scope, scope_id, since, until, why FROM holds ORDER BY id",
            [],
            rows::hold,
        )
    }

    async fn seen(&self) -> Result<Vec<Seen>, LedgerError> {
        self.rows(
            "SELECT id, origin, property, subject, state, since, record FROM seen ORDER BY id",
            [],
            rows::seen,
        )
    }

    async fn calls(&self, since: DateTime<Utc>) -> Result<Vec<CallCount>, LedgerError> {
        self.rows(
            "SELECT hour, vendor, operation, calls FROM calls WHERE hour >= ? ORDER BY hour, vendor, operation",
            [text(since)],
            rows::call_count,
        )
    }

    async fn runs(&self, count: usize) -> Result<Vec<Run>, LedgerError> {
        self.rows(
            "SELECT run FROM runs ORDER BY id DESC LIMIT ?",
            [limit(count)],
            |row| rows::from_json(row, 0),
        )
    }

    async fn errors(&self) -> Result<Vec<PersonError>, LedgerError> {
        self.rows(
            "SELECT subject, since, last, times, error FROM errors ORDER BY subject",
            [],
            rows::person_error,
        )
    }

    async fn audits(&self) -> Result<BTreeMap<TargetId, DateTime<Utc>>, LedgerError> {
        let rows = self.rows("SELECT target, at FROM audits", [], rows::audit)?;
        Ok(rows.into_iter().collect())
    }

    async fn rollbacks(&self, count: usize) -> Result<Vec<Rollback>, LedgerError> {
        self.rows(
            "SELECT id, at, digest, entry, takes_back, done, plan FROM rollbacks ORDER BY id DESC LIMIT ?",
            [limit(count)],
            rows::rollback,
        )
    }

    async fn doors(&self, since: DateTime<Utc>) -> Result<Vec<KeptDoor>, LedgerError> {
        self.rows(
            "SELECT key, user, door, at, told, told_at FROM door_events WHERE at >= ? ORDER BY at, key",
            [text(since)],
            rows::door_event,
        )
    }

    async fn waiting_doors(&self) -> Result<Vec<KeptDoor>, LedgerError> {
        self.rows(
            "SELECT key, user, door, at, told, told_at FROM door_events WHERE told IS NULL ORDER BY at, key",
            [],
            rows::door_event,
        )
    }

    async fn state(&self, key: &str) -> Result<Option<String>, LedgerError> {
        self.connection()
            .query_row("SELECT value FROM states WHERE key = ?", [key], |row| {
                row.get(0)
            })
            .optional()
            .map_err(storage)
    }

    async fn claim(&self, key: &str, at: DateTime<Utc>) -> Result<bool, LedgerError> {
        self.transaction(None, |db| {
            let made = db
                .execute(
                    "INSERT INTO claims (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
                    params![key, text(at)],
                )
                .map_err(storage)?;
            Ok(made == 1)
        })
    }
}
