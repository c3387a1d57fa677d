//! Every operation: what goes out, what is answered, and what must be seen of the answer.

use brivo_api::*;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::common::{at, sample, sample_value};

const U: UserId = UserId(7);
const G: GroupId = GroupId(880_304);
const C: CredentialId = CredentialId(55);
const D: AccessPointId = AccessPointId(612_001);
const F: CustomFieldId = CustomFieldId(3301);

pub(crate) struct Operation {
    /// As in OPERATIONS.md.
    pub(crate) name: &'static str,
    /// Path and query behind `/v1/api`.
    pub(crate) target: &'static str,
    /// Null where there is none.
    pub(crate) body: Value,
    /// Blank for 204.
    pub(crate) answer: String,
    /// Something that `Debug` of the result holds only if the answer was read.
    pub(crate) shown: &'static str,
    pub(crate) run: fn(BrivoClient) -> BoxFuture<'static, Result<String, Error>>,
}

macro_rules! operation {
    ($name:literal, $target:literal, $body:expr, $answer:expr, $shown:literal, |$c:ident| $call:expr) => {
        Operation {
            name: $name,
            target: $target,
            body: $body,
            answer: $answer,
            shown: $shown,
            run: |$c: BrivoClient| {
                async move {
                    let read = $call.await?;
                    Ok(format!("{read:?}"))
                }
                .boxed()
            },
        }
    };
}

mod account;
mod places;

/// A page with this one row.
fn page(row: &Value) -> String {
    json!({"data": [row], "offset": 0, "pageSize": 100, "count": 1}).to_string()
}

fn suspended() -> Suspension {
    serde_json::from_value(json!({"id": 7, "suspended": true})).unwrap()
}

fn permission() -> Value {
    json!({"accessPoint": {"id": 612_001, "name": "B", "type": "Door"},
        "schedule": {"id": 41_007, "name": "Always"}})
}

fn marisol() -> NewUser {
    let user: User = serde_json::from_str(&sample("user")).unwrap();
    NewUser::from(&user)
}

fn plumber() -> NewGuest {
    let email = Email::new("visit@example.com", "work");
    let (from, to) = (at("2026-04-02T13:00:00Z"), at("2026-04-02T18:00:00Z"));
    NewGuest::new("Plumber", email, [GroupId(880_211)], from, to)
}

