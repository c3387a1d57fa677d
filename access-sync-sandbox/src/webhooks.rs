//! Webhooks on their way out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::fault::Service;
use crate::sandbox::Shared;
use crate::world::hash;

/// One webhook call that a service makes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Who sends it.
    pub service: Service,
    /// Where it goes.
    pub url: String,
    /// The JSON body, to be posted byte by byte as it is.
    pub body: String,
    /// Headers besides the content type.
    pub headers: Vec<(String, String)>,
    /// The registration it goes back to, for the vendor's own book-keeping.
    pub(crate) registration: Option<i64>,
}

impl Delivery {
    pub(crate) fn new(
        service: Service,
        url: String,
        body: String,
        headers: Vec<(String, String)>,
    ) -> Self {
        Self {
            service,
            url,
            body,
            headers,
            registration: None,
        }
    }
}

/// What goes wrong with webhooks on their way: shares from 0 to 1, by the dice of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct WebhookFaults {
    /// What the dice begin with.
    pub seed: u64,
    /// Never sent.
    pub lost: f64,
    /// Sent twice.
    pub duplicated: f64,
    /// Sent after the one that comes after it.
    pub reordered: f64,
}

impl WebhookFaults {
    /// These shares of all webhooks are lost, sent twice, or overtaken.
    pub fn new(seed: u64, lost: f64, duplicated: f64, reordered: f64) -> Self {
        Self {
            seed,
            lost,
            duplicated,
            reordered,
        }
    }
}

/// What became of a delivery.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    at: DateTime<Utc>,
    service: Service,
    url: String,
    failure: Option<String>,
}

/// Outcomes kept for the page.
const REMEMBERED: usize = 200;

/// Webhooks between the services and the wire.
#[derive(Debug, Default)]
pub(crate) struct Post {
    inner: Mutex<Inner>,
    pub(crate) wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Delivery>,
    /// One that lets the next pass.
    held: Option<Delivery>,
    faults: WebhookFaults,
    thrown: u64,
    outcomes: VecDeque<Outcome>,
}

impl Post {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_faults(&self, faults: WebhookFaults) {
        let mut inner = self.lock();
        inner.faults = faults;
        inner.thrown = 0;
    }

    /// As a line of a script; none where nothing goes wrong.
    pub(crate) fn fault_line(&self) -> Option<String> {
        let faults = self.lock().faults;
        let shares = [
            ("lost", faults.lost),
            ("duplicated", faults.duplicated),
            ("reordered", faults.reordered),
        ];
        let shares = shares.iter().filter(|(_, share)| *share > 0.0);
        let words: String = shares
            .map(|(name, share)| format!(" {name} {share}"))
            .collect();
        (!words.is_empty()).then(|| format!("webhooks {}{words}", faults.seed))
    }

    pub(crate) fn add(&self, deliveries: Vec<Delivery>) {
        if deliveries.is_empty() {
            return;
        }
        let mut inner = self.lock();
        for delivery in deliveries {
            inner.throw(delivery);
        }
        drop(inner);
        self.wake.notify_one();
    }

    /// Everything that waits, for callers who carry it themselves.
    pub(crate) fn take(&self) -> Vec<Delivery> {
        let mut inner = self.lock();
        let held = inner.held.take();
        inner.queue.drain(..).chain(held).collect()
    }

    fn next(&self) -> Option<Delivery> {
        let mut inner = self.lock();
        let next = inner.queue.pop_front();
        // Nothing comes to overtake it: it goes.
        next.or_else(|| inner.held.take())
    }

    fn remember(&self, outcome: Outcome) {
        let mut inner = self.lock();
        if inner.outcomes.len() >= REMEMBERED {
            inner.outcomes.pop_back();
        }
        inner.outcomes.push_front(outcome);
    }

    /// Newest first.
    pub(crate) fn outcomes(&self) -> Vec<Value> {
        let inner = self.lock();
        let rows = inner.outcomes.iter().map(|outcome| {
            json!({
                "at": outcome.at,
                "service": outcome.service.name(),
                "url": outcome.url,
                "outcome": outcome.failure.as_deref().unwrap_or("delivered"),
            })
        });
        rows.collect()
    }
}

impl Inner {
    fn throw(&mut self, delivery: Delivery) {
        self.thrown += 1;
        let faults = self.faults;
        let dice = |of: &[u8]| {
            let throw = hash(&[b"webhook", of, &faults.seed.to_le_bytes()], self.thrown);
            f64::from(u32::try_from(throw >> 32).unwrap_or(u32::MAX)) / 4_294_967_296.0
        };
        if dice(b"lost") < faults.lost {
            return;
        }
        let twice = dice(b"duplicated") < faults.duplicated;
        let late = dice(b"reordered") < faults.reordered;
        if late && self.held.is_none() {
            self.held = Some(delivery);
            return;
        }
        if twice {
            self.queue.push_back(delivery.clone());
        }
        self.queue.push_back(delivery);
        self.queue.extend(self.held.take());
    }
}

/// Sends what comes into the post until the sender of `stop` goes away.
pub(crate) fn spawn(shared: Arc<Shared>, mut stop: watch::Receiver<()>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            while let Some(delivery) = shared.postbox().next() {
                let sent = tokio::time::timeout(WAIT, send(&delivery)).await;
                let failure = match sent {
                    Ok(Ok(())) => None,
                    Ok(Err(failure)) => Some(failure),
                    Err(_) => Some("no answer within 10 seconds".to_owned()),
                };
                if let (Service::Nexudus, Some(id)) = (delivery.service, delivery.registration) {
                    shared.nexudus().delivered(id, failure.as_deref());
                }
                shared.postbox().remember(Outcome {
                    at: shared.clock.now(),
                    service: delivery.service,
                    url: delivery.url,
                    failure,
                });
            }
            tokio::select! {
                () = shared.postbox().wake.notified() => {}
                ended = stop.changed() => if ended.is_err() { return },
            }
        }
    })
}

const WAIT: Duration = Duration::from_secs(10);

/// One POST over plain HTTP; receivers that a sandbox calls stand on the same machine.
async fn send(delivery: &Delivery) -> Result<(), String> {
    let rest = delivery
        .url
        .strip_prefix("http://")
        .ok_or("only http:// addresses are called; put a local receiver there")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let fault = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(&address).await.map_err(fault)?;
    let mut head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n",
        delivery.body.len()
    );
    for (name, value) in &delivery.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.map_err(fault)?;
    stream
        .write_all(delivery.body.as_bytes())
        .await
        .map_err(fault)?;
    let mut answer = [0_u8; 64];
    let mut read = 0;
    while read < 12 {
        let more = stream
            .read(answer.get_mut(read..).unwrap_or_default())
            .await
            .map_err(fault)?;
        if more == 0 {
            break;
        }
        read += more;
    }
    let line = String::from_utf8_lossy(answer.get(..read).unwrap_or_default()).into_owned();
    let status: u16 = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.trim().parse().ok())
        .ok_or("the receiver did not speak HTTP")?;
    // Brivo wants exactly 200, Nexudus any success.
    let fine = match delivery.service {
        Service::Brivo => status == 200,
        _ => (200..300).contains(&status),
    };
    if fine {
        Ok(())
    } else {
        Err(format!("The remote server returned an error: ({status})."))
    }
}
