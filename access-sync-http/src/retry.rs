//! Whether and when to try again, as a pure function.

use std::fmt;
use std::time::Duration;

use crate::{ErrorKind, Safety};

/// How far the last attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// It provably did not reach the server.
    NeverSent,
    /// It may have reached the server; there is no answer.
    Unanswered,
    /// The server answered.
    Answered {
        /// The answer says that nothing was carried out (a throttle, an expired token).
        refused: bool,
    },
}

/// All that a policy may know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AttemptInfo {
    /// The attempt that just failed, from 1.
    pub attempt: u32,
    /// Since the call began.
    pub elapsed: Duration,
    /// Until the call's deadline, where it has one.
    pub remaining: Option<Duration>,
    /// What a repeat could do.
    pub safety: Safety,
    /// What went wrong.
    pub fault: ErrorKind,
    /// How long the server asks to wait.
    pub server_delay: Option<Duration>,
    /// How far the attempt got.
    pub phase: Phase,
    /// Random bits, so that the policy itself needs no source of chance.
    pub entropy: u64,
}

impl AttemptInfo {
    /// A first failed attempt; set the fields that matter.
    #[must_use]
    pub fn new(safety: Safety, fault: ErrorKind, phase: Phase) -> Self {
        Self {
            attempt: 1,
            elapsed: Duration::ZERO,
            remaining: None,
            safety,
            fault,
            server_delay: None,
            phase,
            entropy: 0,
        }
    }

    /// Can sending it again do harm? The one rule that no policy should break.
    #[must_use]
    pub fn may_resend(&self) -> bool {
        match self.safety {
            Safety::Read | Safety::Idempotent => true,
            Safety::Once => matches!(
                self.phase,
                Phase::NeverSent | Phase::Answered { refused: true }
            ),
        }
    }
}

/// A policy's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Give up and report the error.
    Stop,
    /// Try again after this long.
    RetryAfter(Duration),
}

/// Decides after each failed attempt. Pure: no clock, no chance, no waiting.
///
/// ```
/// use std::time::Duration;
/// use access_sync_http::{AttemptInfo, Decision, RetryPolicy};
///
/// /// One more try after a second, for whatever may be sent again.
/// #[derive(Debug)]
/// struct OnceMore;
///
/// impl RetryPolicy for OnceMore {
///     fn next(&self, attempt: &AttemptInfo) -> Decision {
///         if attempt.attempt == 1 && attempt.may_resend() {
///             Decision::RetryAfter(Duration::from_secs(1))
///         } else {
///             Decision::Stop
///         }
///     }
/// }
/// ```
pub trait RetryPolicy: fmt::Debug + Send + Sync {
    /// What to do after `attempt`.
    fn next(&self, attempt: &AttemptInfo) -> Decision;

    /// The most attempts of one call, the first included, where the policy has such a limit. For
    /// whoever has to say beforehand how many calls something may take.
    fn max_attempts(&self) -> Option<u32> {
        None
    }
}

/// Never tries again.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRetry;

impl RetryPolicy for NoRetry {
    fn next(&self, _: &AttemptInfo) -> Decision {
        Decision::Stop
    }

    fn max_attempts(&self) -> Option<u32> {
        Some(1)
    }
}

/// Exponential backoff with full jitter: a random wait between zero and the backoff, so that
/// clients that failed together do not come back together.
///
/// A server's delay is a floor under the wait. Where it is longer than
/// [`max_server_delay`](Self::max_server_delay) the call fails at once with `retry_after` set,
/// rather than sleep for an hour inside a call.
#[derive(Clone, Debug)]
pub struct FullJitter {
    base: Duration,
    max_backoff: Duration,
    max_attempts: u32,
    max_server_delay: Duration,
}

impl Default for FullJitter {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            max_backoff: Duration::from_secs(20),
            max_attempts: 5,
            max_server_delay: Duration::from_secs(60),
        }
    }
}

impl FullJitter {
    /// The default policy: 5 attempts, 0.5 s doubling to 20 s, server delays up to 60 s.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The first backoff; each further one doubles.
    #[must_use]
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest backoff.
    #[must_use]
    pub fn max_backoff(mut self, longest: Duration) -> Self {
        self.max_backoff = longest;
        self
    }

    /// The most attempts, the first included.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The longest delay that a server may ask for before the call gives up instead.
    #[must_use]
    pub fn max_server_delay(mut self, longest: Duration) -> Self {
        self.max_server_delay = longest;
        self
    }
}

impl RetryPolicy for FullJitter {
    fn next(&self, attempt: &AttemptInfo) -> Decision {
        let transient = matches!(
            attempt.fault,
            ErrorKind::Transport
                | ErrorKind::Timeout
                | ErrorKind::Throttled
                | ErrorKind::Server
                | ErrorKind::Decode
        );
        if !transient || !attempt.may_resend() || attempt.attempt >= self.max_attempts {
            return Decision::Stop;
        }
        // A document that cannot be read is worth one more look: blank and cut answers pass.
        if attempt.fault == ErrorKind::Decode && attempt.attempt > 1 {
            return Decision::Stop;
        }
        let floor = attempt.server_delay.unwrap_or(Duration::ZERO);
        if floor > self.max_server_delay {
            return Decision::Stop;
        }
        let doublings = attempt.attempt.saturating_sub(1).min(31);
        let ceiling = self
            .base
            .checked_mul(1 << doublings)
            .unwrap_or(self.max_backoff)
            .min(self.max_backoff);
        let wait = floor.max(share(ceiling, attempt.entropy));
        if attempt.remaining.is_some_and(|remaining| wait >= remaining) {
            return Decision::Stop;
        }
        Decision::RetryAfter(wait)
    }

