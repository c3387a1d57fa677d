//! Lists, reads by id and batches: what is asked, what is made of the answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use access_sync_http::test_util::MockTransport;
use common::{at, client, header, line, page, sample, timer};
use futures_util::TryStreamExt as _;
use nexudus_api::*;
use serde_json::{Value as Json, json};

#[test]
fn bookings_of_a_window_are_asked_for_by_both_ends_to_the_minute_in_utc() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, page(&[], false, 0)),
    );
    let client = client(&transport, &clock);
    let list = clock
        .block_on(
            client
                .bookings()
                .list()
                .overlapping(at("2026-03-06T11:59:30Z"), at("2026-03-13T12:00:01Z"))
                .page_size(100)
                .all(),
        )
        .unwrap();
    assert!(list.is_complete() && list.items.is_empty());
    let asked = &transport.requests()[0];
    // The lower bound goes down to its minute, the upper one up, so that no booking falls out.
    assert_eq!(
        line(asked),
        "GET /api/spaces/bookings?page=1&size=100&orderBy=Id\
         &to_Booking_FromTime=2026-03-13T12:01&from_Booking_ToTime=2026-03-06T11:59"
    );
    assert_eq!(header(asked, "accept"), "application/json");
    assert!(header(asked, "authorization").starts_with("Basic "));
}

#[test]
fn both_pages_of_bookings_are_read_and_checked_against_the_total() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("03_bookings_list_page1.json"))
        .reply(200, sample("04_bookings_list_page2.json"));
    let client = client(&transport, &clock);
    let list = clock
        .block_on(client.bookings().list().page_size(2).all())
        .unwrap();
    assert!(list.is_complete(), "{:?}", list.completeness);
    assert_eq!(list.items.len(), 3);
    let first = &list.items[0];
    assert_eq!(first.resource_id, ResourceId(1414925101));
    assert_eq!(first.coworker_id, Some(CoworkerId(1415900201)));
    assert_eq!(first.tentative, Some(false));
    assert_eq!(first.from_time, at("2026-03-09T16:00:00Z"));
    // Seven hours apart by the text, though both end in Z: the local one has no zone to believe.
    assert_eq!(
        first.from_time_local.unwrap().to_string(),
        "2026-03-09T09:00:00"
    );
    assert_eq!(first.coworker_coworker_type, Some(CoworkerType::Individual));
    // Blocked by staff: nobody to let in.
    assert_eq!(list.items[2].coworker_id, None);
    assert_eq!(list.items[1].tentative, Some(true));
    let lines: Vec<_> = transport.requests().iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/spaces/bookings?page=1&size=2&orderBy=Id",
            "GET /api/spaces/bookings?page=2&size=2&orderBy=Id"
        ]
    );
}

#[test]
fn links_to_many_come_as_one_text_and_null_is_none() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, sample("10_coworkers_list.json")),
    );
    let client = client(&transport, &clock);
    let list = clock.block_on(client.coworkers().list().all()).unwrap();
    let [bob, ana, acme] = list.items.as_slice() else {
        panic!("three coworkers")
    };
    assert_eq!(bob.team_ids, [TeamId(1417700401)]);
    assert_eq!(
        bob.access_card_id
            .as_ref()
            .unwrap()
            .parts()
            .collect::<Vec<_>>(),
        ["0004821190", "0004821191"]
    );
    assert_eq!(bob.access_pincode.as_ref().unwrap().expose(), "48217");
    assert_eq!(
        (ana.active, ana.access_pincode.clone()),
        (Some(false), None)
    );
    assert!(ana.coworker_contract_ids.is_empty() && ana.user_id.is_none());
    assert_eq!(acme.coworker_type, Some(CoworkerType::Company));
    assert_eq!(acme.coworker_contract_ids.len(), 2);
    assert_eq!(bob.updated_on, Some(at("2026-03-06T18:20:11.4471033Z")));
}

