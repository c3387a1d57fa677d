//! The client against the stand-in, over real HTTP on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod walk;

use std::sync::Arc;
use std::time::Duration;

use access_sync_http::FullJitter;
use access_sync_sandbox::entrata::PropertyAccess;
use access_sync_sandbox::{Fault, FaultKind, Limits, Sandbox, Service, World};
use chrono::NaiveDate;
use entrata_api::{
    Auth, Call, Completeness, EntrataClient, ErrorKind, Gap, Host, Lease, LeaseId, LeaseStatus,
    LeaseTimeline, Listing, Method, MoveOutState, PropertyId, Refusal, RenewalOutcome, Residents,
    TransferSide, UnitId, is_property_not_permitted, refused_property,
};

const HARBOR: PropertyId = PropertyId(100_234);
const QUARRY: PropertyId = PropertyId(100_235);
const CLOSED: PropertyId = PropertyId(100_236);

async fn start() -> Sandbox {
    Sandbox::builder()
        .world(World::lively(7))
        .limits(Limits::off())
        .start()
        .await
        .unwrap()
}

fn client(sandbox: &Sandbox) -> EntrataClient {
    let entrata = sandbox.entrata();
    EntrataClient::builder()
        .host(Host::Custom(entrata.gateway_url()))
        .auth(Auth::api_key(entrata.credentials().api_key))
        .retry(Arc::new(FullJitter::new().base(Duration::from_millis(1))))
        .build()
        .unwrap()
}

async fn leases(client: &EntrataClient, property: PropertyId) -> Listing<Lease> {
    let query = client
        .leases(property)
        .statuses(LeaseStatus::ALL)
        .include_history(true);
    query.all().await.unwrap()
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 10).unwrap()
}

#[tokio::test]
async fn both_hosts_answer_to_their_own_credentials() {
    let sandbox = start().await;
    let entrata = sandbox.entrata();
    let secrets = entrata.credentials();
    let gateway = client(&sandbox);
    assert_eq!(gateway.get_status().await.unwrap().status, "Success");
    let legacy = |password: String| {
        EntrataClient::builder()
            .host(Host::Custom(entrata.legacy_url()))
            .auth(Auth::basic(secrets.username.clone(), password))
            .build()
            .unwrap()
    };
    let good = legacy(secrets.password.clone());
    assert_eq!(good.get_status().await.unwrap().status, "Success");
    let error = legacy("wrong".into()).get_status().await.unwrap_err();
    assert_eq!(Refusal::of(&error), Refusal::BadLogin);
}

#[tokio::test]
async fn properties_and_units_are_read() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let properties = client.properties().list().all().await.unwrap();
    assert!(properties.is_complete());
    let ids: Vec<_> = properties
        .items
        .iter()
        .map(|property| property.id)
        .collect();
    assert_eq!(ids, [HARBOR, QUARRY]);
    let units = client.property_units([HARBOR, QUARRY]).all().await.unwrap();
    assert!(units.is_complete(), "{:?}", units.completeness);
    assert_eq!(units.items.len(), sandbox.entrata().units().len());
    let unit = units
        .items
        .iter()
        .find(|unit| unit.id == UnitId(700_302))
        .unwrap();
    assert_eq!(unit.property_id, Some(HARBOR));
    assert_eq!(unit.unit_spaces.len(), 2);
}

#[tokio::test]
async fn leases_are_read_page_by_page_and_whole() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let all = leases(&client, HARBOR).await;
    assert!(all.is_complete());
    let held: Vec<_> = sandbox.entrata().leases();
    let expected = held
        .iter()
        .filter(|lease| lease.property_id == HARBOR.0)
        .count();
    assert_eq!(all.items.len(), expected);
    sandbox.entrata().reset_calls();
    let query = client.leases(HARBOR).statuses(LeaseStatus::ALL).per_page(7);
    let paged = query.all().await.unwrap();
    assert!(paged.is_complete());
    assert_eq!(paged.items.len(), expected);
    assert_eq!(sandbox.entrata().call_count(), expected.div_ceil(7));
}

#[tokio::test]
async fn filters_reach_the_server() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let query = client.leases(HARBOR).statuses([LeaseStatus::Future]);
    let future = query.all().await.unwrap();
    assert!(!future.items.is_empty());
    assert!(
        future
            .items
            .iter()
            .all(|lease| lease.status == LeaseStatus::Future)
    );
    let by_id = client
        .leases(HARBOR)
        .statuses(LeaseStatus::ALL)
        .ids([LeaseId(410_001)]);
    assert_eq!(by_id.all().await.unwrap().items.len(), 1);
    let gone = client
        .leases(HARBOR)
        .statuses(LeaseStatus::ALL)
        .ids([LeaseId(9)]);
    let gone = gone.all().await.unwrap();
    assert!(gone.items.is_empty() && gone.is_complete());
}

#[tokio::test]
async fn r1_tells_the_same_leases() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let r2 = client.leases(QUARRY).all().await.unwrap();
    let r1 = client.leases(QUARRY).r1().all().await.unwrap();
    assert!(!r1.items.is_empty());
    let facts = |list: &Listing<Lease>| -> Vec<_> {
        let rows = list.items.iter().map(|lease| {
            let people: Vec<_> = lease.customers.items.iter().map(|p| p.id).collect();
            let spaces: Vec<_> = lease.unit_spaces.iter().map(|s| s.id).collect();
            let dates = (lease.move_in_date.clone(), lease.move_out_date.clone());
            (
                lease.id,
                lease.status.clone(),
                lease.unit_id,
                spaces,
                people,
                dates,
            )
        });
        rows.collect()
    };
    assert_eq!(facts(&r1), facts(&r2));
}

