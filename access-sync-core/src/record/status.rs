//! Where records stand, in the words of their sources.

use alloc::boxed::Box;
use alloc::string::String;

macro_rules! status {
    ($(#[$doc:meta])* $name:ident grants [$($grant:ident)*] { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// Any other word; grants nothing.
            Other(Box<str>),
        }

        impl $name {
            /// The source's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }

            /// Whether a record of this status opens anything.
            pub fn grants(&self) -> bool {
                matches!(self, $(Self::$grant)|*)
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    _ => Self::Other(word.into()),
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::from(word.as_str())
            }
        }
    };
}

status! {
    /// Where a lease stands, in Entrata's words (compared exactly).
    LeaseStatus grants [Future Current Notice Past] {
        /// Applied, not signed.
        Applicant = "Applicant",
        /// Signed, not moved in.
        Future = "Future",
        /// Lives there.
        Current = "Current",
        /// Has given notice.
        Notice = "Notice",
        /// Has left; grants up to its move-out.
        Past = "Past",
        /// Cancelled before it began.
        Cancelled = "Cancelled",
        /// Application refused.
        Denied = "Denied",
    }
}

status! {
    /// Where a booking, visit or day pass stands (compared exactly).
    BookingStatus grants [Confirmed] {
        /// Stands.
        Confirmed = "confirmed",
        /// Not yet certain.
        Tentative = "tentative",
        /// Called off.
        Cancelled = "cancelled",
    }
}

status! {
    /// Where a contract stands (compared exactly).
    ContractStatus grants [Active] {
        /// Runs, or will.
        Active = "active",
        /// Called off.
        Cancelled = "cancelled",
    }
}
