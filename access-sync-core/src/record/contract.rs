//! Contracts with their teams and pauses.

use super::{ContractStatus, DateField};
use crate::ids::{RecordId, SubjectId, TargetId};
use alloc::vec::Vec;
use chrono_tz::Tz;

/// A contract for a desk, an office or a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// Stable id.
    pub id: RecordId,
    /// Who pays, and has access.
    pub customer: SubjectId,
    /// What it opens.
    pub target: TargetId,
    /// Where it stands.
    pub status: ContractStatus,
    /// First day, local.
    pub start_date: DateField,
    /// Last day, local; missing is an open end.
    pub end_date: DateField,
    /// Who else has access through it.
    pub team: Vec<TeamMember>,
    /// Whole local days without access.
    pub pauses: Vec<Pause>,
    /// Beats the timeline's time zone.
    pub time_zone: Option<Tz>,
}

impl Contract {
    /// A contract without dates, team and pauses.
    pub fn new(
        id: impl Into<RecordId>,
        customer: impl Into<SubjectId>,
        target: impl Into<TargetId>,
        status: impl Into<ContractStatus>,
    ) -> Self {
        Self {
            id: id.into(),
            customer: customer.into(),
            target: target.into(),
            status: status.into(),
            start_date: DateField::Missing,
            end_date: DateField::Missing,
            team: Vec::new(),
            pauses: Vec::new(),
            time_zone: None,
        }
    }

    /// Adds a team member.
    #[must_use]
    pub fn member(mut self, member: impl Into<TeamMember>) -> Self {
        self.team.push(member.into());
        self
    }

    /// Adds a pause, both days inclusive.
    #[must_use]
    pub fn pause(mut self, from: impl Into<DateField>, to: impl Into<DateField>) -> Self {
        self.pauses.push(Pause {
            from: from.into(),
            to: to.into(),
        });
        self
    }

    chained! {
        /// Sets the first day.
        start_date: DateField;
        /// Sets the last day.
        end_date: DateField;
        /// Sets the team.
        team: Vec<TeamMember>;
        /// Sets the pauses.
        pauses: Vec<Pause>;
    }
}

/// Somebody who has access through another's contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TeamMember {
    /// Who.
    pub customer: SubjectId,
    /// First day in the team; missing is as long as the contract.
    pub joined: DateField,
    /// Last day in the team; missing is as long as the contract.
    pub left: DateField,
}

impl TeamMember {
    /// A member for as long as the contract runs.
    pub fn new(customer: impl Into<SubjectId>) -> Self {
        Self {
            customer: customer.into(),
            joined: DateField::Missing,
            left: DateField::Missing,
        }
    }

    /// Sets the first day in the team.
    #[must_use]
    pub fn joined(mut self, joined: impl Into<DateField>) -> Self {
        self.joined = joined.into();
        self
    }

    /// Sets the last day in the team.
    #[must_use]
    pub fn left(mut self, left: impl Into<DateField>) -> Self {
        self.left = left.into();
        self
    }
}

impl From<SubjectId> for TeamMember {
    fn from(customer: SubjectId) -> Self {
        Self::new(customer)
    }
}

impl From<&str> for TeamMember {
    fn from(customer: &str) -> Self {
        Self::new(customer)
    }
}

/// Whole local days on which a contract gives no access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// First day.
    pub from: DateField,
    /// Last day, included; missing is until further notice.
    pub to: DateField,
}
