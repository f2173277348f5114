//! This crate and other programs compute the same: networks of every kind of layer, with their inputs and outputs, are written to
//! files and compared in Python, and parameters from there are loaded. The example `import` reads them as well, and models of PyTorch.
//!
//! ```text
//! cargo test --features onnx --test interop                                  # writes the files, and looks at them from this side
//! INTEROP_PYTHON=$(.ci/python) cargo test --features onnx --test interop     # has Python read and run them as well
//! ```
//!
//! `README.md` in this folder describes the files.
#![cfg(feature = "onnx")]

mod case;
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/import/main.rs"]
mod example;
mod import;
mod imported;
mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use case::{Case, LayerOf, write};
use shapeproof::layer::declaration::ExampleVisitor;
use shapeproof::layer::{Flatten, Module, Operation, visit_examples};
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
        ConvTransposeDoubles: [3, 4, 3] => { ConvTranspose2D(filters = 2, kernel = 2, stride = 2), ReLU }
        ConvTransposeOfAll: [3, 3, 5] => {
            ConvTranspose2D(filters = 4, kernel = [3, 5], stride = [2, 3], padding = [1, 2], output_padding = [1, 2]), Tanh,
            ConvTranspose2D(filters = 2, kernel = 2, dilation = [2, 3], bias = false),
        }
        ConvTransposeOfAVector: [6, 1, 1] => { ConvTranspose2D(filters = 2, kernel = [4, 3]) }
        ConvOfAVector: [6, 1, 1] => { Conv2D(filters = 3, kernel = 2, padding = 1) }
        ConvOfWholeVectors: [2, 5, 16] => { Conv2D(filters = 3, kernel = 3, padding = 1) }
        ConvSeparable: [3, 9, 8; f64] => {
            Conv2D(filters = 6, kernel = 3, padding = "same", groups = 3, bias = false), BatchNorm, ReLU,
            Conv2D(filters = 4, kernel = 1, bias = false), BatchNorm, ReLU,
            Conv2D(filters = 8, kernel = [3, 2], stride = 2, padding = "same", groups = 2), Flatten,
            Dense(units = 5, bias = false)
        }
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
        SoftmaxOfRows: [3, 4, 5] => { Softmax(axis = 3) }
        SoftmaxAndMaxoutByNames: [6, 4, 5] => { over_maps: Softmax(axis = [2, 3]), largest: Maxout(pieces = 2) }
        SoftmaxOfMaps: [3, 4, 5] => { Softmax(axis = [2, 3]), LogSoftmax(axis = [1, 2]), LogSoftmax(axis = 2) }
        GlobalPools: [3, 4, 5] => { Residual(GlobalAvgPool2D, shortcut = (GlobalMaxPool2D)), Dense(units = 2) }
        GlobalPoolOfAVector: [3, 1, 1] => { GlobalMaxPool2D }
        UnflattenAlone: [24, 1, 1] => { Unflatten(channels = 2, height = 4, width = 3) }
        UnflattenToOnePixel: [6, 1, 1] => { Unflatten(channels = 6, height = 1, width = 1), Conv2D(filters = 2, kernel = 1) }
        UpsampleNearest: [2, 3, 4] => { Upsample(scale = [2, 3]) }
        UpsampleBilinear: [2, 3, 4] => { Upsample(scale = [3, 2], bilinear = true) }
        UpsampleOfAVector: [5, 1, 1] => { Dense(units = 4), Upsample(scale = [2, 3], bilinear = true), Upsample(scale = 2) }
        MaxoutOfAnImage: [6, 3, 4] => { Maxout(pieces = 3) }
        MaxoutOfAVector: [6, 1, 1] => { Dense(units = 8), Maxout(pieces = 2), Dense(units = 3) }
        GroupNormOfAnImage: [6, 3, 4] => { GroupNorm(groups = 3), GroupNorm(groups = 6, eps = 0.1) }
        GroupNormOfAVector: [6, 1, 1] => { Dense(units = 8), GroupNorm(groups = 2), Dense(units = 3) }
        LayerNormOfAnImage: [2, 3, 4] => { LayerNorm }
        LayerNormOfAVector: [6, 1, 1] => { Conv2D(filters = 5, kernel = 1), LayerNorm(eps = 0.1) }
        BatchNormOfAnImage: [3, 4, 5] => { BatchNorm }
        BatchNormOfAVector: [4, 1, 1] => { BatchNorm(eps = 1e-2) }
        DropoutAlone: [3, 2, 4] => { Dropout(percent = 30) }
        AvgPool: [3, 6, 8] => { AvgPool2D(window = 2) }
        AvgPoolDropsTheLast: [2, 5, 7] => { AvgPool2D(window = [2, 3]) }
        AvgPoolPadded: [3, 6, 8] => { AvgPool2D(window = 3, stride = 2, padding = 1) }
        AvgPoolPaddedByHalf: [2, 4, 7] => { AvgPool2D(window = [4, 2], stride = [1, 2], padding = [2, 1]) }
        AvgPoolOfAllThereIs: [5, 3, 4] => { AvgPool2D(window = [3, 4]) }
        ResidualPlain: [3, 5, 4] => { Residual(Conv2D(filters = 3, kernel = 3, padding = 1)) }
        ResidualOfTwo: [2, 5, 6] => {
            Residual(Conv2D(filters = 4, kernel = 1), BatchNorm, ReLU, Conv2D(filters = 2, kernel = 1), BatchNorm)
        }
        ResidualProjected: [2, 6, 5] => {
            Residual(
                Conv2D(filters = 4, kernel = 3, stride = 2, padding = 1), BatchNorm, PReLU(per_channel = true),
                Conv2D(filters = 4, kernel = [3, 1], padding = [1, 0]), BatchNorm,
                shortcut = (Conv2D(filters = 4, kernel = 1, stride = 2), BatchNorm),
            ),
            ReLU
        }
        ResidualInAResidual: [2, 4, 3] => {
            Residual(
                Residual(BatchNorm, ReLU), LeakyReLU,
                Residual(Conv2D(filters = 3, kernel = 1), shortcut = (Residual(ReLU), Conv2D(filters = 3, kernel = 1))),
                shortcut = (Conv2D(filters = 3, kernel = [3, 1], padding = [1, 0])),
            )
        }
        ResidualByNames: [2, 4, 5] => {
            stage: Residual(
                conv: Conv2D(filters = 2, kernel = 3, padding = 1), norm: BatchNorm,
                inner: Residual(conv: Conv2D(filters = 2, kernel = 1)),
                shortcut = (project: Conv2D(filters = 2, kernel = 1), BatchNorm),
            ),
            conv: Conv2D(filters = 3, kernel = 2)
        }
        ResidualOfAVector: [4, 1, 1] => { Residual(Dense(units = 6), ReLU, Dense(units = 4)) }
        ResidualOfAVectorAsAnImage: [4, 1, 1] => { Residual(Conv2D(filters = 4, kernel = 1)), Softmax }
        ResidualOfAnImageAsAVector: [2, 3, 4] => {
            Conv2D(filters = 5, kernel = [3, 4]), Residual(Dense(units = 5)), Conv2D(filters = 2, kernel = 1)
        }
        ResidualFromAnImageToAVector: [2, 3, 4] => {
            Residual(Flatten, Dense(units = 5), shortcut = (AvgPool2D(window = [3, 4]), Conv2D(filters = 5, kernel = 1)))
        }
        ConcatOfImages: [2, 5, 6] => {
            Concat(
                (Conv2D(filters = 3, kernel = 1), BatchNorm, ReLU),
                Identity,
                (conv: Conv2D(filters = 2, kernel = 3, padding = 1)),
                (MaxPool2D(window = 3, stride = 1, padding = 1)),
            ),
            Conv2D(filters = 2, kernel = 2)
        }
        ConcatOfVectors: [2, 3, 4] => {
            Concat((Flatten, Dense(units = 5)), (GlobalAvgPool2D), (Conv2D(filters = 3, kernel = [3, 4]))),
            Concat(Identity, (Dense(units = 2))), Conv2D(filters = 3, kernel = 1)
        }
        ConcatInAConcat: [2, 3, 4] => {
            Concat(
                (Residual(Concat(Identity, (ReLU)), shortcut = (Conv2D(filters = 4, kernel = 1)))),
                (Concat((ReLU), (Sigmoid)), Tanh),
            )
        }
        GateOfChannels: [4, 3, 5] => { named: Gate(GlobalAvgPool2D, Dense(units = 2), ReLU, up: Dense(units = 4), Sigmoid), ReLU }
        GateOfNumbers: [2, 3, 5] => { Gate(Conv2D(filters = 2, kernel = 3, padding = 1), Sigmoid), Flatten }
        GateOfOnePixel: [4, 3, 5] => { Gate(AvgPool2D(window = [3, 5]), Conv2D(filters = 4, kernel = 1), Gate(Sigmoid)) }
        GateOfAVector: [4, 1, 1] => { Conv2D(filters = 3, kernel = 1), Gate(Dense(units = 3), Sigmoid), Dense(units = 2) }
        Inner: [3, 5, 4] => { conv: Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU }
        InnerAlone: [4, 1, 1] => { Dense(units = 4) }
        NetworkInANetwork: [1, 5, 4] => {
            Conv2D(filters = 3, kernel = 1), Inner, conv: Inner, Residual(Inner, shortcut = (Inner)), Flatten, Dense(units = 4), InnerAlone
        }
        NetworkFirstAndLast: [4, 1, 1] => { InnerAlone, Softmax, InnerAlone }
    }
}

