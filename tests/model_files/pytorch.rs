//! Files from PyTorch and for PyTorch.

use std::fs;

use safetensors::Dtype;
use serde::Deserialize;
use shapeproof::io::{self, Card};
use shapeproof::network::Network;
use shapeproof::tensor::{Tensor, Vector, flat, flat_mut, zeros};

use super::{Everything, STATE_DICT, Small, file, refusal, tensors};

#[test]
fn a_state_dict_of_pytorch_predicts_the_same() {
    #[derive(Deserialize)]
    struct Golden {
        input_dims: [usize; 4],
        input: Vec<f32>,
        output: Vec<f32>,
    }
    let golden: Golden = serde_json::from_str(include_str!("../golden/state_dict.json")).unwrap();
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
