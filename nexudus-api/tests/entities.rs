//! Every entity: its path, and the samples that there are of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use access_sync_http::test_util::{MockTransport, VirtualTimer};
use chrono::NaiveTime;
use common::{at, client, line, page, sample, timer};
use nexudus_api::*;
use serde_json::{Value as Json, json};

/// Lists one page, reads one record by id, and tells the two addresses.
fn addresses<E: Entity>(id: E::Id, whole: Json) -> [String; 2]
where
    E::Id: Ord,
{
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(std::slice::from_ref(&whole), false, 1))
        .reply(200, whole.to_string());
    let api = client(&transport, &clock).entity::<E>();
    clock.block_on(async {
        let list = api.list().page_size(1).all().await.unwrap();
        assert!(list.is_complete(), "{:?}", list.rejected);
        assert_eq!(list.items[0].id(), id);
        assert_eq!(api.get(id).await.unwrap().id(), id);
    });
    let asked = transport.requests();
    [line(&asked[0]), line(&asked[1])]
}

macro_rules! entities {
    ($($entity:ident $id:ident $path:literal $fields:tt;)*) => {
        #[test]
        fn every_entity_is_listed_and_read_by_id_at_its_path() {
            $({
                let mut whole = json!($fields);
                whole["Id"] = json!(42);
                assert_eq!(
                    addresses::<$entity>($id(42), whole),
                    [
                        concat!("GET /api/", $path, "?page=1&size=1&orderBy=Id"),
                        concat!("GET /api/", $path, "/42"),
                    ]
                );
            })*
        }

        #[test]
        fn a_row_without_an_id_or_of_another_shape_is_rejected_for_every_entity() {
            $({
                let (clock, transport) = (timer(), MockTransport::new().reply(
                    200,
                    page(&[json!({}), json!("canary"), json!(null), json!([1])], false, 4),
                ));
                let list = clock
                    .block_on(client(&transport, &clock).entity::<$entity>().list().all())
                    .unwrap();
                assert_eq!((list.items.len(), list.rejected.len()), (0, 4), $path);
                assert!(!format!("{list:?}").contains("canary"));
            })*
        }
    };
}

entities! {
    Coworkers CoworkerId "spaces/coworkers" {};
    Teams TeamId "spaces/teams" {};
    Bookings BookingId "spaces/bookings" {
        "ResourceId": 1, "FromTime": "2026-03-09T16:00:00Z", "ToTime": "2026-03-09T17:00:00Z"
    };
    CancelledBookings CancelledBookingId "spaces/cancelledbookings" {};
    Resources ResourceId "spaces/resources" {};
    ResourceTypes ResourceTypeId "spaces/resourcetypes" {};
    CoworkerContracts CoworkerContractId "billing/coworkercontracts" { "CoworkerId": 1 };
    ContractPausedPeriods ContractPausedPeriodId "billing/contractpausedperiods" {
        "CoworkerContractId": 1, "PauseFrom": "2026-03-01T08:00:00Z"
    };
    FloorPlanDesks FloorPlanDeskId "sys/floorplandesks" {};
    FloorPlanDeskVariants FloorPlanDeskVariantId "sys/floorplandeskvariants" {};
    CoworkerTimePasses CoworkerTimePassId "billing/coworkertimepasses" { "CoworkerId": 1 };
    TimePasses TimePassId "billing/timepasses" {};
    TimePassTimeSlots TimePassTimeSlotId "billing/timepasstimeslots" {
        "TimePassId": 1, "DayOfWeek": 1,
        "FromTime": "1976-01-01T08:00:00Z", "ToTime": "1976-01-01T18:00:00Z"
    };
    Visitors VisitorId "spaces/visitors" {};
    BookingVisitors BookingVisitorId "spaces/bookingvisitors" { "BookingId": 1, "VisitorId": 2 };
    Businesses BusinessId "sys/businesses" {};
    BusinessTimeSlots BusinessTimeSlotId "sys/businesstimeslots" {
        "BusinessId": 1, "DayOfWeek": 0,
        "FromTime": "1976-01-01T08:00:00Z", "ToTime": "1976-01-01T18:00:00Z"
    };
    Checkins CheckinId "spaces/checkins" { "FromTime": "2026-03-09T16:00:00Z" };
    CoworkerExtraServices CoworkerExtraServiceId "billing/coworkerextraservices" {};
    ExtraServices ExtraServiceId "billing/extraservices" {};
    Tariffs TariffId "billing/tariffs" {};
    CoworkerInvoices CoworkerInvoiceId "billing/coworkerinvoices" {};
    AccessTokens AccessTokenId "spaces/accesstokens" {};
    CoworkerAccessControlAudits CoworkerAccessControlAuditId "sys/coworkeraccesscontrolaudits" {};
    WebHooks WebHookId "sys/webhooks" {};
}