#[tokio::test]
async fn closed_properties_are_refused_by_name() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let error = client.leases(CLOSED).all().await.unwrap_err();
    assert!(is_property_not_permitted(&error));
    assert_eq!(Refusal::of(&error), Refusal::PropertyNotPermitted);
    assert_eq!(refused_property(&error), Some(CLOSED));
    sandbox
        .entrata()
        .set_property_access(QUARRY.0, PropertyAccess::AppNotEnabled);
    let error = client.leases(QUARRY).all().await.unwrap_err();
    assert_eq!(Refusal::of(&error), Refusal::ApplicationNotPermitted);
}

#[tokio::test]
async fn a_guessed_method_is_unknown_there() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let call = Call::new(Method::new("leases", "getMoveout", "r1")).property(HARBOR);
    let error = client.send(&call).await.unwrap_err();
    assert_eq!(Refusal::of(&error), Refusal::UnknownMethod);
}

#[tokio::test]
async fn the_credentials_say_what_they_may_do() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let services = client.accessible_services().all().await.unwrap();
    assert!(services.items.iter().any(|row| row.service == "getLeases"));
    let orgs = client.accessible_clients().all().await.unwrap();
    assert_eq!(orgs.items[0].subdomain, "lakeshore");
    let list = client.lease_pick_list().await.unwrap();
    for item in list.lease_status_types {
        assert_eq!(LeaseStatus::from(item.id).as_str(), item.name);
    }
}

#[tokio::test]
async fn faults_of_one_moment_pass_and_lasting_ones_are_errors() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let on_leases = |kind| Fault::new(Service::Entrata, kind).operation("getLeases");
    for kind in [
        FaultKind::Blank,
        FaultKind::Html,
        FaultKind::Truncated,
        FaultKind::Status(503),
        FaultKind::InBandError { code: 310 },
        FaultKind::ClosedBefore,
        FaultKind::ClosedAfter,
    ] {
        let name = format!("{kind:?}");
        sandbox.inject(on_leases(kind).times(1));
        let list = client.leases(QUARRY).all().await.unwrap();
        assert!(list.is_complete() && !list.items.is_empty(), "{name}");
        sandbox.clear_faults();
    }
    sandbox.inject(on_leases(FaultKind::Blank).times(9));
    let error = client.leases(QUARRY).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_short_page_makes_the_list_incomplete() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let fault = Fault::new(Service::Entrata, FaultKind::ShortPage { missing: 1 });
    sandbox.inject(fault.operation("getLeases"));
    let list = client.leases(QUARRY).all().await.unwrap();
    assert!(!list.is_complete());
    let total = list.items.len() as u64 + 1;
    let gap = Gap::ShortOfTotal {
        total,
        seen: total - 1,
    };
    assert_eq!(list.completeness, Completeness::Incomplete(vec![gap]));
}

#[tokio::test]
async fn stories_of_the_house_read_as_they_are() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let all = leases(&client, HARBOR).await;
    let timelines = LeaseTimeline::all(&all.items, &Residents::default(), today());
    let of_unit = |number: i64| -> Vec<&LeaseTimeline> {
        timelines
            .iter()
            .filter(|timeline| timeline.unit_id == Some(UnitId(700_000 + number)))
            .collect()
    };
    let one = |number: i64| of_unit(number)[0];
    let end = |number: i64| one(number).people[0].move_out.clone();

    assert_eq!((one(101).people.len(), one(101).left_out.len()), (2, 2));
    assert!(matches!(end(103), MoveOutState::Planned(_)));
    assert_eq!(end(104), MoveOutState::NoticeWithoutDate);
    assert!(matches!(end(105), MoveOutState::Ended(_)));
    assert_eq!(end(106), MoveOutState::EndedWithoutDate);
    assert!(one(107).month_to_month && !one(107).holdover);
    assert_eq!((end(107), &one(107).term_end), (MoveOutState::Open, &None));
    assert!(matches!(one(108).renewal, RenewalOutcome::Renewed { .. }));
    assert_eq!(end(108), MoveOutState::Open);
    let sides: Vec<_> = of_unit(202)
        .into_iter()
        .chain(of_unit(203))
        .filter_map(|timeline| Some(timeline.transfer.as_ref()?.side))
        .collect();
    assert_eq!(sides, [TransferSide::Old, TransferSide::New]);
    assert!(one(206).eviction);
    assert!(one(207).people.is_empty() && one(208).people.is_empty());
    assert!(one(305).holdover);
    assert_eq!(end(305), MoveOutState::Open);
    assert!(matches!(end(307), MoveOutState::Planned(_)));
}

#[tokio::test]
async fn move_outs_and_renewals_by_their_recipes() {
    let sandbox = start().await;
    let client = client(&sandbox);
    let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    let query = client.get_moveout(HARBOR).from(day(3, 1)).to(day(3, 31));
    let ends = query.all().await.unwrap();
    assert!(ends.is_complete());
    let unit = |number| {
        ends.items
            .iter()
            .find(|end| end.unit_id == Some(UnitId(number)))
    };
    assert!(matches!(
        unit(700_103).unwrap().move_out,
        MoveOutState::Planned(_)
    ));
    assert!(unit(700_202).unwrap().is_transfer);
    assert!(unit(700_101).is_none());

    let held = leases(&client, HARBOR).await;
    let renewed = held
        .items
        .iter()
        .find(|lease| lease.unit_id == Some(UnitId(700_108)))
        .unwrap();
    let query = client.get_renewal(HARBOR, [renewed.id]).on(today());
    let renewals = query.all().await.unwrap();
    assert!(matches!(
        renewals.items[0].renewal,
        RenewalOutcome::Renewed { .. }
    ));
}
