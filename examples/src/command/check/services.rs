//! What each service is asked.

use access_sync_http::Error;
use brivo_api::{BrivoClient, Culprit};
use entrata_api::{EntrataClient, LeaseStatus, PropertyId, Refusal};
use nexudus_api::{Access, NexudusClient};

use super::List;
use super::looked::{limits, mapping};
use crate::advice;
use crate::command::Failure;
use crate::connect::{House, failed};
use crate::render::count;
use crate::render::progress::Bars;

pub(super) async fn check(house: &House, bars: &Bars, list: &mut List) -> Result<(), Failure> {
    let before = list.faults();
    brivo(&house.clients.brivo, list).await;
    doors(house, list).await;
    if let Some(client) = &house.clients.entrata {
        entrata(house, client, list).await;
    }
    if let Some(client) = &house.clients.nexudus {
        nexudus(house, client, list).await;
    }
    if list.faults() > before {
        list.warn(
            "mapping",
            "not looked at: the services come first",
            "cure the faults above, then check again",
        );
        return Ok(());
    }
    let made = house.clients.brivo.usage().total;
    let engine = house.engine()?;
    match engine.prepare(house.now, bars).await {
        Ok(prepared) => {
            mapping(&prepared, list);
            limits(house, house.clients.brivo.usage().total - made, list);
        }
        Err(error) => list.fault(
            "mapping",
            "a run could not be prepared",
            failed(&error).to_string(),
        ),
    }
    Ok(())
}

async fn brivo(client: &BrivoClient, list: &mut List) {
    let area = "Brivo";
    match client.administrators().whoami().await {
        Ok(_) => list.fine(area, "logged in: key, application and administrator fit"),
        Err(error) => {
            let cure = match Culprit::of(&error) {
                Some(Culprit::ApiKey) => {
                    "the API key is wrong, not approved yet, or of the other region: see BRIVO_API_KEY and region"
                }
                Some(Culprit::Client) => {
                    "client id or secret is wrong: see BRIVO_CLIENT_ID, BRIVO_CLIENT_SECRET"
                }
                Some(Culprit::Login) => {
                    "the administrator's id (not the e-mail address) or password is wrong: see BRIVO_ADMINISTRATOR_ID, BRIVO_PASSWORD; the application must belong to the same account"
                }
                Some(Culprit::Token) => {
                    "the token was refused: application and key must belong to the same account"
                }
                Some(Culprit::Permission) => {
                    "the administrator lacks a permission: give it the users and groups in Brivo"
                }
                Some(Culprit::Address) => {
                    "there is nothing at that address: see region, auth_url and api_url"
                }
                Some(_) | None => "",
            };
            let cure = if cure.is_empty() {
                advice::cure(&error)
            } else {
                cure.to_owned()
            };
            list.fault(area, format!("cannot log in: {error}"), cure);
            return;
        }
    }
    match client.groups().list().page(0).await {
        Ok(page) => list.fine(area, format!("groups can be read{}", of(page.total))),
        Err(error) => list.fault(
            area,
            format!("groups cannot be read: {error}"),
            "give the administrator the right to view and edit groups",
        ),
    }
    match client.users().list().page(0).await {
        Ok(page) => list.fine(area, format!("users can be read{}", of(page.total))),
        Err(error) => list.fault(
            area,
            format!("users cannot be read: {error}"),
            "give the administrator the right to view and edit users",
        ),
    }
}

/// The doors that are marked for presence, and who is to be told of them.
async fn doors(house: &House, list: &mut List) {
    let area = "presence";
    let marked = &house.config.mapping.presence.doors;
    if marked.is_empty() {
        return;
    }
    if house.clients.nexudus.is_none() {
        list.fault(
            area,
            "doors are marked, and there is no [nexudus] to tell",
            "add [nexudus], or take [presence] out",
        );
    }
    let known = match house.clients.brivo.access_points().list().all().await {
        Ok(known) => known,
        Err(error) => {
            list.fault(
                area,
                format!("doors cannot be read: {error}"),
                "give the administrator the right to view doors and their events",
            );
            return;
        }
    };
    for door in marked {
        let found = known.items.iter().find(|it| it.id.to_string() == door.id);
        match found {
            Some(found) => list.fine(area, format!("door {} is {}", door.id, found.name)),
            None => list.fault(
                area,
                format!("door {}: there is none", door.id),
                "correct its id under [[presence.door]]",
            ),
        }
    }
}

fn of(total: Option<u64>) -> String {
    total.map_or(String::new(), |total| format!(" ({total})"))
}

