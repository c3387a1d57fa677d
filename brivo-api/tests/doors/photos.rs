//! Photos.

use brivo_api::*;

use crate::U;
use crate::common::*;

#[test]
fn photos_are_bytes_or_nothing() {
    let World { client, .. } = quiet();
    assert_eq!(
        shape(client.users().photo(U).request()),
        "GET /users/7310442/photo"
    );
    assert_eq!(
        shape(client.users().delete_photo(U).request()),
        "DELETE /users/7310442/photo"
    );
    let w = answering(404, sample("error_api_404"));
    assert_eq!(w.run(w.client.users().photo(U)).unwrap(), None);
    let w = answering(200, vec![0xFF, 0xD8, 0xFF]);
    assert_eq!(
        w.run(w.client.users().photo(U)).unwrap().unwrap().as_ref(),
        [0xFF, 0xD8, 0xFF]
    );
}

#[test]
fn a_photo_is_one_part_named_file_behind_a_boundary_that_is_not_in_it() {
    let w = answering(204, "");
    // What would end the part, were the boundary not looked for.
    let mut png = b"\x89PNG\r\n\x1a\n\0\xff\r\n--brivo-api-photo-0--\r\n".to_vec();
    w.run(w.client.users().set_photo(U, &png)).unwrap();
    let sent = w.sent();
    assert_eq!(sent[0].method(), "POST");
    assert_eq!(sent[0].uri().path(), "/v1/api/users/7310442/photo");
    assert_eq!(
        sent[0].headers()["content-type"],
        "multipart/form-data; boundary=brivo-api-photo-1"
    );
    let mut expected = b"--brivo-api-photo-1\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"photo.png\"\r\n\
        Content-Type: image/png\r\n\r\n"
        .to_vec();
    expected.append(&mut png);
    expected.extend(b"\r\n--brivo-api-photo-1--\r\n");
    assert_eq!(sent[0].body(), &expected);

    let users = w.client.users();
    for (image, kind) in [
        (&b"\xff\xd8\xff\xe0"[..], "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"GIF87a", "image/gif"),
    ] {
        let request = users.set_photo(U, image).request().unwrap();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        assert!(body.contains(&format!("Content-Type: {kind}\r\n\r\n")));
        assert_eq!(request.safety_class(), Safety::Once);
        let again = users.set_photo(U, image).request().unwrap();
        assert_eq!(again.body(), request.body());
    }
    for image in [
        &b""[..],
        b"%PDF-1.7",
        b"GIF",
        b"RIFF\0\0\0\0WEBP",
        b"<svg/>",
    ] {
        let refused = users.set_photo(U, image).request().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Config);
    }
}