#[test]
fn whole_records_have_the_arrays_that_lists_leave_out() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("11_team_by_id.json"))
        .reply(200, sample("09_coworker_by_id.json"))
        .reply(200, sample("13_coworkercontract_by_id_office.json"))
        .reply(200, sample("05_booking_by_id_with_visitors.json"));
    let client = client(&transport, &clock);
    clock.block_on(async {
        let team = client.teams().get(TeamId(1417700401)).await.unwrap();
        assert_eq!(team.team_members.as_ref().unwrap().len(), 3);
        assert_eq!(team.paying_member_id, Some(CoworkerId(1415900203)));
        assert_eq!(team.share_time_passes, Some(true));
        let bob = client
            .coworkers()
            .get(CoworkerId(1415900201))
            .await
            .unwrap();
        assert_eq!(bob.teams, Some(vec![TeamId(1417700401)]));
        assert_eq!(bob.field("MondayAttendance"), Some(&json!(5)));
        let contract = client
            .contracts()
            .get(CoworkerContractId(1416500512))
            .await
            .unwrap();
        assert_eq!(contract.desks, Some(vec![FloorPlanDeskId(1416300301)]));
        assert_eq!(contract.floor_plan_desk_ids, [FloorPlanDeskId(1416300301)]);
        assert_eq!(contract.start_date, Some(at("2025-12-01T08:00:00Z")));
        assert_eq!(
            contract.start_date_local.unwrap().to_string(),
            "2025-12-01T00:00:00"
        );
        assert_eq!(contract.cancellation_date, None);
        let booking = client.bookings().get(BookingId(1418700601)).await.unwrap();
        let visitors = booking.booking_visitors.as_ref().unwrap();
        assert_eq!(visitors[0].visitor_id, VisitorId(1419800801));
        assert_eq!(booking.minutes_to_start, Some(95));
    });
    let lines: Vec<_> = transport.requests().iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "GET /api/spaces/teams/1417700401",
            "GET /api/spaces/coworkers/1415900201",
            "GET /api/billing/coworkercontracts/1416500512",
            "GET /api/spaces/bookings/1418700601"
        ]
    );
}

#[test]
fn a_read_by_id_that_brings_another_record_is_a_fault() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, sample("11_team_by_id.json")),
    );
    let error = clock
        .block_on(client(&transport, &clock).teams().get(TeamId(5)))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn a_batch_is_a_bare_array_and_an_id_that_stays_away_is_told() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, sample("07_bookings_batch_array.json"))
        .reply(200, sample("03_bookings_list_page1.json"));
    let client = client(&transport, &clock);
    let known: Vec<i64> =
        serde_json::from_str::<Vec<serde_json::Value>>(&sample("07_bookings_batch_array.json"))
            .unwrap()
            .iter()
            .map(|row| row["Id"].as_i64().unwrap())
            .collect();
    let mut ids: Vec<BookingId> = known.iter().copied().map(BookingId).collect();
    ids.push(BookingId(9));
    let list = clock.block_on(client.bookings().batch(&ids)).unwrap();
    assert_eq!(list.items.len(), known.len());
    assert!(!list.is_complete(), "id 9 is missing");
    let expected = ids
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(
        line(&transport.requests()[0]),
        format!("GET /api/spaces/bookings/?id=[{expected}]")
    );
    // A list's envelope is not an array with one row.
    let error = clock.block_on(client.bookings().batch(&ids)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn a_set_that_changes_while_it_is_read_is_not_complete_and_brings_each_record_once() {
    let row = |id: i64| json!({ "Id": id });
    for (second, total, what) in [
        (
            vec![row(2), row(3)],
            4,
            "a row slipped back onto the second page",
        ),
        (vec![row(3)], 3, "the count changed"),
    ] {
        let clock = timer();
        let transport = MockTransport::new()
            .reply(200, page(&[row(1), row(2)], true, 4))
            .reply(200, page(&second, false, total));
        let list = clock
            .block_on(client(&transport, &clock).teams().list().all())
            .unwrap();
        let ids: Vec<_> = list.items.iter().map(|team| team.id.0).collect();
        assert_eq!(ids, [1, 2, 3], "{what}");
        assert!(!list.is_complete(), "{what}");
    }
}

#[test]
fn a_server_that_ignores_the_page_number_ends_the_list_as_incomplete() {
    let rows = [json!({ "Id": 1 }), json!({ "Id": 2 })];
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(&rows, true, 2))
        .reply(200, page(&rows, true, 2));
    let list = clock
        .block_on(client(&transport, &clock).teams().list().all())
        .unwrap();
    assert_eq!(list.items.len(), 2);
    assert!(!list.is_complete());
}

