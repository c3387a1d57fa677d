//! Writes: what goes out, and that a write counts only where every sign says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use access_sync_http::test_util::MockTransport;
use common::{at, client, line, sample, timer};
use nexudus_api::*;
use serde_json::{Value as Json, json};

fn body(request: &http::Request<bytes::Bytes>) -> Json {
    serde_json::from_slice(request.body()).unwrap()
}

fn audit() -> Draft<CoworkerAccessControlAudits> {
    CoworkerAccessControlAudits::draft(CoworkerId(1415900201), "card refused", true)
}

#[test]
fn a_whole_record_goes_back_with_every_field_that_came_and_the_change() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("11_team_by_id.json"))
        .reply(200, sample("31_update_success.json"));
    let client = client(&transport, &clock);
    clock.block_on(async {
        let team = client.teams().get(TeamId(1417700401)).await.unwrap();
        let edit = team.edit().set("Description", "Floor 2").unwrap();
        let edit = edit
            .set("AddedTeamMembers", [CoworkerId(1415900209)])
            .unwrap();
        client.teams().update(&edit).await.unwrap();
    });
    let asked = &transport.requests()[1];
    // The id is in the body, not in the path.
    assert_eq!(line(asked), "PUT /api/spaces/teams");
    let mut expected: Json = serde_json::from_str(&sample("11_team_by_id.json")).unwrap();
    expected["Description"] = json!("Floor 2");
    expected["AddedTeamMembers"] = json!([1415900209]);
    assert_eq!(body(asked), expected);
}

#[test]
fn an_id_cannot_be_edited() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, sample("11_team_by_id.json")),
    );
    let team = clock
        .block_on(client(&transport, &clock).teams().get(TeamId(1417700401)))
        .unwrap();
    let error = team.edit().set("Id", 5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn creates_send_instants_in_utc_and_answer_with_an_id() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("30_create_success.json"))
        .reply(200, sample("30_create_success.json"))
        .reply(200, sample("30_create_success.json"));
    let client = client(&transport, &clock);
    let start = at("2026-03-09T16:00:00Z");
    let booking = Bookings::draft(ResourceId(7), start, at("2026-03-09T17:30:00Z"))
        .set("CoworkerId", CoworkerId(9))
        .unwrap()
        .set("RepeatUntil", start)
        .unwrap();
    let hook = WebHooks::draft(
        BusinessId(3),
        &WebHookAction::AccessControlUpdate,
        "bridge",
        "https://bridge.example.net/hooks/AccessControlUpdate",
    );
    clock.block_on(async {
        let reply = client.bookings().create(&booking).await.unwrap();
        assert_eq!(reply.id, Some(1419400962));
        client.webhooks().create(&hook).await.unwrap();
        client.access_audits().create(&audit()).await.unwrap();
    });
    let asked = transport.requests();
    let lines: Vec<_> = asked.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "POST /api/spaces/bookings",
            "POST /api/sys/webhooks",
            "POST /api/sys/coworkeraccesscontrolaudits"
        ]
    );
    assert_eq!(
        body(&asked[0]),
        json!({
            "ResourceId": 7, "CoworkerId": 9, "FromTime": "2026-03-09T16:00:00Z",
            "ToTime": "2026-03-09T17:30:00Z", "RepeatUntil": "2026-03-09T16:00:00Z",
        })
    );
    assert_eq!(
        body(&asked[1]),
        json!({
            "BusinessId": 3, "Name": "bridge", "Action": 61, "Active": true,
            "URL": "https://bridge.example.net/hooks/AccessControlUpdate",
        })
    );
    assert_eq!(
        body(&asked[2]),
        json!({ "CoworkerId": 1415900201, "Description": "card refused", "IsProblem": true })
    );
}

#[test]
fn refusals_are_told_field_by_field_whatever_the_status() {
    let refusal = sample("32_validation_error_http400.json");
    for status in [400, 200] {
        let (clock, transport) = (timer(), MockTransport::new().reply(status, refusal.clone()));
        let error = clock
            .block_on(client(&transport, &clock).access_audits().create(&audit()))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{status}");
        assert_eq!(error.status().unwrap().as_u16(), status);
        let fields = field_errors(&error);
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].property_name, "CoworkerId");
        assert_eq!(fields[0].message, "is a required field");
        assert!(
            error
                .to_string()
                .contains("CoworkerId: is a required field"),
            "{error}"
        );
        assert_eq!(
            transport.requests().len(),
            1,
            "a refusal is not tried again"
        );
    }
}

#[test]
fn every_sign_must_say_that_it_was_done() {
    let good = || -> Json { serde_json::from_str(&sample("30_create_success.json")).unwrap() };
    let change = |key: &str, value: Json| {
        let mut reply = good();
        reply[key] = value;
        reply.to_string()
    };
    let field = json!([{ "PropertyName": "Email", "Message": "taken by bob@example.com" }]);
    for (reply, kind) in [
        (change("WasSuccessful", json!(false)), ErrorKind::Invalid),
        (change("Status", json!(500)), ErrorKind::Server),
        (change("Status", json!(404)), ErrorKind::NotFound),
        (change("Errors", field), ErrorKind::Invalid),
        (change("WasSuccessful", Json::Null), ErrorKind::Decode),
        ("{}".to_owned(), ErrorKind::Decode),
        ("[]".to_owned(), ErrorKind::Decode),
        (String::new(), ErrorKind::Decode),
        ("<html></html>".to_owned(), ErrorKind::Decode),
    ] {
        let (clock, transport) = (timer(), MockTransport::new().reply(200, reply.clone()));
        let error = clock
            .block_on(client(&transport, &clock).access_audits().create(&audit()))
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{reply}");
        assert!(error.was_sent() && !format!("{error:?}").contains("bob@"));
        assert_eq!(
            transport.requests().len(),
            1,
            "it may have been done: {reply}"
        );
    }
}

