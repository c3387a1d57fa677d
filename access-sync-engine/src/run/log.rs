//! What goes to `tracing`, where that is wanted: ids and counts, no names.

use super::{Applied, EngineError, PersonTrouble, Prepared};

#[cfg(feature = "tracing")]
pub(super) fn run(prepared: &Prepared, applied: &Applied) {
    tracing::info!(
        done = applied.done.len(),
        failed = applied.failed.len(),
        withheld = prepared.changes().withheld.len(),
        missing = prepared.feed.missing.len(),
        "synchronised"
    );
    if prepared.changes().guard.tripped {
        tracing::warn!(digest = %prepared.changes().digest(), "removals are held back");
    }
}

#[cfg(feature = "tracing")]
pub(super) fn person(trouble: &PersonTrouble) {
    tracing::warn!(
        subject = %trouble.subject,
        attempts = trouble.attempts,
        error = %trouble.error,
        "a person's change failed"
    );
}

#[cfg(feature = "tracing")]
pub(super) fn failed(error: &EngineError, failures: u32) {
    tracing::error!(%error, failures, "the run failed");
}

#[cfg(not(feature = "tracing"))]
pub(super) fn run(_: &Prepared, _: &Applied) {}
#[cfg(not(feature = "tracing"))]
pub(super) fn person(_: &PersonTrouble) {}
#[cfg(not(feature = "tracing"))]
pub(super) fn failed(_: &EngineError, _: u32) {}
