//! Columns and rows: how values are spelt in the tables.

use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::{CredentialId, UserId};
use crate::events::DoorEvent;
use crate::journal::{Entry, EntryId, Intent, Outcome};
use crate::ledger::{
    CallCount, Hold, HoldId, HoldScope, How, KeptDoor, LedgerError, MadeCredential, MadeUser,
    PersonError, Rollback, RollbackId, Seen,
};

pub(super) fn made_user(row: &Row<'_>) -> rusqlite::Result<MadeUser> {
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
}

pub(super) fn credential(row: &Row<'_>) -> rusqlite::Result<MadeCredential> {
    let mut credential = MadeCredential::new(
        CredentialId(row.get(0)?),
        SubjectId::new(row.get::<_, String>(1)?),
        UserId(row.get(2)?),
        at(row, 3)?,
    );
    credential.from = optional_at(row, 4)?;
    credential.until = optional_at(row, 5)?;
    Ok(credential)
}

pub(super) fn hold(row: &Row<'_>) -> rusqlite::Result<Hold> {
    let (scope, id): (String, String) = (row.get(2)?, row.get(3)?);
    let scope = match scope.as_str() {
        "person" => HoldScope::Person(SubjectId::new(id)),
        "unit" => HoldScope::Unit(id),
        "property" => HoldScope::Property(id),
        "account" => HoldScope::Account,
        other => return Err(wrong(2, format!("\"{other}\" is no hold's scope"))),
    };
    let mut hold = Hold::new(word(row, 1)?, scope, at(row, 4)?, row.get::<_, String>(6)?);
    hold.id = HoldId(number(row, 0)?);
    hold.until = optional_at(row, 5)?;
    Ok(hold)
}

pub(super) fn seen(row: &Row<'_>) -> rusqlite::Result<Seen> {
    Ok(Seen {
        id: RecordId::new(row.get::<_, String>(0)?),
        origin: row.get(1)?,
        property: row.get(2)?,
        subject: SubjectId::new(row.get::<_, String>(3)?),
        state: word(row, 4)?,
        since: at(row, 5)?,
        record: row.get(6)?,
    })
}

pub(super) fn call_count(row: &Row<'_>) -> rusqlite::Result<CallCount> {
    Ok(CallCount::new(
        at(row, 0)?,
        row.get::<_, String>(1)?,
        row.get::<_, String>(2)?,
        number(row, 3)?,
    ))
}

pub(super) fn person_error(row: &Row<'_>) -> rusqlite::Result<PersonError> {
    Ok(PersonError {
        subject: SubjectId::new(row.get::<_, String>(0)?),
        since: at(row, 1)?,
        last: at(row, 2)?,
        times: number(row, 3)?,
        error: row.get(4)?,
    })
}

pub(super) fn audit(row: &Row<'_>) -> rusqlite::Result<(TargetId, DateTime<Utc>)> {
    Ok((TargetId::new(row.get::<_, String>(0)?), at(row, 1)?))
}

pub(super) fn door_event(row: &Row<'_>) -> rusqlite::Result<KeptDoor> {
    let event = DoorEvent::new(
        row.get::<_, String>(0)?,
        UserId(row.get(1)?),
        row.get::<_, String>(2)?,
        at(row, 3)?,
    );
    Ok(KeptDoor {
        event,
        told: row.get(4)?,
        told_at: optional_at(row, 5)?,
    })
}

pub(super) fn rollback(row: &Row<'_>) -> rusqlite::Result<Rollback> {
    let takes_back: Option<i64> = row.get(4)?;
    Ok(Rollback {
        id: RollbackId(number(row, 0)?),
        at: at(row, 1)?,
        digest: row.get(2)?,
        entry: EntryId(number(row, 3)?),
        takes_back: takes_back
            .and_then(|id| u64::try_from(id).ok())
            .map(RollbackId),
        done: optional_at(row, 5)?,
        plan: from_json(row, 6)?,
    })
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
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
pub(super) fn storage(error: rusqlite::Error) -> LedgerError {
    LedgerError::Storage(error.to_string())
}

/// One width for all, so that text sorts as time.
pub(super) fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| wrong(column, format!("{number} is below zero")))
}

pub(super) fn instant(column: usize, text: &str) -> rusqlite::Result<DateTime<Utc>> {
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

pub(super) fn how_word(how: How) -> &'static str {
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

pub(super) fn to_word(value: &impl Serialize) -> Result<String, LedgerError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(LedgerError::Storage("a kind without a word".into())),
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|error| LedgerError::Storage(error.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| wrong(column, error.to_string()))
}

fn wrong(column: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
