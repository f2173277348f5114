//! Model files: what is written is read, by PyTorch too, and whatever else comes along is refused.

#[path = "../examples/models/digits.rs"]
mod digits;
mod forged;

use std::collections::BTreeMap;
use std::fs;

use digits::SmallNet;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use shapeproof::Error;
use shapeproof::data::Normalize;
use shapeproof::io::{self, Card, Checks, Embedded, Model};
use shapeproof::layer::{Layer, Position};
use shapeproof::network;
use shapeproof::network::Network;
use shapeproof::tensor::{Tensor, Vector, flat, flat_mut, zeros};

network! {
    /// `module` in `golden/generate_state_dict.py`.
    pub type Everything = [2, 7, 5] =>
        conv: Conv2D(filters = 3, kernel = [3, 2], stride = [2, 1], padding = [1, 0]),
        norm: BatchNorm(eps = 1e-3),
        PReLU(per_channel = true),
        Residual(Conv2D(filters = 3, kernel = 3, padding = 1), norm: BatchNorm, ReLU),
        stage: Residual(
            conv: Conv2D(filters = 4, kernel = [1, 3], padding = [0, 1]),
            Residual(PReLU),
            BatchNorm,
            shortcut = (project: Conv2D(filters = 4, kernel = 1), BatchNorm(eps = 1e-2)),
        ),
        MaxPool2D(window = 2, stride = [2, 1]),
        AvgPool2D(window = 2, stride = 1, padding = 1),
        LeakyReLU(negative_slope = 0.2),
        Flatten,
        Dense(units = 6),
        BatchNorm(momentum = 0.25),
        ReLU,
        Dropout(percent = 30),
        Dense(units = 5),
        PReLU,
        head: Dense(units = 4),
        Softmax,
}
network! { type Small = [2, 1, 1] => Dense(units = 2), ReLU, BatchNorm }

const STATE_DICT: &[u8] = include_bytes!("golden/state_dict.safetensors");

/// Every tensor of a file: type, shape, bytes.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn tensors(bytes: &[u8]) -> Tensors {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let entry = |(name, tensor): (&str, TensorView<'_>)| {
        (name.to_string(), (tensor.dtype(), tensor.shape().to_vec(), tensor.data().to_vec()))
    };
    file.iter().map(entry).collect()
}

