//! Reading the fields of a record: lenient about spelling, strict about meaning.

use access_sync_http::decode;
use serde::de::{Deserialize, Deserializer, Error as _};

/// A value that may be missing. Null and `""` are none; so are `{}` and `[]`.
pub(crate) trait Value: Sized {
    /// For errors: "a whole number".
    const EXPECTED: &'static str;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

/// Makes values of types that the plumbing reads already.
macro_rules! scalar_values {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::field::Value for $type {
            const EXPECTED: &'static str =
                <$type as access_sync_http::decode::Scalar>::EXPECTED;

            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                access_sync_http::decode::optional(deserializer)
            }
        }
    )*};
}
pub(crate) use scalar_values;

scalar_values!(String, bool, i64, u64, f64);

/// For fields that a record cannot do without.
pub(crate) fn required<'de, D: Deserializer<'de>, T: Value>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::read(deserializer)?
        .ok_or_else(|| D::Error::custom(format_args!("empty, expected {}", T::EXPECTED)))
}

/// For all other fields.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: Value>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::read(deserializer)
}

/// For many values in one text, `"1,2,3"`: how lists spell links to many. Null is none.
pub(crate) fn csv<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: decode::Scalar,
{
    struct Csv<T>(Vec<T>);
    impl<T: decode::Scalar> decode::Scalar for Csv<T> {
        const EXPECTED: &'static str = "values, separated by commas";

        fn from_text(text: &str) -> Option<Self> {
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(T::from_text)
                .collect::<Option<Vec<T>>>()
                .map(Self)
        }

        fn from_int(number: i128) -> Option<Self> {
            T::from_int(number).map(|value| Self(vec![value]))
        }
    }
    let values: Option<Csv<T>> = decode::optional(deserializer)?;
    Ok(values.map(|values| values.0).unwrap_or_default())
}

/// For arrays that only a read by id brings. None: the record does not say.
pub(crate) fn array<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}
