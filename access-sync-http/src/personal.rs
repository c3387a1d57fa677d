//! Text about a person.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decode::{self, Scalar};

/// A name, an e-mail address, a telephone number: text about a person.
///
/// Reads like a `str` and is written like one by serde, so that it can be used; `Debug` shows nothing
/// of it and there is no `Display`, so that it does not reach a log by accident.
///
/// ```
/// use access_sync_http::Personal;
///
/// let name = Personal::from("Ada");
/// assert_eq!(name, "Ada");
/// assert_eq!(format!("{name:?}"), "[personal]");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Personal(String);

impl Personal {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Personal {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Personal {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Personal {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
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

impl<'de> Deserialize<'de> for Personal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decode::required(deserializer)
    }
}

impl Scalar for Personal {
    const EXPECTED: &'static str = String::EXPECTED;

    fn from_text(text: &str) -> Option<Self> {
        String::from_text(text).map(Self)
    }

    fn from_int(number: i128) -> Option<Self> {
        String::from_int(number).map(Self)
    }

    fn from_float(number: f64) -> Option<Self> {
        String::from_float(number).map(Self)
    }
}
