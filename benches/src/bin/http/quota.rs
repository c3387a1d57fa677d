//! 32 workers, 2,000 calls, a server of 10/s with bursts of 10 and `Retry-After: 1`, in virtual time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access_sync_http::limit::{Per, Window};
use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{
    AttemptInfo, CallOptions, ClientCore, Decision, FullJitter, RateLimiter, Request, RetryPolicy,
    StatusEnvelope, Timer, Transport, TransportError, Unlimited, WindowLimiter,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;

/// Does not look at what the server asks for.
#[derive(Debug)]
struct BackoffOnly(FullJitter);

impl RetryPolicy for BackoffOnly {
    fn next(&self, attempt: &AttemptInfo) -> Decision {
        let mut attempt = attempt.clone();
        attempt.server_delay = None;
        self.0.next(&attempt)
    }
}

struct Bucket {
    tokens: f64,
    last: Duration,
}

struct Api {
    timer: VirtualTimer,
    bucket: Mutex<Bucket>,
    refused: AtomicU64,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Api")
    }
}

#[async_trait]
impl Transport for Api {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.timer
            .sleep_until(self.timer.now() + Duration::from_millis(50))
            .await;
        let mut bucket = self.bucket.lock().unwrap();
        let now = self.timer.elapsed();
        bucket.tokens = (bucket.tokens + (now - bucket.last).as_secs_f64() * 10.0).min(10.0);
        bucket.last = now;
        let mut answer = http::Response::new(Bytes::new());
        if bucket.tokens < 1.0 {
            self.refused.fetch_add(1, Ordering::Relaxed);
            *answer.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
            answer
                .headers_mut()
                .insert("retry-after", http::HeaderValue::from_static("1"));
        } else {
            bucket.tokens -= 1.0;
        }
        Ok(answer)
    }
}

fn simulate(
    name: &str,
    retry: Arc<dyn RetryPolicy>,
    limiter: impl Fn(Arc<dyn Timer>) -> Arc<dyn RateLimiter>,
) {
    let timer = VirtualTimer::new(chrono::DateTime::UNIX_EPOCH);
    let api = Arc::new(Api {
        timer: timer.clone(),
        bucket: Bucket {
            tokens: 10.0,
            last: Duration::ZERO,
        }
        .into(),
        refused: AtomicU64::new(0),
    });
    #[derive(Debug)]
    struct Shared(Arc<Api>);
    #[async_trait]
    impl Transport for Shared {
        async fn send(
            &self,
            r: http::Request<Bytes>,
        ) -> Result<http::Response<Bytes>, TransportError> {
            self.0.send(r).await
        }
    }
    let core = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .timer(Arc::new(timer.clone()))
        .transport(Arc::new(Shared(api.clone())))
        .limiter(limiter(Arc::new(timer.clone())))
        .retry(retry)
        .options(CallOptions::new().total(Duration::from_secs(3600)))
        // Nobody else has one: the lines without our limiter are those of other clients.
        .retry_budget(None)
        .seed(1)
        .build()
        .unwrap();
    let url: url::Url = "https://api.example.com/".parse().unwrap();
    let (left, lost) = (AtomicU64::new(2_000), AtomicU64::new(0));
    timer.block_on(join_all((0..32).map(|_| async {
        while left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
            .is_ok()
        {
            let request = Request::new("things.list", http::Method::GET, url.clone());
            if core.send(request).await.is_err() {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    })));
    let lost = lost.into_inner();
    let done = 2_000 - lost;
    println!(
        "  {name:<48} throttles per success {:>5.3}  given up {lost:>4}  {:>4.0} s",
        api.refused.load(Ordering::Relaxed) as f64 / done as f64,
        timer.elapsed().as_secs_f64()
    );
}

pub fn run() {
    println!(
        "32 workers, 2,000 calls, a server of 10/s (virtual time; at best 199 s), 6 tries a call"
    );
    let tries = || FullJitter::new().max_attempts(6);
    let none = |_: Arc<dyn Timer>| Arc::new(Unlimited) as Arc<dyn RateLimiter>;
    let windows = |windows: Vec<Window>| {
        move |timer: Arc<dyn Timer>| {
            let builder = WindowLimiter::builder().lane(Per::Tenant, windows.clone());
            Arc::new(builder.timer(timer).build()) as Arc<dyn RateLimiter>
        }
    };
    let second = Duration::from_secs(1);
    simulate("backoff only", Arc::new(BackoffOnly(tries())), none);
    simulate("Retry-After, each call by itself", Arc::new(tries()), none);
    simulate(
        "our limiter, the quota known (10/s)",
        Arc::new(tries()),
        windows(vec![Window::new(10, second)]),
    );
    simulate(
        "our limiter, the quota wrong (12/s)",
        Arc::new(tries()),
        windows(vec![Window::new(12, second)]),
    );
    simulate(
        "our limiter, the quota wrong (40/s)",
        Arc::new(tries()),
        windows(vec![Window::new(40, second)]),
    );
    simulate(
        "our limiter, no quota known",
        Arc::new(tries()),
        windows(vec![]),
    );
}
