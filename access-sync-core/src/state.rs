//! What holds at an instant, and what happens next.

use crate::ids::{SubjectId, TargetId};
use crate::plan::{Plan, Window};
use alloc::vec::Vec;
use chrono::{DateTime, Utc};

/// Whether one person may open one target, and what changes next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyState {
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// Whether a window is open: its start counts, its end does not.
    pub active: bool,
    /// The first change strictly after the instant.
    pub next: Option<Transition>,
}

/// A change of one person's access to one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Transition {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
    /// Which way.
    pub change: Change,
}

/// Which way access changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Change {
    /// A window begins.
    Grant,
    /// A window ends.
    Revoke,
}

impl Change {
    /// The word in a document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
        }
    }
}

/// All changes at one instant, by person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduleEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who changes, sorted by subject.
    pub people: Vec<ScheduledPerson>,
}

/// What changes for one person at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduledPerson {
    /// Who.
    pub subject: SubjectId,
    /// Targets that open, sorted.
    pub grant: Vec<TargetId>,
    /// Targets that close, sorted.
    pub revoke: Vec<TargetId>,
}

impl Window {
    /// The window's own transitions: its start and, where it has one, its end.
    fn transitions(&self) -> impl Iterator<Item = (DateTime<Utc>, Change)> {
        core::iter::once((self.start, Change::Grant))
            .chain(self.end.map(|end| (end, Change::Revoke)))
    }

    fn transition(&self, at: DateTime<Utc>, change: Change) -> Transition {
        Transition {
            at,
            subject: self.subject.clone(),
            target: self.target.clone(),
            change,
        }
    }
}

impl Plan {
    /// The state of every subject and target that has a window, past and future ones included,
    /// sorted.
    pub fn state_at(&self, at: DateTime<Utc>) -> Vec<KeyState> {
        let mut states: Vec<KeyState> = Vec::new();
        for window in &self.windows {
            let active = window.contains(at);
            let next = window.transitions().find(|(when, _)| *when > at);
            let next = next.map(|(when, change)| window.transition(when, change));
            match states.last_mut() {
                Some(last) if (&last.subject, &last.target) == window.key() => {
                    last.active |= active;
                    last.next = last.next.take().or(next);
                }
                _ => states.push(KeyState {
                    subject: window.subject.clone(),
                    target: window.target.clone(),
                    active,
                    next,
                }),
            }
        }
        states
    }

    /// Whether a person may open a target at an instant.
    pub fn is_active(&self, subject: &SubjectId, target: &TargetId, at: DateTime<Utc>) -> bool {
        self.windows_of(subject, target)
            .any(|window| window.contains(at))
    }

    /// The first change strictly after an instant; of several at once, the first by subject and
    /// target.
    pub fn next_transition(&self, after: DateTime<Utc>) -> Option<Transition> {
        let mut first: Option<(DateTime<Utc>, Change, &Window)> = None;
        for window in &self.windows {
            for (at, change) in window.transitions() {
                if at > after && first.is_none_or(|(earliest, ..)| at < earliest) {
                    first = Some((at, change, window));
                }
            }
        }
        first.map(|(at, change, window)| window.transition(at, change))
    }

    /// The first change of one person's access to one target strictly after an instant.
    pub fn next_transition_of(
        &self,
        subject: &SubjectId,
        target: &TargetId,
        after: DateTime<Utc>,
    ) -> Option<Transition> {
        self.windows_of(subject, target).find_map(|window| {
            let (at, change) = window.transitions().find(|(at, _)| *at > after)?;
            Some(window.transition(at, change))
        })
    }

    /// All changes in time order, those at one instant by subject and target.
    pub fn transitions(&self) -> impl Iterator<Item = Transition> + '_ {
        self.ordered(|_| true)
    }

    /// The changes in `[from, until)` in time order, those at one instant by subject and target.
    pub fn transitions_between(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = Transition> + '_ {
        self.ordered(move |at| from <= at && at < until)
    }

    fn ordered(
        &self,
        wanted: impl Fn(DateTime<Utc>) -> bool,
    ) -> impl Iterator<Item = Transition> + '_ {
        let mut order: Vec<(DateTime<Utc>, Change, &Window)> = Vec::new();
        for window in &self.windows {
            let transitions = window.transitions().filter(|(at, _)| wanted(*at));
            order.extend(transitions.map(|(at, change)| (at, change, window)));
        }
        // Stable: windows already come by subject and target.
        order.sort_by_key(|(at, ..)| *at);
        order
            .into_iter()
            .map(|(at, change, window)| window.transition(at, change))
    }

    /// Who changes when, in `[from, until)`.
    pub fn schedule(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<ScheduleEntry> {
        let mut entries: Vec<ScheduleEntry> = Vec::new();
        for Transition {
            at,
            subject,
            target,
            change,
        } in self.transitions_between(from, until)
        {
            if entries.last().is_none_or(|entry| entry.at != at) {
                entries.push(ScheduleEntry {
                    at,
                    people: Vec::new(),
                });
            }
            let Some(entry) = entries.last_mut() else {
                continue;
            };
            if entry
                .people
                .last()
                .is_none_or(|person| person.subject != subject)
            {
                entry.people.push(ScheduledPerson {
                    subject,
                    grant: Vec::new(),
                    revoke: Vec::new(),
                });
            }
            let Some(person) = entry.people.last_mut() else {
                continue;
            };
            match change {
                Change::Grant => person.grant.push(target),
                Change::Revoke => person.revoke.push(target),
            }
        }
        entries
    }
}
