//! A ledger in one SQLite file.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    CallCount, Fence, Hold, HoldId, HoldScope, How, Leased, Ledger, LedgerError, Made,
    MadeCredential, MadeUser, PersonError, Run, Seen, Update,
};
use crate::access::{CredentialId, UserId};
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

/// Migrations, in order; the file's `user_version` counts those that it has.
const MIGRATIONS: [&str; 1] = [include_str!("schema-1.sql")];

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
        migrate(&mut connection)?;
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

fn migrate(connection: &mut Connection) -> Result<(), LedgerError> {
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
            entry,
        )
    }

    async fn journal(&self, count: usize) -> Result<Vec<Entry>, LedgerError> {
        self.rows(
            "SELECT id, at, digest, write, outcome, why, ended FROM journal ORDER BY id DESC LIMIT ?",
            [i64::try_from(count).unwrap_or(i64::MAX)],
            entry,
        )
    }

    async fn write(&self, fence: Option<&Fence>, updates: &[Update]) -> Result<(), LedgerError> {
        if updates.is_empty() {
            return Ok(());
        }
        self.transaction(fence, |db| updates.iter().try_for_each(|it| update(db, it)))
    }

    async fn made(&self) -> Result<Made, LedgerError> {
        let mut made = Made::default();
        let users = self.rows(
            "SELECT subject, user, how, since, guest, name, email, starts, ends, suspended, owes_revocation FROM users",
            [],
            |row| {
                let mut user = MadeUser::new(
                    SubjectId::new(row.get::<_, String>(0)?),
                    UserId(row.get(1)?),
                    how(row, 2)?,
                    at(row, 3)?,
                );
                user.guest = row.get(4)?;
                user.name = row.get(5)?;
                user.email = row.get(6)?;
                user.from = optional_at(row, 7)?;
                user.until = optional_at(row, 8)?;
                user.suspended = row.get(9)?;
                user.owes_revocation = row.get(10)?;
                Ok(user)
            },
        )?;
        made.users = users
            .into_iter()
            .map(|user| (user.subject.clone(), user))
            .collect();
        made.memberships = self
            .rows("SELECT user, target FROM memberships", [], |row| {
                Ok((UserId(row.get(0)?), TargetId::new(row.get::<_, String>(1)?)))
            })?
            .into_iter()
            .collect();
        let credentials = self.rows(
            "SELECT id, subject, user, since, starts, ends FROM credentials",
            [],
            |row| {
                let mut credential = MadeCredential::new(
                    CredentialId(row.get(0)?),
                    SubjectId::new(row.get::<_, String>(1)?),
                    UserId(row.get(2)?),
                    at(row, 3)?,
                );
                credential.from = optional_at(row, 4)?;
                credential.until = optional_at(row, 5)?;
                Ok(credential)
            },
        )?;
        made.credentials = credentials
            .into_iter()
            .map(|it| (it.id.clone(), it))
            .collect();
        Ok(made)
    }

    async fn holds(&self) -> Result<Vec<Hold>, LedgerError> {
        self.rows(
            "SELECT id, kind, scope, scope_id, since, until, why FROM holds ORDER BY id",
            [],
            |row| {
                let (scope, id): (String, String) = (row.get(2)?, row.get(3)?);
                let scope = match scope.as_str() {
                    "person" => HoldScope::Person(SubjectId::new(id)),
                    "unit" => HoldScope::Unit(id),
                    "property" => HoldScope::Property(id),
                    "account" => HoldScope::Account,
                    other => return Err(wrong(2, format!("\"{other}\" is no hold's scope"))),
                };
                let mut hold =
                    Hold::new(word(row, 1)?, scope, at(row, 4)?, row.get::<_, String>(6)?);
                hold.id = HoldId(number(row, 0)?);
                hold.until = optional_at(row, 5)?;
                Ok(hold)
            },
        )
    }

    async fn seen(&self) -> Result<Vec<Seen>, LedgerError> {
        self.rows(
            "SELECT id, origin, property, subject, state, since, record FROM seen ORDER BY id",
            [],
            |row| {
                Ok(Seen {
                    id: RecordId::new(row.get::<_, String>(0)?),
                    origin: row.get(1)?,
                    property: row.get(2)?,
                    subject: SubjectId::new(row.get::<_, String>(3)?),
                    state: word(row, 4)?,
                    since: at(row, 5)?,
                    record: row.get(6)?,
                })
            },
        )
    }

    async fn calls(&self, since: DateTime<Utc>) -> Result<Vec<CallCount>, LedgerError> {
        self.rows(
            "SELECT hour, vendor, operation, calls FROM calls WHERE hour >= ? ORDER BY hour, vendor, operation",
            [text(since)],
            |row| {
                Ok(CallCount::new(
                    at(row, 0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, String>(2)?,
                    number(row, 3)?,
                ))
            },
        )
    }

    async fn runs(&self, count: usize) -> Result<Vec<Run>, LedgerError> {
        self.rows(
            "SELECT run FROM runs ORDER BY id DESC LIMIT ?",
            [i64::try_from(count).unwrap_or(i64::MAX)],
            |row| from_json(row, 0),
        )
    }

    async fn errors(&self) -> Result<Vec<PersonError>, LedgerError> {
        self.rows(
            "SELECT subject, since, last, times, error FROM errors ORDER BY subject",
            [],
            |row| {
                Ok(PersonError {
                    subject: SubjectId::new(row.get::<_, String>(0)?),
                    since: at(row, 1)?,
                    last: at(row, 2)?,
                    times: number(row, 3)?,
                    error: row.get(4)?,
                })
            },
        )
    }

    async fn audits(&self) -> Result<BTreeMap<TargetId, DateTime<Utc>>, LedgerError> {
        let rows = self.rows("SELECT target, at FROM audits", [], |row| {
            Ok((TargetId::new(row.get::<_, String>(0)?), at(row, 1)?))
        })?;
        Ok(rows.into_iter().collect())
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

fn update(db: &Transaction<'_>, update: &Update) -> Result<(), LedgerError> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        db.prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(storage)
    };
    match update {
        Update::User(it) => run(
            "INSERT OR REPLACE INTO users (subject, user, how, since, guest, name, email, starts, ends, suspended, owes_revocation)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                it.subject.as_str(),
                it.user.0,
                how_word(it.how),
                text(it.since),
                it.guest,
                it.name,
                it.email,
                it.from.map(text),
                it.until.map(text),
                it.suspended,
                it.owes_revocation
            ],
        ),
        Update::UserGone(subject) => {
            for table in ["memberships", "credentials"] {
                let sql = format!(
                    "DELETE FROM {table} WHERE user IN (SELECT user FROM users WHERE subject = ?)"
                );
                run(&sql, &[&subject.as_str()])?;
            }
            run("DELETE FROM users WHERE subject = ?", &[&subject.as_str()])
        }
        Update::Membership {
            user,
            target,
            how,
            since,
        } => run(
            "INSERT OR IGNORE INTO memberships (user, target, how, since) VALUES (?, ?, ?, ?)",
            params![user.0, target.as_str(), how_word(*how), text(*since)],
        ),
        Update::MembershipGone { user, target } => run(
            "DELETE FROM memberships WHERE user = ? AND target = ?",
            params![user.0, target.as_str()],
        ),
        Update::Credential(it) => run(
            "INSERT OR REPLACE INTO credentials (id, subject, user, since, starts, ends)
             VALUES (?, ?, ?, ?, ?, ?)",
            params![
                it.id.0,
                it.subject.as_str(),
                it.user.0,
                text(it.since),
                it.from.map(text),
                it.until.map(text)
            ],
        ),
        Update::CredentialGone(id) => run("DELETE FROM credentials WHERE id = ?", &[&id.0]),
        Update::Hold(hold) => {
            let (scope, id) = match &hold.scope {
                HoldScope::Person(subject) => ("person", subject.as_str()),
                HoldScope::Unit(id) => ("unit", id.as_str()),
                HoldScope::Property(id) => ("property", id.as_str()),
                HoldScope::Account => ("account", ""),
            };
            let number = (hold.id.0 != 0).then(|| signed(hold.id.0));
            run(
                "INSERT OR REPLACE INTO holds (id, kind, scope, scope_id, since, until, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![
                    number,
                    to_word(&hold.kind)?,
                    scope,
                    id,
                    text(hold.since),
                    hold.until.map(text),
                    hold.why
                ],
            )
        }
        Update::Unhold(id) => run("DELETE FROM holds WHERE id = ?", &[&signed(id.0)]),
        Update::Seen(it) => run(
            "INSERT OR REPLACE INTO seen (id, origin, property, subject, state, since, record)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                it.id.as_str(),
                it.origin,
                it.property,
                it.subject.as_str(),
                to_word(&it.state)?,
                text(it.since),
                it.record
            ],
        ),
        Update::Forget(id) => run("DELETE FROM seen WHERE id = ?", &[&id.as_str()]),
        Update::Calls(it) => run(
            "INSERT INTO calls (hour, vendor, operation, calls) VALUES (?, ?, ?, ?)
             ON CONFLICT (hour, vendor, operation) DO UPDATE SET calls = calls + excluded.calls",
            params![text(it.hour), it.vendor, it.operation, signed(it.calls)],
        ),
        Update::ForgetCallsBefore(at) => run("DELETE FROM calls WHERE hour < ?", &[&text(*at)]),
        Update::Run(it) => run(
            "INSERT INTO runs (at, digest, run) VALUES (?, ?, ?)",
            params![text(it.at), it.digest, json(it)?],
        ),
        Update::PersonError(it) => run(
            "INSERT INTO errors (subject, since, last, times, error) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (subject) DO UPDATE SET last = excluded.last, times = times + 1, error = excluded.error",
            params![
                it.subject.as_str(),
                text(it.since),
                text(it.last),
                signed(it.times),
                it.error
            ],
        ),
        Update::PersonOk(subject) => {
            run("DELETE FROM errors WHERE subject = ?", &[&subject.as_str()])
        }
        Update::Audited { target, at } => run(
            "INSERT OR REPLACE INTO audits (target, at) VALUES (?, ?)",
            params![target.as_str(), text(*at)],
        ),
        Update::State { key, value } => match value {
            Some(value) => run(
                "INSERT OR REPLACE INTO states (key, value) VALUES (?, ?)",
                params![key, value],
            ),
            None => run("DELETE FROM states WHERE key = ?", &[key]),
        },
        Update::ForgetClaimsBefore(at) => run("DELETE FROM claims WHERE at < ?", &[&text(*at)]),
        Update::ForgetJournalBefore(at) => run("DELETE FROM journal WHERE ended < ?", &[&text(*at)]),
    }
    .map(drop)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let intent = Intent::new(at(row, 1)?, row.get::<_, String>(2)?, from_json(row, 3)?);
    let outcome: Option<String> = row.get(4)?;
    let outcome = match outcome.as_deref() {
        None => None,
        Some("done") => Some(Outcome::Done),
        Some("failed") => Some(Outcome::Failed(
            row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        )),
        Some("found_done") => Some(Outcome::FoundDone),
        Some("found_undone") => Some(Outcome::FoundUndone),
        Some(other) => return Err(wrong(4, format!("\"{other}\" is no outcome"))),
    };
    Ok(Entry::new(
        EntryId(number(row, 0)?),
        intent,
        outcome,
        optional_at(row, 6)?,
    ))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed over by map_err"
)]
fn storage(error: rusqlite::Error) -> LedgerError {
    LedgerError::Storage(error.to_string())
}

/// One width for all, so that text sorts as time.
fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| wrong(column, format!("{number} is below zero")))
}

fn instant(column: usize, text: &str) -> rusqlite::Result<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(text);
    parsed
        .map(Into::into)
        .map_err(|_| wrong(column, format!("\"{text}\" is no instant")))
}

fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    instant(column, &row.get::<_, String>(column)?)
}

fn optional_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let value: Option<String> = row.get(column)?;
    value.map(|text| instant(column, &text)).transpose()
}

fn how(row: &Row<'_>, column: usize) -> rusqlite::Result<How> {
    word(row, column)
}

fn how_word(how: How) -> &'static str {
    match how {
        How::Made => "made",
        How::Adopted => "adopted",
    }
}

/// A unit variant, as its bare word.
fn word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    let value = serde_json::Value::String(word);
    T::deserialize(value).map_err(|error| wrong(column, error.to_string()))
}

fn to_word(value: &impl Serialize) -> Result<String, LedgerError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(LedgerError::Storage("a kind without a word".into())),
    }
}

fn json(value: &impl Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|error| LedgerError::Storage(error.to_string()))
}

fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| wrong(column, error.to_string()))
}

fn wrong(column: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
