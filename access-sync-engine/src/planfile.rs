//! A plan as a file: to be looked at, kept, and applied if it still holds.

use access_sync_core::TZDB_VERSION;
use access_sync_core::guard::Approval;
use access_sync_core::ids::TargetId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::steps::{PersonSteps, Step};
use crate::stored::to_json;
use crate::{Applied, Engine, EngineError, Prepared, Progress};

/// A prepared run, to be written to a file as JSON, looked at, and applied later
/// ([`Engine::apply_file`]). It holds ids, never names.
///
/// A file is refused once it has expired, where a byte of it was changed, and where exactly the same
/// changes are no longer what is to be done: the sources and the access-control system are read
/// again first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanFile {
    /// The format's version.
    pub version: u32,
    /// The instant that it was made for.
    pub made_for: DateTime<Utc>,
    /// From this instant on it is refused.
    pub expires: DateTime<Utc>,
    /// The digest of the changes, by which the guard is told to let them pass
    /// ([`Approval`]).
    pub digest: String,
    /// Digest of everything that the sources said.
    pub source_watermark: String,
    /// Digest of who was in which group.
    pub observed: String,
    /// The version of the time-zone database.
    pub time_zones: String,
    /// Why the guard held removals back; empty where it did not.
    pub guard: Vec<String>,
    /// People whose removals the guard holds back.
    pub withheld: Vec<Shown>,
    /// What is to be done.
    pub changes: Vec<PersonSteps>,
    /// Names of the groups in it.
    pub groups: std::collections::BTreeMap<TargetId, String>,
    /// Calls that it takes, at most.
    pub calls: u64,
    /// What would take it back, as far as that can be: who was deleted stays deleted.
    pub rollback: Vec<PersonSteps>,
    /// SHA-256 over all the rest.
    pub seal: String,
}

/// One person's removals that are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Shown {
    /// Who.
    pub subject: access_sync_core::ids::SubjectId,
    /// The groups that they would leave.
    pub remove: Vec<TargetId>,
}

/// The format's version.
const VERSION: u32 = 1;

impl PlanFile {
    /// The file as text.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, EngineError> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n")
            .map_err(|error| unreadable(&error))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where it is no plan, is another version's, or was edited.
    pub fn from_json(text: &str) -> Result<Self, EngineError> {
        let file: Self = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
        if file.version != VERSION {
            let what = format!(
                "the file has version {}, this program reads {VERSION}",
                file.version
            );
            return Err(EngineError::Stale(what));
        }
        if file.seal != file.sealed()? {
            return Err(EngineError::Stale("the file was edited".into()));
        }
        Ok(file)
    }

    /// Whether the file itself can be used at `now`; [`Engine::apply_file`] asks this before it reads
    /// anything.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where it was edited, has expired, was made for a later time or with
    /// another time-zone database.
    pub fn good_at(&self, now: DateTime<Utc>) -> Result<(), EngineError> {
        if self.seal != self.sealed()? {
            return stale("the file was edited");
        }
        if now >= self.expires {
            return stale("the file has expired");
        }
        if now < self.made_for - TimeDelta::minutes(1) {
            return stale("the file was made for a later time");
        }
        if self.time_zones != TZDB_VERSION {
            return stale("the file was made with another time-zone database");
        }
        Ok(())
    }

    /// Whether exactly the file's changes are what `prepared` would do: for a program that shows the
    /// run before it applies it. `approved`: the file's digest is the approval that `prepared` was
    /// made with.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where they are not, and what has changed since.
    pub fn still_holds(&self, prepared: &Prepared, approved: bool) -> Result<(), EngineError> {
        let approves = approved && prepared.changes.guard.tripped;
        let same = if approves {
            prepared.changes.guard.approved && prepared.changes.digest().to_string() == self.digest
        } else {
            prepared.steps == self.changes
        };
        if same {
            return Ok(());
        }
        let source = prepared.source_watermark() != self.source_watermark;
        let doors = prepared.observed_digest() != self.observed;
        stale(match (source, doors) {
            (true, true) => "the sources and the access-control system have changed",
            (true, false) => "the sources have changed",
            (false, true) => "the access-control system has changed",
            (false, false) => {
                "what is to be done is another by now, through time, a hold or the ledger"
            }
        })
    }

