//! Writing what a document asks for.

use super::Document;
use crate::changes::{Action, Actual, ChangeOptions, changes};
use crate::digest::Digest;
use crate::finding::Finding;
use crate::guard::{GuardReason, GuardReport};
use crate::ids::{SubjectId, TargetId};
use crate::list::List;
use crate::plan::{Window, plan};
use crate::state::KeyState;
use crate::zone::Seconds;
use alloc::vec::Vec;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// What a timeline document comes to, ready to be written.
///
/// Which keys are written follows what the document gave: `state_at_now` with `now_utc`,
/// `actions_at_now` and `guard` with `now_utc` and `actual`, `user_actions_at_now` with `now_utc`
/// and `users`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Output {
    /// The plan's windows.
    pub windows: List<Window>,
    /// The plan's findings and those of the changes, sorted.
    pub findings: Vec<Finding>,
    /// State of every subject and target that has a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_at_now: Option<Vec<KeyState>>,
    /// Membership changes, sorted by subject and target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_at_now: Option<Vec<OutputAction>>,
    /// User actions, sorted by subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_actions_at_now: Option<Vec<OutputUserAction>>,
    /// What the guard says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardReport>,
    /// Digest of the changes where there are any to speak of (`now_utc` and `actual` given), of
    /// the plan otherwise.
    pub digest: Digest,
}

/// One membership change.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct OutputAction {
    /// `add` or `remove`.
    pub op: &'static str,
    /// Who.
    pub subject: SubjectId,
    /// What.
    pub target: TargetId,
}

/// One user action.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct OutputUserAction {
    /// `suspend_user`, `suspend_user_and_revoke_pass`, `delete_user` or `reinstate_user`.
    pub op: &'static str,
    /// Who.
    pub subject: SubjectId,
}

impl Document {
    /// Plans the document, and compares the plan with what it says of the access-control system.
    pub fn output(&self) -> Output {
        let plan = plan(&self.timeline);
        let mut output = Output {
            windows: plan.windows().clone(),
            findings: plan.findings().iter().cloned().collect(),
            state_at_now: self.now.map(|now| plan.state_at(now)),
            actions_at_now: None,
            user_actions_at_now: None,
            guard: None,
            digest: plan.digest(),
        };
        let Some(now) = self
            .now
            .filter(|_| self.actual.is_some() || self.users.is_some())
        else {
            return output;
        };
        let actual = Actual::new(self.actual.clone().unwrap_or_default())
            .users(self.users.clone().unwrap_or_default());
        let changes = changes(&plan, &actual, now, &ChangeOptions::default());
        if self.actual.is_some() {
            output.findings.extend(changes.findings.iter().cloned());
            output.findings.sort_unstable();
            let action = |action: Action<'_>| match action {
                Action::Add(subject, target) => ("add", subject.clone(), target.clone()),
                Action::Remove(subject, target) => ("remove", subject.clone(), target.clone()),
            };
            let actions = changes.actions().into_iter().map(action);
            output.actions_at_now = Some(
                actions
                    .map(|(op, subject, target)| OutputAction {
                        op,
                        subject,
                        target,
                    })
                    .collect(),
            );
            output.guard = Some(changes.guard.clone());
            output.digest = changes.digest();
        }
        if self.users.is_some() {
            let actions = changes.user_actions().into_iter();
            let action = actions.map(|(subject, op)| OutputUserAction {
                op: op.as_str(),
                subject: subject.clone(),
            });
            output.user_actions_at_now = Some(action.collect());
        }
        output
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut to = serializer.serialize_struct("Window", 5)?;
        to.serialize_field("subject", &self.subject)?;
        to.serialize_field("target", &self.target)?;
        to.serialize_field("start_utc", &Seconds(self.start))?;
        to.serialize_field("end_utc", &self.end.map(Seconds))?;
        to.serialize_field("sources", &self.sources)?;
        to.end()
    }
}

impl Serialize for KeyState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut to = serializer.serialize_struct("KeyState", 5)?;
        to.serialize_field("subject", &self.subject)?;
        to.serialize_field("target", &self.target)?;
        to.serialize_field("active", &self.active)?;
        to.serialize_field(
            "next_transition_utc",
            &self.next.as_ref().map(|next| Seconds(next.at)),
        )?;
        to.serialize_field(
            "next_transition",
            &self.next.as_ref().map(|next| next.change),
        )?;
        to.end()
    }
}

impl Serialize for GuardReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for GuardReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut to = serializer.serialize_struct("GuardReport", 2)?;
        to.serialize_field("tripped", &self.tripped)?;
        to.serialize_field("reasons", &self.reasons)?;
        to.end()
    }
}
