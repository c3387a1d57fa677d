//! Grants, refusals, and refresh tokens that several processes share.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::Arc;

use access_sync_http::oauth::*;
use access_sync_http::test_util::{MockTransport, VirtualTimer};
use access_sync_http::*;
use common::*;
use futures_util::future::join_all;

const STATE: &str = "0123456789abcdef";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn auth_host() -> Endpoint {
    Endpoint::parse("https://auth.acme.test").unwrap()
}

fn endpoint() -> TokenEndpoint {
    TokenEndpoint::new(&auth_host(), &["oauth", "token"])
        .unwrap()
        .basic("client", &secret("s3cret"))
        .unwrap()
}

fn password() -> Grant {
    Grant::Password {
        username: "admin".into(),
        password: secret("pass word&"),
    }
}

#[test]
fn the_authorization_address_carries_state_and_encodes_everything() {
    let path = ["authorize"];
    let url = AuthorizationUrl::new(
        &auth_host(),
        &path,
        "c 1",
        "https://me/back?x=1",
        &secret(STATE),
    )
    .unwrap()
    .scope("a b")
    .build();
    assert_eq!(
        url.query().unwrap(),
        "response_type=code&client_id=c+1&redirect_uri=https%3A%2F%2Fme%2Fback%3Fx%3D1&state=0123456789abcdef&scope=a+b"
    );
    let short = AuthorizationUrl::new(&auth_host(), &path, "c", "https://me", &secret("short"));
    assert!(short.is_err());
}

#[test]
fn a_callback_is_taken_only_with_our_state_and_one_code() {
    let check = |query: &str| {
        let url = format!("https://me/back?{query}").parse().unwrap();
        callback(&url, &secret(STATE))
    };
    let code = check("code=abc&state=0123456789abcdef").unwrap();
    assert_eq!(code.expose_secret(), "abc");
    for bad in [
        "code=abc",
        "code=abc&state=",
        "code=abc&state=0123456789abcdeX",
        "code=abc&state=0123456789abcdef0",
        "code=abc&state=0123456789abcdef&state=0123456789abcdef",
        "code=&state=0123456789abcdef",
        "code=a&code=b&state=0123456789abcdef",
        "state=0123456789abcdef",
    ] {
        let error = check(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{bad}");
        assert!(!format!("{error} {error:?}").contains("abc"));
    }
    let error = check("error=access_denied&state=0123456789abcdef").unwrap_err();
    assert_eq!(error.code(), Some("access_denied"));
    // An error without our state is not ours to believe.
    assert_eq!(check("error=access_denied").unwrap_err().code(), None);
}

#[test]
fn each_grant_makes_its_documented_form() {
    let body = |grant| {
        let request = endpoint().field("client_id", "client").request(&grant);
        assert_eq!(
            request.headers()["authorization"],
            "Basic Y2xpZW50OnMzY3JldA=="
        );
        (
            String::from_utf8(request.body().to_vec()).unwrap(),
            request.safety_class(),
        )
    };
    assert_eq!(
        body(password()),
        (
            "grant_type=password&username=admin&password=pass+word%26&client_id=client".into(),
            Safety::Idempotent
        )
    );
    let code = Grant::Code {
        code: secret("c"),
        redirect_uri: "https://me".into(),
    };
    assert_eq!(
        body(code),
        (
            "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fme&client_id=client"
                .into(),
            Safety::Once
        )
    );
    assert_eq!(
        body(Grant::Refresh(secret("r"))),
        (
            "grant_type=refresh_token&refresh_token=r&client_id=client".into(),
            Safety::Once
        )
    );
}

fn exchange(transport: &MockTransport) -> Result<Token, Error> {
    let timer = clock();
    timer.block_on(endpoint().exchange(&core(&timer, transport), &password()))
}

#[test]
fn answers_are_read_in_every_spelling() {
    for (body, life, refresh) in [
        (
            r#"{"access_token":"a","expires_in":60,"refresh_token":"r"}"#,
            60,
            true,
        ),
        (
            r#"{"access_token":"a","expires_in":"60","refresh_token":""}"#,
            60,
            false,
        ),
        (r#"{"access_token":"a","token_type":"bearer"}"#, 300, false),
    ] {
        let token = exchange(&MockTransport::new().reply(200, body)).unwrap();
        assert_eq!(
            (token.expires_in, token.refresh.is_some()),
            (secs(life), refresh)
        );
    }
    for body in ["", "{}", r#"{"access_token":""}"#, "<html>"] {
        let transport = MockTransport::new().reply(200, body).reply(200, body);
        let error = exchange(&transport).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
}

#[test]
fn refusals_are_told_apart() {
    for (status, body, kind, calls) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"bob@x.test is locked"}"#,
            ErrorKind::Authentication,
            1,
        ),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            ErrorKind::Authentication,
            1,
        ),
        (
            200,
            r#"{"error":"invalid_grant"}"#,
            ErrorKind::Authentication,
            1,
        ),
        (400, r#"{"error":"invalid_scope"}"#, ErrorKind::Invalid, 1),
        (400, "not json", ErrorKind::Invalid, 1),
        (
            400,
            r#"{"error":"temporarily_unavailable"}"#,
            ErrorKind::Server,
            5,
        ),
        (429, "", ErrorKind::Throttled, 5),
    ] {
        let transport = (0..5).fold(MockTransport::new(), |mock, _| mock.reply(status, body));
        let error = exchange(&transport).unwrap_err();
        assert_eq!(
            (error.kind(), transport.requests().len()),
            (kind, calls),
            "{body}"
        );
        assert!(!error.to_string().contains("bob"), "{error}");
    }
}

