//! Limits of size, time and number.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::client::{Client, ask, get, request};
use super::sample::{INFER, images, json_of, outputs};
use super::server::Server;

#[test]
fn a_body_may_be_too_large() {
    let server = Server::start(&["--body-limit", "100000"]);
    let refused = |answer: super::client::Answer| {
        assert_eq!(answer.status, 413);
        assert_eq!(answer.error(), "the body: found more than 100000 bytes, expected at most that");
    };
    refused(ask(server.address, "POST", INFER, &[], &vec![b' '; 100_001]));
    refused(ask(server.address, "POST", "/predict", &[], &vec![b' '; 3_000_000]));
    // Without a length, or behind a compression.
    let mut client = Client::connect(server.address).unwrap();
    client.send(format!("POST {INFER} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").as_bytes()).unwrap();
    for _ in 0..11 {
        client.send(b"2710\r\n").unwrap();
        client.send(&[b' '; 10_000]).unwrap();
        client.send(b"\r\n").unwrap();
    }
    client.send(b"0\r\n\r\n").unwrap();
    refused(client.answer().unwrap());
    let mut gzip = GzEncoder::new(vec![], Compression::best());
    gzip.write_all(&vec![b' '; 100_000_000]).unwrap();
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 100_000);
    refused(ask(server.address, "POST", INFER, &[("Content-Encoding", "gzip")], &bomb));
    // What is only said to be large is not waited for.
    let mut client = Client::connect(server.address).unwrap();
    client
        .send(format!("POST {INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: 1152921504606846976\r\n\r\n").as_bytes())
        .unwrap();
    refused(client.answer().unwrap());
    assert_eq!(get(server.address, "/v2").status, 200);
}

#[test]
fn a_slow_body_or_head_is_not_waited_for() {
    let server = Server::start(&["--timeout", "0.3", "--idle-timeout", "0.5"]);
    let whole = request("POST", INFER, &[], json_of(&images(1)).to_string().as_bytes());
    let start = Instant::now();
    let mut client = Client::connect(server.address).unwrap();
    client.send(&whole[..whole.len() - 1]).unwrap();
    let answer = client.answer().unwrap();
    assert_eq!((answer.status, answer.error().contains("within 300ms")), (408, true));
    assert!(start.elapsed() < Duration::from_secs(2));
    // Byte by byte.
    let mut client = Client::connect(server.address).unwrap();
    for byte in b"GET /v2 HTTP/1.1\r\nHost: localhost\r\nX: 1234567890" {
        if client.send(&[*byte]).is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let answer = client.answer().unwrap();
    assert_eq!((answer.status, answer.error().contains("unfinished head")), (408, true));
    // An idle connection is closed without a word.
    let mut client = Client::connect(server.address).unwrap();
    assert_eq!(client.ask("GET", "/v2", &[], b"").unwrap().status, 200);
    assert_eq!(client.stream.read(&mut [0; 9]).unwrap(), 0);
}

#[test]
fn a_client_that_does_not_read_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("large.html");
    std::fs::write(&page, vec![b' '; 40_000_000]).unwrap();
    let server = Server::start(&["--timeout", "0.3", "--page", page.to_str().unwrap()]);
    let mut client = Client::connect(server.address).unwrap();
    client.send(&request("GET", "/", &[], b"")).unwrap();
    let end = Instant::now() + Duration::from_secs(5);
    // This question is the other connection.
    while server.metric("shapeproof_connections ") > 1.0 {
        assert!(Instant::now() < end, "the connection is still open");
        thread::sleep(Duration::from_millis(20));
    }
    let mut rest = vec![];
    let cut = client.stream.read_to_end(&mut rest).map_err(|error| error.kind());
    assert!(cut == Err(ErrorKind::ConnectionReset) || rest.len() < 40_000_000, "{cut:?}");
}

#[test]
fn there_may_be_too_many_connections() {
    let server = Server::start(&["--connections", "3"]);
    let mut clients: Vec<Client> = (0..3).map(|_| Client::connect(server.address).unwrap()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("GET", "/v2", &[], b"").unwrap().status, 200);
    }
    for _ in 0..3 {
        let answer = get(server.address, "/v2");
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
        assert_eq!(answer.error(), "connections: found as many as there may be, expected fewer at once");
    }
    // One goes, and there is room.
    clients.pop();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(get(server.address, "/v2").status, 200);
    assert_eq!(clients[0].ask("GET", "/v2", &[], b"").unwrap().status, 200);
    drop(clients);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(server.metric("shapeproof_refused_connections_total"), 3.0);
}

#[test]
fn memory_and_samples_are_limited() {
    let server = Server::start(&["--memory-limit", "10000", "--queue", "5"]);
    let infer = |count| ask(server.address, "POST", INFER, &[], json_of(&images(count)).to_string().as_bytes());
    assert_eq!((infer(2).status, infer(2).error().contains("memory")), (503, true));
    drop(server);
    let server = Server::start(&["--queue", "5"]);
    let infer = |count| ask(server.address, "POST", INFER, &[], json_of(&images(count)).to_string().as_bytes());
    assert_eq!(outputs(&infer(5)).len(), 50);
    assert_eq!((infer(6).status, infer(6).error()), (400, "input: found 6 samples, expected at most 5".into()));
}
