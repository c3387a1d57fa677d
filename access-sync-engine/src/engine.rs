//! Reading, comparing, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access_sync_core::changes::{
    Actual, ChangeOptions, Changes, Membership, SourceState, UserAction, UserState, changes,
};
use access_sync_core::guard::Approval;
use access_sync_core::ids::{RecordId, SubjectId, TargetId};
use access_sync_core::policy::Policy;
use access_sync_core::{Plan, Timeline, plan};
use chrono::{DateTime, Utc};

use crate::access::{AccessSystem, Directory};
use crate::journal::{Journal, MemoryJournal};
use crate::mapping::{Mapping, Namespace};
use crate::observe::{Observed, observe};
use crate::source::{Feed, Note, Origin, Person, Reading, Source};
use crate::{EngineError, Progress};

/// Keeps one access-control account in step with its sources.
#[derive(Debug)]
pub struct Engine {
    pub(crate) access: Arc<dyn AccessSystem>,
    sources: Vec<Arc<dyn Source>>,
    pub(crate) namespace: Namespace,
    policy: Policy,
    pub(crate) journal: Arc<dyn Journal>,
    approval: Option<Approval>,
}

/// Builds an [`Engine`].
#[derive(Debug)]
pub struct EngineBuilder {
    engine: Engine,
    mapping: Mapping,
}

impl EngineBuilder {
    /// Adds a source.
    #[must_use]
    pub fn source(mut self, source: impl Source + 'static) -> Self {
        self.engine.sources.push(Arc::new(source));
        self
    }

    /// Where writes are kept; in memory unless said otherwise.
    #[must_use]
    pub fn journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.engine.journal = journal;
        self
    }

    /// Lets one set of changes pass that the guard held back, by its digest.
    #[must_use]
    pub fn approval(mut self, approval: Approval) -> Self {
        self.engine.approval = Some(approval);
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// [`EngineError::Mapping`] where the mapping contradicts itself.
    pub fn build(self) -> Result<Engine, EngineError> {
        self.mapping.check()?;
        Ok(self.engine)
    }
}

/// A run that was read and compared, and not yet carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// The instant that it was made for.
    pub now: DateTime<Utc>,
    /// What was read from the sources.
    pub feed: Feed,
    /// The access-control system's groups.
    pub directory: Directory,
    /// What the access-control system has.
    pub observed: Observed,
    /// People who keep their access because their source no longer mentions them.
    pub unverified: Vec<Unverified>,
    changes: Changes,
}

/// Somebody of ours who has access, and whom no source mentions any more. Absence is not an end:
/// permissions change, pages get lost. The access stays until the source says that it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unverified {
    /// Who.
    pub subject: SubjectId,
    /// The groups that they keep.
    pub targets: Vec<TargetId>,
}

impl Prepared {
    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        self.changes.plan()
    }

    /// What is to be done, and what was held back.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What a person should know beside the plan's own findings.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.feed.notes
    }

    /// Who a subject is, where a source told.
    #[must_use]
    pub fn person(&self, subject: &SubjectId) -> Option<&Person> {
        self.feed.people.get(subject)
    }

    /// Where a record comes from.
    #[must_use]
    pub fn origin(&self, record: &RecordId) -> Option<&Origin> {
        self.feed.origins.get(record)
    }

    /// Calls that [`Engine::apply`] will make if each succeeds at once.
    #[must_use]
    pub fn predicted_calls(&self) -> u64 {
        self.changes.calls_by(|person| {
            let create =
                !person.add.is_empty() && !self.observed.ours.contains_key(&person.subject);
            let groups = !person.add.is_empty() || !person.remove.is_empty();
            let action = match person.user_action {
                None => 0,
                Some(UserAction::SuspendAndRevokePass) => 2,
                Some(_) => 1,
            };
            u64::from(create) + u64::from(groups) + action
        })
    }
}