fn get<E: Entity>(id: E::Id, name: &str) -> Record<E> {
    let (clock, transport) = (timer(), MockTransport::new().reply(200, sample(name)));
    let api = client(&transport, &clock).entity::<E>();
    clock.block_on(api.get(id)).unwrap()
}

fn list<E: Entity>(name: &str) -> Vec<E::Partial>
where
    E::Id: Ord,
{
    let (clock, transport): (VirtualTimer, _) =
        (timer(), MockTransport::new().reply(200, sample(name)));
    let api = client(&transport, &clock).entity::<E>();
    let list = clock.block_on(api.list().all()).unwrap();
    assert!(
        list.is_complete(),
        "{:?} {:?}",
        list.rejected,
        list.completeness
    );
    list.items
}

#[test]
fn resources_desks_and_passes_name_their_access_groups() {
    let room = get::<Resources>(ResourceId(1414925101), "12_resource_by_id.json");
    assert_eq!(room.access_groups(), ["3310021"]);
    assert_eq!(
        room.system_resource_type,
        Some(SystemResourceType::MeetingRoom)
    );
    assert_eq!(room.interval_limit, Some(15));
    let office = get::<FloorPlanDesks>(FloorPlanDeskId(1416300301), "16_floorplandesk_by_id.json");
    assert_eq!(office.access_control_group_id.as_deref(), Some("3310044"));
    assert_eq!(office.item_type, Some(FloorPlanItemType::Office));
    assert_eq!(
        office.coworker_contract_ids,
        [CoworkerContractId(1416500512)]
    );
    let pass = get::<TimePasses>(TimePassId(1416900601), "19_timepass_by_id.json");
    assert_eq!(
        (pass.access_groups(), pass.minutes_included),
        (vec!["3310001"], None)
    );
    let row: ResourceRow = serde_json::from_value(json!({
        "Id": 1, "AccessControlGroupId": "7", "AccessControlGroupIds": "7, 8,,9"
    }))
    .unwrap();
    assert_eq!(row.access_groups(), ["7", "8", "9"]);
}

#[test]
fn the_other_samples_read_as_what_they_are() {
    let passes = list::<CoworkerTimePasses>("18_coworkertimepasses_list.json");
    assert_eq!(passes.len(), 3);
    assert_eq!(passes[0].expire_date, Some(at("2026-04-01T07:00:00Z")));
    let visitor = get::<Visitors>(VisitorId(1419800801), "20_visitor_by_id.json");
    assert_eq!(visitor.visitor_source, Some(VisitorSource::Customer));
    assert_eq!(
        visitor.host_approval_status,
        Some(HostApprovalStatus::NotRequired)
    );
    let guests = list::<BookingVisitors>("21_bookingvisitors_list.json");
    assert_eq!(guests[0].visitor_id, VisitorId(1419800801));
    let place = get::<Businesses>(BusinessId(1420000101), "22_business_by_id.json");
    assert_eq!(
        (place.monday_open_time, place.saturday_closed),
        (Some(480), Some(true))
    );
    let slots = list::<BusinessTimeSlots>("23_businesstimeslots_list.json");
    assert_eq!(slots.len(), 5);
    assert_eq!(Some(slots[0].to_time), NaiveTime::from_hms_opt(18, 0, 0));
    let charge = get::<CoworkerExtraServices>(
        CoworkerExtraServiceId(1419100761),
        "25_coworkerextraservice_by_id.json",
    );
    assert_eq!(charge.charge_period, Some(ChargePeriod::Minutes));
    let plan = get::<Tariffs>(TariffId(1416800501), "26_tariff_by_id.json");
    assert_eq!(
        plan.system_tariff_type,
        Some(SystemTariffType::FullTimeHotDesk)
    );
    assert_eq!(plan.cancel_member_account_after, None);
    let wifi = get::<AccessTokens>(AccessTokenId(1419200771), "27_accesstoken_by_id.json");
    assert_eq!(wifi.access_code.as_ref().unwrap().expose(), "WIFI-7K2P9");
    let audits = list::<CoworkerAccessControlAudits>("28_coworkeraccesscontrolaudits_list.json");
    assert_eq!(audits[0].is_problem, Some(true));
    let hooks = list::<WebHooks>("29_webhooks_list.json");
    assert_eq!(hooks[0].action, Some(WebHookAction::AccessControlUpdate));
    assert_eq!(
        (hooks[1].active, hooks[1].error_count),
        (Some(false), Some(25))
    );
    assert_eq!(
        hooks[1].url.as_deref(),
        Some("https://bridge.example.net/nexudus/hooks/bridge-booking-delete")
    );
}

