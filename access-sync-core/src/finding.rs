//! Findings: what a person should know about a record, an edge of it, or a membership.

use crate::ids::{RecordId, SubjectId, TargetId};
use crate::list::Item;
use alloc::borrow::Cow;
use core::cmp::Ordering;
use core::fmt;

/// Something that a person should know. It never stops the plan.
///
/// Findings sort by record, code, edge and field; those about no record come last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// The record it is about.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub record: Option<RecordId>,
    /// The edge of the window that is meant.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub edge: Option<Edge>,
    /// The field of the record that is meant, `team[0].joined` for instance.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub field: Option<Cow<'static, str>>,
    /// The person, where the finding is about a membership.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub subject: Option<SubjectId>,
    /// The target, where the finding is about a membership.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub target: Option<TargetId>,
}

impl Finding {
    /// A finding about a record.
    pub fn of_record(code: FindingCode, record: impl Into<RecordId>) -> Self {
        Self {
            code,
            severity: code.severity(),
            record: Some(record.into()),
            edge: None,
            field: None,
            subject: None,
            target: None,
        }
    }

    /// A finding about a membership.
    pub fn of_membership(
        code: FindingCode,
        subject: impl Into<SubjectId>,
        target: impl Into<TargetId>,
    ) -> Self {
        Self {
            code,
            severity: code.severity(),
            record: None,
            edge: None,
            field: None,
            subject: Some(subject.into()),
            target: Some(target.into()),
        }
    }
}

impl Ord for Finding {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.record.is_none(), it.code, it.edge);
        (
            key(self).0,
            &self.record,
            key(self),
            &self.field,
            &self.subject,
            &self.target,
        )
            .cmp(&(
                key(other).0,
                &other.record,
                key(other),
                &other.field,
                &other.subject,
                &other.target,
            ))
    }
}

impl PartialOrd for Finding {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One line: severity, code, and what it is about.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity.as_str(), self.code.as_str())?;
        if let Some(record) = &self.record {
            write!(f, ", record {record}")?;
        }
        if let Some(edge) = self.edge {
            write!(f, ", {}", edge.as_str())?;
        }
        if let Some(field) = &self.field {
            write!(f, ", {field}")?;
        }
        if let Some(subject) = &self.subject {
            write!(f, ", {subject}")?;
        }
        if let Some(target) = &self.target {
            write!(f, ", {target}")?;
        }
        Ok(())
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Severity {
    /// A rule was applied.
    Info,
    /// Somebody should look.
    Warn,
    /// A record or a change could not be used.
    Error,
}

impl Severity {
    /// The word in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// One end of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Edge {
    /// Where access begins.
    Start,
    /// Where access ends.
    End,
}

impl Edge {
    /// The word in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal $severity:ident,)*) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[$doc])* $name,)*
        }

        impl FindingCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in a document.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// How bad such a finding is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// The record's status grants nothing.
    ExcludedByStatus = "excluded_by_status" Info,
    /// A lease without a move-in date: no window, never one from the beginning of time.
    MissingMoveIn = "missing_move_in" Error,
    /// Another record without a start: no window.
    MissingStart = "missing_start" Error,
    /// A booking or visit without an end: no window.
    MissingEnd = "missing_end" Error,
    /// Text that is not a date or time: no window.
    InvalidDate = "invalid_date" Error,
    /// A local time, and no time zone in the record or the timeline: no window.
    MissingTimeZone = "missing_time_zone" Error,
    /// An end on or after 9999-12-31 is an open end.
    SentinelEndTreatedAsOpen = "sentinel_end_treated_as_open" Info,
    /// A lease of status `Past` without an end: no window, never a perpetual one.
    PastWithoutMoveOut = "past_without_move_out" Error,
    /// Start and end are the same instant: no window.
    EmptyWindow = "empty_window" Warn,
    /// The end comes before the start: no window.
    InvertedWindow = "inverted_window" Warn,
    /// A contract with more pauses than [`MAX_PAUSES`](crate::MAX_PAUSES): no window.
    TooManyPauses = "too_many_pauses" Error,
    /// The local time does not exist; it was moved forward by the length of the gap.
    GapShifted = "gap_shifted" Info,
    /// The local time exists twice; a start took the earlier instant, an end the later one.
    FoldResolved = "fold_resolved" Info,
    /// The hole between two consecutive leases was closed (the later record).
    BridgedRenewal = "bridged_renewal" Info,
    /// The hold took something away.
    HoldApplied = "hold_applied" Info,
    /// The record was seen before and is missing now; its access stays until that is confirmed.
    AbsentUnverified = "absent_unverified" Warn,
    /// Two people have access to one exclusive target at once.
    OverlappingOccupancy = "overlapping_occupancy" Info,
    /// A resident's own leases leave a hole that the dates alone cause (the later record).
    LeaseGap = "lease_gap" Info,
    /// Somebody is in a target who should not be, and we did not put them there.
    UnmanagedMembership = "unmanaged_membership" Warn,
    /// The grant would take the person over the limit of targets; it was left out.
    TooManyTargets = "too_many_targets" Error,
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Item for Finding {
    type Head = Option<RecordId>;

    fn head(&self) -> &Option<RecordId> {
        &self.record
    }
}
