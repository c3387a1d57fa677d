//! Rows that fail one by one, and lists that may be one object.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

use super::path;
use crate::{Rejected, redact};

/// Rows, decoded one by one: a bad row is kept as [`Rejected`] and the others stay.
///
/// As a field it reads an array, one object, or nothing (null, `""`, `{}`, absent with
/// `#[serde(default)]`). The first thousand bad rows are explained, the others counted
/// ([`Rejected::add_to`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<T> {
    /// The rows that could be read, in order.
    pub items: Vec<T>,
    /// The rows that could not, with their place.
    pub rejected: Vec<Rejected>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            rejected: Vec::new(),
        }
    }
}

impl<T> Rows<T> {
    /// How many rows there were, good and bad.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        Rejected::count(&self.rejected).saturating_add(self.items.len() as u64)
    }
}

impl<T: DeserializeOwned> Rows<T> {
    fn push(&mut self, index: usize, text: &str) {
        match serde_json::from_str(text) {
            Ok(item) => self.items.push(item),
            Err(_) if !Rejected::room(&self.rejected) => {
                Rejected::new(index, "", "").add_to(&mut self.rejected);
            }
            Err(error) => self.rejected.push(Rejected::new(
                index,
                path::of(text, &error),
                redact::serde_message(&error),
            )),
        }
    }
}

thread_local! {
    /// Set while [`all_or_nothing`] runs. Only a short cut: what it makes fail is read again without.
    static ALL_OR_NOTHING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a reading in which [`Rows`] take each row straight from the document and fail at the first
/// bad one. To look at each row twice, as it takes to go on after a bad one, costs good documents a
/// third of their speed.
pub(super) fn all_or_nothing<R>(read: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            ALL_OR_NOTHING.set(self.0);
        }
    }
    let _restore = Restore(ALL_OR_NOTHING.replace(true));
    read()
}

const EXPECTED: &str = "rows or nothing";

struct Straight<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Straight<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq))
    }

    /// One object for a list of one is left to the second reading: to read a `T` from a map whose
    /// first key is read takes a second copy of all of its code.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        match map.next_key::<de::IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(A::Error::custom("one object")),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "" => Ok(Vec::new()),
            _ => Err(E::invalid_value(de::Unexpected::Str("…"), &self)),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if ALL_OR_NOTHING.get() {
            let items = deserializer.deserialize_any(Straight(PhantomData))?;
            return Ok(Self::from(items));
        }
        deserializer.deserialize_any(OneByOne(PhantomData))
    }
}

/// Takes each row as it stands in the document, to go on after one that cannot be read.
struct OneByOne<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for OneByOne<T> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Rows::default();
        let mut index = 0;
        while let Some(row) = seq.next_element::<Box<RawValue>>()? {
            rows.push(index, row.get());
            index += 1;
        }
        Ok(rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut rows = Rows::default();
        let mut row = String::new();
        while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
            row.push(if row.is_empty() { '{' } else { ',' });
            row.push_str(&serde_json::to_string(&key).map_err(A::Error::custom)?);
            row.push(':');
            row.push_str(value.get());
        }
        if !row.is_empty() {
            row.push('}');
            rows.push(0, &row);
        }
        Ok(rows)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Rows::default())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Straight(PhantomData).visit_str(text).map(Rows::from)
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(items: Vec<T>) -> Self {
        let rejected = Vec::new();
        Self { items, rejected }
    }
}

/// For fields of type `Vec<T>`: an array, a single value, or nothing (null, `""`, `{}`, `[]`).
///
/// # Errors
/// Where an element cannot be read. Use [`Rows`] where the others should stay.
pub fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(OneOrMany(PhantomData))
}

struct OneOrMany<T>(PhantomData<T>);

