//! The parameters of a network as a safetensors file, by the names that they have there.

use std::collections::BTreeMap;
use std::rc::Rc;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::graph::Tensor;
use super::layers::{Block, Item, Network};
use super::part::Layer;

/// The parameters of a network, with their names: `3.weight`, `conv1.bias`, `4.body.0.weight`.
pub fn parameters(network: &Network) -> Vec<(String, Rc<Tensor>)> {
    let mut parameters = Vec::new();
    walk(&network.items, "", &mut parameters);
    parameters
}

fn walk(items: &[Item], branch: &str, parameters: &mut Vec<(String, Rc<Tensor>)>) {
    for (position, item) in items.iter().enumerate() {
        let (Item::Layer(Layer { label, .. }) | Item::Block(Block { label, .. })) = item;
        let path = format!("{branch}{}", label.clone().unwrap_or_else(|| position.to_string()));
        match item {
            Item::Layer(layer) => {
                let named = layer.weights.iter().map(|(name, tensor)| (format!("{path}.{name}"), Rc::clone(tensor)));
                parameters.extend(named);
            }
            Item::Block(block) => {
                for (branch, items) in block.paths() {
                    walk(items, &format!("{path}.{branch}."), parameters);
                }
            }
        }
    }
}

/// The file, with a card if the model has one.
///
/// # Errors
/// There is not enough memory for it, or a name twice.
pub fn file(parameters: &[(String, Rc<Tensor>)], double: bool, card: Option<String>) -> Result<Vec<u8>, String> {
    let dtype = if double { Dtype::F64 } else { Dtype::F32 };
    let bytes = |tensor: &Tensor| -> Vec<u8> {
        let numbers = tensor.real().unwrap_or_default();
        match double {
            true => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            false => numbers.iter().flat_map(|&number| (number as f32).to_le_bytes()).collect(),
        }
    };
    let encoded: Vec<_> = parameters.iter().map(|(name, tensor)| (name, &tensor.dims, bytes(tensor))).collect();
    // The views borrow from `encoded`.
    let mut views = Vec::new();
    for (name, dims, bytes) in &encoded {
        let view = TensorView::new(dtype, dims.to_vec(), bytes).map_err(|error| error.to_string())?;
        views.push((name.to_string(), view));
    }
    let has_card = card.is_some();
    let metadata = card.map(|card| [("shapeproof".to_string(), card)].into_iter().collect());
    let mut file = safetensors::serialize(views, metadata).map_err(|error| error.to_string())?;
    if has_card {
        write_checksum(&mut file);
    }
    Ok(file)
}

/// What stands in the place of the checksum while it is computed.
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Writes the SHA-256 of the file, as `shapeproof::io` describes it, into the record, if there is one.
fn write_checksum(file: &mut [u8]) {
    let digits: String = Sha256::digest(&*file).iter().map(|byte| format!("{byte:02x}")).collect();
    // The header is in front, and the record in it.
    let place = file.windows(ZEROS.len()).position(|window| window == ZEROS.as_bytes());
    if let Some(place) = place.and_then(|at| file.get_mut(at..at + ZEROS.len())) {
        place.copy_from_slice(digits.as_bytes());
    }
}

/// The card of a model that this crate has written, as the record of a model file.
pub fn card(metadata: &BTreeMap<String, String>) -> Option<String> {
    // In a model file of this crate it is there already. The checksum is that of the other file.
    if let Some(Value::Object(mut record)) = metadata.get("shapeproof").and_then(|text| serde_json::from_str(text).ok())
    {
        record.remove("training");
        record.insert("sha256".into(), ZEROS.into());
        return only_place(Value::Object(record));
    }
    let json = |name: &str| metadata.get(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let (mean, std, classes, resize) = (json("mean"), json("std"), json("classes"), json("resize"));
    if mean.is_none() && classes.is_none() && resize.is_none() {
        return None;
    }
    let preprocessing = mean.zip(std).map(|(mean, std)| json!({ "mean": mean, "std": std }));
    let mut record = json!({
        "sha256": ZEROS,
        "format": 1, "version": "", "architecture": "", "golden": [],
        "preprocessing": preprocessing, "classes": classes.unwrap_or_else(|| json!([])),
    });
    if let Some(resize) = resize {
        record["resize"] = resize;
    }
    only_place(record)
}

/// The text of a record in which the place of the checksum is the only one of its kind; a name could be as many zeros.
fn only_place(record: Value) -> Option<String> {
    Some(record.to_string()).filter(|text| text.matches(ZEROS).count() == 1)
}
