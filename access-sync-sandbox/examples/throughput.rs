//! How fast a sandbox is ready, how much it holds, and how many list calls one core serves:
//! `cargo run --release -p access-sync-sandbox --example throughput [RESIDENTS [MEMBERS]]`
//! (Linux).
//!
//! Everything goes over real sockets. The servers have one thread to themselves, and what counts
//! is that thread's processor time (`/proc/self/task/N/schedstat`), in the kernel as well as in
//! the program: so the callers, who have threads of their own, are not counted, and neither is
//! what else the machine does. "A second" is a second of one core.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement prints, and reads the real clock"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use access_sync_sandbox::brivo::NewUser;
use access_sync_sandbox::{Sandbox, World};
use base64::Engine as _;

/// So long each call is repeated, by the wall clock.
const SPAN: Duration = Duration::from_millis(1500);
const CALLERS: usize = 3;

fn main() {
    let numbers = std::env::args().skip(1).map(|text| text.parse().unwrap());
    let numbers: Vec<usize> = numbers.collect();
    let residents = numbers.first().copied().unwrap_or(1000);
    let members = numbers.get(1).copied().unwrap_or(residents / 5 + 100);
    println!("{residents} residents, {members} members");
    let begun = Instant::now();
    let server = Server::start(residents, members);
    let sandbox = &server.sandbox;
    let mut page = Caller::to(sandbox.control_url().unwrap());
    page.call("GET", "/api/clock", &[], "");
    println!(
        "ready, first call answered: {:.3} s",
        begun.elapsed().as_secs_f64()
    );
    println!("memory at most so far: {} MB", megabytes("VmHWM"));

    // A world has no residents in Brivo; who synchronizes puts them there.
    let brivo = sandbox.brivo();
    let map = sandbox.map();
    let group = map
        .properties
        .values()
        .next()
        .map_or(0, |p| p.residents_group);
    for n in 0..residents {
        let user = brivo.add_user(NewUser {
            external_id: Some(format!("entrata:{n}")),
            first_name: "Ada".to_owned(),
            last_name: format!("Number {n}"),
            email: Some(format!("ada{n}@example.test")),
            ..Default::default()
        });
        brivo.add_member(user, group);
    }
    println!("with all of them in Brivo: {} MB", megabytes("VmHWM"));

    let credentials = brivo.credentials();
    let bearer = format!("bearer {}", sign_in(sandbox));
    let brivo_headers = [
        ("api-key", credentials.api_key.as_str()),
        ("Authorization", &bearer),
    ];
    let groups = brivo.snapshot().groups.len();
    for (path, size, rows) in [
        ("/users".to_owned(), 20, residents),
        ("/users".to_owned(), 100, residents),
        ("/groups".to_owned(), 100, groups),
        (format!("/groups/{group}/users"), 100, residents),
        ("/access-points".to_owned(), 100, brivo.doors().len()),
    ] {
        server.measure(&format!("Brivo GET {path}, {size} a page"), |n| {
            let offset = spread(n, rows.saturating_sub(size));
            let path = format!("{path}?pageSize={size}&offset={offset}");
            Call::get(&brivo.api_url(), &path, &brivo_headers)
        });
    }

    let entrata = sandbox.entrata();
    let properties = entrata.properties();
    let key = entrata.credentials().api_key;
    for rows in [20, 100, 500] {
        server.measure(&format!("Entrata getLeases, {rows} a page"), |n| {
            let property = properties[n % properties.len()].id;
            let mut call = Call::get(
                &entrata.gateway_url(),
                &format!("/leases?page_no=1&per_page={rows}"),
                &[("X-Api-Key", &key)],
            );
            call.body = format!(
                r#"{{"auth":{{"type":"apikey"}},"method":{{"name":"getLeases","version":"r2","params":{{"propertyId":"{property}"}}}}}}"#
            );
            call
        });
    }

    let nexudus = sandbox.nexudus();
    let c = nexudus.credentials();
    let basic = basic(&c.email, &c.password);
    let (bookings, contracts) = (nexudus.bookings().len(), nexudus.contracts().len());
    for (path, size, rows) in [
        ("/spaces/bookings", 25, bookings),
        ("/spaces/coworkers", 25, members),
        ("/spaces/coworkers", 100, members),
        ("/billing/coworkercontracts", 25, contracts),
    ] {
        server.measure(&format!("Nexudus GET {path}, {size} a page"), |n| {
            let page = 1 + spread(n, rows.saturating_sub(1) / size);
            let path = format!("{path}?size={size}&page={page}");
            Call::get(&nexudus.base_url(), &path, &[("Authorization", &basic)])
        });
    }
    let begun = Instant::now();
    let day = sandbox.advance_day();
    let took = begun.elapsed().as_secs_f64();
    println!("a day's churn: {} changes in {took:.3} s", day.total());
    println!("memory at most: {} MB", megabytes("VmHWM"));
}

