//! Bearer tokens: one fetch for all callers, and only the refused one thrown away.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};

use crate::auth::secret_value;
use crate::{AuthTicket, Authorize, ClientCore, Error};

/// An access token and what came with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Token {
    /// The token itself.
    pub access: SecretString,
    /// What renews it, where the server gave one.
    pub refresh: Option<SecretString>,
    /// How long it lives, counted from the moment its request was sent.
    pub expires_in: Duration,
}

impl Token {
    /// A token that lives for `expires_in` from the moment its request was sent.
    #[must_use]
    pub fn new(access: SecretString, refresh: Option<SecretString>, expires_in: Duration) -> Self {
        Self {
            access,
            refresh,
            expires_in,
        }
    }
}

/// Fetches tokens in a vendor's way.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Fetches a token: by the previous one's refresh token where there is one, else from the start.
    ///
    /// # Errors
    /// What the token endpoint answered. All callers that wait get the same error.
    async fn fetch(&self, core: &ClientCore, previous: Option<&Token>) -> Result<Token, Error>;
}

/// `Authorization: Bearer …` with a cached token, plus headers that never change.
///
/// - While a token is fresh nobody waits.
/// - Near its end one caller fetches a new one; the others go on with the old.
/// - At its end all callers wait for the same fetch, and share its failure too: sixty-four callers
///   and a dead token endpoint make one call, not sixty-four.
/// - A 401 throws away the token that the request carried and no newer one.
/// - A failed renewal never takes a token away that is still good.
#[derive(Debug)]
pub struct TokenAuth {
    source: Arc<dyn TokenSource>,
    fixed: Arc<dyn Authorize>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    generation: u64,
    current: Option<Held>,
    /// The last token even if expired or refused: its refresh token may still be good.
    last: Option<Arc<Token>>,
    flight: Option<Shared<BoxFuture<'static, Result<(), Error>>>>,
    cooling: Option<(Instant, Error)>,
    failures: u32,
}

#[derive(Clone, Debug)]
struct Held {
    token: Arc<Token>,
    generation: u64,
    /// From here on somebody should fetch a new one.
    stale_at: Instant,
    /// From here on it must not be sent.
    dead_at: Instant,
}

impl TokenAuth {
    /// Tokens from `source`, and `fixed` headers (an API key) on every request.
    #[must_use]
    pub fn new(source: Arc<dyn TokenSource>, fixed: Arc<dyn Authorize>) -> Self {
        Self {
            source,
            fixed,
            state: Arc::default(),
        }
    }

    async fn token(&self, core: &ClientCore) -> Result<Held, Error> {
        loop {
            let now = core.timer().now();
            let (flight, usable) = {
                let mut state = lock(&self.state);
                let usable = state.current.clone().filter(|held| now < held.dead_at);
                if let Some(held) = &usable {
                    if now < held.stale_at || state.flight.is_some() {
                        return Ok(held.clone());
                    }
                }
                if let Some((until, error)) = &state.cooling {
                    if now < *until {
                        return usable.ok_or_else(|| error.clone());
                    }
                }
                (self.flight(&mut state, core), usable)
            };
            // Whoever waits drives the fetch; if all waiters go away the next one carries it on.
            let result = flight.await;
            match (result, usable) {
                (Ok(()), _) => {}
                (Err(_), Some(held)) => return Ok(held),
                (Err(error), None) => return Err(error),
            }
        }
    }

    fn flight(
        &self,
        state: &mut State,
        core: &ClientCore,
    ) -> Shared<BoxFuture<'static, Result<(), Error>>> {
        if let Some(flight) = &state.flight {
            return flight.clone();
        }
        let (source, core) = (Arc::clone(&self.source), core.clone());
        let (shared, previous) = (Arc::clone(&self.state), state.last.clone());
        let flight = async move {
            let asked = core.timer().now();
            let fetched = source.fetch(&core, previous.as_deref()).await;
            let mut state = lock(&shared);
            state.flight = None;
            match fetched {
                Ok(token) => {
                    state.generation += 1;
                    let life = token.expires_in;
                    // A fifth of its life, at most a minute, is kept for renewal and for the way there.
                    let margin = (life / 5).min(Duration::from_secs(60));
                    let at = |after: Duration| asked.checked_add(after).unwrap_or(asked);
                    let token = Arc::new(token);
                    state.last = Some(Arc::clone(&token));
                    state.current = Some(Held {
                        token,
                        generation: state.generation,
                        stale_at: at(life.saturating_sub(margin)),
                        dead_at: at(life.saturating_sub(margin / 6)),
                    });
                    state.cooling = None;
                    state.failures = 0;
                    Ok(())
                }
                Err(error) => {
                    state.failures = state.failures.saturating_add(1);
                    let wait = Duration::from_secs(1) * 2_u32.pow(state.failures.min(5));
                    let until = core.timer().now().checked_add(wait);
                    state.cooling = until.map(|until| (until, error.clone()));
                    Err(error)
                }
            }
        }
        .boxed()
        .shared();
        state.flight = Some(flight.clone());
        flight
    }
}

#[async_trait]
impl Authorize for TokenAuth {
    async fn authorize(
        &self,
        core: &ClientCore,
        headers: &mut HeaderMap,
    ) -> Result<AuthTicket, Error> {
        self.fixed.authorize(core, headers).await?;
        let held = self.token(core).await?;
        headers.insert(
            AUTHORIZATION,
            secret_value(&format!("Bearer {}", held.token.access.expose_secret()))?,
        );
        Ok(AuthTicket(held.generation))
    }

    fn refused(&self, ticket: AuthTicket) -> bool {
        let mut state = lock(&self.state);
        if state
            .current
            .as_ref()
            .is_some_and(|held| held.generation == ticket.0)
        {
            state.current = None;
        }
        true
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
