//! Photos on their way to Brivo.

use access_sync_http::{Error, Request};

/// The image as the form's one part, `file`.
pub(crate) fn attach(request: Request, image: &[u8]) -> Result<Request, Error> {
    let (name, kind) = match image {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => ("photo.png", "image/png"),
        [0xFF, 0xD8, 0xFF, ..] => ("photo.jpg", "image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ("photo.gif", "image/gif"),
        _ => return Err(Error::config("a photo is a PNG, JPEG or GIF image")),
    };
    // The same image makes the same request.
    let boundary = (0..=u32::MAX)
        .map(|number| format!("brivo-api-photo-{number}"))
        .find(|text| !occurs(text.as_bytes(), image))
        .ok_or_else(|| Error::config("no boundary that the photo does not hold"))?;
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {kind}\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), image, tail.as_bytes()].concat();
    request.raw(&format!("multipart/form-data; boundary={boundary}"), body)
}

fn occurs(text: &[u8], image: &[u8]) -> bool {
    image.windows(text.len()).any(|window| window == text)
}
