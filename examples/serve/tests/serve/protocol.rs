//! The protocol: what is asked is answered, with the network's own bits.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;

use super::client::{Client, ask, get, request};
use super::sample::{INFER, binary_of, bits, images, included, json_of, outputs};
use super::server::Server;

#[test]
fn everything_says_what_it_is() {
    let server = Server::start(&[]);
    let json = |path| get(server.address, path).json();
    assert_eq!(json("/v2/health/live"), json!({ "live": true }));
    assert_eq!(json("/v2/health/ready"), json!({ "ready": true }));
    assert_eq!(json("/v2")["extensions"], json!(["binary_tensor_data", "classification", "model_configuration"]));
    let model = json!({
        "name": "digits", "versions": ["1"], "platform": "shapeproof",
        "inputs": [{ "name": "input", "datatype": "FP32", "shape": [-1, 1, 28, 28] }],
        "outputs": [{ "name": "output", "datatype": "FP32", "shape": [-1, 10] }],
    });
    for path in ["/v2/models/digits", "/v2/models/digits/versions/1", "/v2/models/%64igits"] {
        assert_eq!(json(path), model);
    }
    assert_eq!(json("/v2/models/digits/versions/1/ready"), json!({ "name": "digits", "ready": true }));
    assert_eq!(json("/v2/models/digits/config")["input"][0]["dims"], json!([1, 28, 28]));
}

#[test]
fn json_and_bytes_have_the_bits_of_the_network() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address).unwrap();
    let (images, model) = (images(9), included());
    let expected: Vec<u32> = images.iter().flat_map(|image| bits(&model, image)).collect();
    let json = json_of(&images).to_string();
    assert_eq!(outputs(&client.ask("POST", INFER, &[], json.as_bytes()).unwrap()), expected);
    let (body, length) = binary_of(&images);
    let header = [("Inference-Header-Content-Length", &*length)];
    let answer = client.ask("POST", INFER, &header, &body).unwrap();
    assert_eq!((answer.header("content-type"), outputs(&answer)), (Some("application/octet-stream"), expected.clone()));
    // The tensor alone.
    let raw = client.ask("POST", INFER, &[("Inference-Header-Content-Length", "0")], &body[length.parse().unwrap()..]);
    assert_eq!(outputs(&raw.unwrap()), expected);
}

#[test]
fn compressed_bodies() {
    let server = Server::start(&[]);
    let images = images(20);
    let expected = outputs(&ask(server.address, "POST", INFER, &[], json_of(&images).to_string().as_bytes()));
    let (body, length) = binary_of(&images);
    let mut gzip = GzEncoder::new(vec![], Compression::fast());
    gzip.write_all(&body).unwrap();
    let mut deflate = ZlibEncoder::new(vec![], Compression::fast());
    deflate.write_all(&body).unwrap();
    for (name, bytes) in [("gzip", gzip.finish().unwrap()), ("deflate", deflate.finish().unwrap())] {
        let headers = [("Content-Encoding", name), ("Inference-Header-Content-Length", &length)];
        assert_eq!(outputs(&ask(server.address, "POST", INFER, &headers, &bytes)), expected, "{name}");
    }
    let json = json_of(&images).to_string();
    let mut answer = ask(server.address, "POST", INFER, &[("Accept-Encoding", "gzip")], json.as_bytes());
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut plain = vec![];
    GzDecoder::new(&*answer.body).read_to_end(&mut plain).unwrap();
    answer.body = plain;
    assert_eq!(outputs(&answer), expected);
    let unknown = ask(server.address, "POST", INFER, &[("Content-Encoding", "br")], b"{}");
    assert_eq!((unknown.status, unknown.error().contains("expected gzip")), (415, true));
}

#[test]
fn outputs_as_they_are_asked_for() {
    let server = Server::start(&[]);
    let mut asked = json_of(&images(2));
    asked["id"] = json!("mine");
    asked["outputs"] = json!([{ "name": "output", "parameters": { "classification": 3 } }]);
    let answer = ask(server.address, "POST", INFER, &[], asked.to_string().as_bytes()).json();
    assert_eq!((&answer["id"], &answer["model_version"]), (&json!("mine"), &json!("1")));
    assert_eq!((&answer["outputs"][0]["datatype"], &answer["outputs"][0]["shape"]), (&json!("BYTES"), &json!([2, 3])));
    let first = answer["outputs"][0]["data"][0].as_str().unwrap();
    assert_eq!(first.split(':').count(), 3, "{first}");
}

#[test]
fn wrong_addresses_and_methods_are_errors_in_json() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address).unwrap();
    let unknown = [
        "/",
        "/v3",
        "/v2/models",
        "/v2/models/",
        "/v2/models/x",
        "/v2/models/digits/versions/2",
        "/v2/models/a%0d%0ab",
        "/v2/models/digits/versions/01",
        "/v2/models/digits/versions/-1/ready",
        "//",
        "/../etc/passwd",
    ];
    for path in unknown {
        let answer = client.ask("GET", path, &[], b"").unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.error().contains(['\r', '\n']));
    }
    assert_eq!(
        client.ask("POST", "/v2/models/x/infer", &[], b"{}").unwrap().error(),
        "model: found x, expected one that is served"
    );
    assert_eq!(client.ask("GET", "/v2/models/%ff", &[], b"").unwrap().status, 400);
    for (method, path) in [("OPTIONS", INFER), ("GET", INFER), ("DELETE", "/v2"), ("PUT", "/predict"), ("BREW", "/v2")]
    {
        let answer = client.ask(method, path, &[], b"").unwrap();
        assert_eq!((answer.status, answer.error().contains(method)), (405, true), "{method} {path}");
        assert!(answer.header("allow").is_some());
    }
    for length in ["", "x", "-1", "+3", "1e3", "99999999999999999999", "3"] {
        let answer = client.ask("POST", INFER, &[("Inference-Header-Content-Length", length)], b"{}").unwrap();
        assert_eq!((answer.status, answer.error().contains("Inference-Header")), (400, true), "{length}");
    }
}

#[test]
fn the_ways_of_http() {
    let server = Server::start(&[]);
    let connect = || Client::connect(server.address).unwrap();
    let mut client = connect();
    client.send(b"HEAD /v2 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(client.head().unwrap().status, 200);
    // One after the other, without waiting.
    let get = request("GET", "/v2/health/live", &[], b"");
    client.send(&get.repeat(50)).unwrap();
    assert!((0..50).all(|_| client.answer().unwrap().status == 200));
    // A client that has said all it wants to say.
    let mut client = connect();
    client.send(&request("POST", INFER, &[], json_of(&images(1)).to_string().as_bytes())).unwrap();
    client.finish();
    assert_eq!(outputs(&client.answer().unwrap()).len(), 10);
    let mut client = connect();
    client.send(b"GET /v2 HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(client.answer().unwrap().status, 200);
    assert!(client.answer().is_err(), "HTTP/1.0 closes");
    // What is no HTTP gets JSON too.
    for (bytes, status) in [(&b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"[..], 400), (b"GET /v2 HTTP/9.9\r\n\r\n", 400)] {
        let mut client = connect();
        client.send(bytes).unwrap();
        let answer = client.answer().unwrap();
        assert_eq!((answer.status, answer.error().contains("not HTTP")), (status, true));
    }
    let mut client = connect();
    client.send(&request("GET", "/v2", &[("X", &"x".repeat(300_000))], b"")).ok();
    assert_eq!(client.answer().unwrap().status, 431);
}
