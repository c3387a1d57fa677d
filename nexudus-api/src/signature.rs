//! Is a delivery Nexudus'?

use access_sync_http::{Error, ErrorKind, ExposeSecret, SecretString};
use hmac::{Hmac, Mac as _};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;

/// Where a delivery carries its signature.
pub const SIGNATURE_HEADER: &str = "x-nexudus-hook-signature";

/// Why a delivery is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// No signature. Nexudus sends none where the webhook has no shared secret.
    #[error("the delivery has no X-Nexudus-Hook-Signature: has the webhook a shared secret?")]
    Missing,
    /// Something else than one signature of 64 hexadecimal digits.
    #[error("X-Nexudus-Hook-Signature is not one HMAC-SHA256 in hexadecimal digits")]
    Malformed,
    /// A signature of another body, or made with another secret.
    #[error("X-Nexudus-Hook-Signature is not that of this body with this secret")]
    Mismatch,
    /// The secret on our side is empty or not ASCII. Nexudus signs with the secret's ASCII letters
    /// only, so that any other letter could be guessed.
    #[error("the shared secret is empty or has letters beyond ASCII")]
    UnusableSecret,
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        let kind = match error {
            SignatureError::UnusableSecret => ErrorKind::Config,
            _ => ErrorKind::Authentication,
        };
        Self::new(kind, error.to_string())
    }
}

/// Checks that a delivery was signed with the webhook's shared secret
/// (help.nexudus.com, "Verifying webhooks"): HMAC-SHA256 of the body, in hexadecimal digits of either
/// case. `body` is what came over the wire, before anything read it. Digests are compared in constant
/// time.
///
/// Two digests are good, since Nexudus' documents and its published code disagree on what is hashed:
/// that of the body's bytes, and that of its text where .NET's ASCII encoding put a `?` for every
/// UTF-16 unit beyond ASCII. The second does not protect such letters: who holds a signed delivery
/// can put one for another. Nor does either tell a repeated delivery from a new one. So take a
/// delivery as a hint and read the record anew, whatever it says.
///
/// ```
/// use http::HeaderMap;
/// use nexudus_api::{SIGNATURE_HEADER, SecretString, WebHookAction, parse_webhook, verify_webhook};
/// # fn main() -> Result<(), nexudus_api::Error> {
/// # let mut headers = HeaderMap::new();
/// # headers.insert(SIGNATURE_HEADER, http::HeaderValue::from_static(
/// #     "90ACC6B854D97ED60E6FAEDC5E8E947099DAA148BC1737BF2FEFF14324850615"));
/// # let body = br#"[{"Id":1415900201,"FullName":"Bob Example"}]"#;
/// // POST /hooks/AccessControlUpdate, with its headers and its body as it came.
/// verify_webhook(&headers, body, &SecretString::from("sample-shared-secret"))?;
/// let changed = parse_webhook(&WebHookAction::AccessControlUpdate, body)?;
/// assert_eq!(changed[0].id(), Some(1415900201));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`SignatureError`], which is an [`Error`] of kind [`ErrorKind::Authentication`] behind `?`.
pub fn verify_webhook(
    headers: &HeaderMap,
    body: &[u8],
    secret: &SecretString,
) -> Result<(), SignatureError> {
    let secret = secret.expose_secret();
    if secret.is_empty() || !secret.is_ascii() {
        return Err(SignatureError::UnusableSecret);
    }
    let mut sent = headers.get_all(SIGNATURE_HEADER).iter();
    let signature = match (sent.next(), sent.next()) {
        (None, _) => return Err(SignatureError::Missing),
        (Some(one), None) => digits(one).ok_or(SignatureError::Malformed)?,
        (Some(_), Some(_)) => return Err(SignatureError::Malformed),
    };
    let signed = |message: &[u8]| {
        Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(message).verify_slice(&signature).is_ok())
    };
    if signed(body) || dot_net_ascii(body).is_some_and(|text| signed(&text)) {
        Ok(())
    } else {
        Err(SignatureError::Mismatch)
    }
}

fn digits(header: &HeaderValue) -> Option<[u8; 32]> {
    let text: &[u8; 64] = header.as_bytes().trim_ascii().try_into().ok()?;
    let mut signature = [0; 32];
    for (byte, pair) in signature.iter_mut().zip(text.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(value).ok()?;
        }
    }
    Some(signature)
}

/// The text as .NET's `ASCIIEncoding` writes it; none where the body is no text.
fn dot_net_ascii(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut ascii = Vec::with_capacity(body.len());
    for letter in text.chars() {
        match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii() => ascii.push(byte),
            _ => ascii.extend(std::iter::repeat_n(b'?', letter.len_utf16())),
        }
    }
    Some(ascii)
}