#[test]
fn either_direction_of_id_is_an_order_and_a_jumble_over_pages_is_not() {
    for (first, second, complete) in [
        ([1, 2], [3, 4], true),
        ([9, 8], [7, 6], true),
        ([2, 9], [1, 4], false),
    ] {
        let rows = |ids: [i64; 2]| ids.map(|id| json!({ "Id": id }));
        let clock = timer();
        let transport = MockTransport::new()
            .reply(200, page(&rows(first), true, 4))
            .reply(200, page(&rows(second), false, 4));
        let list = clock
            .block_on(client(&transport, &clock).teams().list().all())
            .unwrap();
        assert_eq!(list.is_complete(), complete, "{first:?} {second:?}");
    }
}

#[test]
fn a_bad_row_is_kept_beside_the_good_ones_and_named_without_its_values() {
    let rows = [
        json!({ "Id": 1, "CoworkerId": 5, "Active": true }),
        json!({ "Id": 2, "CoworkerId": "canary-person" }),
        json!({ "Id": 3 }),
        json!({ "Id": 4, "CoworkerId": 5, "FloorPlanDeskIds": "7,canary" }),
        json!({ "Id": 5, "CoworkerId": 5, "StartDate": "canary" }),
    ];
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, page(&rows, false, 5)),
    );
    let list = clock
        .block_on(client(&transport, &clock).contracts().list().all())
        .unwrap();
    assert_eq!(list.items.len(), 1);
    let places: Vec<_> = list
        .rejected
        .iter()
        .map(|row| (row.index, row.path.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (1, "CoworkerId"),
            (2, "."),
            (3, "FloorPlanDeskIds"),
            (4, "StartDate")
        ]
    );
    assert!(!list.is_complete() && !format!("{list:?}").contains("canary"));
}

#[test]
fn documents_that_are_no_page_are_faults_and_never_empty_lists() {
    for (body, why) in [
        ("{}", "no Records"),
        (
            r#"{"Records":null,"HasNextPage":false,"TotalItems":0}"#,
            "null Records",
        ),
        (r#"{"Records":[]}"#, "no sign of an end"),
        ("[]", "a bare array"),
        (r#"[[],false,1,1]"#, "a page as an array"),
        ("null", "null"),
        (r#"{"Records":[{"Id":1}"#, "cut"),
        ("", "blank"),
        (" \n", "blank"),
        ("<html><body>Log in</body></html>", "HTML"),
        ("\u{1}\u{2}", "control characters"),
    ] {
        // Asked twice: such an answer may pass.
        let clock = timer();
        let transport = MockTransport::new().reply(200, body).reply(200, body);
        let result = clock.block_on(client(&transport, &clock).coworkers().list().all());
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode, "{why}");
    }
}

#[test]
fn a_part_of_a_list_is_not_a_list() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(&[json!({ "Id": 1 })], true, 2))
        .reply(404, r#"{"Message":"gone"}"#);
    let result = clock.block_on(client(&transport, &clock).teams().list().all());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound);
}

/// The pages of a list of so many records.
fn pages(mut transport: MockTransport, total: i64, extra: &Json) -> MockTransport {
    let last = (total - 1) / 500;
    for number in 0..=last {
        let rows: Vec<Json> = (number * 500..total.min((number + 1) * 500))
            .map(|id| {
                let mut row = extra.clone();
                row["Id"] = json!(id + 1);
                row
            })
            .collect();
        let total = usize::try_from(total).unwrap();
        transport = transport.reply(200, page(&rows, number < last, total));
    }
    transport
}

