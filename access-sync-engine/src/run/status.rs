//! How the loop is, as data.

use std::collections::BTreeMap;

use access_sync_core::ids::{SubjectId, TargetId};
use access_sync_core::state::Change;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Applied, Prepared};

/// How the loop is. Holds ids and counts, never names.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// What it is doing.
    pub activity: Activity,
    /// When this was asked for.
    pub asked_at: Option<DateTime<Utc>>,
    /// When the last run ended that read, compared and wrote all that it could.
    pub last_sync: Option<DateTime<Utc>>,
    /// Seconds by which the doors are behind: since when the longest overdue change is due. 0 where
    /// none is.
    pub lag_seconds: i64,
    /// Since when the longest overdue change is due.
    pub late_since: Option<DateTime<Utc>>,
    /// The next change that the plan knows.
    pub next_transition: Option<NextTransition>,
    /// When it looks again by itself.
    pub next_wake: Option<DateTime<Utc>>,
    /// Runs so far, failed ones included.
    pub runs: u64,
    /// People changed so far.
    pub people_changed: u64,
    /// People done and to do, while a run is writing.
    pub applying: Option<(usize, usize)>,
    /// Calls left of the account's allowance, where that is known.
    pub calls_left: Option<u64>,
    /// Findings of the last run, by their code.
    pub findings: BTreeMap<String, usize>,
    /// Why the last run's reading was not whole; nothing is taken away then.
    pub incomplete: Vec<String>,
    /// What the guard holds back.
    pub withheld: Option<WithheldChanges>,
    /// People of ours whom no source mentions any more; they keep what they have.
    pub unverified: usize,
    /// People whose grants wait, since the calls left are kept for taking access away.
    pub postponed: usize,
    /// People whose changes failed, by subject.
    pub people: Vec<PersonTrouble>,
    /// The sources.
    pub sources: Vec<SourceHealth>,
    /// The access-control system, as the runs found it.
    pub access: Health,
    /// The feeds of events, by name.
    pub pollers: BTreeMap<String, Health>,
    /// Why the last word about somebody's coming or going did not get through.
    pub presence_error: Option<String>,
}

/// What the loop is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Activity {
    /// Nothing yet.
    #[default]
    Starting,
    /// Reading sources and members.
    Reading,
    /// Changing people.
    Applying,
    /// Asleep until [`Status::next_wake`].
    Idle,
    /// Asleep after a failure.
    Failing,
    /// Told to end.
    Stopping,
    /// Ended.
    Stopped,
}

/// The next change that the plan knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NextTransition {
    /// When.
    pub at: DateTime<Utc>,
    /// Whose.
    pub subject: SubjectId,
    /// At which group.
    pub target: TargetId,
    /// "grant" or "revoke".
    pub change: &'static str,
}

/// Whether somebody answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// When it last went well.
    pub last_good: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is tried again.
    pub retry_at: Option<DateTime<Utc>>,
    /// The last error, in one line.
    pub error: Option<String>,
}

/// How a source is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceHealth {
    /// Its name.
    pub name: String,
    /// When it was last read whole.
    pub last_whole_read: Option<DateTime<Utc>>,
    /// Seconds since.
    pub age_seconds: Option<i64>,
    /// Failures in a row.
    pub failures: u32,
    /// When it is asked again, where it fails.
    pub retry_at: Option<DateTime<Utc>>,
    /// What is wrong, in one line.
    pub error: Option<String>,
}

/// Somebody whose change failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PersonTrouble {
    /// Who.
    pub subject: SubjectId,
    /// Why, in one line.
    pub error: String,
    /// Failures in a row.
    pub attempts: u32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is tried again at the latest.
    pub retry_at: DateTime<Utc>,
}

/// What the guard holds back until somebody approves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WithheldChanges {
    /// Whose changes.
    pub people: usize,
    /// Why.
    pub reasons: Vec<String>,
    /// What an approval has to name.
    pub digest: String,
}

impl Status {
    pub(super) fn ran(&mut self, prepared: &Prepared, applied: &Applied, now: DateTime<Utc>) {
        let changes = prepared.changes();
        self.last_sync = Some(now);
        self.people_changed += applied.done.len() as u64;
        self.applying = None;
        self.access = Health {
            last_good: Some(now),
            ..Health::default()
        };
        self.next_transition =
            prepared
                .plan()
                .next_transition(prepared.now)
                .map(|next| NextTransition {
                    at: next.at,
                    subject: next.subject,
                    target: next.target,
                    change: match next.change {
                        Change::Revoke => "revoke",
                        _ => "grant",
                    },
                });
        self.findings = BTreeMap::new();
        let plan = prepared.plan().findings();
        let codes = plan
            .iter()
            .map(|it| it.code.to_string())
            .chain(changes.findings.iter().map(|it| it.code.to_string()))
            .chain(prepared.notes().iter().map(|it| it.code.to_string()));
        for code in codes {
            *self.findings.entry(code).or_default() += 1;
        }
        self.incomplete = prepared.feed.missing.clone();
        self.unverified = prepared.unverified.len();
        self.postponed = applied.postponed.len();
        self.withheld = (changes.guard.tripped && !changes.guard.approved).then(|| {
            let reasons = changes.guard.reasons.iter();
            WithheldChanges {
                people: changes.withheld.len(),
                reasons: reasons.map(ToString::to_string).collect(),
                digest: changes.digest().to_string(),
            }
        });
        // Overdue is what was to be done and was not: failed, or held back.
        let failed = |subject: &SubjectId| applied.failed.iter().any(|it| it.subject == *subject);
        let undone = changes.people.iter().filter(|it| failed(&it.subject));
        self.late_since = undone
            .chain(&changes.withheld)
            .map(|it| it.due.unwrap_or(prepared.now))
            .min();
        self.activity = Activity::Idle;
    }
}
