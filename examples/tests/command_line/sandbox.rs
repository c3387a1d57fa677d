//! `access-sync sandbox` as a command: what it prints, what stands on its ports, how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rehearsal::{command, err, out, run_in};

const STORY: &str = r#"
now = "2026-03-10T17:00:00Z"

[[properties]]
name = "Alder Court"
time_zone = "America/Chicago"
units = ["101", "102"]
leases = [{ unit = "101", people = ["Ada Stone"], status = "current", from = "2025-06-01", to = "2026-05-31" }]
"#;

/// The command under way, and what it said to begin with. It is ended however the test ends.
struct Services {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
    greeting: Value,
}

impl Services {
    /// On ports of the system's choice.
    fn start(arguments: &[&str]) -> Self {
        let all = [&["sandbox", "--port-base", "0", "--json"], arguments].concat();
        Self::spawn(Path::new("."), &all)
    }

    fn spawn(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(folder, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let greeting = serde_json::from_str(&line).unwrap_or(Value::String(line));
        Self {
            child,
            said,
            greeting,
        }
    }

    fn url(&self, name: &str) -> String {
        let url = &self.greeting["environment"][name];
        url.as_str().unwrap_or_else(|| panic!("{name}")).to_owned()
    }

    fn api(&self, path: &str) -> Value {
        let (status, body) = http("GET", &(self.url("ACCESS_SYNC_SANDBOX") + path), &[], "");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// getLeases of a property: the HTTP status.
    fn leases(&self) -> u16 {
        let key = self.url("ENTRATA_API_KEY");
        let body = json!({"auth": {"type": "apikey"}, "method": {"name": "getLeases",
            "version": "r2", "params": {"propertyId": "100234"}}});
        let url = self.url("ENTRATA_URL") + "/leases";
        http("POST", &url, &[("X-Api-Key", &key)], &body.to_string()).0
    }

    /// Ctrl-C: the exit code, and all that was said on standard error.
    fn interrupt(mut self) -> (Option<i32>, String) {
        let status = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        let mut err = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), err)
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn http(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).unwrap();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn story() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("story.toml"), STORY).unwrap();
    folder
}

/// Fails with a code and one line that says `part`.
fn fails(folder: &Path, arguments: &[&str], code: i32, part: &str) {
    let output = run_in(folder, &[&["sandbox"], arguments].concat());
    let said = err(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(part), "{arguments:?}: {said}");
    assert_eq!(out(&output), "", "nothing to paste");
}

#[test]
fn the_page_is_on_the_port_asked_for_and_the_services_on_the_next_three() {
    // Four free ports in a row, unless somebody is quicker.
    let (base, services) = (0..20)
        .find_map(|_| {
            let first = TcpListener::bind("127.0.0.1:0").unwrap();
            let base = first.local_addr().unwrap().port();
            let next = |n| TcpListener::bind(("127.0.0.1", base.checked_add(n)?)).ok();
            let rest = (next(1)?, next(2)?, next(3)?);
            drop((first, rest));
            let port = base.to_string();
            let all = ["sandbox", "--port-base", &port, "--json"];
            let services = Services::spawn(Path::new("."), &all);
            services.greeting.is_object().then_some((base, services))
        })
        .unwrap();
    for (name, offset) in [
        ("ACCESS_SYNC_SANDBOX", 0),
        ("BRIVO_AUTH_URL", 1),
        ("BRIVO_API_URL", 1),
        ("ENTRATA_URL", 2),
        ("NEXUDUS_URL", 3),
    ] {
        let origin = format!("http://127.0.0.1:{}", base + offset);
        assert!(services.url(name).starts_with(&origin), "{name}");
    }
    let (status, page) = http("GET", &services.url("ACCESS_SYNC_SANDBOX"), &[], "");
    assert_eq!(status, 200);
    assert!(page.starts_with("<!doctype html>"), "{page:.80}");
    let (status, body) = http("GET", &(services.url("BRIVO_API_URL") + "/users"), &[], "");
    assert_eq!(
        (status, body.as_str()),
        (403, "<h1>Developer Inactive</h1>")
    );
    let (status, _) = http(
        "GET",
        &(services.url("NEXUDUS_URL") + "/spaces/teams"),
        &[],
        "",
    );
    assert_eq!(status, 401);
    assert_eq!(services.leases(), 200);

    // The ports are taken now, and the next one is told which and what to do.
    let port = base.to_string();
    let output = run_in(Path::new("."), &["sandbox", "--port-base", &port]);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&port) && said.contains("--port-base"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(services.interrupt().0, Some(0));
}

