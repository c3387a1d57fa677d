//! Sixty-four callers and a token endpoint that takes 20 ms, in virtual time: ours beside the two
//! shapes that most clients have (a lock around "look, then fetch"; a cache that any 401 empties).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use access_sync_http::test_util::VirtualTimer;
use access_sync_http::{
    AuthTicket, Authorize, ClientCore, Error, ErrorKind, NoAuth, NoRetry, Request, SecretString,
    StatusEnvelope, Timer, Token, TokenAuth, TokenSource, Transport, TransportError,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

#[derive(Debug)]
struct Source {
    timer: VirtualTimer,
    calls: AtomicU64,
    fails: bool,
}

impl Source {
    async fn ask(&self) -> Result<u64, Error> {
        let n = self.calls.fetch_add(1, Ordering::Relaxed);
        self.timer
            .sleep_until(self.timer.now() + Duration::from_millis(20))
            .await;
        match self.fails {
            true => Err(Error::new(ErrorKind::Server, "away")),
            false => Ok(n),
        }
    }
}

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self, _: &ClientCore, _: Option<&Token>) -> Result<Token, Error> {
        let text = self.ask().await?.to_string();
        Ok(Token::new(
            SecretString::from(text),
            None,
            Duration::from_secs(3600),
        ))
    }
}

/// Look under a lock, else fetch under it; any 401 empties it.
#[derive(Debug)]
struct Locked {
    source: Arc<Source>,
    held: futures_util::lock::Mutex<Option<u64>>,
    emptied: std::sync::Mutex<bool>,
}

#[async_trait]
impl Authorize for Locked {
    async fn authorize(
        &self,
        _: &ClientCore,
        headers: &mut HeaderMap,
    ) -> Result<AuthTicket, Error> {
        let mut held = self.held.lock().await;
        if std::mem::take(&mut *self.emptied.lock().unwrap()) {
            *held = None;
        }
        if held.is_none() {
            *held = Some(self.source.ask().await?);
        }
        let text = format!("Bearer {}", held.unwrap_or(0));
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&text).unwrap());
        Ok(AuthTicket(0))
    }
    fn refused(&self, _: AuthTicket, _: &Error) -> bool {
        *self.emptied.lock().unwrap() = true;
        true
    }
}

/// Refuses the first token; refusals arrive one after another.
#[derive(Debug)]
struct Api {
    timer: VirtualTimer,
    refuse_first: bool,
    calls: AtomicU64,
}

#[async_trait]
impl Transport for Api {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let n = self.calls.fetch_add(1, Ordering::Relaxed);
        let at = self.timer.now() + Duration::from_millis(100 + 30 * (n % 64));
        self.timer.sleep_until(at).await;
        let token = request
            .headers()
            .get(AUTHORIZATION)
            .map(|v| v.as_bytes().to_vec());
        let mut answer = http::Response::new(Bytes::new());
        if self.refuse_first && token.as_deref() == Some(b"Bearer 0") {
            *answer.status_mut() = http::StatusCode::UNAUTHORIZED;
        }
        Ok(answer)
    }
}

fn storm(ours: bool, fails: bool, refuse_first: bool) -> (u64, u128) {
    let timer = VirtualTimer::new(chrono::DateTime::UNIX_EPOCH);
    let source = Arc::new(Source {
        timer: timer.clone(),
        calls: AtomicU64::new(0),
        fails,
    });
    let auth: Arc<dyn Authorize> = match ours {
        true => Arc::new(TokenAuth::new(source.clone(), Arc::new(NoAuth))),
        false => Arc::new(Locked {
            source: source.clone(),
            held: None.into(),
            emptied: false.into(),
        }),
    };
    let core = ClientCore::builder("bench", Arc::new(StatusEnvelope))
        .timer(Arc::new(timer.clone()))
        .transport(Arc::new(Api {
            timer: timer.clone(),
            refuse_first,
            calls: AtomicU64::new(0),
        }))
        .retry(Arc::new(NoRetry))
        .auth(auth)
        .build()
        .unwrap();
    let url: url::Url = "https://api.example.com/".parse().unwrap();
    timer.block_on(join_all((0..64).map(|_| {
        core.send(Request::new("things.list", http::Method::GET, url.clone()))
    })));
    (
        source.calls.load(Ordering::Relaxed),
        timer.elapsed().as_millis(),
    )
}

pub fn run() {
    println!("64 callers, one token endpoint of 20 ms (virtual time): token calls, ms to the end");
    for (name, fails, refuse_first) in [
        ("it answers", false, false),
        ("it fails", true, false),
        ("the first token is refused, late", false, true),
    ] {
        let (ours, theirs) = (
            storm(true, fails, refuse_first),
            storm(false, fails, refuse_first),
        );
        println!(
            "  {name:<34} access-sync-http {:>2} ({:>4} ms)   lock and look again {:>2} ({:>4} ms)",
            ours.0, ours.1, theirs.0, theirs.1
        );
    }
}
