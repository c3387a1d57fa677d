//! The README's lines are sent as they stand there, and the page's API does what its table says.

use std::collections::BTreeMap;

use access_sync_sandbox::{Sandbox, World};
use serde_json::{Value, json};

use crate::common::http;

const README: &str = include_str!("../../README.md");

fn block(name: &str) -> &'static str {
    let fence = format!("```{name}\n");
    let start = README.find(&fence).unwrap() + fence.len();
    let end = start + README[start..].find("\n```").unwrap();
    &README[start..end]
}

/// Words as a shell splits them; variables are put in outside of single quotes.
fn words(line: &str, env: &BTreeMap<String, String>) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let (mut quote, mut any) = (None, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' if quote == Some(c) => quote = None,
            '\'' | '"' if quote.is_none() => (quote, any) = (Some(c), true),
            '$' if quote != Some('\'') => {
                let mut name = String::new();
                while chars
                    .peek()
                    .is_some_and(|c| c.is_ascii_uppercase() || *c == '_')
                {
                    name.push(chars.next().unwrap());
                }
                word.push_str(
                    env.get(&name)
                        .unwrap_or_else(|| panic!("${name} in {line}")),
                );
            }
            ' ' if quote.is_none() => {
                if any || !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(c),
        }
    }
    if any || !word.is_empty() {
        out.push(word);
    }
    out
}

/// One curl line, sent by another client: status and text.
async fn send(words: &[String]) -> (u16, String) {
    assert_eq!(words[0], "curl");
    let (mut method, mut url, mut body) = ("GET".to_owned(), String::new(), None);
    let (mut headers, mut user, mut heads) = (Vec::new(), None, false);
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-X" => method = rest.next().unwrap().clone(),
            "-H" => headers.push(rest.next().unwrap().split_once(": ").unwrap()),
            "-u" => user = rest.next().unwrap().split_once(':'),
            "-d" => body = rest.next().cloned(),
            "-g" => {}
            "-i" => heads = true,
            _ => url.clone_from(word),
        }
    }
    let mut request = http().request(method.parse().unwrap(), &url);
    // As curl does: a body is a form unless something else is said.
    if body.is_some()
        && !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        request = request.header("Content-Type", "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some((name, password)) = user {
        request = request.basic_auth(name, Some(password));
    }
    let response = request.body(body.unwrap_or_default()).send().await.unwrap();
    let status = response.status().as_u16();
    let mut text = String::new();
    for (name, value) in response.headers().iter().filter(|_| heads) {
        text += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    text += &response.text().await.unwrap();
    (status, text)
}

/// Whether a text has what is asked for: parts between `&`, those behind `!` must not be there.
fn missing(text: &str, asked: &str) -> Option<String> {
    let mut parts = asked.split(" & ").filter(|part| !part.is_empty());
    let wrong = parts.find(|part| match part.strip_prefix('!') {
        Some(part) => text.contains(part),
        None => !text.contains(*part),
    });
    wrong.map(str::to_owned)
}

