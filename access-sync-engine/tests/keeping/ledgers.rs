use std::sync::Arc;

use access_sync_core::ids::{SubjectId, TargetId};
use access_sync_engine::access::UserId;
use access_sync_engine::journal::{Intent, Outcome, Write};
use access_sync_engine::ledger::{
    CallCount, Fence, Hold, HoldKind, HoldScope, How, Leased, Ledger, LedgerError, MadeUser,
    MemoryLedger, PersonError, Run, SqliteLedger, Update,
};
use chrono::{DateTime, TimeDelta, Utc};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_773_000_000 + minute * 60, 0).unwrap()
}

fn both() -> Vec<Arc<dyn Ledger>> {
    vec![
        Arc::new(MemoryLedger::default()),
        Arc::new(SqliteLedger::in_memory().unwrap()),
    ]
}

async fn lease(ledger: &dyn Ledger, worker: Option<&str>, minute: i64) -> Result<Fence, String> {
    let leased = ledger.lease("writer", worker, at(minute), at(minute + 2));
    match leased.await.unwrap() {
        Leased::Granted(fence) => Ok(fence),
        Leased::Busy { worker, .. } => Err(worker.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

fn create(subject: &str) -> Intent {
    let subject = SubjectId::new(subject);
    Intent::new(at(0), "digest", Write::CreateUser { subject })
}

#[tokio::test]
async fn one_writer_at_a_time_and_whoever_was_overtaken_writes_nothing_more() {
    for ledger in both() {
        let ledger = ledger.as_ref();
        let first = lease(ledger, Some("a"), 0).await.unwrap();
        assert_eq!(lease(ledger, Some("b"), 1).await, Err("a".into()));
        assert_eq!(lease(ledger, None, 1).await, Err("a".into()));
        // Its time has run out.
        let second = lease(ledger, Some("b"), 3).await.unwrap();
        assert!(second.token > first.token);
        let refused = ledger.intent(&first, &create("x")).await;
        assert!(matches!(refused, Err(LedgerError::Fenced)), "{refused:?}");
        let refused = ledger.renew(&first, at(9)).await;
        assert!(matches!(refused, Err(LedgerError::Fenced)), "{refused:?}");
        let refused = ledger.write(Some(&first), &[]).await;
        assert!(refused.is_err() || ledger.journal(1).await.unwrap().is_empty());
        // One that is back under its name need not wait; its earlier fence is void.
        let third = lease(ledger, Some("b"), 3).await.unwrap();
        assert!(third.token > second.token);
        assert!(ledger.intent(&second, &create("x")).await.is_err());
        ledger.renew(&third, at(9)).await.unwrap();
        assert!(lease(ledger, Some("c"), 6).await.is_err());
        ledger.give_back(&third).await.unwrap();
        assert!(ledger.intent(&third, &create("x")).await.is_err());
        lease(ledger, Some("c"), 6).await.unwrap();
    }
}

#[tokio::test]
async fn an_outcome_and_what_is_ours_by_it_are_kept_together_or_not_at_all() {
    for ledger in both() {
        let ledger = ledger.as_ref();
        let fence = lease(ledger, None, 0).await.unwrap();
        let first = ledger.intent(&fence, &create("one")).await.unwrap();
        let second = ledger.intent(&fence, &create("two")).await.unwrap();
        assert!(first < second);
        let user = UserId("7".into());
        let mut made = MadeUser::new(SubjectId::new("one"), user.clone(), How::Made, at(0));
        made.until = Some(at(500));
        made.email = Some("fingerprint".into());
        let target = TargetId::new("880001");
        let updates = [
            Update::User(made.clone()),
            Update::Membership {
                user: user.clone(),
                target: target.clone(),
                how: How::Made,
                since: at(0),
            },
        ];
        let done = Outcome::Done;
        ledger
            .outcome(&fence, first, at(1), &done, &updates)
            .await
            .unwrap();
        let again = ledger.outcome(&fence, first, at(1), &done, &[]).await;
        assert!(matches!(again, Err(LedgerError::NoEntry(_))), "{again:?}");
        let kept = ledger.made().await.unwrap();
        assert_eq!(kept.users.values().collect::<Vec<_>>(), [&made]);
        assert_eq!(kept.groups_of(&user).collect::<Vec<_>>(), [&target]);
        let open = ledger.open_intents().await.unwrap();
        assert_eq!(open.iter().map(|it| it.id).collect::<Vec<_>>(), [second]);
        let why = Outcome::Failed("no".into());
        ledger
            .outcome(&fence, second, at(1), &why, &[])
            .await
            .unwrap();
        let newest = ledger.journal(1).await.unwrap().remove(0);
        assert_eq!((newest.id, newest.outcome), (second, Some(why)));
        // Who is gone takes everything along.
        let gone = [Update::UserGone(SubjectId::new("one"))];
        ledger.write(Some(&fence), &gone).await.unwrap();
        assert!(ledger.made().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn holds_calls_errors_runs_states_and_claims_are_kept_as_they_were_given() {
    for ledger in both() {
        let ledger = ledger.as_ref();
        let scope = HoldScope::Property("entrata:property:1".into());
        let hold = Hold::new(HoldKind::Pause, scope, at(0), "works").until(at(90));
        let person = HoldScope::Person(SubjectId::new("p"));
        let other = Hold::new(HoldKind::Hold, person, at(0), "eviction");
        let updates = [Update::Hold(hold.clone()), Update::Hold(other)];
        ledger.write(None, &updates).await.unwrap();
        let holds = ledger.holds().await.unwrap();
        assert_eq!(holds.len(), 2);
        assert_eq!(
            (&holds[0].scope, holds[0].until),
            (&hold.scope, Some(at(90)))
        );
        ledger
            .write(None, &[Update::Unhold(holds[0].id)])
            .await
            .unwrap();
        assert_eq!(ledger.holds().await.unwrap(), holds[1..]);

        let count = |calls| Update::Calls(CallCount::new(at(0), "brivo", "users.list", calls));
        ledger.write(None, &[count(2), count(3)]).await.unwrap();
        let calls = ledger.calls(at(0)).await.unwrap();
        assert_eq!(calls.iter().map(|it| it.calls).collect::<Vec<_>>(), [5]);
        assert!(ledger.calls(at(1)).await.unwrap().is_empty());

        let error =
            |minute| Update::PersonError(PersonError::new(SubjectId::new("p"), at(minute), "no"));
        ledger.write(None, &[error(1), error(2)]).await.unwrap();
        let kept = ledger.errors().await.unwrap().remove(0);
        assert_eq!((kept.since, kept.last, kept.times), (at(1), at(2), 2));
        ledger
            .write(None, &[Update::PersonOk(SubjectId::new("p"))])
            .await
            .unwrap();
        assert!(ledger.errors().await.unwrap().is_empty());

        let runs = [Run::new(at(1), "a"), Run::new(at(2), "b")];
        ledger
            .write(None, &runs.clone().map(Update::Run))
            .await
            .unwrap();
        assert_eq!(ledger.runs(1).await.unwrap(), runs[1..]);

        let state = |value: Option<&str>| Update::State {
            key: "cursor".into(),
            value: value.map(str::to_owned),
        };
        ledger.write(None, &[state(Some("x"))]).await.unwrap();
        assert_eq!(ledger.state("cursor").await.unwrap().as_deref(), Some("x"));
        ledger.write(None, &[state(None)]).await.unwrap();
        assert_eq!(ledger.state("cursor").await.unwrap(), None);

        assert!(ledger.claim("event 1", at(0)).await.unwrap());
        assert!(!ledger.claim("event 1", at(5)).await.unwrap());
        let later = Update::ForgetClaimsBefore(at(1));
        ledger.write(None, &[later]).await.unwrap();
        assert!(ledger.claim("event 1", at(6)).await.unwrap());
    }
}

#[tokio::test]
async fn a_file_is_private_outlives_its_process_and_reads_with_plain_sql() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let fence = {
        let ledger = SqliteLedger::open(&path).unwrap();
        let fence = lease(&ledger, Some("a"), 0).await.unwrap();
        ledger.intent(&fence, &create("one")).await.unwrap();
        fence
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let plain = rusqlite::Connection::open(&path).unwrap();
    let line: (String, String, Option<String>) = plain
        .query_row("SELECT kind, subject, outcome FROM journal", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(line, ("create_user".into(), "one".into(), None));
    let again = SqliteLedger::open(&path).unwrap();
    assert_eq!(again.open_intents().await.unwrap().len(), 1);
    assert!(again.intent(&fence, &create("two")).await.is_ok());

    plain.execute_batch("PRAGMA user_version = 99").unwrap();
    let refused = SqliteLedger::open(&path);
    assert!(
        matches!(refused, Err(LedgerError::TooNew { found: 99, .. })),
        "{refused:?}"
    );
    let no_ledger = folder.path().join("text");
    std::fs::write(
        &no_ledger,
        "this is no database, and long enough to be seen as none",
    )
    .unwrap();
    assert!(SqliteLedger::open(&no_ledger).is_err());
}

#[tokio::test]
async fn instants_are_kept_to_the_millisecond() {
    let ledger = SqliteLedger::in_memory().unwrap();
    let since = at(0) + TimeDelta::milliseconds(7);
    let hold = Hold::new(HoldKind::Hold, HoldScope::Account, since, "");
    ledger.write(None, &[Update::Hold(hold)]).await.unwrap();
    assert_eq!(ledger.holds().await.unwrap()[0].since, since);
}
