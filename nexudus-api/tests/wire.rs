//! Every entity's operations over a real socket with the default transport: what goes out, to the
//! byte, and what is made of the answer. And the answers that are none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::io::{Read as _, Write as _};
use std::marker::PhantomData;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use access_sync_http::{FullJitter, Unlimited};
use common::{PASSWORD, at, page, sample};
use nexudus_api::*;
use serde_json::{Value as Json, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

const BASIC: &str = "Basic b3BzQGV4YW1wbGUuY29tOmNhbmFyeS1wYXNzd29yZC03Nw==";

fn builder(base: &str) -> NexudusClientBuilder {
    NexudusClient::builder()
        .base(format!("{base}/api"))
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(FullJitter::new().base(Duration::from_millis(1))))
}

fn client(base: &str) -> NexudusClient {
    let client = builder(base).basic("ops@example.com", PASSWORD);
    client.build().unwrap()
}

/// A record with what any entity requires, and something that none knows.
fn whole() -> Json {
    json!({
        "Id": 42, "ResourceId": 1, "CoworkerId": 2, "CoworkerContractId": 3, "TimePassId": 4,
        "BookingId": 5, "VisitorId": 6, "BusinessId": 7, "DayOfWeek": 1,
        "FromTime": "2026-03-09T08:00:00Z", "ToTime": "2026-03-09T18:00:00Z",
        "PauseFrom": "2026-03-09T08:00:00Z", "NobodyKnowsThis": ["ñ", { "1": null }],
    })
}

/// Answers as Nexudus would for one entity at `/api/{path}`.
struct Entities(&'static str);

impl Respond for Entities {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let mut other = whole();
        other["Id"] = json!(43);
        let path = format!("/api/{}", self.0);
        let Some(rest) = request.url.path().strip_prefix(&path) else {
            return ResponseTemplate::new(404);
        };
        let body = match (request.method.as_str(), rest) {
            ("GET", "") => page(&[whole()], false, 1),
            ("GET", "/") => json!([whole(), other]).to_string(),
            ("GET", "/42") => whole().to_string(),
            ("GET", "/commands") => sample("35_commands_list.json"),
            ("POST", "") => sample("30_create_success.json"),
            ("PUT", "") | ("DELETE", "/42") => sample("31_update_success.json"),
            ("POST", "/runcommand") => sample("37_runcommand_response.json"),
            _ => return ResponseTemplate::new(404),
        };
        ResponseTemplate::new(200).set_body_raw(body, "application/json; charset=utf-8")
    }
}

/// What went over the wire; the body is null where there was none.
type Seen = (String, Json);

struct Wire {
    server: MockServer,
    path: &'static str,
    expected: Vec<Seen>,
}

impl Wire {
    async fn start(path: &'static str) -> Self {
        let server = MockServer::start().await;
        let answers = Mock::given(any()).respond_with(Entities(path));
        answers.mount(&server).await;
        Self {
            server,
            path,
            expected: Vec::new(),
        }
    }

    fn expect(&mut self, method: &str, rest: &str, body: Json) {
        let line = format!("{method} /api/{}{rest}", self.path);
        self.expected.push((line, body));
    }

