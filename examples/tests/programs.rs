//! Every program of `examples/examples` runs, against a sandbox of its own, and says what it should.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

/// What each program says, in this order.
const SAYS: [(&str, &[&str]); 10] = [
    (
        "brivo_authorization_code",
        &[
            "Open https://auth.brivo.com/oauth/authorize?response_type=code",
            "Connected, as administrator",
            "Connected again after a restart; ",
        ],
    ),
    (
        "leases_ending",
        &["Harbor Point Flats", "2026-03-31", "Quarry Lofts"],
    ),
    (
        "entrata_to_brivo",
        &[
            "windows for",
            "people change, in",
            "done, 0 failed",
            "A second look finds 0 changes",
        ],
    ),
    (
        "nexudus_to_brivo",
        &[
            " windows",
            "next: ",
            "people change, in",
            "done, 0 failed",
            "A second look finds 0 changes",
        ],
    ),
    (
        "own_rate_limiter",
        &[
            "2 properties",
            "stopped: ",
            "calls by vendor: {\"brivo\": 5, \"entrata\": 1}",
        ],
    ),
    ("own_transport", &["live: ", "from the cassette: "]),
    (
        "webhook_receiver",
        &[
            "refused: ",
            "answered 401",
            "answered 200",
            "BookingUpdate 1418700601: to be read anew",
        ],
    ),
    (
        "opentelemetry",
        &["attempt", "503", "groups", "nightly audit"],
    ),
    (
        "planner_alone",
        &[
            "ana opens unit 302: 2026-03-08 14:00:00 UTC to 2026-05-01 00:00:00 UTC",
            "ben may open Cedar Room at 2026-03-09T13:50:00Z",
            "hold hold-1 locks out",
            "warn: unmanaged_membership, janitor, unit 302",
        ],
    ),
    (
        "portfolio",
        &[
            "Harbor Point Flats",
            "Quarry Lofts",
            "held back: ",
            "guard: ",
        ],
    ),
];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Where cargo puts the programs. A plain `cargo test` has built them; one of this file alone has not.
fn built(name: &str) -> PathBuf {
    static ONCE: Once = Once::new();
    let binary = Path::new(env!("CARGO_BIN_EXE_access-sync"));
    let folder = binary.parent().unwrap().join("examples");
    ONCE.call_once(|| {
        if !SAYS.iter().all(|(name, _)| folder.join(name).exists()) {
            let build = [
                "build",
                "--quiet",
                "-p",
                "access-sync-examples",
                "--examples",
            ];
            let status = Command::new(env!("CARGO"))
                .args(build)
                .current_dir(sources())
                .status();
            assert!(status.unwrap().success());
        }
    });
    folder.join(name)
}

fn run(name: &str) -> String {
    let output = Command::new(built(name))
        .env_remove("ACCESS_SYNC_REAL")
        .output()
        .unwrap();
    let (out, errors) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{name}: {out}\n{errors}");
    out
}

#[test]
fn every_program_says_what_it_should() {
    for (name, says) in SAYS {
        let out = run(name);
        let mut rest = out.as_str();
        for part in says {
            let (_, after) = rest
                .split_once(part)
                .unwrap_or_else(|| panic!("{name} does not say {part:?} in its place: {out}"));
            rest = after;
        }
    }
}

#[test]
fn no_program_is_left_out() {
    let known: BTreeSet<_> = SAYS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let there: BTreeSet<_> = std::fs::read_dir(sources())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(there, known);
}

#[test]
fn sixty_lines_are_sixty_lines() {
    for name in ["entrata_to_brivo", "nexudus_to_brivo"] {
        let text = std::fs::read_to_string(sources().join(format!("{name}.rs"))).unwrap();
        assert!(
            text.lines().count() <= 60,
            "{name}: {} lines",
            text.lines().count()
        );
    }
}

#[test]
fn with_real_hosts_a_missing_credential_is_named_and_nothing_is_sent() {
    for (name, variable) in [
        ("entrata_to_brivo", "BRIVO_API_KEY"),
        ("leases_ending", "ENTRATA_ORG"),
    ] {
        let output = Command::new(built(name))
            .env_clear()
            .env("ACCESS_SYNC_REAL", "1")
            .output()
            .unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(&format!("{variable} is not set")), "{said}");
    }
}