#[test]
fn members_contracts_and_a_week_of_bookings_take_the_calls_that_the_page_size_implies() {
    let clock = timer();
    let transport = pages(MockTransport::new(), 10_000, &json!({ "TeamIds": "1,2" }));
    let contract = json!({ "CoworkerId": 1, "FloorPlanDeskIds": "7", "Active": true });
    let transport = pages(transport, 12_001, &contract);
    let booking = json!({
        "ResourceId": 1, "FromTime": "2026-03-09T16:00:00Z", "ToTime": "2026-03-09T17:00:00Z"
    });
    let transport = pages(transport, 1_500, &booking);
    let client = client(&transport, &clock);
    let week = (at("2026-03-06T12:00:00Z"), at("2026-03-13T12:00:00Z"));
    clock.block_on(async {
        let members = client.coworkers().list().all().await.unwrap();
        assert!(members.is_complete() && members.items.len() == 10_000);
        let contracts = client.contracts().list().all().await.unwrap();
        assert!(contracts.is_complete() && contracts.items.len() == 12_001);
        let bookings = client.bookings().list().overlapping(week.0, week.1);
        let bookings = bookings.all().await.unwrap();
        assert!(bookings.is_complete() && bookings.items.len() == 1_500);
    });
    // And none for a single record.
    assert_eq!(transport.requests().len(), 20 + 25 + 3);
}

#[test]
fn records_one_by_one_take_no_more_calls_than_all_at_once() {
    let clock = timer();
    let transport = pages(MockTransport::new(), 1_001, &json!({}));
    let client = client(&transport, &clock);
    let rows: Vec<CoworkerRow> = clock
        .block_on(client.coworkers().list().items().try_collect())
        .unwrap();
    assert_eq!((rows.len(), transport.requests().len()), (1_001, 3));
}

#[test]
fn an_entity_of_ones_own_uses_the_same_layer() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Row {
        id: i64,
    }
    impl nexudus_api::Row for Row {
        type Id = i64;
        fn id(&self) -> i64 {
            self.id
        }
        fn updated_on(&self) -> Option<chrono::DateTime<chrono::Utc>> {
            None
        }
    }
    #[derive(Debug)]
    struct Products;
    impl Entity for Products {
        const GROUP: &'static str = "billing";
        const PATH: &'static str = "products";
        const FILTER: &'static str = "Product";
        const OPERATIONS: Operations = Operations {
            list: "products.list",
            get: "products.get",
            batch: "products.batch",
            create: "products.create",
            update: "products.update",
            delete: "products.delete",
            commands: "products.commands",
            run_command: "products.run_command",
        };
        type Id = i64;
        type Partial = Row;
        type Full = Row;
    }
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, page(&[json!({ "Id": 3 })], false, 1)),
    );
    let client = client(&transport, &clock);
    let name = Field::<Products, String>::named("Name");
    let list = clock
        .block_on(
            client
                .entity::<Products>()
                .list()
                .filter(name.is("Coffee"))
                .all(),
        )
        .unwrap();
    assert_eq!(list.items[0].id, 3);
    assert_eq!(
        line(&transport.requests()[0]),
        "GET /api/billing/products?page=1&size=500&orderBy=Id&Product_Name=Coffee"
    );
}

#[test]
fn a_batch_brings_each_record_once_and_none_that_was_not_asked_for() {
    let rows = json!([{ "Id": 1 }, { "Id": 1 }, { "Id": 7 }]).to_string();
    let (clock, transport) = (timer(), MockTransport::new().reply(200, rows));
    let list = clock
        .block_on(client(&transport, &clock).teams().batch(&[TeamId(1)]))
        .unwrap();
    assert_eq!(list.items.len(), 1);
    assert!(list.is_complete());
}

#[test]
fn a_large_batch_goes_out_in_hundreds() {
    let rows = |ids: std::ops::Range<i64>| {
        Json::Array(ids.map(|id| json!({ "Id": id })).collect()).to_string()
    };
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, rows(0..100))
        .reply(200, rows(100..150));
    let ids: Vec<TeamId> = (0..150).map(TeamId).collect();
    let list = clock
        .block_on(client(&transport, &clock).teams().batch(&ids))
        .unwrap();
    assert!(list.is_complete());
    assert_eq!((list.items.len(), transport.requests().len()), (150, 2));
}
