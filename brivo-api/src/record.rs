//! Records are objects. Left alone, serde would also read an array as a record, field after field:
//! `[7, true]` as a suspension.

use access_sync_http::decode::{self, Object, Rows};
use access_sync_http::{Error, Reply};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

/// Reads one record.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    decode::json(body).map(|Object(record)| record)
}

/// Reads the one record that was answered.
pub(crate) fn of<T: DeserializeOwned>(reply: &Reply) -> Result<T, Error> {
    reply.json().map(|Object(record)| record)
}

/// For fields that hold rows of records; a row that is none is rejected.
pub(crate) fn rows<'de, D, T>(deserializer: D) -> Result<Rows<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let Rows { items, rejected } = Rows::<Object<T>>::deserialize(deserializer)?;
    let items = items.into_iter().map(|Object(record)| record).collect();
    Ok(Rows { items, rejected })
}

/// For fields that hold records of which each must be readable.
pub(crate) fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let records: Vec<Object<T>> = decode::one_or_many(deserializer)?;
    Ok(records.into_iter().map(|Object(record)| record).collect())
}

/// For a field that holds one record: an object, or an array of the one object, as Brivo shows some
/// of them.
pub(crate) fn nested<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    nested_opt(deserializer)?.ok_or_else(|| D::Error::custom("no record where one must be"))
}

/// As [`nested`]; null and an array of nothing are none.
pub(crate) fn nested_opt<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let mut records = one_or_many(deserializer)?;
    let record = records.pop();
    if records.is_empty() {
        Ok(record)
    } else {
        Err(D::Error::custom("several records where one must be"))
    }
}
