//! Other programs compute what this crate computes: networks of every kind of layer, with their inputs and outputs, are written to
//! files and compared in Python.
//!
//! ```text
//! cargo test --features onnx --test interop                           # writes the files, and looks at them from this side
//! INTEROP_PYTHON=scratch/bin/python cargo test --features onnx --test interop     # has Python read and run them as well
//! ```
//!
//! `README.md` beside this file says what is in the files, and how to make the scratch environment.
#![cfg(feature = "onnx")]

mod case;
mod own;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use case::{Case, write};
use shapeproof::layer::Flatten;
use shapeproof::network::Chain;

/// Defines networks by name, and `write_all`, which writes a case for each of them.
macro_rules! networks {
    ($($name:ident: $input:tt => { $($layers:tt)* })*) => {
        $(shapeproof::network! { type $name = $input => $($layers)* })*

        pub fn write_all(folder: &std::path::Path) -> Vec<crate::case::Case> {
            vec![$(crate::case::write::<$name>(stringify!($name), folder)),*]
        }
    };
}

mod networks;

mod single {
    networks! {
        ConvPlain: [2, 5, 7] => { Conv2D(filters = 3, kernel = [3, 2]) }
        ConvSquare: [3, 6, 9] => { Conv2D(filters = 5, kernel = 3, stride = 2, padding = 2) }
        ConvRectangles: [3, 9, 6] => { Conv2D(filters = 4, kernel = [3, 5], stride = [2, 1], padding = [1, 2]) }
        ConvLeavesAVector: [2, 4, 3] => { Conv2D(filters = 5, kernel = [4, 3]) }
        ConvOfAVector: [6, 1, 1] => { Conv2D(filters = 3, kernel = 2, padding = 1) }
        Pool: [3, 6, 8] => { MaxPool2D(window = 2) }
        PoolDropsTheLast: [2, 5, 7] => { MaxPool2D(window = 2) }
        PoolPadded: [3, 6, 8] => { MaxPool2D(window = 3, stride = 2, padding = 1) }
        PoolPaddedByHalf: [2, 4, 7] => { MaxPool2D(window = [4, 2], stride = [1, 2], padding = [2, 1]) }
        FlattenAlone: [3, 4, 5] => { Flatten }
        FlattenOfAVector: [7, 1, 1] => { Flatten }
        DenseAlone: [5, 1, 1] => { Dense(units = 3) }
        ReLUAlone: [3, 5, 4] => { ReLU }
        LeakyReLUAlone: [3, 5, 4] => { LeakyReLU }
        LeakyReLUSteep: [3, 5, 4] => { LeakyReLU(negative_slope = -1.25) }
        PReLUOneSlope: [3, 5, 4] => { PReLU }
        PReLUPerChannel: [3, 5, 4] => { PReLU(per_channel = true) }
        PReLUPerChannelAsWide: [4, 5, 4] => { PReLU(per_channel = true) }
        PReLUOfAVector: [4, 1, 1] => { PReLU(per_channel = true) }
        SoftmaxOfAnImage: [5, 2, 3] => { Softmax }
        SoftmaxOfAVector: [5, 1, 1] => { Softmax }
        BatchNormOfAnImage: [3, 4, 5] => { BatchNorm }
        BatchNormOfAVector: [4, 1, 1] => { BatchNorm(eps = 1e-2) }
        DropoutAlone: [3, 2, 4] => { Dropout(percent = 30) }
    }
}

/// A layer that has no file in `src/layer`, but says what it computes.
type OwnLayers = Chain<own::Curve<false>, Chain<own::Curve<true>, Flatten<3, 2, 4, 24>>>;

/// All cases, written to `folder`.
fn write_cases(folder: &Path) -> Vec<Case> {
    let mut cases = single::write_all(folder);
    cases.extend(networks::write_all(folder));
    cases.push(write::<own::Curve<false>>("OwnSigmoid", folder));
    cases.push(write::<own::Curve<true>>("OwnTanh", folder));
    cases.push(write::<OwnLayers>("OwnLayers", folder));
    cases
}

#[test]
fn other_programs_compute_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let cases = write_cases(folder.path());
    for case in &cases {
        assert!(case.is_telling(), "{}: the outputs are not finite, or all the same", case.name);
    }
    let Some(python) = std::env::var_os("INTEROP_PYTHON") else {
        println!("{} cases were written; set INTEROP_PYTHON to have them compared", cases.len());
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/compare.py");
    let status = Command::new(python).arg(script).arg(folder.path()).status().unwrap();
    assert!(status.success(), "compare.py says what is different");
}

#[test]
fn every_kind_of_layer_is_in_several_networks() {
    let folder = tempfile::tempdir().unwrap();
    let random = networks::write_all(folder.path());
    assert!(random.len() >= 20);
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for case in &random {
        let mut kinds: Vec<&str> = case.layers.iter().map(|layer| layer.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.iter().for_each(|kind| *count.entry(kind.to_lowercase()).or_default() += 1);
    }
    // A layer is a file of its own; a new one has to be drawn, too.
    let layers = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layer")).unwrap();
    for file in layers {
        let path = file.unwrap().path();
        let kind = path.file_stem().unwrap().to_string_lossy().replace('_', "");
        if kind != "mod" && kind != "operation" {
            assert!(count.get(&kind).is_some_and(|&count| count >= 5), "{kind} is in too few networks: {count:?}");
        }
    }
}
