//! The trained network as an ONNX model, with what another program has to know to use it.

use std::error::Error;
use std::path::Path;

use shapeproof::data::labelled::Normalize;
use shapeproof::io::onnx::{Settings, to_onnx};

use crate::DigitNet;

pub fn save(network: &DigitNet, path: &Path) -> Result<(), Box<dyn Error>> {
    let Normalize { mean, std } = Normalize::MNIST;
    let (mean, std) = (mean.to_string(), std.to_string());
    let settings = Settings {
        name: "DigitNet",
        doc: "Logits of the ten digits, from 28×28 grey images: input = (pixel / 255 − mean) / std.",
        metadata: &[("classes", "0 1 2 3 4 5 6 7 8 9"), ("mean", &mean), ("std", &std)],
        ..Settings::default()
    };
    let model = to_onnx(network, &settings)?;
    std::fs::write(path, model).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    println!("\nThe network is in {}", path.display());
    Ok(())
}
