//! Credentials, invitations, guests.

use brivo_api::*;
use serde_json::Value;

use crate::common::*;
use crate::{C, U};

#[test]
fn credentials_are_read_in_both_spellings_of_their_fields() {
    for status in [200, 201] {
        let w = answering(status, sample("credential"));
        let new = NewCredential::card_26(Card26::new(118, 40_713));
        let card = w.run(w.client.credentials().create(&new)).unwrap();
        assert_eq!((card.id, card.credential_format.id), (C, formats::CARD_26));
        assert_eq!(card.field("card_number"), Some("40713"));
        assert_eq!(card.field_values[0].id, CredentialFieldId(2));
    }
    let w = answering(200, sample("user_credentials"));
    let held = w.run(w.client.users().credentials(U)).unwrap();
    assert!(held.is_complete());
    assert_eq!(held.items[0].field_values[1].id, CredentialFieldId(2));
    assert_eq!(held.items[0].field("facility_code"), Some("118"));
    assert_eq!(held.items[0].effective_to, Some(at("2027-02-28T21:00:00Z")));
    let pin = &held.items[1];
    assert_eq!(pin.credential_format.id, formats::PIN);
    assert_eq!(
        pin.encoded_credential.as_ref().unwrap().expose_secret(),
        "73951"
    );
    assert_eq!(held.items[2].credential_format.id, formats::MOBILE_PASS);
    let shown = format!("{held:?} {}", serde_json::to_string(&held.items).unwrap());
    assert!(
        !shown.contains("73951") && !shown.contains("2ed3e13"),
        "{shown}"
    );

    let w = answering(200, sample("credential_formats"));
    let formats = w.run(w.client.credentials().formats()).unwrap();
    assert_eq!(formats.items[0].credential_fields[1].name, "facility_code");

    let w = answering(200, sample("credential_user"));
    assert_eq!(
        w.run(w.client.credentials().holder(C)).unwrap().unwrap().id,
        U
    );
    let w = answering(404, sample("error_api_404"));
    assert!(w.run(w.client.credentials().holder(C)).unwrap().is_none());

    let list = format!(
        r#"{{"data":[{}],"offset":0,"pageSize":100,"count":1}}"#,
        sample("credential")
    );
    let w = answering(200, list);
    assert!(
        w.run(w.client.credentials().list().all())
            .unwrap()
            .is_complete()
    );
    let w = answering(204, "");
    w.run(
        w.client
            .users()
            .assign_credential(U, C, Validity::unbounded()),
    )
    .unwrap();
}

