//! Records that must be objects.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A record that must be an object. Left alone, serde also reads an array as a record, field after
/// field: `[7, true]` as a suspension.
///
/// ```
/// use access_sync_http::decode::{self, Object};
///
/// #[derive(serde::Deserialize)]
/// struct Suspension {
///     id: i64,
///     suspended: bool,
/// }
///
/// let Object(it): Object<Suspension> = decode::json(br#"{"id": 7, "suspended": true}"#)?;
/// assert!(it.id == 7 && it.suspended);
/// assert!(decode::json::<Suspension>(b"[7, true]").is_ok());
/// assert!(decode::json::<Object<Suspension>>(b"[7, true]").is_err());
/// # Ok::<(), access_sync_http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}
