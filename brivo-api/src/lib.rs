//! brivo-api.
