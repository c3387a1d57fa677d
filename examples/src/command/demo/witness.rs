//! An independent answer: the sandbox is asked about doors, and knows nothing of plans.

use std::collections::BTreeSet;

use access_sync_core::{SubjectId, TargetId};
use access_sync_engine::{Engine, Prepared};
use access_sync_sandbox::Sandbox;
use chrono::{DateTime, Utc};

/// What the sandbox said.
#[derive(Debug, Default)]
pub(crate) struct Testimony {
    /// Pairs of person and group that it was asked about.
    pub(crate) asked: usize,
    /// Pairs where the doors do otherwise than the plan says.
    pub(crate) wrong: Vec<(SubjectId, String)>,
}

/// Asks of every person and every managed group whether the doors behind it open at `now`, and
/// compares with the plan. People who keep access unverified are expected to have kept it.
pub(super) fn ask(
    sandbox: &Sandbox,
    engine: &Engine,
    prepared: &Prepared,
    now: DateTime<Utc>,
) -> Testimony {
    let brivo = sandbox.brivo();
    let mut testimony = Testimony::default();
    let kept: BTreeSet<(&SubjectId, &TargetId)> = prepared
        .unverified
        .iter()
        .flat_map(|person| {
            person
                .targets
                .iter()
                .map(move |target| (&person.subject, target))
        })
        .collect();
    let people: BTreeSet<&SubjectId> = prepared
        .feed
        .people
        .keys()
        .chain(prepared.observed.ours.keys())
        .collect();
    for subject in people {
        let external_id = engine.external_id(subject);
        for target in &prepared.feed.managed {
            let expected = prepared.plan().is_active(subject, target, now)
                || kept.contains(&(subject, target));
            let group = prepared.directory.name(target);
            testimony.asked += 1;
            if brivo.can_open(&external_id, group, now) != expected {
                testimony.wrong.push((subject.clone(), group.to_owned()));
            }
        }
    }
    testimony
}
