//! The example `import`: what this crate exports comes back as the same text and the same weights; what a network cannot have is named;
//! and no file is read beyond what it has.
//!
//! The example's modules are compiled in here, and their own tests run with these. `tests/interop` imports PyTorch's models.
#![cfg(feature = "onnx")]

#[path = "../common/mod.rs"]
mod common;
mod damage;
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/import/main.rs"]
mod example;
mod messages;
#[path = "../fuzz/src/onnx.rs"]
mod onnx;
mod patterns;
#[path = "../fuzz/src/printout.rs"]
mod printout;
mod printouts;
mod rules;

use std::path::Path;

use common::files::each_file;
// The fuzz targets, which are compiled in here, call it so.
use example as importer;
use shapeproof::data::Normalize;
use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::io::{self, Card};
use shapeproof::network::Network;

include!("networks/digits.rs");
include!("networks/blocks.rs");
include!("networks/functions.rs");

/// A network, exported with a card, imported and loaded again.
fn comes_back<N: Network>(name: &str, text: &str, double: bool) {
    let network = N::new(3);
    let card = Card { preprocessing: Some(Normalize::new(0.5, 0.25)), ..Card::default() };
    let file = to_onnx(&*network, &Settings { card: Some(&card), ..Settings::default() }).unwrap();
    let graph = example::onnx::read(&file).unwrap();
    assert_eq!(graph.double, double);
    let imported = example::import(&graph, None).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(example::text::text(&imported.network, name, &[], double), text);

    let mut back = N::new(4);
    assert_eq!(io::from_bytes(&imported.weights, &mut *back).unwrap(), card);
    N::visit([&*network, &*back], [], &mut |parameter, [before, after], []| {
        assert!(before == after, "{parameter}");
    });
}

#[test]
fn an_exported_network_comes_back() {
    comes_back::<Digits>("Digits", include_str!("networks/digits.rs"), false);
    comes_back::<Blocks>("Blocks", include_str!("networks/blocks.rs"), true);
    comes_back::<Functions>("Functions", include_str!("networks/functions.rs"), false);
}

#[test]
fn every_model_that_fuzzers_kept_is_survived() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    each_file(&corpus.join("onnx"), onnx::fuzz);
    each_file(&corpus.join("printout"), printout::fuzz);
}
