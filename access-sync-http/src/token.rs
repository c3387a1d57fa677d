//! Bearer tokens: one fetch for all callers, and only the refused one thrown away.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::auth::secret_value;
use crate::{AuthTicket, Authorize, ClientCore, Error, ErrorKind};

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

    /// Does an answer that refuses the caller speak of the token? A vendor that refuses an API key
    /// or an account the same way tells them apart here, by the error's code: another token would
    /// not help, and fetching one is a call for nothing. Yes unless said otherwise.
    fn is_about_token(&self, _error: &Error) -> bool {
        true
    }
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
    flight: Option<Flight>,
    cooling: Option<(Instant, Error)>,
    failures: u32,
}

#[derive(Clone, Debug)]
struct Held {
    /// The header, written once.
    bearer: Result<HeaderValue, Error>,
    generation: u64,
    /// From here on somebody should fetch a new one.
    stale_at: Instant,
    /// From here on it must not be sent.
    dead_at: Instant,
}

type Flight = Shared<BoxFuture<'static, Result<Held, Error>>>;

/// A server that says "lives for no time" would make each call fetch a token of its own; one that
/// is refused earlier is thrown away then.
const SHORTEST_LIFE: Duration = Duration::from_secs(5);
/// Kept for renewal and for the way to the server: a fifth of a token's life, at most this.
const LONGEST_MARGIN: Duration = Duration::from_secs(60);

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
        let mut adopted = true;
        loop {
            let now = core.timer().now();
            let (flight, usable) = {
                let mut state = lock(&self.state);
                let usable = state.current.clone().filter(|held| now < held.dead_at);
                // Only the state's own handle is left: whoever drove it went away.
                let driven = state
                    .flight
                    .as_ref()
                    .is_some_and(|flight| flight.strong_count().is_some_and(|n| n > 1));
                if let Some(held) = &usable {
                    if now < held.stale_at || driven {
                        return Ok(held.clone());
                    }
                }
                adopted = adopted && state.flight.is_some() && !driven;
                if let (Some((until, error)), None) = (&state.cooling, &state.flight) {
                    if now < *until {
                        let wait = until.saturating_duration_since(now);
                        return usable.ok_or_else(|| match error.retry_after() {
                            Some(_) => error.clone(),
                            None => error.clone().with_retry_after(Some(wait)),
                        });
                    }
                }
                (self.flight(&mut state, core), usable)
            };
            // Whoever waits drives the fetch; if all waiters go away the next one carries it on. The
            // token that it brings is good for this call, however short its life.
            match (flight.await, usable) {
                (Ok(held), _) | (Err(_), Some(held)) => return Ok(held),
                // It was left alone for so long that it failed: its failure says nothing of now.
                (Err(_), None) if adopted => {
                    adopted = false;
                    lock(&self.state).cooling = None;
                }
                (Err(error), None) => return Err(error),
            }
        }
    }

    fn flight(&self, state: &mut State, core: &ClientCore) -> Flight {
        if let Some(flight) = &state.flight {
            return flight.clone();
        }
        let (source, core) = (Arc::clone(&self.source), core.clone());
        // Weak, as the state holds the flight.
        let (shared, previous) = (Arc::downgrade(&self.state), state.last.clone());
        let flight = async move {
            let asked = core.timer().now();
            let fetched = source.fetch(&core, previous.as_deref()).await;
            let shared = shared.upgrade().unwrap_or_default();
            let mut state = lock(&shared);
            state.flight = None;
            match fetched {
                Ok(token) => Ok(state.keep(token, asked)),
                Err(error) => {
                    let now = core.timer().now();
                    state.cool(&error, now, core.entropy(), previous.is_some());
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

impl State {
    fn keep(&mut self, token: Token, asked: Instant) -> Held {
        self.generation += 1;
        let life = token.expires_in.max(SHORTEST_LIFE);
        let margin = (life / 5).min(LONGEST_MARGIN);
        // Centuries from now is beyond the clock; a month will do.
        let at = |after: Duration| {
            asked
                .checked_add(after)
                .or_else(|| asked.checked_add(Duration::from_secs(30 * 24 * 3600)))
                .unwrap_or(asked)
        };
        let bearer = format!("Bearer {}", token.access.expose_secret());
        let held = Held {
            bearer: secret_value(&bearer),
            generation: self.generation,
            stale_at: at(life.saturating_sub(margin)),
            dead_at: at(life.saturating_sub(margin / 6)),
        };
        self.last = Some(Arc::new(token));
        self.current = Some(held.clone());
        self.cooling = None;
        self.failures = 0;
        held
    }

    /// After a failure nobody asks again for two seconds, four, eight, up to thirty-two, less up to
    /// a quarter by chance, so that processes that failed together do not come back together.
    fn cool(&mut self, error: &Error, now: Instant, entropy: u64, had_previous: bool) {
        self.failures = self.failures.saturating_add(1);
        let whole = Duration::from_secs(1) * 2_u32.pow(self.failures.min(5));
        let less = whole / 4 * u32::try_from(entropy >> 56).unwrap_or(0) / 256;
        let until = now.checked_add(whole.saturating_sub(less));
        self.cooling = until.map(|until| (until, error.clone()));
        // A refresh token that was refused will not be better next time: start from the beginning.
        let refused = matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Invalid);
        if had_previous && refused {
            self.last = None;
        }
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
        headers.insert(AUTHORIZATION, held.bearer?);
        Ok(AuthTicket(held.generation))
    }

    fn authorize_now(
        &self,
        now: Instant,
        headers: &mut HeaderMap,
    ) -> Option<Result<AuthTicket, Error>> {
        let (bearer, generation) = {
            let state = lock(&self.state);
            let fresh = state.current.as_ref().filter(|held| now < held.stale_at)?;
            (fresh.bearer.clone(), fresh.generation)
        };
        let fixed = self.fixed.authorize_now(now, headers)?;
        Some(fixed.and(bearer).map(|bearer| {
            headers.insert(AUTHORIZATION, bearer);
            AuthTicket(generation)
        }))
    }

    fn refused(&self, ticket: AuthTicket, error: &Error) -> bool {
        if !self.source.is_about_token(error) {
            return false;
        }
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
