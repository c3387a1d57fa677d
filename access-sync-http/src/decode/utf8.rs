//! Bodies as text.

use std::borrow::Cow;

/// The body as text, so that its strings need not be checked one by one.
///
/// JSON is UTF-8. Where a body is not, all that is wrong is turned into the escape of half a
/// character, which JSON lets through in fields that nobody reads and no reader takes for text: one
/// name in another encoding costs its row, and not the page.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    // .NET servers begin some of their bodies with a byte order mark.
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(mended(body)),
    }
}

/// What [`text`] puts in the place of bytes that are none: twice the second half of a character, as
/// a first half may stand before it.
const HALVES: &str = r"\uDC00\uDC00";

fn mended(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let open = text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
            text.push_str(if open {
                HALVES.trim_start_matches('\\')
            } else {
                HALVES
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::decode::{self, Rows};

    #[derive(Debug, Deserialize)]
    struct Person {
        id: u32,
        name: String,
    }

    fn latin1(json: &str) -> Vec<u8> {
        json.chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect()
    }

    #[test]
    fn a_name_in_another_encoding_costs_its_row_and_no_other() {
        let body = latin1(
            r#"[{"id":1,"name":"Ann"},{"id":2,"name":"Müller"},{"id":3,"name":"Bo","note":"Zoë"}]"#,
        );
        let rows: Rows<Person> = decode::json(&body).unwrap();
        let read: Vec<_> = rows
            .items
            .iter()
            .map(|it| (it.id, it.name.as_str()))
            .collect();
        assert_eq!(read, [(1, "Ann"), (3, "Bo")]);
        assert_eq!(
            (rows.rejected[0].index, rows.rejected[0].path.as_str()),
            (1, "name")
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_never_taken_for_some() {
        for name in [
            "\u{fc}",
            "\\\u{fc}",
            "\\\\\u{fc}",
            "\u{fc}\\uDC00",
            "\\uD83D\u{fc}",
        ] {
            let body = latin1(&format!(r#"{{"id":1,"name":"a{name}b"}}"#));
            assert!(decode::json::<Person>(&body).is_err(), "{name}");
        }
        assert!(decode::json::<Person>(b"{\"id\":1,\"name\":\"a\",\xff}").is_err());
        assert!(decode::json::<Person>(b"\xff\xfe{\0").is_err());
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let person: Person =
            decode::json("\u{feff}{\"id\":1,\"name\":\"Bjørn\"}".as_bytes()).unwrap();
        assert_eq!(person.name, "Bjørn");
    }
}
