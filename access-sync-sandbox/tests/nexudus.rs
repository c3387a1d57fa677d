#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod common;
mod day;
mod hooks;

use access_sync_sandbox::nexudus::{Booking, Business, Resource};
use access_sync_sandbox::{Limits, Sandbox, World};
use chrono::TimeDelta;
use common::{empty, http, ids, lively, nexudus, nexudus_call, read, records};
use serde_json::{Value, json};

const BOOKINGS: &str = "/spaces/bookings";

async fn token(sandbox: &Sandbox, client: Option<&str>, form: &[(&str, &str)]) -> (u16, Value) {
    let mut request = http()
        .post(format!("{}/token", sandbox.nexudus().base_url()))
        .form(form);
    if let Some(client) = client {
        request = request.header("client_id", client);
    }
    read(request.send().await.unwrap()).await
}

fn password<'a>(email: &'a str, password: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("grant_type", "password"),
        ("username", email),
        ("password", password),
    ]
}

#[tokio::test]
async fn bearer_and_basic_both_work_and_nothing_is_401() {
    let sandbox = lively().await;
    let credentials = sandbox.nexudus().credentials();
    let (status, answer) = token(
        &sandbox,
        None,
        &password(&credentials.email, &credentials.password),
    )
    .await;
    assert_eq!((status, &answer["expires_in"]), (200, &json!(604_799)));
    let url = format!("{}{BOOKINGS}", sandbox.nexudus().base_url());
    let bearer = || {
        http()
            .get(&url)
            .bearer_auth(answer["access_token"].as_str().unwrap())
    };
    assert_eq!(bearer().send().await.unwrap().status(), 200);
    assert_eq!(nexudus(&sandbox, BOOKINGS).await.0, 200);
    assert_eq!(http().get(&url).send().await.unwrap().status(), 401);
    sandbox.nexudus().expire_access_tokens();
    assert_eq!(bearer().send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn bearer_tokens_live_seven_days() {
    let sandbox = lively().await;
    let credentials = sandbox.nexudus().credentials();
    let login = password(&credentials.email, &credentials.password);
    let (_, answer) = token(&sandbox, None, &login).await;
    let url = format!("{}{BOOKINGS}", sandbox.nexudus().base_url());
    let bearer = answer["access_token"].as_str().unwrap();
    for (seconds, status) in [(604_798, 200), (1, 401)] {
        sandbox.advance(TimeDelta::seconds(seconds));
        let response = http().get(&url).bearer_auth(bearer).send().await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn the_token_call_takes_forms_only() {
    let sandbox = empty().await;
    let request = http().post(format!("{}/token", sandbox.nexudus().base_url()));
    let (status, answer) = read(
        request
            .json(&json!({"grant_type": "password"}))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (status, &answer["error"]),
        (400, &json!("unsupported_grant_type"))
    );
    let (status, answer) = token(&sandbox, None, &password("a", "b")).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn one_refresh_token_lives_per_client_id() {
    let sandbox = empty().await;
    let credentials = sandbox.nexudus().credentials();
    let login = password(&credentials.email, &credentials.password);
    let (_, first) = token(&sandbox, Some("one"), &login).await;
    let (_, other) = token(&sandbox, Some("two"), &login).await;
    fn refresh(answer: &Value) -> [(&str, &str); 2] {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", answer["refresh_token"].as_str().unwrap()),
        ]
    }
    assert_eq!(token(&sandbox, Some("two"), &refresh(&first)).await.0, 400);
    let (status, second) = token(&sandbox, Some("one"), &refresh(&first)).await;
    assert_eq!(status, 200);
    assert_eq!(token(&sandbox, Some("one"), &refresh(&first)).await.0, 400);
    assert_eq!(token(&sandbox, Some("two"), &refresh(&other)).await.0, 200);
    sandbox.advance(TimeDelta::days(15));
    assert_eq!(token(&sandbox, Some("one"), &refresh(&second)).await.0, 400);
}

#[tokio::test]
async fn a_missing_role_looks_like_a_missing_login() {
    let sandbox = lively().await;
    sandbox.nexudus().set_denied("coworkercontracts", true);
    assert_eq!(nexudus(&sandbox, "/billing/coworkercontracts").await.0, 401);
    assert_eq!(nexudus(&sandbox, BOOKINGS).await.0, 200);
}

#[tokio::test]
async fn lists_have_25_rows_and_follow_has_next_page() {
    let sandbox = lively().await;
    let resource = sandbox.nexudus().resources()[0].0;
    for n in 0..40 {
        let from = sandbox.now() + TimeDelta::days(30 + n);
        sandbox.nexudus().add_booking(Booking::new(
            resource,
            None,
            from,
            from + TimeDelta::hours(1),
        ));
    }
    let (_, first) = nexudus(&sandbox, BOOKINGS).await;
    assert_eq!(first["Records"].as_array().unwrap().len(), 25);
    assert_eq!(
        (&first["CurrentPageSize"], &first["HasNextPage"]),
        (&json!(25), &json!(true))
    );
    let mut seen = Vec::new();
    for page in 1.. {
        let (_, answer) = nexudus(
            &sandbox,
            &format!("{BOOKINGS}?page={page}&size=25&orderBy=Id"),
        )
        .await;
        seen.extend(ids(answer["Records"].as_array().unwrap()));
        if answer["HasNextPage"] == false {
            assert_eq!(answer["HasPreviousPage"], true);
            assert_eq!(answer["TotalPages"], page);
            break;
        }
    }
    assert_eq!(seen.len(), first["TotalItems"].as_i64().unwrap() as usize);
    assert!(seen.is_sorted());
}

#[tokio::test]
async fn the_asked_size_is_not_always_honoured() {
    let sandbox = Sandbox::builder()
        .nexudus_page_cap(7)
        .start()
        .await
        .unwrap();
    let (_, answer) = nexudus(&sandbox, &format!("{BOOKINGS}?size=1000")).await;
    assert_eq!(answer["CurrentPageSize"], 7);
    assert_eq!(answer["Records"].as_array().unwrap().len(), 7);
    assert_eq!(answer["HasNextPage"], true);
}

#[tokio::test]
async fn lists_are_partial_batches_more_so_and_single_reads_full() {
    let sandbox = lively().await;
    let rows = records(&sandbox, "/spaces/teams").await;
    assert_eq!(rows[0]["TeamMembers"], Value::Null);
    let (_, team) = nexudus(&sandbox, "/spaces/teams/1417700401").await;
    assert_eq!(
        team["TeamMembers"],
        json!([
            1415900203_i64,
            1415900204_i64,
            1415900205_i64,
            1415900206_i64
        ])
    );
    assert_eq!(
        team["PayingMemberCoworkerType"], "Company",
        "a joined enum is a word"
    );

    let (_, batch) = nexudus(&sandbox, "/spaces/resources/?id=[1414925102,1414925101,9]").await;
    let batch = batch.as_array().unwrap();
    assert_eq!(ids(batch), [1_414_925_102, 1_414_925_101]);
    assert_eq!(batch[0]["Allocation"], Value::Null);
    assert_eq!(batch[0]["AccessControlGroupId"], "882012");
    let (_, one) = nexudus(&sandbox, "/spaces/resources/1414925102").await;
    assert_eq!(one["Allocation"], 6);

    let (_, contract) = nexudus(&sandbox, "/billing/coworkercontracts/1416500512").await;
    assert_eq!(contract["Desks"], json!([1416300301_i64]));
    let rows = records(&sandbox, "/billing/coworkercontracts?Id=1416500512").await;
    assert_eq!(rows[0]["Desks"], Value::Null);
    assert_eq!(
        rows[0]["FloorPlanDeskIds"], "1416300301",
        "the csv twin is there"
    );
    assert_eq!(nexudus(&sandbox, "/spaces/teams/1").await.0, 404);
}

#[tokio::test]
async fn times_are_utc_and_local_twins_are_wall_clock_with_a_fake_z() {
    let sandbox = lively().await;
    let series = records(&sandbox, &format!("{BOOKINGS}?Booking_Coworker=1415900206")).await;
    let pairs: Vec<(String, String)> = series
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            (text("FromTime"), text("FromTimeLocal"))
        })
        .collect();
    let expected = [
        ("2026-02-24T16:30:00Z", "2026-02-24T08:30:00Z"),
        ("2026-03-03T16:30:00Z", "2026-03-03T08:30:00Z"),
        ("2026-03-10T15:30:00Z", "2026-03-10T08:30:00Z"),
        ("2026-03-17T15:30:00Z", "2026-03-17T08:30:00Z"),
        ("2026-03-24T15:30:00Z", "2026-03-24T08:30:00Z"),
    ];
    assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert!(
        series
            .iter()
            .all(|row| row["RepeatSeriesUniqueId"] == series[0]["RepeatSeriesUniqueId"])
    );
    let stamp = series[0]["UpdatedOn"].as_str().unwrap();
    assert!(stamp.ends_with(".5515198Z"), "seven digits: {stamp}");
}

#[tokio::test]
async fn filters_by_value_reference_nested_field_and_range() {
    let sandbox = lively().await;
    let count = async |filter: &str| {
        records(&sandbox, &format!("{BOOKINGS}?size=1000&{filter}"))
            .await
            .len()
    };
    let all = count("").await;
    assert_eq!(count("Booking_Resource=1414925101").await, 4);
    assert_eq!(count("booking_resource_name=cedar%20room").await, 4);
    assert_eq!(count("Booking_Resource_Business_Id=1420000101").await, all);
    assert_eq!(count("Booking_Resource_Business_Id=1").await, 0);
    assert_eq!(count("Booking_Tentative=true").await, 1);
    assert_eq!(count("Booking_Id=1418700601").await, 1);
    assert_eq!(count("Id=1418700601").await, 1);
    assert_eq!(
        count("Booking_NoSuchField=1").await,
        all,
        "unknown filters are ignored"
    );
    assert_eq!(
        count("Coworker_Email=x").await,
        all,
        "so are those of another entity"
    );
    // Bookings that overlap now.
    let overlapping = "to_Booking_FromTime=2026-03-10T17:00&from_Booking_ToTime=2026-03-10T17:00";
    assert_eq!(count(overlapping).await, 1);
    let desks = records(
        &sandbox,
        "/sys/floorplandesks?FloorPlanDesk_FloorPlan_Business_Id=1420000101",
    )
    .await;
    assert_eq!(desks.len(), 4);
    let guests = records(
        &sandbox,
        "/spaces/bookingvisitors?BookingVisitor_Booking=1418700601",
    )
    .await;
    assert_eq!(guests.len(), 1);
    let active = records(
        &sandbox,
        "/billing/coworkercontracts?CoworkerContract_Active=true",
    )
    .await;
    assert_eq!(active.len(), 12, "not offered as a filter");
}

#[tokio::test]
async fn a_cursor_is_cut_to_the_minute() {
    let sandbox = lively().await;
    sandbox.advance(TimeDelta::seconds(90));
    sandbox
        .nexudus()
        .edit_booking(1_418_700_601, |booking| booking.tentative = true);
    let since = async |at: &str| {
        ids(&records(&sandbox, &format!("{BOOKINGS}?from_Booking_UpdatedOn={at}")).await)
    };
    assert_eq!(since("2026-03-10T17:01").await, [1_418_700_601]);
    assert_eq!(
        since("2026-03-10T17:01:59Z").await,
        [1_418_700_601],
        "seconds are cut off"
    );
    assert!(since("2026-03-10T17:02").await.is_empty());
}

#[tokio::test]
async fn order_may_be_reversed() {
    let sandbox = lively().await;
    let down = records(
        &sandbox,
        &format!("{BOOKINGS}?orderBy=FromTime&dir=1&size=1000"),
    )
    .await;
    let starts: Vec<&str> = down
        .iter()
        .map(|row| row["FromTime"].as_str().unwrap())
        .collect();
    assert!(starts.is_sorted_by(|a, b| a >= b));
    let up = records(
        &sandbox,
        &format!("{BOOKINGS}?orderBy=FromTime&dir=0&size=1000"),
    )
    .await;
    assert_eq!(up.len(), down.len());
    assert_eq!(up[0]["FromTime"], down[down.len() - 1]["FromTime"]);
}

#[tokio::test]
async fn a_cancelled_booking_leaves_a_snapshot_under_another_id() {
    let sandbox = lively().await;
    sandbox.advance(TimeDelta::minutes(5));
    let (status, answer) = nexudus_call(
        &sandbox,
        "DELETE",
        &format!("{BOOKINGS}/1418700603"),
        Value::Null,
    )
    .await;
    assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(true)));
    assert_eq!(
        nexudus(&sandbox, &format!("{BOOKINGS}/1418700603")).await.0,
        404
    );
    let path = "/spaces/cancelledbookings?from_CancelledBooking_CancelledOn=2026-03-10T17:05";
    let rows = records(&sandbox, path).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["OriginalBookingId"], "1418700603");
    assert_ne!(rows[0]["Id"], 1_418_700_603_i64);
    assert_eq!(rows[0]["ResourceName"], "Birch Room");
    assert!(sandbox.nexudus().cancel_booking(1_418_700_603).is_none());
}

