//! access-sync-sandbox.
