//! The tensors of a safetensors file.

use std::collections::BTreeMap;
use std::rc::Rc;

use safetensors::{Dtype, SafeTensors};

use super::super::bits::{bfloat, each, half};
use super::super::fault::Damage;
use super::super::graph::{Numbers, Tensor};

/// The tensors by name, and whether their numbers are `f64`.
///
/// # Errors
/// The file is not a whole safetensors file.
pub fn tensors(file: &[u8]) -> Result<BTreeMap<String, (Rc<Tensor>, bool)>, Damage> {
    if file.starts_with(b"PK\x03\x04") || matches!(file, [0x80, 2..=5, ..]) {
        let expected =
            "a safetensors file; `safetensors.torch.save_file(model.state_dict(), path)` writes one in Python";
        return Err(Damage::new("file", "a PyTorch pickle (.pt)", expected));
    }
    let file =
        SafeTensors::deserialize(file).map_err(|error| Damage::new("file", error, "a whole safetensors file"))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let data = view.data();
        let numbers = match view.dtype() {
            Dtype::F32 => each(data, |b| f64::from(f32::from_le_bytes(b))).map(Numbers::Real),
            Dtype::F64 => each(data, f64::from_le_bytes).map(Numbers::Real),
            Dtype::F16 => each(data, |b| half(u16::from_le_bytes(b))).map(Numbers::Real),
            Dtype::BF16 => each(data, |b| bfloat(u16::from_le_bytes(b))).map(Numbers::Real),
            Dtype::I64 => each(data, i64::from_le_bytes).map(Numbers::Whole),
            other => Some(Numbers::Foreign(other.to_string())),
        };
        let numbers =
            numbers.ok_or_else(|| Damage::new(format!("tensor `{name}`"), "cut off bytes", "whole numbers"))?;
        let tensor = Tensor { dims: view.shape().into(), numbers };
        tensors.insert(name.into(), (Rc::new(tensor), view.dtype() == Dtype::F64));
    }
    Ok(tensors)
}

/// What this crate has written beside the tensors, if it has written the file.
pub fn record(file: &[u8]) -> Option<String> {
    let (_, metadata) = SafeTensors::read_metadata(file).ok()?;
    metadata.metadata().as_ref()?.get("shapeproof").cloned()
}
