//! entrata-api.
