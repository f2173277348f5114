//! Inputs, what the network makes of them without a server, and requests with them.

use serde_json::{Value, json};
use shapeproof::io::{Card, Model};
use shapeproof::network::Network;
use shapeproof::tensor::Tensor;

use super::client::{Answer, request};
use super::digits::SmallNet;

pub const INFER: &str = "/v2/models/digits/infer";

pub type Image = Tensor<1, 28, 28>;

/// The model that is in the server.
pub fn included() -> Model<SmallNet> {
    Model::from_bytes(include_bytes!("../../../models/digits.safetensors")).unwrap()
}

/// A model with other weights.
pub fn random(seed: u64) -> Model<SmallNet> {
    Model { network: SmallNet::new(seed), card: Card::default() }
}

/// Some noise, as an image.
pub fn image(seed: u32) -> Box<Image> {
    let mut image = shapeproof::tensor::boxed::<Image>();
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    for number in image.as_mut_slice() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *number = state as f32 / u32::MAX as f32 - 0.3;
    }
    image
}

pub fn images(count: u32) -> Vec<Image> {
    (0..count).map(|seed| *image(seed)).collect()
}

/// The outputs, as bits.
pub fn bits(model: &Model<SmallNet>, image: &Image) -> Vec<u32> {
    model.predict(image).as_slice().iter().map(|output| output.to_bits()).collect()
}

pub fn json_of(images: &[Image]) -> Value {
    let data: Vec<f32> = images.iter().flat_map(|image| image.as_slice()).copied().collect();
    json!({ "inputs": [{ "name": "input", "shape": [images.len(), 1, 28, 28], "datatype": "FP32", "data": data }] })
}

/// A body with a binary tensor, and the length of its JSON.
pub fn binary_of(images: &[Image]) -> (Vec<u8>, String) {
    let bytes: Vec<u8> = images.iter().flat_map(|image| image.as_slice()).flat_map(|x| x.to_le_bytes()).collect();
    let input = json!({ "name": "input", "shape": [images.len(), 1, 28, 28], "datatype": "FP32",
        "parameters": { "binary_data_size": bytes.len() } });
    let json = json!({ "inputs": [input], "parameters": { "binary_data_output": true } }).to_string();
    ([json.as_bytes(), &bytes].concat(), json.len().to_string())
}

/// A whole request with a binary tensor.
pub fn binary_request(images: &[Image]) -> Vec<u8> {
    let (body, length) = binary_of(images);
    request("POST", INFER, &[("Inference-Header-Content-Length", &length)], &body)
}

/// The outputs in an answer, as bits, whether they are in the JSON or behind it.
pub fn outputs(answer: &Answer) -> Vec<u32> {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    match answer.header("inference-header-content-length") {
        Some(length) => {
            let bytes = &answer.body[length.parse().unwrap()..];
            bytes.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap())).collect()
        }
        None => {
            let data = answer.json()["outputs"][0]["data"].clone();
            serde_json::from_value::<Vec<f32>>(data).unwrap().into_iter().map(f32::to_bits).collect()
        }
    }
}