fn fetch(
    timer: &VirtualTimer,
    transport: &MockTransport,
    source: &OAuthTokens,
    refresh: Option<&str>,
) -> Result<Token, Error> {
    let previous = refresh.map(|r| Token::new(secret("old"), Some(secret(r)), secs(1)));
    timer.block_on(source.fetch(&core(timer, transport), previous.as_ref()))
}

const FRESH: &str = r#"{"access_token":"new","expires_in":60}"#;
const REFUSED: &str = r#"{"error":"invalid_grant"}"#;

#[test]
fn a_refused_refresh_token_falls_back_to_the_password_and_only_then() {
    let timer = clock();
    let transport = MockTransport::new().reply(400, REFUSED).reply(200, FRESH);
    let source = OAuthTokens::new(endpoint(), password());
    let token = fetch(&timer, &transport, &source, Some("r1")).unwrap();
    assert!(token.refresh.is_none());
    transport.finish().unwrap();
    for (status, body) in [(401, r#"{"error":"invalid_client"}"#), (404, "")] {
        let transport = MockTransport::new().reply(status, body);
        assert!(fetch(&timer, &transport, &source, Some("r1")).is_err());
        transport.finish().unwrap();
    }
}

#[test]
fn a_refresh_token_that_is_not_replaced_is_kept() {
    let timer = clock();
    let transport = MockTransport::new().reply(200, FRESH);
    let source = OAuthTokens::new(endpoint(), password());
    let token = fetch(&timer, &transport, &source, Some("r1")).unwrap();
    assert_eq!(token.refresh.unwrap().expose_secret(), "r1");
}

#[test]
fn a_code_is_sent_once_unless_it_never_arrived() {
    let timer = clock();
    let code = Grant::Code {
        code: secret("c0de"),
        redirect_uri: "https://me".into(),
    };
    let source = OAuthTokens::new(endpoint(), code);
    let away = (0..5).fold(MockTransport::new(), |mock, _| mock.broken(false));
    assert!(fetch(&timer, &away, &source, None).is_err());
    let transport = MockTransport::new().reply(200, FRESH);
    fetch(&timer, &transport, &source, None).unwrap();
    let error = fetch(&timer, &transport, &source, None).unwrap_err();
    assert!(error.message().contains("authorize anew"), "{error}");
    assert_eq!(transport.requests().len(), 1);
}

/// A server that gives a new refresh token with each use, and takes everything away on a second use.
fn rotating(timer: &VirtualTimer) -> Arc<Tokens> {
    let next = std::sync::atomic::AtomicU64::new(0);
    Tokens::new(timer, move |_, previous| {
        let used = previous.and_then(|token| token.refresh.as_ref());
        let now = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let expected = (now > 0).then(|| format!("refresh-{}", now - 1));
        let used = used.map(|refresh| refresh.expose_secret().to_owned());
        assert_eq!(used, expected, "a refresh token was used twice, or lost");
        Ok(token(now, secs(600)))
    })
}

fn processes(timer: &VirtualTimer, server: &Arc<Tokens>, stores: Vec<Arc<dyn TokenStore>>) {
    let api = Server::new(timer, secs(0), |_, _| Ok(answer(200, "{}")));
    let clients: Vec<_> = stores
        .into_iter()
        .map(|store| {
            let source = Arc::new(SharedTokens::new(server.clone(), store));
            let auth = TokenAuth::new(source, Arc::new(NoAuth));
            builder(timer, api.clone())
                .auth(Arc::new(auth))
                .build()
                .unwrap()
        })
        .collect();
    for round in 1..=5 {
        let calls = clients
            .iter()
            .flat_map(|core| (0..8).map(|_| core.send(read())));
        for result in timer.block_on(join_all(calls)) {
            result.unwrap();
        }
        assert_eq!(server.count(), round, "one refresh for all processes");
        timer.advance(secs(700));
    }
}

#[test]
fn processes_share_rotating_refresh_tokens_in_memory() {
    let timer = clock();
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    processes(&timer, &rotating(&timer), vec![store; 6]);
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("access-sync-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn store(&self) -> FileTokenStore {
        FileTokenStore::new(self.0.join("tokens")).unwrap()
    }
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn processes_share_rotating_refresh_tokens_in_a_file() {
    let timer = clock();
    let folder = Folder::new("shared");
    let stores: Vec<Arc<dyn TokenStore>> = (0..6)
        .map(|_| Arc::new(folder.store()) as Arc<dyn TokenStore>)
        .collect();
    processes(&timer, &rotating(&timer), stores);
    assert_eq!(
        folder.names(),
        ["tokens.10"],
        "a claim and a token each time, the last one kept"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.0.join("tokens.10"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

fn stored(
    core: &ClientCore,
    timer: &VirtualTimer,
    store: &Arc<dyn TokenStore>,
    source: Arc<Tokens>,
) -> Result<Token, Error> {
    timer.block_on(SharedTokens::new(source, store.clone()).fetch(core, None))
}

#[test]
fn a_process_that_died_while_fetching_holds_the_others_up_for_a_minute_at_most() {
    let timer = clock();
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    let core = core(&timer, &MockTransport::new());
    let source = Tokens::living(&timer, secs(600));
    let dying = SharedTokens::new(source.clone(), store.clone());
    assert!(
        timer
            .block_on(Polls::new(dying.fetch(&core, None), 1))
            .is_none()
    );
    stored(&core, &timer, &store, source).unwrap();
    assert!(timer.elapsed() >= secs(60) && timer.elapsed() < secs(61));
}

#[test]
fn a_fetch_that_failed_frees_the_claim() {
    let timer = clock();
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    let core = core(&timer, &MockTransport::new());
    let failing = Tokens::failing(&timer, ErrorKind::Server);
    assert!(stored(&core, &timer, &store, failing).is_err());
    stored(&core, &timer, &store, Tokens::living(&timer, secs(600))).unwrap();
    assert!(timer.elapsed() < secs(1));
}

#[test]
fn a_file_that_is_not_a_token_is_refused_without_being_quoted() {
    let folder = Folder::new("foreign");
    std::fs::write(folder.0.join("tokens.3"), "{\"access\": hunter2}").unwrap();
    let error = clock().block_on(folder.store().load()).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error}");
    assert!(FileTokenStore::new("/no/such/folder/tokens").is_err());
}

#[test]
fn only_one_of_many_writers_wins_each_version() {
    let folder = Folder::new("race");
    let wins = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (timer, store) = (clock(), folder.store());
                for _ in 0..50 {
                    let now = timer.block_on(store.load()).unwrap();
                    let version = now.as_ref().map_or(0, |now| now.version);
                    let mut new = now.unwrap_or_else(first);
                    new.version = version + 1;
                    if timer.block_on(store.swap(version, &new)).unwrap() {
                        wins.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let last = clock()
        .block_on(folder.store().load())
        .unwrap()
        .unwrap()
        .version;
    // A swap that was overtaken at once may be told as lost; none that was lost is told as won.
    assert!(wins.into_inner() <= last);
}

fn first() -> StoredToken {
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    let timer = clock();
    let core = core(&timer, &MockTransport::new());
    stored(&core, &timer, &store, Tokens::living(&timer, secs(600))).unwrap();
    timer.block_on(store.load()).unwrap().unwrap()
}