    async fn reads<E: Entity>(&mut self, api: &EntityApi<E>, ids: [E::Id; 2], filter: &str)
    where
        E::Id: Ord,
        E::Partial: Sync,
    {
        let moment = at("2026-03-06T12:00:30Z");
        let list = api.list().page_size(2);
        let list = list.updated_from(moment).updated_to(moment);
        let list = list.created_from(moment).created_to(moment);
        let list = list.all().await.unwrap();
        assert!(list.is_complete() && list.items[0].id() == ids[0]);
        self.expect(
            "GET",
            &format!(
                "?page=1&size=2&orderBy=Id&from_{filter}_UpdatedOn=2026-03-06T12%3A00\
                 &to_{filter}_UpdatedOn=2026-03-06T12%3A01\
                 &from_{filter}_CreatedOn=2026-03-06T12%3A00\
                 &to_{filter}_CreatedOn=2026-03-06T12%3A01"
            ),
            Json::Null,
        );

        let record = api.get(ids[0]).await.unwrap();
        assert_eq!(
            record.field("NobodyKnowsThis"),
            Some(&whole()["NobodyKnowsThis"])
        );
        self.expect("GET", "/42", Json::Null);

        let batch = api.batch(&ids).await.unwrap();
        assert!(batch.is_complete() && batch.items.len() == 2);
        self.expect("GET", "/?id=%5B42%2C43%5D", Json::Null);

        assert_eq!(api.probe().await.unwrap(), Access::Granted);
        self.expect("GET", "?page=1&size=1&orderBy=Id", Json::Null);

        let commands = api.commands(None).await.unwrap();
        self.expect("GET", "/commands", Json::Null);
        let run = RunCommand::new(&commands.items[0].key).on(ids[0]);
        api.run_command(&run).await.unwrap();
        let run = json!({ "Key": commands.items[0].key, "Ids": [42], "Parameters": [] });
        self.expect("POST", "/runcommand", run);
    }

    async fn create<E: Create>(&mut self, api: &EntityApi<E>) {
        let draft = Draft::new().set("Name", "Núñez & Co").unwrap();
        let draft = draft.set("FromTime", at("2026-03-09T08:00:00Z")).unwrap();
        let reply = api.create(&draft).await.unwrap();
        assert_eq!(reply.id, Some(1419400962));
        let body = json!({ "Name": "Núñez & Co", "FromTime": "2026-03-09T08:00:00Z" });
        self.expect("POST", "", body);
    }

    async fn update<E: Update>(&mut self, api: &EntityApi<E>, id: E::Id) {
        let edit = api
            .get(id)
            .await
            .unwrap()
            .edit()
            .set("Notes", "changed")
            .unwrap();
        self.expect("GET", "/42", Json::Null);
        assert!(api.update(&edit).await.unwrap().is_success());
        let mut body = whole();
        body["Notes"] = json!("changed");
        self.expect("PUT", "", body);
    }

    async fn delete<E: Delete>(&mut self, api: &EntityApi<E>, id: E::Id) {
        assert!(api.delete(id).await.unwrap().is_success());
        self.expect("DELETE", "/42", Json::Null);
    }

    /// Nothing else went out, in this order, and each with the headers that it needs.
    async fn check(self) {
        let requests = self.server.received_requests().await.unwrap();
        let seen: Vec<Seen> = requests.iter().map(seen).collect();
        assert_eq!(seen, self.expected);
        for request in &requests {
            let header = |name: &str| request.headers.get(name).map(|v| v.to_str().unwrap());
            assert_eq!(header("accept"), Some("application/json"));
            assert_eq!(header("authorization"), Some(BASIC));
            assert!(header("user-agent").is_some_and(|agent| agent.starts_with("access-sync/")));
            let kind = (!request.body.is_empty()).then_some("application/json");
            assert_eq!(header("content-type"), kind, "{}", request.url);
            let known = [
                "accept",
                "accept-encoding",
                "authorization",
                "content-length",
                "content-type",
                "host",
                "user-agent",
            ];
            for name in request.headers.keys() {
                assert!(known.contains(&name.as_str()), "{name}");
            }
        }
    }
}

fn seen(request: &wiremock::Request) -> Seen {
    let url = &request.url;
    let mark = url
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let line = format!("{} {}{mark}", request.method, url.path());
    let body = match request.body.as_slice() {
        [] => Json::Null,
        body => serde_json::from_slice(body).unwrap(),
    };
    (line, body)
}

/// Whether an entity offers a write, by the compiler's word: the constant of its own is there only
/// where the bound holds.
#[allow(dead_code)]
struct Offers<E>(PhantomData<E>);

trait Otherwise {
    const CREATE: bool = false;
    const UPDATE: bool = false;
    const DELETE: bool = false;
}

impl<E> Otherwise for Offers<E> {}

impl<E: Create> Offers<E> {
    const CREATE: bool = true;
}