#[test]
fn a_duplicate_credential_is_found_by_exact_comparison() {
    let mut other = sample_value("credential");
    other["id"] = 1.into();
    other["referenceId"] = "140713".into();
    let mut other_facility = sample_value("credential");
    other_facility["id"] = 2.into();
    other_facility["fieldValues"][0]["value"] = "119".into();
    let there = sample_value("credential");
    let page = |rows: &[&Value]| {
        let data: Vec<_> = rows.iter().map(|row| (*row).clone()).collect();
        serde_json::json!({"data": data, "offset": 0, "pageSize": 100, "count": rows.len()})
            .to_string()
    };
    let new = NewCredential::card_26(Card26::new(118, 40_713));

    let w = world(|script| script.reply(200, page(&[&other, &other_facility, &there])));
    let ensured = w.run(w.client.credentials().ensure(&new)).unwrap();
    assert!(!ensured.is_new());
    assert_eq!(ensured.into_inner().id, C);

    // Not there, then refused as duplicate: somebody was quicker.
    let w = world(|script| {
        script
            .reply(200, page(&[&other]))
            .reply(400, sample("error_credential_duplicate_400"))
            .reply(200, page(&[&other, &there]))
    });
    assert_eq!(
        w.run(w.client.credentials().ensure(&new))
            .unwrap()
            .into_inner()
            .id,
        C
    );

    // A duplicate that cannot be found is told as what it is.
    let w = world(|script| {
        script
            .reply(200, page(&[]))
            .reply(400, sample("error_credential_duplicate_400"))
            .reply(200, page(&[&other]))
    });
    let error = w.run(w.client.credentials().ensure(&new)).unwrap_err();
    assert_eq!(error.code(), Some(codes::DUPLICATE_CREDENTIAL));

    // By bits, whatever the case and the leading zeros.
    let w = world(|script| script.reply(200, page(&[&there])));
    let bits = NewCredential::encoded(formats::CARD_26, "40713", "02ED3E13");
    assert!(
        !w.run(w.client.credentials().ensure(&bits))
            .unwrap()
            .is_new()
    );

    // A list that is not whole proves no absence.
    let w = world(|script| script.reply(200, r#"{"data":[{"id":"?"}],"count":1}"#));
    let error = w.run(w.client.credentials().ensure(&new)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(w.asked().len(), 1);
}

#[test]
fn invitations_are_read_and_refusals_told() {
    let w = answering(200, sample("digital_invitation"));
    let call = w
        .client
        .digital_invitations()
        .invite(U, "a@b.c", &InvitationOptions::new());
    let invitation = w.run(call).unwrap();
    assert_eq!(invitation.status, InvitationStatus::Pending);
    assert_eq!(invitation.credential_id, Some(CredentialId(55_190_355)));
    assert_eq!(
        invitation.access_code.as_ref().unwrap().expose_secret(),
        "q7Lm2Zt9"
    );
    assert_eq!(invitation.expiration, Some(at("2026-03-01T14:10:03.211Z")));
    let shown = format!(
        "{invitation:?} {}",
        serde_json::to_string(&invitation).unwrap()
    );
    assert!(!shown.contains("q7Lm2Zt9"), "{shown}");
    assert!(!format!("{invitation:?}").contains("okafor"));

    let w = answering(409, sample("error_digital_invitation_409"));
    let call = w
        .client
        .digital_invitations()
        .invite(U, "a@b.c", &InvitationOptions::new());
    let error = w.run(call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.status().unwrap().as_u16(), 409);

    let w = answering(200, sample("digital_invitation_cancelled"));
    let cancelled = w
        .run(w.client.digital_invitations().cancel(U))
        .unwrap()
        .unwrap();
    assert_eq!(cancelled.status, InvitationStatus::Cancelled);
    assert!(cancelled.cancel_date.is_some());
    let w = answering(404, sample("error_api_404"));
    assert!(
        w.run(w.client.digital_invitations().cancel(U))
            .unwrap()
            .is_none()
    );

    let row = sample("digital_invitation").replace("\"credentialId\": 55190355,", "");
    let w = answering(
        200,
        format!(r#"{{"data":[{row}],"offset":0,"pageSize":20,"count":1}}"#),
    );
    let list = w.run(w.client.digital_invitations().list(U).all()).unwrap();
    assert_eq!(
        (list.items[0].credential_id, list.is_complete()),
        (None, true)
    );

    let w = answering(200, sample("digital_allotment"));
    assert_eq!(
        w.run(w.client.digital_invitations().allotment())
            .unwrap()
            .left(),
        77
    );

    let w = answering(200, sample("wallet_pass_response"));
    let passes = [WalletPass::new(U, C, "a@b.c")];
    let set = w
        .run(
            w.client
                .digital_invitations()
                .set_wallet_passes(&passes, true),
        )
        .unwrap();
    assert_eq!(set[0].updated, Some(true));
}

#[test]
fn a_guest_comes_back_as_a_visitor() {
    let text = sample("user").replace(
        "\"suspended\": false,",
        "\"suspended\": false, \"identityType\": \"Visitor\",",
    );
    let w = answering(200, text);
    let guest = NewGuest::new(
        "Plumber",
        Email::new("visit@example.com", "work"),
        [GroupId(880_211)],
        at("2026-04-02T13:00:00Z"),
        at("2026-04-02T18:00:00Z"),
    );
    assert!(!format!("{guest:?}").contains("visit@"));
    let user = w.run(w.client.guests().create(&guest)).unwrap();
    assert_eq!(user.identity_type.as_deref(), Some("Visitor"));
}
