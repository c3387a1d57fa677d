//! Users, groups, custom fields, photos, credentials, passes, guests.

use access_sync_sandbox::Sandbox;
use brivo_api::*;
use chrono::TimeDelta;

pub(super) const PHOTO: &[u8] = b"\x89PNG\r\n\x1a\nlittle";

pub(super) async fn walk(sandbox: &Sandbox, client: &BrivoClient) {
    let user = users(sandbox, client).await;
    custom_fields(client, user).await;
    photos(client, user).await;
    groups(sandbox, client, user).await;
    cards(sandbox, client, user).await;
    passes(sandbox, client, user).await;
    guests(sandbox, client).await;
    leaving(sandbox, client, user).await;
}

async fn users(sandbox: &Sandbox, client: &BrivoClient) -> UserId {
    let users = client.users();
    let new = NewUser::new("Marisol", "Okafor")
        .external_id("walk:1/ü")
        .pin(&Pin::new("73951").unwrap())
        .email(Email::new("marisol@example.com", "Home"));
    let made = users.create(&new).await.unwrap();
    let there = sandbox.brivo().user(made.id.0).unwrap();
    assert_eq!(there.external_id.as_deref(), Some("walk:1/ü"));
    assert_eq!(users.get(made.id).await.unwrap(), made);
    assert_eq!(users.get_by_external_id("walk:1/ü").await.unwrap(), made);
    let other = users.find_by_external_id("walk:2").await.unwrap();
    assert_eq!(other, None);

    let patch = UserPatch::new().middle_name("Ada");
    let patched = users.patch(made.id, &patch).await.unwrap();
    assert_eq!(patched.middle_name.as_deref(), Some("Ada"));
    assert_eq!(
        patched.external_id, made.external_id,
        "patch keeps the rest"
    );
    let kept = users
        .replace(made.id, &NewUser::from(&patched))
        .await
        .unwrap();
    assert_eq!(kept.external_id, made.external_id);
    assert_eq!(kept.pin.is_some(), made.pin.is_some(), "nothing is erased");

    let all = users.list().page_size(3).all().await.unwrap();
    assert!(all.is_complete());
    assert_eq!(all.items.len(), sandbox.brivo().snapshot().users.len());
    let found = users.list().last_name("kafo").all().await.unwrap();
    assert_eq!(found.items.len(), 1, "eq is contains");
    let others = users.list().except(&[made.id]).all().await.unwrap();
    assert_eq!(others.items.len(), all.items.len() - 1);
    let suspended = users.list().status(UserStatus::Suspended).all().await;
    assert!(suspended.unwrap().items.iter().all(|user| user.suspended));
    made.id
}

async fn custom_fields(client: &BrivoClient, user: UserId) {
    let (fields, users) = (client.custom_fields(), client.users());
    let made = fields
        .create("Moved in", &FieldType::Date, Some("MM/dd/yyyy"))
        .await
        .unwrap();
    let renamed = fields
        .replace(made.id, "Move in", &FieldType::Date, Some("MM/dd/yyyy"))
        .await
        .unwrap();
    assert_eq!(fields.get(made.id).await.unwrap(), renamed);
    let all = fields.list().all().await.unwrap();
    assert!(all.is_complete() && all.items.contains(&renamed));

    let set = users
        .set_custom_field(user, made.id, "03/10/2026")
        .await
        .unwrap();
    assert_eq!(set.value.as_deref(), Some("03/10/2026"));
    let values = users.custom_fields(user).await.unwrap();
    assert!(values.items.contains(&set));
    let cleared = users.clear_custom_field(user, made.id).await.unwrap();
    assert_eq!(cleared, Removal::Done);
    let values = users.custom_fields(user).await.unwrap();
    assert!(!values.items.iter().any(|value| value.id == made.id));
    assert_eq!(fields.delete(made.id).await.unwrap(), Removal::Done);
    assert!(fields.get(made.id).await.unwrap_err().is_not_found());
}

async fn photos(client: &BrivoClient, user: UserId) {
    let users = client.users();
    assert_eq!(users.photo(user).await.unwrap(), None);
    users.set_photo(user, PHOTO).await.unwrap();
    let photo = users.photo(user).await.unwrap().unwrap();
    assert_eq!(photo.as_ref(), PHOTO);
    assert_eq!(users.delete_photo(user).await.unwrap(), Removal::Done);
    assert_eq!(users.photo(user).await.unwrap(), None);
}

