//! The trained network as an ONNX model, with what another program needs to use it.

use std::error::Error;
use std::path::Path;

use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::io::{Card, write_atomically};
use shapeproof::layer::Module;

pub fn save<N: Module>(network: &N, card: &Card, path: &Path) -> Result<(), Box<dyn Error>> {
    let settings = Settings {
        name: "digits",
        doc: "Logits of the ten digits, from 28×28 gray images: input = (pixel / 255 − mean) / std.",
        card: Some(card),
        ..Settings::default()
    };
    write_atomically(path, &to_onnx(network, &settings)?)?;
    Ok(())
}
