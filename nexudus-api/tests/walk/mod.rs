//! The table of entities, walked against the stand-in: list, whole record and several by id of each
//! that it serves, the writes that it serves, and the others told as not there.

use std::collections::BTreeSet;

use access_sync_sandbox::nexudus::{BookingVisitor, Visitor};
use access_sync_sandbox::{Sandbox, Service};
use chrono::TimeDelta;
use nexudus_api::*;

use super::client;

/// What the lively world has at least one of. Other lists may be empty, and are read as such.
const HAVE_ROWS: [&str; 15] = [
    "coworkers",
    "teams",
    "bookings",
    "cancelled_bookings",
    "resources",
    "resource_types",
    "contracts",
    "paused_periods",
    "floor_plan_desks",
    "coworker_time_passes",
    "time_passes",
    "visitors",
    "booking_visitors",
    "businesses",
    "tariffs",
];

/// Paths of the table in the crate's front.
fn table() -> BTreeSet<String> {
    let front = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"));
    front
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("//! | [`") && line.contains("list, get, batch"))
        .map(|line| line.split(" | `").nth(1).unwrap())
        .map(|rest| rest.split('`').next().unwrap().to_owned())
        .collect()
}

/// Reads an entity in all three ways; answers its path.
async fn read<E: Entity<Id: Ord>>(
    name: &str,
    api: &EntityApi<E>,
    served: &BTreeSet<String>,
) -> String {
    let path = format!("/{}/{}", E::GROUP, E::PATH);
    let listing = api.list().all().await;
    if !served.contains(&format!("GET {path}")) {
        let error = listing.err().unwrap_or_else(|| panic!("{name} is served"));
        assert!(
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unroutable),
            "{name}: {error}"
        );
        return path;
    }
    let listing = listing.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(listing.is_complete(), "{name}: {:?}", listing.completeness);
    let ids: Vec<E::Id> = listing.items.iter().map(Row::id).collect();
    if ids.is_empty() {
        assert!(!HAVE_ROWS.contains(&name), "{name}");
        return path;
    }
    let whole = api.get(ids[0]).await;
    let whole = whole.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(Row::id(&*whole), ids[0], "{name}");
    let some = &ids[..ids.len().min(2)];
    let batch = api.batch(some).await;
    let batch = batch.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(batch.is_complete(), "{name}");
    let found: Vec<E::Id> = batch.items.iter().map(Row::id).collect();
    assert_eq!(found, some, "{name}");
    path
}

#[tokio::test]
async fn every_entity_of_the_table_is_read_in_all_three_ways() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let service = sandbox.nexudus();
    // The lively world begins without these.
    service.cancel_booking(1_418_700_601).unwrap();
    let soon = sandbox.now() + TimeDelta::days(1);
    let visitor = Visitor::new(1_420_000_101, "Vera Guest", "vera@example.com", soon);
    let visitor = service.add_visitor(visitor);
    service.add_booking_visitor(BookingVisitor::new(1_418_700_602, visitor));

    let client = client(&sandbox);
    let served: BTreeSet<String> = Sandbox::operations(Service::Nexudus).into_iter().collect();
    let mut walked = BTreeSet::new();
    macro_rules! walk {
        ($($entity:ident)*) => {
            $(walked.insert(read(stringify!($entity), &client.$entity(), &served).await);)*
        };
    }
    walk! {
        coworkers teams bookings cancelled_bookings resources resource_types contracts
        paused_periods floor_plan_desks floor_plan_desk_variants coworker_time_passes time_passes
        time_pass_time_slots visitors booking_visitors businesses business_time_slots checkins
        coworker_extra_services extra_services tariffs invoices access_tokens access_audits webhooks
    }
    assert_eq!(walked, table(), "the table and the walk are in step");

    let calls = sandbox.nexudus().calls();
    let called: BTreeSet<String> = calls.into_iter().map(|call| call.operation).collect();
    let table = table();
    let left_out: Vec<_> = served
        .iter()
        .filter(|operation| {
            let path = operation.strip_prefix("GET ");
            path.is_some_and(|path| table.contains(path))
        })
        .filter(|list| !called.contains(*list))
        .collect();
    assert!(left_out.is_empty(), "served and not walked: {left_out:?}");
    // Those with rows were read by id and by ids too.
    for way in ["/spaces/coworkers/{id}", "/spaces/coworkers?id=[]"] {
        assert!(called.contains(&format!("GET {way}")), "{way}");
    }
}

#[tokio::test]
async fn every_write_that_is_served_changes_what_it_says() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let (client, service) = (client(&sandbox), sandbox.nexudus());
    let start = sandbox.now() + TimeDelta::days(30);
    let bookings = client.bookings();
    let draft = Bookings::draft(
        ResourceId(1_414_925_102),
        start,
        start + TimeDelta::hours(1),
    )
    .set("CoworkerId", CoworkerId(1_415_900_212))
    .unwrap();
    let id = bookings.create(&draft).await.unwrap().id.unwrap();
    let there = service.booking(id).unwrap();
    assert_eq!((there.resource_id, there.from), (1_414_925_102, start));

    let whole = bookings.get(BookingId(id)).await.unwrap();
    let later = start + TimeDelta::hours(2);
    let edit = whole.edit().set("ToTime", later).unwrap();
    bookings.update(&edit).await.unwrap();
    let there = service.booking(id).unwrap();
    assert_eq!((there.to, there.coworker_id), (later, Some(1_415_900_212)));
    let cancelled = || client.cancelled_bookings().list().all();
    let before = cancelled().await.unwrap().items.len();
    bookings.delete(BookingId(id)).await.unwrap();
    assert!(service.booking(id).is_none());
    assert_eq!(cancelled().await.unwrap().items.len(), before + 1);

    let coworkers = client.coworkers();
    let whole = coworkers.get(CoworkerId(1_415_900_212)).await.unwrap();
    let edit = whole.edit().set("BrivoUserId", 7_310_001).unwrap();
    coworkers.update(&edit).await.unwrap();
    let again = coworkers.get(CoworkerId(1_415_900_212)).await.unwrap();
    assert_eq!(again.brivo_user_id, Some(7_310_001));
}
