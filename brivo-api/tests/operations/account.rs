//! Faces, plates, batches, administrators, accounts, panels.

use brivo_api::*;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::{C, Operation, U, page};
use crate::common::{at, sample_value};

const A: AccountId = AccountId(660_210);
const ADMIN: AdministratorId = AdministratorId(314_761);
const PANEL: ControlPanelId = ControlPanelId(8801);

fn james() -> AdministratorUpdate {
    AdministratorUpdate::new("James", "Miller", "james.miller@acme.example")
        .middle_name("Robert")
        .timezone("US/Eastern")
        .senior(false)
}

fn james_is_asked() -> Value {
    json!({"firstName": "James", "middleName": "Robert", "lastName": "Miller",
        "email": "james.miller@acme.example", "identityType": "SENIOR", "canCreateAdmins": false,
        "timezone": "US/Eastern"})
}

fn james_is_told() -> Value {
    let mut told = james_is_asked();
    told["id"] = 9_876_543_210_i64.into();
    told["username"] = "acme1357".into();
    told
}

fn question() -> SecurityQuestion {
    SecurityQuestion::new("First pet's name", "Rex")
}

fn new_james_is_asked() -> Value {
    let mut asked = james_is_asked();
    asked["username"] = "acme1357".into();
    asked["password"] = "BrivoIstheB3st".into();
    asked["securityQuestion"] = "First pet's name".into();
    asked["securityAnswer"] = "Rex".into();
    asked
}

fn login() -> Value {
    json!({"active": true, "locked": false, "temporaryPassword": true,
        "securityQuestion": "What is your favorite color?", "retryCount": 3,
        "lastAttempted": "2016-10-16T18:14:128Z", "expiration": "2022-10-16T22:14:128Z"})
}

fn alice() -> Contact {
    Contact::new("Alice", "Carroll")
        .street_address1("413 Cheshire Way")
        .city("ThisWay")
        .state("Underland")
        .postal_code("21255")
        .telephone_number("222-333-1111")
}

fn acme_is_asked() -> Value {
    json!({"name": "Acme Corp", "description": "North", "contact": {"firstName": "Alice",
        "lastName": "Carroll", "streetAddress1": "413 Cheshire Way", "city": "ThisWay",
        "state": "Underland", "postalCode": "21255", "telephoneNumber": "222-333-1111"}})
}

fn acme_is_told() -> Value {
    let mut told = acme_is_asked();
    told["id"] = "660210".into();
    told["masterAdmin"] = json!({"username": "Queen", "email": "q@acme.example"});
    told
}

fn firmware() -> Value {
    json!({"firmwareVersion": "5.0.0", "availableVersions": ["5.0.0", "5.1.1b"]})
}

pub(super) fn special_credentials() -> Vec<Operation> {
    vec![
        operation!(
            "POST /credentials/createAndAssignFaceprintCredential/{id}",
            "/credentials/createAndAssignFaceprintCredential/7",
            json!({"email": "a@b.c", "language": "Dutch"}),
            "Faceprint consent email was sent to a@b.c".into(),
            "()",
            |c| c
                .credentials()
                .create_faceprint(U, "a@b.c", Language::Dutch)
        ),
        operation!(
            "PUT /credentials/updateFaceprintCredentialDates/{id}",
            "/credentials/updateFaceprintCredentialDates/7",
            sample_value("credential_assign_request"),
            String::new(),
            "()",
            |c| c.credentials().set_faceprint_dates(
                U,
                Validity::unbounded()
                    .from(at("2026-03-01T15:00:00Z"))
                    .until(at("2027-02-28T21:00:00Z"))
            )
        ),
        operation!(
            "DELETE /credentials/deleteFaceprintCredential/{id}",
            "/credentials/deleteFaceprintCredential/7",
            Value::Null,
            String::new(),
            "Done",
            |c| c.credentials().delete_faceprint(U)
        ),
        operation!(
            "POST /credentials/createAndAssignEELPRCredential/{id}",
            "/credentials/createAndAssignEELPRCredential/7",
            json!({"referenceId": "TM89PAM", "effectiveTo": "2027-02-28T21:00:00Z"}),
            String::new(),
            "()",
            |c| c.credentials().create_license_plate(
                U,
                " TM89PAM ",
                Validity::unbounded().until(at("2027-02-28T21:00:00Z"))
            )
        ),
        operation!(
            "DELETE /credentials/{id}/unassignAndDeleteEELPRCredential/{id}",
            "/credentials/7/unassignAndDeleteEELPRCredential/55",
            Value::Null,
            String::new(),
            "Done",
            |c| c.credentials().delete_license_plate(U, C)
        ),
        operation!(
            "POST /users/batch",
            "/users/batch",
            json!({"told": "by Brivo", "users": [7, 8]}),
            json!({"jobId": "b-17"}).to_string(),
            "BatchJob",
            |c| c
                .users()
                .batch(&json!({"told": "by Brivo", "users": [7, 8]}))
        ),
        operation!(
            "GET /batch/{jobId}",
            "/batch/b-17",
            Value::Null,
            json!({"status": "PENDING", "errorProcessed": "2"}).to_string(),
            "error_processed: Some(2), errors_truncated: None, pending: true",
            |c| c.users().batch_job("b-17")
        ),
    ]
}

