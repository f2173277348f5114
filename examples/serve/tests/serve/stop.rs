//! The end of a server: what it has accepted is answered.

use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, get, request};
use super::sample::{INFER, binary_request, bits, images, included, json_of, outputs};
use super::server::Server;

#[test]
fn no_accepted_request_is_lost_under_load() {
    let server = Server::start(&[]);
    let address = server.address;
    let image = images(1);
    let (expected, request) = (bits(&included(), &image[0]), binary_request(&image));
    let (stopped, answered, told) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let status = thread::scope(|scope| {
        // On one connection each, until the server says that it closes it.
        for _ in 0..12 {
            scope.spawn(|| {
                let mut client = Client::connect(address).unwrap();
                loop {
                    client.send(&request).unwrap();
                    let answer = client.answer().expect("an answer");
                    assert_eq!(outputs(&answer), expected);
                    answered.fetch_add(1, Ordering::Relaxed);
                    if answer.header("connection") == Some("close") {
                        told.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                }
            });
        }
        // On a new connection each time, until there are no more.
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let late = stopped.load(Ordering::SeqCst);
                    let answer = Client::connect(address).and_then(|mut client| {
                        client.send(&request)?;
                        client.answer()
                    });
                    match answer {
                        Ok(answer) => assert_eq!(outputs(&answer), expected),
                        Err(error) => {
                            assert!(late || stopped.load(Ordering::SeqCst), "{error}");
                            return;
                        }
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(Duration::from_millis(700));
        stopped.store(true, Ordering::SeqCst);
        server.signal("TERM");
        server.end()
    });
    assert_eq!(status.code(), Some(0));
    assert_eq!(told.into_inner(), 12);
    assert!(answered.into_inner() > 100);
}

#[test]
fn what_is_under_way_is_finished() {
    let server = Server::start(&[]);
    let image = images(1);
    let whole = request("POST", INFER, &[], json_of(&image).to_string().as_bytes());
    // Half of a request has been sent; another connection is idle.
    let mut client = Client::connect(server.address).unwrap();
    client.send(&whole[..1000]).unwrap();
    let mut idle = Client::connect(server.address).unwrap();
    assert_eq!(idle.ask("GET", "/v2", &[], b"").unwrap().status, 200);
    server.signal("INT");
    server.wait_for("stopping");
    // The idle one can still ask, for a moment.
    let answer = idle.ask("GET", "/v2/health/ready", &[], b"").unwrap();
    assert_eq!((answer.status, answer.json()["ready"].as_bool()), (503, Some(false)));
    assert_eq!(answer.header("connection"), Some("close"));
    thread::sleep(Duration::from_millis(800));
    assert!(Client::connect(server.address).is_err(), "no more connections are accepted");
    client.send(&whole[1000..]).unwrap();
    assert_eq!(outputs(&client.answer().unwrap()), bits(&included(), &image[0]));
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn it_may_say_that_it_stops_before_it_does() {
    let server = Server::start(&["--stop-delay", "0.5"]);
    let mut idle = Client::connect(server.address).unwrap();
    assert_eq!(idle.ask("GET", "/v2", &[], b"").unwrap().status, 200);
    server.signal("TERM");
    server.wait_for("stopping");
    let start = Instant::now();
    assert_eq!(get(server.address, "/v2/health/ready").status, 503);
    assert_eq!(get(server.address, "/v2/models/digits/ready").status, 503);
    assert_eq!(get(server.address, "/v2/models/digits").status, 200);
    assert_eq!(idle.stream.read(&mut [0]).unwrap(), 0, "an idle connection is closed");
    assert!(start.elapsed() > Duration::from_millis(500));
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn a_stop_takes_no_longer_than_it_may() {
    let start = || {
        let server = Server::start(&["--stop-timeout", "0.3"]);
        let mut client = Client::connect(server.address).unwrap();
        client.send(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n").unwrap();
        thread::sleep(Duration::from_millis(100));
        server.signal("TERM");
        server.wait_for("stopping");
        (server, client)
    };
    let (server, _client) = start();
    server.wait_for("error: connections: found 1 open at the end");
    assert_eq!(server.end().code(), Some(1));
    let (server, _client) = start();
    server.signal("TERM");
    assert!(matches!(server.end().code(), Some(130 | 1)));
}