async fn groups(sandbox: &Sandbox, client: &BrivoClient, user: UserId) {
    let (groups, users, brivo) = (client.groups(), client.users(), sandbox.brivo());
    let opens = || brivo.can_open(user.0, "Cedar Room", sandbox.now());
    let made = groups.create("Walkers").await.unwrap();
    assert_eq!(brivo.group_id("Walkers"), Some(made.id.0));
    let settings = GroupSettings::new()
        .keypad_unlock(true)
        .antipassback_reset_minutes(Some(75));
    groups.update(made.id, "Walkers", &settings).await.unwrap();
    assert_eq!(groups.get(made.id).await.unwrap().keypad_unlock, Some(true));
    let found = groups.list().name("alker").all().await.unwrap();
    assert_eq!(found.items.len(), 1);

    groups.add_member(made.id, user).await.unwrap();
    let members = groups.members(made.id).all().await.unwrap();
    assert_eq!(members.items[0].external_id.as_deref(), Some("walk:1/ü"));
    let names = users.groups(user).await.unwrap();
    assert_eq!(names.items[0].name, "Walkers");

    assert!(!opens());
    let doors = client.access_points().list().name("Cedar").all().await;
    let door = doors.unwrap().items.remove(0).id;
    let schedules = client.schedules().list().all().await.unwrap();
    let always = schedules.items.iter().find(|s| s.editable == Some(false));
    let always = always.unwrap().id;
    let given = groups
        .grant_access_point(made.id, door, always, Some(true))
        .await
        .unwrap();
    assert_eq!((given.access_point.id, given.schedule.id), (door, always));
    assert!(opens());
    let doors = groups.access_points(made.id).all().await.unwrap();
    assert_eq!(doors.items.len(), 1);
    let taken = groups.revoke_access_point(made.id, door).await.unwrap();
    assert_eq!(taken, Removal::Done);
    assert!(!opens());

    let gone = groups.remove_member(made.id, user).await.unwrap();
    assert_eq!(gone, Removal::Done);
    assert!(brivo.members(made.id.0).is_empty());
    let now = users.ensure_member(user, &[made.id]).await.unwrap();
    assert_eq!(now, [made.id]);
    assert_eq!(users.ensure_member(user, &[made.id]).await.unwrap(), []);
    users.change_groups(user, &[], &[made.id]).await.unwrap();
    assert!(brivo.members(made.id.0).is_empty());
    assert_eq!(groups.delete(made.id).await.unwrap(), Removal::Done);
    assert_eq!(brivo.group_id("Walkers"), None);
}

async fn cards(sandbox: &Sandbox, client: &BrivoClient, user: UserId) {
    let (bank, users) = (client.credentials(), client.users());
    let formats = bank.formats().await.unwrap();
    assert!(formats.items.iter().any(|f| f.id == formats::CARD_26));
    let new = NewCredential::card_26(Card26::new(118, 40_713));
    let card = bank.create(&new).await.unwrap();
    assert_eq!(card.field("card_number"), Some("40713"));
    let bits = card.encoded_credential.as_ref().unwrap().expose_secret();
    assert_eq!(bits, Card26::new(118, 40_713).encoded());
    // Twice is a duplicate, and ensured is found.
    let error = bank.create(&new).await.unwrap_err();
    assert_eq!(error.code(), Some(codes::DUPLICATE_CREDENTIAL));
    let found = bank.ensure(&new).await.unwrap();
    assert!(!found.is_new());
    assert_eq!(found.into_inner().id, card.id);
    let listed = bank.list().reference_id("40713").assigned(false).all();
    assert_eq!(listed.await.unwrap().items.len(), 1);
    assert_eq!(bank.get(card.id).await.unwrap().id, card.id);
    assert_eq!(bank.holder(card.id).await.unwrap(), None);

    let (from, to) = (sandbox.now(), sandbox.now() + TimeDelta::days(3));
    let dates = Validity::unbounded().from(from).until(to);
    users.assign_credential(user, card.id, dates).await.unwrap();
    let there = sandbox.brivo().credentials_of(user.0);
    assert_eq!(there[0].id, card.id.0);
    let held = users.credentials(user).await.unwrap();
    let one = held.items.iter().find(|one| one.id == card.id).unwrap();
    assert_eq!(
        (one.effective_from, one.effective_to),
        (Some(from), Some(to))
    );
    assert!(
        held.items
            .iter()
            .any(|one| one.credential_format.id == formats::PIN)
    );
    assert_eq!(bank.holder(card.id).await.unwrap().unwrap().id, user);

    let taken = users.unassign_credential(user, card.id).await.unwrap();
    assert_eq!(taken, Removal::Done);
    assert_eq!(bank.holder(card.id).await.unwrap(), None);
    assert_eq!(bank.delete(card.id).await.unwrap(), Removal::Done);
    assert_eq!(bank.delete(card.id).await.unwrap(), Removal::WasAbsent);
}

