//! access-sync-http.
