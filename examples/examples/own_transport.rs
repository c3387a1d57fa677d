//! A transport of your own, in a test: talk once, keep the cassette beside the test, play it for ever.
//!
//! `cargo run --example own_transport` records against the sandbox and plays the recording without
//! one; `cargo test --example own_transport` is the test that you would write.
#![allow(clippy::print_stdout, reason = "an example prints")]

#[path = "shared/hosts.rs"]
mod hosts;

use std::sync::Arc;

use access_sync_http::test_util::{Cassette, Mask, Player, Recorder};
use access_sync_http::{ReqwestTransport, Transport};
use brivo_api::BrivoClient;

/// What is to be tested: it takes any client, and so any transport.
async fn residents(brivo: &BrivoClient) -> Result<usize, brivo_api::Error> {
    let groups = brivo.groups().list().name("Residents").all().await?;
    let mut people = 0;
    for group in &groups.items {
        people += brivo.groups().members(group.id).all().await?.items.len();
    }
    Ok(people)
}

/// The same client, over another transport.
fn client(
    hosts: &hosts::Hosts,
    transport: Arc<dyn Transport>,
) -> Result<BrivoClient, Box<dyn std::error::Error>> {
    Ok(hosts.brivo()?.transport(transport).build()?)
}

async fn record_and_play() -> Result<(usize, usize, Cassette), Box<dyn std::error::Error>> {
    let hosts = hosts::Hosts::start().await?;
    // Credentials and people never get into a recording; add the names that only your data has.
    let mask = || Mask::new().also("externalId");
    let recorder = Recorder::new(ReqwestTransport::new()?, mask());
    let live = residents(&client(&hosts, Arc::new(recorder.clone()))?).await?;
    let cassette = recorder.cassette();

    // A file in your repository would stand between the two.
    let json = serde_json::to_string_pretty(&cassette)?;
    let player = Player::new(serde_json::from_str(&json)?, mask());
    let played = residents(&client(&hosts, Arc::new(player.clone()))?).await?;
    assert_eq!(player.left(), 0, "all that was recorded was asked for");
    Ok((live, played, cassette))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (live, played, cassette) = record_and_play().await?;
    println!("live: {live} residents");
    println!(
        "from the cassette: {played} residents, {} exchanges",
        cassette.exchanges.len()
    );
    Ok(())
}

#[cfg(test)]
#[tokio::test]
async fn a_recording_gives_the_same_answer_and_names_nobody() {
    let (live, played, cassette) = record_and_play().await.unwrap();
    assert_eq!(live, played);
    let json = serde_json::to_string(&cassette).unwrap();
    assert!(json.contains("masked") && !json.contains("Janitor"));
}
