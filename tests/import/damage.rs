//! ONNX files that are damaged, or written to do harm.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::network::Network;

use crate::example;

shapeproof::network! {
    type Small = [2, 5, 4] =>
        Residual(Conv2D(filters = 2, kernel = 3, padding = 1), PReLU(per_channel = true)), BatchNorm, Softplus(beta = 2.0), Flatten,
        Dense(units = 3)
}

fn file() -> Vec<u8> {
    to_onnx(&*Small::new(1), &Settings::default()).unwrap()
}

/// Reads and translates a file; what comes out does not matter.
fn survives(file: &[u8]) -> bool {
    example::onnx::read(file).is_ok_and(|graph| example::import(&graph, None).is_ok())
}

/// A field of bytes, or one of an integer.
pub fn bytes(tag: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

pub fn int(tag: u64, number: u64) -> Vec<u8> {
    [varint(tag << 3), varint(number)].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The number in the first bytes, and how many those are.
fn read_varint(bytes: &[u8]) -> (usize, usize) {
    let length = bytes.iter().position(|byte| *byte < 128).unwrap() + 1;
    (bytes[..length].iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 127)), length)
}

/// Where the field of the graph ends.
fn end_of_graph(file: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let (key, length) = read_varint(&file[at..]);
        at += length;
        let (number, length) = read_varint(&file[at..]);
        at += length;
        match key & 7 {
            0 => {}
            2 => at += number,
            _ => panic!("a field of type {}", key & 7),
        }
        if key >> 3 == 7 {
            return at;
        }
    }
}

/// After it come the metadata, which are not needed, and are no model alone either.
#[test]
fn every_file_that_ends_before_its_graph_does_is_refused() {
    let file = file();
    assert!(survives(&file));
    let end = end_of_graph(&file);
    assert!(end > file.len() / 2 && survives(&file[..end]), "{end} of {}", file.len());
    for length in 0..end {
        assert!(!survives(&file[..length]), "{length} of {end}");
    }
}

#[test]
fn what_is_no_model_is_said() {
    let says = |file: &[u8]| example::onnx::read(file).unwrap_err().of("file".as_ref()).to_string();
    assert_eq!(says(b""), "file: file: found no bytes, expected an ONNX model");
    let picture = std::fs::read("examples/predict/seven.png").unwrap();
    assert_eq!(says(&picture), "file: file: found no protobuf message, expected an ONNX model");
    // A number of more than ten bytes.
    assert_eq!(says(&[255; 11]), "file: file: found no protobuf message, expected an ONNX model");
    assert_eq!(
        says(&bytes(7, &[255; 11])),
        "file: protobuf: found a damaged number, expected the fields of an ONNX model"
    );
}

#[test]
fn a_changed_byte_is_no_panic() {
    let (mut file, mut random) = (file(), Xoshiro256PlusPlus::seed_from_u64(1));
    for at in 0..file.len() {
        let byte = file[at];
        for other in [0, 1, 127, 128, 255, random.random()] {
            file[at] = other;
            survives(&file);
        }
        file[at] = byte;
    }
}

#[test]
fn random_bytes_are_no_panic() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    for _ in 0..2000 {
        let noise: Vec<u8> = (0..random.random_range(0..200)).map(|_| random.random()).collect();
        survives(&noise);
        survives(&bytes(7, &noise));
        survives(&bytes(7, &bytes(1, &noise)));
        survives(&bytes(7, &bytes(5, &noise)));
    }
}

#[test]
fn claims_take_no_memory() {
    let says = |graph: &[Vec<u8>]| example::onnx::read(&bytes(7, &graph.concat())).map(|_| ()).unwrap_err();
    // A tensor of 2⁶⁰ numbers without a byte of them.
    let tensor = [int(1, 1 << 60), int(2, 1), bytes(8, b"w")].concat();
    let damage = says(&[bytes(5, &tensor)]);
    assert_eq!((&*damage.what, &*damage.found), ("tensor `w`", "0 numbers"));
    let tensor = [int(1, 1 << 60), int(1, 1 << 60), int(2, 1), bytes(8, b"w"), bytes(9, b"")].concat();
    assert_eq!(says(&[bytes(5, &tensor)]).found, "no shape");
    // Nodes of two bytes each.
    assert_eq!(says(&[bytes(1, b"").repeat(30_000)]).found, "more than 20000");
    assert_eq!(says(&[bytes(1, &bytes(1, b"").repeat(300))]).what, "inputs of a node");
    // Numbers in another file.
    let tensor = [int(1, 1), int(2, 1), bytes(8, b"w"), bytes(13, b"")].concat();
    let damage = says(&[bytes(5, &tensor)]);
    assert!(damage.found == "numbers in another file" && damage.expected.contains("external_data=False"), "{damage:?}");
}
