//! PINs that Brivo takes.

use std::fmt;

use access_sync_http::{Error, ExposeSecret, SecretString};

/// A PIN that keeps Brivo's rules: 4 to 8 digits, not all the same, not a simple sequence up or
/// down, not 2468 (Brivo support, "Issuing a PIN Code"). Uniqueness only Brivo can tell.
///
/// ```
/// use brivo_api::Pin;
///
/// assert!(Pin::new("73951").is_ok());
/// for bad in ["739", "739518264", "7395a", "7777", "1234", "9876", "2468"] {
///     assert!(Pin::new(bad).is_err());
/// }
/// ```
#[derive(Clone)]
pub struct Pin(SecretString);

impl Pin {
    /// Checks and keeps a PIN.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config), naming the rule and not the PIN.
    pub fn new(pin: impl Into<SecretString>) -> Result<Self, Error> {
        let pin = pin.into();
        let digits = pin.expose_secret().as_bytes();
        let broken = |rule: &str| Err(Error::config(format!("PIN refused: {rule}")));
        if !(4..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return broken("4 to 8 digits");
        }
        let steps = |by: i16| {
            digits
                .iter()
                .zip(digits.iter().skip(1))
                .all(|(a, b)| i16::from(*b) - i16::from(*a) == by)
        };
        if steps(0) {
            return broken("not the same digit all along");
        }
        if steps(1) || steps(-1) || digits == b"2468" {
            return broken("not a sequence");
        }
        Ok(Self(pin))
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(***)")
    }
}
