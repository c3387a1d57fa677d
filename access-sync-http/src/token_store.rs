//! One token for several processes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::{ClientCore, Error, Token, TokenSource};

mod file;
pub use file::FileTokenStore;

/// A token as several processes share it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredToken {
    /// Counts the changes of the store's entry, from 1.
    pub version: u64,
    /// The access token; empty where none was fetched yet.
    pub access: SecretString,
    /// What renews it, where the server gave one.
    pub refresh: Option<SecretString>,
    /// When it ends, by the wall clock, in UTC.
    pub expires_at: DateTime<Utc>,
    /// A process is fetching a new one, and will have it or have failed by then (UTC).
    pub claimed_until: Option<DateTime<Utc>>,
}

/// Keeps one token where several processes can see it, each change only on top of the one it knows.
///
/// Implement it over a database row or a secret manager; [`MemoryTokenStore`] serves the clients of
/// one process, [`FileTokenStore`] the processes of one machine.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// What is stored now; none at first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    async fn load(&self) -> Result<Option<StoredToken>, Error>;

    /// Stores `new` if what is stored now has version `expected` (0 where nothing is). `false`
    /// where another process was faster; then nothing was changed.
    ///
    /// # Errors
    /// Where the store cannot be written.
    async fn swap(&self, expected: u64, new: &StoredToken) -> Result<bool, Error>;
}

/// A store in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryTokenStore(Arc<Mutex<Option<StoredToken>>>);

impl MemoryTokenStore {
    /// An empty store; clones share it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self) -> Result<Option<StoredToken>, Error> {
        let stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(stored.clone())
    }

    async fn swap(&self, expected: u64, new: &StoredToken) -> Result<bool, Error> {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.as_ref().map_or(0, |stored| stored.version) != expected {
            return Ok(false);
        }
        *stored = Some(new.clone());
        Ok(true)
    }
}

/// A [`TokenSource`] that asks the store before the server, and lets one process at a time fetch.
///
/// A refresh token that changes with each use must not be used twice: the second use fails, and
/// some servers then take the first one's tokens away as well. So a process claims the entry before
/// it fetches; the others wait for the outcome, and take over where the claim runs out.
#[derive(Debug)]
pub struct SharedTokens {
    source: Arc<dyn TokenSource>,
    store: Arc<dyn TokenStore>,
}

/// How long a process may fetch before another takes over.
const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// How often those who wait look into the store.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// A stored token must live at least this long to be taken.
const LEAST_LIFE: TimeDelta = TimeDelta::seconds(15);

impl SharedTokens {
    /// Tokens from `source`, shared through `store`.
    #[must_use]
    pub fn new(source: Arc<dyn TokenSource>, store: Arc<dyn TokenStore>) -> Self {
        Self { source, store }
    }

    async fn fetch_claimed(
        &self,
        core: &ClientCore,
        claimed: &StoredToken,
        previous: Option<&Token>,
    ) -> Result<Token, Error> {
        let stored = claimed.refresh.as_ref().map(|refresh| {
            let access = claimed.access.clone();
            Token::new(access, Some(refresh.clone()), Duration::ZERO)
        });
        let asked = core.timer().wall();
        let fetched = self.source.fetch(core, stored.as_ref().or(previous)).await;
        let mut next = StoredToken {
            version: claimed.version.saturating_add(1),
            claimed_until: None,
            ..claimed.clone()
        };
        if let Ok(token) = &fetched {
            next.access = token.access.clone();
            // A server that does not send a new refresh token means the old one to be kept.
            next.refresh = token.refresh.clone().or(next.refresh);
            next.expires_at = TimeDelta::from_std(token.expires_in)
                .ok()
                .and_then(|life| asked.checked_add_signed(life))
                .unwrap_or(DateTime::<Utc>::MAX_UTC);
        }
        let stored = self.store.swap(claimed.version, &next).await;
        match fetched {
            // Else the next process would use a refresh token that is used up.
            Ok(token) => stored.map(|_| Token {
                refresh: next.refresh,
                ..token
            }),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl TokenSource for SharedTokens {
    fn is_about_token(&self, error: &Error) -> bool {
        self.source.is_about_token(error)
    }

    async fn fetch(&self, core: &ClientCore, previous: Option<&Token>) -> Result<Token, Error> {
        loop {
            let now = core.timer().wall();
            let stored = self.store.load().await?;
            let expected = stored.as_ref().map_or(0, |stored| stored.version);
            let mut claim = stored.unwrap_or_else(|| StoredToken {
                version: 0,
                access: SecretString::from(""),
                refresh: None,
                expires_at: DateTime::<Utc>::MIN_UTC,
                claimed_until: None,
            });
            let left = claim.expires_at.signed_duration_since(now);
            let refused = previous
                .is_some_and(|token| token.access.expose_secret() == claim.access.expose_secret());
            if left >= LEAST_LIFE && !refused {
                let life = left.to_std().unwrap_or_default();
                return Ok(Token::new(claim.access, claim.refresh, life));
            }
            // A claim that ends far from now was made by a clock that is wrong.
            let claimed = claim
                .claimed_until
                .is_some_and(|until| until > now && until <= now + CLAIM * 2);
            if !claimed {
                claim.version = expected.saturating_add(1);
                claim.claimed_until = Some(now + CLAIM);
                if self.store.swap(expected, &claim).await? {
                    return self.fetch_claimed(core, &claim, previous).await;
                }
            }
            if let Some(at) = core.timer().now().checked_add(LOOK_AGAIN) {
                core.timer().sleep_until(at).await;
            }
        }
    }
}