impl<E: Update> Offers<E> {
    const UPDATE: bool = true;
}

impl<E: Delete> Offers<E> {
    const DELETE: bool = true;
}

fn last<T>() -> &'static str {
    std::any::type_name::<T>().rsplit("::").next().unwrap()
}

macro_rules! wire {
    ($( $method:ident: $entity:ident $id:ident $filter:literal $path:literal [$($verb:ident)*]; )*) => {
        $(
            #[tokio::test]
            async fn $method() {
                let mut wire = Wire::start($path).await;
                let client = client(&wire.server.uri());
                let api = client.$method();
                wire.reads(&api, [$id(42), $id(43)], $filter).await;
                $( wire!(@$verb wire api $id); )*
                wire.check().await;
            }
        )*

        /// The rows of the crate's front, as the code and the tests above have it.
        fn rows() -> Vec<String> {
            vec![$({
                // What is offered is what was tested.
                let tested: &[&str] = &[$(stringify!($verb)),*];
                let offered = [
                    ("create", Offers::<$entity>::CREATE),
                    ("update", Offers::<$entity>::UPDATE),
                    ("delete", Offers::<$entity>::DELETE),
                ];
                let offered = offered.iter().filter(|verb| verb.1).map(|verb| verb.0);
                assert_eq!(tested, offered.collect::<Vec<_>>(), stringify!($entity));
                let verbs = [&["list", "get", "batch"], tested].concat().join(", ");
                format!(
                    "//! | [`{}`]: [`{}`], [`{}`] | `/{}` | {verbs} | [`{method}`](NexudusClient::{method}) | `wire::{method}` |",
                    stringify!($entity),
                    last::<<$entity as Entity>::Partial>(),
                    last::<<$entity as Entity>::Full>(),
                    $path,
                    method = stringify!($method),
                )
            }),*]
        }
    };
    (@create $wire:ident $api:ident $id:ident) => { $wire.create(&$api).await };
    (@update $wire:ident $api:ident $id:ident) => { $wire.update(&$api, $id(42)).await };
    (@delete $wire:ident $api:ident $id:ident) => { $wire.delete(&$api, $id(42)).await };
}

wire! {
    coworkers: Coworkers CoworkerId "Coworker" "spaces/coworkers" [create update];
    teams: Teams TeamId "Team" "spaces/teams" [create update delete];
    bookings: Bookings BookingId "Booking" "spaces/bookings" [create update delete];
    cancelled_bookings: CancelledBookings CancelledBookingId "CancelledBooking" "spaces/cancelledbookings" [];
    resources: Resources ResourceId "Resource" "spaces/resources" [create update delete];
    resource_types: ResourceTypes ResourceTypeId "ResourceType" "spaces/resourcetypes" [create update delete];
    contracts: CoworkerContracts CoworkerContractId "CoworkerContract" "billing/coworkercontracts" [create update delete];
    paused_periods: ContractPausedPeriods ContractPausedPeriodId "ContractPausedPeriod" "billing/contractpausedperiods" [create update delete];
    floor_plan_desks: FloorPlanDesks FloorPlanDeskId "FloorPlanDesk" "sys/floorplandesks" [create update delete];
    floor_plan_desk_variants: FloorPlanDeskVariants FloorPlanDeskVariantId "FloorPlanDeskVariant" "sys/floorplandeskvariants" [create update delete];
    coworker_time_passes: CoworkerTimePasses CoworkerTimePassId "CoworkerTimePass" "billing/coworkertimepasses" [create update delete];
    time_passes: TimePasses TimePassId "TimePass" "billing/timepasses" [create update delete];
    time_pass_time_slots: TimePassTimeSlots TimePassTimeSlotId "TimePassTimeSlot" "billing/timepasstimeslots" [create update delete];
    visitors: Visitors VisitorId "Visitor" "spaces/visitors" [create update delete];
    booking_visitors: BookingVisitors BookingVisitorId "BookingVisitor" "spaces/bookingvisitors" [create update delete];
    businesses: Businesses BusinessId "Business" "sys/businesses" [update];
    business_time_slots: BusinessTimeSlots BusinessTimeSlotId "BusinessTimeSlot" "sys/businesstimeslots" [create update delete];
    checkins: Checkins CheckinId "Checkin" "spaces/checkins" [update delete];
    coworker_extra_services: CoworkerExtraServices CoworkerExtraServiceId "CoworkerExtraService" "billing/coworkerextraservices" [create update delete];
    extra_services: ExtraServices ExtraServiceId "ExtraService" "billing/extraservices" [create update delete];
    tariffs: Tariffs TariffId "Tariff" "billing/tariffs" [create update delete];
    invoices: CoworkerInvoices CoworkerInvoiceId "CoworkerInvoice" "billing/coworkerinvoices" [];
    access_tokens: AccessTokens AccessTokenId "AccessToken" "spaces/accesstokens" [create update delete];
    access_audits: CoworkerAccessControlAudits CoworkerAccessControlAuditId "CoworkerAccessControlAudit" "sys/coworkeraccesscontrolaudits" [create update delete];
    webhooks: WebHooks WebHookId "WebHook" "sys/webhooks" [create update delete];
}

