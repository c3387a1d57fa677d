//! Credentials, passes, guests, sites, doors, schedules and the account: requests exactly, answers
//! decoded, arguments checked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../common/mod.rs"]
mod common;

mod account;
mod credentials;
mod photos;
mod places;
mod requests;

use brivo_api::{AccessPointId, CredentialId, UserId};
use serde_json::Value;

const U: UserId = UserId(7_310_442);
const C: CredentialId = CredentialId(55_190_277);
const DOOR: AccessPointId = AccessPointId(612_001);

fn body(request: Result<brivo_api::Request, brivo_api::Error>) -> Value {
    serde_json::from_slice(request.unwrap().body()).unwrap()
}
