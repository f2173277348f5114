//! Files of half-precision numbers.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use shapeproof::io::{self, Card, Checks};
use shapeproof::network;
use shapeproof::network::Network;

use super::digits::SmallNet;
use super::{Small, file, refusal, refusal_with, small, tensors};

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
    const DIGITS: &[u8] = include_bytes!("../../examples/models/digits.safetensors");
    network! {
        /// Its tensors are those of `SmallNet`, but its pooling differs.
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
            // Weights are small, but an F16 can represent them, or they are zero.
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