#[tokio::test]
async fn writes_are_judged_by_the_envelope() {
    let sandbox = lively().await;
    let post = async |body: Value| nexudus_call(&sandbox, "POST", BOOKINGS, body).await;
    let (status, answer) = post(json!({"FromTime": "2026-04-01T10:00:00Z"})).await;
    assert_eq!((status, &answer["WasSuccessful"]), (400, &json!(false)));
    assert_eq!(answer["Errors"][0]["PropertyName"], "ResourceId");
    let booking = json!({"ResourceId": 1414925101_i64, "CoworkerId": 1415900201_i64,
        "FromTime": "2026-04-01T10:00:00Z", "ToTime": "2026-04-01T11:00:00Z"});
    let (status, answer) = post(booking.clone()).await;
    assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(true)));
    let id = answer["Value"]["Id"].as_i64().unwrap();
    let (status, answer) = post(booking).await;
    assert_eq!(
        (status, &answer["WasSuccessful"]),
        (200, &json!(false)),
        "the room is taken"
    );

    let moved = json!({"Id": id, "ResourceId": 1414925101_i64,
        "FromTime": "2026-04-01T12:00:00Z", "ToTime": "2026-04-01T13:00:00Z"});
    let (_, answer) = nexudus_call(&sandbox, "PUT", BOOKINGS, moved).await;
    assert_eq!(answer["WasSuccessful"], true);
    let row = sandbox.nexudus().booking(id).unwrap();
    assert_eq!(row.coworker_id, None, "PUT clears what it leaves out");
    let (_, answer) = post(json!({"ResourceId": 1414925103_i64,
        "FromTime": "2026-04-02T12:00:00Z", "ToTime": "2026-04-02T13:00:00Z"}))
    .await;
    let id = answer["Value"]["Id"].as_i64().unwrap();
    assert!(
        sandbox.nexudus().booking(id).unwrap().tentative,
        "the room wants confirmation"
    );
}

