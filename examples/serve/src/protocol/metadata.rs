//! What the server and its models say about themselves.

use serde_json::{Value, json};

use super::{Signature, TensorType};

/// The extensions of the protocol that are spoken here.
const EXTENSIONS: [&str; 3] = ["binary_tensor_data", "classification", "model_configuration"];

/// `GET /v2`
pub fn server() -> Value {
    json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "extensions": EXTENSIONS })
}

/// `GET /v2/models/{model}`
pub fn model(name: &str, versions: &[u64], signature: &Signature) -> Value {
    let tensor = |of: &TensorType| json!([{ "name": of.name, "datatype": "FP32", "shape": of.any_batch() }]);
    json!({
        "name": name,
        "versions": versions.iter().map(u64::to_string).collect::<Vec<_>>(),
        "platform": "shapeproof",
        "inputs": tensor(&signature.input),
        "outputs": tensor(&signature.output),
    })
}

/// `GET /v2/models/{model}/config`: what Triton's clients ask for to know how large a batch may be.
pub fn config(name: &str, max_batch: usize, signature: &Signature) -> Value {
    let tensor = |of: &TensorType| json!([{ "name": of.name, "data_type": "TYPE_FP32", "dims": of.sample }]);
    json!({
        "name": name,
        "platform": "",
        "backend": "shapeproof",
        "max_batch_size": max_batch,
        "input": tensor(&signature.input),
        "output": tensor(&signature.output),
    })
}
