//! What a stranger meets: documents whose links, commands and code hold, and crates fit to publish.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const PUBLISHED: [&str; 7] = [
    "access-sync-core",
    "access-sync-engine",
    "access-sync-http",
    "access-sync-sandbox",
    "brivo-api",
    "entrata-api",
    "nexudus-api",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Markdown file of the project, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    walk(&path, found);
                }
            } else if name.ends_with(".md") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    assert!(found.len() > 15, "{}", found.len());
    found
}

/// A heading as GitHub makes an anchor of it.
fn anchor(heading: &str) -> String {
    let letters = heading.trim().to_lowercase();
    let kept = letters
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The text without code, in which a bracket is a bracket.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            for (number, part) in line.split('`').enumerate() {
                out.push_str(if number % 2 == 0 { part } else { "code" });
            }
            out.push('\n');
        }
    }
    out
}

#[test]
fn links_within_the_project_lead_somewhere() {
    let mut looked_at = 0;
    for (path, text) in documents() {
        let prose = prose(&text);
        for link in prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            looked_at += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let to = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            assert!(to.exists(), "{}: {link} leads nowhere", path.display());
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&to).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(
                    headings.any(|line| anchor(line.trim_start_matches('#')) == heading),
                    "{}: {link}: no such heading",
                    path.display()
                );
            }
        }
    }
    assert!(looked_at > 40, "{looked_at}");
}

/// The words of a shell line up to a comment, a pipe or a redirection; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            '#' | '|' | '>' | '<' | '&' if !quoted && word.is_empty() => break,
            ' ' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Every call of `access-sync` in the documents' shell blocks, and in ticks, with its place.
fn calls() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (path, text) in documents() {
        let place = |line: usize| format!("{}:{}", path.display(), line + 1);
        let mut block = "";
        for (number, line) in text.lines().enumerate() {
            if let Some(fence) = line.trim_start().strip_prefix("```") {
                block = if block.is_empty() {
                    if fence.is_empty() { "text" } else { fence }
                } else {
                    ""
                };
            } else if block == "sh" {
                let line = line.trim();
                let line = line
                    .split_once("--bin access-sync -- ")
                    .map_or(line, |(_, rest)| rest);
                let line = line.strip_prefix("access-sync ").or_else(|| {
                    line.starts_with(|c: char| c.is_ascii_lowercase())
                        .then_some(line)
                        .filter(|_| text.contains(&format!("--bin access-sync -- {line}")))
                });
                found.extend(line.map(|line| (place(number), words(line))));
            } else if block.is_empty() {
                for code in line.split('`').skip(1).step_by(2) {
                    found.extend(
                        code.strip_prefix("access-sync ")
                            .map(|line| (place(number), words(line))),
                    );
                }
            }
        }
    }
    assert!(found.len() > 30, "{}", found.len());
    found
}

fn help(of: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_access-sync"))
        .args(of)
        .arg("--help")
        .output()
        .unwrap();
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn commands_in_the_documents_exist_with_their_flags() {
    let mut known: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (place, words) in calls() {
        let Some(command) = words.first().filter(|word| !word.starts_with('-')) else {
            continue;
        };
        let mut path = vec![command.as_str()];
        // The vendors of `decode` are commands of their own.
        path.extend(
            words.get(1).map(String::as_str).filter(|word| {
                command == "decode" && ["brivo", "entrata", "nexudus"].contains(word)
            }),
        );
        let help = known.entry(path.join(" ")).or_insert_with(|| help(&path));
        let help = help
            .as_ref()
            .unwrap_or_else(|| panic!("{place}: no command {}", path.join(" ")));
        let has = |flag: &str| {
            help.split([' ', ',', '\n', '=', '[', ']'])
                .any(|word| word == flag)
        };
        for flag in words
            .iter()
            .filter(|word| word.starts_with('-') && word.len() > 1)
        {
            let flag = flag.split('=').next().unwrap();
            assert!(has(flag), "{place}: {} has no {flag}", path.join(" "));
        }
    }
}

#[test]
fn files_that_commands_in_the_documents_read_are_there() {
    let mut looked_at = 0;
    for (place, words) in calls() {
        for file in words.iter().filter(|word| word.starts_with("examples/")) {
            looked_at += 1;
            assert!(root().join(file).exists(), "{place}: {file}");
        }
    }
    assert!(looked_at > 3);
}

#[test]
fn code_in_the_documents_is_compiled() {
    // Each document with Rust in it is part of some crate's documentation tests.
    let sources = [
        "access-sync-engine/src/lib.rs",
        "access-sync-core/src/lib.rs",
        "access-sync-http/src/lib.rs",
        "brivo-api/src/lib.rs",
        "entrata-api/src/lib.rs",
        "nexudus-api/src/lib.rs",
        "access-sync-sandbox/src/lib.rs",
    ];
    let sources: Vec<_> = sources
        .map(|path| {
            (
                root().join(path),
                std::fs::read_to_string(root().join(path)).unwrap(),
            )
        })
        .into();
    for (path, text) in documents() {
        if !text.contains("```rust") {
            continue;
        }
        let included = sources.iter().any(|(source, code)| {
            code.split("include_str!(\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .any(|file| {
                    source.parent().unwrap().join(file).canonicalize().ok()
                        == path.canonicalize().ok()
                })
        });
        assert!(
            included,
            "{} has Rust that nothing compiles",
            path.display()
        );
    }
}

#[test]
fn the_picture_in_the_front_page_is_what_report_draws() {
    let output = Command::new(env!("CARGO_BIN_EXE_access-sync"))
        .args([
            "report",
            "examples/timelines/moving-in.json",
            "--svg",
            "unit 101",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let kept = std::fs::read(root().join("docs/images/unit-101.svg")).unwrap();
    assert!(
        output.stdout == kept,
        "draw it again: access-sync report examples/timelines/moving-in.json --svg \"unit 101\" -o docs/images/unit-101.svg"
    );
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn published_crates_say_who_they_are() {
    let metadata = metadata();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if package["publish"].as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        seen.insert(name);
        for key in [
            "description",
            "license",
            "repository",
            "readme",
            "documentation",
        ] {
            assert!(
                package[key].as_str().is_some_and(|text| !text.is_empty()),
                "{name} has no {key}"
            );
        }
        // crates.io's own limits.
        let list = |key: &str| {
            package[key]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap())
                .collect::<Vec<_>>()
        };
        let (keywords, categories) = (list("keywords"), list("categories"));
        assert!(
            (1..=5).contains(&keywords.len()) && keywords.iter().all(|it| it.len() <= 20),
            "{name}: {keywords:?}"
        );
        assert!(
            (1..=5).contains(&categories.len()),
            "{name}: {categories:?}"
        );
        let folder = Path::new(package["manifest_path"].as_str().unwrap())
            .parent()
            .unwrap();
        assert!(
            folder.join(package["readme"].as_str().unwrap()).exists(),
            "{name}"
        );
        for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(
                folder.join(license).exists(),
                "{name} takes no {license} along"
            );
        }
        // A path alone cannot be published; development dependencies without a version are left out.
        for dependency in package["dependencies"].as_array().unwrap() {
            let (ours, dev) = (dependency["path"].is_string(), dependency["kind"] == "dev");
            assert!(
                !ours || dev || dependency["req"] != "*",
                "{name} -> {}",
                dependency["name"]
            );
        }
    }
    assert_eq!(seen, BTreeSet::from(PUBLISHED));
}
