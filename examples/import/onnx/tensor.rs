//! The tensors of an ONNX file.

use super::super::bits::{bfloat, each, half};
use super::super::fault::Damage;
use super::super::graph::{Numbers, Tensor, volume};
use super::wire::{Field, fields};

/// The most axes of a tensor.
const MOST_AXES: usize = 8;

/// Reads a tensor and its name.
pub fn tensor(message: &[u8]) -> Result<(String, Tensor), Damage> {
    let (mut name, mut dims, mut kind, mut raw) = (String::new(), Vec::new(), 0, None);
    let (mut external, mut whole, mut real) = (false, Vec::new(), Vec::new());
    for field in fields(message) {
        match field? {
            (1, field) => field.ints(&mut dims)?,
            (2, field) => kind = field.int()?,
            (4, field) => field.floats(&mut real)?,
            (5 | 7, field) => field.ints(&mut whole)?,
            (8, field) => name = field.text()?.into(),
            (9, field) => raw = Some(field.bytes()?),
            (10, field) => field.doubles(&mut real)?,
            (13, Field::Bytes(_)) | (14, Field::Number(1)) => external = true,
            _ => {}
        }
    }
    let what = || format!("tensor `{name}`");
    if external {
        let expected = "all numbers in this one; `torch.onnx.export(…, external_data=False)` writes them there";
        return Err(Damage::new(what(), "numbers in another file", expected));
    }
    let dims: Option<Vec<usize>> = dims.iter().map(|&size| usize::try_from(size).ok()).collect();
    let dims = dims.filter(|dims| dims.len() <= MOST_AXES).and_then(|dims| Some((volume(&dims)?, dims)));
    let Some((length, dims)) = dims else {
        return Err(Damage::new(what(), "no shape", format!("up to {MOST_AXES} sizes")));
    };
    let bad = || Damage::new(what(), "bytes that are cut off", "whole numbers of bytes");
    let numbers = match (kind, raw) {
        (1, Some(raw)) => Numbers::Real(each(raw, |b| f64::from(f32::from_le_bytes(b))).ok_or_else(bad)?),
        (11, Some(raw)) => Numbers::Real(each(raw, f64::from_le_bytes).ok_or_else(bad)?),
        (10, Some(raw)) => Numbers::Real(each(raw, |b| half(u16::from_le_bytes(b))).ok_or_else(bad)?),
        (16, Some(raw)) => Numbers::Real(each(raw, |b| bfloat(u16::from_le_bytes(b))).ok_or_else(bad)?),
        (7, Some(raw)) => Numbers::Whole(each(raw, i64::from_le_bytes).ok_or_else(bad)?),
        (6, Some(raw)) => Numbers::Whole(each(raw, |b| i32::from_le_bytes(b).into()).ok_or_else(bad)?),
        (1 | 11, None) => Numbers::Real(real),
        (10, None) => Numbers::Real(whole.iter().map(|&bits| half(bits as u16)).collect()),
        (16, None) => Numbers::Real(whole.iter().map(|&bits| bfloat(bits as u16)).collect()),
        (6 | 7, None) => Numbers::Whole(whole),
        (kind, _) => return Ok((name, Tensor { dims, numbers: Numbers::Foreign(type_name(kind)) })),
    };
    let found = match &numbers {
        Numbers::Real(numbers) => numbers.len(),
        Numbers::Whole(numbers) => numbers.len(),
        Numbers::Foreign(_) => length,
    };
    if found != length {
        return Err(Damage::new(what(), format!("{found} numbers"), format!("{length}, for the shape {dims:?}")));
    }
    Ok((name, Tensor { dims, numbers }))
}

/// ONNX's name of a type of numbers.
pub fn type_name(kind: i64) -> String {
    let names = [
        "UNDEFINED",
        "FLOAT",
        "UINT8",
        "INT8",
        "UINT16",
        "INT16",
        "INT32",
        "INT64",
        "STRING",
        "BOOL",
        "FLOAT16",
        "DOUBLE",
        "UINT32",
        "UINT64",
        "COMPLEX64",
        "COMPLEX128",
        "BFLOAT16",
    ];
    let name = usize::try_from(kind).ok().and_then(|kind| names.get(kind));
    name.map_or_else(|| format!("type {kind}"), |&name| name.into())
}