#[tokio::test]
async fn contracts_go_by_the_clock() {
    let sandbox = lively().await;
    let state = async |number: i64| {
        let path = format!("/billing/coworkercontracts/{}", 1_416_500_000 + number);
        let row = nexudus(&sandbox, &path).await.1;
        ["Active", "Cancelled", "InPausedPeriod"].map(|key| row[key].as_bool().unwrap())
    };
    assert_eq!(state(511).await, [true, false, false], "running");
    assert_eq!(state(513).await, [false, true, false], "ended");
    assert_eq!(state(514).await, [false, false, false], "not started");
    assert_eq!(state(515).await, [true, true, false], "cancelled for later");
    assert_eq!(state(516).await, [true, false, true], "paused");
    assert_eq!(state(521).await, [true, false, false], "pause to come");
    sandbox.advance(TimeDelta::days(22));
    assert_eq!(state(514).await, [true, false, false]);
    assert_eq!(state(515).await, [false, true, false]);
    assert_eq!(state(516).await, [true, false, false]);
    assert_eq!(state(521).await, [true, false, true]);
    let (_, row) = nexudus(&sandbox, "/billing/coworkercontracts/1416500515").await;
    assert_eq!(row["CancellationDate"], "2026-03-31T07:00:00Z");
    assert_eq!(row["CancellationDateLocal"], "2026-03-31T00:00:00Z");
}

