//! One call's cost over reqwest's own, on loopback, where nothing hides it.
//!
//! All variants do the same work: put the address together, say what they accept, bound the time,
//! read the body, check the status, decode JSON.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access_sync_benches::{median, ratio};
use access_sync_http::limit::{Per, Window};
use access_sync_http::{
    ClientCore, Endpoint, Request, ReqwestTransport, StatusEnvelope, Transport, TransportError,
    WindowLimiter,
};
use bytes::Bytes;
use futures_util::future::join_all;
use governor::{Quota, RateLimiter};
use http::header::ACCEPT;
use reqwest_middleware::ClientBuilder;
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Sample, cpu, in_turn, thread_cpu};

const JSON: &str = "application/json";
const LIMIT: Duration = Duration::from_secs(30);

/// What is read of the answer.
#[derive(Deserialize)]
struct Thing {
    data: String,
}

fn check(thing: &Thing) {
    assert_eq!(thing.data.len(), 1010);
}

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
    format!("http://{address}")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Time and this thread's processor time of a call, in µs.
fn measure<F: Future>(
    runtime: &tokio::runtime::Runtime,
    (connections, calls): (usize, usize),
    call: impl Fn() -> F,
) -> Sample {
    let (wall, busy) = (Instant::now(), thread_cpu());
    runtime.block_on(join_all((0..connections).map(|_| async {
        for _ in 0..calls / connections {
            call().await;
        }
    })));
    let each = 1e6 / calls as f64;
    Sample {
        wall: wall.elapsed().as_secs_f64() * each,
        cpu: (thread_cpu() - busy) * each,
    }
}

fn reqwest() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn limiter() -> WindowLimiter {
    WindowLimiter::builder()
        .lane(
            Per::Tenant,
            [
                Window::new(1_000_000, Duration::from_secs(1)),
                Window::new(u64::MAX, Duration::from_secs(30 * 24 * 3600)),
            ],
        )
        .build()
}

/// What to run.
pub enum What {
    /// All variants.
    All,
    /// One variant, at so many connections, for so many calls (under a profiler, say).
    One(usize, usize, usize),
    /// Two variants in turn: connections, calls a turn, rounds.
    Pair([usize; 2], usize, usize, usize),
}

