//! More requests than can wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::client::{Client, get};
use super::sample::{binary_request, bits, images, included, outputs};
use super::server::Server;

#[test]
fn what_finds_no_room_is_told_so() {
    let server = Server::start(&["--queue", "8", "--batch", "4", "--threads", "1"]);
    let (images, model) = (images(4), included());
    let expected: Vec<u32> = images.iter().flat_map(|image| bits(&model, image)).collect();
    let request = binary_request(&images);
    let (answered, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..48 {
            scope.spawn(|| {
                let mut client = Client::connect(server.address).unwrap();
                for _ in 0..25 {
                    client.send(&request).unwrap();
                    let answer = client.answer().unwrap();
                    if answer.status == 503 {
                        assert_eq!(answer.header("retry-after"), Some("1"));
                        assert_eq!(answer.error(), "the queue: found no room for the request, expected fewer at once");
                        refused.fetch_add(1, Ordering::Relaxed);
                    } else {
                        assert_eq!(outputs(&answer), expected);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let (answered, refused) = (answered.into_inner(), refused.into_inner());
    assert_eq!(answered + refused, 48 * 25);
    assert!(answered > 0 && refused > 0, "{answered} answered, {refused} refused");
    // Afterwards it is as before.
    assert_eq!(get(server.address, "/v2/health/ready").status, 200);
    assert_eq!(server.metric("shapeproof_waiting_samples"), 0.0);
}