#[test]
fn a_misspelt_key_is_read_and_an_unknown_one_ignored() {
    let row: TariffRow = serde_json::from_value(json!({
        "Id": 1, "CancelMemeberAccountAfter": 14, "EstimagedCost": "?", "SystemTariffType": 77
    }))
    .unwrap();
    assert_eq!(row.cancel_member_account_after, Some(14));
    // Lossless: what this version does not know goes out as it came.
    assert_eq!(
        row.system_tariff_type,
        Some(SystemTariffType::Other("77".into()))
    );
    assert_eq!(
        serde_json::to_value(&row).unwrap()["SystemTariffType"],
        json!(77)
    );
}

#[test]
fn enums_are_read_by_number_and_by_word() {
    for value in [json!(2), json!("2"), json!("Company"), json!("company")] {
        let row: CoworkerRow =
            serde_json::from_value(json!({ "Id": 1, "CoworkerType": value })).unwrap();
        assert_eq!(row.coworker_type, Some(CoworkerType::Company));
    }
    assert_eq!(
        WebHookAction::from("accesscontrolupdate").number(),
        Some(61)
    );
    assert_eq!(
        WebHookAction::from("61"),
        WebHookAction::AccessControlUpdate
    );
    assert_eq!(WebHookAction::from(145).name(), "145");
}

#[test]
fn every_webhook_action_from_1_to_90_has_a_word_of_its_own_that_leads_back_to_it() {
    let mut words = std::collections::BTreeSet::new();
    for number in 1..=90 {
        let action = WebHookAction::from(number);
        assert_eq!(action.number(), Some(number));
        assert!(!matches!(action, WebHookAction::Other(_)), "{number}");
        assert_eq!(WebHookAction::from(action.name()), action);
        assert!(words.insert(action.name().to_owned()), "{action}");
    }
    assert_eq!(WebHookAction::from(91), WebHookAction::Other("91".into()));
}

#[test]
fn the_enums_endpoint_confirms_the_numbers() {
    let (clock, transport) = (
        timer(),
        MockTransport::new().reply(200, sample("44_enums_ewebhookaction_excerpt.json")),
    );
    let list = clock
        .block_on(client(&transport, &clock).enum_values("eWebhookAction"))
        .unwrap();
    assert!(list.items.len() >= 4);
    for value in &list.items {
        assert_eq!(WebHookAction::from(value.id).name(), value.name);
    }
    assert_eq!(
        line(&transport.requests()[0]),
        "GET /api/utils/enums?name=eWebhookAction"
    );
}

#[test]
fn a_probe_tells_a_missing_role_from_other_trouble() {
    let clock = timer();
    let transport = MockTransport::new()
        .reply(200, page(&[json!({ "Id": 1 })], true, 9))
        .reply(401, "")
        .reply(404, "");
    let client = client(&transport, &clock);
    clock.block_on(async {
        assert_eq!(client.teams().probe().await.unwrap(), Access::Granted);
        assert_eq!(client.teams().probe().await.unwrap(), Access::Refused);
        let error = client.teams().probe().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
    assert_eq!(
        line(&transport.requests()[0]),
        "GET /api/spaces/teams?page=1&size=1&orderBy=Id"
    );
}
