//! `OPERATIONS.md` tells the truth, and every sample is read by a test.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::BTreeSet;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &rust_below(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &std::fs::read_to_string(path).unwrap();
        }
    }
    text
}

fn crate_folder(name: &str) -> String {
    rust_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
}

/// The text of a test, which may be `async`.
fn test_body(name: &str) -> String {
    let (file, function) = name.split_once("::").unwrap();
    let text = read(&format!("tests/{file}.rs"));
    let (_, rest) = text
        .split_once(&format!("fn {function}()"))
        .unwrap_or_else(|| panic!("no test {name}"));
    rest.split("\n}\n").next().unwrap().to_owned()
}

#[test]
fn every_row_names_a_real_method_a_public_one_and_tests_that_use_it() {
    let sources = crate_folder("src");
    let known: BTreeSet<String> = sources
        .split("Method::known(")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .map(|list| list.split_whitespace().collect::<String>())
        .filter(|list| list.starts_with('"'))
        .collect();
    let mut told = BTreeSet::new();
    let mut operations = BTreeSet::new();
    let table = read("OPERATIONS.md");
    for row in table.lines().filter(|line| line.starts_with("| get")) {
        let cells: Vec<_> = row
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let [operation, service, method, version, here, tests] = cells[..] else {
            panic!("{row}")
        };
        assert!(operations.insert(operation), "{operation} twice");
        let address = format!("\"{service}\",\"{method}\",\"{version}\"");
        assert!(known.contains(&address), "{operation}: {address}");
        told.insert(address);
        let name = here.split_once("::").unwrap().1;
        let public = ["pub fn", "pub async fn"];
        assert!(
            public
                .iter()
                .any(|word| sources.contains(&format!("{word} {name}("))),
            "{here}"
        );
        for test in tests.split(", ").map(|test| test.trim_matches('`')) {
            assert!(
                test_body(test).contains(&format!(".{name}(")),
                "{test} does not use {name}"
            );
        }
    }
    assert_eq!(told, known, "methods that the table does not tell");
    // Tests that are named in the text below.
    let names = table.split('`').filter(|name| {
        name.split_once("::")
            .is_some_and(|(file, _)| file.chars().all(char::is_lowercase))
    });
    names.for_each(|name| assert!(!test_body(name).is_empty()));
}

#[test]
fn every_sample_is_read_by_a_test() {
    let tests = crate_folder("tests");
    for entry in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")).unwrap()
    {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // `10-getLeases-r2` of `10-getLeases-r2.response.json`.
        let stem = name.split('.').next().unwrap();
        assert!(tests.contains(&format!("\"{stem}")), "{name}");
    }
}
