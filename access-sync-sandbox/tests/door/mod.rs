//! The way in without a socket, and faults that need no story of their own.

use std::time::Duration;

use access_sync_sandbox::{
    CallError, Door, Fault, FaultKind, Faults, Latency, Limits, Sandbox, Service, World,
};
use http::Request;
use serde_json::Value;

fn quiet() -> Sandbox {
    Sandbox::builder().world(World::lively(7)).unlistened()
}

fn sign_in(sandbox: &Sandbox) -> String {
    let brivo = sandbox.brivo();
    let credentials = brivo.credentials();
    let basic = {
        use base64::Engine as _;
        let pair = format!("{}:{}", credentials.client_id, credentials.client_secret);
        base64::engine::general_purpose::STANDARD.encode(pair)
    };
    let form = format!(
        "grant_type=password&username={}&password={}",
        credentials.username, credentials.password
    );
    let request = Request::post(format!("{}/oauth/token", brivo.auth_url()))
        .header("Authorization", format!("Basic {basic}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    let answer = sandbox.call(Service::Brivo, request).unwrap();
    let answer: Value = serde_json::from_slice(answer.body()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn get(
    door: &Door,
    sandbox: &Sandbox,
    token: &str,
    path: &str,
) -> Result<http::Response<bytes::Bytes>, CallError> {
    let request = Request::get(format!("{}{path}", sandbox.brivo().api_url()))
        .header("api-key", sandbox.brivo().credentials().api_key)
        .header("Authorization", format!("bearer {token}"))
        .body(bytes::Bytes::new())
        .unwrap();
    door.call(request)
}

#[test]
fn without_sockets_and_without_a_runtime_the_same_operations_answer() {
    let sandbox = quiet();
    let token = sign_in(&sandbox);
    let answer = get(&sandbox.door(), &sandbox, &token, "/users?pageSize=2").unwrap();
    assert_eq!(answer.status(), 200);
    let page: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(page["count"], 6);
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    let calls = sandbox.brivo().calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].operation, "GET /users");
    assert_eq!(calls[1].bytes, answer.body().len());
    assert_eq!(calls[1].latency, Duration::ZERO);
}

#[test]
fn a_host_of_nobodys_is_told_from_a_cut_and_from_a_stalled_connection() {
    let sandbox = quiet();
    let token = sign_in(&sandbox);
    let door = sandbox.door();
    let elsewhere = Request::get("http://api.example.com/v1/api/users");
    let error = door.call(elsewhere.body(bytes::Bytes::new()).unwrap());
    assert!(matches!(error, Err(CallError::UnknownHost { host }) if host == "api.example.com"));
    for (kind, expected) in [
        (FaultKind::ClosedBefore, CallError::Closed),
        (FaultKind::ClosedAfter, CallError::Closed),
        (FaultKind::Stalled, CallError::Stalled),
        (FaultKind::StalledAfter, CallError::Stalled),
    ] {
        sandbox.inject(Fault::new(Service::Brivo, kind));
        assert_eq!(
            get(&door, &sandbox, &token, "/users").unwrap_err(),
            expected
        );
        assert_eq!(
            sandbox.brivo().calls().last().unwrap().fault,
            Some(kind.to_string())
        );
    }
}

#[test]
fn a_late_answer_says_how_late_and_nobody_waits() {
    let sandbox = quiet();
    let token = sign_in(&sandbox);
    sandbox.inject(Fault::new(
        Service::Brivo,
        FaultKind::Delay { millis: 2500 },
    ));
    let answer = get(&sandbox.door(), &sandbox, &token, "/users").unwrap();
    let late = answer.extensions().get::<Latency>().unwrap();
    assert_eq!(late.0, Duration::from_millis(2500));
    assert_eq!(sandbox.brivo().calls()[1].latency, late.0);
}

#[test]
fn a_repeated_page_is_the_one_before() {
    let sandbox = quiet();
    let token = sign_in(&sandbox);
    let door = sandbox.door();
    let page = |path: &str| {
        let answer = get(&door, &sandbox, &token, path).unwrap();
        serde_json::from_slice::<Value>(answer.body()).unwrap()["data"].clone()
    };
    let first = page("/users?pageSize=2&offset=0");
    sandbox.inject(Fault::new(Service::Brivo, FaultKind::RepeatedPage));
    assert_eq!(page("/users?pageSize=2&offset=2"), first);
    assert_ne!(page("/users?pageSize=2&offset=2"), first);
}

#[test]
fn the_same_seed_hits_the_same_answers_about_as_often_as_asked() {
    let run = |seed: u64| {
        let sandbox = Sandbox::builder()
            .world(World::lively(7))
            .faults(Faults::random(seed, 0.1))
            .unlistened();
        let door = sandbox.door();
        for _ in 0..1000 {
            let _ = get(&door, &sandbox, "none", "/users");
        }
        let calls = sandbox.brivo().calls();
        let hits: Vec<Option<String>> = calls.into_iter().map(|call| call.fault).collect();
        hits
    };
    let hits = run(3);
    let share = hits.iter().flatten().count();
    assert!((70..=130).contains(&share), "{share} of 1000");
    assert_eq!(hits, run(3));
    assert_ne!(hits, run(4));
}

#[test]
fn a_script_says_where_it_is_wrong_and_reads_what_it_writes() {
    let script = "brivo closed-after on \"POST /users\" after 3 times 2\n\
                  entrata property-missing-100235 always # gone\n\n\
                  random 7 0.05";
    let sandbox = quiet();
    sandbox.set_faults(Faults::script(script).unwrap());
    let lines = sandbox.faults();
    assert_eq!(
        lines,
        [
            "random 7 0.05",
            "brivo closed-after on \"POST /users\" after 3 times 2",
            "entrata property-missing-100235 always",
        ]
    );
    sandbox.set_faults(Faults::script(&lines.join("\n")).unwrap());
    assert_eq!(sandbox.faults(), lines);
    for (bad, line, part) in [
        ("brivo blank\nsalto blank", 2, "no service"),
        ("\n\nbrivo sideways", 3, "no fault"),
        ("brivo blank on \"GET /users", 1, "quotation mark"),
        ("brivo blank after soon", 1, "no whole number"),
        ("random 7 2", 1, "no rate"),
        ("brivo status-9", 1, "no fault"),
    ] {
        let error = Faults::script(bad).unwrap_err();
        assert_eq!(error.line(), line, "{bad}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn limits_hold_without_sockets_too() {
    let mut limits = Limits::off();
    limits.brivo_per_second = Some(2);
    let sandbox = Sandbox::builder().limits(limits).unlistened();
    let token = sign_in(&sandbox);
    let door = sandbox.door();
    let statuses: Vec<u16> = (0..3)
        .map(|_| {
            let answer = get(&door, &sandbox, &token, "/sites").unwrap();
            answer.status().as_u16()
        })
        .collect();
    assert_eq!(statuses, [200, 200, 403]);
}
