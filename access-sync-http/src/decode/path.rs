//! Where in a document a reader gave up, found from how far it had come.
//!
//! Looking for the place afterwards takes a walk over the document, and only where something is
//! wrong. To keep track of it while reading takes a second copy of the code that reads each type,
//! which for a client is nearly as much code as everything else.

/// Levels that are told; only nonsense has more.
const DEEPEST: usize = 32;

/// The place of `error` in `json`, as in `data[3].id`; `.` is the document itself.
///
/// Names are those of the document's keys and never values. A fault of a whole object is told at
/// the object; a fault of a value at the value.
pub(super) fn of(json: &str, error: &serde_json::Error) -> String {
    let json = json.as_bytes();
    let mut walk = Walk::default();
    let mut rest = json.get(..consumed(json, error)).unwrap_or(json);
    while let Some((token, after)) = next(rest) {
        walk.take(token);
        rest = after;
    }
    walk.path()
}

/// How many bytes were read when `error` came up. Lines and columns count from one and in bytes.
fn consumed(json: &[u8], error: &serde_json::Error) -> usize {
    let lines = error.line().saturating_sub(1);
    let line: usize = json
        .split_inclusive(|byte| *byte == b'\n')
        .take(lines)
        .map(<[u8]>::len)
        .sum();
    line.saturating_add(error.column()).min(json.len())
}

enum Token<'a> {
    Open(u8),
    Close,
    Comma,
    Colon,
    /// With its quotes, the last of which may be missing.
    Text(&'a [u8]),
    Other,
}

/// The first token and what follows it. Whatever is no JSON is passed over.
fn next(text: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let (first, rest) = text.split_first()?;
    Some(match first {
        b'{' | b'[' => (Token::Open(*first), rest),
        b'}' | b']' => (Token::Close, rest),
        b',' => (Token::Comma, rest),
        b':' => (Token::Colon, rest),
        b'"' => {
            let mut escaped = false;
            let end = rest.iter().position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            let length = end.map_or(text.len(), |end| end + 2);
            let (whole, rest) = text.split_at_checked(length).unwrap_or((text, &[]));
            (Token::Text(whole), rest)
        }
        _ => (Token::Other, rest),
    })
}

/// What a place lies in.
enum Within<'a> {
    /// The key last read, until a comma follows its value; and whether its value is under way.
    /// Before that the key itself is at fault, and may be anything.
    Object(Option<&'a [u8]>, bool),
    Array(usize),
}

#[derive(Default)]
struct Walk<'a> {
    around: Vec<Within<'a>>,
}

impl<'a> Walk<'a> {
    fn take(&mut self, token: Token<'a>) {
        match (token, self.around.last_mut()) {
            (Token::Open(b'{'), _) => self.around.push(Within::Object(None, false)),
            (Token::Open(_), _) => self.around.push(Within::Array(0)),
            (Token::Close, _) => drop(self.around.pop()),
            (Token::Comma, Some(Within::Array(index))) => *index += 1,
            (Token::Comma, Some(within)) => *within = Within::Object(None, false),
            (Token::Colon, Some(Within::Object(_, begun))) => *begun = true,
            (Token::Text(text), Some(Within::Object(key @ None, _))) => *key = Some(text),
            _ => {}
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for (depth, within) in self.around.iter().enumerate() {
            if depth == DEEPEST {
                path.push('…');
                break;
            }
            match within {
                Within::Object(None, _) | Within::Object(_, false) => {}
                Within::Object(Some(key), true) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&name(key));
                }
                Within::Array(index) => path.push_str(&format!("[{index}]")),
            }
        }
        if path.is_empty() {
            path.push('.');
        }
        path
    }
}

fn name(key: &[u8]) -> String {
    serde_json::from_slice(key).unwrap_or_else(|_| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::decode::{self, Object};

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Unit {
        #[serde(deserialize_with = "decode::required")]
        id: i64,
        #[serde(default, deserialize_with = "decode::optional")]
        floor: Option<i64>,
        #[serde(default)]
        rooms: Vec<Room>,
        #[serde(default, deserialize_with = "decode::one_or_many")]
        doors: Vec<Object<Room>>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Room {
        name: String,
    }

    fn place(json: &str) -> String {
        let error = serde_json::from_str::<Vec<Unit>>(json).unwrap_err();
        super::of(json, &error)
    }

    #[test]
    fn a_fault_is_told_at_its_value() {
        for (json, expected) in [
            (r#"[{"id":1},{"id":"x"}]"#, "[1].id"),
            (r#"[{"id":"x","floor":2}]"#, "[0].id"),
            (r#"[{"id" : "x" , "floor":2}]"#, "[0].id"),
            ("[\n {\"id\":1},\n {\n\"floor\":\r\n 4.25}]", "[1].floor"),
            (r#"[{"id":{"a":1,"b":2}}]"#, "[0].id"),
            (r#"[{"id":[1,2,3]}]"#, "[0].id"),
            (r#"[{"id":null}]"#, "[0].id"),
            (
                r#"[{"id":1,"rooms":[{"name":"a"},{"name":7}]}]"#,
                "[0].rooms[1].name",
            ),
            (r#"[{"id":1,"rooms":[{"name":"a"},7]}]"#, "[0].rooms[1]"),
            (r#"[{"id":1,"rooms":[7]}]"#, "[0].rooms[0]"),
            (
                r#"[{"id":1,"rooms":[{"name":["x"]}]}]"#,
                "[0].rooms[0].name",
            ),
            (r#"[{"id":1,"rooms":"none"}]"#, "[0].rooms"),
            (r#"[{"id":1,"doors":{"name":7}}]"#, "[0].doors.name"),
            (r#"[{"id":1,"doors":[["x"]]}]"#, "[0].doors[0]"),
            (
                r#"[{"id":1,"a \"quoted\" key":[",",{}],"rooms":true}]"#,
                "[0].rooms",
            ),
            (r#"{"id":1}"#, "."),
            ("7", "."),
        ] {
            assert_eq!(place(json), expected, "{json}");
        }
    }

    #[test]
    fn what_an_object_lacks_is_told_at_the_object() {
        assert_eq!(place(r#"[{"id":1},{"floor":1}]"#), "[1]");
        assert_eq!(place(r#"[{"id":1,"rooms":[{}]}]"#), "[0].rooms[0]");
        assert_eq!(
            place(r#"[{"id":1,"rooms":[{"name":"a"},{"nam":"b"} ]}]"#),
            "[0].rooms[1]"
        );
    }

    #[test]
    fn an_end_in_the_middle_is_told_where_the_document_ends() {
        assert_eq!(place(r#"[{"id":1},{"id":1,"rooms":[{"na"#), "[1].rooms[0]");
        assert_eq!(place(r#"[{"id":1},"#), "[1]");
        assert_eq!(place(""), ".");
        assert_eq!(place(r#"[{"id":1}] more"#), ".");
    }

    #[test]
    fn no_text_makes_it_panic() {
        for json in [
            "\"",
            "\\",
            "]]}}",
            "[[[\"\\",
            "{\"\\\"",
            ",,,",
            "\u{0}",
            "{\"a\":é",
        ] {
            let _ = place(json);
        }
        let deep = "[".repeat(100_000);
        assert!(place(&deep).len() < 1_000);
    }
}
