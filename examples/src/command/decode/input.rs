//! The payload's bytes, and what plainly is no JSON.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use serde::de::IgnoredAny;

/// The file, or standard input.
pub(super) fn read(file: Option<&Path>) -> io::Result<Vec<u8>> {
    match file.filter(|file| file.as_os_str() != "-") {
        Some(file) => std::fs::read(file),
        None => {
            let mut stdin = io::stdin().lock();
            if stdin.is_terminal() {
                eprintln!("reading a payload from the terminal; end it with Ctrl-D");
            }
            let mut text = Vec::new();
            stdin.read_to_end(&mut text)?;
            Ok(text)
        }
    }
}

/// The JSON, or in one line why there is none. Editors' byte-order marks are passed over.
pub(super) fn json(text: &[u8]) -> Result<&[u8], String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err("it is blank; give the body of an answer as it was received".into()),
        Some(b'<') => return Err("it is HTML or XML, not JSON".into()),
        Some(0x1f) => return Err("it is compressed; unpack it first".into()),
        Some(0xfe | 0xff) => return Err("it is not UTF-8".into()),
        Some(_) => {}
    }
    // The clients tell the path of a fault; what is no JSON at all has a line and a column.
    serde_json::from_slice::<IgnoredAny>(text)
        .map_err(|error| format!("it is no JSON: {error}"))?;
    Ok(text)
}

/// Structs would also be read from arrays, field by field; no vendor writes them so.
pub(super) fn object(json: &[u8]) -> Result<(), String> {
    match json.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Ok(()),
        _ => Err("it is no object".into()),
    }
}
