//! Text about a person.

use std::fmt;
use std::ops::Deref;

use access_sync_http::decode::Scalar;
use serde::{Serialize, Serializer};

/// A name, an address or a number of a person.
///
/// Reads like a `&str`, so that it can be used; `Debug` shows nothing of it, so that it does not
/// reach a log by accident, and there is no `Display`.
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

impl Scalar for Personal {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Option<Self> {
        Some(Self::from(text))
    }

    fn from_int(number: i128) -> Option<Self> {
        Some(Self(number.to_string()))
    }

    fn from_float(number: f64) -> Option<Self> {
        Some(Self(number.to_string()))
    }
}
