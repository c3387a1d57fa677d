//! access-sync-engine.
