//! One network as a case: its layers, random parameters, an input, and this crate's outputs; and the comparison with outputs for
//! parameters from another program.

use std::fs;
use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use serde_json::{Value, json};
use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::io::{self, Card};
use shapeproof::layer::{Argument, Axes, Function, LayerPath, Operation, Role};
use shapeproof::network::Network;
use shapeproof::scalar::{Precision, Scalar};
use shapeproof::shape::{Shape, Window};
use shapeproof::tensor::{flat, flat_mut, zeros};

use crate::import;

const LARGEST_BATCH: usize = 6;

/// The contents of `NAME.json`; `README.md` explains them.
#[derive(Serialize)]
pub struct Case {
    pub name: String,
    scalar: &'static str,
    pub layers: Vec<LayerOf>,
    parameters: Vec<(String, Vec<usize>)>,
    input_dims: [usize; 4],
    input: Vec<f64>,
    output_dims: [usize; 4],
    output: Vec<f64>,
    tolerance: f64,
    /// What the example `import` lacks to import it.
    #[serde(skip)]
    pub lacks: Option<String>,
    /// [`read_back`], for this network.
    #[serde(skip)]
    read_back: fn(&Case, &Path) -> f64,
}

/// One layer, with its hyper-parameters by name.
#[derive(Serialize)]
pub struct LayerOf {
    pub position: String,
    pub kind: &'static str,
    #[serde(flatten)]
    settings: Value,
}

impl Case {
    /// Whether a wrong output would show: all numbers are finite, and not all are equal.
    pub fn is_telling(&self) -> bool {
        let first = self.output.first();
        self.output.iter().all(|y| y.is_finite()) && self.output.iter().any(|y| Some(y) != first)
    }

    /// Checks that the crate agrees with another program's outputs, with parameters of that program and the same input.
    pub fn agrees_with_theirs(&self, folder: &Path) -> Result<(), String> {
        let off = (self.read_back)(self, folder);
        if off <= self.tolerance { Ok(()) } else { Err(format!("{}: off by {off:.2e}", self.name)) }
    }
}

fn window_of(window: Window) -> Value {
    let Window { kernel, stride, before, after, dilation, ceil } = window;
    json!({ "kernel": kernel, "stride": stride, "before": before, "after": after, "dilation": dilation, "ceil": ceil })
}

/// The hyper-parameters that another program needs to build the layer.
fn settings(operation: Operation) -> Value {
    match operation {
        Operation::Convolution { window, groups, bias } => {
            json!({ "window": window_of(window), "groups": groups, "bias": bias })
        }
        Operation::TransposedConvolution { window, output_padding, bias } => {
            json!({ "window": window_of(window), "output_padding": output_padding, "bias": bias })
        }
        Operation::MaxPooling(window) => json!({ "window": window_of(window) }),
        Operation::AveragePooling { window, count_padding } => {
            json!({ "window": window_of(window), "count_padding": count_padding })
        }
        Operation::DenseProduct { bias } => json!({ "bias": bias }),
        Operation::LeakyRectifier { negative_slope } => json!({ "negative_slope": negative_slope }),
        Operation::ParametricRectifier { slopes } => json!({ "slopes": slopes }),
        Operation::SoftmaxOver(Axes { first, last }) | Operation::LogSoftmaxOver(Axes { first, last }) => {
            json!({ "axes": [first, last] })
        }
        Operation::Upsampling { scale, is_bilinear } => json!({ "scale": scale, "is_bilinear": is_bilinear }),
        Operation::LargestOfChannels { pieces } => json!({ "pieces": pieces }),
        Operation::GroupNormalization { groups, eps } => json!({ "groups": groups, "eps": eps }),
        Operation::LayerNormalization { eps } => json!({ "eps": eps }),
        Operation::BatchNormalization { eps } => json!({ "eps": eps }),
        Operation::Function(Function { torch: (torch, arguments), .. }) => {
            let value = |argument| match argument {
                Argument::Number(number) => Value::from(number),
                Argument::Text(text) => Value::from(text),
            };
            let arguments: serde_json::Map<_, _> =
                arguments.iter().map(|&(name, argument)| (name.to_string(), value(argument))).collect();
            json!({ "torch": torch, "arguments": arguments })
        }
        _ => json!({}),
    }
}

