//! Model files: what is written can be read, also by PyTorch, and anything else is refused.

#[path = "../common/mod.rs"]
mod common;
#[path = "../../examples/models/digits.rs"]
mod digits;
mod halves;
mod pytorch;
mod refused;

use std::collections::BTreeMap;
use std::fs;

use common::forged;
use common::numbers::numbers;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use shapeproof::Error;
use shapeproof::data::Normalize;
use shapeproof::data::resize::{Fit, Resize};
use shapeproof::io::{self, Card, Checks, Embedded, Model};
use shapeproof::layer::Module;
use shapeproof::network;
use shapeproof::network::Network;

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

const STATE_DICT: &[u8] = include_bytes!("../golden/state_dict.safetensors");

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

/// What is wrong with a file for `N`, one line for each error; the network must be unchanged.
fn refusal<N: Module>(bytes: &[u8]) -> Vec<String> {
    refusal_with::<N>(bytes, Checks::default())
}

fn refusal_with<N: Module>(bytes: &[u8], checks: Checks) -> Vec<String> {
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

/// A network in which all numbers differ, running statistics included.
fn small() -> Box<Small> {
    let mut network = Small::new(3);
    let mut next = 0.5;
    Small::visit([], [&mut *network], &mut |_, [], [numbers]| {
        for number in numbers {
            *number = next;
            next += 0.25;
        }
    });
    network
}

fn card() -> Card {
    let classes = vec!["no".into(), "\"ja\"".into()];
    Card { preprocessing: Some(Normalize::new(0.1307, 1.0 / 3.0)), classes, ..Card::default() }
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.safetensors");
    let network = small();
    io::save(&path, &*network, &card()).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let bytes = io::read::<Small>(&path).unwrap();
    assert_eq!(bytes, fs::read(&path).unwrap());
    assert_eq!(bytes, io::to_bytes(&*network, &card()).unwrap(), "the same bytes every time");

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

/// The rule for pictures came later than the format: files without it are read, and without a rule none is written.
#[test]
fn a_card_may_have_a_rule_for_pictures() {
    network! { type Picture = [1, 1, 2] => Flatten, Dense(units = 2) }
    let without = io::to_bytes(&*Picture::new(1), &card()).unwrap();
    assert_eq!(forged::record(&without).get("resize"), None);
    assert_eq!(Model::<Picture>::from_bytes(&without).unwrap().card, card());

    let resize = Some(Resize { fit: Fit::Pad, background: 7 });
    let with = io::to_bytes(&*Picture::new(1), &Card { resize, ..card() }).unwrap();
    assert_eq!(forged::record(&with)["resize"], serde_json::json!({ "fit": "pad", "background": 7 }));
    assert_eq!(Model::<Picture>::from_bytes(&with).unwrap().card.resize, resize);
    let unknown = forged::with_record(&with, |record| record["resize"]["fit"] = "circle".into());
    let [refused] = &refusal::<Picture>(&unknown)[..] else { panic!() };
    assert!(refused.starts_with("metadata: found unknown variant `circle`"), "{refused}");
    // Two channels are no picture.
    let error = io::to_bytes(&*small(), &Card { resize, ..card() }).unwrap_err().to_string();
    let expected = "resize: found a rule for pictures, expected none: pictures have 1 channel or 3, not 2";
    assert_eq!(error, format!("the model: {expected}"));
    let forged = forged::with_record(&io::to_bytes(&*small(), &card()).unwrap(), |record| {
        record["resize"] = serde_json::json!({ "fit": "pad", "background": 7 });
    });
    assert_eq!(refusal::<Small>(&forged), [expected]);
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

    // As many numbers, but different tensors: detected at first use.
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