pub(crate) fn operations() -> Vec<Operation> {
    [
        people(),
        credentials(),
        account::special_credentials(),
        places::places(),
        places::journal_and_account(),
        account::account(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn people() -> Vec<Operation> {
    vec![
        operation!(
            "GET /administrators/whoami",
            "/administrators/whoami",
            Value::Null,
            sample("administrator_whoami"),
            "Administrator { id",
            |c| c.administrators().whoami()
        ),
        operation!(
            "GET /users",
            "/users?offset=0&pageSize=100",
            Value::Null,
            sample("user_list"),
            "UserId(7310443)",
            |c| c.users().list().all()
        ),
        operation!(
            "POST /users",
            "/users",
            sample_value("user_create_request"),
            sample("user"),
            "UserId(7310442)",
            |c| c.users().create(&marisol())
        ),
        operation!(
            "GET /users/{id}",
            "/users/7",
            Value::Null,
            sample("user"),
            "UserId(7310442)",
            |c| c.users().get(U)
        ),
        operation!(
            "GET /users/{externalId}/external",
            "/users/entrata:88120:resident:551207/external",
            Value::Null,
            sample("user"),
            "UserId(7310442)",
            |c| c.users().get_by_external_id("entrata:88120:resident:551207")
        ),
        operation!(
            "PUT /users/{id}",
            "/users/7",
            sample_value("user_create_request"),
            sample("user"),
            "UserId(7310442)",
            |c| c.users().replace(U, &marisol())
        ),
        operation!(
            "PATCH /users/{id}",
            "/users/7",
            json!({"effectiveTo": "2027-03-31T20:00:00Z"}),
            sample("user"),
            "UserId(7310442)",
            |c| c.users().patch(U, &UserPatch::new().effective_to(at("2027-03-31T20:00:00Z")))
        ),
        operation!(
            "DELETE /users/{id}",
            "/users/7",
            Value::Null,
            String::new(),
            "Done",
            |c| c.users().delete(U)
        ),
        operation!(
            "GET /users/{id}/suspended",
            "/users/7/suspended",
            Value::Null,
            json!({"id": 7, "suspended": true}).to_string(),
            "suspended: true",
            |c| c.users().suspension(U)
        ),
        operation!(
            "PUT /users/{id}/suspended",
            "/users/7/suspended",
            json!({"suspended": true}),
            json!({"id": 7, "suspended": true}).to_string(),
            "suspended: true",
            |c| c.users().suspend(U)
        ),
        operation!(
            "POST /users/{id}/revoke-credentials",
            "/users/7/revoke-credentials",
            Value::Null,
            String::new(),
            "()",
            |c| c.users().revoke_credentials(&suspended())
        ),
        operation!(
            "GET /users/{id}/groups",
            "/users/7/groups",
            Value::Null,
            sample("user_groups"),
            "GroupId(880304)",
            |c| c.users().groups(U)
        ),
        operation!(
            "POST /users/{id}/groups",
            "/users/7/groups",
            sample_value("user_groups_update_request"),
            sample("user_groups"),
            "GroupId(880304)",
            |c| c.users().change_groups(U, &[GroupId(880_211), G], &[GroupId(880_199)])
        ),
        operation!(
            "GET /users/{id}/credentials",
            "/users/7/credentials",
            Value::Null,
            sample("user_credentials"),
            "CredentialId(55190277)",
            |c| c.users().credentials(U)
        ),
        operation!(
            "PUT /users/{id}/credentials/{id}",
            "/users/7/credentials/55",
            sample_value("credential_assign_request"),
            String::new(),
            "()",
            |c| c.users().assign_credential(U, C, Validity::unbounded().from(at("2026-03-01T15:00:00Z")).until(at("2027-02-28T21:00:00Z")))
        ),
        operation!(
            "DELETE /users/{id}/credentials/{id}",
            "/users/7/credentials/55",
            Value::Null,
            String::new(),
            "Done",
            |c| c.users().unassign_credential(U, C)
        ),
        operation!(
            "GET /users/{id}/custom-fields",
            "/users/7/custom-fields",
            Value::Null,
            sample("user_custom_fields"),
            "CustomFieldId(33",
            |c| c.users().custom_fields(U)
        ),
        operation!(
            "PUT /users/{id}/custom-fields/{id}",
            "/users/7/custom-fields/3301",
            json!({"value": "B-214"}),
            sample_value("user_custom_fields")["data"][0].to_string(),
            "CustomFieldId(33",
            |c| c.users().set_custom_field(U, F, "B-214")
        ),
        operation!(
            "DELETE /users/{id}/custom-fields/{id}",
            "/users/7/custom-fields/3301",
            Value::Null,
            String::new(),
            "Done",
            |c| c.users().clear_custom_field(U, F)
        ),
        operation!(
            "GET /users/{id}/photo",
            "/users/7/photo",
            Value::Null,
            "GIF89a".into(),
            "GIF89a",
            |c| c.users().photo(U)
        ),
        operation!(
            "POST /users/{id}/photo",
            "/users/7/photo",
            "--brivo-api-photo-0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.gif\"\r\n\
 Content-Type: image/gif\r\n\r\nGIF89a\r\n--brivo-api-photo-0--\r\n".into(),
            String::new(),
            "()",
            |c| c.users().set_photo(U, b"GIF89a")
        ),
        operation!(
            "DELETE /users/{id}/photo",
            "/users/7/photo",
            Value::Null,
            String::new(),
            "Done",
            |c| c.users().delete_photo(U)
        ),
        operation!(
            "GET /groups",
            "/groups?offset=0&pageSize=100",
            Value::Null,
            page(&sample_value("group")),
            "GroupId(880304)",
            |c| c.groups().list().all()
        ),
        operation!(
            "POST /groups",
            "/groups",
            sample_value("group_create_request"),
            sample("group"),
            "GroupId(880304)",
            |c| c.groups().create("Unit B-214")
        ),
        operation!(
            "GET /groups/{id}",
            "/groups/880304",
            Value::Null,
            sample("group"),
            "GroupId(880304)",
            |c| c.groups().get(G)
        ),
        operation!(
            "PUT /groups/{id}",
            "/groups/880304",
            json!({"name": "B", "keypadUnlock": true}),
            sample("group"),
            "GroupId(880304)",
            |c| c.groups().update(G, "B", &GroupSettings::new().keypad_unlock(true))
        ),
        operation!(
            "DELETE /groups/{id}",
            "/groups/880304",
            Value::Null,
            String::new(),
            "Done",
            |c| c.groups().delete(G)
        ),
        operation!(
            "GET /groups/{id}/users",
            "/groups/880304/users?offset=0&pageSize=100",
            Value::Null,
            sample("group_users"),
            "UserId(7310442)",
            |c| c.groups().members(G).all()
        ),
        operation!(
            "PUT /groups/{id}/users/{id}",
            "/groups/880304/users/7",
            Value::Null,
            String::new(),
            "()",
            |c| c.groups().add_member(G, U)
        ),
        operation!(
            "DELETE /groups/{id}/users/{id}",
            "/groups/880304/users/7",
            Value::Null,
            String::new(),
            "Done",
            |c| c.groups().remove_member(G, U)
        ),
        operation!(
            "GET /groups/{id}/access/access-points",
            "/groups/880304/access/access-points?offset=0&pageSize=100",
            Value::Null,
            page(&permission()),
            "ScheduleId(41007)",
            |c| c.groups().access_points(G).all()
        ),
        operation!(
            "PUT /groups/{id}/access/access-points/{id}",
            "/groups/880304/access/access-points/612001",
            sample_value("group_permission_put_request"),
            permission().to_string(),
            "ScheduleId(41007)",
            |c| c.groups().grant_access_point(G, D, ScheduleId(41_007), Some(false))
        ),
        operation!(
            "DELETE /groups/{id}/access/access-points/{id}",
            "/groups/880304/access/access-points/612001",
            Value::Null,
            String::new(),
            "Done",
            |c| c.groups().revoke_access_point(G, D)
        ),
    ]
}

fn credentials() -> Vec<Operation> {
    vec![
        operation!(
            "GET /credentials",
            "/credentials?offset=0&pageSize=100",
            Value::Null,
            page(&sample_value("credential")),
            "CredentialId(55190277)",
            |c| c.credentials().list().all()
        ),
        operation!(
            "POST /credentials",
            "/credentials",
            sample_value("credential_create_request"),
            sample("credential"),
            "CredentialId(55190277)",
            |c| c
                .credentials()
                .create(&NewCredential::card_26(Card26::new(118, 40_713)))
        ),
        operation!(
            "GET /credentials/{id}",
            "/credentials/55",
            Value::Null,
            sample("credential"),
            "CredentialId(55190277)",
            |c| c.credentials().get(C)
        ),
        operation!(
            "DELETE /credentials/{id}",
            "/credentials/55",
            Value::Null,
            String::new(),
            "Done",
            |c| c.credentials().delete(C)
        ),
        operation!(
            "GET /credentials/formats",
            "/credentials/formats",
            Value::Null,
            sample("credential_formats"),
            "facility_code",
            |c| c.credentials().formats()
        ),
        operation!(
            "GET /credentials/{id}/user",
            "/credentials/55/user",
            Value::Null,
            sample("credential_user"),
            "UserId(7310442)",
            |c| c.credentials().holder(C)
        ),
        operation!(
            "POST /users/{id}/credentials/digital-invitations",
            "/users/7/credentials/digital-invitations?sendInvitationEmail=true&nfcEnabled=false&language=de",
            json!({"referenceId": "a@b.c"}),
            sample("digital_invitation"),
            "Pending",
            |c| c.digital_invitations().invite(
                U,
                "a@b.c",
                &InvitationOptions::new()
                    .send_email(true)
                    .language(Language::German)
            )
        ),
        operation!(
            "GET /users/{id}/credentials/digital-invitations",
            "/users/7/credentials/digital-invitations?offset=0&pageSize=100&filter=status__eq%3Aall",
            Value::Null,
            page(&sample_value("digital_invitation")),
            "Pending",
            |c| c.digital_invitations().list(U).any_status().all()
        ),
        operation!(
            "DELETE /users/{id}/credentials/digital-invitations",
            "/users/7/credentials/digital-invitations",
            Value::Null,
            sample("digital_invitation_cancelled"),
            "Cancelled",
            |c| c.digital_invitations().cancel(U)
        ),
        operation!(
            "GET /credentials/digital/allotment",
            "/credentials/digital/allotment",
            Value::Null,
            sample("digital_allotment"),
            "assigned: 173",
            |c| c.digital_invitations().allotment()
        ),
        operation!(
            "GET /credentials/digital/allegion-allotment",
            "/credentials/digital/allegion-allotment",
            Value::Null,
            sample("digital_allotment"),
            "assigned: 173",
            |c| c.digital_invitations().allegion_allotment()
        ),
        operation!(
            "POST /users/credentials/brivo-wallet-pass",
            "/users/credentials/brivo-wallet-pass?nfcEnabled=true",
            json!({"bmpCredentials": [{"accessCredentialId": 55, "referenceId": "a@b.c", "userId": 7}]}),
            sample("wallet_pass_response"),
            "updated: Some(true)",
            |c| c
                .digital_invitations()
                .set_wallet_passes(&[WalletPass::new(U, C, "a@b.c")], true)
        ),
        operation!(
            "POST /brivo-visitor/create-and-assign-visitor-user",
            "/brivo-visitor/create-and-assign-visitor-user",
            sample_value("guest_create_request"),
            sample("user"),
            "UserId(7310442)",
            |c| c.guests().create(&plumber())
        ),
        operation!(
            "DELETE /brivo-visitor/{id}",
            "/brivo-visitor/7",
            Value::Null,
            String::new(),
            "Done",
            |c| c.guests().delete(U)
        ),
        operation!(
            "POST /brivo-visitor/{id}/credentials/digital-invitation",
            "/brivo-visitor/7/credentials/digital-invitation",
            Value::Null,
            String::new(),
            "()",
            |c| c.guests().invite(U)
        ),
    ]
}
