//! Entrata's double nesting: `customers: {customer: [ … ]}`, with either level collapsed at will.

use std::fmt;
use std::marker::PhantomData;

use access_sync_http::decode::{Rows, one_or_many};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// Reads `{ "<singular>": one or many }`; empty containers, `""` and null are none.
fn nested<'de, D, V>(deserializer: D, singular: &'static str) -> Result<V, D::Error>
where
    D: Deserializer<'de>,
    V: Container<'de>,
{
    deserializer.deserialize_any(Nested {
        singular,
        value: PhantomData,
    })
}

/// The elements, where one bad one spoils all.
pub(crate) fn many<'de, D, T>(deserializer: D, singular: &'static str) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    nested::<D, Many<T>>(deserializer, singular).map(|many| many.0)
}

/// The elements, where a bad one is kept beside the good ones.
pub(crate) fn rows<'de, D, T>(deserializer: D, singular: &'static str) -> Result<Rows<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    nested(deserializer, singular)
}

/// Writes rows as the array of those that could be read.
pub(crate) fn write_rows<T: Serialize, S: Serializer>(
    rows: &Rows<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    rows.items.serialize(serializer)
}

struct Many<T>(Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_or_many(deserializer).map(Self)
    }
}

/// What can stand inside: also as a bare array, as PHP writes empty objects as `[]` and some methods
/// leave the singular level out.
trait Container<'de>: Deserialize<'de> + Default {
    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Self, A::Error>;
}

impl<'de, T: Deserialize<'de>> Container<'de> for Many<T> {
    fn from_seq<A: SeqAccess<'de>>(seq: A) -> Result<Self, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Self)
    }
}

impl<'de, T: DeserializeOwned> Container<'de> for Rows<T> {
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut text = String::from("[");
        while let Some(raw) = seq.next_element::<Box<RawValue>>()? {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(raw.get());
        }
        text.push(']');
        serde_json::from_str(&text).map_err(A::Error::custom)
    }
}

struct Nested<V> {
    singular: &'static str,
    value: PhantomData<V>,
}

impl<'de, V: Container<'de>> Visitor<'de> for Nested<V> {
    type Value = V;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`, or nothing", self.singular)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V, A::Error> {
        let mut found = None;
        let mut others = false;
        while let Some(key) = map.next_key::<String>()? {
            if key.eq_ignore_ascii_case(self.singular) {
                found = Some(map.next_value()?);
            } else {
                others = true;
                map.next_value::<IgnoredAny>()?;
            }
        }
        match found {
            Some(value) => Ok(value),
            None if others => Err(A::Error::custom(format_args!(
                "there is no `{}`",
                self.singular
            ))),
            None => Ok(V::default()),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<V, A::Error> {
        V::from_seq(seq)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V, E> {
        match text.trim() {
            "" => Ok(V::default()),
            _ => Err(E::custom("a text where rows belong")),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<V, E> {
        Ok(V::default())
    }

    fn visit_none<E: Error>(self) -> Result<V, E> {
        Ok(V::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V, D::Error> {
        deserializer.deserialize_any(self)
    }
}