/// The `n`th of many places between 0 and `last`, here and there.
fn spread(n: usize, last: usize) -> usize {
    n.wrapping_mul(7919) % (last + 1)
}

/// A sandbox whose services, page and all, run on one thread.
struct Server {
    sandbox: Sandbox,
    thread: String,
}

impl Server {
    fn start(residents: usize, members: usize) -> Self {
        let (tell, hear) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let world = World::generated(7, residents, members);
                let builder = Sandbox::builder().world(world).keep_calls(10_000);
                let sandbox = builder.control().start().await.unwrap();
                let link = std::fs::read_link("/proc/thread-self").unwrap();
                let name = link.file_name().unwrap().to_str().unwrap().to_owned();
                tell.send((sandbox, name)).unwrap();
                std::future::pending::<()>().await;
            });
        });
        let (sandbox, thread) = hear.recv().unwrap();
        Self { sandbox, thread }
    }

    /// Processor time of the servers' thread.
    fn worked(&self) -> Duration {
        let path = format!("/proc/self/task/{}/schedstat", self.thread);
        let text = std::fs::read_to_string(path).unwrap();
        let nanos = text.split_whitespace().next().unwrap().parse().unwrap();
        Duration::from_nanos(nanos)
    }

    fn measure(&self, what: &str, call: impl Fn(usize) -> Call + Sync) {
        let warm = call(0);
        let mut caller = Caller::to(&warm.origin);
        for n in 0..200 {
            caller.send(&call(n));
        }
        let before = self.worked();
        let begun = Instant::now();
        let (calls, bytes) = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|first| {
                    let (call, origin) = (&call, &warm.origin);
                    scope.spawn(move || {
                        let mut caller = Caller::to(origin);
                        let (mut calls, mut bytes) = (0_usize, 0_usize);
                        while begun.elapsed() < SPAN {
                            bytes += caller.send(&call(first + calls * CALLERS));
                            calls += 1;
                        }
                        (calls, bytes)
                    })
                })
                .collect();
            let done = callers.into_iter().map(|caller| caller.join().unwrap());
            done.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        });
        let worked = (self.worked() - before).as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a rate")]
        let rate = calls as f64 / worked;
        println!(
            "{what}: {rate:.0} calls a second of one core, {} bytes each",
            bytes / calls.max(1)
        );
    }
}

struct Call {
    origin: String,
    path: String,
    headers: String,
    body: String,
}

impl Call {
    /// `base` is an origin and the beginning of the path.
    fn get(base: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        let rest = base.strip_prefix("http://").unwrap();
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let headers = headers.iter().map(|(k, v)| format!("{k}: {v}\r\n"));
        Self {
            origin: format!("http://{host}"),
            path: format!("/{prefix}{path}").replace("//", "/"),
            headers: headers.collect(),
            body: String::new(),
        }
    }
}

/// One connection, kept open: as little work as a caller can have.
struct Caller {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Caller {
    fn to(origin: &str) -> Self {
        let stream = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::with_capacity(1 << 16, stream),
            body: Vec::new(),
        }
    }

    /// The length of the answer's body.
    fn send(&mut self, call: &Call) -> usize {
        let method = if call.body.is_empty() { "GET" } else { "POST" };
        self.call(method, &call.path, &[&call.headers], &call.body)
    }

    fn call(&mut self, method: &str, path: &str, headers: &[&str], body: &str) -> usize {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\n{}content-length: {}\r\n\r\n{body}",
            headers.concat(),
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(line.contains(" 200 "), "{path}: {line}");
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).unwrap();
        length
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

fn basic(user: &str, password: &str) -> String {
    let pair = format!("{user}:{password}");
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    format!("Basic {encoded}")
}

fn sign_in(sandbox: &Sandbox) -> String {
    let brivo = sandbox.brivo();
    let c = brivo.credentials();
    let form = format!(
        "grant_type=password&username={}&password={}",
        c.username, c.password
    );
    let headers = format!(
        "authorization: {}\r\ncontent-type: application/x-www-form-urlencoded\r\n",
        basic(&c.client_id, &c.client_secret)
    );
    let mut caller = Caller::to(&brivo.auth_url());
    caller.call("POST", "/oauth/token", &[&headers], &form);
    let answer: serde_json::Value = serde_json::from_str(caller.text()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Linux: a line of this process's memory statistics, the callers' share included.
fn megabytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1024
}
