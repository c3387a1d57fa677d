//! Ctrl-C in the midst of writing: what is under way is finished, nothing new is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use access_sync_http::{LimitError, Permit, RateLimiter, Scope, Signal};
use async_trait::async_trait;

/// A switch that is thrown once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A limiter that lets no call begin after the stop. A call that was let through goes on to its answer,
/// so that the ledger knows what became of it.
#[derive(Debug)]
pub(crate) struct Gate {
    inner: Arc<dyn RateLimiter>,
    stop: Stop,
}

impl Gate {
    pub(crate) fn new(inner: Arc<dyn RateLimiter>, stop: Stop) -> Self {
        Self { inner, stop }
    }
}

#[async_trait]
impl RateLimiter for Gate {
    async fn acquire(
        &self,
        scope: &Scope,
        cost: u32,
        deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        if self.stop.is_on() {
            return Err(closed());
        }
        let permit = self.inner.acquire(scope, cost, deadline).await?;
        // It may have waited a while; a permit that is dropped gives its slot back.
        if self.stop.is_on() {
            return Err(closed());
        }
        Ok(permit)
    }

    fn observe(&self, scope: &Scope, signal: &Signal) {
        self.inner.observe(scope, signal);
    }
}

fn closed() -> LimitError {
    LimitError::Unavailable("stopped by Ctrl-C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_sync_http::Unlimited;

    #[tokio::test]
    async fn nothing_begins_after_the_stop() {
        let stop = Stop::default();
        let gate = Gate::new(Arc::new(Unlimited), stop.clone());
        let scope = Scope {
            vendor: "brivo",
            tenant: "account".into(),
            class: "api",
        };
        assert!(gate.acquire(&scope, 1, None).await.is_ok());
        stop.now();
        assert!(gate.acquire(&scope, 1, None).await.is_err());
    }
}