async fn entrata(house: &House, client: &EntrataClient, list: &mut List) {
    let area = "Entrata";
    match client.get_status().await {
        Ok(_) => list.fine(area, "logged in"),
        Err(error) => {
            list.fault(
                area,
                format!("cannot log in: {error}"),
                entrata_cure(&error, None),
            );
            return;
        }
    }
    let visible: Option<Vec<PropertyId>> = match client.properties().list().all().await {
        Ok(rows) => {
            list.fine(
                area,
                format!(
                    "getProperties: {}",
                    count(rows.items.len(), "property", "properties")
                ),
            );
            Some(
                rows.items
                    .into_iter()
                    .filter(|it| !it.is_disabled)
                    .map(|it| it.id)
                    .collect(),
            )
        }
        Err(error) => {
            list.fault(
                area,
                format!("getProperties: {error}"),
                entrata_cure(&error, Some("getProperties")),
            );
            None
        }
    };
    for property in &house.config.mapping.properties {
        let name = format!("property {}", property.id);
        let Ok(id) = property.id.parse::<PropertyId>() else {
            list.fault(
                area,
                format!("{name}: that is no id"),
                "Entrata's property ids are numbers; correct it in the mapping",
            );
            continue;
        };
        if visible
            .as_ref()
            .is_some_and(|visible| !visible.contains(&id))
        {
            let known: Vec<_> = visible.iter().flatten().map(ToString::to_string).collect();
            list.fault(
                area,
                format!("{name}: not among those that the key may see"),
                format!(
                    "the customer's administrator grants it (Apps → API Access); seen are {}",
                    known.join(", ")
                ),
            );
            continue;
        }
        let units = client.property_units([id]).all().await.err();
        let leases = match client
            .leases(id)
            .statuses([LeaseStatus::Current])
            .per_page(1)
            .pager()
        {
            Ok(mut pager) => pager.next_page().await.err(),
            Err(error) => Some(error),
        };
        match (units, leases) {
            (None, None) => list.fine(area, format!("{name}: units and leases can be read")),
            (units, leases) => {
                for (method, error) in [("getPropertyUnits", units), ("getLeases", leases)] {
                    if let Some(error) = error {
                        list.fault(
                            area,
                            format!("{name}, {method}: {error}"),
                            entrata_cure(&error, Some(method)),
                        );
                    }
                }
            }
        }
    }
}

fn entrata_cure(error: &Error, method: Option<&str>) -> String {
    match Refusal::of(error) {
        Refusal::BadLogin => "the API key is wrong: see ENTRATA_API_KEY".into(),
        Refusal::PropertyNotPermitted | Refusal::ApplicationNotPermitted => {
            "the customer's administrator grants the property to the application (Apps → API Access)".into()
        }
        Refusal::NotPermitted => match method {
            Some(method) => format!("the customer's administrator grants the method {method} (Apps → API Access)"),
            None => "the organisation's name is wrong, or the application is switched off: see [entrata]".into(),
        },
        Refusal::UnknownMethod => "there is nothing at that address: see organisation or url in [entrata]".into(),
        _ => advice::cure(error),
    }
}

async fn nexudus(house: &House, client: &NexudusClient, list: &mut List) {
    let area = "Nexudus";
    let mut asked = vec![
        ("Coworker-List", client.coworkers().probe().await),
        ("Team-List", client.teams().probe().await),
        ("Resource-List", client.resources().probe().await),
        ("Booking-List", client.bookings().probe().await),
        ("CoworkerContract-List", client.contracts().probe().await),
        (
            "ContractPausedPeriod-List",
            client.paused_periods().probe().await,
        ),
        (
            "FloorPlanDesk-List",
            client.floor_plan_desks().probe().await,
        ),
    ];
    if !house.config.mapping.presence.doors.is_empty() {
        asked.push(("Checkin-List", client.checkins().probe().await));
        let passes = client.coworker_time_passes().probe().await;
        asked.push(("CoworkerTimePass-List", passes));
    }
    let refused: Vec<_> = asked
        .iter()
        .filter(|(_, it)| matches!(it, Ok(Access::Refused)))
        .map(|(role, _)| *role)
        .collect();
    if refused.len() == asked.len() {
        list.fault(
            area,
            "cannot log in, or the administrator may read nothing",
            "e-mail or password is wrong (see NEXUDUS_EMAIL, NEXUDUS_PASSWORD), or the administrator has no API access: Settings → Users and security",
        );
        return;
    }
    if refused.is_empty() && asked.iter().all(|(_, it)| it.is_ok()) {
        list.fine(area, "logged in; all lists that a run reads are allowed");
    }
    for (role, answer) in &asked {
        match answer {
            Ok(Access::Granted) => {}
            Ok(Access::Refused) => list.fault(
                area,
                format!("the role {role} is missing"),
                "give it to the administrator: Settings → Users and security → roles",
            ),
            Err(error) => list.fault(area, format!("{role}: {error}"), advice::cure(error)),
        }
    }
    if let Ok(listing) = client.businesses().list().all().await {
        let items = listing.items;
        for location in &house.config.mapping.locations {
            let known = items.iter().any(|row| row.id.to_string() == location.id);
            match known {
                true => list.fine(area, format!("location {} is there", location.id)),
                false => {
                    let ids: Vec<_> = items.iter().map(|row| row.id.to_string()).collect();
                    list.fault(
                        area,
                        format!("location {} is not there", location.id),
                        format!(
                            "correct its id in the mapping; there are {}",
                            ids.join(", ")
                        ),
                    );
                }
            }
        }
    }
}
