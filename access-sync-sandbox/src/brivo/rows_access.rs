//! Records about doors, credentials and time.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};

/// A card, mobile pass or other token in the account's bank. PINs are kept on their users.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// Brivo's id.
    pub id: i64,
    /// 100 is a 26-bit card, 307 a mobile pass.
    pub format_id: i64,
    /// Label or card number; not unique.
    pub reference_id: Option<String>,
    /// Lower-case hex.
    pub encoded: Option<String>,
    /// Field ids of the format and their values.
    pub fields: Vec<(i64, String)>,
    /// Bits, where the format tells.
    pub size: Option<i64>,
    /// Who holds it, and when it is good.
    pub assignment: Option<Assignment>,
    /// False for a mobile pass whose invitation has not been redeemed: it opens nothing.
    pub redeemed: bool,
    /// A wallet pass goes with it.
    pub wallet_pass: bool,
}

/// A credential in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment {
    /// The holder.
    pub user_id: i64,
    /// First instant of validity.
    pub from: DateTime<Utc>,
    /// End of validity, exclusive; open where there is none.
    pub to: Option<DateTime<Utc>>,
}

/// An invitation to a mobile pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invitation {
    /// Brivo's id.
    pub id: i64,
    /// E-mail address or other reference.
    pub reference_id: String,
    /// The pass.
    pub credential_id: i64,
    /// Redeems the pass.
    pub access_code: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it lapses unless redeemed.
    pub expiration: DateTime<Utc>,
    /// When it was redeemed.
    pub redeemed: Option<DateTime<Utc>>,
    /// When it was cancelled.
    pub cancelled: Option<DateTime<Utc>>,
    /// A wallet pass is offered as well.
    pub nfc_enabled: bool,
}

impl Invitation {
    /// `PENDING`, `REDEEMED`, `EXPIRED` or `CANCELLED`.
    pub fn status(&self, now: DateTime<Utc>) -> &'static str {
        if self.cancelled.is_some() {
            "CANCELLED"
        } else if self.redeemed.is_some() {
            "REDEEMED"
        } else if self.expiration <= now {
            "EXPIRED"
        } else {
            "PENDING"
        }
    }
}

/// A schedule as stored. Times are wall-clock times at the door's site.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schedule {
    /// Brivo's id.
    pub id: i64,
    /// At most 32 characters.
    pub name: String,
    /// The site; none for a universal schedule.
    pub site_id: Option<i64>,
    /// The group whose first entry enables it; taken to be enabled here.
    pub enabling_group_id: Option<i64>,
    /// Minutes.
    pub grace_period: Option<i64>,
    /// Blocks of each weekday.
    pub blocks: BTreeMap<u8, Vec<Block>>,
    /// Blocks of holidays.
    pub holiday_blocks: Vec<Block>,
    /// Exceptions, which beat the blocks.
    pub exceptions: Vec<ScheduleException>,
    /// Holidays that it observes.
    pub holidays: Vec<i64>,
    /// The built-in schedules are not.
    pub editable: bool,
}

/// From and until, wall clock; until is exclusive, `24:00` and `23:59` mean the day's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Start.
    pub start: NaiveTime,
    /// End; midnight where it is the day's end.
    pub end: Option<NaiveTime>,
}

impl Holiday {
    /// A holiday at all sites.
    pub fn new(id: i64, name: impl Into<String>, start: NaiveDateTime, end: NaiveDateTime) -> Self {
        Self {
            id,
            name: name.into(),
            site_id: None,
            start,
            end,
        }
    }
}

impl Block {
    /// The whole day.
    pub fn day() -> Self {
        Self {
            start: NaiveTime::MIN,
            end: None,
        }
    }

    pub(super) fn holds(self, time: NaiveTime) -> bool {
        self.start <= time && self.end.is_none_or(|end| time < end)
    }
}

/// A time in which a schedule is on or off against its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduleException {
    /// `ENABLE` or `DISABLE`.
    pub enabling: bool,
    /// When in the day.
    pub block: Block,
    /// On which days.
    pub recurrence: Recurrence,
}

/// The days of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recurrence {
    /// One date.
    Singular(NaiveDate),
    /// A weekday of a week of each month, 1 to 5.
    DayOfMonth(Weekday, u8),
}

/// A holiday as stored. Times are wall-clock times.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holiday {
    /// Brivo's id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// The site; none for a universal holiday.
    pub site_id: Option<i64>,
    /// Start.
    pub start: NaiveDateTime,
    /// End, exclusive.
    pub end: NaiveDateTime,
}

/// A control panel, on which doors hang.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ControlPanel {
    /// Brivo's id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// An offline panel goes on with what it last heard.
    pub online: bool,
    /// When it was last heard.
    pub last_contact: DateTime<Utc>,
    /// What it runs.
    pub firmware: String,
}

/// A door held against its schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoorOverride {
    /// `UNTIL_TIME`, `UNTIL_NEXT_SCHEDULE_CHANGE` or `INDEFINITE`.
    pub end_time_mode: String,
    /// Unlocked for everybody instead of locked.
    pub unlock: bool,
    /// When it ends.
    pub end: Option<DateTime<Utc>>,
}