impl Engine {
    /// An engine for `access`, by `mapping`; add sources.
    pub fn builder(access: impl AccessSystem + 'static, mapping: &Mapping) -> EngineBuilder {
        EngineBuilder {
            engine: Self {
                access: Arc::new(access),
                sources: Vec::new(),
                namespace: mapping.namespace.clone(),
                policy: mapping.policy.to_policy(),
                journal: Arc::new(MemoryJournal::default()),
                approval: None,
            },
            mapping: mapping.clone(),
        }
    }

    /// The external id that a subject's user has, or would have.
    #[must_use]
    pub fn external_id(&self, subject: &SubjectId) -> String {
        self.namespace.external_id(subject.as_str())
    }

    /// Reads the sources and the access-control system and says what is to be done. Changes nothing.
    ///
    /// # Errors
    /// Where the access-control system or a whole source cannot be read. Parts of a source that
    /// cannot be read are no error: they are in [`Feed::missing`], and nothing is removed then.
    pub async fn prepare(
        &self,
        now: DateTime<Utc>,
        progress: &dyn Progress,
    ) -> Result<Prepared, EngineError> {
        let groups = self.access.groups().await?;
        let mut feed = Feed::default();
        if !groups.is_complete() {
            feed.missing.push(format!(
                "{}: the list of groups is not whole",
                self.access.name()
            ));
        }
        let directory = Directory::new(groups.items);
        let mut silent = Vec::new();
        for source in &self.sources {
            let part = source
                .read(&Reading {
                    now,
                    directory: &directory,
                    progress,
                })
                .await?;
            if part.records.is_empty() {
                silent.push(source.as_ref());
            }
            feed.absorb(part);
        }
        let observed = observe(
            self.access.as_ref(),
            &self.namespace,
            &feed.managed,
            progress,
        )
        .await?;
        for source in silent {
            let prefix = source.subject_prefix();
            if observed
                .ours
                .keys()
                .any(|subject| subject.as_str().starts_with(prefix))
            {
                feed.missing.push(format!(
                    "{}: it answered and had no record at all",
                    source.name()
                ));
            }
        }
        feed.missing.extend(observed.missing.iter().cloned());
        let timeline = Timeline::new(None)
            .policy(self.policy.clone())
            .with_records(feed.records.iter().cloned());
        let plan = plan(&timeline);
        let (actual, unverified) = actual(&feed, &observed);
        let mut options = ChangeOptions::default();
        options.max_targets = self.access.max_groups_per_user();
        options.approval = self.approval;
        let changes = changes(&plan, &actual, now, &options);
        Ok(Prepared {
            now,
            feed,
            directory,
            observed,
            unverified,
            changes,
        })
    }
}

/// The observation in the core's terms. Whoever the sources do not mention is left out of it, and so
/// can lose nothing.
fn actual(feed: &Feed, observed: &Observed) -> (Actual, Vec<Unverified>) {
    let mut memberships = Vec::new();
    let mut unverified: BTreeMap<SubjectId, BTreeSet<TargetId>> = BTreeMap::new();
    for (user, target) in &observed.memberships {
        match observed.subject(user) {
            Some(subject) if feed.people.contains_key(subject) => {
                memberships.push(Membership::owned(subject.clone(), target.clone()));
            }
            Some(subject) => {
                unverified
                    .entry(subject.clone())
                    .or_default()
                    .insert(target.clone());
            }
            None => memberships.push(Membership::foreign(format!("user:{user}"), target.clone())),
        }
    }
    let users: Vec<_> = observed
        .ours
        .iter()
        .filter(|(subject, _)| feed.people.contains_key(*subject))
        .map(|(subject, user)| UserState::owned(subject.clone(), user.suspended))
        .collect();
    let source = match feed.missing.as_slice() {
        [] => SourceState::Complete,
        missing => SourceState::Incomplete(missing.join("; ")),
    };
    let unverified = unverified.into_iter();
    let unverified = unverified.map(|(subject, targets)| Unverified {
        subject,
        targets: targets.into_iter().collect(),
    });
    (
        Actual::new(memberships).users(users).source(source),
        unverified.collect(),
    )
}
