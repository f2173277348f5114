//! Requests that arrive together are predicted together, and nobody can tell.

use std::sync::Barrier;
use std::thread;

use super::client::Client;
use super::sample::{binary_request, bits, images, included, outputs};
use super::server::Server;

const CLIENTS: u32 = 12;
const EACH: u32 = 10;

#[test]
fn a_prediction_does_not_depend_on_its_batch() {
    // They wait for each other, so that batches are mixed.
    let server = Server::start(&["--batch-delay", "3000", "--threads", "2", "--batch", "11"]);
    let (images, model) = (images(CLIENTS * EACH), included());
    let alone: Vec<Vec<u32>> = images.iter().map(|image| bits(&model, image)).collect();
    let together = Barrier::new(CLIENTS as usize);
    thread::scope(|scope| {
        for (images, alone) in images.chunks(EACH as usize).zip(alone.chunks(EACH as usize)) {
            scope.spawn(|| {
                let mut client = Client::connect(server.address).unwrap();
                for size in 1..=EACH as usize {
                    together.wait();
                    client.send(&binary_request(&images[..size])).unwrap();
                    assert_eq!(outputs(&client.answer().unwrap()), alone[..size].concat());
                }
            });
        }
    });
    let samples = server.metric("shapeproof_batch_samples_sum");
    let batches = server.metric("shapeproof_batch_samples_count");
    assert_eq!(samples, f64::from(CLIENTS * EACH * (EACH + 1) / 2));
    assert!(batches < samples / 6.0, "{samples} samples in {batches} batches");
    assert_eq!(server.metric("shapeproof_waiting_samples"), 0.0);
}
