//! What is drawn, and in which colours.

use std::collections::BTreeMap;

use super::{HOSTILE, MOVING_IN, between, hostile, written};

/// Opening and closing tags match, and no text holds a bare `<` or `&`.
pub(crate) fn well_formed(svg: &str) {
    let mut open = Vec::new();
    for tag in svg
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
    {
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n', '/'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for entity in svg.split('&').skip(1) {
        let name = entity.split(';').next().unwrap();
        assert!(
            ["amp", "lt", "gt", "quot", "#39"].contains(&name),
            "&{name}"
        );
    }
}

#[test]
fn a_person_and_a_door_are_pictures_of_their_own() {
    let ben = written(&["report", MOVING_IN, "--svg", "ben"], b"");
    assert!(ben.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert_eq!(
        ben.matches("http").count(),
        1,
        "the name space and no other address"
    );
    for part in [
        "<title id=\"t\">ben</title>",
        "lease-2",
        "locked out by hold-1",
        "class=\"now\"",
        ">unit 101<",
    ] {
        assert!(ben.contains(part), "no {part}");
    }
    let door = written(&["report", MOVING_IN, "--svg", "101"], b"");
    assert!(door.contains("<title id=\"t\">unit 101</title>"));
    assert!(door.contains(">ben<") && door.contains(">cleo<"));
    for svg in [&ben, &door] {
        well_formed(svg);
    }
    // No argument holds a NUL.
    for name in HOSTILE.into_iter().filter(|name| !name.contains('\0')) {
        let svg = written(&["report", "-", "--svg", name], hostile().as_bytes());
        well_formed(&svg);
        assert!(!svg.contains("<script") && !svg.contains("<img"), "{name}");
    }
    // The day on which clocks change is marked.
    let march = br#"{"time_zone":"America/New_York","now_utc":"2026-03-07T12:00:00Z","records":[
        {"kind":"booking","id":"b","customer":"c","status":"confirmed","target":"t","from_local":"2026-03-07T20:00","to_local":"2026-03-09T09:00"}]}"#;
    assert!(written(&["report", "-", "--svg", "c"], march).contains("clocks +1 h"));
}

/// Relative luminance by WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let hex: String = match colour.len() {
        3 => colour.chars().flat_map(|digit| [digit, digit]).collect(),
        _ => colour.into(),
    };
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

#[test]
fn colours_have_contrast_in_the_light_and_in_the_dark() {
    let page = written(&["report", MOVING_IN], b"");
    let style = between(&page, "<style>", "</style>");
    let light = between(style, ":root{color-scheme", "}");
    let dark = between(style, "(prefers-color-scheme:dark){:root{", "}");
    for (scheme, rules) in [("light", light), ("dark", dark)] {
        let colours: BTreeMap<_, _> = rules
            .split(';')
            .filter_map(|rule| rule.trim().strip_prefix("--")?.split_once(":#"))
            .collect();
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(colours[a]), luminance(colours[b]));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for ground in ["bg", "soft"] {
            for word in [
                "fg", "dim", "lease", "booking", "contract", "hold", "accent",
            ] {
                assert!(
                    contrast(word, ground) >= 4.5,
                    "{scheme}: {word} on {ground}"
                );
            }
            for shape in ["visit", "day_pass", "now", "clock"] {
                assert!(
                    contrast(shape, ground) >= 3.0,
                    "{scheme}: {shape} on {ground}"
                );
            }
        }
        for flag in ["now", "clock", "accent"] {
            assert!(contrast("bg", flag) >= 4.5, "{scheme}: a label on {flag}");
        }
    }
}