/// Writes the case of `N` to `folder`. Its random numbers have their own generator, seeded with its name.
pub fn write<N: Network>(name: &str, folder: &Path) -> Case {
    let seed = name.bytes().fold(0u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mut network, mut parameters) = (N::new(seed), Vec::new());
    N::visit([], [&mut *network], &mut |parameter, [], [numbers]| {
        parameters.push((parameter.to_string(), parameter.dims.to_vec()));
        // Biases, slopes and statistics are moved away from their initial values; a variance of 1 stays above 0.
        if let Role::Constant(start) | Role::Statistic { initial: start, .. } = parameter.role {
            numbers.fill_with(|| N::Scalar::from_f64(start + 1.8 * rng.random::<f64>() - 0.9));
        }
    });

    let samples = rng.random_range(1..=LARGEST_BATCH);
    let (mut input, mut output) = (zeros::<N::Input>(samples), zeros::<N::Output>(samples));
    flat_mut(&mut input).fill_with(|| N::Scalar::from_f64(rng.sample(StandardNormal)));
    flat_mut(&mut output).fill(N::Scalar::from_f64(f64::NAN));
    network.predict::<LARGEST_BATCH>(&input, &mut output, &mut N::workspace::<LARGEST_BATCH>());

    let mut layers = Vec::new();
    N::summarize(LayerPath::FIRST, &mut |row| {
        let (mut settings, output) = (settings(row.operation), row.output);
        settings["output"] = json!([output.channels, output.height, output.width]);
        layers.push(LayerOf { position: row.layer.to_string(), kind: row.kind, settings });
    });
    let (x, y) = (N::Input::DIMS, N::Output::DIMS);
    let double = N::Scalar::PRECISION == Precision::Double;
    let exported = to_onnx(&*network, &Settings { name, ..Settings::default() }).unwrap();
    let lacks = import::own_export(name, &exported, &*network);
    let case = Case {
        name: name.into(),
        scalar: if double { "f64" } else { "f32" },
        layers,
        parameters,
        input_dims: [samples, x.channels, x.height, x.width],
        input: flat(&input).iter().map(|x| x.into_f64()).collect(),
        output_dims: [samples, y.channels, y.height, y.width],
        output: flat(&output).iter().map(|y| y.into_f64()).collect(),
        tolerance: if double { 1e-7 } else { 1e-5 },
        lacks,
        read_back: read_back::<N>,
    };
    let put = |file: String, bytes: &[u8]| fs::write(folder.join(file), bytes).unwrap();
    put(format!("{name}.json"), &serde_json::to_vec(&case).unwrap());
    put(format!("{name}.safetensors"), &io::to_bytes(&*network, &Card::default()).unwrap());
    write_onnx(&*network, name, put);
    case
}

/// Writes `NAME.onnx`, and for a network in `f64` a rounded one, `NAME.rounded.onnx`, which more runtimes can run.
fn write_onnx<N: Network>(network: &N, name: &str, put: impl Fn(String, &[u8])) {
    let doc = "A case of tests/interop.";
    let settings = Settings { name, doc, metadata: &[("case", name)], ..Settings::default() };
    put(format!("{name}.onnx"), &to_onnx(network, &settings).unwrap());
    if N::Scalar::PRECISION == Precision::Double {
        let rounded = Settings { precision: Some(Precision::Single), ..settings };
        put(format!("{name}.rounded.onnx"), &to_onnx(network, &rounded).unwrap());
    }
}

/// Loads the parameters in `NAME.theirs.safetensors`, and returns how far the outputs are from those in `NAME.theirs.json`: the
/// largest difference, relative to 1 or the expected number, whichever is larger.
fn read_back<N: Network>(case: &Case, folder: &Path) -> f64 {
    let mut network = N::new(1);
    io::load(folder.join(format!("{}.theirs.safetensors", case.name)), &mut *network).unwrap();
    let expected = fs::read(folder.join(format!("{}.theirs.json", case.name))).unwrap();
    let expected: Vec<f64> = serde_json::from_slice(&expected).unwrap();

    let samples = case.input_dims[0];
    let (mut input, mut output) = (zeros::<N::Input>(samples), zeros::<N::Output>(samples));
    for (x, &from) in flat_mut(&mut input).iter_mut().zip(&case.input) {
        *x = N::Scalar::from_f64(from);
    }
    network.predict::<LARGEST_BATCH>(&input, &mut output, &mut N::workspace::<LARGEST_BATCH>());
    assert_eq!(flat(&output).len(), expected.len(), "{}", case.name);
    let off = |(found, expected): (&N::Scalar, &f64)| (found.into_f64() - expected).abs() / expected.abs().max(1.0);
    // A NaN is kept.
    flat(&output)
        .iter()
        .zip(&expected)
        .map(off)
        .fold(0.0, |worst: f64, off| if worst.is_nan() || off <= worst { worst } else { off })
}
