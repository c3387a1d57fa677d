//! Numbers as text, text as numbers, five spellings of yes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that vendors spell in several ways. Implement it for types of your own (dates, say).
///
/// Each method answers `None` where the spelling is no legal one.
pub trait Scalar: Sized {
    /// What is expected, for errors: "a whole number".
    const EXPECTED: &'static str;

    /// From a text, trimmed and not empty.
    fn from_text(text: &str) -> Option<Self>;

    /// From a whole number.
    fn from_int(number: i128) -> Option<Self>;

    /// From a number with a fraction. None unless said otherwise.
    fn from_float(_number: f64) -> Option<Self> {
        None
    }

    /// From a boolean. None unless said otherwise.
    fn from_bool(_value: bool) -> Option<Self> {
        None
    }
}

/// For fields of type `Option<T>`: absent (with `#[serde(default)]`), null, `""`, `{}` and `[]` are
/// none.
///
/// # Errors
/// Where the value is there but no legal spelling.
pub fn optional<'de, D: Deserializer<'de>, T: Scalar>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Lenient(PhantomData))
}

/// For fields of type `T` that must be there.
///
/// # Errors
/// Where the value is empty or no legal spelling.
pub fn required<'de, D: Deserializer<'de>, T: Scalar>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Required(PhantomData))
}

/// For fields of type `T` with a default: whatever is none to [`optional`] is the default.
///
/// # Errors
/// As [`optional`].
pub fn or_default<'de, D: Deserializer<'de>, T: Scalar + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_default())
}

/// Reads what may be missing.
struct Lenient<T>(PhantomData<T>);

/// Reads what must be there. A visitor of its own, not the other and a look at what it brings: half
/// of what leniency costs would be to move values between the two.
struct Required<T>(PhantomData<T>);

#[cold]
fn illegal<T: Scalar, E: serde::de::Error>() -> E {
    // Without the value: it may be a person's.
    E::custom(format_args!("not a legal spelling of {}", T::EXPECTED))
}

#[cold]
fn empty<T: Scalar, E: serde::de::Error>() -> E {
    E::custom(format_args!("empty, expected {}", T::EXPECTED))
}

#[cold]
fn compound<T: Scalar, E: serde::de::Error>(what: &str) -> E {
    E::custom(format_args!("{what}, expected {}", T::EXPECTED))
}

/// Nearly all texts begin and end with a letter or digit, and need no look at Unicode's blanks.
#[inline]
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// The two visitors differ in how they hold a value (`some`) and in what nothing is (`none`).
macro_rules! visits {
    ($value:ty, $some:expr, $none:expr) => {
        type Value = $value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        #[inline]
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            match trimmed(text) {
                "" => $none,
                text => T::from_text(text).map($some).ok_or_else(illegal::<T, E>),
            }
        }

        #[inline]
        fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
            let value = T::from_int(number.into());
            value.map($some).ok_or_else(illegal::<T, E>)
        }

        #[inline]
        fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
            let value = T::from_int(number.into());
            value.map($some).ok_or_else(illegal::<T, E>)
        }

        fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
            let value = T::from_float(number);
            value.map($some).ok_or_else(illegal::<T, E>)
        }

        #[inline]
        fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
            let value = T::from_bool(value);
            value.map($some).ok_or_else(illegal::<T, E>)
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            $none
        }

        fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            $none
        }

        fn visit_some<D: Deserializer<'de>>(
            self,
            deserializer: D,
        ) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            if map.next_entry::<IgnoredAny, IgnoredAny>()?.is_none() {
                return $none;
            }
            // To its end, where the error is then placed: at the whole, not at a part of it.
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Err(compound::<T, _>("an object"))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return $none;
            }
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Err(compound::<T, _>("an array"))
        }
    };
}

impl<'de, T: Scalar> Visitor<'de> for Lenient<T> {
    visits!(Option<T>, Some, Ok(None));
}

impl<'de, T: Scalar> Visitor<'de> for Required<T> {
    visits!(T, std::convert::identity, Err(empty::<T, _>()));
}

impl Scalar for String {
    const EXPECTED: &'static str = "a text";

    #[inline]
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn from_int(number: i128) -> Option<Self> {
        Some(number.to_string())
    }

    fn from_float(number: f64) -> Option<Self> {
        Some(number.to_string())
    }