pub fn run(what: &What) {
    let url = server();
    let runtime = runtime();
    let endpoint = Endpoint::parse(&url).unwrap();
    let target = || endpoint.join(&["v1", "things"]).unwrap();

    let raw = reqwest();
    let plain = async || {
        let request = raw.get(target()).header(ACCEPT, JSON).timeout(LIMIT);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let body = answer.bytes().await.unwrap();
        check(&serde_json::from_slice(&body).unwrap());
    };

    let unbounded = reqwest();
    let untimed = async || {
        let request = unbounded.get(target()).header(ACCEPT, JSON);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let body = answer.bytes().await.unwrap();
        check(&serde_json::from_slice(&body).unwrap());
    };

    let stack = ClientBuilder::new(reqwest())
        .with(RetryTransientMiddleware::new_with_policy(
            ExponentialBackoff::builder().build_with_max_retries(4),
        ))
        .build();
    let governor = RateLimiter::direct(Quota::per_second(1_000_000.try_into().unwrap()));
    let theirs = async || {
        governor.until_ready().await;
        let request = stack.get(target()).header(ACCEPT, JSON).timeout(LIMIT);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let body = answer.bytes().await.unwrap();
        check(&serde_json::from_slice(&body).unwrap());
    };

    let core = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(ReqwestTransport::from_client(reqwest())))
        .limiter(Arc::new(limiter()))
        .build()
        .unwrap();
    let ours = async || {
        let request = Request::new("things.list", http::Method::GET, target());
        let reply = core.send(request).await.unwrap();
        check(&reply.json().unwrap());
    };

    let unlimited = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(ReqwestTransport::from_client(reqwest())))
        .build()
        .unwrap();
    let free = async || {
        let request = Request::new("things.list", http::Method::GET, target());
        let reply = unlimited.send(request).await.unwrap();
        check(&reply.json().unwrap());
    };

    let own = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(ReqwestTransport::new().unwrap()))
        .limiter(Arc::new(limiter()))
        .build()
        .unwrap();
    let usual = async || {
        let request = Request::new("things.list", http::Method::GET, target());
        let reply = own.send(request).await.unwrap();
        check(&reply.json().unwrap());
    };

    let transport = ReqwestTransport::from_client(reqwest());
    let bare = async || {
        let request = Request::new("things.list", http::Method::GET, target());
        let headers = request.headers();
        let answer = transport.send_request(&request, headers).await.unwrap();
        check(&serde_json::from_slice(answer.body()).unwrap());
    };

    let r = &runtime;
    type Variant<'a> = (&'a str, &'a mut dyn FnMut((usize, usize)) -> Sample);
    let mut variants: [Variant<'_>; 7] = [
        ("raw reqwest", &mut |n| measure(r, n, plain)),
        (
            "access-sync-http (limiter, two timeouts, retry, envelope)",
            &mut |n| measure(r, n, ours),
        ),
        ("reqwest-middleware + reqwest-retry + governor", &mut |n| {
            measure(r, n, theirs)
        }),
        ("access-sync-http without a limiter", &mut |n| {
            measure(r, n, free)
        }),
        (
            "access-sync-http, its transport alone, no timeout",
            &mut |n| measure(r, n, bare),
        ),
        ("raw reqwest, no timeout", &mut |n| measure(r, n, untimed)),
        (
            "access-sync-http over its own reqwest, as users have it",
            &mut |n| measure(r, n, usual),
        ),
    ];

    match *what {
        What::All => {}
        What::One(variant, connections, calls) => {
            let (name, run) = &mut variants[variant];
            let Sample { wall, cpu } = run((connections, calls));
            println!("{name}: {wall:.2} µs a call, {cpu:.2} µs of processor time");
            return;
        }
        What::Pair(pair, connections, calls, rounds) => {
            let [base, other] = in_turn(rounds, 2, |n| variants[pair[n]].1((connections, calls)))
                .try_into()
                .unwrap_or_else(|_| unreachable!("two variants"));
            let of = |part: fn(&Sample) -> f64| {
                let part = |samples: &[Sample]| samples.iter().map(part).collect::<Vec<_>>();
                let (base, other) = (part(&base), part(&other));
                (median(&base), median(&other), ratio(&other, &base))
            };
            let (wall, cpu) = (of(|s| s.wall), of(|s| s.cpu));
            println!(
                "{} / {}, {connections} connections: wall {:.1} / {:.1} µs, of each round {:.3}; processor {:.2} / {:.2} µs, of each round {:.3}",
                variants[pair[1]].0,
                variants[pair[0]].0,
                wall.1,
                wall.0,
                wall.2,
                cpu.1,
                cpu.0,
                cpu.2
            );
            return;
        }
    }
    println!("per call on loopback, 1 KB of JSON; ratios to raw reqwest of the same work");
    for (connections, calls, rounds) in [(1, 100, 501), (32, 320, 501)] {
        let names: Vec<_> = variants.iter().map(|(name, _)| *name).collect();
        for (_, run) in &mut variants {
            run((connections, 5 * calls));
        }
        let results = in_turn(rounds, variants.len(), |variant| {
            variants[variant].1((connections, calls))
        });
        let (walls, cpus): (Vec<Vec<f64>>, Vec<Vec<f64>>) = results
            .iter()
            .map(|samples| {
                let walls = samples.iter().map(|s| s.wall).collect();
                (walls, samples.iter().map(|s| s.cpu).collect())
            })
            .unzip();
        println!(
            "  {connections:>2} connections, {rounds} rounds of {calls} calls{:<25}µs median   ratio of medians   of each round   µs of this thread's processor, ratio",
            ""
        );
        for (variant, name) in names.iter().enumerate() {
            let (wall, busy) = (&walls[variant], &cpus[variant]);
            println!(
                "     {name:<58} {:>9.1} {:>18.3} {:>15.3} {:>18.2} ({:+.2}) {:>14.3}",
                median(wall),
                median(wall) / median(&walls[0]),
                ratio(wall, &walls[0]),
                median(busy),
                median(busy) - median(&cpus[0]),
                ratio(busy, &cpus[0]),
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
pub fn null_transport() {
    let core = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .transport(Arc::new(Null))
        .limiter(Arc::new(limiter()))
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
