//! kill -9 in the middle of a run, in a process of its own.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use access_sync_engine::access::brivo::BrivoAccess;
use access_sync_engine::ledger::{Ledger as _, SqliteLedger};
use access_sync_engine::source::entrata::EntrataSource;
use access_sync_engine::{Engine, Mapping, Quiet};
use access_sync_http::{NoRetry, Unlimited};
use access_sync_sandbox::Sandbox;
use brivo_api::{BrivoClient, Region};
use entrata_api::{Auth, EntrataClient, Host};

use super::house::{QUARRY, state};

const ROLE: &str = "ACCESS_SYNC_TEST_CHILD";

/// Not a test of its own: the process that is killed. Without its environment it does nothing.
#[tokio::test]
async fn the_child() {
    let Ok(setting) = std::env::var(ROLE) else {
        return;
    };
    let [file, auth, api, login, entrata, key, now] =
        <[&str; 7]>::try_from(setting.split('\n').collect::<Vec<_>>()).unwrap();
    let login: Vec<&str> = login.split('\t').collect();
    let mapping = Mapping::from_toml(QUARRY).unwrap();
    let brivo = BrivoClient::builder()
        .region(Region::Custom {
            auth: auth.into(),
            api: api.into(),
        })
        .api_key(login[0])
        .client(login[1], login[2])
        .password(login[3], login[4])
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap();
    let entrata = EntrataClient::builder()
        .host(Host::Custom(entrata.into()))
        .auth(Auth::api_key(key))
        .limiter(Arc::new(Unlimited))
        .retry(Arc::new(NoRetry))
        .build()
        .unwrap();
    let engine = Engine::builder(BrivoAccess::new(brivo), &mapping)
        .source(EntrataSource::new(entrata, &mapping))
        .ledger(Arc::new(SqliteLedger::open(file).unwrap()))
        .worker("child")
        .build()
        .unwrap();
    let now = now.parse().unwrap();
    let prepared = engine.prepare(now, &Quiet).await.unwrap();
    let applied = engine.apply(&prepared, now, &Quiet).await.unwrap();
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
}

fn child(sandbox: &Sandbox, file: &std::path::Path) -> Command {
    let (brivo, login) = (sandbox.brivo(), sandbox.brivo().credentials());
    let (entrata, key) = (sandbox.entrata(), sandbox.entrata().credentials().api_key);
    let login = [
        login.api_key,
        login.client_id,
        login.client_secret,
        login.username,
        login.password,
    ];
    let setting = [
        file.display().to_string(),
        brivo.auth_url(),
        brivo.api_url(),
        login.join("\t"),
        entrata.gateway_url(),
        key,
        sandbox.now().to_rfc3339(),
    ];
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "killed::the_child", "--quiet"])
        .env(ROLE, setting.join("\n"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Ten worlds, or as many as `ACCESS_SYNC_KILLS` says; each is killed somewhere in its run, and
/// again, until a run gets through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_call_the_next_process_ends_as_if_nothing_had_been() {
    let kills: u64 = std::env::var("ACCESS_SYNC_KILLS")
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(10);
    let straight = Sandbox::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let done = child(&straight, &folder.path().join("straight.db")).status();
    assert!(done.unwrap().success());
    let (expected, calls) = (state(&straight), straight.brivo().call_count() as u64);
    let writes = expected.keys().filter(|it| it.starts_with("access-sync:"));
    let ours = writes.count();
    assert!(ours > 4);

    let mut killed = 0;
    let mut world = 0;
    while killed < kills {
        world += 1;
        let sandbox = Sandbox::builder().start().await.unwrap();
        let file = folder.path().join(format!("{world}.db"));
        // Spread over all calls of a run, most of them among the writes.
        let mut limit = 3 + (killed * 7 + world * 5) % calls;
        loop {
            let before = sandbox.brivo().call_count() as u64;
            let mut process = child(&sandbox, &file).spawn().unwrap();
            let ended = loop {
                if sandbox.brivo().call_count() as u64 >= before + limit {
                    break process.try_wait().unwrap().map(|status| status.success());
                }
                if let Some(status) = process.try_wait().unwrap() {
                    break Some(status.success());
                }
                tokio::time::sleep(Duration::from_micros(200)).await;
            };
            if ended.is_none() {
                process.kill().unwrap();
                process.wait().unwrap();
                killed += 1;
                if killed >= kills {
                    break;
                }
                limit += 4;
                continue;
            }
            assert_eq!(ended, Some(true), "world {world}");
            break;
        }
        let done = child(&sandbox, &file).status().unwrap();
        assert!(done.success(), "world {world}");
        assert_eq!(state(&sandbox), expected, "world {world}");
        let ledger = SqliteLedger::open(&file).unwrap();
        assert!(ledger.open_intents().await.unwrap().is_empty());
        assert_eq!(ledger.made().await.unwrap().users.len(), ours);
    }
    assert_eq!(killed, kills);
}
