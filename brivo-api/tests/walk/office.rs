//! Administrators, the account's own matters, faces and plates, firmware, Brivo's clock.

use access_sync_sandbox::Sandbox;
use brivo_api::*;
use chrono::TimeDelta;

use super::builder;
use super::people::PHOTO;

pub(super) async fn walk(sandbox: &Sandbox, client: &BrivoClient) {
    administrators(sandbox, client).await;
    account(sandbox, client).await;
    special(sandbox, client).await;
    firmware(sandbox, client).await;
    // Brivo's clock is the stand-in's, whatever ours says.
    assert_eq!(client.server_time().await.unwrap(), sandbox.now());
}

fn question() -> SecurityQuestion {
    SecurityQuestion::new("The first street?", "Main".to_owned())
}

async fn administrators(sandbox: &Sandbox, client: &BrivoClient) {
    let office = client.administrators();
    assert!(office.is_username_free("night01").await.unwrap());
    let update = AdministratorUpdate::new("Nora", "Night", "nora@example.com").dealer();
    let new = NewAdministrator::new("night01", question(), update).password("pass-1".to_owned());
    let made = office.create(&new).await.unwrap();
    assert!(!office.is_username_free("night01").await.unwrap());
    let dealers = office.list().identity_type(&IdentityType::Dealer).all();
    assert_eq!(dealers.await.unwrap().items, std::slice::from_ref(&made));
    let found = office.list().username("night").all().await.unwrap();
    assert_eq!(found.items[0].id, made.id);
    assert!(office.get(made.id).await.unwrap().account_id.is_some());

    // She signs in, and as a dealer she may change the account, which ours may not.
    let hers = builder(sandbox)
        .password("night01", "pass-1".to_owned())
        .build()
        .unwrap();
    assert_eq!(hers.administrators().whoami().await.unwrap().id, made.id);
    let accounts = client.accounts();
    let id = accounts.list().all().await.unwrap().items[0].id;
    let contact = Contact::new("Ida", "Ross")
        .street_address1("1 Lake Street")
        .city("Milwaukee")
        .state("WI")
        .postal_code("53202")
        .telephone_number("414-555-0101");
    let change = AccountUpdate::new("Lakeshore Homes", contact);
    let error = accounts.update(id, &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    let changed = hers.accounts().update(id, &change).await.unwrap();
    assert_eq!(changed.name, "Lakeshore Homes");
    assert_eq!(accounts.get(id).await.unwrap().contact, changed.contact);

    // She leaves: the log-in ends, then the administrator.
    assert!(office.login(made.id).await.unwrap().active);
    let out = LoginChange::new().active(false);
    assert!(!office.change_login(made.id, &out).await.unwrap().active);
    let update = AdministratorUpdate::new("Nora", "Day", "nora@example.com").assistant();
    let updated = office.update(made.id, &update).await.unwrap();
    assert_eq!(updated.identity_type, Some(IdentityType::Assistant));
    assert_eq!(office.delete(made.id).await.unwrap(), Removal::Done);
    assert_eq!(office.delete(made.id).await.unwrap(), Removal::WasAbsent);
}

async fn account(sandbox: &Sandbox, client: &BrivoClient) {
    let accounts = client.accounts();
    let id = accounts.list().all().await.unwrap().items[0].id;
    let sums = accounts.summary().await.unwrap();
    assert_eq!(sums.door_count, sandbox.brivo().doors().len() as u64);
    assert_eq!((sums.site_count, sums.panels_offline), (3, Some(0)));
    let owners = accounts.administrators(id).all().await.unwrap();
    let owner = owners.items.iter().filter(|one| one.owner == Some(true));
    assert_eq!(owner.count(), 1);
    let features = accounts.features(id).await.unwrap();
    assert!(features.items.iter().any(|feature| feature.enabled));
    let set = accounts.set_setting(id, AccountSettingId(2), "6").await;
    assert_eq!(set.unwrap().value.as_deref(), Some("6"));
    let settings = accounts.settings(id).await.unwrap();
    let setting = settings.items.iter().find(|s| s.id == AccountSettingId(2));
    let setting = setting.unwrap();
    assert_eq!(setting.value.as_deref(), Some("6"));
    assert_eq!(setting.default_value.as_deref(), Some("4"));
}

async fn special(sandbox: &Sandbox, client: &BrivoClient) {
    let (bank, brivo) = (client.credentials(), sandbox.brivo());
    let user = UserId(brivo.user_by_external_id("staff:0007").unwrap().id);
    client.users().set_photo(user, PHOTO).await.unwrap();
    bank.create_faceprint(user, "p@example.com", Language::English)
        .await
        .unwrap();
    let end = sandbox.now() + TimeDelta::hours(1);
    let dates = Validity::unbounded().until(end);
    bank.set_faceprint_dates(user, dates).await.unwrap();
    let opens = |at| brivo.can_open(user.0, "Harbor Point Lobby", at);
    assert!(opens(sandbox.now()) && !opens(end));
    assert_eq!(bank.delete_faceprint(user).await.unwrap(), Removal::Done);

    bank.create_license_plate(user, "ABC 123", dates)
        .await
        .unwrap();
    let held = client.users().credentials(user).await.unwrap();
    let plate = |one: &&Credential| one.reference_id.as_deref() == Some("ABC 123");
    let plate = held.items.iter().find(plate).unwrap().id;
    let gone = bank.delete_license_plate(user, plate).await.unwrap();
    assert_eq!(gone, Removal::Done);
    assert!(brivo.credentials_of(user.0).is_empty());
}

async fn firmware(sandbox: &Sandbox, client: &BrivoClient) {
    let panels = client.control_panels();
    let panel = panels.list().all().await.unwrap().items[0].id;
    let now = panels.firmware(panel).await.unwrap();
    let next = now.available_versions.last().unwrap();
    assert_ne!(&now.firmware_version, next);
    sandbox.brivo().set_panel_online(panel.0, false);
    let error = panels.update_firmware(panel, next).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 412, "{error}");
    sandbox.brivo().set_panel_online(panel.0, true);
    let after = panels.update_firmware(panel, next).await.unwrap();
    assert_eq!(&after.firmware_version, next);
}
