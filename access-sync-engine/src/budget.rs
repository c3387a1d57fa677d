//! Calls: how many a run takes, how many are left.

use access_sync_core::{Timeline, plan};
use chrono::{DateTime, TimeDelta, Utc};

use crate::extras::hulls;
use crate::journal::Write;
use crate::ledger::{Made, SeenState, Update};
use crate::observe::Observed;
use crate::steps::PersonSteps;
use crate::stored::from_json;
use crate::{Engine, EngineError, Observe};

/// Calls to the access-control system, against what thirty days allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallPlan {
    /// Calls that reading takes, at most; none where nothing is known yet to say.
    pub observe: Option<u64>,
    /// Look-ups that settle what a crash has left open, at most; made before anything is read.
    pub settle: u64,
    /// Calls that the changes take, at most, if each succeeds at once.
    pub apply: u64,
    /// Calls that come on top, at most, if everything has to be tried as often as the client tries:
    /// repeats, and a look-up for each user whose making is in doubt.
    pub retries: u64,
    /// Calls of the last thirty days, by the ledger; failed ones count.
    pub used: u64,
    /// Calls that thirty days allow; none where there is no limit, or nobody told.
    pub quota: Option<u64>,
    /// Calls that are kept for taking access away.
    pub reserve: u64,
}

impl CallPlan {
    /// Everything together: reading, settling and changing without repeats. More is made only where
    /// something fails, and then [`CallPlan::retries`] more at most.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.observe.unwrap_or(0) + self.settle + self.apply
    }

    /// Calls left.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        Some(self.quota?.saturating_sub(self.used))
    }

    /// Calls left for anything but taking access away.
    #[must_use]
    pub fn left_after_reserve(&self) -> Option<u64> {
        Some(self.left()?.saturating_sub(self.reserve))
    }
}

/// Rows of the lists at the last reading.
const ROWS: &str = "observed_rows";
/// The part of a quota that is kept back, at most: a twentieth.
const RESERVE_PART: u64 = 20;

