//! What the access-control system has now.

use std::collections::{BTreeMap, BTreeSet};

use access_sync_core::ids::{SubjectId, TargetId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::access::{AccessSystem, User, UserId};
use crate::mapping::Namespace;
use crate::{EngineError, Progress, Stage};

/// Users and memberships, as far as the mapping reaches.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Observed {
    /// Users that we made, by their subject.
    pub ours: BTreeMap<SubjectId, User>,
    /// Who is in which managed group, foreign users included.
    pub memberships: BTreeSet<(UserId, TargetId)>,
    /// How many users the system has in all.
    pub users: usize,
    /// Parts that could not be read.
    pub missing: Vec<String>,
    subjects: BTreeMap<UserId, SubjectId>,
}

impl Observed {
    /// Whose user it is; none where it is not ours.
    #[must_use]
    pub fn subject(&self, user: &UserId) -> Option<&SubjectId> {
        self.subjects.get(user)
    }
}

/// Lists being read at once. The limiter, not this, decides the rate.
const AT_ONCE: usize = 4;

/// Reads all users once and the members of each managed group: lists of a hundred rows, never a
/// call per user.
pub(crate) async fn observe(
    access: &dyn AccessSystem,
    namespace: &Namespace,
    managed: &BTreeSet<TargetId>,
    progress: &dyn Progress,
) -> Result<Observed, EngineError> {
    let mut observed = Observed::default();
    let users = access.users().await?;
    if !users.is_complete() {
        observed
            .missing
            .push(format!("{}: the list of users is not whole", access.name()));
    }
    observed.users = users.items.len();
    for user in users.items {
        let Some(subject) = user
            .external_id
            .as_deref()
            .and_then(|id| namespace.subject(id))
            .map(SubjectId::new)
        else {
            continue;
        };
        observed.subjects.insert(user.id.clone(), subject.clone());
        observed.ours.insert(subject, user);
    }
    progress.at(Stage::Observing, 0, managed.len());
    let mut lists = stream::iter(managed)
        .map(|group| async move { Ok::<_, EngineError>((group, access.members(group).await?)) })
        .buffer_unordered(AT_ONCE);
    let mut done = 0;
    while let Some((group, members)) = lists.try_next().await? {
        if !members.is_complete() {
            observed.missing.push(format!(
                "{}: the members of group {group} are not whole",
                access.name()
            ));
        }
        observed
            .memberships
            .extend(members.items.into_iter().map(|user| (user, group.clone())));
        done += 1;
        progress.at(Stage::Observing, done, managed.len());
    }
    Ok(observed)
}
