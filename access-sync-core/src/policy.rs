//! The rules that an operator sets, with the field's defaults.

use chrono::NaiveTime;

/// How records become windows, and what changes may do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Local time of day at which a lease's access begins. Default 10:00.
    pub start_time: NaiveTime,
    /// Local time of day at which a lease's access ends. Default 16:00.
    pub end_time: NaiveTime,
    /// Calendar days before the move-in date. Default 0.
    pub early_access_days: u32,
    /// Calendar days after the move-out date. Default 0.
    pub grace_days: u32,
    /// Which date ends a lease. Default: the move-out date alone.
    pub end_basis: EndBasis,
    /// Elapsed minutes before a booking or visit. Default 15.
    pub buffer_before_min: u32,
    /// Elapsed minutes after a booking or visit. Default 15.
    pub buffer_after_min: u32,
    /// Local time of day at which a day pass begins and ends. Default 00:00.
    pub day_cutoff: NaiveTime,
    /// What becomes of an owned user with nothing active. Default: kept.
    pub no_access: NoAccess,
    /// When removals look like an accident.
    pub guard: GuardPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            start_time: on_the_hour(10),
            end_time: on_the_hour(16),
            early_access_days: 0,
            grace_days: 0,
            end_basis: EndBasis::MoveOut,
            buffer_before_min: 15,
            buffer_after_min: 15,
            day_cutoff: NaiveTime::MIN,
            no_access: NoAccess::Keep,
            guard: GuardPolicy::default(),
        }
    }
}

fn on_the_hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN)
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.$name = $name;
            self
        }
    )*};
}

impl Policy {
    setters! {
        /// Sets [`Policy::start_time`].
        start_time: NaiveTime;
        /// Sets [`Policy::end_time`].
        end_time: NaiveTime;
        /// Sets [`Policy::early_access_days`].
        early_access_days: u32;
        /// Sets [`Policy::grace_days`].
        grace_days: u32;
        /// Sets [`Policy::end_basis`].
        end_basis: EndBasis;
        /// Sets [`Policy::buffer_before_min`].
        buffer_before_min: u32;
        /// Sets [`Policy::buffer_after_min`].
        buffer_after_min: u32;
        /// Sets [`Policy::day_cutoff`].
        day_cutoff: NaiveTime;
        /// Sets [`Policy::no_access`].
        no_access: NoAccess;
        /// Sets [`Policy::guard`].
        guard: GuardPolicy;
    }
}

/// Which date ends a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EndBasis {
    /// The move-out date; without one the end is open.
    #[default]
    MoveOut,
    /// The move-out date, or where there is none the end of the term.
    LeaseEnd,
}

/// What becomes of a user that we own and that has nothing active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum NoAccess {
    /// Nothing.
    #[default]
    Keep,
    /// Suspended, and reinstated when something becomes active.
    Suspend,
    /// Suspended, and the mobile pass is revoked.
    SuspendAndRevokePass,
    /// Deleted.
    Delete,
}

/// The limits above which removals look like an accident.
///
/// Both limits hold for the whole and, where the caller names scopes, for each scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardPolicy {
    /// More removals than this trip. Default: no such limit.
    pub max_removals: Option<u64>,
    /// A greater share of the owned memberships than this, in percent, trips. Default 25; `None`
    /// looks at no share.
    pub max_removal_percent: Option<u32>,
    /// Below that many owned memberships the share is not looked at. Default 20.
    pub min_scope: u64,
}

impl GuardPolicy {
    setters! {
        /// Sets [`GuardPolicy::max_removals`].
        max_removals: Option<u64>;
        /// Sets [`GuardPolicy::max_removal_percent`].
        max_removal_percent: Option<u32>;
        /// Sets [`GuardPolicy::min_scope`].
        min_scope: u64;
    }
}

impl Default for GuardPolicy {
    fn default() -> Self {
        Self {
            max_removals: None,
            max_removal_percent: Some(25),
            min_scope: 20,
        }
    }
}
