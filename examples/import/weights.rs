//! The parameters of a network as a safetensors file, by the names that they have there.

use std::collections::BTreeMap;
use std::rc::Rc;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

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
                for (name, items) in &block.branches {
                    walk(items, &format!("{path}.{name}."), parameters);
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
    let metadata = card.map(|card| [("shapeproof".to_string(), card)].into_iter().collect());
    safetensors::serialize(views, metadata).map_err(|error| error.to_string())
}

/// The card of a model that this crate exported, as the record of a model file.
pub fn card(metadata: &BTreeMap<String, String>) -> Option<String> {
    let json = |name: &str| metadata.get(name).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let (mean, std, classes, resize) = (json("mean"), json("std"), json("classes"), json("resize"));
    if mean.is_none() && classes.is_none() && resize.is_none() {
        return None;
    }
    let preprocessing = mean.zip(std).map(|(mean, std)| json!({ "mean": mean, "std": std }));
    let mut record = json!({
        "format": 1, "version": "", "architecture": "", "golden": [],
        "preprocessing": preprocessing, "classes": classes.unwrap_or_else(|| json!([])),
    });
    if let Some(resize) = resize {
        record["resize"] = resize;
    }
    Some(record.to_string())
}
