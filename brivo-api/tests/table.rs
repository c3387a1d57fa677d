//! The table of operations in the crate's front tells the truth.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::BTreeSet;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The text of a test file, or of all files of a test folder.
fn tests_of(name: &str) -> String {
    let folder = format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    match std::fs::read_dir(folder) {
        Ok(files) => files
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect(),
        Err(_) => read(&format!("tests/{name}.rs")),
    }
}

#[test]
fn every_row_names_a_method_and_a_test_that_exist() {
    let sources: String = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let mut operations = BTreeSet::new();
    for row in read("OPERATIONS.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
    {
        let cells: Vec<_> = row
            .split(" | ")
            .map(|c| c.trim_matches(['|', ' ', '`']))
            .collect();
        let [operation, methods, test] = cells[..] else {
            continue;
        };
        assert!(operations.insert(operation.to_owned()), "{operation} twice");
        for method in methods.split(", ") {
            let name = method
                .trim_end_matches("()")
                .rsplit(['.', ':'])
                .next()
                .unwrap();
            assert!(
                sources.contains(&format!("pub fn {name}("))
                    || sources.contains(&format!("pub fn {name}<"))
                    || sources.contains(&format!("pub async fn {name}("))
                    || sources.contains(&format!("pub struct {name}")),
                "{method}"
            );
        }
        let (file, name) = test.split_once("::").unwrap();
        assert!(tests_of(file).contains(&format!("fn {name}()")), "{test}");
        // The documentation of the method names the path it calls.
        if let Some((verb, path)) = operation.split_once(' ') {
            if !path.starts_with('{') {
                let last = path
                    .rsplit('/')
                    .find(|part| !part.starts_with('{'))
                    .unwrap();
                assert!(
                    sources.contains(verb) && sources.contains(&format!("/{last}")),
                    "{operation}"
                );
            }
        }
    }
    assert!(operations.len() > 80, "{}", operations.len());
}

#[test]
fn the_front_takes_a_stranger_to_a_door_in_twenty_lines() {
    let front = read("src/lib.rs");
    let example = front
        .split_once("```no_run\n")
        .and_then(|(_, rest)| rest.split_once("//! ```"))
        .unwrap()
        .0;
    let shown: Vec<&str> = example
        .lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
        .collect();
    assert!(shown.len() <= 20, "{} lines", shown.len());
    for step in [
        ".api_key(",
        "whoami()",
        ".ensure(",
        "change_groups(",
        "activate(",
    ] {
        assert!(example.contains(step), "{step}");
    }
}
