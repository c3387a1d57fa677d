//! Upgrades of the ledger's file from one version to the next.

use std::path::{Path, PathBuf};

use access_sync_engine::ledger::{Ledger as _, LedgerError, SqliteLedger};
use chrono::{DateTime, Utc};
use rusqlite::Connection;

const VERSION_1: &str = include_str!("data/version-1.sql");

/// A file as version 1 left it.
fn version_1(folder: &Path) -> PathBuf {
    let path = folder.join("ledger.db");
    let file = Connection::open(&path).unwrap();
    file.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    file.execute_batch(VERSION_1).unwrap();
    path
}

fn version(path: &Path) -> i64 {
    let file = Connection::open(path).unwrap();
    file.query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

/// All rows of all tables of version 1, as text.
fn rows(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let mut all = Vec::new();
    for table in [
        "leases",
        "journal",
        "users",
        "memberships",
        "credentials",
        "holds",
        "seen",
        "calls",
        "runs",
        "errors",
        "audits",
        "states",
        "claims",
    ] {
        let mut query = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = query.column_count();
        let found = query.query_map([], |row| {
            let values = (0..columns).map(|it| row.get::<_, rusqlite::types::Value>(it));
            values.collect::<Result<Vec<_>, _>>()
        });
        for row in found.unwrap() {
            all.push(format!("{table} {:?}", row.unwrap()));
        }
    }
    all
}

#[tokio::test]
async fn a_file_of_version_1_is_brought_up_to_date_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = version_1(folder.path());
    let before = rows(&path);
    assert_eq!(before.len(), 15);
    let ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(version(&path), 2);
    let mut kept = before.clone();
    kept.retain(|row| !row.contains("presence:event-1"));
    assert_eq!(rows(&path), kept);
    // What was claimed for presence is a door event that was told.
    let epoch = DateTime::<Utc>::UNIX_EPOCH;
    let doors = ledger.doors(epoch).await.unwrap();
    assert_eq!(doors.len(), 1);
    assert_eq!(doors[0].event.key, "event-1");
    assert_eq!(doors[0].told.as_deref(), Some("claimed"));
    assert!(ledger.waiting_doors().await.unwrap().is_empty());
    // Everything is read by this version's types.
    assert_eq!(ledger.made().await.unwrap().users.len(), 1);
    assert_eq!(ledger.open_intents().await.unwrap().len(), 1);
    assert_eq!(ledger.holds().await.unwrap().len(), 1);
    assert_eq!(ledger.seen().await.unwrap().len(), 1);
    assert_eq!(ledger.calls(epoch).await.unwrap().len(), 1);
    assert_eq!(ledger.runs(9).await.unwrap()[0].done, 1);
    assert_eq!(ledger.errors().await.unwrap()[0].times, 2);
    assert_eq!(ledger.rollbacks(9).await.unwrap(), []);
    drop(ledger);
    SqliteLedger::open(&path).unwrap();
    assert_eq!(rows(&path), kept);
}

#[test]
fn a_newer_file_is_refused_with_what_to_do_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = version_1(folder.path());
    let file = Connection::open(&path).unwrap();
    file.execute_batch("PRAGMA user_version = 3").unwrap();
    drop(file);
    let refused = SqliteLedger::open(&path).unwrap_err();
    assert!(matches!(
        refused,
        LedgerError::TooNew { found: 3, known: 2 }
    ));
    assert_eq!(
        refused.to_string(),
        "the ledger has version 3, and this program knows versions up to 2: use a newer program"
    );
    assert_eq!((version(&path), rows(&path).len()), (3, 15));
}

/// The file and its companions as a crash leaves them: without a word to the process that has them.
fn crashed(path: &Path, folder: &Path) -> PathBuf {
    for name in ["ledger.db", "ledger.db-wal"] {
        let from = path.with_file_name(name);
        if from.exists() {
            std::fs::copy(from, folder.join(name)).unwrap();
        }
    }
    folder.join("ledger.db")
}

#[test]
fn a_crash_in_the_middle_of_an_upgrade_leaves_version_1_whole_and_the_next_start_upgrades_it() {
    let schema = include_str!("../../src/ledger/sqlite/schema-2.sql");
    let statements: Vec<&str> = schema.split_inclusive(";\n").collect();
    assert!(statements.len() > 5);
    for done in 1..=statements.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = version_1(folder.path());
        let before = rows(&path);
        let file = Connection::open(&path).unwrap();
        // What is under way is written out early, so that the crash finds it in the files.
        file.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE")
            .unwrap();
        file.execute_batch(&statements[..done].concat()).unwrap();
        file.execute_batch(
            "CREATE TABLE big (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO big SELECT randomblob(2000) FROM n",
        )
        .unwrap();
        let after = tempfile::tempdir().unwrap();
        let path = crashed(&path, after.path());
        let wal = std::fs::metadata(after.path().join("ledger.db-wal")).unwrap();
        assert!(wal.len() > 500_000, "nothing was under way: {}", wal.len());
        assert_eq!(version(&path), 1);
        assert_eq!(rows(&path), before);
        SqliteLedger::open(&path).unwrap();
        assert_eq!(version(&path), 2);
    }
}

#[tokio::test]
async fn an_upgrade_that_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = version_1(folder.path());
    let file = Connection::open(&path).unwrap();
    // Somebody has a table of this name already.
    file.execute_batch("CREATE TABLE rollbacks (mine)").unwrap();
    let before = rows(&path);
    assert!(SqliteLedger::open(&path).is_err());
    assert_eq!((version(&path), rows(&path)), (1, before));
    file.execute_batch("DROP TABLE rollbacks").unwrap();
    assert!(SqliteLedger::open(&path).is_ok());
}