    fn from_bool(value: bool) -> Option<Self> {
        Some(value.to_string())
    }
}

impl Scalar for bool {
    const EXPECTED: &'static str = "yes or no";

    fn from_text(text: &str) -> Option<Self> {
        const YES: [&str; 5] = ["1", "t", "true", "y", "yes"];
        const NO: [&str; 5] = ["0", "f", "false", "n", "no"];
        let is = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is(YES) {
            Some(true)
        } else if is(NO) {
            Some(false)
        } else {
            None
        }
    }

    fn from_int(number: i128) -> Option<Self> {
        match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    #[inline]
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Scalar for $type {
            const EXPECTED: &'static str = "a whole number";

            fn from_text(text: &str) -> Option<Self> {
                match text.parse() {
                    Ok(number) => Some(number),
                    // "12.00": PHP writes whole numbers so.
                    Err(_) => {
                        let (whole, zeros) = text.split_once('.')?;
                        zeros.bytes().all(|b| b == b'0').then(|| whole.parse().ok())?
                    }
                }
            }

            #[inline]
            fn from_int(number: i128) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_float(number: f64) -> Option<Self> {
                // Exact whole numbers only; beyond 2^53 a float cannot be trusted to be one.
                let whole = number.trunc();
                #[allow(clippy::cast_possible_truncation, reason = "bounded just before")]
                (whole == number && number.abs() < 9.0e15).then(|| (whole as i64).try_into().ok())?
            }
        }
    )*};
}
integers!(i64, u64, i32, u32, u16, u8);

impl Scalar for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_text(text: &str) -> Option<Self> {
        // "1,450.00", "$1,450.00", "($70.00)".
        let (text, negative) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            Some(inner) => (inner, true),
            None => (text, false),
        };
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ',' | '$' | ' '))
            .collect();
        if !plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            return None;
        }
        let number: f64 = plain.parse().ok()?;
        Some(if negative { -number } else { number })
    }

    fn from_int(number: i128) -> Option<Self> {
        #[allow(clippy::cast_precision_loss, reason = "amounts, not ids")]
        Some(number as f64)
    }

    fn from_float(number: f64) -> Option<Self> {
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Scalar>(json: &str) -> Result<Option<T>, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        optional(&mut reader).map_err(|error| error.to_string())
    }

    #[test]
    fn whole_numbers_come_as_numbers_or_text() {
        for json in ["7", "\"7\"", "\" 7 \"", "7.0", "\"7.00\""] {
            assert_eq!(read::<i64>(json), Ok(Some(7)), "{json}");
        }
        for json in ["null", "\"\"", "{}", "[]", "\"  \""] {
            assert_eq!(read::<i64>(json), Ok(None), "{json}");
        }
        for json in ["\"7a\"", "7.5", "true", "{\"a\":1}", "[1]", "1e300"] {
            assert!(read::<i64>(json).is_err(), "{json}");
        }
        assert!(read::<u32>("-1").is_err());
        assert_eq!(read::<u64>("18446744073709551615"), Ok(Some(u64::MAX)));
    }

    #[test]
    fn yes_and_no_come_in_five_spellings() {
        for json in ["true", "1", "\"1\"", "\"t\"", "\"True\""] {
            assert_eq!(read::<bool>(json), Ok(Some(true)), "{json}");
        }
        for json in ["false", "0", "\"0\"", "\"f\"", "\"FALSE\""] {
            assert_eq!(read::<bool>(json), Ok(Some(false)), "{json}");
        }
        assert!(read::<bool>("2").is_err());
    }

    #[test]
    fn money_comes_with_commas_signs_and_brackets() {
        for (json, value) in [
            ("1450", 1450.0),
            ("\"1,450.00\"", 1450.0),
            ("\"$1,450.00\"", 1450.0),
            ("\"($70.00)\"", -70.0),
        ] {
            assert_eq!(read::<f64>(json), Ok(Some(value)), "{json}");
        }
        assert!(read::<f64>("\"nan\"").is_err());
    }

    #[test]
    fn an_error_names_what_was_expected_and_never_the_value() {
        let error = read::<i64>("\"ana@example.test\"").unwrap_err();
        assert!(
            error.contains("a whole number") && !error.contains("ana"),
            "{error}"
        );
    }
}
