//! Reading what vendors really send.
//!
//! Use with serde's `deserialize_with`:
//!
//! ```
//! use access_sync_http::decode;
//! use serde::Deserialize;
//!
//! #[derive(Debug, Deserialize)]
//! struct Unit {
//!     /// A number, or a text that holds one.
//!     #[serde(deserialize_with = "decode::required")]
//!     id: i64,
//!     /// `true`, `1`, `"1"`, `"t"`; absent, null, `""`, `{}` and `[]` are none.
//!     #[serde(default, deserialize_with = "decode::optional")]
//!     furnished: Option<bool>,
//!     /// An array, one object, or nothing.
//!     #[serde(default, deserialize_with = "decode::one_or_many")]
//!     spaces: Vec<String>,
//! }
//!
//! # fn main() -> Result<(), access_sync_http::Error> {
//! let unit: Unit = decode::json(br#"{"id": "7", "furnished": "1", "spaces": "A"}"#)?;
//! assert_eq!((unit.id, unit.furnished, unit.spaces.len()), (7, Some(true), 1));
//! # Ok(())
//! # }
//! ```

mod macros;
mod object;
mod path;
mod rows;
mod scalar;
mod utf8;

use serde::de::DeserializeOwned;

use crate::{Error, redact};

pub use object::Object;
pub use rows::{Rows, one_or_many};
pub use scalar::{Scalar, optional, or_default, required};

#[doc(hidden)]
pub mod __private {
    pub use serde;
}

/// Reads JSON. Plain first; only on failure a second time, row by row ([`Rows`]), so that good
/// answers pay nothing for bad ones.
///
/// # Errors
/// [`crate::ErrorKind::Decode`], naming the path (`data[3].id`) and never a value.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let text = utf8::text(body);
    if text.trim_ascii().is_empty() {
        return Err(Error::decode("the body is blank"));
    }
    if let Ok(value) = rows::all_or_nothing(|| serde_json::from_str(&text)) {
        return Ok(value);
    }
    serde_json::from_str(&text).map_err(|error| {
        let reason = redact::serde_message(&error);
        Error::decode(match path::of(&text, &error).as_str() {
            "." => reason,
            path => format!("{path}: {reason}"),
        })
    })
}