#[test]
fn the_table_in_the_crates_front_says_what_the_code_offers_and_these_tests_run() {
    let front = include_str!("../src/lib.rs");
    let told: Vec<&str> = front
        .lines()
        .filter(|line| line.contains("| `wire::"))
        .collect();
    assert_eq!(told, rows());
    assert_eq!(told.len(), 25);
}

#[test]
fn every_other_operation_in_the_crates_front_names_a_test_that_there_is() {
    let front = include_str!("../src/lib.rs");
    let mut known = 0;
    let rows = front.lines().filter(|line| line.starts_with("//! | "));
    let tests = rows.filter_map(|row| row.rsplit('`').nth(1)?.split_once("::"));
    for (file, name) in tests.filter(|(file, _)| *file != "wire") {
        let path = format!("{}/tests/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let tests = std::fs::read_to_string(path).unwrap();
        assert!(
            tests.contains(&format!("\nfn {name}() {{")),
            "{file}::{name}"
        );
        known += 1;
    }
    assert_eq!(known, 15);
}

#[tokio::test]
async fn a_bearer_token_is_asked_for_by_form_and_carried_from_then_on() {
    let server = MockServer::start().await;
    let answers = |request: &wiremock::Request| {
        let body = match request.url.path() {
            "/api/token" => sample("01_token_success.json"),
            _ => page(&[], false, 0),
        };
        ResponseTemplate::new(200).set_body_raw(body, "application/json")
    };
    Mock::given(any())
        .respond_with(answers)
        .mount(&server)
        .await;
    let client = builder(&server.uri())
        .bearer("ops+api@example.com", PASSWORD)
        .client_id("5a0e2c1e")
        .build()
        .unwrap();
    for _ in 0..2 {
        client.teams().list().all().await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 3);
    let header = |at: usize, name: &str| {
        let value = requests[at].headers.get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(requests[0].method.as_str(), "POST");
    assert_eq!(
        header(0, "content-type").as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(header(0, "client_id").as_deref(), Some("5a0e2c1e"));
    assert_eq!(header(0, "authorization"), None);
    assert_eq!(
        requests[0].body,
        b"grant_type=password&username=ops%2Bapi%40example.com&password=canary-password-77"
    );
    let token: Json = serde_json::from_str(&sample("01_token_success.json")).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    assert_eq!(header(1, "authorization").as_ref(), Some(&bearer));
    assert_eq!(header(2, "authorization"), Some(bearer));
}

/// Answers once with `first`, and from then on as for teams.
async fn once(first: ResponseTemplate) -> (MockServer, NexudusClient) {
    let server = MockServer::start().await;
    let first = Mock::given(any()).respond_with(first).up_to_n_times(1);
    first.mount(&server).await;
    let then = Mock::given(any()).respond_with(Entities("spaces/teams"));
    then.mount(&server).await;
    let client = client(&server.uri());
    (server, client)
}

async fn lines(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| seen(request).0).collect()
}

#[tokio::test]
async fn a_409_that_asks_for_no_wait_is_tried_again_at_once_even_for_a_create() {
    let exchange: Json = serde_json::from_str(&sample("34_throttled_409_http.json")).unwrap();
    let status = u16::try_from(exchange["status"].as_u64().unwrap()).unwrap();
    let throttle = || {
        ResponseTemplate::new(status)
            .insert_header("Retry-After", "0")
            .insert_header("Cache-Control", "no-cache")
            .set_body_string(exchange["body"].as_str().unwrap())
    };
    let (server, client) = once(throttle()).await;
    assert_eq!(client.teams().list().all().await.unwrap().items.len(), 1);
    assert_eq!(
        lines(&server).await,
        ["GET /api/spaces/teams?page=1&size=500&orderBy=Id"; 2]
    );
    let (server, client) = once(throttle()).await;
    let draft = Draft::new().set("Name", "x").unwrap();
    client.teams().create(&draft).await.unwrap();
    assert_eq!(lines(&server).await, ["POST /api/spaces/teams"; 2]);
}

#[tokio::test]
async fn a_missing_role_is_told_by_401_and_403_and_asked_for_once() {
    for status in [401, 403] {
        let (server, client) = once(ResponseTemplate::new(status)).await;
        assert_eq!(client.teams().probe().await.unwrap(), Access::Refused);
        assert_eq!(lines(&server).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn html_is_a_fault_whatever_its_status_and_never_an_empty_list() {
    let html = "<!DOCTYPE html><html><body>Please log in, bob@example.com</body></html>";
    for answer in [
        ResponseTemplate::new(200).set_body_raw(html, "text/html; charset=utf-8"),
        ResponseTemplate::new(200).set_body_raw(html, "application/json"),
        ResponseTemplate::new(200).set_body_raw("Please log in", "text/html"),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let client = client(&server.uri());
        let errors = [
            client.teams().list().all().await.map(drop).unwrap_err(),
            client.teams().get(TeamId(42)).await.map(drop).unwrap_err(),
            client
                .teams()
                .delete(TeamId(42))
                .await
                .map(drop)
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(!format!("{error:?}").contains("bob@"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_no_credential_goes_where_it_leads() {
    let elsewhere = MockServer::start().await;
    let then = Mock::given(any()).respond_with(ResponseTemplate::new(200));
    then.mount(&elsewhere).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = ResponseTemplate::new(status)
            .insert_header("Location", format!("{}/login", elsewhere.uri()));
        let (server, client) = once(answer).await;
        let error = client.teams().list().all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unroutable, "{status}");
        assert_eq!(lines(&server).await.len(), 1, "{status}");
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

/// A server that reads each request, writes `answer`, and closes. Counts the requests.
fn closing(answer: &'static [u8]) -> (NexudusClient, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if stream.read(&mut [0; 8192]).unwrap_or(0) > 0 {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(answer);
            }
        }
    });
    (client(&base), requests)
}

#[tokio::test]
async fn a_connection_that_closes_is_tried_again_for_a_read_and_never_for_a_create() {
    let cut: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
        content-length: 400\r\n\r\n{\"Records\":[],\"HasNextPage\":false,\"TotalItems\":0}";
    for answer in [&b""[..], cut] {
        let (client, requests) = closing(answer);
        let draft = Draft::new().set("Name", "x").unwrap();
        let error = client.teams().create(&draft).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.was_sent(), "it may have been carried out");
        assert_eq!(requests.load(Ordering::SeqCst), 1);

        let error = client.teams().list().all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(
            requests.load(Ordering::SeqCst) > 2,
            "a read may be repeated"
        );
        assert!(!format!("{error:?}").contains(PASSWORD));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_got_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let draft = Draft::new().set("Name", "x").unwrap();
    let error = client(&base).teams().create(&draft).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(!error.was_sent());
}