#[test]
fn lines_for_a_shell_are_on_standard_output_and_the_rest_beside_it() {
    let mut services = Services::spawn(Path::new("."), &["sandbox", "--port-base", "0"]);
    let mut lines = vec![services.greeting.as_str().unwrap().trim_end().to_owned()];
    for _ in 0..12 {
        let mut line = String::new();
        services.said.read_line(&mut line).unwrap();
        lines.push(line.trim_end().to_owned());
    }
    let mut names = Vec::new();
    for line in &lines {
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap()
            .split_once('=')
            .unwrap();
        assert!(value.len() > 2 && value.starts_with('\'') && value.ends_with('\''));
        names.push(name);
    }
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "ACCESS_SYNC_SANDBOX",
            "BRIVO_ADMINISTRATOR_ID",
            "BRIVO_API_KEY",
            "BRIVO_API_URL",
            "BRIVO_AUTH_URL",
            "BRIVO_CLIENT_ID",
            "BRIVO_CLIENT_SECRET",
            "BRIVO_PASSWORD",
            "ENTRATA_API_KEY",
            "ENTRATA_URL",
            "NEXUDUS_EMAIL",
            "NEXUDUS_PASSWORD",
            "NEXUDUS_URL",
        ]
    );
    // A shell takes them as they are.
    let script = format!("{}\nprintf %s \"$NEXUDUS_URL\"", lines.join("\n"));
    let shell = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(out(&shell).ends_with("/api"), "{}", err(&shell));
    let (code, said) = services.interrupt();
    assert_eq!(code, Some(0));
    for word in [
        "page   http://127.0.0.1:",
        "clock  2026-03-10 17:00 UTC (runs)",
        "Ctrl-C",
        "stopped",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn the_json_greeting_says_what_the_control_api_says() {
    let services = Services::start(&["--clock", "frozen"]);
    let greeting = &services.greeting;
    let told = services.api("/api/environment");
    assert_eq!(greeting["environment"], told["environment"]);
    assert_eq!(
        (&greeting["now"], &told["now"]),
        (&json!("2026-03-10T17:00:00Z"), &greeting["now"])
    );
    assert_eq!(
        (&greeting["ticking"], &told["ticking"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        greeting["page"],
        greeting["environment"]["ACCESS_SYNC_SANDBOX"]
    );
    assert_eq!(services.interrupt().0, Some(0));
}

#[test]
fn a_world_file_is_the_world_and_a_wrong_one_is_told_with_its_line() {
    let folder = story();
    let all = [
        "sandbox",
        "--port-base",
        "0",
        "--json",
        "--world",
        "story.toml",
    ];
    let services = Services::spawn(folder.path(), &all);
    let residents = services.api("/api/residents");
    assert_eq!(residents["total"], 1);
    assert_eq!(residents["rows"][0]["name"], "Ada Stone");
    assert_eq!(services.api("/api/summary")["entrata"]["units"], 2);
    drop(services);

    let at = folder.path();
    fails(at, &["--world", "none.toml"], 2, "none.toml: No such file");
    std::fs::write(
        at.join("bad.toml"),
        STORY.replace("\"101\", \"102\"", "\"102\""),
    )
    .unwrap();
    fails(at, &["--world", "bad.toml"], 2, "bad.toml: line ");
    fails(
        at,
        &["--world", "story.toml", "--residents", "5"],
        2,
        "--residents",
    );
}

#[test]
fn as_many_people_as_asked_and_the_same_ones_from_the_same_seed() {
    let people = |seed: &str| {
        let services = Services::start(&["--residents", "40", "--members", "15", "--seed", seed]);
        let members = services.api("/api/members?limit=1000");
        let residents = services.api("/api/residents?limit=1000");
        assert_eq!(members["total"], 15, "{members}");
        assert!(residents["total"].as_u64().unwrap() >= 40);
        (members["rows"].clone(), residents["rows"].clone())
    };
    let first = people("7");
    assert_eq!(first, people("7"));
    assert_ne!(first, people("8"));
    let none = Services::start(&["--members", "3"]);
    assert_eq!(
        none.api("/api/residents")["total"],
        0,
        "none were asked for"
    );
    drop(none);
    fails(Path::new("."), &["--residents", "1000001"], 2, "1000000");
}

#[test]
fn faults_hit_the_answers_they_name() {
    let services = Services::start(&["--faults", "entrata status-503 on \"getLeases\" times 2"]);
    let script = services.api("/api/faults");
    assert_eq!(script["script"].as_array().unwrap().len(), 1);
    let statuses = [services.leases(), services.leases(), services.leases()];
    assert_eq!(statuses, [503, 503, 200]);
    drop(services);

    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(
        at.join("faults.txt"),
        "entrata status-500 times 1\nbrivo html\n",
    )
    .unwrap();
    let all = [
        "sandbox",
        "--port-base",
        "0",
        "--json",
        "--faults",
        "@faults.txt",
    ];
    let services = Services::spawn(at, &all);
    assert_eq!(
        services.api("/api/faults")["script"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!([services.leases(), services.leases()], [500, 200]);
    drop(services);
    fails(at, &["--faults", "brivo sideways"], 2, "--faults: line 1");
    fails(at, &["--faults", "@nothing"], 2, "nothing: No such file");
}

#[test]
fn clock_limits_and_variants_are_as_asked() {
    let services = Services::start(&[
        "--clock",
        "2026-07-01T12:00:00Z",
        "--limits",
        "--variant",
        "entrata_iso_dates",
    ]);
    let now = services.api("/api/clock");
    assert!(
        now["now"]
            .as_str()
            .unwrap()
            .starts_with("2026-07-01T12:00:")
    );
    assert_eq!(now["ticking"], true);
    let variants = services.api("/api/variants");
    assert_eq!(variants["variants"]["entrata_iso_dates"], true);
    assert_eq!(variants["variants"]["entrata_blank_dates"], false);
    // Entrata's getStatus: six a minute.
    let body = r#"{"auth":{"type":"apikey"},"method":{"name":"getStatus"}}"#;
    let (url, key) = (
        services.url("ENTRATA_URL") + "/status",
        services.url("ENTRATA_API_KEY"),
    );
    let ask = || http("POST", &url, &[("X-Api-Key", &key)], body).0;
    let statuses: Vec<u16> = (0..7).map(|_| ask()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429]);
    drop(services);
    let here = Path::new(".");
    fails(here, &["--clock", "noon"], 2, "2026-03-10T17:00:00Z");
    fails(here, &["--variant", "upside_down"], 2, "brivo_created_201");
}

#[test]
fn the_help_teaches_by_examples_and_names_the_exit_codes() {
    let help = out(&run_in(Path::new("."), &["sandbox", "--help"]));
    for word in [
        "Examples:",
        "--world story.toml",
        "random 7 0.05",
        "[[properties]]",
        "Exit codes",
        "4000",
    ] {
        assert!(help.contains(word), "{word}");
    }
    // As it is copied from there.
    let (_, world) = help.split_once("A world file:").unwrap();
    let (world, _) = world.split_once("Exit codes").unwrap();
    access_sync_sandbox::World::from_toml(world).unwrap();
}
