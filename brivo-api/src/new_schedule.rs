//! Schedules on their way to Brivo.

use std::collections::BTreeMap;

use access_sync_http::Error;
use chrono::{NaiveDate, Weekday};
use serde_json::{Map, Value, json};

use crate::ids::{GroupId, SiteId};
use crate::schedules::ScheduleBlock;

/// A schedule to be made, or to replace another.
#[derive(Clone, Debug, Default)]
pub struct NewSchedule {
    name: String,
    site: Option<SiteId>,
    enabling_group: Option<GroupId>,
    grace_period: Option<u16>,
    blocks: BTreeMap<String, Vec<ScheduleBlock>>,
    exceptions: Vec<Value>,
}

const DAYS: [&str; 8] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "holiday",
];

impl NewSchedule {
    /// A schedule for all sites without blocks; add some.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// For one site only. Brivo takes it when a schedule is made, and not when it is replaced.
    #[must_use]
    pub fn site(mut self, site: SiteId) -> Self {
        self.site = Some(site);
        self
    }

    /// Starts only once a member of this group is there, who may come `grace_minutes` (0 to 60)
    /// early.
    #[must_use]
    pub fn enabled_by(mut self, group: GroupId, grace_minutes: u16) -> Self {
        self.enabling_group = Some(group);
        self.grace_period = Some(grace_minutes);
        self
    }

    /// A block on a day (`monday` … `sunday`, `holiday`), `HH:MM` local to the site.
    #[must_use]
    pub fn block(mut self, day: &str, block: ScheduleBlock) -> Self {
        self.blocks
            .entry(day.to_ascii_lowercase())
            .or_default()
            .push(block);
        self
    }

    /// An exception: one of [`ScheduleException`], or one that was read
    /// ([`Schedule::schedule_exceptions`](crate::Schedule::schedule_exceptions)).
    #[must_use]
    pub fn exception(mut self, exception: impl Into<Value>) -> Self {
        self.exceptions.push(exception.into());
        self
    }

    pub(crate) fn body(&self, with_site: bool) -> Result<Value, Error> {
        let refused = |why: &str| Err(Error::config(why));
        if self.name.trim().is_empty() || self.name.chars().count() > 32 {
            return refused("a schedule's name has 1 to 32 characters");
        }
        if self.blocks.keys().any(|day| !DAYS.contains(&day.as_str())) {
            return refused("a schedule's days are monday to sunday, and holiday");
        }
        if self.blocks.is_empty() || self.blocks.values().any(|blocks| blocks.len() > 32) {
            return refused("a schedule has at least one block, and at most 32 a day");
        }
        if self
            .blocks
            .values()
            .flatten()
            .any(|block| !clock(&block.start) || !clock(&block.end))
        {
            return refused("a block's times are HH:MM");
        }
        let bad_time = |exception: &Value| {
            ["start", "end"].iter().any(|key| {
                let time = exception.get(key).and_then(Value::as_str);
                time.is_some_and(|time| !clock(time))
            })
        };
        if self.exceptions.iter().any(bad_time) {
            return refused("an exception's times are HH:MM");
        }
        let bad_week = |exception: &Value| {
            let week = exception.pointer("/recurrence/weekOfMonth");
            week.and_then(Value::as_u64)
                .is_some_and(|week| !(1..=5).contains(&week))
        };
        if self.exceptions.iter().any(bad_week) {
            return refused("an exception's week of the month is 1 to 5");
        }
        if self.exceptions.len() > 16 {
            return refused("a schedule has at most 16 exceptions");
        }
        if self.grace_period.is_some_and(|minutes| minutes > 60) {
            return refused("the grace period has at most 60 minutes");
        }
        let mut body = Map::new();
        body.insert("name".into(), self.name.as_str().into());
        if let Some(site) = self.site.filter(|_| with_site) {
            body.insert("siteId".into(), json!(site));
        }
        if let Some(group) = self.enabling_group {
            body.insert("enablingGroupId".into(), json!(group));
        }
        if let Some(minutes) = self.grace_period {
            body.insert("gracePeriod".into(), minutes.into());
        }
        body.insert("scheduleBlocks".into(), json!(self.blocks));
        if !self.exceptions.is_empty() {
            body.insert("scheduleExceptions".into(), json!(self.exceptions));
        }
        Ok(Value::Object(body))
    }
}

/// When a schedule does otherwise than its blocks say.
///
/// ```
/// use brivo_api::{Recurrence, ScheduleBlock, ScheduleException};
/// use chrono::Weekday;
///
/// // Every second Wednesday of the month the afternoon is free for all.
/// let recurrence = Recurrence::Monthly { day: Weekday::Wed, week: 2 };
/// let exception = ScheduleException::open(ScheduleBlock::new("13:00", "18:00"), recurrence);
/// # let _ = exception;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleException {
    open: bool,
    block: ScheduleBlock,
    recurrence: Recurrence,
}

/// On which days an exception holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recurrence {
    /// On one day.
    On(NaiveDate),
    /// Each month, on a day of its first (1) to fifth week.
    Monthly {
        /// The day.
        day: Weekday,
        /// The week, 1 to 5.
        week: u8,
    },
}

impl ScheduleException {
    /// The schedule holds in this block though it would not otherwise (`ENABLE`).
    #[must_use]
    pub fn open(block: ScheduleBlock, recurrence: Recurrence) -> Self {
        Self {
            open: true,
            block,
            recurrence,
        }
    }

    /// The schedule does not hold in this block though it would otherwise (`DISABLE`).
    #[must_use]
    pub fn closed(block: ScheduleBlock, recurrence: Recurrence) -> Self {
        Self {
            open: false,
            block,
            recurrence,
        }
    }
}

impl From<ScheduleException> for Value {
    fn from(exception: ScheduleException) -> Self {
        let recurrence = match exception.recurrence {
            Recurrence::On(date) => json!({ "type": "SINGULAR", "date": date }),
            Recurrence::Monthly { day, week } => json!({
                "type": "DAY_OF_MONTH",
                "day": DAYS.get(day.num_days_from_monday() as usize).map(|d| d.to_uppercase()),
                "weekOfMonth": week,
            }),
        };
        json!({
            "enabling": if exception.open { "ENABLE" } else { "DISABLE" },
            "start": exception.block.start,
            "end": exception.block.end,
            "recurrence": recurrence,
        })
    }
}

fn clock(text: &str) -> bool {
    let part = |text: &str, most: u8| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|n| n <= most)
    };
    match text.split_once(':') {
        Some(("24", minutes)) => minutes == "00",
        Some((hours, minutes)) => part(hours, 23) && part(minutes, 59),
        None => false,
    }
}
