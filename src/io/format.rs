//! The bytes of a model file: safetensors, with one entry of our own in the metadata.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use safetensors::SafeTensors;
use safetensors::tensor::Metadata;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::golden::Pair;
use super::model::Checks;
use super::weights::{self, Entry};
use super::{Card, Preprocessing};
use crate::error::Mismatch;
use crate::layer::Layer;
use crate::network::Network;

/// The entry of the metadata that is ours, and the form it has.
const ENTRY: &str = "shapeproof";
const FORMAT: u32 = 1;

/// That entry, a JSON object in a text.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    format: u32,
    version: String,
    architecture: String,
    preprocessing: Option<Preprocessing>,
    classes: Vec<String>,
    golden: Vec<Pair>,
    /// If the file is a checkpoint: what its training comes to beside tensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) training: Option<Training>,
}

/// What a training comes to beside tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct Training {
    pub(super) steps: u64,
    pub(super) lr_factor: f64,
    /// Of the trainer, and of `fit`: what has to be the same for it to go on as it would have.
    pub(super) settings: BTreeMap<String, String>,
    pub(super) plan: BTreeMap<String, String>,
    /// The steps when the best epoch ended.
    pub(super) best: Option<u64>,
}

/// Where a checkpoint has what is not the model: in tensors whose names begin with this, as no layer's can.
pub(super) const TRAINING: &str = "training/";

/// The bytes of a model file, or what keeps them from being written. A checkpoint has tensors beside the model's.
pub(super) fn serialise<N: Layer>(
    network: &N,
    card: &Card,
    checkpoint: Option<(Training, Vec<(String, Entry)>)>,
) -> Result<Vec<u8>, Vec<Mismatch>> {
    let mismatches = card.mismatches::<N>();
    if !mismatches.is_empty() {
        return Err(mismatches);
    }
    let mut entries = weights::entries("", network)?;
    let (training, more) = checkpoint.unzip();
    entries.extend(more.into_iter().flatten());
    let record = Record {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        architecture: N::summary().to_string(),
        preprocessing: card.preprocessing.clone(),
        classes: card.classes.clone(),
        golden: Pair::of(network)?,
        training,
    };
    let refuse = |error: &dyn fmt::Display| one("file", error, "what can be written as safetensors");
    let record = serde_json::to_string(&record).map_err(|error| refuse(&error))?;
    // One entry, since the order of several would be different every time.
    let metadata = [(ENTRY.to_string(), record)].into_iter().collect();
    safetensors::serialize(entries, Some(metadata)).map_err(|error| refuse(&error))
}

/// A file whose tensors are all where its header says, and what we wrote beside them, if it is ours.
pub(super) struct Parsed<'a> {
    pub(super) tensors: SafeTensors<'a>,
    pub(super) record: Option<Record>,
}

impl<'a> Parsed<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Parsed<'a>, Vec<Mismatch>> {
        let (header, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| refuse(bytes, &error))?;
        if let Err(error) = serde_json::from_slice::<Unique>(&bytes[8..8 + header]) {
            return Err(one("header", error, "one entry for each tensor"));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| refuse(bytes, &error))?;
        Ok(Parsed { tensors, record: record(&metadata)? })
    }

    /// The network and the card, or all that is wrong with them.
    pub(super) fn model<N: Layer>(&self, checks: Checks) -> Result<(Box<N>, Card), Vec<Mismatch>> {
        // Who wants the model of a checkpoint need not understand the rest.
        let is_checkpoint = self.record.as_ref().is_some_and(|record| record.training.is_some());
        self.model_beside(core::iter::empty(), |name| is_checkpoint && name.starts_with(TRAINING), checks)
    }

    /// The same of a file with networks of that type in other `sections` too, and `others` among its tensors.
    pub(super) fn model_beside<'s, N: Layer>(
        &self,
        sections: impl Iterator<Item = &'s String>,
        others: impl Fn(&str) -> bool,
        checks: Checks,
    ) -> Result<(Box<N>, Card), Vec<Mismatch>> {
        let (mut mismatches, mut known) = (Vec::new(), BTreeSet::new());
        for section in core::iter::once("").chain(sections.map(String::as_str)) {
            mismatches.extend(weights::mismatches::<N>(&self.tensors, section, checks.finite, &mut known));
        }
        mismatches.extend(weights::strangers(&self.tensors, |name| known.contains(name) || others(name)));
        let record = self.record.as_ref();
        let card = record.map_or_else(Card::default, |record| Card {
            preprocessing: record.preprocessing.clone(),
            classes: record.classes.clone(),
        });
        mismatches.extend(card.mismatches::<N>());
        if !mismatches.is_empty() {
            return Err(mismatches);
        }
        let network = weights::network::<N>(&self.tensors, "");
        if let Some(record) = record.filter(|_| checks.golden) {
            let mismatches = Pair::mismatches(&record.golden, &*network, weights::tolerance(&self.tensors));
            if !mismatches.is_empty() {
                return Err(mismatches);
            }
        }
        Ok((network, card))
    }
}

/// Our entry in a file's metadata, if it has one.
fn record(metadata: &Metadata) -> Result<Option<Record>, Vec<Mismatch>> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Some(text) = metadata.metadata().as_ref().and_then(|metadata| metadata.get(ENTRY)) else { return Ok(None) };
    let refuse = |error: serde_json::Error| one("metadata", error, "what this crate writes");
    let Format { format } = serde_json::from_str(text).map_err(refuse)?;
    if format != FORMAT {
        return Err(one(
            "metadata",
            format!("format {format}"),
            "format 1: this file is by a newer version of the crate",
        ));
    }
    serde_json::from_str(text).map(Some).map_err(refuse)
}

pub(super) fn one(what: &str, found: impl fmt::Display, expected: &str) -> Vec<Mismatch> {
    vec![Mismatch { what: what.into(), found: found.to_string(), expected: expected.into() }]
}

/// Bytes that are no safetensors file: because `error`, or because they are what PyTorch writes without being told otherwise.
fn refuse(bytes: &[u8], error: &dyn fmt::Display) -> Vec<Mismatch> {
    let is_zip = bytes.starts_with(b"PK\x03\x04");
    let is_pickle = matches!(bytes, [0x80, 2..=5, ..]);
    if is_zip || is_pickle {
        let expected = "a safetensors file; `safetensors.torch.save_file(torch.load(pt, weights_only=True), path)` converts a \
                        state dict in Python";
        return one("file", "a PyTorch pickle (.pt)", expected);
    }
    one("file", error, "a whole safetensors file")
}

/// A JSON object in which every key stands once, which a map does not notice.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unique, D::Error> {
        deserializer.deserialize_map(Unique)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            if let Some(twice) = keys.replace(key) {
                return Err(A::Error::custom(format!("`{}` twice", twice.escape_debug())));
            }
        }
        Ok(Unique)
    }
}
