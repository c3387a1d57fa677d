//! Stateful stand-ins of Brivo, Entrata and Nexudus over real HTTP, to build and break against.
//!
//! One [`Sandbox`] is three services on loopback ports, with their records in memory, the shapes,
//! status codes and quirks that the vendors are known for, a clock that the caller moves, and
//! [`Fault`]s on demand. It is written from the vendors' published interfaces alone and shares no
//! type with our clients, so that a client's mistake cannot hide behind the same mistake here.
//!
//! ```
//! use access_sync_sandbox::{Sandbox, World};
//! use chrono::TimeDelta;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::builder().world(World::lively(7)).start().await?;
//! println!("Brivo   {}", sandbox.brivo().api_url());
//! println!("Entrata {}", sandbox.entrata().gateway_url());
//! println!("Nexudus {}", sandbox.nexudus().base_url());
//!
//! sandbox.advance(TimeDelta::minutes(10)); // tokens of Brivo have expired now
//! let may_enter = sandbox.brivo().can_open("staff:0007", "Harbor Point Lobby", sandbox.now());
//! assert!(may_enter);
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```

pub mod brivo;
mod calls;
mod clock;
mod control;
mod door;
pub mod entrata;
mod fault;
mod http;
mod json;
mod limits;
pub mod nexudus;
mod sandbox;
mod server;
mod variants;
mod webhooks;
mod world;

pub use calls::Call;
pub use clock::Clock;
pub use door::{CallError, Door, Latency};
pub use fault::{Fault, FaultKind, Faults, ScriptError, Service};
pub use limits::Limits;
pub use sandbox::{Sandbox, SandboxBuilder, SandboxError};
pub use variants::Variants;
pub use webhooks::{Delivery, WebhookFaults};
pub use world::{Churn, PropertyDoors, StoryError, World, WorldMap};
