//! `access-sync report` as a person, a script and a hostile name meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

#[path = "report/pictures.rs"]
mod pictures;
#[path = "command_line/rehearsal.rs"]
#[allow(dead_code, reason = "shared with the other commands' tests")]
mod rehearsal;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use pictures::well_formed;
use serde_json::{Value, json};
use sha2::Digest as _;

const MOVING_IN: &str = "examples/timelines/moving-in.json";

fn access_sync(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_access-sync"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The child may not want to read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn written(arguments: &[&str], input: &[u8]) -> String {
    let output = access_sync(arguments, input);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    let length = text[start..].find(to).unwrap_or_else(|| panic!("no {to}"));
    &text[start..start + length]
}

fn data(page: &str) -> Value {
    let data = between(
        page,
        "<script type=\"application/json\" id=\"data\">",
        "</script>",
    );
    serde_json::from_str(data).unwrap()
}

#[test]
fn the_page_has_its_parts_and_every_window_of_the_plan() {
    let page = written(&["report", MOVING_IN], b"");
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    for part in [
        "<title>Access: moving-in</title>",
        "<main>",
        "<h1>",
        "Timeline</h2>",
        "To do now</h2>",
        "Findings</h2>",
        "Call budget</h2>",
        "<noscript>",
        "role=\"grid\"",
        "aria-live=\"polite\"",
        "prefers-color-scheme:dark",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    // What needs no script is in the page itself.
    assert!(page.contains("excluded_by_status"));
    assert!(page.contains("unmanaged_membership"));
    assert!(page.contains("<td class=\"op remove\">remove</td><td>hugo</td><td>unit 205</td>"));

    let plan: Value = serde_json::from_str(&written(&["plan", "--json", MOVING_IN], b"")).unwrap();
    let data = data(&page);
    let windows: usize = data["grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant[1].as_array().unwrap().len())
        .sum();
    assert_eq!(windows, plan["windows"].as_array().unwrap().len());
    assert_eq!(data["now"], 1_773_068_400);
    // 8 March 2026: the clocks of New York go forward.
    let offsets = data["zones"][0][1].as_array().unwrap();
    assert!(offsets.contains(&json!([1_772_953_200, -14_400, "EDT"])));
}

#[test]
fn json_says_who_opens_what_and_why() {
    let report: Value =
        serde_json::from_str(&written(&["report", "--json", MOVING_IN], b"")).unwrap();
    let plan: Value = serde_json::from_str(&written(&["plan", "--json", MOVING_IN], b"")).unwrap();
    assert_eq!(report["todo"]["digest"], plan["digest"]);
    let windows = report["windows"].as_array().unwrap();
    let of = |who: &str, nth: usize| {
        let mut of = windows.iter().filter(|window| window["subject"] == who);
        of.nth(nth).unwrap().clone()
    };
    let ben = of("ben", 0);
    assert_eq!(ben["starts_because"], "10:00 on the move-in date");
    assert_eq!(ben["ends_because"], "when hold-1 begins (a hold)");
    assert_eq!(of("ben", 1)["starts_because"], "when hold-1 ends (a hold)");
    assert_eq!(of("ben", 1)["ends_because"], "16:00 on the move-out date");
    assert_eq!(
        of("ana", 0)["ends_because"],
        "open end: no record says when it ends"
    );
    assert_eq!(
        of("eva", 0)["starts_because"],
        "15 minutes before it starts (buffer)"
    );
    assert_eq!(report["without_window"][0]["subject"], "dan");
    assert_eq!(
        report["without_window"][0]["why"],
        "grants nothing: its status is Applicant"
    );
    assert_eq!(report["holds"][0]["target"], "*");
    assert_eq!(report["calls"]["now"]["grouped"], 6);
    assert_eq!(report["calls"]["days"].as_array().unwrap().len(), 30);
    let total: u64 = report["calls"]["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["calls"].as_u64().unwrap())
        .sum();
    // eva closes a room and leaves; ben is held, released and moves out; cleo moves in; finn and gia pause.
    assert_eq!(total, 8);
}

const HOSTILE: [&str; 7] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "<!--<script>",
    "' onmouseover='alert(1)",
    "\u{2028}\u{2029}\u{0}\u{202e}evil",
    "]]></svg><svg onload=alert(1)>",
    "${alert(1)}`\\",
];

fn hostile() -> String {
    let records: Vec<_> = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, name)| {
            json!({
                "kind": "lease", "id": format!("{name}{number}"), "resident": name, "target": name,
                "status": if number % 2 == 0 { "Current" } else { *name }, "move_in": "2026-01-01",
            })
        })
        .collect();
    json!({
        "time_zone": "Europe/London", "now_utc": "2026-03-09T15:00:00Z", "records": records,
        "actual": [{ "subject": HOSTILE[1], "target": HOSTILE[0], "owned": true }],
    })
    .to_string()
}