#[tokio::test]
async fn throttling_is_409_with_retry_after_and_no_body() {
    let mut limits = Limits::off();
    limits.nexudus_per_minute = Some(2);
    let sandbox = Sandbox::builder().limits(limits).start().await.unwrap();
    for _ in 0..2 {
        assert_eq!(nexudus(&sandbox, BOOKINGS).await.0, 200);
    }
    sandbox.advance(TimeDelta::seconds(40));
    let url = format!("{}{BOOKINGS}", sandbox.nexudus().base_url());
    let response = http().get(url).send().await.unwrap();
    assert_eq!(response.status(), 409);
    assert_eq!(response.headers()["retry-after"], "20");
    assert_eq!(response.text().await.unwrap(), "");
    sandbox.advance(TimeDelta::seconds(20));
    assert_eq!(nexudus(&sandbox, BOOKINGS).await.0, 200);
}

#[tokio::test]
async fn hours_days_and_writes_have_windows_of_their_own() {
    type Set = fn(&mut Limits);
    let write = "/spaces/coworkers/runcommand";
    let cases: [(Set, &str, &str, i64); 5] = [
        (|l| l.nexudus_per_100_millis = Some(1), "GET", BOOKINGS, 1),
        (|l| l.nexudus_per_hour = Some(1), "GET", BOOKINGS, 3600),
        (|l| l.nexudus_per_day = Some(1), "GET", BOOKINGS, 86_400),
        (|l| l.nexudus_writes_per_minute = Some(1), "POST", write, 60),
        (
            |l| l.nexudus_writes_per_day = Some(1),
            "POST",
            write,
            86_400,
        ),
    ];
    for (set, method, path, seconds) in cases {
        let mut limits = Limits::off();
        set(&mut limits);
        let sandbox = Sandbox::builder().limits(limits).start().await.unwrap();
        let call = || nexudus_call(&sandbox, method, path, json!({"Key": "x"}));
        assert_eq!(call().await.0, 200, "{seconds}");
        assert_eq!(call().await.0, 409, "{seconds}");
        if method == "POST" {
            let form = [
                ("grant_type", "password"),
                ("username", "x"),
                ("password", "y"),
            ];
            assert_eq!(token(&sandbox, None, &form).await.0, 400, "no write");
            assert_eq!(nexudus(&sandbox, BOOKINGS).await.0, 200, "reads go on");
        }
        let last = TimeDelta::seconds(seconds) - TimeDelta::milliseconds(901);
        sandbox.advance(last);
        assert_eq!(call().await.0, 409, "{seconds}");
        sandbox.advance(TimeDelta::milliseconds(901));
        assert_eq!(call().await.0, 200, "{seconds}");
    }
}

