//! Making foreign text fit to be shown.
//!
//! Vendors put people into their messages ("bob@example.com already exists"), and serde puts the
//! offending value into its errors. Both pass through here before they reach an error or a log.

/// Longest text that is kept of a vendor's message, in characters.
pub const MAX_TEXT: usize = 200;

/// A vendor's message on one line, bounded, with e-mail addresses, long numbers and anything that
/// looks like a token masked.
#[must_use]
pub fn text(raw: &str) -> String {
    let mut out = String::new();
    let mut kept = 0;
    for word in raw
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
    {
        if kept > 0 {
            out.push(' ');
        }
        let masked = mask_word(word);
        kept += masked.chars().count() + 1;
        if kept > MAX_TEXT {
            out.push('…');
            break;
        }
        out.push_str(&masked);
    }
    out
}

/// A vendor's code or request id: one short word as it came, anything else as [`text`].
#[must_use]
pub fn label(raw: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/ ".contains(c);
    if raw.len() <= 64 && raw.chars().all(plain) {
        raw.to_owned()
    } else {
        text(raw)
    }
}

/// A serde error's message without the values it quotes: `invalid type: string "…"`.
#[must_use]
pub fn serde_message(error: &dyn std::fmt::Display) -> String {
    let raw = error.to_string();
    // serde_json appends where it stopped; a row or a re-parsed part makes that misleading.
    let raw = raw
        .rsplit_once(" at line ")
        .map_or(raw.as_str(), |(head, _)| head);
    if raw.starts_with("lone leading surrogate") {
        return "not UTF-8".to_owned();
    }
    let keep_ticks = raw.starts_with("missing field") || raw.starts_with("duplicate field");
    let mut out = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '"' || (c == '`' && !keep_ticks) {
            skip_quoted(&mut chars, c);
            out.push('…');
            out.push(c);
        }
    }
    out
}

fn skip_quoted(chars: &mut std::str::Chars<'_>, quote: char) {
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            c if c == quote => return,
            _ => {}
        }
    }
}

fn mask_word(word: &str) -> String {
    if word.contains('@') {
        return "[e-mail]".into();
    }
    let longest = word
        .split(|c: char| {
            !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '='))
        })
        .map(str::len)
        .max()
        .unwrap_or(0);
    if longest >= 24 && word.chars().any(|c| c.is_ascii_digit()) {
        return "[token]".into();
    }
    let mut out = String::new();
    let mut digits = String::new();
    for c in word.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if digits.len() >= 4 {
            out.push_str("[number]");
        } else {
            out.push_str(&digits);
        }
        digits.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_tokens_are_masked_and_the_rest_stays_readable() {
        let shown = text(
            "User bob@example.com with PIN 73951\nexists, limit 16: eyJhbGciOiJSUzI1NiIsInR5cCI6.x9",
        );
        assert_eq!(
            shown,
            "User [e-mail] with PIN [number] exists, limit 16: [token]"
        );
        assert!(text(&"long words ".repeat(100)).chars().count() <= MAX_TEXT + 1);
    }

    #[test]
    fn serde_messages_lose_their_values_and_keep_field_names() {
        let error = serde_json::from_str::<u32>(r#""sec\"ret""#).unwrap_err();
        assert_eq!(
            serde_message(&error),
            "invalid type: string \"…\", expected u32"
        );
        #[derive(Debug, serde::Deserialize)]
        struct Row {
            #[allow(dead_code)]
            id: u32,
        }
        let error = serde_json::from_str::<Row>("{}").unwrap_err();
        assert_eq!(serde_message(&error), "missing field `id`");
        let error = serde_json::from_str::<Row>(r#"{"id": 4.25}"#).unwrap_err();
        assert!(!serde_message(&error).contains("4.25"), "{error}");
    }
}
