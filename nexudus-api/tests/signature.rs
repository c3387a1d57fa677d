//! Whose delivery it is: the documents' vectors, and what is not to be believed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::sample;
use http::{HeaderMap, HeaderValue};
use nexudus_api::*;
use proptest::prelude::*;
use serde_json::Value as Json;

const SECRET: &str = "sample-shared-secret";

struct Vector {
    body: Vec<u8>,
    raw: String,
    ascii: String,
}

fn vectors() -> Vec<Vector> {
    let file: Json = serde_json::from_str(&sample("43_webhook_signature_vectors.json")).unwrap();
    assert!(SIGNATURE_HEADER.eq_ignore_ascii_case(file["header"].as_str().unwrap()));
    let rows = file["vectors"].as_array().unwrap();
    let text = |row: &Json, key: &str| row[key].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| {
            assert_eq!(row["secret"], SECRET);
            Vector {
                body: text(row, "body_utf8").into_bytes(),
                raw: text(row, "hmac_sha256_over_raw_bytes_upper_hex"),
                ascii: text(row, "hmac_sha256_over_dotnet_ascii_upper_hex"),
            }
        })
        .collect()
}

fn verify(signature: &str, body: &[u8], secret: &str) -> Result<(), SignatureError> {
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE_HEADER, signature.parse().unwrap());
    verify_webhook(&headers, body, &SecretString::from(secret))
}

#[test]
fn both_digests_of_every_vector_are_good_in_either_case() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 3);
    assert!(vectors.iter().any(|vector| vector.raw != vector.ascii));
    for vector in vectors {
        for signature in [&vector.raw, &vector.ascii] {
            assert_eq!(verify(signature, &vector.body, SECRET), Ok(()));
            let lower = signature.to_lowercase();
            assert_eq!(verify(&lower, &vector.body, SECRET), Ok(()));
        }
    }
}

#[test]
fn a_changed_byte_of_body_secret_or_signature_is_noticed() {
    for vector in vectors() {
        for signature in [&vector.raw, &vector.ascii] {
            for at in 0..vector.body.len() {
                // Letters beyond ASCII are one letter to the second digest.
                if *signature == vector.ascii && !vector.body[at].is_ascii() {
                    continue;
                }
                let mut body = vector.body.clone();
                body[at] ^= 1;
                assert_eq!(
                    verify(signature, &body, SECRET),
                    Err(SignatureError::Mismatch),
                    "byte {at}"
                );
            }
            for at in 0..64 {
                let mut digits = signature.clone().into_bytes();
                digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
                let other = String::from_utf8(digits).unwrap();
                let verdict = verify(&other, &vector.body, SECRET);
                assert_eq!(verdict, Err(SignatureError::Mismatch), "digit {at}");
            }
            for body in [&vector.body[1..], &[&vector.body[..], b" "].concat(), b""] {
                let verdict = verify(signature, body, SECRET);
                assert_eq!(verdict, Err(SignatureError::Mismatch));
            }
            for secret in ["sample-shared-secreT", "sample-shared-secret ", "s"] {
                let verdict = verify(signature, &vector.body, secret);
                assert_eq!(verdict, Err(SignatureError::Mismatch), "{secret}");
            }
        }
    }
}

#[test]
fn the_ascii_digest_is_of_utf_16_units_and_never_lets_an_ascii_letter_change() {
    let rocket = vectors().remove(2);
    let text = String::from_utf8(rocket.body).unwrap();
    // The rocket is two units of UTF-16, and so two question marks.
    let folded = text.replace('🚀', "??");
    assert_eq!(verify(&rocket.ascii, folded.as_bytes(), SECRET), Ok(()));
    for other in ["?", "???", "????", "R", "ab"] {
        let text = text.replace('🚀', other);
        let verdict = verify(&rocket.ascii, text.as_bytes(), SECRET);
        assert_eq!(verdict, Err(SignatureError::Mismatch), "{other}");
    }
    // The digest of the bytes lets nothing change.
    let verdict = verify(&rocket.raw, folded.as_bytes(), SECRET);
    assert_eq!(verdict, Err(SignatureError::Mismatch));
}

#[test]
fn no_signature_is_told_from_one_that_is_none_and_from_a_wrong_one() {
    let Vector { body, raw, .. } = vectors().remove(0);
    let secret = SecretString::from(SECRET);
    assert_eq!(
        verify_webhook(&HeaderMap::new(), &body, &secret),
        Err(SignatureError::Missing)
    );
    let with_prefix = format!("sha256={raw}");
    let too_long = format!("{raw}00");
    let not_hex = raw.replace('9', "g");
    for signature in [
        "",
        " ",
        "+",
        raw.get(..62).unwrap(),
        raw.get(..63).unwrap(),
        &too_long,
        &not_hex,
        &with_prefix,
    ] {
        let verdict = verify(signature, &body, SECRET);
        assert_eq!(verdict, Err(SignatureError::Malformed), "{signature:?}");
    }
    let mut headers = HeaderMap::new();
    headers.insert(
        SIGNATURE_HEADER,
        HeaderValue::from_bytes(&[0xff; 64]).unwrap(),
    );
    let verdict = verify_webhook(&headers, &body, &secret);
    assert_eq!(verdict, Err(SignatureError::Malformed), "no text");
    headers.insert(SIGNATURE_HEADER, raw.parse().unwrap());
    headers.append(SIGNATURE_HEADER, raw.parse().unwrap());
    let verdict = verify_webhook(&headers, &body, &secret);
    assert_eq!(verdict, Err(SignatureError::Malformed), "two of them");
}

#[test]
fn a_secret_that_anybody_could_guess_opens_nothing() {
    let Vector { body, raw, .. } = vectors().remove(0);
    for secret in ["", "ñandú"] {
        let verdict = verify(&raw, &body, secret);
        assert_eq!(verdict, Err(SignatureError::UnusableSecret), "{secret}");
    }
}

#[test]
fn a_refusal_is_an_error_of_this_crate_and_names_neither_secret_nor_body() {
    let Vector { body, .. } = vectors().remove(0);
    let refused = verify(&"0".repeat(64), &body, SECRET).unwrap_err();
    let error = Error::from(refused);
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let shown = format!("{refused} {refused:?} {error} {error:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("Bob"), "{shown}");
    let unusable = Error::from(SignatureError::UnusableSecret);
    assert_eq!(unusable.kind(), ErrorKind::Config);
}

proptest! {
    #[test]
    fn no_bytes_panic_and_none_pass_by_chance(
        signature in prop::collection::vec(0x20..=0x7e_u8, 0..130),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE_HEADER, HeaderValue::from_bytes(&signature).unwrap());
        let secret = SecretString::from(SECRET);
        prop_assert!(verify_webhook(&headers, &body, &secret).is_err());
    }
}
