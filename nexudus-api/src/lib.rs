//! nexudus-api.