#[test]
fn a_create_without_an_answer_is_not_sent_again_and_an_update_is() {
    let clock = timer();
    let transport = MockTransport::new()
        .broken(true)
        .reply(200, sample("11_team_by_id.json"))
        .broken(true)
        .reply(200, sample("31_update_success.json"));
    let client = client(&transport, &clock);
    clock.block_on(async {
        let error = client.access_audits().create(&audit()).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Transport && error.was_sent());
        let team = client.teams().get(TeamId(1417700401)).await.unwrap();
        client.teams().update(&team.edit()).await.unwrap();
    });
    assert_eq!(transport.requests().len(), 4);
}

#[test]
fn deletes_name_the_record_in_the_path() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, sample("31_update_success.json")),
    );
    let client = client(&transport, &clock);
    clock
        .block_on(client.bookings().delete(BookingId(5)))
        .unwrap();
    assert_eq!(
        line(&transport.requests()[0]),
        "DELETE /api/spaces/bookings/5"
    );
}

#[test]
fn commands_are_listed_and_run_by_key() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("35_commands_list.json"))
        .reply(200, sample("37_runcommand_response.json"));
    let client = client(&transport, &clock);
    clock.block_on(async {
        let id = BookingId(1418700601);
        let list = client.bookings().commands(Some(id)).await.unwrap();
        let command = &list.items[0];
        assert!(list.is_complete() && command.applies_only_to_one_entity);
        let run = RunCommand::new(&command.key)
            .on(id)
            .with(&command.requires_parameters[0], "Parameter value")
            .unwrap();
        client.bookings().run_command(&run).await.unwrap();
    });
    let asked = transport.requests();
    assert_eq!(
        line(&asked[0]),
        "GET /api/spaces/bookings/commands?id=1418700601"
    );
    assert_eq!(line(&asked[1]), "POST /api/spaces/bookings/runcommand");
    let expected: Json = serde_json::from_str(&sample("36_runcommand_request.json")).unwrap();
    assert_eq!(body(&asked[1]), expected);
}

#[test]
fn a_check_in_needs_to_be_accepted_as_what_may_sell_a_pass() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, sample("30_create_success.json")),
    );
    let client = client(&transport, &clock);
    let when = at("2026-03-09T16:00:00Z");
    clock
        .block_on(client.checkins().check_in(
            CoworkerId(5),
            BusinessId(6),
            when,
            MaySellPass::accepted(),
        ))
        .unwrap();
    let asked = &transport.requests()[0];
    assert_eq!(line(asked), "POST /api/spaces/checkins");
    assert_eq!(
        body(asked),
        json!({ "CoworkerId": 5, "BusinessId": 6, "FromTime": "2026-03-09T16:00:00Z" })
    );
}

#[test]
fn a_webhook_that_was_switched_off_is_read_whole_and_switched_on() {
    let list: Json = serde_json::from_str(&sample("29_webhooks_list.json")).unwrap();
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, list["Records"][1].to_string())
        .reply(200, sample("31_update_success.json"))
        .reply(200, list["Records"][0].to_string());
    let client = client(&transport, &clock);
    clock.block_on(async {
        let off = client
            .webhooks()
            .reactivate(WebHookId(1417900882))
            .await
            .unwrap();
        assert_eq!(off.unwrap().id, Some(1417900882));
        let on = client
            .webhooks()
            .reactivate(WebHookId(1417900881))
            .await
            .unwrap();
        assert!(on.is_none());
    });
    let asked = transport.requests();
    assert_eq!(asked.len(), 3);
    assert_eq!(body(&asked[1])["Active"], json!(true));
    assert_eq!(body(&asked[1])["ErrorCount"], json!(25));
}

#[test]
fn of_all_webhooks_only_ours_that_are_off_are_switched_on() {
    let list: Json = serde_json::from_str(&sample("29_webhooks_list.json")).unwrap();
    let off = &list["Records"][1];
    let mut foreign = off.clone();
    foreign["Id"] = json!(1417900999);
    foreign["URL"] = json!("https://elsewhere.example.net/hook");
    let mut hooks = list["Records"].as_array().unwrap().clone();
    hooks.push(foreign);
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, common::page(&hooks, false, hooks.len()))
        .reply(200, off.to_string())
        .reply(200, sample("31_update_success.json"));
    let client = client(&transport, &clock);
    let switched_on = clock
        .block_on(client.webhooks().reactivate_all(|hook| {
            hook.url
                .as_deref()
                .is_some_and(|url| url.starts_with("https://bridge.example.net/"))
        }))
        .unwrap();
    assert_eq!(switched_on, [WebHookId(1417900882)]);
    let lines: Vec<_> = transport.requests().iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/sys/webhooks?page=1&size=500&orderBy=Id",
            "GET /api/sys/webhooks/1417900882",
            "PUT /api/sys/webhooks"
        ]
    );
}