#[test]
fn a_hostile_name_is_text_and_nothing_else() {
    let page = written(
        &["report", "-", "--title", HOSTILE[0]],
        hostile().as_bytes(),
    );
    let tags = |name: &str| page.matches(&format!("<{name}")).count();
    assert_eq!(tags("script"), 2, "the data and our own script");
    assert_eq!(page.matches("</script").count(), 2);
    for tag in [
        "img",
        "svg onload",
        "!--",
        "iframe",
        "object",
        "link",
        "base",
    ] {
        assert_eq!(tags(tag), 0, "<{tag}");
    }
    // No element of the page has a handler: a tag with one would have come from a name.
    for tag in page
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
    {
        if tag.starts_with(|c: char| c.is_ascii_alphabetic()) && !tag.contains(';') {
            assert!(
                !tag.contains("onerror=") && !tag.contains("onmouseover="),
                "{tag}"
            );
        }
    }
    // And nothing is lost: each name is in the data as it came.
    let data = data(&page);
    let people: Vec<_> = data["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it[0].as_str().unwrap())
        .collect();
    for name in HOSTILE {
        assert!(people.contains(&name), "{name:?}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_but_our_script_may_run() {
    for (document, input) in [(MOVING_IN, String::new()), ("-", hostile())] {
        let page = written(&["report", document], input.as_bytes());
        // Names may hold such words; as text they do nothing.
        let references = if document == "-" { 0 } else { usize::MAX };
        let shell = page.replace(between(&page, "id=\"data\">", "</script>"), "");
        for reference in [
            "http:",
            "https:",
            " src=",
            " href=",
            "@import",
            "url(",
            "fetch(",
            "XMLHttpRequest",
            "WebSocket",
            "import(",
            "innerHTML",
            "insertAdjacentHTML",
            "eval(",
            "Function(",
            "localStorage",
        ]
        .into_iter()
        .take(references)
        {
            assert!(!shell.contains(reference), "{reference} in the page");
        }
        let policy = between(
            &page,
            "http-equiv=\"Content-Security-Policy\" content=\"",
            "\"",
        );
        assert!(policy.starts_with("default-src 'none'; base-uri 'none'; form-action 'none'; "));
        let fingerprint = |text: &str| {
            let hash = sha2::Sha256::digest(text);
            format!(
                "'sha256-{}'",
                base64::engine::general_purpose::STANDARD.encode(hash)
            )
        };
        let script = between(&page, "<script>", "</script>");
        let style = between(&page, "<style>", "</style>");
        assert!(policy.contains(&format!("script-src {}", fingerprint(script))));
        assert!(policy.contains(&format!("style-src {};", fingerprint(style))));
    }
}

#[test]
fn the_same_facts_in_any_order_give_the_same_bytes() {
    let whole = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/timelines/moving-in.json"
    ));
    let mut document: Value = serde_json::from_str(&whole.unwrap()).unwrap();
    for arguments in [
        &["report", "-"][..],
        &["report", "-", "--json"],
        &["report", "-", "--svg", "eva"],
    ] {
        let first = written(arguments, document.to_string().as_bytes());
        assert_eq!(written(arguments, document.to_string().as_bytes()), first);
        for list in ["records", "actual"] {
            document[list].as_array_mut().unwrap().reverse();
        }
        assert_eq!(
            written(arguments, document.to_string().as_bytes()),
            first,
            "{arguments:?}"
        );
    }
}

#[test]
fn what_cannot_be_done_is_said_in_one_line_with_what_to_do() {
    for (arguments, input, code, words) in [
        (
            &["report", "no/such.json"][..],
            "",
            2,
            "give a timeline document",
        ),
        (&["report", "-"], "{\"records\":7}", 1, "records"),
        (
            &["report", MOVING_IN, "--svg", "nobody"],
            "",
            2,
            "there are \"ana\", \"ben\"",
        ),
        (
            &["report", MOVING_IN, "--svg", "unit"],
            "",
            2,
            "say more of it",
        ),
        (
            &["report", MOVING_IN, "-o", "/no/such/folder/report.html"],
            "",
            2,
            "give another -o",
        ),
    ] {
        let output = access_sync(arguments, input.as_bytes());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let line = text(&output.stderr);
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(
            line.starts_with("error: ") && line.contains(words),
            "{line}"
        );
    }
}

#[test]
fn a_file_gets_the_page_and_standard_output_stays_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let output = access_sync(&["report", MOVING_IN, "-o", path.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("report.html written ("));
    let page = std::fs::read_to_string(&path).unwrap();
    assert_eq!(page, written(&["report", MOVING_IN], b""));
}

#[test]
fn five_thousand_people_fit_into_a_few_megabytes_and_few_rows() {
    let mut records = Vec::new();
    for number in 0..5_000 {
        let who = format!("entrata:customer:{}", 610_000 + number);
        for target in [
            format!("{}", 880_000 + number),
            "880001".into(),
            "880002".into(),
        ] {
            records.push(json!({
                "kind": "lease", "id": format!("entrata:lease:{}#{target}", 410_000 + number), "resident": who,
                "target": target, "status": "Current", "move_in": format!("2025-{:02}-{:02}", 1 + number % 12, 1 + number % 28),
            }));
        }
        records.push(json!({
            "kind": "booking", "id": format!("nexudus:booking:{number}"), "customer": who, "target": "882011",
            "status": "confirmed", "from_utc": "2026-03-10T10:00:00Z", "to_utc": "2026-03-10T11:00:00Z",
        }));
    }
    let document = json!({ "time_zone": "America/Chicago", "now_utc": "2026-03-09T15:00:00Z", "records": records });
    let page = written(&["report", "-"], document.to_string().as_bytes());
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    assert!(
        page.matches("<tr").count() < 700,
        "rows belong into the script's tables"
    );
    assert_eq!(data(&page)["people"].as_array().unwrap().len(), 5_000);
}

#[test]
fn live_it_reads_the_services_changes_nothing_and_names_people_only_when_asked() {
    let house = rehearsal::Rehearsal::new();
    let before = house.sandbox.brivo().snapshot().members.len();
    let page = house.told(&["report", "--quiet"]);
    let people = house.sandbox.nexudus().coworkers();
    let name = &people
        .iter()
        .find(|(id, _)| *id == 1_415_900_212)
        .unwrap()
        .1
        .full_name;
    assert!(page.contains("Cedar Room") && page.contains("nexudus:coworker:1415900212"));
    assert!(!page.contains(name.as_str()), "people are shown by id");
    assert!(page.contains("Call budget</h2>"));
    assert_eq!(house.sandbox.brivo().snapshot().members.len(), before);

    let named = house.told(&["report", "--quiet", "--names"]);
    assert!(named.contains(name.as_str()));

    // The report's plan is the plan.
    let (report, plan) = (house.json(&["report"]), house.json(&["plan"]));
    assert_eq!(report["digest"], plan["plan_digest"]);
    assert_eq!(report["todo"]["digest"], plan["changes_digest"]);
    let zones = report["clock_changes"].as_array().unwrap();
    assert_eq!(zones.len(), 3, "three places, three zones");
    // Records of one lease are one fact, whatever the number of groups it opens.
    let records = report["records"].as_array().unwrap();
    assert!(records.iter().any(|it| it["id"] == "entrata:lease:410001"));

    let svg = house.told(&["report", "--quiet", "--svg", "Cedar Room"]);
    well_formed(&svg);
    assert!(svg.contains("<title id=\"t\">Cedar Room</title>"));
    assert!(
        house
            .fails(&["report", "--svg", "Nobody's Room"], 2)
            .contains("nobody and nothing is called")
    );
}