#[tokio::test]
async fn every_curl_line_of_the_readme_does_what_is_written_behind_it() {
    let sandbox = Sandbox::builder()
        .world(World::lively(7))
        .control()
        .start()
        .await
        .unwrap();
    let pairs = sandbox.environment().into_iter();
    let mut env: BTreeMap<String, String> = pairs.map(|(k, v)| (k.to_owned(), v)).collect();
    let mut sent = 0;
    let mut wrong = Vec::new();
    for line in block("quirks")
        .lines()
        .filter(|line| line.starts_with("curl "))
    {
        let (command, expected) = line.split_once("  #=> ").unwrap();
        let (status, text) = expected.split_once(' ').unwrap_or((expected, ""));
        let (got, body) = send(&words(command, &env)).await;
        if got.to_string() != status {
            wrong.push(format!("{command}\nanswered {got}: {body:.600}"));
        } else if let Some(part) = missing(&body, text) {
            wrong.push(format!("{command}\n{part} is amiss in {body:.1500}"));
        }
        // Brivo's tokens are those of the lines that follow.
        let answer = serde_json::from_str::<Value>(&body).unwrap_or_default();
        if command.contains("/oauth/token") && got == 200 {
            for (name, key) in [
                ("TOKEN", "access_token"),
                ("REFRESH_TOKEN", "refresh_token"),
            ] {
                let token = answer[key].as_str().unwrap().to_owned();
                env.insert(name.to_owned(), token);
            }
        }
        sent += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(sent >= 130, "{sent}");
}

#[test]
fn the_story_of_the_readme_is_a_world() {
    let story = block("toml");
    let sandbox = Sandbox::builder()
        .world(World::from_toml(story).unwrap())
        .unlistened();
    assert_eq!(sandbox.entrata().leases().len(), 2);
    assert_eq!(sandbox.nexudus().bookings().len(), 1);
    let user = sandbox.brivo().snapshot().users.values().next().unwrap().id;
    assert!(
        sandbox
            .brivo()
            .can_open(user, "Alder Court Lobby", sandbox.now())
    );
    for (from, to, line, part) in [
        ("unit = \"101\"", "unit = \"109\"", 8, "no unit \"109\""),
        ("\"notice\"", "\"leaving\"", 8, "no lease status"),
        ("2026-03-15", "15 March", 9, "no date"),
        ("America/Los_Angeles", "Pacific", 14, "no time zone"),
        ("room = \"Cedar\"", "room = \"Oak\"", 18, "no room \"Oak\""),
        ("Alder Court Residents", "Nobody", 22, "no group"),
        ("name = \"Walter", "nam = \"Walter", 21, "unknown field"),
        (
            "move_out = \"2026-03-31\"",
            "move_out = \"2025-03-31\"",
            8,
            "before moving in",
        ),
    ] {
        let error = World::from_toml(&story.replace(from, to)).unwrap_err();
        assert_eq!(error.line(), line, "{to}: {error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn the_control_api_does_what_its_table_says() {
    let sandbox = Sandbox::builder()
        .world(World::lively(7))
        .control()
        .start()
        .await
        .unwrap();
    let base = sandbox.control_url().unwrap().to_owned();
    let client = http();
    let call = |method: &str, path: &str, body: String| {
        let request = client
            .request(method.parse().unwrap(), format!("{base}{path}"))
            .body(body);
        async move {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            (status, answer.json::<Value>().await.unwrap_or_default())
        }
    };
    let page = client.get(&base).send().await.unwrap();
    assert!(page.headers().contains_key("content-security-policy"));
    let page = page.text().await.unwrap();
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "self-contained"
    );
    let paths = call("GET", "/api", String::new()).await.1;
    for path in paths["paths"].as_array().unwrap() {
        let (method, path) = path.as_str().unwrap().split_once(' ').unwrap();
        assert!(
            README.contains(path.split('{').next().unwrap()),
            "{method} {path}"
        );
    }
    let env = call("GET", "/api/environment", String::new()).await.1;
    assert_eq!(env["environment"]["ACCESS_SYNC_SANDBOX"], base);
    assert_eq!(env["now"], "2026-03-10T17:00:00Z");
    let clock = call(
        "POST",
        "/api/clock",
        json!({"advance_seconds": 900}).to_string(),
    )
    .await
    .1;
    assert_eq!(clock["now"], "2026-03-10T17:15:00Z");
    let who = call("GET", "/api/who?door=Harbor%20Point%20Lobby", String::new())
        .await
        .1;
    assert_eq!(who["total"], 3);
    assert_eq!(
        call("GET", "/api/who?door=Nowhere", String::new()).await.0,
        404
    );
    let attempt = json!({"user": "staff:0007", "door": "Harbor Point Lobby"}).to_string();
    assert_eq!(call("POST", "/api/try", attempt).await.1["opened"], true);
    assert_eq!(
        call("GET", "/api/events", String::new()).await.1["rows"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let script = call("PUT", "/api/faults", "brivo status-503 always".to_owned())
        .await
        .1;
    assert_eq!(script["script"][0], "brivo status-503 always");
    let wrong = call("PUT", "/api/faults", "brivo sideways".to_owned()).await;
    assert_eq!(wrong.0, 400);
    assert!(wrong.1["error"].as_str().unwrap().starts_with("line 1:"));
    call("DELETE", "/api/faults", String::new()).await;
    let variants = call(
        "PUT",
        "/api/variants",
        json!({"entrata_iso_dates": true}).to_string(),
    )
    .await
    .1;
    assert_eq!(variants["variants"]["entrata_iso_dates"], true);
    assert!(call("POST", "/api/day", String::new()).await.1["changes"].is_u64());
    for path in [
        "summary",
        "users",
        "doors",
        "groups",
        "residents",
        "members",
        "panels",
        "calls",
        "limits",
        "deliveries",
        "operations",
    ] {
        assert_eq!(
            call("GET", &format!("/api/{path}"), String::new()).await.0,
            200,
            "{path}"
        );
    }
    let foreign = client
        .post(format!("{base}/api/day"))
        .header("Origin", "http://elsewhere.test");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    sandbox.shutdown().await;
}
