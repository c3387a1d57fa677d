//! The page of a sandbox, until the program is ended:
//! `cargo run -p access-sync-sandbox --example page`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use access_sync_sandbox::{Sandbox, SandboxError, World};

#[tokio::main]
async fn main() -> Result<(), SandboxError> {
    let sandbox = Sandbox::builder()
        .world(World::lively(7))
        .control()
        .port_base(4700)
        .start()
        .await?;
    sandbox.brivo().try_door("staff:0007", "Harbor Point Lobby");
    sandbox.brivo().try_door("hr-2231", "Harbor Point Lobby");
    println!("{}", sandbox.control_url().unwrap_or_default());
    std::future::pending().await
}
