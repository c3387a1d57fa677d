//! What the engine keeps, and what it keeps to: the ledger, ownership, crashes, holds, plans in
//! files, calls, and what people get beside groups.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub
)]

mod beside_groups;
mod calls;
mod crash;
mod figures;
mod foreseen;
mod hints;
mod holds;
mod house;
mod killed;
mod ledgers;
mod mapped;
mod ownership;
mod plan_files;
mod presence;
mod rollback;
mod safety;
mod stopping;
mod versions;
