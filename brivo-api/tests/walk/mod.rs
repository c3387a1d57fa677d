//! The table of operations, walked against the stand-in: each operation once at least, with its
//! result and what became of it there.

mod doors;
mod journal;
mod office;
mod people;

use std::collections::BTreeSet;

use access_sync_sandbox::{Sandbox, Service};
use brivo_api::BrivoClient;

use super::{builder, start};

/// Operations of the table that the walk leaves out: Brivo documents no body for the batch, so the
/// stand-in does not serve it; tokens are got by every client here.
const NOT_SERVED: [&str; 3] = ["GET /batch/{}", "POST /users/batch", "POST /oauth/token"];

/// `GET /groups/{id}/users/{userId}` as `GET /groups/{}/users/{}`.
fn pattern(operation: &str) -> String {
    let mut parts = operation.split('/');
    let verb = parts.next().unwrap().to_owned();
    parts.fold(verb, |path, part| match part.starts_with('{') {
        true => path + "/{}",
        false => path + "/" + part,
    })
}

fn table() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/OPERATIONS.md");
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 2)
        .map(|line| line.split('`').nth(1).unwrap())
        .filter(|name| name.contains(" /"))
        .map(pattern)
        .collect()
}

fn called(sandbox: &Sandbox) -> BTreeSet<String> {
    let calls = sandbox.brivo().calls();
    calls.iter().map(|call| pattern(&call.operation)).collect()
}

#[tokio::test]
async fn every_operation_of_the_table_does_what_it_says() {
    let (sandbox, client) = start().await;
    people::walk(&sandbox, &client).await;
    doors::walk(&sandbox, &client).await;
    journal::walk(&sandbox, &client).await;
    office::walk(&sandbox, &client).await;

    let served: BTreeSet<String> = Sandbox::operations(Service::Brivo)
        .iter()
        .map(|operation| pattern(operation))
        .collect();
    let not_served: BTreeSet<String> = NOT_SERVED.map(str::to_owned).into();
    let table = table();
    let walked = called(&sandbox);
    let left_out: Vec<_> = table
        .iter()
        .filter(|name| !walked.contains(*name) && !not_served.contains(*name))
        .collect();
    assert!(left_out.is_empty(), "not walked: {left_out:?}");
    let unknown: Vec<_> = served.difference(&table).collect();
    assert!(
        unknown.is_empty(),
        "served and not in the table: {unknown:?}"
    );
    let refused: Vec<_> = sandbox
        .brivo()
        .calls()
        .into_iter()
        .filter(|call| call.status >= 500 || call.status == 400)
        .map(|call| call.operation)
        .collect();
    assert_eq!(refused, ["POST /credentials"], "the duplicate");
}

#[tokio::test]
async fn the_first_door_from_a_code_and_its_refresh_token() {
    let (sandbox, _) = start().await;
    let code = sandbox.brivo().issue_authorization_code();
    let client: BrivoClient = builder(&sandbox)
        .authorization_code(code, "https://app.example/callback")
        .build()
        .unwrap();
    let doors = client.access_points().list().name("Cedar").all().await;
    let door = doors.unwrap().items.remove(0);
    client.access_points().activate(door.id).await.unwrap();
    // The token ends; what was granted goes on by refresh.
    sandbox.advance(chrono::TimeDelta::seconds(301));
    client.access_points().activate(door.id).await.unwrap();
    let tokens = sandbox.brivo().calls();
    let tokens = tokens.iter().filter(|c| c.operation == "POST /oauth/token");
    assert_eq!(tokens.count(), 2);
}

#[tokio::test]
async fn a_list_outlives_its_token() {
    let (sandbox, client) = start().await;
    let mut pager = client.users().list().page_size(2).pager();
    let mut rows = 0;
    while let Some(page) = pager.next_page().await.unwrap() {
        rows += page.items.len();
        // Once by the clock, then by decree.
        match rows {
            2 => sandbox.advance(chrono::TimeDelta::seconds(301)),
            _ => sandbox.brivo().expire_access_tokens(),
        };
    }
    assert!(pager.gaps().is_empty());
    assert_eq!(rows, sandbox.brivo().snapshot().users.len());
}
