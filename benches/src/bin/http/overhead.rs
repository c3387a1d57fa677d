//! One call's cost over reqwest's own, on loopback, where nothing hides it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access_sync_http::limit::{Per, Window};
use access_sync_http::{
    ClientCore, Endpoint, Request, ReqwestTransport, StatusEnvelope, Transport, TransportError,
    WindowLimiter,
};
use bytes::Bytes;
use futures_util::future::join_all;
use governor::{Quota, RateLimiter};
use reqwest_middleware::ClientBuilder;
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{cpu, in_turn, median, ratio};

/// Answers every request with 1 KB of JSON over kept-alive connections, in a thread of its own.
fn server() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = runtime();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let body = format!("{{\"data\":\"{}\"}}", "x".repeat(1010));
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let answer: Arc<str> = answer.into();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    let mut buffer = vec![0; 4096];
                    let mut held = 0;
                    while let Ok(read) = stream.read(&mut buffer[held..]).await {
                        held += read;
                        if read == 0 {
                            return;
                        }
                        if buffer[..held].ends_with(b"\r\n\r\n") {
                            held = 0;
                            if stream.write_all(answer.as_bytes()).await.is_err() {
                                return;
                            }
                        }
                    }
                });
            }
        });
    });
    format!("http://{address}/v1/things")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn measure<F: Future>(
    runtime: &tokio::runtime::Runtime,
    connections: usize,
    calls: usize,
    call: impl Fn() -> F,
) -> f64 {
    let before = Instant::now();
    runtime.block_on(join_all((0..connections).map(|_| async {
        for _ in 0..calls / connections {
            call().await;
        }
    })));
    before.elapsed().as_secs_f64() / calls as f64 * 1e6
}

pub fn run() {
    let url = server();
    let runtime = runtime();
    let reqwest = || {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    };
    let target: url::Url = url.parse().unwrap();
    let raw = reqwest();
    let stack = ClientBuilder::new(reqwest())
        .with(RetryTransientMiddleware::new_with_policy(
            ExponentialBackoff::builder().build_with_max_retries(4),
        ))
        .build();
    let governor = RateLimiter::direct(Quota::per_second(1_000_000.try_into().unwrap()));
    let limiter = WindowLimiter::builder()
        .lane(
            Per::Tenant,
            [
                Window::new(1_000_000, Duration::from_secs(1)),
                Window::new(u64::MAX, Duration::from_secs(30 * 24 * 3600)),
            ],
        )
        .build();
    let core = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(ReqwestTransport::from_client(reqwest())))
        .limiter(Arc::new(limiter))
        .build()
        .unwrap();
    let endpoint = Endpoint::parse(url.trim_end_matches("/v1/things")).unwrap();

    let plain = async || {
        let answer = raw.get(target.clone()).send().await.unwrap();
        assert_eq!(answer.bytes().await.unwrap().len(), 1021);
    };
    let bounded = async || {
        let request = raw.get(target.clone()).timeout(Duration::from_secs(30));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.bytes().await.unwrap().len(), 1021);
    };
    let theirs = async || {
        governor.until_ready().await;
        let answer = stack.get(target.clone()).send().await.unwrap();
        assert_eq!(answer.bytes().await.unwrap().len(), 1021);
    };
    let ours = async || {
        let url = endpoint.join(&["v1", "things"]).unwrap();
        let request = Request::new("things.list", http::Method::GET, url);
        assert_eq!(core.send(request).await.unwrap().body.len(), 1021);
    };

    let transport = ReqwestTransport::from_client(reqwest());
    let bare = async || {
        let request = http::Request::get(target.as_str()).body(Bytes::new()).unwrap();
        assert_eq!(transport.send(request).await.unwrap().body().len(), 1021);
    };
    let unlimited = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(ReqwestTransport::from_client(reqwest())))
        .build()
        .unwrap();
    let free = async || {
        let url = endpoint.join(&["v1", "things"]).unwrap();
        let request = Request::new("things.list", http::Method::GET, url);
        assert_eq!(unlimited.send(request).await.unwrap().body.len(), 1021);
    };

    if std::env::var_os("BENCH_NULL").is_some() {
        return null_transport();
    }
    println!("per call on loopback, 1 KB, µs (ratio to raw reqwest, round by round)");
    for (connections, calls) in [(1, 2_000), (32, 6_400)] {
        let results = in_turn(
            21,
            &mut [
                &mut || measure(&runtime, connections, calls, plain),
                &mut || measure(&runtime, connections, calls, bounded),
                &mut || measure(&runtime, connections, calls, theirs),
                &mut || measure(&runtime, connections, calls, bare),
            &mut || measure(&runtime, connections, calls, free),
            &mut || measure(&runtime, connections, calls, ours),
            ],
        );
        let names = [
            "raw reqwest",
            "raw reqwest with a timeout",
            "reqwest-middleware + reqwest-retry + governor",
            "access-sync-http, its transport alone",
            "access-sync-http without a limiter",
            "access-sync-http (limiter, two timeouts, retry, envelope)",
        ];
        for (name, result) in names.iter().zip(&results) {
            let least = result.iter().copied().fold(f64::MAX, f64::min);
            println!(
                "  {connections:>2} conn  {name:<58} median {:>6.1}  least {least:>6.1}  ratio {:.3}",
                median(result),
                ratio(result, &results[0])
            );
        }
    }
    null_transport();
}

#[derive(Debug)]
struct Null;

#[async_trait::async_trait]
impl Transport for Null {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        Ok(http::Response::new(Bytes::new()))
    }
}

/// The pipeline alone.
fn null_transport() {
    let limiter = WindowLimiter::builder()
        .lane(Per::Tenant, [
            Window::new(10_000_000, Duration::from_secs(1)),
            Window::new(u64::MAX, Duration::from_secs(30 * 24 * 3600)),
        ])
        .build();
    let core = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(Null))
        .limiter(Arc::new(limiter))
        .build()
        .unwrap();
    let url: url::Url = "https://api.example.com/v1/things".parse().unwrap();
    let calls = 300_000;
    let (wall, before) = (Instant::now(), cpu());
    futures_util::FutureExt::now_or_never(async {
        for _ in 0..calls {
            let request = Request::new("things.list", http::Method::GET, url.clone());
            core.send(request).await.unwrap();
        }
    })
    .unwrap();
    println!(
        "  pipeline over a transport that does nothing: {:.2} µs a call ({:.2} µs of processor time)",
        wall.elapsed().as_secs_f64() / calls as f64 * 1e6,
        (cpu() - before) / calls as f64 * 1e6
    );
}
