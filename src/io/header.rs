//! The header of a safetensors file: its size limits and its metadata.
//!
//! A file is eight bytes, the length of the header in little-endian order; the header, a JSON object; and the numbers. The header
//! is read first and checked against limits that follow from the type of the network, so that a wrong file of any kind or size
//! is refused quickly and with little memory.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};

use super::golden;
use super::names::twice;
use super::refusal::{Refusal, one};
use crate::layer::Module;
use crate::optim::MAX_MEMORY;
use crate::shape::Shape;

/// The length of the prefix that contains the length of the header.
pub(super) const PREFIX: usize = size_of::<u64>();

/// The limits of a file for one type of network.
pub(super) struct Limits {
    /// Bytes of the header: 4 MiB, plus those of golden pairs, class names and all tensors.
    header: u64,
    /// Tensors: 10,000, plus those of a checkpoint.
    tensors: u64,
    /// Bytes of the whole file: the header, [`NETWORKS`] networks in `f64`, and 64 MiB for the tables of 900,000 epochs.
    pub(super) file: u64,
}

/// The maximum number of networks in a checkpoint: the model, the network in training, the best one, and the optimizer's state.
const NETWORKS: u64 = 3 + MAX_MEMORY as u64;

impl Limits {
    pub(super) fn of<N: Module>() -> Limits {
        let (mut numbers, mut tensors) = (0u64, 0);
        N::visit([], [], &mut |parameter, [], []| {
            numbers = numbers.saturating_add(parameter.dims.iter().product::<usize>() as u64);
            // Twice, to include PyTorch's counters of mini-batches.
            tensors += 2 * NETWORKS;
        });
        let (inputs, outputs) = (N::Input::DIMS.len(), N::Output::DIMS.len());
        // A name has up to 256 bytes, and a quote in it is written as four characters.
        let header = (4 << 20) + golden::longest(inputs, outputs) + 1024 * (tensors + outputs as u64);
        let networks = numbers.saturating_mul(NETWORKS * size_of::<f64>() as u64);
        let file = networks.saturating_add(PREFIX as u64 + header + (64 << 20));
        Limits { header, tensors: 10_000 + tensors, file }
    }

    /// Returns the metadata in the header of a file, and where the header ends.
    pub(super) fn metadata(&self, file: &[u8]) -> Result<(BTreeMap<String, String>, usize), Refusal> {
        let damage = |what, found: &dyn fmt::Display, expected: &str| Refusal::damage(one(what, found, expected));
        let Some((length, rest)) = file.split_first_chunk::<PREFIX>() else {
            return Err(damage("file", &format!("{} bytes", file.len()), "a whole safetensors file"));
        };
        let (length, rest_length) = (u64::from_le_bytes(*length), rest.len() as u64);
        let found = format!("{length} bytes");
        if length > rest_length {
            // The first bytes of a pickle, read as a length, exceed any file.
            if file.starts_with(b"PK\x03\x04") || matches!(file, [0x80, 2..=5, ..]) {
                let expected = "a safetensors file; `safetensors.torch.save_file(torch.load(pt, weights_only=True), path)` \
                                converts a state dict in Python";
                return Err(one("file", "a PyTorch pickle (.pt)", expected).into());
            }
            return Err(damage(
                "header",
                &found,
                &format!("at most {rest_length}, which is what the file has after it"),
            ));
        }
        if length > self.header {
            return Err(damage("header", &found, &format!("at most {} bytes for this network", self.header)));
        }
        let header = &rest[..length as usize];
        let mut json = serde_json::Deserializer::from_slice(header);
        let read = self.deserialize(&mut json).and_then(|metadata| json.end().map(|()| metadata));
        let metadata = read.map_err(|error| damage("header", &error, "an object with one entry for each tensor"))?;
        Ok((metadata, PREFIX + header.len()))
    }
}

/// Reads the JSON object of the header. A map would not notice duplicate keys, so they are collected here.
impl<'de> DeserializeSeed<'de> for &Limits {
    type Value = BTreeMap<String, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Limits {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut keys, mut metadata) = (Vec::new(), BTreeMap::new());
        while let Some(key) = map.next_key::<String>()? {
            if key == "__metadata__" {
                metadata = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            keys.push(key);
            if keys.len() as u64 > self.tensors {
                return Err(A::Error::custom(format!("more than {} tensors", self.tensors)));
            }
        }
        match twice(keys.iter().map(String::as_str)) {
            Some(name) => Err(A::Error::custom(format!("`{name}` twice"))),
            None => Ok(metadata),
        }
    }
}
