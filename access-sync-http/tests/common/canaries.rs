//! Secrets and people in all that is sent and answered, to be found nowhere else.

use std::error::Error as StdError;
use std::sync::Arc;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use access_sync_http::*;
use http::header::HeaderName;
use http::{HeaderValue, Method};

use super::*;

/// A password, a token, a PIN, an e-mail address, a telephone number and a bearer of them.
pub const CANARIES: [&str; 5] = [
    "hunter2-Pa55word-canary-0000",
    "eyJhbGciOiJSUzI1NiJ9.canary.c2lnbmF0dXJl",
    "73951",
    "ana.canary@example.test",
    "5551234567",
];

pub fn clean(label: &str, shown: &str) {
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{label} shows {canary}: {shown}");
    }
    assert!(!shown.to_lowercase().contains("canary"), "{label}: {shown}");
}

pub fn show_error(label: &str, error: &Error) {
    clean(
        label,
        &format!("{error} | {error:?} | {error:#?} | {}", error.message()),
    );
    clean(
        label,
        &format!("{:?} {:?}", error.code(), error.request_id()),
    );
    let mut source = error.source();
    while let Some(cause) = source {
        clean(label, &format!("{cause} | {cause:?}"));
        source = cause.source();
    }
}

pub fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// Echoes everything that it was sent, as careless servers do.
pub fn careless(status: u16) -> MockTransport {
    (0..6).fold(MockTransport::new(), |mock, _| {
        mock.then(move |request| {
            let mut echo = format!("{} ", request.uri());
            for (_, value) in request.headers() {
                echo.push_str(value.to_str().unwrap());
                echo.push(' ');
            }
            echo.push_str(std::str::from_utf8(request.body()).unwrap());
            echo.push_str(&CANARIES.join(" "));
            let answer = Response::builder().status(status);
            let answer = CANARIES
                .iter()
                .fold(answer, |a, c| a.header("x-request-id", *c));
            Ok(answer.body(echo.into()).unwrap())
        })
    })
}

/// Takes message, code and request id from where canaries sit.
#[derive(Debug)]
pub struct Telling;

impl Envelope for Telling {
    fn classify(&self, response: &Response<Bytes>, now: DateTime<Utc>) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(response.body()).into_owned();
        StatusEnvelope
            .classify(response, now)
            .map_err(|fault| fault.code(CANARIES.join(" ")).message(text))
    }
    fn request_id(&self, _: &http::HeaderMap) -> Option<String> {
        Some(CANARIES[3].to_owned())
    }
}

pub fn loaded(method: Method) -> Request {
    let url = format!("https://api.acme.test/v1/{}/{}", CANARIES[3], CANARIES[1]);
    CANARIES
        .iter()
        .fold(
            Request::new("things.call", method, url.parse().unwrap()),
            |r, c| r.query("q", c),
        )
        .header(
            HeaderName::from_static("x-key"),
            HeaderValue::from_static(CANARIES[0]),
        )
        .json(&CANARIES)
        .unwrap()
}

pub fn loaded_core(transport: impl Transport + 'static) -> (VirtualTimer, ClientCore) {
    let timer = clock();
    let fixed = StaticHeaders::new()
        .with(HeaderName::from_static("api-key"), &secret(CANARIES[0]))
        .unwrap();
    let source = Tokens::new(&timer, |_, _| {
        Ok(Token::new(
            secret(CANARIES[1]),
            Some(secret(CANARIES[0])),
            secs(600),
        ))
    });
    let auth = TokenAuth::new(source, Arc::new(fixed));
    clean("auth", &format!("{auth:?}"));
    let core = ClientCore::builder("acme", Arc::new(Telling))
        .timer(Arc::new(timer.clone()))
        .transport(Arc::new(transport))
        .auth(Arc::new(auth))
        .build()
        .unwrap();
    (timer, core)
}
