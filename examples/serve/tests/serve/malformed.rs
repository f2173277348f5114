//! Requests that are damaged at random. Each is answered, and the server goes on.

use super::client::{Client, get, request};
use super::sample::{INFER, binary_of, bits, images, included, json_of, outputs};
use super::server::Server;

const REFUSED: usize = 10_000;
const HEADS: usize = 1_000;

/// Numbers that look random, and are the same each time (G. Marsaglia, *Xorshift RNGs*, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// What a damaged request likes to have.
const WORDS: [&str; 24] = [
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "NaN",
    "Infinity",
    "4294967296",
    "18446744073709551616",
    "9223372036854775807",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[[[",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\u{fffd}",
    ",",
    ":",
    "\"FP16\"",
    "\"BYTES\"",
    "\"binary_data_size\"",
    "\"data\"",
    "\"inputs\"",
];

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        let to = (at + 1 + random.below(8)).min(bytes.len());
        match random.below(6) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 if at < to => drop(bytes.drain(at..to)),
            3 if at < to => bytes.extend_from_within(at..to),
            _ => drop(bytes.splice(at.min(to)..to, WORDS[random.below(WORDS.len())].bytes())),
        }
    }
}

#[test]
fn damaged_bodies_are_answered() {
    let server = Server::start(&[]);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut client = Client::connect(server.address).unwrap();
    // Most of a request's numbers are left out, so that its other parts are hit.
    let mut json = json_of(&images(1));
    json["inputs"][0]["data"] = serde_json::json!([1, 2.5, -3]);
    json["outputs"] = serde_json::json!([{ "name": "output", "parameters": { "classification": 2 } }]);
    let json = json.to_string().into_bytes();
    let (binary, length) = binary_of(&images(1));
    let png = include_bytes!("../../../predict/seven.png");
    let mut refused = 0;
    for round in 0.. {
        let (path, mut body) =
            [(INFER, json.clone()), (INFER, binary.clone()), ("/predict", png.to_vec())][round % 3].clone();
        damage(&mut body, &mut random);
        let cut = random.below(200).to_string();
        let length = if random.below(4) == 0 { &cut } else { &length };
        let headers = [("Inference-Header-Content-Length", length.as_str())];
        let headers = if round % 3 == 1 { &headers[..] } else { &[] };
        let answer = client.ask("POST", path, headers, &body).unwrap();
        match answer.status {
            200 => {}
            400 | 413 => {
                assert!(!answer.error().is_empty());
                refused += 1;
            }
            _ => panic!("{answer:?} to {:?}", String::from_utf8_lossy(&body)),
        }
        if refused == REFUSED {
            break;
        }
    }
    let image = images(1);
    let answer = client.ask("POST", INFER, &[], json_of(&image).to_string().as_bytes()).unwrap();
    assert_eq!(outputs(&answer), bits(&included(), &image[0]));
}

#[test]
fn damaged_heads_are_answered_or_no_requests() {
    let server = Server::start(&["--timeout", "1"]);
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let whole = request("POST", INFER, &[("Content-Encoding", "identity"), ("Expect", "100-continue")], b"{}");
    let mut answered = 0;
    for _ in 0..HEADS {
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut random);
        let mut client = Client::connect(server.address).unwrap();
        client.send(&bytes).ok();
        client.finish();
        // An end in the middle of a head is no request.
        let Ok(first) = client.head() else { continue };
        let status = if first.status == 100 { client.head().map_or(400, |answer| answer.status) } else { first.status };
        assert!((400..500).contains(&status), "{status} to {:?}", String::from_utf8_lossy(&bytes));
        answered += 1;
    }
    assert!(answered > HEADS / 2, "{answered}");
    assert_eq!(get(server.address, "/v2/health/ready").status, 200);
}
