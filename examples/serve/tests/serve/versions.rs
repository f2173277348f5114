//! Versions come, go and are replaced while they are used.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Client, ask, get};
use super::digits::SmallNet;
use super::sample::{INFER, binary_request, bits, images, json_of, outputs, random};
use super::server::Server;

const LOOK: [&str; 2] = ["--look", "0.02"];

/// Puts a model in the place of a file, in one step.
fn put(model: &shapeproof::io::Model<SmallNet>, file: &Path) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    model.save(file).unwrap();
}

fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_newest_answers_who_names_none() {
    let root = tempfile::tempdir().unwrap();
    let file = |place: &str| root.path().join(place).join("model.safetensors");
    put(&random(1), &file("digits/1"));
    put(&random(9), &file("digits/9"));
    put(&random(3), &file("letters/3"));
    let server = Server::start(&["--repository", root.path().to_str().unwrap(), LOOK[0], LOOK[1]]);
    let image = images(1);
    let infer = |path: &str| ask(server.address, "POST", path, &[], json_of(&image).to_string().as_bytes());
    let newest = |seed| outputs(&infer(INFER)) == bits(&random(seed), &image[0]);
    assert!(newest(9));
    assert_eq!(outputs(&infer("/v2/models/digits/versions/1/infer")), bits(&random(1), &image[0]));
    assert_eq!(outputs(&infer("/v2/models/letters/infer")), bits(&random(3), &image[0]));
    assert_eq!(infer("/v2/models/digits/versions/2/infer").error(), "model digits: version: found 2, expected 1, 9");
    assert_eq!(get(server.address, "/v2/models/digits").json()["versions"], json!(["1", "9"]));
    assert!(ask(server.address, "POST", "/predict", &[], b"").error().contains("digits 1, 9; letters 3"));

    put(&random(10), &file("digits/10"));
    until("a new version is loaded", || newest(10));
    fs::remove_dir_all(root.path().join("digits/10")).unwrap();
    until("a removed version goes", || newest(9));
    fs::remove_dir_all(root.path().join("letters")).unwrap();
    until("a removed model goes", || infer("/v2/models/letters/infer").status == 404);
    // The folder itself goes: all go on.
    fs::rename(root.path(), root.path().with_extension("gone")).unwrap();
    server.wait_for("all versions go on as they were");
    assert!(newest(9));
    fs::rename(root.path().with_extension("gone"), root.path()).unwrap();
}

#[test]
fn a_bad_file_is_refused_and_the_old_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    put(&random(1), &file);
    let server = Server::start(&["--model", file.to_str().unwrap(), LOOK[0], LOOK[1]]);
    let image = images(1);
    let serves = |seed| {
        let answer = ask(server.address, "POST", INFER, &[], json_of(&image).to_string().as_bytes());
        outputs(&answer) == bits(&random(seed), &image[0])
    };
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bad in [&b"no model"[..], &whole[..whole.len() / 2], &damaged, b""] {
        fs::write(&file, bad).unwrap();
        server.wait_for("the version goes on as it was");
        assert!(serves(1));
    }
    fs::remove_file(&file).unwrap();
    server.wait_for("the version goes on as it was");
    assert!(serves(1));
    put(&random(2), &file);
    until("a good file is loaded", || serves(2));
    assert!(server.metric(r#"shapeproof_model_loads_total{model="digits",outcome="refused"}"#) >= 4.0);
    assert_eq!(server.metric(r#"shapeproof_model_loads_total{model="digits",outcome="loaded"}"#), 2.0);
}

#[test]
fn no_request_is_lost_while_a_model_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    put(&random(0), &file);
    let server = Server::start(&["--model", file.to_str().unwrap(), LOOK[0], LOOK[1]]);
    let image = images(1);
    let expected: Vec<Vec<u32>> = (0..2).map(|seed| bits(&random(seed), &image[0])).collect();
    let (done, answered) = (AtomicBool::new(false), [AtomicUsize::new(0), AtomicUsize::new(0)]);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = Client::connect(server.address).unwrap();
                let request = binary_request(&image);
                while !done.load(Ordering::Relaxed) {
                    client.send(&request).unwrap();
                    let outputs = outputs(&client.answer().unwrap());
                    let seed = expected.iter().position(|expected| *expected == outputs);
                    answered[seed.expect("the outputs of one or the other")].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for replaced in 1..=12 {
            put(&random(replaced % 2), &file);
            server.wait_for("version 1: loaded");
            let before = answered[replaced as usize % 2].load(Ordering::Relaxed);
            until("the new one answers", || answered[replaced as usize % 2].load(Ordering::Relaxed) > before + 8);
        }
        done.store(true, Ordering::Relaxed);
    });
}