#[tokio::test]
async fn coworkers_carry_their_links_as_csv() {
    let sandbox = lively().await;
    let (_, company) = nexudus(&sandbox, "/spaces/coworkers/1415900203").await;
    assert_eq!(
        (&company["CoworkerType"], &company["UserId"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(company["CoworkerContractIds"], "1416500512");
    assert_eq!(company["TeamIds"], "1417700401");
    let (_, ended) = nexudus(&sandbox, "/spaces/coworkers/1415900202").await;
    assert_eq!(ended["CoworkerContractIds"], Value::Null);
    assert_eq!(ended["AccessPincode"], "", "empty text, not null");
    let (_, single) = nexudus(&sandbox, "/spaces/coworkers/1415900215").await;
    assert_eq!(single["GuessedFirstName"], Value::Null);
    let (_, cards) = nexudus(&sandbox, "/spaces/coworkers/1415900201").await;
    assert_eq!(cards["AccessCardId"], "0004821190,0004821191");

    let mut put = cards.clone();
    put["BrivoUserId"] = json!(7_310_009);
    put["AccessCardId"] = Value::Null;
    let (status, answer) = nexudus_call(&sandbox, "PUT", "/spaces/coworkers", put).await;
    assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(true)));
    let row = sandbox.nexudus().coworker(1_415_900_201).unwrap();
    assert_eq!(
        (row.brivo_user_id, row.access_card_id),
        (Some(7_310_009), None)
    );
}

#[tokio::test]
async fn an_empty_world_takes_records_of_its_own() {
    let sandbox = Sandbox::builder()
        .world(World::empty())
        .start()
        .await
        .unwrap();
    let handle = sandbox.nexudus();
    assert!(records(&sandbox, BOOKINGS).await.is_empty());
    let business = handle.add_business(Business::new("Here", chrono_tz::Tz::Asia__Kathmandu));
    let resource = handle.add_resource(Resource::new(business, "Room", 1));
    let from = sandbox.now();
    let id = handle.add_booking(Booking::new(
        resource,
        None,
        from,
        from + TimeDelta::hours(1),
    ));
    let (_, row) = nexudus(&sandbox, &format!("{BOOKINGS}/{id}")).await;
    assert_eq!(row["FromTimeLocal"], "2026-03-10T22:45:00Z");
    assert_eq!(row["CoworkerId"], Value::Null);
}
