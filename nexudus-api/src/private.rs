//! Texts that must not be printed by accident.

use std::fmt;

use access_sync_http::decode::Scalar;
use access_sync_http::{ExposeSecret, Personal, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

impl Scalar for Secret {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn from_int(number: i128) -> Option<Self> {
        Some(number.to_string().into())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::field::required(deserializer)
    }
}

crate::field::scalar_values!(Personal, Secret);