    fn sealed(&self) -> Result<String, EngineError> {
        let mut bare = self.clone();
        bare.seal.clear();
        let text = serde_json::to_string(&bare).map_err(|error| unreadable(&error))?;
        Ok(hex(text.as_bytes()))
    }
}

fn stale(what: &str) -> Result<(), EngineError> {
    Err(EngineError::Stale(what.to_owned()))
}

fn unreadable(error: &serde_json::Error) -> EngineError {
    EngineError::Stale(format!("the file is no plan ({error})"))
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Prepared {
    /// This run as a file that is good until `expires`.
    ///
    /// # Errors
    /// As [`PlanFile::to_json`].
    pub fn to_file(&self, expires: DateTime<Utc>) -> Result<PlanFile, EngineError> {
        let mut groups = std::collections::BTreeMap::new();
        for step in self.steps.iter().flat_map(|person| &person.steps) {
            if let Step::Groups { add, remove } = step {
                for group in add.iter().chain(remove) {
                    groups.insert(group.clone(), self.directory.name(group).to_owned());
                }
            }
        }
        let withheld = self.changes.withheld.iter().map(|person| Shown {
            subject: person.subject.clone(),
            remove: person.remove.clone(),
        });
        let reasons = self.changes.guard.reasons.iter();
        let mut file = PlanFile {
            version: VERSION,
            made_for: self.now,
            expires,
            digest: self.changes.digest().to_string(),
            source_watermark: self.source_watermark(),
            observed: self.observed_digest(),
            time_zones: TZDB_VERSION.to_owned(),
            guard: reasons.map(ToString::to_string).collect(),
            withheld: withheld.collect(),
            changes: self.steps.clone(),
            groups,
            calls: self.calls.apply,
            rollback: self.rollback(),
            seal: String::new(),
        };
        file.seal = file.sealed()?;
        Ok(file)
    }

    /// Digest of everything that the sources said, in any order.
    #[must_use]
    pub fn source_watermark(&self) -> String {
        let records = self.feed.records.iter();
        let mut lines: Vec<_> = records.map(|it| to_json(it).to_string()).collect();
        lines.sort();
        hex(lines.join("\n").as_bytes())
    }

    /// Digest of who is in which group, and of who is suspended.
    #[must_use]
    pub fn observed_digest(&self) -> String {
        let members = self.observed.memberships.iter();
        let mut lines: Vec<_> = members.map(|(user, it)| format!("{user} {it}")).collect();
        let users = self.observed.ours.values();
        lines.extend(users.map(|user| format!("{} suspended {}", user.id, user.suspended)));
        lines.sort();
        hex(lines.join("\n").as_bytes())
    }
}

impl Engine {
    /// Applies a plan from a file, if exactly the same changes are still to be made. Reads
    /// everything again first. The file's digest counts as the guard's approval only where
    /// `approved` says so.
    ///
    /// # Errors
    /// [`EngineError::Stale`] where the file has expired, was edited, or no longer holds; whatever
    /// [`Engine::prepare`] and [`Engine::apply`] meet.
    pub async fn apply_file(
        &self,
        file: &PlanFile,
        approved: bool,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Applied, EngineError> {
        file.good_at(now)?;
        let approval = match (approved, file.digest.parse()) {
            (true, Ok(digest)) => Some(Approval {
                digest,
                expires: file.expires,
            }),
            _ => self.approval,
        };
        let prepared = self.prepare_with(now, approval, progress).await?;
        file.still_holds(&prepared, approved)?;
        self.apply(&prepared, now, progress).await
    }
}
