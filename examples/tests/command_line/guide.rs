//! docs/first-door.md, as somebody types it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::running::interrupt;
use super::sandbox::http;
use crate::rehearsal::{command, err, out, run_in};

const GUIDE: &str = include_str!("../../../docs/first-door.md");

/// The lines of the guide's shell blocks.
fn lines() -> Vec<&'static str> {
    let mut within = false;
    let mut lines = Vec::new();
    for line in GUIDE.lines() {
        if line.starts_with("```") {
            within = line == "```sh";
        } else if within {
            lines.push(line);
        }
    }
    lines
}

/// As a shell takes it apart.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars() {
        match (letter, quote) {
            (' ', None) => words.push(std::mem::take(&mut word)),
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(end)) if letter == end => quote = None,
            _ => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|it| !it.is_empty());
    words
}

fn say(folder: &Path, arguments: &[&str]) -> String {
    let output = run_in(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    out(&output)
}

#[test]
fn the_guide_to_the_first_door_is_true_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut services = command(
        folder.path(),
        &["sandbox", "--port-base", "0", "--clock", "frozen", "--json"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let mut greeting = String::new();
    BufReader::new(services.stdout.take().unwrap())
        .read_line(&mut greeting)
        .unwrap();
    let greeting: serde_json::Value = serde_json::from_str(&greeting).unwrap();
    let url = greeting["page"].as_str().unwrap().trim_end_matches('/');

    // What each line is to say, in the order in which they are typed.
    let mut says = [
        ("init", "access-sync check"),
        ("check", "it works"),
        ("plan", "What changes at the doors"),
        ("plan", "Harbor Point Unit 101"),
        ("explain", "opens since"),
        ("explain", "through Harbor Point Residents"),
        ("what-if", "What would be different"),
        ("apply", "people changed"),
        ("plan", "nothing: Brivo is as it should be"),
        ("report", ""),
        ("report", ""),
        ("curl", "2026-03-15"),
        ("plan", "user suspended"),
        ("apply", "people changed"),
        ("run", "0 people changed so far"),
        ("status", "last run"),
        ("drift", "as we left it"),
        ("hold", "is kept"),
        ("apply", "1 person changed"),
        ("unhold", "lifted"),
        ("apply", "1 person changed"),
        ("rollback", "entrata:customer:610001"),
        ("release", "delete the user"),
    ]
    .into_iter();
    for line in lines() {
        let words = words(line.split(" #").next().unwrap());
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        if matches!(words[..], ["cargo", ..] | [_, "demo" | "sandbox"]) {
            continue;
        }
        let (command, expected) = says.next().unwrap_or_else(|| panic!("{line} is new"));
        let said = if words[0] == "curl" {
            let path = words
                .iter()
                .find_map(|it| it.split_once(":4000"))
                .unwrap()
                .1;
            let body = words.last().unwrap();
            http("POST", &format!("{url}{path}"), &[], body).1
        } else {
            words.remove(0);
            match words[0] {
                "init" => words.push(url),
                "apply" => words.push("--yes"),
                "run" => words.push("--once"),
                _ => {}
            }
            say(folder.path(), &words)
        };
        assert!(line.contains(command), "{line}: expected {command}");
        assert!(said.contains(expected), "{line}: {said}");
    }
    assert_eq!(says.next(), None, "the guide has lost a line");
    interrupt(&services);
    assert!(services.wait().unwrap().success());
    for picture in ["report.html", "cedar-room.svg"] {
        assert!(folder.path().join(picture).exists(), "{picture}");
    }
}