/// A file of these tensors, without metadata.
fn file(tensors: &Tensors) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, (dtype, dims, bytes))| (name, TensorView::new(*dtype, dims.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// All numbers of a network.
fn numbers<N: Layer>(network: &N) -> Vec<N::Scalar> {
    let mut all = Vec::new();
    N::visit([network], [], Position::FIRST, &mut |_, [numbers], []| all.extend_from_slice(numbers));
    all
}

/// What is wrong with a file for `N`, by one line for each; the network is left as it was.
fn refusal<N: Layer>(bytes: &[u8]) -> Vec<String> {
    refusal_with::<N>(bytes, Checks::default())
}

fn refusal_with<N: Layer>(bytes: &[u8], checks: Checks) -> Vec<String> {
    let mut network = N::new(7);
    let before = numbers(&*network);
    match io::from_bytes_with(bytes, &mut *network, checks).unwrap_err() {
        Error::Model { place, mismatches } => {
            assert_eq!(place, "the model");
            assert!(numbers(&*network) == before, "the network was touched");
            mismatches.iter().map(ToString::to_string).collect()
        }
        other => panic!("{other}"),
    }
}

/// A network whose every number is different, statistics included.
fn small() -> Box<Small> {
    let mut network = Small::new(3);
    let mut next = 0.5;
    Small::visit([], [&mut *network], Position::FIRST, &mut |_, [], [numbers]| {
        for number in numbers {
            *number = next;
            next += 0.25;
        }
    });
    network
}

fn card() -> Card {
    Card { preprocessing: Some(Normalize::new(0.1307, 1.0 / 3.0)), classes: vec!["no".into(), "\"ja\"".into()] }
}

#[test]
fn a_state_dict_of_pytorch_predicts_the_same() {
    #[derive(Deserialize)]
    struct Golden {
        input_dims: [usize; 4],
        input: Vec<f32>,
        output: Vec<f32>,
    }
    let golden: Golden = serde_json::from_str(include_str!("golden/state_dict.json")).unwrap();
    let mut network = Everything::new(1);
    assert_eq!(io::from_bytes(STATE_DICT, &mut *network).unwrap(), Card::default());

    let (mut input, mut output) = (zeros::<Tensor<2, 7, 5>>(3), zeros::<Vector<4>>(3));
    assert_eq!(golden.input_dims, [3, 2, 7, 5]);
    flat_mut(&mut input).copy_from_slice(&golden.input);
    network.predict::<3>(&input, &mut output, &mut Everything::workspace::<3>());
    for (found, expected) in flat(&output).iter().zip(&golden.output) {
        assert!((found - expected).abs() < 1e-5, "found {found}, PyTorch says {expected}");
    }
}

#[test]
fn pytorch_would_load_what_is_written() {
    let mut network = Everything::new(1);
    io::from_bytes(STATE_DICT, &mut *network).unwrap();
    let (theirs, ours) = (tensors(STATE_DICT), tensors(&io::to_bytes(&*network, &Card::default()).unwrap()));
    assert!(ours.keys().eq(theirs.keys()), "{:?} {:?}", ours.keys(), theirs.keys());
    assert_eq!(
        ours.len(),
        6 * 2 + 5 * 5 + 3 + 2,
        "weights and biases, BatchNorm's five, slopes of PReLU, Dense of the head"
    );
    for (name, (dtype, dims, bytes)) in &ours {
        let (their_dtype, their_dims, their_bytes) = &theirs[name];
        assert_eq!((dtype, dims), (their_dtype, their_dims), "{name}");
        let is_counter = name.ends_with("num_batches_tracked");
        assert!(if is_counter { bytes == &[0; 8] && their_bytes[0] == 3 } else { bytes == their_bytes }, "{name}");
    }
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.safetensors");
    let network = small();
    io::save(&path, &*network, &card()).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(fs::read(&path).unwrap(), io::to_bytes(&*network, &card()).unwrap(), "the same bytes every time");

    let mut read = Small::new(9);
    assert_eq!(io::load(&path, &mut *read).unwrap(), card());
    assert_eq!(numbers(&*read), numbers(&*network));
    let model = Model::<Small>::load(&path).unwrap();
    assert_eq!((numbers(&*model.network), &model.card), (numbers(&*network), &card()));
    assert_eq!(model.input(&[255, 0]).as_slice(), [(1.0 - 0.1307) * 3.0, -0.1307 * 3.0].map(|x: f64| x as f32));

    let metadata = SafeTensors::read_metadata(&fs::read(&path).unwrap()).unwrap().1.metadata().clone().unwrap();
    let record: serde_json::Value = serde_json::from_str(&metadata["shapeproof"]).unwrap();
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(record["architecture"], Small::summary().to_string());
    assert_eq!(record["golden"].as_array().unwrap().len(), 8);
}

#[test]
fn double_precision_goes_in_and_out() {
    network! { type Double = [2, 1, 1; f64] => Dense(units = 2), ReLU, BatchNorm }
    let (mut double, bytes) = (Double::new(5), io::to_bytes(&*small(), &Card::default()).unwrap());
    io::from_bytes(&bytes, &mut *double).unwrap();
    assert_eq!(numbers(&*double), numbers(&*small()).iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
    double.0.weight[0][0] = 1.0 / 3.0;
    let bytes = io::to_bytes(&*double, &Card::default()).unwrap();
    let mut again = Double::new(6);
    io::from_bytes(&bytes, &mut *again).unwrap();
    assert_eq!(numbers(&*again), numbers(&*double));
    let refused = refusal::<Small>(&bytes);
    assert_eq!((refused.len(), &*refused[0]), (6, "0.weight: found F64, expected F32, F16 or BF16"));
}

#[test]
fn halves_are_widened() {
    for (dtype, one, third) in [(Dtype::F16, 0x3c00u16, 0x3555u16), (Dtype::BF16, 0x3f80, 0x3eab)] {
        let mut halves = tensors(&io::to_bytes(&*small(), &Card::default()).unwrap());
        for (kind, _, bytes) in halves.values_mut().filter(|(kind, ..)| *kind == Dtype::F32) {
            *kind = dtype;
            *bytes = vec![0; bytes.len() / 2];
        }
        halves.get_mut("0.bias").unwrap().2 = [one.to_le_bytes(), third.to_le_bytes()].concat();
        let mut network = Small::new(1);
        io::from_bytes(&file(&halves), &mut *network).unwrap();
        let tolerance = if dtype == Dtype::F16 { 2e-4 } else { 1e-3 };
        assert!(network.0.bias[0] == 1.0 && (network.0.bias[1] - 1.0 / 3.0).abs() < tolerance, "{:?}", network.0.bias);
    }
}

#[test]
fn a_model_rounded_to_halves_is_still_that_model() {
    const DIGITS: &[u8] = include_bytes!("../examples/models/digits.safetensors");
    network! {
        /// Its tensors are those of `SmallNet`, but it pools otherwise.
        type AlmostSmallNet = [1, 28, 28] =>
            conv1: Conv2D(filters = 8, kernel = 3, padding = 1), PReLU, AvgPool2D(window = 2),
            conv2: Conv2D(filters = 16, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
            Flatten, dense: Dense(units = 10)
    }
    let metadata = SafeTensors::read_metadata(DIGITS).unwrap().1.metadata().clone();
    for dtype in [Dtype::F16, Dtype::BF16] {
        let round = |bytes: &[u8]| {
            let bits = u32::from_le_bytes(bytes.try_into().unwrap());
            let bfloat = (bits + 0x8000) >> 16;
            // Weights are small, but not so small that an F16 has no exponent for them, or zero.
            let exponent = (bits >> 23 & 255).saturating_sub(127 - 15);
            let half = (bits >> 16 & 0x8000) + (exponent << 10) + ((bits & 0x7f_ffff) >> 13);
            (if dtype == Dtype::BF16 { bfloat } else { half }) as u16
        };
        let halves: Vec<_> = tensors(DIGITS)
            .into_iter()
            .map(|(name, (_, dims, bytes))| {
                (name, dims, bytes.chunks(4).map(round).flat_map(u16::to_le_bytes).collect::<Vec<_>>())
            })
            .collect();
        let views =
            halves.iter().map(|(name, dims, bytes)| (name, TensorView::new(dtype, dims.clone(), bytes).unwrap()));
        let bytes = safetensors::serialize(views, metadata.clone()).unwrap();
        let refused = refusal::<SmallNet>(&bytes);
        assert!(refused[0].starts_with("checksum: found"), "{refused:?}");
        let rewritten = Checks { checksum: false, ..Checks::default() };
        io::from_bytes_with(&bytes, &mut *SmallNet::new(1), rewritten).unwrap();
        let refused = refusal_with::<AlmostSmallNet>(&bytes, rewritten);
        assert!(refused[0].starts_with("golden pairs: found"), "{refused:?}");
    }
}

#[test]
fn another_architecture_is_refused_with_all_that_is_wrong() {
    network! { type Other = [2, 1, 1] => Dense(units = 3), ReLU, fc: Dense(units = 2) }
    let bytes = io::to_bytes(&*Other::new(1), &Card::default()).unwrap();
    assert_eq!(
        refusal::<Small>(&bytes),
        [
            "0.weight: found [3, 2], expected [2, 2]",
            "0.bias: found [3], expected [2]",
            "2.weight: found no such tensor, expected [2]",
            "2.bias: found no such tensor, expected [2]",
            "2.running_mean: found no such tensor, expected [2]",
            "2.running_var: found no such tensor, expected [2]",
            "fc.bias: found [2], expected no such tensor",
            "fc.weight: found [2, 3], expected no such tensor",
        ]
    );
    let (mut network, before) = (Small::new(1), Small::new(1));
    let error = io::from_bytes(&bytes, &mut *network).unwrap_err().to_string();
    assert!(error.starts_with("the model: 8 mismatches:\n    0.weight: found [3, 2], expected [2, 2]\n"), "{error}");
    assert_eq!(io::to_bytes(&*network, &Card::default()).unwrap(), io::to_bytes(&*before, &Card::default()).unwrap());
}

#[test]
fn a_network_of_the_same_tensors_that_says_something_else_is_refused() {
    network! { type Leaky = [2, 1, 1] => Dense(units = 2), LeakyReLU(negative_slope = 0.5), BatchNorm }
    let network = small();
    let bytes = io::to_bytes(&*network, &card()).unwrap();
    let refused = refusal::<Leaky>(&bytes);
    assert!(refused[0].contains("of pair") && refused[0].ends_with("as it said when it was saved"), "{refused:?}");
    let mut leaky = Leaky::new(1);
    assert_eq!(
        io::from_bytes_with(&bytes, &mut *leaky, Checks { golden: false, ..Checks::default() }).unwrap(),
        card()
    );
    assert_eq!(numbers(&*leaky), numbers(&*network));

    // Weights that are not those it was saved with; the last number in the file is one of them.
    let mut changed = bytes.clone();
    let at = changed.len() - 2;
    changed[at] ^= 0x40;
    assert!(refusal::<Small>(&forged::signed(changed))[0].starts_with("golden pairs: found"));
}

#[test]
fn numbers_are_finite() {
    let mut state = tensors(&io::to_bytes(&*small(), &Card::default()).unwrap());
    state.get_mut("0.bias").unwrap().2[4..].copy_from_slice(&f32::NEG_INFINITY.to_le_bytes());
    state.get_mut("0.weight").unwrap().2[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let bytes = file(&state);
    assert_eq!(
        refusal::<Small>(&bytes),
        [
            "0.weight: found NaN at index 0, expected finite numbers",
            "0.bias: found -inf at index 1, expected finite numbers"
        ]
    );
    let mut network = Small::new(1);
    io::from_bytes_with(&bytes, &mut *network, Checks { finite: false, ..Checks::default() }).unwrap();
    assert!(network.0.weight[0][0].is_nan() && network.0.bias[1] == f32::NEG_INFINITY);
    let error = io::to_bytes(&*network, &Card::default()).unwrap_err().to_string();
    assert!(error.contains("0.weight: found NaN at index 0"), "{error}");
    network.0.weight[0][0] = 0.0;
    network.0.bias[1] = 0.0;
    network.0.weight[1] = [f32::MAX; 2];
    let error = io::to_bytes(&*network, &Card::default()).unwrap_err().to_string();
    assert!(
        error.starts_with("the model: golden pairs: found ") && error.ends_with("expected finite outputs"),
        "{error}"
    );
}

#[test]
fn a_variance_is_not_below_zero() {
    let mut network = small();
    network.1.1.running_var[1] = -1.0; // its root is no number
    let error = io::to_bytes(&*network, &Card::default()).unwrap_err().to_string();
    assert_eq!(error, "the model: 2.running_var: found -1 at index 1, expected variances of 0 or more");
    // In a file that has no golden pairs to show it.
    let mut state = tensors(&io::to_bytes(&*small(), &Card::default()).unwrap());
    state.get_mut("2.running_var").unwrap().2[..4].copy_from_slice(&(-1e-9f32).to_le_bytes());
    let expected = "2.running_var: found -0.0000000009999999717180685 at index 0, expected variances of 0 or more";
    assert_eq!(refusal::<Small>(&file(&state)), [expected]);
    state.get_mut("2.running_var").unwrap().2[..4].copy_from_slice(&(-0f32).to_le_bytes());
    state.get_mut("2.running_mean").unwrap().2[..4].copy_from_slice(&(-1f32).to_le_bytes());
    io::from_bytes(&file(&state), &mut *Small::new(1)).unwrap();
}

#[test]
fn a_card_has_to_fit() {
    let nine = Card { classes: vec!["?".into(); 9], ..Card::default() };
    let error = io::to_bytes(&*small(), &nine).unwrap_err().to_string();
    assert_eq!(error, "the model: classes: found 9 names, expected 2, one for each output");
}

#[test]
fn text_in_files_leaves_terminals_alone() {
    let red = Card { classes: vec!["\u{1b}[31mno".into(), "yes".into()], ..Card::default() };
    let expected = "classes: found \\u{1b}[31mno, expected names without control characters";
    let error = io::to_bytes(&*small(), &red).unwrap_err().to_string();
    assert_eq!(error, format!("the model: {expected}"));
    let bytes = forged::with_record(&io::to_bytes(&*small(), &card()).unwrap(), |record| {
        record["classes"][0] = "\u{1b}[31mno".into();
    });
    assert_eq!(refusal::<Small>(&bytes), [expected]);
}

#[test]
fn counters_may_be_missing_but_not_something_else() {
    let mut state = tensors(STATE_DICT);
    let counter = state.get_mut("norm.num_batches_tracked").unwrap();
    *counter = (Dtype::F32, vec![2], vec![0; 8]);
    assert_eq!(refusal::<Everything>(&file(&state)), ["norm.num_batches_tracked: found F32 [2], expected one I64"]);
    state.remove("norm.num_batches_tracked").unwrap();
    io::from_bytes(&file(&state), &mut *Everything::new(1)).unwrap();
    state.insert("conv.num_batches_tracked".into(), (Dtype::I64, vec![], vec![0; 8]));
    let unexpected = "conv.num_batches_tracked: found [], expected no such tensor";
    assert_eq!(refusal::<Everything>(&file(&state)), [unexpected]);
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    for bytes in [STATE_DICT.to_vec(), io::to_bytes(&*small(), &card()).unwrap()] {
        for length in 0..bytes.len() {
            assert_eq!(refusal::<Small>(&bytes[..length]).len(), 1, "{length} bytes");
        }
    }
    let mut longer = io::to_bytes(&*small(), &card()).unwrap();
    longer.push(0);
    assert!(refusal::<Small>(&longer)[0].starts_with("file: found incomplete metadata"));
}

/// A file with this header, and so many zeros behind it.
fn with_header(header: &str, zeros: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; zeros]].concat()
}

#[test]
fn lies_are_refused() {
    network! { type One = [2, 1, 1] => Dense(units = 1) }
    let weight = r#""0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}"#;
    let bias = r#""0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}"#;
    io::from_bytes(&with_header(&format!("{{{weight},{bias}}}"), 12), &mut *One::new(1)).unwrap();
    let said = |header: String| refusal::<One>(&with_header(&header, 12)).join("; ");

    assert_eq!(
        said(format!("{{{weight},{bias},{weight}}}")),
        "header: found `0.weight` twice at line 1 column 184, expected an object with one entry for each tensor"
    );
    for header in [
        "".to_string(),
        "{".to_string(),
        "[]".to_string(),
        "{}".to_string(),
        "\u{0}".to_string(),
        format!("{{{weight}}}"),
        format!("{{{weight},{}}}", bias.replace("F32", "F99")),
        format!("{{{weight},{}}}", bias.replace("[1]", "[-1]")),
        format!("{{{weight},{}}}", bias.replace("[1]", "[4294967296,4294967296,4294967296]")),
        format!("{{{weight},{}}}", bias.replace("[8,12]", "[0,12]")),
        format!("{{{weight},{}}}", bias.replace("[8,12]", "[8,18446744073709551615]")),
        format!("{{{weight},{}}}", bias.replace("[8,12]", "[12,8]")),
        format!("{{{}", "[".repeat(100_000)),
        format!(r#"{{"__metadata__":{{}},"__metadata__":{{}},{weight},{bias}}}"#),
    ] {
        let said = said(header.clone());
        assert!(said.starts_with("file: found") || said.starts_with("header: found"), "{said}");
    }
    let dtype = format!("{{{weight},{}}}", bias.replace("F32", "I32"));
    assert_eq!(said(dtype), "0.bias: found I32, expected F32, F16 or BF16");
    let strange = format!("{{{weight},{}}}", bias.replace("0.bias", "\\u001b[31m"));
    let missing = "0.bias: found no such tensor, expected [1]";
    assert_eq!(said(strange), format!("{missing}; \\u{{1b}}[31m: found [1], expected no such tensor"));
    for record in ["", "{}", "[1]", r#"{\"format\":2}"#, r#"{\"format\":-1}"#] {
        let said = said(format!(r#"{{"__metadata__":{{"shapeproof":"{record}"}},{weight},{bias}}}"#));
        assert!(said.starts_with("metadata: found"), "{said}");
    }
    for length in [0, 1, 13, 1 << 20, 1 << 40, u64::MAX] {
        let bytes = [&length.to_le_bytes()[..], b"{}          "].concat();
        let refused = refusal::<One>(&bytes).remove(0);
        assert!(refused.starts_with("file: found") || refused.starts_with("header: found"), "{length}: {refused}");
    }
}

#[test]
fn a_pickle_is_refused_with_a_word_on_how_to_convert_it() {
    for start in [&b"PK\x03\x04\0\0\x08\x08"[..], b"\x80\x02\x8a\x0al\xfc\x9c\x46"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.pt");
        fs::write(&path, [start, &[0; 100]].concat()).unwrap();
        let error = io::load(&path, &mut *Small::new(1)).unwrap_err().to_string();
        let says = format!("{}: file: found a PyTorch pickle (.pt), expected a safetensors file", path.display());
        assert!(error.starts_with(&says) && error.contains("torch.load(pt, weights_only=True)"), "{error}");
    }
    let error = io::load("nowhere/net.safetensors", &mut *Small::new(1)).unwrap_err().to_string();
    assert!(error.starts_with("cannot open nowhere/net.safetensors: "), "{error}");
}

#[test]
fn a_model_inside_the_binary_is_read_once() {
    static MODEL: Embedded<Everything> = Embedded::new(STATE_DICT);
    let model = MODEL.model().unwrap();
    assert!(std::ptr::eq(model, MODEL.model().unwrap()));
    assert_eq!(numbers(&*MODEL.load().unwrap().network), numbers(&*model.network));

    let mut damaged = io::to_bytes(&*small(), &Card::default()).unwrap();
    let at = damaged.len() - 4;
    damaged[at] ^= 1;
    let error = Embedded::<Small>::new(damaged.leak()).load().unwrap_err().to_string();
    assert!(error.starts_with("the model: checksum: found "), "{error}");

    // As many numbers, but other tensors: found at first use.
    network! { type Same = [5, 1, 1] => Dense(units = 2) } // 12 numbers; those of `Small` are 14
    network! { type Other = [6, 1, 1] => Dense(units = 2) }
    assert_eq!((size_of::<Same>(), size_of::<Other>()), (48, 56));
    let bytes: &'static [u8] = io::to_bytes(&*small(), &Card::default()).unwrap().leak();
    let error = Embedded::<Other>::new(bytes).load().unwrap_err().to_string();
    assert!(error.contains("0.weight: found [2, 2], expected [2, 6]"), "{error}");
    let refused = std::panic::catch_unwind(|| Embedded::<Same>::new(bytes)).map(|_| ()).unwrap_err();
    let text = refused.downcast_ref::<String>().unwrap();
    assert!(
        text.contains("has 64 bytes of numbers") && text.ends_with("but the network's parameters take 48"),
        "{text}"
    );
}