impl<T> OneOrMany<T> {
    fn one<'de, E: de::Error, V: IntoDeserializer<'de, E>>(value: V) -> Result<Vec<T>, E>
    where
        T: Deserialize<'de>,
    {
        T::deserialize(value.into_deserializer()).map(|value| vec![value])
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one, many or none")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // `{}` stands for nothing, so the first key decides.
        match map.next_key::<String>()? {
            None => Ok(Vec::new()),
            first => {
                let peeked = Peeked { first, map };
                T::deserialize(MapAccessDeserializer::new(peeked)).map(|value| vec![value])
            }
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() {
            Ok(Vec::new())
        } else {
            Self::one(text)
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Self::one(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Self::one(number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Self::one(number)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::one(value)
    }
}

/// A map whose first key was read already.
struct Peeked<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Peeked<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Space {
        id: u32,
    }

    #[derive(Debug, Deserialize)]
    struct Unit {
        #[serde(default, deserialize_with = "one_or_many")]
        space: Vec<Space>,
    }

    #[derive(Debug, Deserialize)]
    struct Page {
        #[serde(default)]
        data: Rows<Space>,
    }

    #[test]
    fn one_many_and_none_read_alike() {
        for (json, count) in [
            (r#"{"space":[{"id":1},{"id":2}]}"#, 2),
            (r#"{"space":{"id":1}}"#, 1),
            (r#"{"space":[]}"#, 0),
            (r#"{"space":{}}"#, 0),
            (r#"{"space":""}"#, 0),
            (r#"{"space":null}"#, 0),
            ("{}", 0),
        ] {
            let unit: Unit = serde_json::from_str(json).unwrap();
            assert_eq!(unit.space.len(), count, "{json}");
            let page: Page = serde_json::from_str(&json.replace("space", "data")).unwrap();
            assert_eq!(page.data.items.len(), count, "{json}");
        }
    }

    #[test]
    fn both_ways_of_reading_rows_agree() {
        for json in [
            "[]",
            "{}",
            "null",
            "\"\"",
            " [ ] ",
            "{ }",
            "7",
            "\"x\"",
            "\" \"",
            "true",
            r#"[{"id":1}]"#,
            r#"{"id":1}"#,
            r#"[{"id":1},]"#,
            r#"[{"id":1}"#,
            "[null]",
            "[[]]",
        ] {
            let straight = all_or_nothing(|| serde_json::from_str::<Rows<Space>>(json));
            let by_row = serde_json::from_str::<Rows<Space>>(json);
            match (straight, by_row) {
                (Ok(straight), Ok(by_row)) => assert_eq!(straight, by_row, "{json}"),
                // What fails straight is read again, so it may bring rejected rows, or one object.
                (Err(_), Ok(by_row)) => {
                    assert!(
                        !by_row.rejected.is_empty() || json.starts_with('{'),
                        "{json}"
                    );
                }
                (Err(_), Err(_)) => {}
                (Ok(_), Err(error)) => panic!("{json}: {error}"),
            }
        }
        assert!(!ALL_OR_NOTHING.get());
    }

    #[test]
    fn a_bad_row_is_kept_beside_the_good_ones_without_its_value() {
        let page: Page =
            crate::decode::json(br#"{"data":[{"id":1},{"id":"x-secret"},{"id":3},{}]}"#).unwrap();
        assert_eq!(page.data.items, [Space { id: 1 }, Space { id: 3 }]);
        let places: Vec<_> = page
            .data
            .rejected
            .iter()
            .map(|r| (r.index, r.path.as_str()))
            .collect();
        assert_eq!(places, [(1, "id"), (3, ".")]);
        assert!(!format!("{:?}", page.data.rejected).contains("secret"));
    }

    #[test]
    fn millions_of_bad_rows_are_counted_and_not_kept() {
        let json = format!("{{\"data\":[{}{{\"id\":7}}]}}", "{},".repeat(200_000));
        let page: Page = crate::decode::json(json.as_bytes()).unwrap();
        assert_eq!(page.data.items, [Space { id: 7 }]);
        assert_eq!(page.data.rejected.len(), 1_001);
        assert_eq!(page.data.delivered(), 200_001);
    }

    #[test]
    fn a_fault_outside_the_rows_is_told_with_its_path() {
        let error = crate::decode::json::<Page>(br#"{"data":7}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("data: invalid type: integer `…`, expected rows or nothing"),
            "{error}"
        );
        let error = crate::decode::json::<Page>(br#"{"data":[{"id":1}"#).unwrap_err();
        assert!(error.to_string().contains("data"), "{error}");
        assert!(
            crate::decode::json::<Page>(b"  ")
                .unwrap_err()
                .to_string()
                .contains("blank")
        );
    }
}