async fn passes(sandbox: &Sandbox, client: &BrivoClient, user: UserId) {
    let (passes, brivo) = (client.digital_invitations(), sandbox.brivo());
    let options = InvitationOptions::new().send_email(true);
    let before = passes.allotment().await.unwrap();
    passes.allegion_allotment().await.unwrap();
    let invitation = passes
        .invite(user, "m@example.com", &options)
        .await
        .unwrap();
    assert_eq!(invitation.status, InvitationStatus::Pending);
    assert!(invitation.access_code.is_some());
    let again = passes.invite(user, "m@example.com", &options).await;
    let error = again.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.status().unwrap().as_u16(), 409);
    let pending = passes.list(user).all().await.unwrap();
    assert_eq!(pending.items[0].id, invitation.id);
    let back = passes.cancel(user).await.unwrap().unwrap();
    assert_eq!(back.status, InvitationStatus::Cancelled);
    assert!(passes.cancel(user).await.unwrap().is_none());
    assert!(passes.list(user).all().await.unwrap().items.is_empty());
    let all = passes.list(user).any_status().all().await.unwrap();
    assert_eq!(all.items.len(), 1);

    passes
        .invite(user, "m@example.com", &options)
        .await
        .unwrap();
    let pass = CredentialId(brivo.redeem_invitation(user.0).unwrap());
    let wallet = WalletPass::new(user, pass, "m@example.com");
    let set = passes.set_wallet_passes(&[wallet], true).await.unwrap();
    assert_eq!(set[0].updated, Some(true));
    let after = passes.allotment().await.unwrap();
    assert_eq!(after.assigned, before.assigned + 1);

    brivo.set_pass_allotment(0);
    let others = client
        .users()
        .list()
        .last_name("Courier")
        .all()
        .await
        .unwrap();
    let error = passes
        .invite(others.items[0].id, "f@example.com", &options)
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 412, "{error}");
    brivo.set_pass_allotment(500);
}

async fn guests(sandbox: &Sandbox, client: &BrivoClient) {
    let guests = client.guests();
    let cedar = GroupId(sandbox.brivo().group_id("Cedar Room").unwrap());
    let (from, to) = (sandbox.now(), sandbox.now() + TimeDelta::hours(2));
    let new = NewGuest::new(
        "Plumber",
        Email::new("p@example.com", "work"),
        [cedar],
        from,
        to,
    );
    let guest = guests.create(&new).await.unwrap();
    assert_eq!(guest.identity_type.as_deref(), Some("Visitor"));
    assert!(guest.pin.is_some());
    let opens = |at| sandbox.brivo().can_open(guest.id.0, "Cedar Room", at);
    assert!(opens(from) && !opens(to), "for as long as was said");
    let mobile = guests
        .create(&new.credential(GuestCredential::MobilePass))
        .await
        .unwrap();
    guests.invite(guest.id).await.unwrap();
    assert_eq!(guests.delete(guest.id).await.unwrap(), Removal::Done);
    assert_eq!(guests.delete(mobile.id).await.unwrap(), Removal::Done);
    assert!(sandbox.brivo().user(guest.id.0).is_none());
}

async fn leaving(sandbox: &Sandbox, client: &BrivoClient, user: UserId) {
    let (users, brivo) = (client.users(), sandbox.brivo());
    assert!(!users.suspension(user).await.unwrap().suspended);
    assert!(!brivo.credentials_of(user.0).is_empty());
    users.suspend_and_revoke(user).await.unwrap();
    assert!(brivo.user(user.0).unwrap().suspended);
    assert!(brivo.credentials_of(user.0).is_empty());
    assert_eq!(users.delete(user).await.unwrap(), Removal::Done);
    assert_eq!(users.delete(user).await.unwrap(), Removal::WasAbsent);
    assert!(brivo.user(user.0).is_none());
}
