//! access-sync-core.
