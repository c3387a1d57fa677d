//! Ids of records, people and targets.
//!
//! An id is text that its source gave and that never changes for the same thing. It is opaque:
//! compared byte by byte, case and spaces included. Ids of up to 23 bytes are stored in place,
//! longer ones are shared, so cloning one is cheap.

use crate::text::{Inline, Text, TextRef};
use alloc::string::String;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Text);

        impl $name {
            /// An id from text, which is taken as it is.
            pub fn new(id: impl Into<Self>) -> Self {
                id.into()
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            pub(crate) fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            #[inline]
            pub(crate) fn text(&self) -> TextRef<'_> {
                self.0.as_ref()
            }

            /// A byte of it, read to have it near.
            #[inline]
            pub(crate) fn touch(&self) -> u8 {
                self.text().touch()
            }
        }

        impl From<Inline> for $name {
            #[inline]
            fn from(id: Inline) -> Self {
                Self(Text::from(id))
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(Text::from(id))
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(Text::from(id))
            }
        }

        impl From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(Text::from(id.as_str()))
            }
        }

        impl From<Arc<str>> for $name {
            fn from(id: Arc<str>) -> Self {
                Self(Text::from(id))
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

id! {
    /// Id of a record (a lease, booking, contract …) in its source.
    RecordId
}
id! {
    /// Id of the person who is to open doors: stable, never an e-mail address.
    SubjectId
}
id! {
    /// Id of what is opened: an access group of the access-control system, a unit, a room.
    TargetId
}