impl Engine {
    /// What a run would cost that reads in the engine's mode, before it reads: lists are taken to
    /// have grown by a tenth and five rows since the last time, and so are the people who are asked
    /// about for `preload_minutes`. Changes are not known yet.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn call_plan(&self, now: DateTime<Utc>) -> Result<CallPlan, EngineError> {
        let made = self.ledger.made().await?;
        let mut calls = self.spent(&made, now).await?;
        let rows = self.ledger.state(ROWS).await?;
        let rows: Option<Rows> = rows.and_then(|text| serde_json::from_str(&text).ok());
        calls.observe = rows.map(|rows| {
            let groups = match self.observe {
                Observe::Full => rows.members.len(),
                Observe::Rolling { days } => rows.members.len().div_ceil(usize::from(days.max(1))),
            };
            let mut members: Vec<u64> = rows.members.iter().map(|it| self.grown(*it)).collect();
            // Which groups come next is not known here; the greatest stand for them.
            members.sort_unstable_by(|a, b| b.cmp(a));
            members.iter().take(groups).sum::<u64>()
                + self.grown(rows.users)
                + self.grown(rows.groups)
        });
        if let Some(observe) = &mut calls.observe {
            *observe += self.asked_about(&made, now).await?;
        }
        calls.settle = self.settling().await?;
        self.price(&mut calls, &[]);
        Ok(calls)
    }

    /// Pages of a list that had so many rows the last time.
    fn grown(&self, rows: usize) -> u64 {
        self.pages(rows + rows / 10 + 5)
    }

    /// What the steps cost, and what repeats may add to all of it.
    pub(crate) fn price(&self, calls: &mut CallPlan, steps: &[PersonSteps]) {
        calls.apply = steps.iter().map(PersonSteps::calls).sum();
        let looks: u64 = steps.iter().map(PersonSteps::looks).sum();
        let tries = self.access.tries().max(1);
        calls.retries = calls.total() * (tries - 1) + looks * tries;
    }

    /// Look-ups that open intents take, at most.
    pub(crate) async fn settling(&self) -> Result<u64, EngineError> {
        let open = self.ledger.open_intents().await?;
        Ok(open.iter().map(|entry| looks(&entry.intent.write)).sum())
    }

    /// Our people whose first window is so near that they are asked about, by what was last seen:
    /// what each holds is a call.
    async fn asked_about(&self, made: &Made, now: DateTime<Utc>) -> Result<u64, EngineError> {
        if !self.preloads() {
            return Ok(0);
        }
        let seen = self.ledger.seen().await?;
        let present = seen.iter().filter(|it| it.state != SeenState::Ended);
        let records = present.filter_map(|it| from_json(&it.record));
        let timeline = Timeline::new(None).policy(self.policy.clone());
        let plan = plan(&timeline.with_records(records));
        let near = hulls(&plan, now);
        let near = near.iter().filter(|(subject, hull)| {
            self.is_near(**hull, now) && made.users.contains_key(*subject)
        });
        let near = near.count();
        Ok(u64::try_from(near + near / 10 + 5).unwrap_or(u64::MAX))
    }

    pub(crate) async fn spent(
        &self,
        made: &Made,
        now: DateTime<Utc>,
    ) -> Result<CallPlan, EngineError> {
        let since = now.checked_sub_signed(TimeDelta::days(30)).unwrap_or(now);
        let vendor = self.access.vendor();
        let kept = self.ledger.calls(since).await?;
        let kept: u64 = kept
            .iter()
            .filter(|it| it.vendor == vendor)
            .map(|it| it.calls)
            .sum();
        let counted = self.meter.as_ref().map_or(0, |meter| meter.pending(vendor));
        let quota = self.access.quota();
        let people = u64::try_from(made.users.len()).unwrap_or(u64::MAX);
        Ok(CallPlan {
            observe: None,
            settle: 0,
            apply: 0,
            retries: 0,
            used: kept + counted,
            quota,
            // Everybody once: a group call and a suspension.
            reserve: quota.map_or(0, |quota| (quota / RESERVE_PART).min(people * 2)),
        })
    }

    /// Calls left; none where there is no limit, or the ledger cannot be read.
    pub(crate) async fn calls_left(&self, now: DateTime<Utc>) -> Option<u64> {
        let spent = self.spent(&Made::default(), now).await;
        spent.ok()?.left()
    }

    /// The mode that the calls left allow: audits go first.
    pub(crate) async fn affordable_mode(
        &self,
        now: DateTime<Utc>,
    ) -> Result<(Observe, Option<String>), EngineError> {
        let calls = self.call_plan(now).await?;
        let (Some(left), Some(need)) = (calls.left_after_reserve(), calls.observe) else {
            return Ok((self.observe, None));
        };
        // A run must leave room for the changes that it finds; half is theirs.
        if need <= left / 2 || self.observe != Observe::Full {
            return Ok((self.observe, None));
        }
        let why = format!(
            "reading everything takes {need} calls and {left} are left for the next days: only groups whose turn it is are read"
        );
        Ok((Observe::Rolling { days: 30 }, Some(why)))
    }

    pub(crate) fn rows(&self, groups: usize, observed: &Observed) -> Option<Update> {
        let users = observed.users?;
        let mut members: std::collections::BTreeMap<_, usize> = std::collections::BTreeMap::new();
        for target in &observed.read {
            members.insert(target, 0);
        }
        for (_, target) in &observed.memberships {
            *members.entry(target).or_default() += 1;
        }
        let rows = Rows {
            users,
            groups,
            members: members.into_values().collect(),
        };
        Some(Update::State {
            key: ROWS.into(),
            value: serde_json::to_string(&rows).ok(),
        })
    }
}

/// Look-ups that settle a write, at most.
fn looks(write: &Write) -> u64 {
    match write {
        Write::ChangeGroups { .. } | Write::Invite { .. } => 2,
        _ => 1,
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Rows {
    users: usize,
    groups: usize,
    members: Vec<usize>,
}
