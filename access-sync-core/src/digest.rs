//! Digests: what a person approves, and what two runs compare.
//!
//! A digest is SHA-256 over a canonical encoding: every text with its length in front, every
//! number in eight big-endian bytes, every list with its count in front.

use crate::changes::{Changes, UserAction};
use crate::ids::{SubjectId, TargetId};
use crate::plan::Plan;
use crate::policy::{EndBasis, NoAccess, Policy};
use crate::sha256::Sha256;
use crate::zone::end_seconds;
use alloc::vec::Vec;
use chrono::{NaiveTime, Timelike as _};
use core::fmt;
use core::str::FromStr;

/// A SHA-256 digest; shown and read as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct DigestError;

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(DigestError);
        }
        for (to, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *to = pair.iter().try_fold(0_u8, |sum, digit| {
                let digit = char::from(*digit)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok());
                digit.map(|digit| sum << 4 | digit).ok_or(DigestError)
            })?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <alloc::string::String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

struct Encoder(Sha256);

impl Encoder {
    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as i64);
        self.0.update(text);
    }

    fn number(&mut self, number: i64) {
        self.0.update(&number.to_be_bytes());
    }

    fn time(&mut self, time: NaiveTime) {
        self.number(time.num_seconds_from_midnight().into());
    }

    fn optional(&mut self, number: Option<u64>) {
        self.number(number.is_some().into());
        self.number(number.unwrap_or_default() as i64);
    }

    fn policy(&mut self, policy: &Policy) {
        let Policy {
            start_time,
            end_time,
            early_access_days,
            grace_days,
            end_basis,
            buffer_before_min,
            buffer_after_min,
            day_cutoff,
            no_access,
            guard,
        } = policy;
        self.time(*start_time);
        self.time(*end_time);
        self.time(*day_cutoff);
        for number in [
            early_access_days,
            grace_days,
            buffer_before_min,
            buffer_after_min,
        ] {
            self.number((*number).into());
        }
        self.number(match end_basis {
            EndBasis::MoveOut => 0,
            EndBasis::LeaseEnd => 1,
        });
        self.number(match no_access {
            NoAccess::Keep => 0,
            NoAccess::Suspend => 1,
            NoAccess::SuspendAndRevokePass => 2,
            NoAccess::Delete => 3,
        });
        self.optional(guard.max_removals);
        self.optional(guard.max_removal_percent.map(u64::from));
        self.number(guard.min_scope as i64);
    }

    fn finish(self) -> Digest {
        Digest(self.0.finish())
    }
}

pub(crate) fn plan_digest(plan: &Plan) -> Digest {
    let mut to = Encoder(Sha256::new());
    to.text(b"access-sync-core/plan/1");
    to.text(chrono_tz::IANA_TZDB_VERSION.as_bytes());
    to.policy(&plan.policy);
    to.number(plan.windows.len() as i64);
    for window in &plan.windows {
        to.text(window.subject.as_bytes());
        to.text(window.target.as_bytes());
        to.number(window.start.timestamp());
        to.number(end_seconds(window.end));
        to.number(window.sources.len() as i64);
        window
            .sources
            .iter()
            .for_each(|source| to.text(source.as_bytes()));
    }
    to.finish()
}

/// Covers everything that was proposed, held back or not, in an order of its own.
pub(crate) fn changes_digest(changes: &Changes) -> Digest {
    let mut proposed: Vec<(&SubjectId, u8, Option<&TargetId>)> = Vec::new();
    for person in changes.proposed() {
        proposed.extend(
            person
                .add
                .iter()
                .map(|target| (&person.subject, 0, Some(target))),
        );
        proposed.extend(
            person
                .remove
                .iter()
                .map(|target| (&person.subject, 1, Some(target))),
        );
        proposed.extend(person.user_action.map(|action| {
            let number = match action {
                UserAction::Suspend => 2,
                UserAction::SuspendAndRevokePass => 3,
                UserAction::Delete => 4,
                UserAction::Reinstate => 5,
            };
            (&person.subject, number, None)
        }));
    }
    proposed.sort_unstable();
    let mut to = Encoder(Sha256::new());
    to.text(b"access-sync-core/changes/1");
    to.0.update(&plan_digest(changes.plan()).0);
    to.number(proposed.len() as i64);
    for (subject, action, target) in &proposed {
        to.text(subject.as_bytes());
        to.number((*action).into());
        to.text(target.map_or(&[], TargetId::as_bytes));
    }
    to.finish()
}
