//! The reqwest transport over real sockets.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use access_sync_http::*;
use http::Method;
use url::Url;

type Heard = Arc<Mutex<Vec<String>>>;

/// A server that answers every connection with these bytes and hangs up; what it heard.
fn server(answer: impl Into<Vec<u8>>) -> (Url, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/things", listener.local_addr().unwrap());
    let (answer, heard) = (answer.into(), Heard::default());
    let told = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = hear(&mut stream);
            told.lock().unwrap().push(request);
            let _ = stream.write_all(&answer);
        }
    });
    (url.parse().unwrap(), heard)
}

/// A request's head, and its body where its length is told; of a TLS hello one byte.
fn hear(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    let mut left = usize::MAX;
    while left > 0 && stream.read(&mut byte).unwrap_or(0) == 1 {
        text.push(char::from(byte[0]));
        left = left.saturating_sub(1);
        if text == "\u{16}" {
            break;
        }
        if left > text.len() && text.ends_with("\r\n\r\n") {
            let length = text.to_lowercase();
            let length = length.split("content-length: ").nth(1);
            left = length.map_or(0, |rest| {
                rest.split("\r\n").next().unwrap().parse().unwrap()
            });
        }
    }
    text
}

fn core(transport: ReqwestTransport) -> ClientCore {
    ClientCore::builder("acme", Arc::new(StatusEnvelope))
        .transport(Arc::new(transport))
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap()
}

async fn send(url: Url, method: Method) -> Result<Reply, Error> {
    let transport = ReqwestTransport::new().unwrap().max_body(1_000);
    let request = Request::new("things.call", method, url);
    core(transport).send(request).await
}

/// What the transport itself says, by either of its ways.
async fn refused(url: &Url) -> TransportError {
    let transport = ReqwestTransport::new().unwrap().max_body(1_000);
    let request = Request::new("things.call", Method::GET, url.clone());
    let one = transport.send_request(&request, request.headers());
    let one = one.await.unwrap_err();
    let plain = http::Request::get(url.as_str()).body(bytes::Bytes::new());
    let other = transport.send(plain.unwrap()).await.unwrap_err();
    assert_eq!(
        (one.message(), one.was_sent()),
        (other.message(), other.was_sent())
    );
    for error in [&one, &other] {
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            shown.push_str(&error.to_string());
            source = error.source();
        }
        assert!(!shown.contains("things"), "{shown}");
    }
    one
}

#[tokio::test]
async fn an_answer_is_brought_back_whole() {
    let head = "HTTP/1.1 201 Created\r\nx-id: 9\r\ntransfer-encoding: chunked\r\n\r\n";
    let (url, heard) = server(format!("{head}3\r\none\r\n4\r\n two\r\n0\r\n\r\n"));
    let reply = send(url, Method::POST).await.unwrap();
    assert_eq!(
        (reply.status.as_u16(), &reply.body[..]),
        (201, &b"one two"[..])
    );
    assert_eq!(reply.headers["x-id"], "9");
    let heard = heard.lock().unwrap()[0].to_lowercase();
    assert!(heard.starts_with("post /v1/things http/1.1"), "{heard}");
    for line in [
        "accept: application/json",
        "content-length: 0",
        "user-agent: access-sync/",
    ] {
        assert!(heard.contains(line), "{heard}");
    }
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_refused_whether_its_length_is_told_or_not() {
    let long = "x".repeat(1_001);
    let told = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{long}");
    let untold = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{long}");
    for answer in [told, untold] {
        let error = refused(&server(answer).0).await;
        assert_eq!(error.message(), "the answer is larger than allowed");
        assert!(error.was_sent());
    }
    let fits = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", &long[1..]);
    let reply = send(server(fits).0, Method::GET).await.unwrap();
    assert_eq!(reply.body.len(), 1_000);
}

#[tokio::test]
async fn a_connection_that_is_refused_was_never_sent() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/things", closed.local_addr().unwrap());
    drop(closed);
    let error = refused(&url.parse().unwrap()).await;
    assert_eq!(error.message(), "could not connect");
    assert!(!error.was_sent());
}

#[tokio::test]
async fn a_connection_that_ends_before_or_within_the_answer_may_have_been_heard() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":";
    for (answer, message) in [("", "no answer"), (cut, "the answer broke off")] {
        let error = refused(&server(answer).0).await;
        assert_eq!(error.message(), message);
        assert!(error.was_sent(), "{message}");
    }
    let error = send(server(cut).0, Method::POST).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.was_sent()),
        (ErrorKind::Transport, true)
    );
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn a_plain_host_is_not_spoken_to_where_tls_was_asked_for() {
    let (mut url, heard) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    url.set_scheme("https").unwrap();
    let error = refused(&url).await;
    assert_eq!(error.message(), "could not connect");
    assert!(!error.was_sent());
    assert!(
        heard
            .lock()
            .unwrap()
            .iter()
            .all(|text| !text.contains("things"))
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 307, 308] {
        for method in [Method::GET, Method::POST, Method::PUT] {
            let (url, heard) = server(format!(
                "HTTP/1.1 {status} Elsewhere\r\nlocation: /v1/login\r\ncontent-length: 0\r\n\r\n"
            ));
            let error = send(url, method).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unroutable, "{status}");
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert_eq!(heard.lock().unwrap().len(), 1, "{status}");
        }
    }
}

#[cfg(feature = "gzip")]
fn packed(body: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ";
    [format!("{head}{}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn a_compressed_answer_is_unpacked_and_bounded_by_what_comes_out() {
    let (url, heard) = server(packed(SMALL));
    let reply = send(url, Method::GET).await.unwrap();
    assert_eq!(&reply.body[..], br#"{"id":7}"#);
    assert!(
        heard.lock().unwrap()[0]
            .to_lowercase()
            .contains("accept-encoding: gzip")
    );
    let error = refused(&server(packed(ZEROS)).0).await;
    assert_eq!(error.message(), "the answer is larger than allowed");
    let error = refused(&server(packed(&SMALL[..20])).0).await;
    assert_eq!(error.message(), "the answer broke off");
}

/// `{"id":7}`, packed.
#[cfg(feature = "gzip")]
#[rustfmt::skip]
const SMALL: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 76, 81, 178, 50, 175, 5, 0,
    67, 95, 7, 18, 8, 0, 0, 0,
];

/// A hundred thousand zeros, packed.
#[cfg(feature = "gzip")]
#[rustfmt::skip]
const ZEROS: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 49, 1, 0, 0, 0, 194, 160, 245,
    79, 109, 13, 15, 160, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 128, 87, 3, 125, 149, 17, 212, 160, 134, 1, 0,
];
