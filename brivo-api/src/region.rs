//! Where Brivo is, and how much of it an API key buys.

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::limit::{LimiterState, Per, Window};
use access_sync_http::{Endpoint, Error, Timer, WindowLimiter};

use crate::auth::AUTH_CLASS;

/// The class of calls ([`access_sync_http::Scope::class`]) that API requests count as.
pub const API_CLASS: &str = "api";

/// Where the account lives. API key, client and account must belong to the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Region {
    /// `access.brivo.com`.
    #[default]
    Us,
    /// `access.eu.brivo.com`.
    Eu,
    /// Another installation, a proxy, a stand-in for tests.
    Custom {
        /// Base address of the OAuth host, without `/oauth`.
        auth: String,
        /// Base address of the API, `/v1/api` included.
        api: String,
    },
}

impl Region {
    pub(crate) fn auth_endpoint(&self) -> Result<Endpoint, Error> {
        Endpoint::parse(match self {
            Self::Us => "https://auth.brivo.com",
            Self::Eu => "https://auth.eu.brivo.com",
            Self::Custom { auth, .. } => auth,
        })
    }

    pub(crate) fn api_endpoint(&self) -> Result<Endpoint, Error> {
        Endpoint::parse(match self {
            Self::Us => "https://api.brivo.com/v1/api",
            Self::Eu => "https://api.eu.brivo.com/v1/api",
            Self::Custom { api, .. } => api,
        })
    }
}

/// What the API key allows: calls in a second, and in any 30 days. Failed calls count too.
///
/// Brivo's public documentation gives no numbers; these are from its partner programme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tier {
    /// A developer's key: 25 a second, 25,000 in 30 days.
    #[default]
    Developer,
    /// 50 a second, 100,000 in 30 days.
    Zero,
    /// 50 a second, 500,000 in 30 days.
    One,
    /// 50 a second, 1,000,000 in 30 days.
    Two,
    /// 50 a second, 2,000,000 in 30 days.
    Three,
    /// By your own contract.
    Custom {
        /// Calls in a second.
        per_second: u32,
        /// Calls in any 30 days.
        per_30_days: u64,
    },
}

impl Tier {
    /// Calls in a second.
    #[must_use]
    pub fn per_second(self) -> u32 {
        match self {
            Self::Developer => 25,
            Self::Zero | Self::One | Self::Two | Self::Three => 50,
            Self::Custom { per_second, .. } => per_second,
        }
    }

    /// Calls in any 30 days.
    #[must_use]
    pub fn per_30_days(self) -> u64 {
        match self {
            Self::Developer => 25_000,
            Self::Zero => 100_000,
            Self::One => 500_000,
            Self::Two => 1_000_000,
            Self::Three => 2_000_000,
            Self::Custom { per_30_days, .. } => per_30_days,
        }
    }

    /// The limiter that a client of this tier uses unless it is given another: the tier's numbers,
    /// no more than two calls at once, and five token requests a second beside them.
    ///
    /// It counts from the moment it is made; [`Tier::limiter_after`] goes on from an earlier one. Share it between the clients of one API key
    /// ([`BrivoClientBuilder::limiter`](crate::BrivoClientBuilder::limiter)).
    #[must_use]
    pub fn limiter(self, timer: Arc<dyn Timer>) -> WindowLimiter {
        self.limiter_after(timer, LimiterState::default())
    }

    /// [`Tier::limiter`] that knows the calls of an earlier process
    /// ([`WindowLimiter::export`]).
    #[must_use]
    pub fn limiter_after(self, timer: Arc<dyn Timer>, earlier: LimiterState) -> WindowLimiter {
        let second = Duration::from_secs(1);
        let rate = self.per_second().max(1);
        WindowLimiter::builder()
            .lane(Per::Only(AUTH_CLASS), [Window::new(5, second)])
            .lane(
                Per::Only(API_CLASS),
                [
                    Window::new(2, second * 2 / rate),
                    Window::new(rate.into(), second),
                    Window::new(self.per_30_days().max(1), MONTH),
                ],
            )
            .timer(timer)
            .restore(earlier)
            .build()
    }
}

/// The quota's period.
pub(crate) const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
