//! A network and what it computes, as files for other frameworks, which are to compute the same.

use std::error::Error;
use std::path::Path;

use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::io::{Card, write_atomically};
use shapeproof::layer::Module;
use shapeproof::network::Network;
use shapeproof::scalar::Scalar;
use shapeproof::shape::Shape;
use shapeproof::tensor::zeros;

/// Writes `name.onnx`, `name.safetensors`, `name.images` and `name.logits` to `folder`. The last two are plain `f32`, little-endian.
pub fn save<N: Module>(network: &N, images: &[N::Input], name: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let (mut logits, mut workspace) = (zeros::<N::Output>(images.len()), N::workspace::<1>());
    for (image, logits) in images.chunks(1).zip(logits.chunks_mut(1)) {
        network.predict::<1>(image, logits, &mut workspace);
    }
    let file = |extension: &str| folder.join(format!("{name}.{extension}"));
    write_atomically(file("onnx"), &to_onnx(network, &Settings { name, ..Settings::default() })?)?;
    shapeproof::io::save(file("safetensors"), network, &Card::default())?;
    write_atomically(file("images"), &bytes(images))?;
    write_atomically(file("logits"), &bytes(&logits))?;
    Ok(())
}

fn bytes<S: Shape>(samples: &[S]) -> Vec<u8> {
    samples.iter().flat_map(S::as_slice).flat_map(|number| (number.into_f64() as f32).to_le_bytes()).collect()
}