/// The networks whose exports the example `import` cannot read: there are none. A new layer's are listed here until it can, and what it
/// lacks in the README of the examples.
const LACKING: [&str; 0] = [];

/// A layer that has no file in `src/layer`, but declares its operation.
type OwnLayers = Chain<own::Curve<false>, Chain<own::Curve<true>, Flatten<3, 2, 4, 24>>>;

/// Writes the examples in the declaration of every layer.
struct Examples<'a> {
    folder: &'a Path,
    cases: Vec<Case>,
}

impl ExampleVisitor for Examples<'_> {
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        if matches!(Single::OPERATION, Operation::Custom) {
            return; // other programs have no name for it
        }
        let name = name.replace(|letter: char| !letter.is_alphanumeric(), "_");
        self.cases.push(write::<Single>(&name, self.folder));
    }
}

/// All cases, written to `folder`.
fn write_cases(folder: &Path) -> Vec<Case> {
    let mut examples = Examples { folder, cases: Vec::new() };
    visit_examples(&mut examples);
    let mut cases = examples.cases;
    cases.extend(single::write_all(folder));
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
    let lacking: Vec<(&str, &str)> =
        cases.iter().filter_map(|case| Some((&*case.name, &**case.lacks.as_ref()?))).collect();
    let names: BTreeSet<&str> = lacking.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, BTreeSet::from(LACKING), "the importer lacks, or no longer lacks, something else: {lacking:#?}");
    println!("{} of {} exports are imported again", cases.len() - lacking.len(), cases.len());
    let Some(python) = std::env::var_os("INTEROP_PYTHON") else {
        println!("{} cases were written; set INTEROP_PYTHON to have them compared", cases.len());
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/compare.py");
    let status = Command::new(python).arg(script).arg(folder.path()).status().unwrap();
    assert!(status.success(), "compare.py says what is different");

    // If PyTorch was run, it has written its own parameters.
    let theirs = std::fs::read_dir(&folder)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".theirs.safetensors"));
    let count = theirs.count();
    if count == 0 {
        println!("SKIPPED: no parameters came back from PyTorch");
        return;
    }
    assert_eq!(count, cases.len(), "PyTorch leaves parameters for every network");
    let wrong: Vec<String> = cases.iter().filter_map(|case| case.agrees_with_theirs(folder.path()).err()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{count} networks with parameters from PyTorch, loaded here: the same outputs");
}

#[test]
fn every_kind_that_is_drawn_is_in_several_networks() {
    let folder = tempfile::tempdir().unwrap();
    let random = networks::write_all(folder.path());
    assert!(random.len() >= 20);
    let with = |is_there: fn(&LayerOf) -> bool| random.iter().filter(|case| case.layers.iter().any(is_there)).count();
    for (what, count) in [
        ("a shortcut", with(|layer| layer.position.contains(".shortcut."))),
        ("BatchNorm in a block", with(|layer| layer.kind == "BatchNorm" && layer.position.contains("body."))),
        (
            "a name in a block",
            with(|layer| layer.position.rsplit_once("body.").is_some_and(|(_, at)| at.starts_with('l'))),
        ),
    ] {
        assert!(count >= 5, "{what} is in {count} networks");
    }
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &random {
        let mut kinds: Vec<&str> = case.layers.iter().map(|layer| layer.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().for_each(|kind| *count.entry(kind).or_default() += 1);
    }
    assert!(count.len() >= 12, "only {count:?}");
    for (kind, count) in count {
        assert!(count >= 5, "{kind} is in {count} networks: draw them anew, with more");
    }
}
