//! Spans tell of calls and attempts, and show neither secrets nor people.
//!
//! A file of its own, with one test: tracing remembers for the whole program whether anybody listens
//! to a span, so a test beside it that nobody listens to could silence this one.
#![cfg(feature = "tracing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use common::canaries::{careless, clean, loaded, loaded_core};
use http::Method;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down all that a subscriber is told.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

struct Writer<'a>(&'a mut String);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("access_sync_http")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut log = self.0.lock().unwrap();
        write!(log, "\n{}", span.metadata().name()).unwrap();
        span.record(&mut Writer(&mut log));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Writer(&mut self.0.lock().unwrap()));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Writer(&mut self.0.lock().unwrap()));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn spans_tell_of_calls_and_attempts_and_show_none() {
    let log = Everything::default();
    tracing::subscriber::with_default(log.clone(), || {
        for status in [401, 404, 503] {
            let (timer, core) = loaded_core(careless(status));
            timer.block_on(core.send(loaded(Method::GET))).unwrap_err();
        }
    });
    let log = log.0.lock().unwrap();
    clean("spans", &log);
    let count = |what: &str| log.matches(what).count();
    let call = "\ncall vendor=\"acme\" class=\"\" operation=\"things.call\"";
    assert_eq!(count(call), 3, "{log}");
    // Two with a refused token, one for what is not there, five while the server fails.
    assert_eq!(count("\nattempt number="), 8, "{log}");
    assert_eq!(count("\nattempt number=1"), 3, "{log}");
    assert!(log.contains("fault=NotFound status=404"), "{log}");
    assert!(
        log.contains("number=5") && log.contains("fault=Server status=503"),
        "{log}"
    );
}
