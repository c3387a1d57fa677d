//! Types that every client needs many of.

/// An enum of the vendor's words that keeps words it does not know: `Other` round-trips.
///
/// ```
/// access_sync_http::open_enum! {
///     /// How a person holds a lease.
///     pub enum CustomerType {
///         /// The first leaseholder.
///         Primary = "Primary",
///         /// Pays, does not live there.
///         Guarantor = "Guarantor",
///     }
/// }
///
/// assert_eq!(CustomerType::from("primary"), CustomerType::Primary);
/// assert_eq!(CustomerType::from("Caretaker").as_str(), "Caretaker");
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A word that this version does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The vendor's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $( if text.eq_ignore_ascii_case($text) { return Self::$variant; } )+
                Self::Other(text.to_owned())
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::decode::Scalar for $name {
            const EXPECTED: &'static str = "a word";
            fn from_text(text: &str) -> Option<Self> {
                Some(Self::from(text))
            }
            fn from_int(number: i128) -> Option<Self> {
                Some(Self::from(number.to_string().as_str()))
            }
        }

        impl<'de> $crate::decode::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::decode::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::required(deserializer)
            }
        }

        impl $crate::decode::__private::serde::Serialize for $name {
            fn serialize<S: $crate::decode::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// A whole-number id of one kind of thing, read from a number or a text, written as a number.
///
/// ```
/// access_sync_http::numeric_id! {
///     /// A user's id.
///     pub struct UserId;
/// }
///
/// let id: UserId = access_sync_http::decode::json(b"\"42\"")?;
/// assert_eq!((id, id.to_string().as_str()), (UserId(42), "42"));
/// # Ok::<(), access_sync_http::Error>(())
/// ```
#[macro_export]
macro_rules! numeric_id {
    ($(#[$meta:meta])* pub struct $name:ident;) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl $crate::decode::Scalar for $name {
            const EXPECTED: &'static str = "an id (a whole number)";
            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok().map(Self)
            }
            fn from_int(number: i128) -> Option<Self> {
                number.try_into().ok().map(Self)
            }
        }

        impl<'de> $crate::decode::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::decode::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::required(deserializer)
            }
        }

        impl $crate::decode::__private::serde::Serialize for $name {
            fn serialize<S: $crate::decode::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.0)
            }
        }
    };
}
