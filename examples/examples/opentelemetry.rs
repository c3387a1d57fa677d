//! Exports the clients' spans with OpenTelemetry: one for each call, one for each attempt in it.
//!
//! `cargo run --example opentelemetry` writes them to standard output. For a collector, put an OTLP
//! exporter in the place of the one here; nothing else changes. Spans hold names of operations,
//! counts and kinds of faults, never an address, a body or a person.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use access_sync_sandbox::{Fault, FaultKind, Service};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Instrument as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("access-sync"));
    // The clients' spans are of level DEBUG.
    tracing_subscriber::registry()
        .with(spans.with_filter(LevelFilter::DEBUG))
        .init();

    let hosts = hosts::Hosts::start().await?;
    if let Some(sandbox) = &hosts.0 {
        // Something to see: the first attempt fails, the second does not.
        sandbox.inject(
            Fault::new(Service::Brivo, FaultKind::Status(503))
                .operation("GET /groups")
                .times(1),
        );
    }
    let brivo = hosts.brivo()?.build()?;
    // Spans of your own go around them.
    async {
        let groups = brivo.groups().list().all().await?;
        println!("{} groups", groups.items.len());
        Ok::<_, brivo_api::Error>(())
    }
    .instrument(tracing::info_span!("nightly audit"))
    .await?;
    provider.shutdown()?;
    Ok(())
}
