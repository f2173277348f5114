//! ONNX files that are damaged, or written to do harm.

use std::path::Path;
use std::rc::Rc;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::network::Network;

use crate::common::files::names;
use crate::example;
use crate::example::graph::{Graph, Node, Numbers, Setting, Tensor};
use crate::example::translate::Refusal;
use crate::messages::{graph, node};

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

/// What is damaged in a graph.
fn refusal(graph: &Graph) -> String {
    match example::import(graph, None) {
        Ok(imported) => panic!("{} bytes of weights", imported.weights.len()),
        Err(Refusal::Damage(damage)) => format!("{}: found {}", damage.what, damage.found),
        Err(Refusal::Complaints(complaints)) => complaints.iter().map(|complaint| format!("{complaint}\n")).collect(),
    }
}

/// A constant can be the weight of as many layers as there are nodes: a small file would be a large network.
#[test]
fn a_constant_is_not_the_weights_of_many_layers() {
    let names: Vec<String> = (0..200).map(|at| format!("v{at}")).collect();
    let layers = names.windows(2).map(|pair| node("MatMul", &[&pair[0], "k"], &pair[1], &[]));
    let tensor = Tensor { dims: vec![256, 256], numbers: Numbers::Real(vec![0.5; 256 * 256]) };
    let mut many = graph(&layers.collect::<Vec<Node>>());
    many.inputs = vec![("v0".into(), Some(vec![None, Some(256)]))];
    many.constants = [("k".into(), Rc::new(tensor))].into();
    assert_eq!(refusal(&many), "node `v21`, MatMul: found constants that are used more than 4 times");
    // Nor is it transposed that often.
    let turned: Vec<Node> = names.iter().map(|name| node("Transpose", &["k"], name, &[])).collect();
    let ends: Vec<&str> = ["x"].into_iter().chain(names.iter().map(|name| &**name)).collect();
    many.nodes = [turned, vec![node("Concat", &ends, "y", &[])]].concat();
    (many.inputs, many.outputs) = (vec![("x".into(), Some(vec![None, Some(256)]))], vec!["y".into()]);
    assert_eq!(refusal(&many), "node `v20`, Transpose: found constants that are used more than 4 times");
}

/// The numbers of a group are repeated for its channels, of which there may be any number.
#[test]
fn channels_that_are_claimed_take_no_memory() {
    let ints =
        |name: &str, numbers: &[i64]| node("Constant", &[], name, &[("value_ints", Setting::Ints(numbers.into()))]);
    let mut claims = graph(&[
        ints("sizes", &[0, 1, -1]),
        node("Reshape", &["x", "sizes"], "a", &[]),
        node("Constant", &[], "one", &[("value_floats", Setting::Floats(vec![1.0]))]),
        node("InstanceNormalization", &["a", "one", "one"], "b", &[]),
        ints("back", &[0, 1 << 28, 2, 2]),
        node("Reshape", &["b", "back"], "y", &[]),
    ]);
    claims.inputs = vec![("x".into(), Some(vec![None, Some(1 << 28), Some(2), Some(2)]))];
    assert_eq!(refusal(&claims), "node `a`, Reshape: found constants that are used more than 4 times");
    // Not all at once either: each of these is small enough.
    let channels = 1 << 16;
    let mut many = graph(&[
        ints("sizes", &[0, 1, -1]),
        node("Constant", &[], "one", &[("value_floats", Setting::Floats(vec![1.0]))]),
        ints("back", &[0, channels, 1, 1]),
    ]);
    let names: Vec<[String; 3]> = (0..30).map(|at| ["v", "a", "b"].map(|name| format!("{name}{at}"))).collect();
    for ([v, a, b], [next, ..]) in names.iter().zip(&names[1..]) {
        many.nodes.push(node("Reshape", &[v, "sizes"], a, &[]));
        many.nodes.push(node("InstanceNormalization", &[a, "one", "one"], b, &[]));
        many.nodes.push(node("Reshape", &[b, "back"], next, &[]));
    }
    many.inputs = vec![("v0".into(), Some(vec![None, Some(channels as usize), Some(1), Some(1)]))];
    many.outputs = vec!["v29".into()];
    assert_eq!(refusal(&many), "node `a8`, Reshape: found constants that are used more than 4 times");
}

/// Each factor makes a weight of its own.
#[test]
fn factors_are_not_multiplied_without_end() {
    let names: Vec<String> = (0..100).map(|at| format!("v{at}")).collect();
    let ones = |dims: &[usize]| {
        Rc::new(Tensor { dims: dims.into(), numbers: Numbers::Real(vec![1.0; dims.iter().product()]) })
    };
    let mut nodes = vec![node("Conv", &["x", "w"], "v0", &[])];
    nodes.extend(names.windows(2).map(|pair| node("Mul", &[&pair[0], "each"], &pair[1], &[])));
    let mut graph = graph(&nodes);
    graph.inputs = vec![("x".into(), Some(vec![None, Some(256), Some(8), Some(6)]))];
    graph.constants = [("w".into(), ones(&[16, 256, 3, 3])), ("each".into(), ones(&[1, 16, 1, 1]))].into();
    assert_eq!(refusal(&graph), "node `v32`, Mul: found constants that are used more than 4 times");
}

/// Kept models and printouts, in which pieces are changed, left out, repeated, or put in the place of others: for those who have no
/// fuzzer.
#[test]
fn damaged_models_are_no_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    for (folder, check) in [("onnx", crate::onnx::fuzz as fn(&[u8])), ("printout", crate::printout::fuzz)] {
        let folder = corpus.join(folder);
        let files: Vec<Vec<u8>> = names(&folder).iter().map(|name| std::fs::read(folder.join(name)).unwrap()).collect();
        for round in 0..5000 {
            let mut file = files[round % files.len()].clone();
            for _ in 0..random.random_range(1..4) {
                let mut place = || {
                    let start = random.random_range(0..=file.len());
                    start..(start + random.random_range(0..20)).min(file.len())
                };
                let (from, to) = (place(), place());
                match random.random_range(0..4) {
                    0 => file[to].fill_with(|| random.random()),
                    1 => drop(file.drain(from)),
                    2 => {
                        let piece = file[from].to_vec();
                        file.splice(to, piece);
                    }
                    // A letter of a name, or a small number.
                    _ => file[to].iter_mut().take(1).for_each(|byte| *byte ^= 1 << random.random_range(0..4)),
                }
            }
            check(&file);
        }
    }
}