pub(super) fn account() -> Vec<Operation> {
    vec![
        operation!(
            "GET /administrators",
            "/administrators?offset=0&pageSize=100&filter=username__eq%3Aacme%3Btype__eq%3Asenior",
            Value::Null,
            page(&james_is_told()),
            "AdministratorId(9876543210)",
            |c| c
                .administrators()
                .list()
                .username("acme")
                .identity_type(&IdentityType::Senior)
                .all()
        ),
        operation!(
            "POST /administrators",
            "/administrators",
            new_james_is_asked(),
            james_is_told().to_string(),
            "AdministratorId(9876543210)",
            |c| c.administrators().create(
                &NewAdministrator::new("acme1357", question(), james()).password("BrivoIstheB3st")
            )
        ),
        operation!(
            "GET /administrators/{id}",
            "/administrators/314761",
            Value::Null,
            james_is_told().to_string(),
            "AdministratorId(9876543210)",
            |c| c.administrators().get(ADMIN)
        ),
        operation!(
            "PUT /administrators/{id}",
            "/administrators/314761",
            james_is_asked(),
            james_is_told().to_string(),
            "Senior",
            |c| c.administrators().update(ADMIN, &james())
        ),
        operation!(
            "DELETE /administrators/{id}",
            "/administrators/314761",
            Value::Null,
            String::new(),
            "Done",
            |c| c.administrators().delete(ADMIN)
        ),
        operation!(
            "POST /administrators/username/check",
            "/administrators/username/check",
            json!({"username": "acme1357"}),
            json!({"available": "true"}).to_string(),
            "true",
            |c| c.administrators().is_username_free("acme1357")
        ),
        operation!(
            "GET /administrators/{id}/login",
            "/administrators/314761/login",
            Value::Null,
            login().to_string(),
            "active: true, locked: false",
            |c| c.administrators().login(ADMIN)
        ),
        operation!(
            "POST /administrators/{id}/login",
            "/administrators/314761/login",
            json!({"active": "false", "password": "BrivoIsTheB3st", "temporaryPassword": "true",
                "securityQuestion": "First pet's name", "securityAnswer": "Rex",
                "expiration": "2027-02-28T21:00:00Z"}),
            login().to_string(),
            "temporary_password: Some(true)",
            |c| c.administrators().change_login(
                ADMIN,
                &LoginChange::new()
                    .active(false)
                    .password("BrivoIsTheB3st", true)
                    .security_question(question())
                    .expiration(at("2027-02-28T21:00:00Z"))
            )
        ),
        operation!(
            "PUT /accounts/{id}",
            "/accounts/660210",
            acme_is_asked(),
            acme_is_told().to_string(),
            "AccountId(660210)",
            |c| c.accounts().update(
                A,
                &AccountUpdate::new("Acme Corp", alice()).description("North")
            )
        ),
        operation!(
            "GET /accounts/summary",
            "/accounts/summary",
            Value::Null,
            json!({"doorCount": 36, "activeUserCount": 58, "panelCount": 23, "panelOffline": 21})
                .to_string(),
            "panels_offline: Some(21)",
            |c| c.accounts().summary()
        ),
        operation!(
            "GET /accounts/{id}/administrators",
            "/accounts/660210/administrators?offset=0&pageSize=100",
            Value::Null,
            page(&json!({"id": 314_761, "username": "mina", "owner": true})),
            "AdministratorId(314761)",
            |c| c.accounts().administrators(A).all()
        ),
        operation!(
            "GET /accounts/{id}/features",
            "/accounts/660210/features",
            Value::Null,
            page(&json!({"id": 14, "name": "Premise API", "enabled": true})),
            "enabled: true",
            |c| c.accounts().features(A)
        ),
        operation!(
            "PUT /accounts/{id}/settings/{id}",
            "/accounts/660210/settings/2715",
            json!({"value": "42"}),
            json!({"id": 2715, "name": "MAX", "value": "42", "defaultValue": "10"}).to_string(),
            "default_value: Some(\"10\")",
            |c| c.accounts().set_setting(A, AccountSettingId(2715), "42")
        ),
        operation!(
            "GET /control-panels/{id}/firmware",
            "/control-panels/8801/firmware",
            Value::Null,
            firmware().to_string(),
            "5.1.1b",
            |c| c.control_panels().firmware(PANEL)
        ),
        operation!(
            "POST /control-panels/{id}/firmware",
            "/control-panels/8801/firmware",
            json!({"firmwareVersion": "5.1.1b"}),
            firmware().to_string(),
            "5.1.1b",
            |c| c.control_panels().update_firmware(PANEL, "5.1.1b")
        ),
        operation!(
            "GET /time",
            "/time",
            Value::Null,
            json!({"time": "2018-01-18T16:53:21.820Z"}).to_string(),
            "2018-01-18T16:53:21.820Z",
            |c| c.server_time()
        ),
    ]
}