    fn max_attempts(&self) -> Option<u32> {
        Some(self.max_attempts)
    }
}

/// `whole × entropy / 2^64`, in integers.
fn share(whole: Duration, entropy: u64) -> Duration {
    let nanos = whole
        .as_nanos()
        .min(u128::from(u64::MAX))
        .saturating_mul(entropy.into())
        >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decide(policy: &FullJitter, change: impl FnOnce(&mut AttemptInfo)) -> Decision {
        let mut info = AttemptInfo::new(
            Safety::Read,
            ErrorKind::Server,
            Phase::Answered { refused: false },
        );
        info.entropy = u64::MAX;
        change(&mut info);
        policy.next(&info)
    }

    fn wait(policy: &FullJitter, change: impl FnOnce(&mut AttemptInfo)) -> Option<u128> {
        match decide(policy, change) {
            Decision::RetryAfter(wait) => Some(wait.as_micros().div_ceil(1000)),
            Decision::Stop => None,
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end_with_the_last_attempt() {
        let policy = FullJitter::new().max_attempts(9);
        let waits: Vec<_> = (1..=9)
            .map(|attempt| wait(&policy, |info| info.attempt = attempt))
            .collect();
        let ms = [500, 1000, 2000, 4000, 8000, 16000, 20000, 20000];
        assert_eq!(waits[..8], ms.map(Some));
        assert_eq!(waits[8], None);
        assert_eq!(wait(&policy, |info| info.entropy = 0), Some(0));
        assert_eq!(wait(&policy, |info| info.entropy = 1 << 63), Some(250));
    }

    #[test]
    fn a_servers_delay_is_a_floor_and_too_long_a_one_ends_the_call() {
        let policy = FullJitter::new();
        let asked = |secs| {
            wait(&policy, |info| {
                info.server_delay = Some(Duration::from_secs(secs));
            })
        };
        assert_eq!(asked(0), Some(500));
        assert_eq!(asked(60), Some(60_000));
        assert_eq!(asked(61), None);
        assert_eq!(asked(u64::MAX), None);
    }

    #[test]
    fn an_unreadable_answer_is_looked_at_twice() {
        let policy = FullJitter::new();
        let unreadable = |attempt| {
            decide(&policy, |info| {
                info.fault = ErrorKind::Decode;
                info.attempt = attempt;
            })
        };
        assert_ne!(unreadable(1), Decision::Stop);
        assert_eq!(unreadable(2), Decision::Stop);
    }

    fn kinds() -> impl Strategy<Value = ErrorKind> {
        proptest::sample::select(vec![
            ErrorKind::Config,
            ErrorKind::Transport,
            ErrorKind::Timeout,
            ErrorKind::Deadline,
            ErrorKind::Limited,
            ErrorKind::Throttled,
            ErrorKind::QuotaExhausted,
            ErrorKind::Authentication,
            ErrorKind::Permission,
            ErrorKind::NotFound,
            ErrorKind::Conflict,
            ErrorKind::Invalid,
            ErrorKind::Unroutable,
            ErrorKind::Server,
            ErrorKind::Decode,
        ])
    }

    proptest! {
        #[test]
        fn no_policy_and_no_numbers_break_the_rules(
            base in any::<Duration>(),
            longest in any::<Duration>(),
            most in any::<u32>(),
            attempt in 1_u32..,
            fault in kinds(),
            safety in proptest::sample::select(vec![Safety::Read, Safety::Idempotent, Safety::Once]),
            phase in proptest::sample::select(vec![
                Phase::NeverSent,
                Phase::Unanswered,
                Phase::Answered { refused: true },
                Phase::Answered { refused: false },
            ]),
            remaining in proptest::option::of(any::<Duration>()),
            server_delay in proptest::option::of(any::<Duration>()),
            entropy in any::<u64>(),
        ) {
            let policy = FullJitter::new()
                .base(base)
                .max_backoff(longest)
                .max_attempts(most)
                .max_server_delay(longest);
            let info = AttemptInfo {
                attempt,
                remaining,
                server_delay,
                entropy,
                ..AttemptInfo::new(safety, fault, phase)
            };
            if let Decision::RetryAfter(wait) = policy.next(&info) {
                prop_assert!(info.may_resend() && attempt < most);
                prop_assert!(wait <= longest);
                prop_assert!(wait >= server_delay.unwrap_or_default());
                prop_assert!(remaining.is_none_or(|remaining| wait < remaining));
                prop_assert!(fault != ErrorKind::QuotaExhausted && fault != ErrorKind::Limited);
            }
        }
    }
}
