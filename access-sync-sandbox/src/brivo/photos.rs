//! A user's photo: bytes in, bytes out, and a link to them in the user's record.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::state::BrivoState;
use super::users::not_found;
use super::{error, path_id};
use crate::http::{Body, Reply, Request};

/// `userImage` of a user's record.
pub(super) fn image(state: &BrivoState, user: i64) -> Option<Value> {
    state.photos.get(&user)?;
    let image = json!({
        "id": 70_000_000 + user,
        "uri": format!("https://photos.example.com/{user}?good-for=30m"),
    });
    Some(if state.variants.brivo_user_image_array {
        json!([image])
    } else {
        image
    })
}

fn user(state: &BrivoState, request: &Request) -> Result<i64, Reply> {
    let id = path_id(request, 1, "user")?;
    state
        .users
        .contains_key(&id)
        .then_some(id)
        .ok_or_else(not_found)
}

/// The content type says JPEG whatever the bytes are, as has been met.
pub(super) fn get(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = user(state, request)?;
    let bytes = state.photos.get(&id).cloned();
    let bytes = bytes.ok_or_else(|| error(404, "Requested photo not found"))?;
    Ok(Reply {
        status: 200,
        headers: Vec::new(),
        body: Body::Bytes {
            content_type: "image/jpeg",
            bytes,
        },
    })
}

pub(super) fn set(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = user(state, request)?;
    let photo = part(request).ok_or_else(|| error(400, "A part named file is required"))?;
    state.photos.insert(id, photo);
    Ok(Reply::empty(204))
}

pub(super) fn delete(state: &mut BrivoState, request: &Request) -> Result<Reply, Reply> {
    let id = user(state, request)?;
    if state.photos.remove(&id).is_none() {
        return Err(error(404, "Requested photo not found"));
    }
    Ok(Reply::empty(204))
}

/// The bytes of the multipart part named `file`.
fn part(request: &Request) -> Option<Bytes> {
    let content_type = request.header("content-type")?;
    let boundary = content_type.split_once("boundary=")?.1;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let delimiter = format!("--{boundary}");
    let body = &request.body;
    let mut at = find(body, 0, delimiter.as_bytes())? + delimiter.len();
    loop {
        let head = find(body, at, b"\r\n\r\n")?;
        let end = find(body, head + 4, format!("\r\n{delimiter}").as_bytes())?;
        let headers = String::from_utf8_lossy(body.get(at..head)?).to_lowercase();
        if headers.contains("name=\"file\"") || headers.contains("name=file") {
            return Some(body.slice(head + 4..end));
        }
        at = end + 2 + delimiter.len();
    }
}

fn find(haystack: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let rest = haystack.get(from..)?;
    let found = rest.windows(needle.len()).position(|w| w == needle)?;
    Some(from + found)
}
