//! Texts that must not be printed by accident.

use std::fmt;
use std::ops::Deref;

use access_sync_http::decode::Scalar;
use access_sync_http::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text about a person: a name, an e-mail address, a telephone number.
///
/// Reads like a `str` and is written like one by serde, but `Debug` does not show it, so a record in
/// a log line tells nobody's name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Personal(String);

impl Personal {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Personal {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl PartialEq<str> for Personal {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Personal {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl Serialize for Personal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A PIN, a card number, an access code: neither `Debug` nor serde writes it.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text itself. Leading zeros are part of it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(crate) fn into_inner(self) -> SecretString {
        self.0
    }

    /// Its parts where one text holds several, separated by commas (a coworker's access cards).
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.expose()
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("****")
    }
}

macro_rules! from_any_scalar {
    ($($type:ident),*) => {$(
        impl Scalar for $type {
            const EXPECTED: &'static str = "a text";
            fn from_text(text: &str) -> Option<Self> {
                Some(text.into())
            }
            fn from_int(number: i128) -> Option<Self> {
                Some(number.to_string().into())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::field::required(deserializer)
            }
        }
    )*};
}
from_any_scalar!(Personal, Secret);
crate::field::scalar_values!(Personal, Secret);
