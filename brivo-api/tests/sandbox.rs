//! Against the stand-in of Brivo, over real HTTP on loopback. It was written from Brivo's
//! documentation by somebody else, so a mistake of the client is not repeated there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod walk;

use access_sync_sandbox::{Fault, FaultKind, Sandbox, Service, World};
use brivo_api::{
    BrivoClient, BrivoClientBuilder, Culprit, Email, ErrorKind, GroupId, NewUser, Pin, Region,
    Removal, UserId, UserPatch,
};

fn builder(sandbox: &Sandbox) -> BrivoClientBuilder {
    let brivo = sandbox.brivo();
    let credentials = brivo.credentials();
    BrivoClient::builder()
        .region(Region::Custom {
            auth: brivo.auth_url(),
            api: brivo.api_url(),
        })
        .api_key(credentials.api_key)
        .client(credentials.client_id, credentials.client_secret)
        .password(credentials.username, credentials.password)
        .limiter(std::sync::Arc::new(access_sync_http::Unlimited))
}

async fn start() -> (Sandbox, BrivoClient) {
    let sandbox = Sandbox::builder()
        .world(World::lively(1))
        .start()
        .await
        .unwrap();
    let client = builder(&sandbox).build().unwrap();
    (sandbox, client)
}

#[tokio::test]
async fn lists_agree_with_the_records() {
    let (sandbox, client) = start().await;
    let snapshot = sandbox.brivo().snapshot();
    let users = client.users().list().page_size(2).all().await.unwrap();
    assert!(users.is_complete());
    assert_eq!(users.items.len(), snapshot.users.len());
    let groups = client.groups().list().page_size(7).all().await.unwrap();
    assert!(groups.is_complete());
    assert_eq!(groups.items.len(), snapshot.groups.len());
    for group in &groups.items {
        let members = client.groups().members(group.id).all().await.unwrap();
        let mut ids: Vec<_> = members.items.iter().map(|member| member.id.0).collect();
        ids.sort_unstable();
        assert_eq!(ids, sandbox.brivo().members(group.id.0));
    }
    let tokens = sandbox
        .brivo()
        .calls()
        .iter()
        .filter(|c| c.operation == "POST /oauth/token")
        .count();
    assert_eq!(tokens, 1);
}

#[tokio::test]
async fn a_person_comes_moves_and_goes() {
    let (sandbox, client) = start().await;
    let brivo = sandbox.brivo();
    let new = NewUser::new("Marisol", "Okafor")
        .external_id("entrata:100234:r/551207 ü")
        .pin(&Pin::new("73951").unwrap())
        .email(Email::new("marisol@example.com", "Home"));
    let user = client.users().ensure(&new).await.unwrap();
    assert!(user.is_new());
    let id = user.into_inner().id;
    assert!(!client.users().ensure(&new).await.unwrap().is_new());
    let group = |name: &str| GroupId(brivo.group_id(name).unwrap());
    let (lobby, unit) = (
        group("Harbor Point Residents"),
        group("Harbor Point Unit 101"),
    );
    for _ in 0..2 {
        let now = client
            .users()
            .change_groups(id, &[lobby, unit], &[])
            .await
            .unwrap();
        assert_eq!(now.items.len(), 2);
    }
    assert!(brivo.members(unit.0).contains(&id.0));
    let now = client
        .users()
        .change_groups(id, &[], &[unit])
        .await
        .unwrap();
    assert_eq!(now.items.iter().map(|g| g.id).collect::<Vec<_>>(), [lobby]);
    assert_eq!(client.users().groups(id).await.unwrap().items.len(), 1);

    let patch = UserPatch::new().middle_name("T");
    let patched = client.users().patch(id, &patch).await.unwrap();
    assert_eq!(
        patched.external_id.as_deref(),
        Some("entrata:100234:r/551207 ü")
    );
    let replaced = client
        .users()
        .replace(id, &NewUser::from(&patched))
        .await
        .unwrap();
    assert_eq!(replaced.emails, patched.emails);
    assert_eq!(replaced.middle_name.as_deref(), Some("T"));

    assert!(client.users().suspend(id).await.unwrap().suspended);
    assert!(brivo.user(id.0).unwrap().suspended);
    assert!(!client.users().reinstate(id).await.unwrap().suspended);
    assert_eq!(client.users().delete(id).await.unwrap(), Removal::Done);
    assert_eq!(client.users().delete(id).await.unwrap(), Removal::WasAbsent);
    assert_eq!(
        client
            .users()
            .find_by_external_id("entrata:100234:r/551207 ü")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_happens_once() {
    let (sandbox, client) = start().await;
    sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::ClosedAfter)
            .operation("POST /users")
            .times(1),
    );
    let before = sandbox.brivo().snapshot().users.len();
    let new = NewUser::new("A", "B").external_id("lost:1");
    assert!(client.users().ensure(&new).await.unwrap().is_new());
    assert_eq!(sandbox.brivo().snapshot().users.len(), before + 1);
}

#[tokio::test]
async fn limits_of_brivo_come_back_as_what_they_are() {
    let (sandbox, client) = start().await;
    let brivo = sandbox.brivo();
    let user = UserId(brivo.add_user(access_sync_sandbox::brivo::NewUser {
        first_name: "A".into(),
        last_name: "B".into(),
        ..access_sync_sandbox::brivo::NewUser::default()
    }));
    let groups: Vec<_> = (0..17)
        .map(|n| GroupId(brivo.add_group(&format!("G{n}"))))
        .collect();
    client
        .users()
        .change_groups(user, &groups[..16], &[])
        .await
        .unwrap();
    let error = client
        .users()
        .change_groups(user, &groups[16..], &[])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(
        client.users().groups(user).await.unwrap().items.len(),
        16,
        "all or nothing"
    );
    let error = client.users().get(UserId(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(brivo.set_group_multifamily(groups[0].0, true));
    let error = client.groups().delete(groups[0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn wrong_credentials_are_told_apart() {
    let (sandbox, _) = start().await;
    for (client, culprit) in [
        (
            builder(&sandbox).password("integration01", "no"),
            Culprit::Login,
        ),
        (builder(&sandbox).client("no", "no"), Culprit::Client),
        (builder(&sandbox).api_key("no"), Culprit::ApiKey),
    ] {
        let error = client
            .build()
            .unwrap()
            .administrators()
            .whoami()
            .await
            .unwrap_err();
        assert_eq!(Culprit::of(&error), Some(culprit), "{error}");
    }
}

#[tokio::test]
async fn a_refresh_token_that_dies_with_its_use_is_followed() {
    let (sandbox, client) = start().await;
    for _ in 0..3 {
        client.administrators().whoami().await.unwrap();
        sandbox.brivo().expire_access_tokens();
    }
    client.administrators().whoami().await.unwrap();
}

#[tokio::test]
async fn faults_of_the_gateway_are_waited_out() {
    let (sandbox, client) = start().await;
    let throttle = FaultKind::Throttled {
        retry_after_secs: 0,
    };
    sandbox.inject(
        Fault::new(Service::Brivo, throttle)
            .operation("GET /groups")
            .times(1),
    );
    sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::Html)
            .operation("GET /users")
            .times(1),
    );
    assert!(client.groups().list().all().await.unwrap().is_complete());
    assert!(client.users().list().all().await.unwrap().is_complete());
    sandbox.inject(
        Fault::new(Service::Brivo, FaultKind::ShortPage { missing: 1 })
            .operation("GET /users")
            .times(9),
    );
    assert!(!client.users().list().all().await.unwrap().is_complete());
}
