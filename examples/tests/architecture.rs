//! What ARCHITECTURE.md promises of crates and arrows, checked against what cargo resolves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Dependencies among our own crates that the architecture has; no others.
const ARROWS: [(&str, &[&str]); 8] = [
    ("access-sync-core", &[]),
    ("access-sync-http", &[]),
    ("access-sync-sandbox", &[]),
    ("brivo-api", &["access-sync-http"]),
    ("entrata-api", &["access-sync-http"]),
    ("nexudus-api", &["access-sync-http"]),
    (
        "access-sync-engine",
        &[
            "access-sync-core",
            "access-sync-http",
            "brivo-api",
            "entrata-api",
            "nexudus-api",
        ],
    ),
    (
        "access-sync-examples",
        &[
            "access-sync-core",
            "access-sync-engine",
            "access-sync-http",
            "access-sync-sandbox",
            "brivo-api",
            "entrata-api",
            "nexudus-api",
        ],
    ),
];

/// All that core may pull into a user's build, directly or not.
const CORE_ALLOWED: &[&str] = &[
    "access-sync-core",
    "chrono",
    "chrono-tz",
    "num-traits",
    "phf",
    "phf_shared",
    "proc-macro2",
    "quote",
    "serde",
    "serde_core",
    "serde_derive",
    "siphasher",
    "syn",
    "thiserror",
    "thiserror-impl",
    "unicode-ident",
];

/// The crates that keep the workspace's minimum supported Rust version in a user's build.
const SDK: &[&str] = &[
    "access-sync-core",
    "access-sync-http",
    "brivo-api",
    "entrata-api",
    "nexudus-api",
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn metadata() -> Value {
    serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--locked"])).unwrap()
}

/// The names of everything in a crate's normal dependency tree, itself included.
fn tree(package: &str, more: &[&str]) -> BTreeSet<String> {
    let base = [
        "tree", "--locked", "-e", "normal", "--prefix", "none", "--format", "{p}", "-p", package,
    ];
    let lines = cargo(&[&base, more].concat());
    lines
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_arrow_runs_outside_the_architecture() {
    let metadata = metadata();
    let members = metadata["workspace_members"].as_array().unwrap();
    let ours: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .map(|package| (package["name"].as_str().unwrap(), package))
        .collect();
    let named: BTreeSet<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        ours.keys().copied().collect::<BTreeSet<_>>(),
        named,
        "a crate that the architecture does not have"
    );
    for (name, allowed) in ARROWS {
        for dependency in ours[name]["dependencies"].as_array().unwrap() {
            let target = dependency["name"].as_str().unwrap();
            let normal = dependency["kind"].is_null();
            let arrow = ours.contains_key(target) && normal;
            assert!(
                !arrow || allowed.contains(&target),
                "{name} -> {target} is no arrow of the architecture"
            );
        }
    }
}

#[test]
fn core_pulls_in_nothing_but_its_allow_list() {
    for features in [&[][..], &["--no-default-features"]] {
        let extra: Vec<_> = tree("access-sync-core", features)
            .into_iter()
            .filter(|name| !CORE_ALLOWED.contains(&name.as_str()))
            .collect();
        assert!(extra.is_empty(), "core would pull in {extra:?}");
    }
}

/// Whoever uses reqwest already must not notice what the plumbing adds.
#[test]
fn http_adds_at_most_twelve_crates_to_reqwest_s_own() {
    let lines = cargo(&[
        "tree",
        "--locked",
        "-e",
        "normal",
        "--no-dedupe",
        "--prefix",
        "depth",
        "--format",
        " {p}",
        "-p",
        "access-sync-http",
    ]);
    let (mut reqwest, mut all) = (BTreeSet::new(), BTreeSet::new());
    let mut below = None;
    for line in lines.lines() {
        let Some((depth, package)) = line.split_once(' ') else {
            continue;
        };
        let (depth, name) = (
            depth.parse::<u32>().unwrap(),
            package.split(' ').next().unwrap(),
        );
        if below.is_some_and(|top| depth <= top) {
            below = None;
        }
        if name == "reqwest" {
            below = Some(depth);
        }
        all.insert(name);
        if below.is_some() {
            reqwest.insert(name);
        }
    }
    assert!(reqwest.len() > 20, "reqwest's part was not found");
    let added: Vec<_> = all
        .difference(&reqwest)
        .filter(|name| **name != "access-sync-http")
        .collect();
    assert!(added.len() <= 12, "{} crates: {added:?}", added.len());
}

#[test]
fn core_is_no_std_and_gets_no_clock() {
    let lib = std::fs::read_to_string(root().join("access-sync-core/src/lib.rs")).unwrap();
    assert!(lib.contains("#![no_std]"));
    for entry in walk(&root().join("access-sync-core/src")) {
        let text = std::fs::read_to_string(&entry).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        assert!(
            !code.contains("extern crate std"),
            "{} brings std back",
            entry.display()
        );
    }
    let features = cargo(&[
        "tree",
        "--locked",
        "-e",
        "normal,features",
        "-p",
        "access-sync-core",
        "--prefix",
        "none",
    ]);
    for clock in [
        "chrono feature \"clock\"",
        "chrono feature \"now\"",
        "chrono feature \"std\"",
    ] {
        assert!(!features.contains(clock), "core switches on {clock}");
    }
}

#[test]
fn sdk_crates_pull_in_nothing_that_needs_a_newer_compiler() {
    let metadata = metadata();
    let msrv = version(
        metadata["packages"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["name"] == "brivo-api")
            .unwrap(),
    );
    assert_eq!(msrv, (1, 85));
    for sdk in SDK {
        let names = tree(sdk, &[]);
        for package in metadata["packages"].as_array().unwrap() {
            if names.contains(package["name"].as_str().unwrap()) {
                assert!(
                    version(package) <= msrv,
                    "{sdk} pulls in {} which needs Rust {:?}",
                    package["name"],
                    version(package)
                );
            }
        }
    }
}

#[test]
fn peers_that_we_are_measured_against_stay_out_of_the_workspace() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for peer in [
        "governor",
        "reqwest-middleware",
        "reqwest-retry",
        "rangemap",
        "criterion",
    ] {
        assert!(
            !lock.contains(&format!("name = \"{peer}\"")),
            "{peer} is in a user's lock file"
        );
    }
}

fn version(package: &Value) -> (u32, u32) {
    let Some(text) = package["rust_version"].as_str() else {
        return (1, 0);
    };
    let mut parts = text.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap_or(0))
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
