//! What a transaction is told to keep.

use rusqlite::{Transaction, params};

use super::rows::{how_word, json, signed, storage, text, to_word};
use crate::ledger::{HoldScope, LedgerError, Update};

pub(super) fn update(db: &Transaction<'_>, update: &Update) -> Result<(), LedgerError> {
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
        Update::Door(it) => run(
            "INSERT INTO door_events (key, user, door, at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            params![it.key, it.user.0, it.door, text(it.at)],
        ),
        Update::DoorTold { key, told, at } => run(
            "UPDATE door_events SET told = ?, told_at = ? WHERE key = ?",
            params![told, text(*at), key],
        ),
        Update::ForgetDoorsBefore(at) => run("DELETE FROM door_events WHERE at < ?", &[&text(*at)]),
        Update::Rollback(it) => run(
            "INSERT INTO rollbacks (id, at, digest, entry, takes_back, plan) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                (it.id.0 != 0).then(|| signed(it.id.0)),
                text(it.at),
                it.digest,
                signed(it.entry.0),
                it.takes_back.map(|id| signed(id.0)),
                json(&it.plan)?
            ],
        ),
        Update::RolledBack { id, at } => run(
            "UPDATE rollbacks SET done = ? WHERE id = ?",
            params![text(*at), signed(id.0)],
        ),
        Update::ForgetRollbacksBefore(at) => run("DELETE FROM rollbacks WHERE at < ?", &[&text(*at)]),
        Update::ForgetClaimsBefore(at) => run("DELETE FROM claims WHERE at < ?", &[&text(*at)]),
        Update::ForgetJournalBefore(at) => run("DELETE FROM journal WHERE ended < ?", &[&text(*at)]),
    }
    .map(drop)
}
