//! A rate limiter of your own: here one that three clients share, as a Redis of yours would be.
//!
//! `cargo run --example own_rate_limiter`.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use access_sync_http::{LimitError, Permit, RateLimiter, Scope, Signal};

/// So many calls a vendor, and no more. Yours would ask a store that all processes share, and would
/// sleep until there is room; this one refuses, so that the program ends.
#[derive(Debug)]
struct Allowance {
    each: u32,
    used: Mutex<BTreeMap<&'static str, u32>>,
}

#[async_trait::async_trait]
impl RateLimiter for Allowance {
    async fn acquire(
        &self,
        scope: &Scope,
        cost: u32,
        _deadline: Option<Instant>,
    ) -> Result<Permit, LimitError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = used.entry(scope.vendor).or_default();
        if *used + cost > self.each {
            return Err(LimitError::Unavailable("the allowance is used up"));
        }
        *used += cost;
        // Should give the call back if it never goes out: `Permit::with_refund`.
        Ok(Permit::free())
    }

    /// What the vendor answered: its delays and its own counts, to be kept in the same store.
    fn observe(&self, scope: &Scope, signal: &Signal) {
        if let Signal::Throttled { .. } = signal {
            println!("{} is throttling", scope.vendor);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    let shared = Arc::new(Allowance {
        each: 5,
        used: Mutex::default(),
    });
    let brivo = hosts.brivo()?.limiter(shared.clone()).build()?;
    let entrata = hosts.entrata()?.limiter(shared.clone()).build()?;

    println!(
        "{} properties",
        entrata.properties().list().all().await?.items.len()
    );
    let outcome = loop {
        if let Err(error) = brivo.administrators().whoami().await {
            break error;
        }
    };
    // One line that says which operation, why, and what to do; nothing was sent.
    println!("stopped: {outcome}");
    assert!(!outcome.was_sent());
    let used = shared.used.lock().unwrap_or_else(PoisonError::into_inner);
    println!("calls by vendor: {used:?}");
    Ok(())
}
