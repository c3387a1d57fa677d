//! How fast a sandbox starts and answers, how much it holds:
//! `cargo run --release -p access-sync-sandbox --example throughput [RESIDENTS [MEMBERS]]`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a measurement prints, and reads the real clock"
)]

use std::time::{Duration, Instant};

use access_sync_sandbox::{Door, Sandbox, Service, World};
use base64::Engine as _;
use http::Request;

const SPAN: Duration = Duration::from_secs(2);

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|text| text.parse::<usize>().unwrap());
    let residents = numbers.next().unwrap_or(1000);
    let members = numbers.next().unwrap_or(1000);
    let begun = Instant::now();
    let sandbox = Sandbox::builder()
        .world(World::generated(7, residents, members))
        .keep_calls(10_000)
        .unlistened();
    println!(
        "{residents} residents and {members} members ready in {:.3} s",
        begun.elapsed().as_secs_f64()
    );
    println!("memory in use: {} MB", resident_megabytes());

    let door = sandbox.door();
    let token = sign_in(&sandbox);
    let brivo = sandbox.brivo();
    let key = brivo.credentials().api_key;
    let get = |path: String| {
        Request::get(format!("{}{path}", brivo.api_url()))
            .header("api-key", &key)
            .header("Authorization", format!("bearer {token}"))
            .body(bytes::Bytes::new())
            .unwrap()
    };
    measure("Brivo GET /groups, 20 rows", &door, |n| {
        get(format!("/groups?offset={}", n * 20 % 400))
    });
    measure("Brivo GET /groups, 100 rows", &door, |n| {
        get(format!("/groups?pageSize=100&offset={}", n * 100 % 400))
    });
    for n in 0..1000 {
        brivo.add_user(access_sync_sandbox::brivo::NewUser {
            external_id: Some(format!("entrata:{n}")),
            first_name: "Ada".to_owned(),
            last_name: format!("Number {n}"),
            email: Some(format!("ada{n}@example.test")),
            ..Default::default()
        });
    }
    measure("Brivo GET /users, 20 rows", &door, |n| {
        get(format!("/users?offset={}", n * 20 % 1000))
    });
    measure("Brivo GET /users, 100 rows", &door, |n| {
        get(format!("/users?pageSize=100&offset={}", n * 100 % 1000))
    });

    let entrata = sandbox.entrata();
    let property = entrata.properties().first().map_or(0, |p| p.id);
    let api_key = entrata.credentials().api_key;
    for rows in [20, 100] {
        let body = format!(
            r#"{{"auth":{{"type":"apikey"}},"method":{{"name":"getLeases","version":"r2","params":{{"propertyId":"{property}"}}}}}}"#
        );
        measure(&format!("Entrata getLeases, {rows} rows"), &door, |_| {
            Request::post(format!(
                "{}/leases?page_no=1&per_page={rows}",
                entrata.gateway_url()
            ))
            .header("X-Api-Key", &api_key)
            .body(body.clone().into())
            .unwrap()
        });
    }

    let nexudus = sandbox.nexudus();
    let c = nexudus.credentials();
    let basic = basic(&c.email, &c.password);
    for path in [
        "/spaces/bookings?size=25",
        "/spaces/coworkers?size=25",
        "/billing/coworkercontracts?size=25",
    ] {
        measure(&format!("Nexudus GET {path}"), &door, |n| {
            Request::get(format!("{}{path}&page={}", nexudus.base_url(), 1 + n % 10))
                .header("Authorization", &basic)
                .body(bytes::Bytes::new())
                .unwrap()
        });
    }
    let user = brivo.user_by_external_id("entrata:1").unwrap().id;
    let doors = brivo.doors();
    let begun = Instant::now();
    let mut asked = 0_u32;
    while begun.elapsed() < SPAN / 4 {
        for door in doors.iter().take(100) {
            brivo.can_open(user, &door.name, sandbox.now());
            asked += 1;
        }
    }
    println!(
        "can_open: {:.0} a second",
        f64::from(asked) / begun.elapsed().as_secs_f64()
    );
    let begun = Instant::now();
    let day = sandbox.advance_day();
    println!(
        "a day's churn: {} changes in {:.3} s",
        day.total(),
        begun.elapsed().as_secs_f64()
    );
    println!("memory in use: {} MB", resident_megabytes());
}

fn measure(what: &str, door: &Door, request: impl Fn(usize) -> Request<bytes::Bytes>) {
    let begun = Instant::now();
    let (mut calls, mut bytes) = (0, 0);
    while begun.elapsed() < SPAN {
        let answer = door.call(request(calls)).unwrap();
        assert_eq!(answer.status(), 200, "{what}");
        bytes += answer.body().len();
        calls += 1;
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    let rate = calls as f64 / begun.elapsed().as_secs_f64();
    println!(
        "{what}: {rate:.0} calls a second, {} bytes each",
        bytes / calls.max(1)
    );
}

fn basic(user: &str, password: &str) -> String {
    let pair = format!("{user}:{password}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

fn sign_in(sandbox: &Sandbox) -> String {
    let brivo = sandbox.brivo();
    let c = brivo.credentials();
    let form = format!(
        "grant_type=password&username={}&password={}",
        c.username, c.password
    );
    let request = Request::post(format!("{}/oauth/token", brivo.auth_url()))
        .header("Authorization", basic(&c.client_id, &c.client_secret))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    let answer = sandbox.call(Service::Brivo, request).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    answer
        .get("access_token")
        .and_then(|t| t.as_str())
        .unwrap()
        .to_owned()
}

/// Linux: the resident set of this process.
fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
