//! `POST /predict`

use super::client::{ask, get};
use super::server::Server;

const SEVEN: &[u8] = include_bytes!("../../../predict/seven.png");

#[test]
fn a_picture_has_a_class() {
    let server = Server::start(&[]);
    let read = ask(server.address, "POST", "/predict", &[("Content-Type", "image/png")], SEVEN).json();
    assert_eq!((read["name"].as_str(), read["class"].as_u64()), (Some("7"), Some(7)));
    assert!(read["probability"].as_f64().unwrap() > 0.99);
    assert_eq!(read["probabilities"].as_array().unwrap().len(), 10);
    let named = ask(server.address, "POST", "/predict?model=digits&version=1", &[], SEVEN);
    assert_eq!(named.json(), read);
    for query in ["?model=x", "?model=digits&version=2", "?version=x"] {
        assert_eq!(ask(server.address, "POST", &format!("/predict{query}"), &[], SEVEN).status, 404, "{query}");
    }
}

#[test]
fn what_is_no_picture_is_an_error() {
    let server = Server::start(&[]);
    let says = |bytes: &[u8]| {
        let answer = ask(server.address, "POST", "/predict", &[], bytes);
        assert_eq!(answer.status, 400);
        answer.error()
    };
    assert!(says(b"").contains("no PNG signature"));
    assert!(says(b"\xff\xd8\xff\xe0 a photograph").contains("no PNG signature"));
    assert!(says(&SEVEN[..60]).contains("end of the file"));
    // A short file that says that its picture is large.
    let mut bomb = SEVEN.to_vec();
    bomb[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
    assert_eq!(says(&bomb), "size: found 8192×8192 pixels, expected at most 4194304");
}

#[test]
fn the_page_is_at_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index.html");
    std::fs::write(&file, "<!doctype html><p>Draw").unwrap();
    let server = Server::start(&["--page", file.to_str().unwrap()]);
    let answer = get(server.address, "/");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(answer.body, b"<!doctype html><p>Draw");
}
