//! The core's policy as TOML spells it.

use access_sync_core::policy::{EndBasis, GuardPolicy, NoAccess, Policy};
use chrono::NaiveTime;
use serde::{Deserialize, Deserializer};

/// The `[policy]` table: each key is one of [`Policy`]'s, each has its default there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PolicyConfig {
    /// "HH:MM", local.
    #[serde(deserialize_with = "optional_time")]
    pub start_time: Option<NaiveTime>,
    /// "HH:MM", local.
    #[serde(deserialize_with = "optional_time")]
    pub end_time: Option<NaiveTime>,
    /// Calendar days.
    pub early_access_days: Option<u32>,
    /// Calendar days.
    pub grace_days: Option<u32>,
    /// `move_out` or `lease_end`.
    pub end_basis: Option<EndBasisWord>,
    /// Minutes.
    pub buffer_before_min: Option<u32>,
    /// Minutes.
    pub buffer_after_min: Option<u32>,
    /// "HH:MM", local.
    #[serde(deserialize_with = "optional_time")]
    pub day_cutoff: Option<NaiveTime>,
    /// `keep`, `suspend`, `suspend_and_revoke_pass` or `delete`.
    pub no_access: Option<NoAccessWord>,
    /// Above these many removals nothing is taken away without approval.
    pub guard: GuardConfig,
}

/// The `[access]` table: what people get beside their groups. Everything is off unless asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AccessConfig {
    /// The PINs of users that we make work only within the span of the person's windows, even where
    /// nobody comes to take them away. Costs a call whenever the span's end moves.
    pub credential_dates: bool,
    /// Invite people to a mobile pass when they first get access, at the address that the source
    /// has. The pass is bounded by the span of the person's windows.
    pub mobile_pass: bool,
    /// Let visitors in as the access-control system's guests, who have an end of their own, instead
    /// of as users.
    pub guests: bool,
    /// Put people into groups so many minutes ahead of their first window, where nothing that they
    /// hold works before it. Needs `credential_dates`.
    pub preload_minutes: u32,
}

/// The `[policy.guard]` table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GuardConfig {
    /// A count.
    pub max_removals: Option<u64>,
    /// A share of the owned memberships, in per cent.
    pub max_removal_percent: Option<u8>,
    /// Below so many owned memberships the share is not looked at.
    pub min_scope: Option<u64>,
}

/// Which date ends a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndBasisWord {
    /// The move-out date alone.
    MoveOut,
    /// Without one, the term's end.
    LeaseEnd,
}

/// What becomes of our users who have nothing active.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoAccessWord {
    /// Nothing.
    Keep,
    /// Suspended.
    Suspend,
    /// Suspended, mobile pass revoked.
    SuspendAndRevokePass,
    /// Deleted.
    Delete,
}

impl PolicyConfig {
    /// The core's policy, defaults filled in.
    #[must_use]
    pub fn to_policy(&self) -> Policy {
        let mut policy = Policy::default();
        let set = |slot: &mut NaiveTime, value: Option<NaiveTime>| *slot = value.unwrap_or(*slot);
        set(&mut policy.start_time, self.start_time);
        set(&mut policy.end_time, self.end_time);
        set(&mut policy.day_cutoff, self.day_cutoff);
        let set = |slot: &mut u32, value: Option<u32>| *slot = value.unwrap_or(*slot);
        set(&mut policy.early_access_days, self.early_access_days);
        set(&mut policy.grace_days, self.grace_days);
        set(&mut policy.buffer_before_min, self.buffer_before_min);
        set(&mut policy.buffer_after_min, self.buffer_after_min);
        if let Some(EndBasisWord::LeaseEnd) = self.end_basis {
            policy.end_basis = EndBasis::LeaseEnd;
        }
        policy.no_access = match self.no_access {
            None | Some(NoAccessWord::Keep) => NoAccess::Keep,
            Some(NoAccessWord::Suspend) => NoAccess::Suspend,
            Some(NoAccessWord::SuspendAndRevokePass) => NoAccess::SuspendAndRevokePass,
            Some(NoAccessWord::Delete) => NoAccess::Delete,
        };
        policy.guard = self.guard.to_policy();
        policy
    }
}

impl GuardConfig {
    /// The core's limits, defaults filled in.
    #[must_use]
    pub fn to_policy(&self) -> GuardPolicy {
        let mut guard = GuardPolicy::default();
        guard.max_removals = self.max_removals.or(guard.max_removals);
        if let Some(percent) = self.max_removal_percent {
            guard.max_removal_percent = Some(percent.into());
        }
        if let Some(least) = self.min_scope {
            guard.min_scope = least;
        }
        guard
    }
}

pub(super) fn optional_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveTime>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    match NaiveTime::parse_from_str(&text, "%H:%M") {
        Ok(time) if text.len() == 5 => Ok(Some(time)),
        _ => Err(serde::de::Error::custom(format_args!(
            "\"{text}\" is no time of day as HH:MM"
        ))),
    }
}
