//! The vendor's words, open: what this version does not know is kept as it came.

use std::fmt;

use access_sync_http::decode::{Scalar, required};
use access_sync_http::open_enum;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far a lease, a term of it or a person on it has come: `leaseStatusTypeId` (1 to 6, as a
/// number or text) or the word of `leaseCustomerStatus`, `leaseIntervalStatus` and their like.
///
/// Entrata has no status for evictions; see [`LeaseSubStatus`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LeaseStatus {
    /// 1: applied, nothing signed.
    Applicant,
    /// 2: came to nothing.
    Cancelled,
    /// 3: signed, has not moved in.
    Future,
    /// 4: lives there. Month-to-month and holdover leases are current too.
    Current,
    /// 5: has given notice (or was given it); lives there still.
    Notice,
    /// 6: has moved out.
    Past,
    /// Anything else, as it came.
    Other(String),
}

impl LeaseStatus {
    /// The six statuses of the vendor's pick list (`getLeasePickList`).
    pub const ALL: [Self; 6] = [
        Self::Applicant,
        Self::Cancelled,
        Self::Future,
        Self::Current,
        Self::Notice,
        Self::Past,
    ];

    /// The number for `leaseStatusTypeIds`; none for a word that the pick list lacks.
    #[must_use]
    pub fn type_id(&self) -> Option<i64> {
        match self {
            Self::Applicant => Some(1),
            Self::Cancelled => Some(2),
            Self::Future => Some(3),
            Self::Current => Some(4),
            Self::Notice => Some(5),
            Self::Past => Some(6),
            Self::Other(text) => text.parse().ok(),
        }
    }

    /// The vendor's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Applicant => "Applicant",
            Self::Cancelled => "Cancelled",
            Self::Future => "Future",
            Self::Current => "Current",
            Self::Notice => "Notice",
            Self::Past => "Past",
            Self::Other(text) => text,
        }
    }
}

impl From<i64> for LeaseStatus {
    fn from(id: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|status| status.type_id() == Some(id))
            .unwrap_or_else(|| Self::Other(id.to_string()))
    }
}

impl From<&str> for LeaseStatus {
    fn from(text: &str) -> Self {
        if let Ok(id) = text.parse::<i64>() {
            return Self::from(id);
        }
        if text.eq_ignore_ascii_case("Canceled") {
            return Self::Cancelled;
        }
        Self::ALL
            .into_iter()
            .find(|status| text.eq_ignore_ascii_case(status.as_str()))
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl fmt::Display for LeaseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Scalar for LeaseStatus {
    const EXPECTED: &'static str = "a lease status";

    fn from_text(text: &str) -> Option<Self> {
        Some(Self::from(text))
    }

    fn from_int(number: i128) -> Option<Self> {
        number.try_into().ok().map(|id: i64| Self::from(id))
    }
}

impl<'de> Deserialize<'de> for LeaseStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required(deserializer)
    }
}

impl Serialize for LeaseStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

open_enum! {
    /// One of the remarks in a lease's `leaseSubStatus`.
    pub enum LeaseSubStatus {
        /// The term ran out and the lease goes on.
        MonthToMonth = "Month To Month",
        /// There is a next term.
        Renewed = "Renewed",
        /// There will be no next term.
        NonRenewal = "Non renewal",
        /// An eviction is under way.
        Eviction = "Eviction",
        /// The account is with collections.
        InCollections = "In Collections",
        /// Left without notice.
        Skip = "Skip",
    }
}

open_enum! {
    /// What a person is on a lease (`customerType`). Only `Primary` is seen in the vendor's own
    /// examples; relationship names are each company's own.
    pub enum CustomerType {
        /// The first leaseholder.
        Primary = "Primary",
        /// A leaseholder beside the first.
        Responsible = "Responsible",
        /// An adult who lives there and does not pay.
        NotResponsible = "Not Responsible",
        /// Lives there without a lease: a child, as a rule.
        NonLeasingOccupant = "Non-Leasing Occupant",
        /// Pays if the others do not; does not live there.
        Guarantor = "Guarantor",
    }
}

open_enum! {
    /// Why a term of a lease exists (`leaseIntervalTypeName`). The numbers beside the names differ
    /// between examples, so that only the name counts.
    pub enum LeaseIntervalType {
        /// The first term.
        Application = "Application",
        /// A further term.
        Renewal = "Renewal",
        /// Goes on from month to month.
        MonthToMonth = "Month to Month",
        /// A term that began with a move within the house.
        Transfer = "Transfer",
        /// The terms were changed on the way.
        LeaseModification = "Lease Modification",
        /// The term was made longer.
        Extension = "Extension",
    }
}

impl LeaseIntervalType {
    /// Month to month, in any spelling ("Month to Month", "Month", "Month-to-Month", "MTM").
    #[must_use]
    pub fn is_month_to_month(&self) -> bool {
        match self {
            Self::MonthToMonth => true,
            Self::Other(text) => {
                let text = text.to_ascii_lowercase();
                text == "mtm" || text == "month" || text.replace('-', " ") == "month to month"
            }
            _ => false,
        }
    }

    /// A term that lets people stay longer: renewal, month to month or extension.
    #[must_use]
    pub fn prolongs(&self) -> bool {
        let extension_like = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.contains("renewal") || text.contains("extension")
        };
        match self {
            Self::Renewal | Self::Extension => true,
            Self::Other(text) => self.is_month_to_month() || extension_like(text),
            _ => self.is_month_to_month(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_from_its_number_or_its_word_and_unknown_ones_are_kept() {
        for json in ["4", "\"4\"", "\"Current\"", "\"current\""] {
            let status: LeaseStatus = serde_json::from_str(json).unwrap();
            assert_eq!(status, LeaseStatus::Current, "{json}");
        }
        assert_eq!(LeaseStatus::from("Canceled"), LeaseStatus::Cancelled);
        assert_eq!(LeaseStatus::from(7), LeaseStatus::Other("7".into()));
        assert_eq!(LeaseStatus::from(7).type_id(), Some(7));
        assert_eq!(LeaseStatus::from("Denied").as_str(), "Denied");
        assert!(serde_json::from_str::<LeaseStatus>("\"\"").is_err());
    }

    #[test]
    fn month_to_month_has_many_spellings() {
        for text in [
            "Month to Month",
            "MONTH TO MONTH",
            "Month-to-Month",
            "Month",
            "mtm",
        ] {
            assert!(LeaseIntervalType::from(text).is_month_to_month(), "{text}");
        }
        assert!(!LeaseIntervalType::from("Application").prolongs());
        assert!(LeaseIntervalType::from("Early Renewal").prolongs());
    }
}
