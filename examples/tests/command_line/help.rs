//! The examples of every `--help`, run as they stand there.

use std::process::Stdio;

use crate::rehearsal::{Rehearsal, command, err, out};

/// An example: its words, and the file that it reads from.
struct Example {
    words: Vec<String>,
    input: Option<String>,
}

/// The lines that begin with the command, up to a pipe, a redirection, or two blanks and a remark.
fn examples(help: &str) -> Vec<Example> {
    let (_, after) = help.split_once("Examples:").unwrap();
    let (lines, _) = after.split_once("Exit codes:").unwrap();
    let lines = lines.lines().map(str::trim);
    let calls = lines.filter_map(|line| line.strip_prefix("access-sync "));
    let mut found = Vec::new();
    for call in calls {
        let call = call.split("  ").next().unwrap();
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
        let mut rest = call.chars();
        let mut input = None;
        for letter in rest.by_ref() {
            match letter {
                '"' | '\'' if quote.is_none() => quote = Some(letter),
                letter if quote == Some(letter) => quote = None,
                '|' | '>' | '&' if quote.is_none() && word.is_empty() => break,
                '<' if quote.is_none() => {
                    input = Some(String::new());
                }
                ' ' if quote.is_none() => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                }
                other => match &mut input {
                    Some(file) => file.push(other),
                    None => word.push(other),
                },
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
        found.push(Example { words, input });
    }
    found
}

/// They ask, serve, loop, or hold a word that stands for something.
fn is_for_people(words: &[&str]) -> bool {
    matches!(
        words,
        ["sandbox", ..] | ["init", "--sandbox"] | ["init"] | ["apply"] | ["release"] | ["run"]
    ) || words.contains(&"DIGEST")
        || matches!(words, ["rollback"] | ["rollback", "14", ..])
        || matches!(words, ["run", flag, ..] if *flag != "--once")
}

#[test]
fn examples_in_help_are_true() {
    let rehearsal = Rehearsal::new();
    let write = |name: &str, text: &str| std::fs::write(rehearsal.path(name), text).unwrap();
    let config = std::fs::read_to_string(rehearsal.path("access-sync.toml")).unwrap();
    write("staging.toml", &config);
    write("change.toml", "[policy]\ngrace_days = 2\n");
    write(
        "users.json",
        "{\"data\":[],\"offset\":0,\"pageSize\":20,\"count\":0}",
    );
    write("answer.json", "{\"status\":403,\"headers\":{},\"body\":{}}");
    write(
        "leases.json",
        "{\"response\":{\"result\":{\"leases\":{\"lease\":[]}}}}",
    );
    write(
        "delivery.json",
        include_str!("../samples/nexudus/38_webhook_booking_create.json"),
    );
    write("timelines.ndjson", "{\"records\":[]}\n");
    std::fs::create_dir_all(rehearsal.path("examples/timelines")).unwrap();
    std::fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/timelines/moving-in.json"),
        rehearsal.path("examples/timelines/moving-in.json"),
    )
    .unwrap();
    // In this order each finds what it needs: files of `plan`, holds to lift.
    let mut run = 0;
    for name in [
        "demo",
        "init",
        "check",
        "plan",
        "apply",
        "explain",
        "what-if",
        "report",
        "drift",
        "hold",
        "unhold",
        "adopt",
        "run",
        "status",
        "replay",
        "decode",
        "sandbox",
        "completions",
        "release",
        "rollback",
    ] {
        let help = out(&rehearsal.run(&[name, "--help"]));
        let found = examples(&help);
        assert!(!found.is_empty(), "{name} has no example");
        for example in found {
            let mut words: Vec<_> = example.words.iter().map(String::as_str).collect();
            if is_for_people(&words) {
                continue;
            }
            if name == "replay" {
                let mapping = std::fs::read(rehearsal.path("feeds/mapping.toml")).unwrap();
                std::fs::write(rehearsal.path("new.toml"), mapping).unwrap();
            }
            match words[0] {
                "init" => words.push("--force"),
                "apply" if !words.contains(&"--yes") => words.push("--yes"),
                _ => {}
            }
            // `init` writes for real accounts; the others go on with the sandbox.
            let mut command = command(rehearsal.folder.path(), &words);
            if words[0] == "init" {
                command.env("ACCESS_SYNC_CONFIG", "real.toml");
            }
            if let Some(file) = &example.input {
                command.stdin(Stdio::from(
                    std::fs::File::open(rehearsal.path(file)).unwrap(),
                ));
            }
            let output = command.output().unwrap();
            run += 1;
            let good: &[i32] = match words.as_slice() {
                ["plan" | "drift", .., "--detailed-exitcode"] => &[0, 3],
                // Somebody else's user, and nobody's.
                ["adopt", ..] => &[1],
                // The plan of the file is done already.
                ["apply", "plan.json", ..] => &[0, 1],
                _ => &[0],
            };
            let code = output.status.code().unwrap();
            assert!(
                good.contains(&code),
                "{words:?} ended with {code}: {}{}",
                err(&output),
                out(&output)
            );
        }
    }
    assert!(run > 45, "{run}");
}
